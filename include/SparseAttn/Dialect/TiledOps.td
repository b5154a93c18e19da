// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One query tile: what attention becomes inside the loops over tiles.
#ifndef SPARSEATTN_DIALECT_TILEDOPS_TD
#define SPARSEATTN_DIALECT_TILEDOPS_TD

include "mlir/Interfaces/SideEffectInterfaces.td"
include "SparseAttn/Dialect/SparseAttnDialect.td"

class SparseAttn_TiledOp<string mnemonic, list<Trait> traits = []>
    : Op<SparseAttn_Dialect, mnemonic, traits>;

def SparseAttn_TileAttentionOp : SparseAttn_TiledOp<"tile_attention", [
    AttrSizedOperandSegments, RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "attention of one query tile over the live segments of its keys";
  let description = [{
    Query row r of the tile stands at position `first + r * step`, or with `grouped` all
    rows stand at `first`: they are heads of a group, and no segment is partial. With
    `rows_per_head` n they are n rows of each of several heads, one head after the other, and row r
    stands at `first + (r mod n) * step`. The keys
    visited are those equal to `first` modulo `step`. The region `segments` maps a key to the
    segment that starts there (see PatternAlgebra.h): it is a pure function in closed
    form, so the loops that it stands for touch live keys only. The region `mask` is
    the predicate of a (query position, key) pair, evaluated in partial segments alone. If
    there is a region `asks` (query position, key) -> i1, a third argument of `mask` is what
    that says of the pair; it is asked only where the predicate depends on it. Such a tile
    is not `grouped`.

    query [R, D], key [N, D], value [N, Dv], with R at most `max_rows`. The result goes
    to `outs`: out [R, Dv] and, if given, lse [R] and row_max [R] (f32). Or the softmax is left
    running: `save` keeps its state, accumulator [R, Dv], maximum [R] and sum [R], and with row_max
    the largest scores [R], all f32, and the `resume` of another tile of the same rows continues
    it. This is how disjoint phases of a pattern are combined.

    The region `score`, if there is one, is what becomes of a score after its scale and
    before the mask: (score, head, query position, key) -> f32. It is asked about live
    pairs. Row 0 has the head number `head`, as all rows do unless they are of several heads:
    row r has `head + r` if they are `grouped`, and `head + r / n` with `rows_per_head` n.

    `sink` [1] or, if rows are of several heads, one number for each of them is a score without a value that each row begins
    with. A tile that resumes has none. Of tiles with `keys a to b`, only the first one, whose a is less
    than `step`, begins with it.

    With `pages(table, rows)` [C] the keys are in pages of `page_size` rows: key j is row
    table[j / page_size] * rows + j mod page_size of `key` and `value`, and there are
    C * page_size of them.

    With `keys a to b` only keys from a, a multiple of `step` from the first one, up to b exclusive are
    visited. So blocks of a GPU, or threads, share the keys of a row.

    With `candidates(buffer from a to b)` [X] of i32, of a tile of one position, blocks of
    `candidate_block` keys (at most 2^20) are read besides, on a CPU only: keys with numbers block * candidate_block and on, for
    the block numbers in that part of the buffer, which are different (one that is negative
    stands for none). Those keys are live for which `mask` holds, and which are no keys of a segment.

    `dropout(rate, seed, batch)` is that of `sattn.attention`, for rows of this batch and of
    the heads from `head` on.

    Rows stand in the vector lanes, or with `row_major` head columns and keys do, which
    suits fewer rows than there are lanes. Such a tile is `grouped`, has `max_rows` rows, and does not
    resume another.
  }];
  let arguments = (ins AnyMemRef:$query, AnyMemRef:$key, AnyMemRef:$value,
    Variadic<AnyMemRef>:$outs, Variadic<AnyMemRef>:$save,
    Variadic<AnyMemRef>:$resume, Optional<AnyMemRef>:$sink,
    Optional<AnyMemRef>:$page_table, Optional<Index>:$page_rows,
    Optional<Index>:$first_key, Optional<Index>:$end_key,
    Optional<AnyMemRef>:$candidates, Optional<Index>:$first_candidate, Optional<Index>:$end_candidate, Index:$first, Optional<Index>:$head, Optional<I64>:$dropout_seed,
    Optional<Index>:$batch, OptionalAttr<F32Attr>:$dropout,
    OptionalAttr<I64Attr>:$page_size, OptionalAttr<I64Attr>:$candidate_block, OptionalAttr<I64Attr>:$rows_per_head, F64Attr:$scale, I64Attr:$max_rows, I64Attr:$step, UnitAttr:$grouped, UnitAttr:$row_major);
  let regions = (region SizedRegion<1>:$segments, SizedRegion<1>:$mask,
                        MaxSizedRegion<1>:$asked, MaxSizedRegion<1>:$score);
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $value `:` type($query) `,` type($key) `,`
              type($value) `)`
    (`outs` `(` $outs^ `:` type($outs) `)`)?
    (`save` `(` $save^ `:` type($save) `)`)?
    (`resume` `(` $resume^ `:` type($resume) `)`)?
    (`sink` `(` $sink^ `:` type($sink) `)`)?
    (`pages` `(` $page_table^ `,` $page_rows `:` type($page_table) `)`)?
    (`keys` $first_key^ `to` $end_key)?
    (`candidates` `(` $candidates^ `from` $first_candidate `to` $end_candidate `:` type($candidates) `)`)?
    `at` $first `step` $step `rows` $max_rows (`head` $head^)?
    (`dropout` `(` $dropout `,` $dropout_seed^ `,` $batch `)`)?
    `segments` $segments `mask` $mask (`asks` $asked^)? (`score` $score^)? attr-dict
  }];
  let extraClassDeclaration = [{
    /// Whether the largest score of each row is kept.
    bool hasRowMax();
    /// Whether rows are of several heads.
    bool hasManyHeads() { return getGrouped() || getRowsPerHead(); }
  }];
  let hasRegionVerifier = 1;
}

def SparseAttn_SegmentOp : SparseAttn_TiledOp<"segment",
    [Pure, Terminator, HasParent<"TileAttentionOp">]> {
  let summary = "the segment at a key: live, full, and where it ends";
  let description = [{
    `full` implies `live`; neither: the segment is empty. `end` is exclusive, beyond
    the key, and may exceed the number of keys.
  }];
  let arguments = (ins I1:$live, I1:$full, Index:$end);
  let assemblyFormat = "`live` `(` $live `)` `full` `(` $full `)` `end` `(` $end `)` attr-dict";
}

def SparseAttn_YieldOp : SparseAttn_TiledOp<"yield",
    [Pure, Terminator, ParentOneOf<["AttentionOp", "TileAttentionOp", "PairMaskOp",
                                    "SoftmaxUpdateOp"]>]> {
  let summary = "whether the pair is live, or what its score becomes";
  let arguments = (ins AnyTypeOf<[I1, F32]>:$value);
  let assemblyFormat = "$value `` custom<YieldType>(type($value)) attr-dict";
}

//===----------------------------------------------------------------------===//
// Online softmax
//===----------------------------------------------------------------------===//

def SparseAttn_PackQueriesOp : SparseAttn_TiledOp<"pack_queries",
    [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "queries of a tile, with rows in the fast dimension";
  let description = [{
    packed[d, r] = query[r, d] * factor, in f32. Rows of `packed` [D, T] beyond the
    query's own repeat its last row. The factor is the sign of the scale, so that packing
    is exact; its magnitude is part of the exponent. With `row_major`, packed is [T, D].
    If `packed` is of bf16, it is [D / 2, 2 T] and holds pairs of columns:
    packed[d, 2 r + i] = query[r, 2 d + i] * factor.
  }];
  let arguments = (ins AnyMemRef:$query, AnyMemRef:$packed, F32Attr:$factor,
    UnitAttr:$row_major);
  let assemblyFormat = [{
    `ins` `(` $query `:` type($query) `)` `outs` `(` $packed `:` type($packed) `)`
    attr-dict
  }];
}

def SparseAttn_SoftmaxInitOp : SparseAttn_TiledOp<"softmax_init",
    [AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "the running state of an online softmax before its first key";
  let description = [{
    max [T] (the exponent of 2 that scores are taken relative to), sum [T], acc [Dv, T]: the
    least finite number, 0 and 0; or, with `resume(a, m, s)`, a state that was saved; or, with
    `sink(s)`, that after a first key whose score is s[min(r, size - 1)] and whose value
    is 0: `scale` is that of the updates. row_max [T], if given, begins with -inf, or with the
    `r` of `resume(a, m, s, r)`. With `row_major`, acc is [T, Dv].
  }];
  let arguments = (ins AnyMemRef:$max, AnyMemRef:$sum, AnyMemRef:$acc,
                       Optional<AnyMemRef>:$row_max,
                       Variadic<AnyMemRef>:$resume, Optional<AnyMemRef>:$sink,
                       OptionalAttr<F64Attr>:$scale, UnitAttr:$row_major);
  let assemblyFormat = [{
    `outs` `(` $max `,` $sum `,` $acc (`,` $row_max^)? `:` type($max) `,` type($sum) `,`
               type($acc) (`,` type($row_max)^)? `)`
    (`resume` `(` $resume^ `:` type($resume) `)`)?
    (`sink` `(` $sink^ `:` type($sink) `)`)? attr-dict
  }];
  let hasVerifier = 1;
}

def SparseAttn_SoftmaxSaveOp : SparseAttn_TiledOp<"softmax_save",
    [AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "keep the running state of a softmax";
  let description = [{
    acc [Dv, T] goes to saved_acc [R, Dv], max, sum and row_max [T] to saved_max, saved_sum and
    saved_row_max [R], without any arithmetic: what `softmax_init` resumes is what was saved. With
    `row_major`, acc is [R, Dv].
  }];
  let arguments = (ins AnyMemRef:$max, AnyMemRef:$sum, AnyMemRef:$acc,
    Optional<AnyMemRef>:$row_max,
    AnyMemRef:$saved_acc, AnyMemRef:$saved_max, AnyMemRef:$saved_sum,
    Optional<AnyMemRef>:$saved_row_max, UnitAttr:$row_major);
  let assemblyFormat = [{
    `ins` `(` $max `,` $sum `,` $acc (`,` $row_max^)? `:` type($max) `,` type($sum) `,`
              type($acc) (`,` type($row_max)^)? `)`
    `outs` `(` $saved_acc `,` $saved_max `,` $saved_sum (`,` $saved_row_max^)? `:`
               type($saved_acc) `,` type($saved_max) `,` type($saved_sum)
               (`,` type($saved_row_max)^)? `)` attr-dict
  }];
  let hasVerifier = 1;
}

def SparseAttn_PairMaskOp : SparseAttn_TiledOp<"pair_mask", [
    RecursiveMemoryEffects, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "which rows of a tile see which keys of a block";
  let description = [{
    mask[p, r], i32, becomes -1 if row r of the tile sees key number keys[p], and 0 if it
    does not, for p < count. Row r stands at position `first + r * step`. The region
    (query position, key) -> i1 says of a single pair whether it is live.

    With the region `asks` (query position, key) -> i1 the predicate has a third argument,
    what that says of the pair. It is asked about pairs for which the predicate depends on
    it, and nothing is read for others; rows from `rows` on do not exist.
  }];
  let arguments = (ins AnyMemRef:$keys, Index:$count, AnyMemRef:$out, Index:$first,
    Optional<Index>:$rows,
    I64Attr:$step);
  let regions = (region SizedRegion<1>:$predicate, MaxSizedRegion<1>:$asked);
  let assemblyFormat = [{
    `keys` `(` $keys `,` $count `:` type($keys) `)` `outs` `(` $out `:` type($out) `)`
    `at` $first `step` $step $predicate (`asks` `rows` $rows $asked^)? attr-dict
  }];
  let hasRegionVerifier = 1;
}

def SparseAttn_DropoutMaskOp : SparseAttn_TiledOp<"dropout_mask",
    [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "which weights of a block of keys dropout keeps";
  let description = [{
    kept[p, r], f32, becomes 1 if the weight of row r of the tile and key number keys[p] is
    kept, else 0, for p < count. Row r has the position `first + r * step` and the head `head`, or with
    `grouped` the position `first` and the head `head + r`. See docs/Semantics.md, Dropout.
  }];
  let arguments = (ins AnyMemRef:$keys, Index:$count, AnyMemRef:$out,
    I64:$seed, Index:$batch, Index:$head, Index:$first, F32Attr:$rate,
    I64Attr:$step, UnitAttr:$grouped);
  let assemblyFormat = [{
    `keys` `(` $keys `,` $count `:` type($keys) `)` `outs` `(` $out `:` type($out) `)`
    `seed` $seed `batch` $batch `head` $head `at` $first `step` $step `rate` $rate
    attr-dict
  }];
}

def SparseAttn_SoftmaxUpdateOp : SparseAttn_TiledOp<"softmax_update", [
    AttrSizedOperandSegments, RecursiveMemoryEffects, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "adds a block of keys to the running softmax";
  let description = [{
    The block is the first `count` (at least 1) entries of `keys` [KB], row numbers of
    `key` and `value`. `numbers` [KB] are the keys' own, where these are others. With `mask` [KB, T], as `sattn.pair_mask` writes it, the block is
    partial, otherwise every row of the tile sees every key of it. A score is the dot
    product times `scale` (positive); exponents are base 2: x = dot * (scale * log2(e))
    - max, and a weight is 2^(x - 8). max is near the scores of the row and grows only when one is
    more than 8 above it, that is when a weight would exceed 1; only then are sum and acc rescaled. With
    `row_major`, packed is [T, D] and acc [T, Dv], and there is no mask. With `packed` of
    bf16 pairs, key and value are bf16 and the probabilities that multiply values are rounded to
    bf16; those that are summed are not. With `kept` [KB, T], as `sattn.dropout_mask` writes it,
    weights that multiply values are 0 where it is; there is none with `row_major`. row_max [T],
    if given, becomes the largest score so far. Weights may have a relative error of 1.7e-7, or with
    `exact_sum`, for a sum that becomes a result, of 1.2e-7.

    With the region `score` (score, head, query position, key) -> f32 a score is what
    that makes of it, x = score * log2(e) - max. Row r of the tile has the position
    `first + r * step` and the head `head`, or with `grouped` the position `first` and the
    head `head + r`; rows from `rows` on do not exist, and nothing is read for them.
  }];
  let arguments = (ins AnyMemRef:$packed, AnyMemRef:$key, AnyMemRef:$value,
    AnyMemRef:$keys, Index:$count, Optional<AnyMemRef>:$numbers,
    Optional<AnyMemRef>:$mask, Optional<AnyMemRef>:$kept, AnyMemRef:$max, AnyMemRef:$sum, AnyMemRef:$acc,
    Optional<AnyMemRef>:$row_max,
    Optional<Index>:$first, Optional<Index>:$head, Optional<Index>:$rows,
    F64Attr:$scale, OptionalAttr<I64Attr>:$step, UnitAttr:$grouped,
    UnitAttr:$row_major, UnitAttr:$exact_sum);
  let regions = (region MaxSizedRegion<1>:$score);
  let extraClassDeclaration = [{
    /// Numbers of the keys, for their scores.
    ::mlir::Value getKeyNumbers() {
      return getNumbers() ? getNumbers() : ::mlir::Value(getKeys());
    }
    /// What turns a dot product, or what the region makes of it, into a score.
    double getScoreFactor() {
      return getScore().empty() ? getScale().convertToDouble() : 1.0;
    }
  }];
  let assemblyFormat = [{
    `ins` `(` $packed `,` $key `,` $value `:` type($packed) `,` type($key) `,`
              type($value) `)`
    `keys` `(` $keys `,` $count `:` type($keys) `)`
    (`numbers` `(` $numbers^ `:` type($numbers) `)`)?
    (`mask` `(` $mask^ `:` type($mask) `)`)?
    (`kept` `(` $kept^ `:` type($kept) `)`)?
    `outs` `(` $max `,` $sum `,` $acc (`,` $row_max^)? `:` type($max) `,` type($sum) `,`
               type($acc) (`,` type($row_max)^)? `)`
    (`score` `at` $first `head` $head `rows` $rows $score^)? attr-dict
  }];
  let hasRegionVerifier = 1;
}

def SparseAttn_SoftmaxFinishOp : SparseAttn_TiledOp<"softmax_finish",
    [AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "the result of a running softmax";
  let description = [{
    out[r, c] = factor * acc[c, r] / sum[r], or 0 where the row saw no key; lse[r] = ln 2 *
    (max[r] + 8) + ln sum[r], or -inf; final_row_max[r] = row_max[r]. Rows beyond those of `out`
    [R, Dv] are dropped. `scale` is that of the updates. With `row_major`, acc is [T, Dv].
  }];
  let arguments = (ins AnyMemRef:$max, AnyMemRef:$sum, AnyMemRef:$acc,
    Optional<AnyMemRef>:$row_max,
    AnyMemRef:$out, Optional<AnyMemRef>:$lse, Optional<AnyMemRef>:$final_row_max,
    F64Attr:$scale,
    DefaultValuedAttr<F32Attr, "1.0f">:$factor, UnitAttr:$row_major);
  let assemblyFormat = [{
    `ins` `(` $max `,` $sum `,` $acc (`,` $row_max^)? `:` type($max) `,` type($sum) `,`
              type($acc) (`,` type($row_max)^)? `)`
    `outs` `(` $out (`,` $lse^ (`,` $final_row_max^)?)? `:` type($out)
               (`,` type($lse)^ (`,` type($final_row_max)^)?)? `)` attr-dict
  }];
  let hasVerifier = 1;
}

def SparseAttn_SoftmaxCombineOp : SparseAttn_TiledOp<"softmax_combine",
    [AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "one result from softmaxes over disjoint keys";
  let description = [{
    The running states acc [S, R, Dv], max, sum and, if given, row_max [S, R], all f32, that S tiles of
    the same rows have saved become one, with the weights 2^(max[s] - the largest), and that the result
    out [R, Dv] and, if given, lse and row_max [R], as `softmax_finish` has it. `scale` and `factor` are
    those of the tiles. R and Dv are static.
  }];
  let arguments = (ins AnyMemRef:$acc, AnyMemRef:$max, AnyMemRef:$sum,
    Optional<AnyMemRef>:$row_max, Variadic<AnyMemRef>:$outs, F64Attr:$scale,
    DefaultValuedAttr<F64Attr, "1.0">:$factor);
  let assemblyFormat = [{
    `ins` `(` $acc `,` $max `,` $sum (`,` $row_max^)? `:` type($acc) `,` type($max) `,`
              type($sum) (`,` type($row_max)^)? `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict
  }];
  let hasVerifier = 1;
}

#endif // SPARSEATTN_DIALECT_TILEDOPS_TD
