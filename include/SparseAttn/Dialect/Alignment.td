// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where the first query row stands among the keys.
#ifndef SPARSEATTN_DIALECT_ALIGNMENT_TD
#define SPARSEATTN_DIALECT_ALIGNMENT_TD

include "mlir/IR/EnumAttr.td"
include "SparseAttn/Dialect/SparseAttnDialect.td"

def SparseAttn_Alignment : I32EnumAttr<"Alignment", "where query row 0 stands", [
    I32EnumAttrCase<"TopLeft", 0, "top_left">,
    I32EnumAttrCase<"BottomRight", 1, "bottom_right">]> {
  let cppNamespace = "::mlir::sattn";
  let genSpecializedAttr = 0;
}
def SparseAttn_AlignmentAttr
    : EnumAttr<SparseAttn_Dialect, SparseAttn_Alignment, "alignment"> {
  let assemblyFormat = "`<` $value `>`";
}

#endif // SPARSEATTN_DIALECT_ALIGNMENT_TD
