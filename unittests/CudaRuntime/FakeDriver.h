/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * A CUDA driver for tests: memory of the device is memory of the process, and every call
 * is a line of a log. It runs one kernel, "increment".
 *
 * In the environment: FAKE_CUDA_LOG, a file for the log; FAKE_CUDA_INIT, what cuInit
 * returns; FAKE_CUDA_FAIL, a function that always fails.
 */
#ifndef SPARSEATTN_UNITTESTS_CUDARUNTIME_FAKEDRIVER_H
#define SPARSEATTN_UNITTESTS_CUDARUNTIME_FAKEDRIVER_H

#ifdef __cplusplus
extern "C" {
#endif

/** The calls since the last time, without those that only ask. */
const char *fake_take_log(void);

/** The next call of `function` returns `result`. */
void fake_fail_next(const char *function, int result);

/** Whether the device has memory pools (it has). */
void fake_set_memory_pools(int has);

/** Makes another context current. Null for none. */
void fake_set_context(void *context);

#ifdef __cplusplus
}
#endif

#endif /* SPARSEATTN_UNITTESTS_CUDARUNTIME_FAKEDRIVER_H */
