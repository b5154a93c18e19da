// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Checks of runtime values, made once per call before anything is read by them.
#ifndef SPARSEATTN_DIALECT_OPERANDCHECKER_H
#define SPARSEATTN_DIALECT_OPERANDCHECKER_H

#include "SparseAttn/Dialect/PatternOperands.h"
#include "SparseAttn/Support/OperandError.h"

#include <string>

namespace mlir::sattn {

/// Makes or emits checks. Code for a check that failed calls
/// `sattn_report_operand_error` (Support/OperandError.h) and goes on; the caller guards
/// what relies on the values by `passed`.
class OperandChecker {
public:
  /// Makes the checks; the first that fails leaves its message in `getMessage`.
  OperandChecker() = default;
  /// Emits them.
  explicit OperandChecker(ImplicitLocOpBuilder &builder) : program(builder) {}

  /// One thing that must hold of element `at` of an operand, which is `got`.
  struct Claim {
    IndexExpr holds, at, got, limit;
  };
  /// claim(i) for all i in [0, count), if all checks before have passed.
  void check(OperandRole role, OperandRule rule, const IndexExpr &count,
             llvm::function_ref<Claim(const IndexExpr &)> claim);

  /// least <= element <= most for all elements, whatever the rank.
  void checkRange(OperandRole role, const PatternOperand &operand, int64_t least,
                  const IndexExpr &most);

  /// No element of the last dimension is below the one before.
  void checkAscending(OperandRole role, const PatternOperand &operand);

  /// `operand` has as many elements in dimension `dim` as `expected`.
  void checkSize(OperandRole role, const PatternOperand &operand, int64_t dim,
                 const IndexExpr &expected);

  /// For loops within a claim.
  IndexProgram &getProgram() { return program; }

  /// Whether all have passed.
  IndexExpr passed() const { return failures == 0; }
  const std::string &getMessage() const { return message; }

private:
  void report(OperandRole role, OperandRule rule, const Claim &claim);

  IndexProgram program;
  IndexExpr failures = 0;
  std::string message;
};

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_OPERANDCHECKER_H
