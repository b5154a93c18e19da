// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns from arrays: dense masks, and the column intervals of FlashMask.
#ifndef SPARSEATTN_IMPORT_MASKARRAYS_H
#define SPARSEATTN_IMPORT_MASKARRAYS_H

#include "SparseAttn/Import/ImportedPattern.h"

#include "mlir/IR/MLIRContext.h"

#include <optional>

namespace mlir::sattn {

struct MaskImportOptions {
  ImportSizes sizes;
  /// Each element of a dense mask is a block of so many queries and keys.
  int64_t elementSize = 1;
  /// FlashMask: whether attention is causal, where the array leaves that open.
  std::optional<bool> causal;
  /// FlashMask: a pattern that reads arrays, even if one without is found.
  bool wantOperands = false;
};

/// A dense mask of truth values or 0 and 1, [M, N], [H, M, N] or [1, H, M, N].
llvm::Expected<ImportedPattern>
importDenseMask(const NpyArray &array, const MaskImportOptions &options,
                MLIRContext *context);

/// FlashMask's startend_row_indices, [B, H, N, bounds] of i32 or i64: rows of
/// each key that do not see it (Wang et al., "FlashMask: Efficient and Rich
/// Mask Extension of FlashAttention", 2024). With one bound r1, causal: rows
/// from r1 on. With two, causal: rows from r1 to r2; not causal: rows from r1
/// on, and rows before r2. With four, not causal: rows from r1 to r2, and from
/// r3 to r4. Ends are exclusive.
llvm::Expected<ImportedPattern>
importFlashMask(const NpyArray &array, const MaskImportOptions &options,
                MLIRContext *context);

/// Whether an array has the type and shape of FlashMask's table.
bool looksLikeFlashMask(const NpyArray &array);

} // namespace mlir::sattn

#endif // SPARSEATTN_IMPORT_MASKARRAYS_H
