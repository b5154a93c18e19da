// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A line on the terminal while an answer takes long.
#ifndef SPARSEATTN_TOOLS_SATTN_EXPLAIN_PROGRESS_H
#define SPARSEATTN_TOOLS_SATTN_EXPLAIN_PROGRESS_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace mlir::sattn::explain {

/// Shows on stderr, once two seconds have passed and until the object is destroyed, how
/// many of `total` questions are answered. Silent if stderr is not a terminal.
class Progress {
public:
  explicit Progress(int64_t total);
  ~Progress();

  /// One more is answered. From any thread.
  void advance() { ++done; }

private:
  void show();

  const int64_t total;
  std::atomic<int64_t> done = 0;
  std::mutex mutex;
  std::condition_variable stopped;
  bool isStopped = false;
  std::thread thread;
};

} // namespace mlir::sattn::explain

#endif // SPARSEATTN_TOOLS_SATTN_EXPLAIN_PROGRESS_H
