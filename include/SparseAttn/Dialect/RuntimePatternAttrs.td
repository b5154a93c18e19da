// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The leaves that read operands of the operation. b is the batch, i the position of a
/// query and r its row, j a key, h a query head.
#ifndef SPARSEATTN_DIALECT_RUNTIMEPATTERNATTRS_TD
#define SPARSEATTN_DIALECT_RUNTIMEPATTERNATTRS_TD

include "SparseAttn/Dialect/RuntimePatternInterface.td"

/// Written `name<params>(%operands)` in an operation; alone, operands are parameters that
/// hold their numbers among the pattern operands, -1 if there is none.
class SparseAttn_RuntimePattern<string cppName, string keyword,
                                list<string> overrides = [],
                                list<string> runtimeOverrides = []>
    : AttrDef<SparseAttn_Dialect, cppName,
              [DeclareAttrInterfaceMethods<SparsityPatternAttrInterface,
                                           overrides>,
               DeclareAttrInterfaceMethods<RuntimePatternAttrInterface,
                                           runtimeOverrides>]> {
  let mnemonic = keyword;
  let genVerifyDecl = 1;
}

def SparseAttn_PaddingAttr : SparseAttn_RuntimePattern<"Padding", "padding",
    [], ["checkValues"]> {
  let summary = "j < key_lengths[b], and r < query_lengths[b]";
  let description = [{
    `padding(%key_lengths)` or `padding(%key_lengths, %query_lengths)`: the keys, and the
    rows, at the end of a batch's entry that only fill up the tensor. Lengths are [B] of
    i32 or i64, between 0 and N, or M. Rows beyond their length see nothing.
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "-1", "key lengths">:$keys,
    DefaultValuedParameter<"int64_t", "-1", "query lengths">:$queries);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

#endif // SPARSEATTN_DIALECT_RUNTIMEPATTERNATTRS_TD
