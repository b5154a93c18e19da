// The program of docs/Architecture.md goes through every phase of sattn-to-llvm.
// RUN: sattn-opt %s -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s --check-prefix=MEMREF
// RUN: sattn-opt %s -sattn-to-llvm="cpu=haswell threads=1" | FileCheck %s --check-prefix=LLVM

func.func @sliding(%q: tensor<1x2x64x64xf32>, %k: tensor<1x2x64x64xf32>,
                   %v: tensor<1x2x64x64xf32>, %out: tensor<1x2x64x64xf32>)
    -> tensor<1x2x64x64xf32> {
  %0 = sattn.attention
    ins(%q, %k, %v : tensor<1x2x64x64xf32>, tensor<1x2x64x64xf32>, tensor<1x2x64x64xf32>)
    outs(%out : tensor<1x2x64x64xf32>) pattern(mistral<window = 32>)
  return %0 : tensor<1x2x64x64xf32>
}

// MEMREF-LABEL: func.func @sliding
// MEMREF: sattn.attention
// MEMREF-SAME: memref<1x2x64x64xf32>
// LLVM-LABEL: llvm.func @sliding(
// LLVM: llvm.call @[[UPDATE:sattn_softmax_update[a-z_0-9]*]](
// LLVM-LABEL: llvm.func @_mlir_ciface_sliding(
// LLVM: llvm.func internal @[[UPDATE]]
// LLVM: llvm.intr.fmuladd{{.*}}vector<8xf32>
