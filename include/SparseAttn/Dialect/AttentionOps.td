// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Attention as users write it.
#ifndef SPARSEATTN_DIALECT_ATTENTIONOPS_TD
#define SPARSEATTN_DIALECT_ATTENTIONOPS_TD

include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"
include "SparseAttn/Dialect/SparseAttnDialect.td"
include "SparseAttn/Dialect/Alignment.td"
include "SparseAttn/Dialect/PatternInterface.td"
include "SparseAttn/Dialect/ScoreModifierInterface.td"

def SparseAttn_AttentionOp : Op<SparseAttn_Dialect, "attention", [
    AttrSizedOperandSegments, DestinationStyleOpInterface,
    RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, [
      "reifyResultShapes"]>,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getIterationDomain", "getLoopIteratorTypes", "getTiledImplementation",
      "getResultTilePosition", "getIterationDomainTileFromResultTile",
      "generateResultTileValue"]>]> {
  let summary = "exact attention over the live pairs of a pattern";
  let description = [{
    For each batch b, query head h and query row i, with position p = i + offset:

        s_j = scale * dot(query[b, h, i, :], key[b, h / group, j, :])
        out[b, h, i, :] = sum_j softmax_j(s_j) * value[b, h / group, j, :]

    over the keys j with (p, j) live in `pattern`. Sums and softmax are in f32. A row
    with no live key gives 0, and lse = -inf; values at dead pairs, also NaN, never
    reach the result. The optional `lse` is log(sum_j exp(s_j)), natural; after it, `row_max` is
    the largest s_j of a row, or -inf without one.

    Shapes: query [B, Hq, M, D], key [B, Hkv, N, D], value [B, Hkv, N, Dv], out
    [B, Hq, M, Dv] (any content; overwritten), lse and row_max [B, Hq, M] f32. group = Hq / Hkv.
    `scale` defaults to 1 / sqrt(D).

    `align` places row 0: `top_left` (offset 0, the default) or `bottom_right` (offset
    N - M). `offset(%o)` adds to that, as for a key/value cache; `offset(%t : tensor<2xi64>)`
    adds an entry for each batch, and `offset(%o, %t : tensor<2xi64>)` both.
    `first_head(%h)` says which head row 0 of the head dimension is, for a slice of heads.

    A pattern may read operands, written after the leaf that reads them, with their types
    at the end: `pattern(causal and padding(%lengths) : tensor<2xi32>)`. They describe the
    whole operation; `first_batch(%b)`, `first_row(%r)` and `first_head` say which batch,
    row and head of it are the first of a slice.

    `modify(...)` lists score modifiers, applied in that order between scale and pattern;
    then comes the `score` region (score, batch, head, query position, key) -> f32. Both
    say what the score of a live pair becomes; a dead pair stays dead whatever they make
    of it. See docs/Modifiers.md. The `mask` region (batch, head, query position, key) -> i1
    is what the leaf `region` of the pattern stands for. `sink(%s)`, [Hq], adds exp(s_h) to the denominator of
    the softmax and to the sum whose logarithm is lse; no value comes with it, and row_max
    does not know of it.

    `block_table(%t : tensor<2x8xi32>)` says where keys and values are: in pages of a shared
    pool, key [P, Hkv, S, D] and value [P, Hkv, S, Dv], where key j of batch b is row j mod S of
    page t[b, floor(j / S)]. N is S times the columns of the table. Keys from the first negative
    entry of a batch on are not there.

    `dropout(rate, %seed)` multiplies the weight of each pair, after the softmax, by 0 with
    probability `rate` and by 1 / (1 - rate) otherwise, as a random number says that depends on
    the seed (i64), batch, head, position and key alone. lse does not know of it.

    ```mlir
    %0 = sattn.attention ins(%q, %k, %v : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>,
                                          tensor<1x2x?x64xf32>)
                         outs(%out : tensor<1x8x?x64xf32>)
           pattern(causal and window<left = 1023>) align(bottom_right)
    ```

    The verifier's rules are numbered in docs/Semantics.md.
  }];
  let arguments = (ins AnyShaped:$query, AnyShaped:$key, AnyShaped:$value,
    AnyShaped:$out, Optional<AnyShaped>:$lse, Optional<AnyShaped>:$row_max,
    Optional<Index>:$offset, Optional<AnyShaped>:$offsets,
    Optional<Index>:$first_head,
    Optional<Index>:$first_batch, Optional<Index>:$first_row,
    Variadic<AnyShaped>:$pattern_operands,
    Variadic<AnyShaped>:$modifier_operands, Optional<AnyShaped>:$sink,
    Optional<I64>:$dropout_seed, Optional<AnyShaped>:$block_table,
    OptionalAttr<F32Attr>:$dropout,
    OptionalAttr<ArrayAttr>:$modifiers,
    AnyAttr:$pattern, OptionalAttr<F32Attr>:$scale,
    DefaultValuedAttr<SparseAttn_AlignmentAttr,
                      "::mlir::sattn::Alignment::TopLeft">:$align);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  // Functions of a pair: `mask` if the pattern asks for it, then `score` if there is one. A
  // region that is there has a block.
  let regions = (region VariadicRegion<SizedRegion<1>>:$pair_regions);
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $value `:` type($query) `,` type($key) `,`
              type($value) `)`
    `outs` `(` custom<Destinations>($out, type($out), $lse, type($lse), $row_max,
                                    type($row_max)) `)`
    (`block_table` `(` $block_table^ `:` type($block_table) `)`)?
    (`modify` `(` custom<Modifiers>($modifiers, $modifier_operands,
                                    type($modifier_operands))^ `)`)?
    (`sink` `(` $sink^ `:` type($sink) `)`)?
    (`dropout` `(` custom<Dropout>($dropout, $dropout_seed)^ `)`)?
    `pattern` `(` custom<Pattern>($pattern, $pattern_operands,
                                  type($pattern_operands)) `)`
    (`align` `(` custom<Alignment>($align)^ `)`)?
    (`offset` `(` custom<Offset>($offset, $offsets, type($offsets))^ `)`)?
    (`first_head` `(` custom<IndexOperand>($first_head)^ `)`)?
    (`first_batch` `(` custom<IndexOperand>($first_batch)^ `)`)?
    (`first_row` `(` custom<IndexOperand>($first_row)^ `)`)?
    `` custom<PairRegions>(ref($pattern), $pair_regions)
    attr-dict ``
    custom<DestinationResults>(ref(type($out)), ref(type($lse)), ref(type($row_max)),
                               type($results))
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Largest D and Dv.
    static constexpr int64_t maxHeadSize = 4096;

    ::mlir::MutableOperandRange getDpsInitsMutable();
    /// The pattern, as the interface that the compiler is written against.
    ::mlir::sattn::SparsityPatternAttrInterface getSparsityPattern();
    ::mlir::ShapedType getQueryType();
    ::mlir::ShapedType getKeyType();
    ::mlir::ShapedType getValueType();
    ::mlir::ShapedType getOutType();
    bool hasTensorSemantics();
    /// out, and lse and row_max if they are there.
    ::llvm::SmallVector<::mlir::Value> getDestinations();
    /// N, or ShapedType::kDynamic.
    int64_t getStaticNumKeys();
    /// With a block table: S.
    int64_t getPageSize() { return getKeyType().getDimSize(2); }
    /// The named modifiers, in the order in which they apply.
    ::llvm::SmallVector<::mlir::sattn::ScoreModifierAttrInterface>
    getScoreModifiers();
    /// The `score` region; null without one.
    ::mlir::Region *getScore();
    /// The `mask` region; null without one.
    ::mlir::Region *getMask();
    /// Whether anything happens to a score between its scale and the pattern.
    bool modifiesScores();
    /// `scale`, or 1 / sqrt(D).
    double getScaleValue();
  }];
}

#endif // SPARSEATTN_DIALECT_ATTENTIONOPS_TD
