// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which blocks of keys each block of queries will attend to, by their scores.
#ifndef SPARSEATTN_DIALECT_SELECTBLOCKSOP_TD
#define SPARSEATTN_DIALECT_SELECTBLOCKSOP_TD

include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "SparseAttn/Dialect/Alignment.td"
include "SparseAttn/Dialect/SparseAttnDialect.td"

def SparseAttn_Pooling : I32EnumAttr<"Pooling", "what stands for a block of keys", [
    I32EnumAttrCase<"Mean", 0, "mean">,
    I32EnumAttrCase<"Max", 1, "max">,
    I32EnumAttrCase<"Bounds", 2, "bounds">]> {
  let cppNamespace = "::mlir::sattn";
  let genSpecializedAttr = 0;
}
def SparseAttn_PoolingAttr
    : EnumAttr<SparseAttn_Dialect, SparseAttn_Pooling, "pooling"> {
  let assemblyFormat = "`<` $value `>`";
}

def SparseAttn_SelectBlocksOp : Op<SparseAttn_Dialect, "select_blocks", [
    DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, [
      "reifyResultShapes"]>]> {
  let summary = "the best blocks of keys for each block of queries";
  let description = [{
    Learned and top-k sparsity decides by the data which keys a query sees. For each batch b,
    query head h and block t of `query_block` rows, the blocks c of `key_block` keys have scores

        s_c = sum_d q_d * k_cd             mean, max: k_c is the mean or the largest of each column
        s_c = sum_d max(q_d * lo_cd, q_d * hi_cd)
                                           bounds: of the least and the largest of each column

    with q the mean of the rows of t. `bounds` is no less than the score of any key of the
    block, of one query. The result is what `block_list<block = [query_block, key_block]>` takes:
    the `top_k` blocks of greatest score, in ascending order; of equal scores, the first blocks. A
    score that is not a number is less than all others. Keys stay where they are.

    `candidates` says which blocks may be chosen at all, `always` which of these have an infinite
    score (they count among the `top_k`). Both are patterns of blocks: the query has the number of
    the key block that its last row stands in, the key that of its block. `causal` leaves out
    blocks that lie behind all of t's rows, `window<left = 1, right = 0>` is the own block and the
    one before. Where there are fewer candidates than `top_k`, all are chosen. Rows stand where
    `align` and `offset` say, as in `sattn.attention`.

    With `grouped` a head's score of a block is the sum of those of all heads that read the same
    keys, which thus choose the same blocks.

    Shapes: query [B, Hq, M, D], key [B, Hkv, N, D] of f32, f16 or bf16; row_ptr
    [B, Hq, ceil(M / query_block) + 1] and cols [B * Hq * ceil(M / query_block) * top_k] of i32 or
    i64. Scores are in f32. Entries of cols that no row has are 0.

    These are MoBA (mean, one query in a block, the own block always), Quest (bounds), NSA
    (mean, grouped, the first and the own blocks always) and SeerAttention (with what its gates
    make of queries and keys for these).

    ```mlir
    %p, %c = sattn.select_blocks ins(%q, %k : tensor<1x8x4096x64xf32>, tensor<1x2x4096x64xf32>)
               outs(%p0, %c0 : tensor<1x8x65xi32>, tensor<8192xi32>) blocks[64, 64] top_k(16)
               pool(mean) candidates(causal) always(window<left = 0, right = 0> or prefix<len = 1>)
    ```

    The verifier's rules are numbered in docs/Semantics.md.
  }];
  let arguments = (ins AnyShaped:$query, AnyShaped:$key, AnyShaped:$row_ptr, AnyShaped:$cols,
    Optional<Index>:$offset,
    I64Attr:$query_block, I64Attr:$key_block, I64Attr:$top_k, SparseAttn_PoolingAttr:$pool,
    AnyAttr:$candidates, OptionalAttr<AnyAttr>:$always,
    DefaultValuedAttr<SparseAttn_AlignmentAttr,
                      "::mlir::sattn::Alignment::TopLeft">:$align,
    UnitAttr:$grouped);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `:` type($query) `,` type($key) `)`
    `outs` `(` $row_ptr `,` $cols `:` type($row_ptr) `,` type($cols) `)`
    `blocks` `[` $query_block `,` $key_block `]` `top_k` `(` $top_k `)` `pool` `(` custom<Pooling>($pool) `)`
    `candidates` `(` custom<BlockPattern>($candidates) `)`
    (`always` `(` custom<BlockPattern>($always)^ `)`)?
    (`grouped` $grouped^)?
    (`align` `(` custom<Alignment>($align)^ `)`)? (`offset` `(` $offset^ `)`)? attr-dict ``
    custom<SelectionResults>(ref(type($row_ptr)), ref(type($cols)), type($results))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable();
    bool hasTensorSemantics();
    ::mlir::ShapedType getQueryType();
    ::mlir::ShapedType getKeyType();
  }];
}

#endif // SPARSEATTN_DIALECT_SELECTBLOCKSOP_TD
