// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The patterns: leaves, combinators and named compositions. i is a query position, j
/// a key position, h a query head.
#ifndef SPARSEATTN_DIALECT_PATTERNATTRS_TD
#define SPARSEATTN_DIALECT_PATTERNATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "SparseAttn/Dialect/SparseAttnDialect.td"
include "SparseAttn/Dialect/Parameters.td"
include "SparseAttn/Dialect/PatternInterface.td"

class SparseAttn_Pattern<string cppName, string keyword,
                         list<string> overrides = []>
    : AttrDef<SparseAttn_Dialect, cppName,
              [DeclareAttrInterfaceMethods<SparsityPatternAttrInterface,
                                           overrides>]> {
  let mnemonic = keyword;
}

/// A pattern that is an abbreviation: canonicalization replaces it by `expand()`, and
/// every question is answered by the expansion.
class SparseAttn_NamedPattern<string cppName, string keyword,
                              list<string> overrides = []>
    : SparseAttn_Pattern<cppName, keyword,
                         !listconcat(["getLattice", "simplifyPattern"], overrides)> {
  code expansionDeclaration = [{
    /// The composition of leaves that this name stands for.
    ::mlir::sattn::SparsityPatternAttrInterface expand() const;
  }];
  let extraClassDeclaration = expansionDeclaration;
}

//===----------------------------------------------------------------------===//
// Leaves
//===----------------------------------------------------------------------===//

def SparseAttn_MaskRegionAttr : SparseAttn_Pattern<"MaskRegion", "region"> {
  let summary = "the operation's `mask` region says so";
  let description = [{
    Any predicate over (batch, head, query position, key) and values from outside, as
    FlexAttention's mask_mod. It has no closed form: segments are those of the rest of the
    pattern, and partial wherever that leaves a pair open. Only there the region is asked.
  }];
}

def SparseAttn_DenseAttr : SparseAttn_Pattern<"Dense", "dense"> {
  let summary = "every pair is live";
}

def SparseAttn_NoneAttr : SparseAttn_Pattern<"None", "none"> {
  let summary = "no pair is live";
  let description = [{ `not dense`: every row gives 0 and lse = -inf. }];
}

def SparseAttn_CausalAttr : SparseAttn_Pattern<"Causal", "causal"> {
  let summary = "j <= i";
  let description = [{
    Where row 0 stands when there are more keys than queries is a property of the
    operation (`align`, `offset`), not of the pattern: PyTorch SDPA's `is_causal` is
    `top_left`; FlashAttention's is `bottom_right`.
  }];
}

def SparseAttn_WindowAttr
    : SparseAttn_Pattern<"Window", "window", ["getLattice", "simplifyPattern"]> {
  let summary = "-left <= j - i <= right";
  let description = [{
    Both bounds are inclusive and do not count the query itself; a bound that is left
    out is unbounded. "w keys, self included" (Mistral in Hugging Face, xFormers) is
    `left = w - 1, right = 0`; "w keys and self" (FlashAttention, ONNX, attention-gym)
    is `left = w, right = 0`; Longformer's `attention_window` w is
    `left = w / 2, right = w / 2`.

    With `dilation = d`: j - i = t * d with -left <= t <= right. The bounds count
    *taps*, as in Longformer's kernels; a dilated window given by its span W
    (attention-gym) has W / d taps.
  }];
  let parameters = (ins
    SparseAttn_OptionalInteger<"keys before the query">:$left,
    SparseAttn_OptionalInteger<"keys after the query">:$right,
    SparseAttn_IntegerOr<"1", "distance between taps">:$dilation);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
  let genVerifyDecl = 1;
}

def SparseAttn_BlockLocalAttr
    : SparseAttn_Pattern<"BlockLocal", "block_local", ["simplifyPattern"]> {
  let summary = "floor(i / size) == floor(j / size), and chosen neighbours";
  let description = [{
    Also live: `left_blocks` whole blocks before and `right_blocks` after the query's
    own, and of the two adjacent blocks the `boundary` keys next to the shared border.
    With `causal` this is chunked attention (Llama 4, JAX ChunkedCausalMask).
  }];
  let parameters = (ins SparseAttn_Integer:$size,
    SparseAttn_IntegerOr<"0">:$left_blocks,
    SparseAttn_IntegerOr<"0">:$right_blocks,
    SparseAttn_IntegerOr<"0">:$boundary);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_StridedAttr
    : SparseAttn_Pattern<"Strided", "strided", ["getLattice", "simplifyPattern"]> {
  let summary = "(i - j) mod stride == 0";
  let description = [{
    The second head of the Sparse Transformer (with `causal`). A textbook's "every
    k-th key for everybody" is `columns<stride = k>`.
  }];
  let parameters = (ins SparseAttn_Integer:$stride);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_ColumnsAttr
    : SparseAttn_Pattern<"Columns", "columns", ["simplifyPattern"]> {
  let summary = "phase <= j mod stride < phase + width";
  let description = [{
    The same keys for every query: `width` of each `stride` keys, from `phase` on.
  }];
  let parameters = (ins SparseAttn_Integer:$stride,
    SparseAttn_IntegerOr<"0">:$phase,
    SparseAttn_IntegerOr<"1">:$width);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_GlobalAttr
    : SparseAttn_Pattern<"Global", "global", ["buildTables", "simplifyPattern"]> {
  let summary = "i in G or j in G, for a set G of positions";
  let description = [{
    G holds the positions from 0 to `first` - 1, the last `last` positions of the keys,
    and `positions` (ascending). With `last_block = b`, `last` counts blocks of b
    positions instead, by floor(position / b): the last one is short if the number of
    keys is no multiple of b. Negative positions, where an offset puts rows before
    the first key, are not in G. A global token sees everything and is seen by everything;
    with `rows` only i in G is asked (they see), with `columns` only j in G (they are
    seen).

    ```mlir
    global<first = 1>
    global<first = 4, columns>
    global<last = 2, last_block = 64>
    global<positions = [0, 17, 300], rows>
    ```
  }];
  let parameters = (ins SparseAttn_Integer:$first, SparseAttn_Integer:$last,
    SparseAttn_Integer:$last_block,
    ArrayRefParameter<"int64_t">:$positions,
    "bool":$rows, "bool":$columns);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def SparseAttn_PrefixAttr
    : SparseAttn_Pattern<"Prefix", "prefix", ["simplifyPattern"]> {
  let summary = "j < len";
  let description = [{ A prefix language model is `prefix<len = n> or causal`. }];
  let parameters = (ins SparseAttn_Integer:$len);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_RandomAttr
    : SparseAttn_Pattern<"Random", "random", ["buildTables", "releaseTables"]> {
  let summary = "j's block is one of per_row blocks drawn for (h, i's block)";
  let description = [{
    The draw is a written-down formula, so every target, the oracle and Python see the
    same blocks. With n the number of key blocks (the last may be short), r =
    min(per_row, n), and b = floor(i / block), the drawn set is Floyd's: for t = 0 ..
    r - 1, let m = n - r + t and c = hash(seed, h, b, t) mod (m + 1); add c, or m if c is
    already in. All in unsigned 32-bit arithmetic:

        hash(s, h, b, t) = mix(mix(mix(mix(s) + h) + b) + t)
        mix(x): x ^= x >> 16; x *= 0x7feb352d; x ^= x >> 15; x *= 0x846ca68b; x ^= x >> 16

    `block = 1` draws single tokens. Queries at negative positions see nothing.
  }];
  let parameters = (ins SparseAttn_IntegerOr<"1">:$block,
    SparseAttn_Integer:$per_row, SparseAttn_IntegerOr<"0">:$seed);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Appends the blocks, of `numBlocks`, that are drawn for a query block of a head,
    /// in order of drawing.
    void drawBlocks(int64_t numBlocks, int64_t head, int64_t queryBlock,
                    ::llvm::SmallVectorImpl<int64_t> &drawn) const;
    /// The blocks that are drawn for the query block of a position, in kernels: a buffer of i32,
    /// and the first and the end of its elements. Elements may be negative: no block.
    std::tuple<::mlir::Value, IndexExpr, IndexExpr>
    getDraws(const ::mlir::sattn::PatternScope &scope, const IndexExpr &query) const;
  }];
}

def SparseAttn_BlockMaskAttr
    : SparseAttn_Pattern<"BlockMask", "block_mask",
          ["getNumHeads", "getMaxPositions", "buildTables", "simplifyPattern"]> {
  let summary = "the bit of (floor(i / bq), floor(j / bk)) in an explicit layout";
  let description = [{
    `layout` is a dense i1 tensor [query blocks, key blocks], or [heads, query blocks,
    key blocks] for a layout per query head; `block` is [bq, bk]. It covers all
    positions; queries at negative positions see nothing.

    ```mlir
    block_mask<block = [64, 64], layout = dense<[[1, 0], [1, 1]]> : tensor<2x2xi1>>
    ```
  }];
  let parameters = (ins SparseAttn_Integer:$query_block, SparseAttn_Integer:$key_block,
                        "::mlir::DenseIntElementsAttr":$layout);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def SparseAttn_NeighborhoodBorder
    : I32EnumAttr<"NeighborhoodBorder", "what a window does at the border", [
        I32EnumAttrCase<"Shift", 0, "shift">,
        I32EnumAttrCase<"Clip", 1, "clip">]> {
  let cppNamespace = "::mlir::sattn";
  let genSpecializedAttr = 0;
}

def SparseAttn_NeighborhoodAttr
    : SparseAttn_Pattern<"Neighborhood", "neighborhood", ["getMaxPositions"]> {
  let summary = "a window of kernel = [kh, kw] in a row-major grid = [h, w]";
  let description = [{
    Position p is the grid point (p / w, p mod w). At the border the window is shifted
    to stay whole (`border = shift`, NATTEN, the default) or cut (`border = clip`). A
    kernel of k reaches k / 2 to the low side and (k - 1) / 2 to the high side: an even
    one reaches one less to the high side. Positions outside the grid see nothing.
  }];
  let parameters = (ins SparseAttn_Integer:$grid_height, SparseAttn_Integer:$grid_width,
                        SparseAttn_Integer:$kernel_height, SparseAttn_Integer:$kernel_width,
                        "NeighborhoodBorder":$border);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Combinators
//===----------------------------------------------------------------------===//

/// Written in the infix notation (PatternSyntax.h), alone as `#sattn.pattern<p and q>`.
class SparseAttn_Combinator<string cppName, string keyword>
    : AttrDef<SparseAttn_Dialect, cppName, [
          DeclareAttrInterfaceMethods<SparsityPatternAttrInterface,
              ["getLattice", "forHead", "getNumHeads", "getMaxPositions",
               "simplifyPattern"]>]> {
  let attrName = "sattn." # keyword;
  let parameters = (ins ArrayRefParameter<"::mlir::Attribute">:$operands);
  let genVerifyDecl = 1;
}

def SparseAttn_AndAttr : SparseAttn_Combinator<"And", "and"> {
  let summary = "live in every operand";
  let description = [{ Written `p and q`; binds tighter than `or`. }];
}

def SparseAttn_OrAttr : SparseAttn_Combinator<"Or", "or"> {
  let summary = "live in some operand";
  let description = [{ Written `p or q`. A key seen by several operands counts once. }];
}

def SparseAttn_NotAttr : AttrDef<SparseAttn_Dialect, "Not", [
    DeclareAttrInterfaceMethods<SparsityPatternAttrInterface,
        ["forHead", "getNumHeads", "getMaxPositions", "simplifyPattern"]>]> {
  let summary = "live where the operand is not";
  let description = [{ Written `not p`; binds tighter than `and`. }];
  let attrName = "sattn.not";
  let parameters = (ins "::mlir::Attribute":$operand);
  let genVerifyDecl = 1;
}

def SparseAttn_PerHeadAttr
    : SparseAttn_Pattern<"PerHead", "per_head",
          ["getLattice", "forHead", "getNumHeads", "getMaxPositions",
           "simplifyPattern"]> {
  let summary = "pattern p_h for query head h";
  let description = [{
    `per_head<[p0, p1, ...]>`, one pattern for each query head. Heads may differ in
    everything, also in loop form; equal ones share code.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::Attribute">:$patterns);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Named compositions
//===----------------------------------------------------------------------===//

def SparseAttn_FixedAttr : SparseAttn_NamedPattern<"Fixed", "fixed"> {
  let summary = "block_local<size = block> or the last `summary` keys of each block";
  let description = [{
    The fixed pattern of the Sparse Transformer, used with `causal`:
    floor(i / block) == floor(j / block), or j mod block >= block - summary.
  }];
  let parameters = (ins SparseAttn_Integer:$block,
                        SparseAttn_IntegerOr<"1">:$summary);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_AxialAttr
    : SparseAttn_NamedPattern<"Axial", "axial", ["getMaxPositions"]> {
  let summary = "same row or same column of a row-major grid [rows, cols]";
  let description = [{
    `block_local<size = cols> or strided<stride = cols>`, within the grid: positions
    outside of it see nothing and are not seen, as in `neighborhood`. Sizes known to be
    larger are refused.
  }];
  let parameters = (ins SparseAttn_Integer:$rows, SparseAttn_Integer:$cols);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_LongformerAttr
    : SparseAttn_NamedPattern<"Longformer", "longformer"> {
  let summary = "a window of `window` keys and `global` global tokens";
  let description = [{
    `window<left = window / 2, right = window / 2> or global<first = global>`, where
    `window` is Hugging Face's `attention_window` (even). The published model computes
    the global rows with projections of their own: that is two `sattn.attention`.
  }];
  let parameters = (ins SparseAttn_Integer:$window,
    SparseAttn_IntegerOr<"0">:$global,
    SparseAttn_IntegerOr<"1">:$dilation);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_BigBirdAttr : SparseAttn_NamedPattern<"BigBird", "bigbird"> {
  let summary = "block window, global blocks at both ends, random blocks";
  let description = [{
    `window_blocks` (odd) blocks around the query's, the first `global_blocks` blocks
    and, unless `last_global = false` (DeepSpeed), as many at the end as rows and
    columns, and `random_blocks` drawn blocks a row. If the number of keys is no multiple
    of `block`, which Google's and Hugging Face's code refuse, the last block is short. A set: a block that is drawn twice,
    or drawn and in the window, counts once.
  }];
  let parameters = (ins SparseAttn_Integer:$block,
    SparseAttn_IntegerOr<"3">:$window_blocks,
    SparseAttn_IntegerOr<"1">:$global_blocks,
    SparseAttn_IntegerOr<"0">:$random_blocks,
    SparseAttn_IntegerOr<"0">:$seed,
    DefaultValuedParameter<"bool", "true">:$last_global);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_SparseTransformerStridedAttr
    : SparseAttn_NamedPattern<"SparseTransformerStrided",
                              "sparse_transformer_strided"> {
  let summary = "causal and (window<left = stride - 1> or strided<stride>)";
  let description = [{ The merged form of both heads; `per_head` keeps them apart. }];
  let parameters = (ins SparseAttn_Integer:$stride);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_SparseTransformerFixedAttr
    : SparseAttn_NamedPattern<"SparseTransformerFixed",
                              "sparse_transformer_fixed"> {
  let summary = "causal and fixed<block, summary>";
  let parameters = (ins SparseAttn_Integer:$block,
                        SparseAttn_IntegerOr<"1">:$summary);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_MistralAttr : SparseAttn_NamedPattern<"Mistral", "mistral"> {
  let summary = "causal and window<left = window - 1>";
  let description = [{ `window` keys, the query's own included. }];
  let parameters = (ins SparseAttn_Integer:$window);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_PrefixLMAttr : SparseAttn_NamedPattern<"PrefixLM", "prefix_lm"> {
  let summary = "prefix<len> or causal";
  let parameters = (ins SparseAttn_Integer:$len);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def SparseAttn_StreamingAttr : SparseAttn_NamedPattern<"Streaming", "streaming"> {
  let summary = "causal and (global<first = sinks, columns> or window<left = window - 1>)";
  let description = [{
    Attention sinks (StreamingLLM): the first `sinks` keys and the last `window`, the
    query's own included.
  }];
  let parameters = (ins SparseAttn_Integer:$sinks, SparseAttn_Integer:$window);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // SPARSEATTN_DIALECT_PATTERNATTRS_TD
