// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The part of an operand of attention that one query tile reads or writes.
#ifndef SPARSEATTN_LIB_TRANSFORMS_TILESLICES_H
#define SPARSEATTN_LIB_TRANSFORMS_TILESLICES_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::sattn {

/// Rows row, row + step, ... of [B, H, M, X] or [B, H, M], without the
/// leading dimensions. These are collapsed, not dropped by a rank-reducing
/// subview: when other sizes are 1 too, its type would not say which
/// dimensions are gone.
Value sliceRows(ImplicitLocOpBuilder &b, Value source, ArrayRef<Value> leading,
                Value row, Value count, int64_t step);

/// Rows of some heads of [B, H, M, X] or [B, H, M].
struct HeadRows {
  Value batch, head;
  /// How many heads, and rows of each.
  int64_t heads, rows;
  Value firstRow;
};
/// Whether these can be the rows of one matrix, for which the rows of a head that follow another's must be as far
/// from them as its own.
bool mayStackHeads(Value source, int64_t heads, int64_t rows);
/// These rows, one head after the other: [heads * rows, X] or [heads * rows].
Value sliceHeads(ImplicitLocOpBuilder &b, Value source, const HeadRows &at);

/// All pages [P, Hkv, S, X] of a key/value head as rows: row s of page p is row
/// p * `getPageRows` + s.
Value slicePages(ImplicitLocOpBuilder &b, Value source, Value kvHead);

/// Rows from one page to the next. The layout is one that the verifier allows.
Value getPageRows(ImplicitLocOpBuilder &b, Value source);

} // namespace mlir::sattn

#endif // SPARSEATTN_LIB_TRANSFORMS_TILESLICES_H
