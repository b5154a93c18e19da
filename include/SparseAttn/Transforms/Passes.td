// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Target-independent passes: from attention to tiles, from tiles to online softmax.
#ifndef SPARSEATTN_TRANSFORMS_PASSES_TD
#define SPARSEATTN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandModifiers : Pass<"sattn-expand-modifiers"> {
  let summary = "named score modifiers become the `score` region";
  let description = [{
    Replaces `modify(...)` of each `sattn.attention` by a `score` region that does the
    same, in the same order, and then what the region did that was there before. Other
    passes know only that region.

    Postcondition: no `sattn.attention` has modifiers by name.
  }];
  let dependentDialects = ["arith::ArithDialect", "math::MathDialect",
                           "memref::MemRefDialect", "tensor::TensorDialect"];
}

def ExpandMerge : Pass<"sattn-expand-merge"> {
  let summary = "sattn.merge becomes loops over rows";
  let description = [{
    Replaces each `sattn.merge` by an `scf.forall` over batches, heads and rows that computes the
    weights of a row's parts once and adds up their columns.

    Precondition: `sattn.merge` on memrefs (bufferize first).
    Postcondition: no `sattn.merge` is left.
  }];
  let options = [
    Option<"fp64", "fp64", "bool", "false", "computes in f64, as the oracle does">,
  ];
  let dependentDialects = ["arith::ArithDialect", "math::MathDialect",
                           "memref::MemRefDialect", "scf::SCFDialect"];
}

def ExpandSelectBlocks : Pass<"sattn-expand-select-blocks"> {
  let summary = "sattn.select_blocks becomes loops over blocks";
  let description = [{
    Replaces each `sattn.select_blocks` by a loop that pools the blocks of keys, one for each
    key/value head, and an `scf.forall` over batches and heads in which blocks of queries have
    their scores, choose and write their lists one after the other. Memory is the pooled keys
    and a row of scores for each head in work.

    Precondition: `sattn.select_blocks` on memrefs (bufferize first).
    Postcondition: no `sattn.select_blocks` is left.
  }];
  let dependentDialects = ["arith::ArithDialect", "memref::MemRefDialect",
                           "scf::SCFDialect"];
}

def TileToBlockSparse : Pass<"sattn-tile-to-block-sparse"> {
  let summary = "tile attention over (batch, head, query tile) with live key segments";
  let description = [{
    Replaces each `sattn.attention` by an `scf.forall` over batches, query heads and
    tiles of `query-tile` rows, with one `sattn.tile_attention` per tile. Its `segments`
    region is the pattern's closed form: which keys exist for the tile, and which of
    them need no mask.

    Patterns on a lattice (`strided`, dilated windows) are tiled by residue class. A
    union of parts on different lattices is done in disjoint phases, within blocks of
    rows that all phases tile evenly; the partial result between phases lives in a
    buffer of one such block. With `gpu` each phase has a loop nest of its own over all rows, since a GPU
    has use for all its tiles at once, and the partial result is that of all rows: Dv + 2 numbers of f32
    for each row of each head. `per_head` patterns give one loop nest for each distinct
    pattern.

    With `query-tile=0` the size of a tile is chosen for the pattern: narrow ones get
    fewer rows, since a tile visits every key that one of its rows sees (TileSizes.h). Heads of
    different patterns have one size, the best for all together, so that they share kernels. Where
    hardly a key is seen by two rows that are near each other (drawn tokens), and with `query-tile=1`,
    rows are tiles of their own, with head columns in the lanes (`row_major`): each with those of
    the heads that see the same keys. Blocks that a pattern draws are then the tile's
    `candidates`, and need no search. Dropout, mask regions, lists that name a block twice and GPUs
    have tiles of several rows.

    Where there is one query row, by type, heads that share keys and see the same of them
    are the rows of one tile, whatever `query-tile` says. On a GPU so are a few rows of each such head,
    again by type: as many heads as `query-tile` has room for (`rows_per_head`), whose rows follow each
    other in memory. Where there are fewer such tiles than a
    machine has use for, up to 64 tiles (16 of a CPU) share the keys of such rows, at least
    `split-keys` for each, and `sattn.softmax_combine` makes one result of theirs. How many there
    are depends on sizes alone.

    What the operands of a pattern hold is checked before anything is read by it: code
    that finds a length, a block or a boundary out of place calls
    `sattn_report_operand_error` (Support/OperandError.h) instead of computing the
    attention. With `check-operands=false` nothing is checked, and it is undefined what
    happens if the rules of docs/Semantics.md do not hold.

    Precondition: `sattn.attention` on memrefs (bufferize first).
    Postcondition: no `sattn.attention` is left.
  }];
  let options = [
    Option<"queryTile", "query-tile", "int64_t", "16",
           "query rows of a tile; 1 works on rows one by one, 0 chooses by the pattern">,
    Option<"vectorWidth", "vector-width", "int64_t", "8",
           "f32 lanes of a vector, when the pattern chooses">,
    Option<"vectorsPerStrip", "vectors-per-strip", "int64_t", "2",
           "vectors of queries that a register tile holds, when the pattern "
           "chooses">,
    Option<"keyUnroll", "key-unroll", "int64_t", "6",
           "keys that a register tile holds, when the pattern chooses">,
    Option<"multiplyAddsPerCycle", "multiply-adds-per-cycle", "int64_t", "2",
           "vectors of multiply-adds that start in a cycle, when the pattern chooses">,
    Option<"bf16Pairs", "bf16-pairs", "bool", "false",
           "bf16 is multiplied in pairs, when the pattern chooses">,
    Option<"checkOperands", "check-operands", "bool", "true",
           "check the values of the pattern's operands once per call; without, they "
           "are promised to be valid">,
    Option<"gpu", "gpu", "bool", "false",
           "tiles are for a GPU, whose memory chooses their rows if nothing else does">,
    Option<"splitKeys", "split-keys", "int64_t", "0",
           "where there is one query row, or with gpu few: the fewest keys that a tile of its own has; "
           "0: 256 with gpu, else 2048">
  ];
  let dependentDialects = ["arith::ArithDialect", "func::FuncDialect",
                           "memref::MemRefDialect",
                           "scf::SCFDialect"];
}

def FuseOnlineSoftmax : Pass<"sattn-fuse-online-softmax"> {
  let summary = "expand tiles into one pass over their live keys with a running softmax";
  let description = [{
    Replaces each `sattn.tile_attention` by a loop that hops from segment to segment.
    Live keys are gathered in two lists of `key-tile` entries, one of full and one of
    partial segments; when a list is full, one `sattn.softmax_update` consumes it: with
    a mask that `sattn.pair_mask` computes for the partial list, without any for the full
    one. So short segments cost what long ones do, and each kind of update exists once.

    With `bf16-pairs`, tiles whose operands are all bf16 with an even head size keep their
    queries as pairs of columns, for targets that multiply pairs.

    Postcondition: no `sattn.tile_attention` is left; the running maximum, sum and
    accumulator of a tile are buffers of the tile.
  }];
  let options = [
    Option<"keyTile", "key-tile", "int64_t", "0",
           "keys of one softmax update; 0 chooses by the head size">,
    Option<"bf16Pairs", "bf16-pairs", "bool", "false",
           "keep bf16 queries as pairs of columns">
  ];
  let dependentDialects = ["arith::ArithDialect", "memref::MemRefDialect",
                           "scf::SCFDialect"];
}

def OutlineTileKernels : Pass<"sattn-outline-tile-kernels", "ModuleOp"> {
  let summary = "one function for all operations on tiles that are alike";
  let description = [{
    Operations on query tiles that have no region and agree in name, types and
    attributes become calls of one private function. What a pattern has of its own, its
    segments and `sattn.pair_mask`, stays where it is; everything else is compiled once,
    however many patterns and loop nests a module has, and gets all registers to itself.
  }];
  let dependentDialects = ["func::FuncDialect", "LLVM::LLVMDialect"];
}

def FreeTemporaries : Pass<"sattn-free-temporaries", "func::FuncOp"> {
  let summary = "free buffers after their last use in the block that allocates them";
  let description = [{
    Adds a `memref.dealloc` after the last use of each `memref.alloc` that nothing frees
    yet and no alias of which leaves its block: by a terminator, through memory or as a
    pointer. After bufferization those are the values that a function computes and does
    not return.

    Upstream's ownership-based deallocation would also end the lifetime of buffers that
    leave their block, but it copies arguments that a public function returns, and a
    destination-style function returns its output.
  }];
  let dependentDialects = ["memref::MemRefDialect"];
}

def HoistTileBuffers : Pass<"sattn-hoist-tile-buffers"> {
  let summary = "move stack buffers out of loops, once per thread";
  let description = [{
    Moves each `memref.alloca` of static size out of the loops around it, to the start of
    the function or of the `omp.parallel` region that runs them. A tile writes its
    buffers before it reads them, so tiles of one thread can share them; the frame then
    has a fixed size, and a loop does not grow the stack. Scopes that are left without a
    buffer are removed.

    Precondition: parallel loops are lowered to OpenMP or to sequential loops.
  }];
  let dependentDialects = ["memref::MemRefDialect"];
}

def ScheduleDynamically : Pass<"sattn-schedule-dynamically", "ModuleOp"> {
  let summary = "let threads take tiles a few at a time";
  let description = [{
    Gives each `omp.wsloop` without a schedule the dynamic one: tiles of a sparse
    pattern differ in work, and a thread that is done takes the next. Where there are more than 64 for
    each thread, it takes several at a time, up to 8; how many threads there are, the code asks
    `omp_get_num_threads`. Loops over other types than `index`, and modules that have that name for themselves, keep chunks of one. Results do not
    depend on it: a tile is computed by one thread, in one order.
  }];
  let dependentDialects = ["arith::ArithDialect", "func::FuncDialect"];
}

#endif // SPARSEATTN_TRANSFORMS_PASSES_TD
