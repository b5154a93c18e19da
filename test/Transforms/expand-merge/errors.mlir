// RUN: sattn-opt %s -sattn-expand-merge -verify-diagnostics

func.func @tensors(%a: tensor<1x4x8x64xf32>, %l: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  // expected-error @below {{expected memref operands: bufferize before expanding}}
  %0:2 = sattn.merge ins(%a : tensor<1x4x8x64xf32>) lse(%l : tensor<1x4x8xf32>)
    outs(%a, %l : tensor<1x4x8x64xf32>, tensor<1x4x8xf32>)
  return %0#1 : tensor<1x4x8xf32>
}
