// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A thread that writes one line again and again.
#include "Progress.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace mlir::sattn::explain;

Progress::Progress(int64_t total) : total(total) {
  if (llvm::sys::Process::StandardErrIsDisplayed())
    thread = std::thread([this] { show(); });
}

Progress::~Progress() {
  if (!thread.joinable())
    return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    isStopped = true;
  }
  stopped.notify_one();
  thread.join();
}

void Progress::show() {
  constexpr int64_t silentSeconds = 2;
  bool isShown = false;
  std::unique_lock<std::mutex> lock(mutex);
  for (int64_t seconds = 1; !stopped.wait_for(lock, std::chrono::seconds(1),
                                              [this] { return isStopped; });
       ++seconds) {
    if (seconds < silentSeconds)
      continue;
    llvm::errs() << llvm::formatv(
        "\rcounting: {0} of {1} questions answered, {2} s ", done.load(), total,
        seconds);
    isShown = true;
  }
  if (isShown)
    llvm::errs() << "\r\033[K";
}
