// Other types or attributes make another function, and names in use are left alone. An
// operation that uses a buffer twice shares nothing but the code.
// RUN: sattn-opt %s -sattn-outline-tile-kernels | FileCheck %s

func.func private @sattn_pack_queries()

func.func @tiles(%a: memref<16x8xf32>, %h: memref<16x8xf16>, %packed: memref<8x16xf32>) {
  sattn.pack_queries ins(%a : memref<16x8xf32>) outs(%packed : memref<8x16xf32>) {factor = 1.0 : f32}
  sattn.pack_queries ins(%h : memref<16x8xf16>) outs(%packed : memref<8x16xf32>) {factor = 1.0 : f32}
  sattn.pack_queries ins(%a : memref<16x8xf32>) outs(%packed : memref<8x16xf32>) {factor = -1.0 : f32}
  return
}
// CHECK: call @[[F32:.*]](%arg0, %arg2) : (memref<16x8xf32>
// CHECK: call @[[F16:.*]](%arg1, %arg2) : (memref<16x8xf16>
// CHECK: call @[[NEGATIVE:.*]](%arg0, %arg2) : (memref<16x8xf32>

func.func @shared(%packed: memref<8x16xf32>, %k: memref<64x8xf32>, %v: memref<64x8xf32>,
                  %keys: memref<32xindex>, %count: index, %max: memref<16xf32>,
                  %sum: memref<16xf32>, %acc: memref<8x16xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %k : memref<8x16xf32>, memref<64x8xf32>, memref<64x8xf32>)
    keys(%keys, %count : memref<32xindex>)
    outs(%max, %sum, %acc : memref<16xf32>, memref<16xf32>, memref<8x16xf32>) {scale = 0.125 : f64}
  sattn.softmax_update
    ins(%packed, %k, %v : memref<8x16xf32>, memref<64x8xf32>, memref<64x8xf32>)
    keys(%keys, %count : memref<32xindex>)
    outs(%max, %sum, %acc : memref<16xf32>, memref<16xf32>, memref<8x16xf32>) {scale = 0.125 : f64}
  return
}
// CHECK-LABEL: func.func @shared
// CHECK: call @[[UPDATE:.*]](%arg0, %arg1, %arg1,
// CHECK: call @[[UPDATE]](%arg0, %arg1, %arg2,
// CHECK-COUNT-3: func.func private @sattn_pack_queries_{{[0-9]+}}(
// CHECK: func.func private @[[UPDATE]](%[[PACKED:.*]]: memref<8x16xf32>, %[[K:.*]]: memref<64x8xf32>, %[[V:.*]]: memref<64x8xf32>
// CHECK: sattn.softmax_update ins(%[[PACKED]], %[[K]], %[[V]]
