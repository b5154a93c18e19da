// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// An index or truth value that is either a known constant or IR.
///
/// The closed forms of the pattern algebra (where a run of live keys ends, whether a
/// pair is live) are written once, over `IndexExpr`. Given constants they are plain
/// 64-bit arithmetic and never touch MLIR: this is how `sattn-explain`, the oracle
/// and the exhaustive tests evaluate them. Given SSA values they emit `arith`
/// operations, folding whatever is known: this is how kernels get them. One source,
/// so the tests of the numbers are tests of the code.
#ifndef SPARSEATTN_DIALECT_INDEXEXPR_H
#define SPARSEATTN_DIALECT_INDEXEXPR_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Value.h"

#include <cstdint>

namespace mlir::sattn {

/// A constant, or a value of type `index` (numbers) or `i1` (truth values).
class IndexExpr {
public:
  IndexExpr(int64_t constant = 0) : constant(constant) {}
  IndexExpr(int constant) : constant(constant) {}
  IndexExpr(bool constant) : constant(constant) {}
  /// Wraps `value`; constants defined by `arith.constant` are unwrapped.
  IndexExpr(Value value, ImplicitLocOpBuilder &builder);

  bool isConstant() const { return !value; }
  /// Only for constants.
  int64_t getConstant() const {
    assert(isConstant() && "not a constant");
    return constant;
  }
  bool isTrue() const { return isConstant() && constant; }
  bool isFalse() const { return isConstant() && !constant; }
  bool is(int64_t number) const { return isConstant() && constant == number; }

  /// The value, as `index` or `i1`; constants are materialized with `builder`.
  Value materializeIndex(ImplicitLocOpBuilder &builder) const;
  Value materializeBool(ImplicitLocOpBuilder &builder) const;

  /// The builder of the wrapped value; null for constants.
  ImplicitLocOpBuilder *getBuilder() const { return builder; }

  friend bool sameExpr(const IndexExpr &a, const IndexExpr &b) {
    return a.value == b.value && (a.value || a.constant == b.constant);
  }

private:
  int64_t constant = 0;
  Value value;
  ImplicitLocOpBuilder *builder = nullptr;
};

namespace detail {
enum class IndexOp { Add, Sub, Mul, FloorDiv, Mod, Min, Max };
enum class CompareOp { Lt, Le, Eq };
IndexExpr emitIndexOp(IndexOp op, const IndexExpr &a, const IndexExpr &b);
IndexExpr emitCompare(CompareOp op, const IndexExpr &a, const IndexExpr &b);
IndexExpr emitLogic(bool isAnd, const IndexExpr &a, const IndexExpr &b);
IndexExpr emitNot(const IndexExpr &a);
IndexExpr emitSelect(const IndexExpr &c, const IndexExpr &a,
                     const IndexExpr &b);

inline int64_t floorDivide(int64_t a, int64_t b) {
  int64_t q = a / b;
  return (a % b != 0 && ((a < 0) != (b < 0))) ? q - 1 : q;
}
inline bool bothConstant(const IndexExpr &a, const IndexExpr &b) {
  return a.isConstant() && b.isConstant();
}
} // namespace detail

inline IndexExpr operator+(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b))
    return a.getConstant() + b.getConstant();
  return detail::emitIndexOp(detail::IndexOp::Add, a, b);
}
inline IndexExpr operator-(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b))
    return a.getConstant() - b.getConstant();
  return detail::emitIndexOp(detail::IndexOp::Sub, a, b);
}
inline IndexExpr operator*(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b))
    return a.getConstant() * b.getConstant();
  return detail::emitIndexOp(detail::IndexOp::Mul, a, b);
}
/// Rounds towards minus infinity; the divisor is positive.
inline IndexExpr floorDiv(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b))
    return detail::floorDivide(a.getConstant(), b.getConstant());
  return detail::emitIndexOp(detail::IndexOp::FloorDiv, a, b);
}
/// In [0, b) for positive b, whatever the sign of a.
inline IndexExpr mod(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b)) {
    int64_t divisor = b.getConstant();
    return a.getConstant() -
           detail::floorDivide(a.getConstant(), divisor) * divisor;
  }
  return detail::emitIndexOp(detail::IndexOp::Mod, a, b);
}
inline IndexExpr ceilDiv(const IndexExpr &a, const IndexExpr &b) {
  return floorDiv(a + b - 1, b);
}
inline IndexExpr min(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b))
    return std::min(a.getConstant(), b.getConstant());
  return detail::emitIndexOp(detail::IndexOp::Min, a, b);
}
inline IndexExpr max(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b))
    return std::max(a.getConstant(), b.getConstant());
  return detail::emitIndexOp(detail::IndexOp::Max, a, b);
}

inline IndexExpr operator<(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b))
    return a.getConstant() < b.getConstant();
  return detail::emitCompare(detail::CompareOp::Lt, a, b);
}
inline IndexExpr operator<=(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b))
    return a.getConstant() <= b.getConstant();
  return detail::emitCompare(detail::CompareOp::Le, a, b);
}
inline IndexExpr operator>(const IndexExpr &a, const IndexExpr &b) {
  return b < a;
}
inline IndexExpr operator>=(const IndexExpr &a, const IndexExpr &b) {
  return b <= a;
}
inline IndexExpr operator==(const IndexExpr &a, const IndexExpr &b) {
  if (detail::bothConstant(a, b))
    return a.getConstant() == b.getConstant();
  return detail::emitCompare(detail::CompareOp::Eq, a, b);
}

/// Truth values. Both operands are always evaluated.
inline IndexExpr operator&(const IndexExpr &a, const IndexExpr &b) {
  if (a.isFalse() || b.isFalse())
    return false;
  if (a.isTrue())
    return b;
  if (b.isTrue())
    return a;
  return detail::emitLogic(/*isAnd=*/true, a, b);
}
inline IndexExpr operator|(const IndexExpr &a, const IndexExpr &b) {
  if (a.isTrue() || b.isTrue())
    return true;
  if (a.isFalse())
    return b;
  if (b.isFalse())
    return a;
  return detail::emitLogic(/*isAnd=*/false, a, b);
}
inline IndexExpr operator!(const IndexExpr &a) {
  if (a.isConstant())
    return !a.getConstant();
  return detail::emitNot(a);
}
/// `condition ? a : b`, for two numbers or two truth values.
inline IndexExpr select(const IndexExpr &condition, const IndexExpr &a,
                        const IndexExpr &b) {
  if (condition.isConstant())
    return condition.getConstant() ? a : b;
  return detail::emitSelect(condition, a, b);
}

} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_INDEXEXPR_H
