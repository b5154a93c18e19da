func.func @chunk(%q: memref<4x6x20x24xf32>, %k: memref<?x2x16x24xf32>, %v: memref<?x2x16x24xf32>,
                 %out: memref<4x6x20x24xf32>, %lengths: memref<4xi32>, %table: memref<4x6xi32>) {
  %offset = arith.constant 30 : index
  sattn.attention ins(%q, %k, %v : memref<4x6x20x24xf32>, memref<?x2x16x24xf32>, memref<?x2x16x24xf32>)
    outs(%out : memref<4x6x20x24xf32>) block_table(%table : memref<4x6xi32>)
    pattern(causal and padding(%lengths) : memref<4xi32>) offset(%offset)
  return
}
