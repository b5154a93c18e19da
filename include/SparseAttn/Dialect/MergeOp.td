// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One result from those of disjoint parts of the keys.
#ifndef SPARSEATTN_DIALECT_MERGEOP_TD
#define SPARSEATTN_DIALECT_MERGEOP_TD

include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"
include "SparseAttn/Dialect/SparseAttnDialect.td"

def SparseAttn_MergeOp : Op<SparseAttn_Dialect, "merge", [
    SameVariadicOperandSize, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, [
      "reifyResultShapes"]>,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getIterationDomain", "getLoopIteratorTypes", "getTiledImplementation",
      "getResultTilePosition"]>]> {
  let summary = "one attention from those over disjoint parts of its keys";
  let description = [{
    For results out_p and lse_p of `sattn.attention` with the same queries, over parts p of the
    keys, or of the pattern, that do not meet:

        lse = log(sum_p exp(lse_p))
        out = sum_p exp(lse_p - lse) * out_p

    which are those over all of them. It is what split keys (flash decoding) and a prefix that
    several sequences share are put together by. Arithmetic is in f32. A part with lse_p = -inf
    contributes nothing, whatever its out_p holds; rows of which all parts are such give 0 and
    -inf. Of parts with a sink only one may have it.

    Shapes: parts and out [B, H, M, Dv], each of f32, f16 or bf16; lse of parts and of the
    result [B, H, M], f32. The destinations are overwritten; they may be one of the parts.

    ```mlir
    %0:2 = sattn.merge ins(%a, %b : tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>)
                       lse(%la, %lb : tensor<1x8x?xf32>, tensor<1x8x?xf32>)
                       outs(%o, %l : tensor<1x8x?x64xf32>, tensor<1x8x?xf32>)
    ```

    The verifier's rules are numbered in docs/Semantics.md.
  }];
  let arguments = (ins Variadic<AnyShaped>:$parts, Variadic<AnyShaped>:$part_lses,
    AnyShaped:$out, AnyShaped:$lse);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $parts `:` type($parts) `)` `lse` `(` $part_lses `:` type($part_lses) `)`
    `outs` `(` $out `,` $lse `:` type($out) `,` type($lse) `)` attr-dict ``
    custom<MergeResults>(ref(type($out)), ref(type($lse)), type($results))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable();
    bool hasTensorSemantics();
  }];
}

#endif // SPARSEATTN_DIALECT_MERGEOP_TD
