// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The leaves that read operands of the operation. b is the batch, i the position of a
/// query and r its row, j a key, h a query head.
#ifndef SPARSEATTN_DIALECT_RUNTIMEPATTERNATTRS_TD
#define SPARSEATTN_DIALECT_RUNTIMEPATTERNATTRS_TD

include "SparseAttn/Dialect/Parameters.td"
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
    SparseAttn_IntegerOr<"-1", "key lengths">:$keys,
    SparseAttn_IntegerOr<"-1", "query lengths">:$queries);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

def SparseAttn_PagesAttr : SparseAttn_RuntimePattern<"Pages", "pages",
    [], ["buildRuntimeTables"]> {
  let summary = "j < size * (leading entries of table[b] that are not negative)";
  let description = [{
    `pages<size = 16>(%table)`: keys whose pages a batch has. The table is that of
    `block_table` of the operation, [B, C] of i32 or i64; lowerings add this leaf for it.
  }];
  let parameters = (ins SparseAttn_Integer:$size,
    SparseAttn_IntegerOr<"-1", "table">:$table);
  let assemblyFormat = "`<` struct(params) `>`";
}

def SparseAttn_DocumentsAttr
    : SparseAttn_RuntimePattern<"Documents", "documents", [],
                                ["buildRuntimeTables", "checkValues"]> {
  let summary = "query and key in the same document, by cumulative lengths";
  let description = [{
    `documents(%ends)`: document d is the positions from ends[d] up to ends[d + 1], of
    queries and keys; i and j are in the same one. `documents(%rows, %keys)`: document d is
    the query rows from rows[d] up to rows[d + 1], which see the keys from keys[d] up to
    keys[d + 1]. What is in no document sees nothing and is not seen.

    These are the cumulative lengths (`cu_seqlens`) of variable-length packing, where
    sequences stand one after the other in a tensor of batch size 1: [S + 1] numbers that
    do not descend, from 0 up to N (or M), also [B, S + 1].
  }];
  let parameters = (ins
    SparseAttn_IntegerOr<"-1", "ends, or those of the rows">:$rows,
    SparseAttn_IntegerOr<"-1", "ends of the keys">:$keys);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

def SparseAttn_DocumentCausalAttr
    : SparseAttn_RuntimePattern<"DocumentCausal", "document_causal",
          ["getLattice", "simplifyPattern"],
          ["buildRuntimeTables", "checkValues", "getTableKey"]> {
  let summary = "documents(%ends) and causal";
  let description = [{
    `document_causal(%ends)`: the usual training on packed documents. An abbreviation, as
    `mistral` is.
  }];
  let parameters = (ins
    SparseAttn_IntegerOr<"-1", "ends of the documents">:$ends);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
  let extraClassDeclaration = [{
    /// The composition of leaves that this name stands for.
    ::mlir::sattn::SparsityPatternAttrInterface expand() const;
    /// The leaf in it that reads the operand.
    ::mlir::sattn::DocumentsAttr getDocuments() const;
  }];
}

def SparseAttn_SegmentsAttr
    : SparseAttn_RuntimePattern<"Segments", "segments", [],
                                ["buildRuntimeTables"]> {
  let summary = "query and key have the same id";
  let description = [{
    `segments(%ids)`: ids[b, i] == ids[b, j], where ids is [B, N] (or [N]) and queries at
    positions outside of [0, N) see nothing. `segments(%rows, %keys)`: rows[b, r] ==
    keys[b, j], with rows [B, M] and keys [B, N]. Any numbers are ids.

    Ids that do not descend are the fast case: a tile then has the keys of its own
    segments only. Others cost a step for each run of equal ids.
  }];
  let parameters = (ins
    SparseAttn_IntegerOr<"-1", "ids, or those of the rows">:$rows,
    SparseAttn_IntegerOr<"-1", "ids of the keys">:$keys);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

def SparseAttn_BlockListAttr
    : SparseAttn_RuntimePattern<"BlockList", "block_list", [],
          ["buildRuntimeTables", "checkValues", "dependsOnHead",
           "getMultiplicity", "atLeast", "getTableKey"]> {
  let summary = "j's block is listed for r's block";
  let description = [{
    `block_list<block = [bq, bk]>(%row_ptr, %cols)`: the block floor(j / bk) is one of
    cols[row_ptr[b, h, t]], ..., cols[row_ptr[b, h, t + 1] - 1], where t = floor(r / bq).
    Compressed rows, as learned or top-k selection gives them: row_ptr is
    [B, H, ceil(M / bq) + 1] (leading dimensions may be left out or 1), cols [any number].
    Within a row, blocks do not descend; a block that is listed twice counts once.

    With `multiset = m` (up to 16) it counts as often as it is listed, which is at most m
    times: each time its keys add their weights to the softmax, as if they were there
    that often. This is no set, so it stands alone or in an `and`, not under `or` and
    `not`. `least = t` is the set of what is listed at least t times.
  }];
  let parameters = (ins SparseAttn_Integer:$query_block, SparseAttn_Integer:$key_block,
    SparseAttn_IntegerOr<"1">:$multiset,
    SparseAttn_IntegerOr<"1">:$least,
    SparseAttn_IntegerOr<"-1">:$row_ptr,
    SparseAttn_IntegerOr<"-1">:$cols);
  let hasCustomAssemblyFormat = 1;
}

def SparseAttn_KeyRowsAttr
    : SparseAttn_RuntimePattern<"KeyRows", "key_rows", [],
          ["buildRuntimeTables", "dependsOnHead"]> {
  let summary = "begin[b, h, j] <= r < end[b, h, j]";
  let description = [{
    `key_rows(%begin, %end)`: each key has an interval of rows that see it; both are
    [B, H, N], where leading dimensions may be left out and sizes may be 1. Any numbers
    will do; no row is in an interval that ends where it begins, or before.

    FlashMask's column intervals say which rows do not: `causal and not
    key_rows(%start, %end)`, or `causal and key_rows(%zero, %start)` where only a start is
    given.
  }];
  let parameters = (ins
    SparseAttn_IntegerOr<"-1", "first row of each key">:$begin,
    SparseAttn_IntegerOr<"-1", "first row beyond">:$end);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

def SparseAttn_MaskAttr
    : SparseAttn_RuntimePattern<"Mask", "mask", [], ["dependsOnHead"]> {
  let summary = "mask[b, h, r, j]";
  let description = [{
    `mask(%m)`: the last resort, a tensor of truth values (i1, or i8 that is not 0)
    [B, H, M, N] in which each size may be 1 and leading ones left out, down to [M, N].
    Keys that no row, or every row, of a tile sees are found by reading the mask.
  }];
  let parameters = (ins
    SparseAttn_IntegerOr<"-1", "truth values">:$values);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

#endif // SPARSEATTN_DIALECT_RUNTIMEPATTERNATTRS_TD
