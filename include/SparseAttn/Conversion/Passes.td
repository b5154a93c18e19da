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
    polynomial. The accumulator is rescaled only when a maximum grew. f16 and bf16 keys
    and values are widened once per block.

    Where `packed` holds bf16 pairs, products are summed in pairs, of head columns for the
    scores and of keys for the accumulator, with weights rounded to bf16 and values repacked
    once per block: by the processor's instruction with `bf16-dot`, else by two
    multiply-adds.

    Operations with `row_major` have fewer rows than a vector has lanes. There head
    columns stand in the lanes, and keys do for the exponentials.

    Precondition: state buffers with static sizes; without `row_major`, T a multiple of
    the vector width.
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "int64_t", "8", "f32 lanes of a vector">,
    Option<"vectorsPerStrip", "vectors-per-strip", "int64_t", "2",
           "vectors of queries that a register tile holds">,
    Option<"keyUnroll", "key-unroll", "int64_t", "6",
           "keys (or value columns) that a register tile holds">,
    Option<"avx512", "avx512", "bool", "false",
           "compute powers of 2 by AVX-512's instructions">,
    Option<"bf16Dot", "bf16-dot", "bool", "false",
           "multiply bf16 pairs by avx512_bf16's dot product">
  ];
  let dependentDialects = ["arith::ArithDialect", "math::MathDialect",
                           "memref::MemRefDialect", "scf::SCFDialect",
                           "vector::VectorDialect", "LLVM::LLVMDialect",
                           "x86vector::X86VectorDialect"];
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
