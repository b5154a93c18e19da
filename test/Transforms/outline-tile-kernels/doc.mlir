// Operations that are alike share one function.
// RUN: sattn-opt %s -sattn-outline-tile-kernels | FileCheck %s

func.func @two_tiles(%a: memref<16x8xf32>, %b: memref<16x8xf32>, %packed: memref<8x16xf32>) {
  sattn.pack_queries ins(%a : memref<16x8xf32>) outs(%packed : memref<8x16xf32>) {factor = 1.0 : f32}
  sattn.pack_queries ins(%b : memref<16x8xf32>) outs(%packed : memref<8x16xf32>) {factor = 1.0 : f32}
  return
}

// CHECK-LABEL: func.func @two_tiles(
// CHECK-SAME: %[[A:.*]]: memref<16x8xf32>, %[[B:.*]]: memref<16x8xf32>, %[[PACKED:.*]]: memref<8x16xf32>
// CHECK-NEXT: call @sattn_pack_queries(%[[A]], %[[PACKED]])
// CHECK-NEXT: call @sattn_pack_queries(%[[B]], %[[PACKED]])
// CHECK: func.func private @sattn_pack_queries(%[[IN:.*]]: memref<16x8xf32>, %[[OUT:.*]]: memref<8x16xf32>)
// CHECK-SAME: "noinline"
// CHECK: sattn.pack_queries ins(%[[IN]] : memref<16x8xf32>) outs(%[[OUT]] : memref<8x16xf32>)
// CHECK-NOT: func.func
