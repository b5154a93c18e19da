// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Conversions out of the dialect.
#ifndef SPARSEATTN_CONVERSION_PASSES_TD
#define SPARSEATTN_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertSparseAttnToVector : Pass<"convert-sattn-to-vector"> {
  let summary = "lower the operations on query tiles to vector code, queries in lanes";
  let description = [{
    Query rows stand in the vector lanes: scores are K Q^T and the accumulator is
    V^T P^T, so that row maxima, sums and rescaling are lane-wise and keys and values
    are read in place as broadcast scalars. Scores are computed in register tiles of
    `key-unroll` keys by `vectors-per-strip` vectors. Exponentials are base 2, by a
    polynomial, or by a table in registers and a shorter one. The accumulator is rescaled only when a maximum grew. f16 and bf16 keys
    and values are widened once per block.

    Where `packed` holds bf16 pairs, products are summed in pairs, of head columns for the
    scores and of keys for the accumulator, with weights rounded to bf16 and values repacked
    once per block: by the processor's instruction with `bf16-dot`, else by two
    multiply-adds.

    Operations with `row_major` have fewer rows than a vector has lanes. There head
    columns stand in the lanes, and keys do for the exponentials. In `sattn.softmax_combine`
    columns do. With `bf16-dot`, and head sizes that are multiples of two vectors, their products of
    bf16 keys and values go over pairs as well.

    Precondition: state buffers with static sizes; without `row_major`, T a multiple of
    the vector width.
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "int64_t", "8", "f32 lanes of a vector">,
    Option<"vectorsPerStrip", "vectors-per-strip", "int64_t", "2",
           "vectors of queries that a register tile holds">,
    Option<"keyUnroll", "key-unroll", "int64_t", "6",
           "keys (or value columns) that a register tile holds">,
    Option<"powerTable", "power-table", "int64_t", "0",
           "powers of 2 that a table in registers holds: 8 for AVX2, 32 for AVX-512, 0 for none">,
    Option<"bf16Dot", "bf16-dot", "bool", "false",
           "multiply bf16 pairs by avx512_bf16's dot product">
  ];
  let dependentDialects = ["arith::ArithDialect", "math::MathDialect",
                           "memref::MemRefDialect", "scf::SCFDialect",
                           "vector::VectorDialect", "LLVM::LLVMDialect",
                           "x86vector::X86VectorDialect"];
}

defvar gpuTileOptions = [
    Option<"warps", "warps", "int64_t", "0",
           "warps of a block, at most 8; 0: one for each 16 rows of a tile, or for each 32 of more than 64 rows with at most 64 value columns">,
    Option<"keyTile", "key-tile", "int64_t", "0",
           "keys of a key tile, 16, 32 or a multiple of 64; 0: 64, or fewer where memory is short">,
    Option<"stages", "stages", "int64_t", "0",
           "key tiles in shared memory at a time; 0: 2, or fewer where memory is short">,
    Option<"allowTF32", "allow-tf32", "bool", "false",
           "round f32 queries, keys, values and weights to tf32, which has 11 bits, for their products">
];

def MapTilesToGpu : Pass<"sattn-map-tiles-to-gpu", "ModuleOp"> {
  let summary = "loops over query tiles become GPU launches";
  let description = [{
    Each `scf.forall` around a `sattn.tile_attention` becomes a `gpu.launch` with a block of
    threads for each tile, in the loop's order, and as much dynamic shared memory as the tile
    needs. With `blocks`, block b computes tiles b, b + blocks and so on: a persistent kernel, which
    begins with the heaviest tiles, since that is the order of the loop. Other `scf.forall`
    loops get a thread for each iteration.

    Memrefs that are arguments of a function are taken to lie on the device. Tables that the host
    computes are copied to the device before the launch. Arrays that the host reads, operands of
    a pattern, are copied to the host first. Buffers that an iteration allocates, as those of
    `sattn.select_blocks` do, become slices of one buffer on the device.

    Precondition: `sattn-tile-to-block-sparse` with `gpu`.
    Postcondition: no `scf.forall` is left, and the host touches no memory of the device.
  }];
  let options = !listconcat(gpuTileOptions, [
    Option<"maxSharedMemory", "max-shared-memory", "int64_t", "101376",
           "bytes of shared memory that a block may have">,
    Option<"blocks", "blocks", "int64_t", "0",
           "the most blocks of a launch, which then compute tiles one after the other (such as all that "
           "run at a time); 0: one for each tile">
  ]);
  let dependentDialects = ["arith::ArithDialect", "gpu::GPUDialect",
                           "memref::MemRefDialect", "scf::SCFDialect"];
}

def ConvertSparseAttnToGpu : Pass<"convert-sattn-to-gpu", "gpu::GPUModuleOp"> {
  let summary = "lower query tiles in kernels to tensor-core code";
  let description = [{
    Replaces each `sattn.tile_attention` in a kernel by the code of one thread of the block that
    computes it, for sm_80 and later: `cp.async` copies of keys and values in stages, a swizzled
    layout of shared memory without bank conflicts, `ldmatrix`, `mma.sync` m16n8k16 with sums of
    f32, and a softmax in base 2 that stays in registers. The accumulator is rescaled only when a
    maximum grew by more than 2^8. Full key tiles carry no mask code. f32 is split into three parts
    of bf16, whose six largest products are summed; threads copy it element by element, not by
    `cp.async`, and their stores meet in banks. With `allow-tf32` it is copied like other types instead, each thread rounds what it
    has copied to tf32, and the products are m16n8k8.

    Precondition: the launch that `sattn-map-tiles-to-gpu` makes, outlined, with the same
    options.
    Postcondition: no `sattn` operation is left in the module.
  }];
  let options = !listconcat(gpuTileOptions, [
    Option<"limitRegisters", "limit-registers", "bool", "true",
           "give plain tiles no more registers than let 3 or 4 blocks run at a time; tiles "
           "with modifiers and the like may always have all">
  ]);
  let dependentDialects = ["arith::ArithDialect", "LLVM::LLVMDialect",
                           "math::MathDialect", "memref::MemRefDialect",
                           "NVVM::NVVMDialect", "scf::SCFDialect"];
}

def ConvertSparseAttnToReference : Pass<"convert-sattn-to-reference"> {
  let summary = "lower attention to plain fp64 loops over the predicate of every pair";
  let description = [{
    The oracle in IR: for each row, three loops over all keys (maximum, sum, output),
    in fp64, guarded by the pattern's predicate. It uses `buildPredicate` and nothing
    else of a pattern.

    Precondition: `sattn.attention` on memrefs (bufferize first).
  }];
  let dependentDialects = ["arith::ArithDialect", "func::FuncDialect",
                           "math::MathDialect",
                           "memref::MemRefDialect", "scf::SCFDialect"];
}

#endif // SPARSEATTN_CONVERSION_PASSES_TD
