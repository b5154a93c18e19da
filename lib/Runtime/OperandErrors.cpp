// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Errors that code of this process reports about pattern operands.
#include "SparseAttn/Runtime/OperandErrors.h"

#include "SparseAttn/Support/OperandError.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"

#include <mutex>
#include <string>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// The first message that nobody has taken yet.
struct PendingError {
  std::mutex mutex;
  std::string message;
};

PendingError &getPending() {
  static PendingError pending;
  return pending;
}

void keepOperandError(int64_t role, int64_t rule, int64_t at, int64_t got,
                      int64_t limit) {
  char text[256];
  sattn_format_operand_error(text, sizeof(text), role, rule, at, got, limit);
  PendingError &pending = getPending();
  std::lock_guard<std::mutex> lock(pending.mutex);
  if (pending.message.empty())
    pending.message = text;
}
} // namespace

void mlir::sattn::registerOperandErrors(ExecutionEngine &engine) {
  engine.registerSymbols([](llvm::orc::MangleAndInterner mangle) {
    llvm::orc::SymbolMap symbols;
    symbols[mangle(operandErrorFunction)] = {
        llvm::orc::ExecutorAddr::fromPtr(&keepOperandError),
        llvm::JITSymbolFlags::Exported};
    return symbols;
  });
}

llvm::Error mlir::sattn::takeOperandError() {
  PendingError &pending = getPending();
  std::lock_guard<std::mutex> lock(pending.mutex);
  if (pending.message.empty())
    return llvm::Error::success();
  std::string message = std::move(pending.message);
  pending.message.clear();
  return llvm::createStringError(message);
}
