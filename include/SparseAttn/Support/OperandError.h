/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * What compiled code calls when runtime values of a pattern are not what they must be: a
 * row pointer that descends, a length beyond the keys. C, without dependencies: it is
 * linked to code that is not compiled in process.
 *
 * The attention that found it is not computed, and its outputs are not written. If the
 * function returns, so does the caller, as if nothing had happened.
 */
#ifndef SPARSEATTN_SUPPORT_OPERANDERROR_H
#define SPARSEATTN_SUPPORT_OPERANDERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the values are, as messages name them. */
enum sattn_operand_role {
  SATTN_OPERAND = 0,
  SATTN_KEY_LENGTHS,
  SATTN_QUERY_LENGTHS,
  SATTN_ENDS,
  SATTN_ROW_ENDS,
  SATTN_KEY_ENDS,
  SATTN_IDS,
  SATTN_ROW_IDS,
  SATTN_KEY_IDS,
  SATTN_ROW_POINTERS,
  SATTN_COLUMNS,
  SATTN_FIRST_ROWS,
  SATTN_END_ROWS,
  SATTN_MASK,
  SATTN_OFFSETS,
  SATTN_BLOCK_TABLE,
};

/** What must hold of element `at`, which is `got`. */
enum sattn_operand_rule {
  /** The size of dimension `at` is `limit`. */
  SATTN_RULE_SIZE = 0,
  /** The size of dimension `at` is `limit` or 1. */
  SATTN_RULE_SIZE_OR_ONE,
  /** The size of dimension `at` is at least `limit`. */
  SATTN_RULE_LEAST_SIZE,
  /** 0 <= got <= limit. */
  SATTN_RULE_RANGE,
  /** -limit <= got <= limit. */
  SATTN_RULE_MAGNITUDE,
  /** In the list no more than `limit` times. */
  SATTN_RULE_TIMES,
  /** At least `limit`, the element before. */
  SATTN_RULE_ASCENDING,
  /** got < limit. */
  SATTN_RULE_BELOW,
};

/** Writes one line without an end of line to `text`, as snprintf does. */
/** "key lengths of 'padding'". */
const char *sattn_operand_role_name(int64_t role);

int sattn_format_operand_error(char *text, size_t size, int64_t role,
                               int64_t rule, int64_t at, int64_t got,
                               int64_t limit);

/**
 * Called by compiled code. The library SparseAttnSupport has one that prints the message
 * on standard error and exits with code 1; a program may have its own.
 */
void sattn_report_operand_error(int64_t role, int64_t rule, int64_t at,
                                int64_t got, int64_t limit);

#ifdef __cplusplus
}

namespace mlir::sattn {
using OperandRole = sattn_operand_role;
using OperandRule = sattn_operand_rule;
} // namespace mlir::sattn
#endif

#endif /* SPARSEATTN_SUPPORT_OPERANDERROR_H */
