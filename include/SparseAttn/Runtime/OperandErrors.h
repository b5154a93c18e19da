// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What code that was compiled in this process reports about the values of a pattern's
/// operands (Support/OperandError.h): kept, and handed over after the call.
#ifndef SPARSEATTN_RUNTIME_OPERANDERRORS_H
#define SPARSEATTN_RUNTIME_OPERANDERRORS_H

#include "llvm/Support/Error.h"

namespace mlir {
class ExecutionEngine;
}

namespace mlir::sattn {

/// The name by which compiled code reports.
inline constexpr char operandErrorFunction[] = "sattn_report_operand_error";

/// Lets the engine's code report to this process. Once per engine, before any lookup.
void registerOperandErrors(ExecutionEngine &engine);

/// Success, or the first error that was reported since the last call of this function, in
/// any thread.
llvm::Error takeOperandError();

} // namespace mlir::sattn

#endif // SPARSEATTN_RUNTIME_OPERANDERRORS_H
