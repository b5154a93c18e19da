// Longformer's pattern on one batch of heads of size 32, at any length: each token sees
// 128 tokens on each side, and the first token sees and is seen by all.
//
//   sattn-run examples/longformer.mlir --inputs q.npy k.npy v.npy --verify --time 5
//   sattn-opt examples/longformer.mlir --sattn-to-llvm

func.func @longformer(%q: tensor<1x?x?x32xf32>, %k: tensor<1x?x?x32xf32>,
                      %v: tensor<1x?x?x32xf32>, %out: tensor<1x?x?x32xf32>)
    -> tensor<1x?x?x32xf32> {
  %0 = sattn.attention
         ins(%q, %k, %v : tensor<1x?x?x32xf32>, tensor<1x?x?x32xf32>,
                          tensor<1x?x?x32xf32>)
         outs(%out : tensor<1x?x?x32xf32>)
         pattern(window<left = 128, right = 128> or global<first = 1>)
  return %0 : tensor<1x?x?x32xf32>
}
