// Attention that is not bufferized is refused with a diagnostic, not converted wrongly.
// RUN: sattn-opt %s --convert-sattn-to-reference --verify-diagnostics

func.func @tensors(%q: tensor<1x1x8x4xf32>, %out: tensor<1x1x8x4xf32>)
    -> tensor<1x1x8x4xf32> {
  // expected-error @below {{expected memref operands: bufferize before converting}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>,
                                        tensor<1x1x8x4xf32>)
                       outs(%out : tensor<1x1x8x4xf32>) pattern(dense)
  return %0 : tensor<1x1x8x4xf32>
}
