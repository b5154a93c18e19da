// Attention over the last 256 keys, in the middle of a program of the compiler's own.
func.func @decoder(%q: tensor<1x8x?x64xf32>, %k: tensor<1x2x?x64xf32>,
                   %v: tensor<1x2x?x64xf32>, %out: tensor<1x8x?x64xf32>)
    -> tensor<1x8x?x64xf32> {
  %0 = sattn.attention
         ins(%q, %k, %v : tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>)
         outs(%out : tensor<1x8x?x64xf32>)
         pattern(causal and window<left = 255>)
  return %0 : tensor<1x8x?x64xf32>
}
