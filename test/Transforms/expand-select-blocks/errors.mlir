// RUN: sattn-opt %s -sattn-expand-select-blocks -verify-diagnostics

func.func @tensors(%q: tensor<1x4x64x16xf32>, %p: tensor<1x4x5xi32>, %c: tensor<32xi32>) -> tensor<32xi32> {
  // expected-error @below {{expected memref operands: bufferize before expanding}}
  %0:2 = sattn.select_blocks ins(%q, %q : tensor<1x4x64x16xf32>, tensor<1x4x64x16xf32>)
    outs(%p, %c : tensor<1x4x5xi32>, tensor<32xi32>) blocks[16, 16] top_k(2) pool(max) candidates(dense)
  return %0#1 : tensor<32xi32>
}
