// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `ScoreModifierAttrInterface`: all that the compiler knows about a named score
/// modifier, and what a modifier knows about a pair.
#ifndef SPARSEATTN_DIALECT_SCOREMODIFIERINTERFACE_H
#define SPARSEATTN_DIALECT_SCOREMODIFIERINTERFACE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::sattn {

/// A parameter of a modifier: an f32 number, written with or without a decimal point.
struct Real {
  float value = 0;

  friend bool operator==(const Real &a, const Real &b) {
    return a.value == b.value;
  }
  friend llvm::hash_code hash_value(const Real &real) {
    return llvm::hash_value(llvm::bit_cast<uint32_t>(real.value));
  }
};
AsmPrinter &operator<<(AsmPrinter &printer, const Real &real);

/// What a dimension of a modifier's operand is indexed by.
enum class ScoreDim { Batch, Head, Row, Key, Other };

/// The sizes of an attention, as far as types tell; otherwise dynamic.
struct ScoreSizes {
  int64_t batch, heads, rows, keys;
  /// Whether head row 0 is another than head 0.
  bool hasFirstHead = false;

  int64_t of(ScoreDim dim) const {
    switch (dim) {
    case ScoreDim::Batch:
      return batch;
    case ScoreDim::Head:
      return heads;
    case ScoreDim::Row:
      return rows;
    case ScoreDim::Key:
      return keys;
    case ScoreDim::Other:
      break;
    }
    return ShapedType::kDynamic;
  }
};

/// Where a pair stands: values of type index.
struct ScorePair {
  /// Indices into the operands of the attention.
  Value batch, head, row, key;
  /// What patterns see: `first_head` and the offset are added.
  Value headNumber, position;
  /// The number of query heads.
  Value numHeads;

  /// The element of a modifier's operand (tensor or memref) for this pair, as f32;
  /// `other` is the index of dimensions that are `ScoreDim::Other`.
  Value load(ImplicitLocOpBuilder &b, Value operand, ArrayRef<ScoreDim> dims,
             Value other = Value()) const;
};

} // namespace mlir::sattn

template <> struct mlir::FieldParser<mlir::sattn::Real> {
  static FailureOr<mlir::sattn::Real> parse(AsmParser &parser);
};

#include "SparseAttn/Dialect/ScoreModifierInterface.h.inc"

namespace mlir::sattn {
/// A named modifier: any attribute with the interface.
using ScoreModifierAttr = ScoreModifierAttrInterface;
} // namespace mlir::sattn

#endif // SPARSEATTN_DIALECT_SCOREMODIFIERINTERFACE_H
