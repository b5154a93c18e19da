func.func @tensors(%q: tensor<1x4x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>,
                   %out: tensor<1x4x?x16xf32>, %lse: tensor<1x4x?xf32>)
    -> (tensor<1x4x?x16xf32>, tensor<1x4x?xf32>) {
  %0:2 = sattn.attention ins(%q, %k, %v : tensor<1x4x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
           outs(%out, %lse : tensor<1x4x?x16xf32>, tensor<1x4x?xf32>)
           pattern(window<left = 5, right = 5> or global<first = 1>)
  return %0#0, %0#1 : tensor<1x4x?x16xf32>, tensor<1x4x?xf32>
}

func.func @memrefs(%q: memref<?x?x?x16xf32>, %k: memref<?x?x?x16xf32>, %v: memref<?x?x?x16xf32>,
                   %out: memref<?x?x?x16xf32>, %lse: memref<?x?x?xf32>) {
  sattn.attention ins(%q, %k, %v : memref<?x?x?x16xf32>, memref<?x?x?x16xf32>, memref<?x?x?x16xf32>)
    outs(%out, %lse : memref<?x?x?x16xf32>, memref<?x?x?xf32>)
    pattern(window<left = 5, right = 5> or global<first = 1>)
  return
}

func.func @plain(%q: memref<?x?x?x16xf32>, %k: memref<?x?x?x16xf32>, %v: memref<?x?x?x16xf32>,
                 %out: memref<?x?x?x16xf32>) {
  sattn.attention ins(%q, %k, %v : memref<?x?x?x16xf32>, memref<?x?x?x16xf32>, memref<?x?x?x16xf32>)
    outs(%out : memref<?x?x?x16xf32>)
    pattern(window<left = 5, right = 5> or global<first = 1>)
  return
}
