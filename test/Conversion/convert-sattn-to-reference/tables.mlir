// The tables of listed patterns are built once, before the loops, for every leaf however
// deep it stands (also inside of names and per_head), and released after them.
// RUN: sattn-opt %s --convert-sattn-to-reference --canonicalize --cse | FileCheck %s

// CHECK:       memref.global "private" constant @sattn_block_mask : memref<4xi32> = dense<[0, 2, 0, 1]>

// CHECK-LABEL: func.func @nested(
// CHECK-SAME:    %[[Q:[^:]*]]: memref
// CHECK:         %[[DRAWN:.*]] = memref.alloc({{.*}}) : memref<{{.*}}xi32>
// CHECK:         memref.store %{{.*}}, %[[DRAWN]]
// CHECK:         %[[LAYOUT:.*]] = memref.get_global @sattn_block_mask
// CHECK:         %[[SUM:.*]] = memref.alloc() : memref<4xf64>
// CHECK-NOT:     memref.alloc
// CHECK:         memref.load %[[DRAWN]]
// CHECK:         memref.load %[[LAYOUT]]
// CHECK:         memref.load %[[Q]]
// CHECK:         memref.dealloc %[[SUM]]
// CHECK:         memref.dealloc %[[DRAWN]]
// CHECK-NEXT:    return
func.func @nested(%q: memref<1x2x8x4xf32>, %k: memref<1x2x8x4xf32>,
                  %v: memref<1x2x8x4xf32>, %out: memref<1x2x8x4xf32>) {
  sattn.attention ins(%q, %k, %v : memref<1x2x8x4xf32>, memref<1x2x8x4xf32>,
                                   memref<1x2x8x4xf32>)
                  outs(%out : memref<1x2x8x4xf32>)
    pattern(per_head<[
      causal and bigbird<block = 2, random_blocks = 1>,
      causal or not block_mask<block = [4, 4],
                               layout = dense<[[1, 0], [1, 1]]> : tensor<2x2xi1>>
    ]>)
  return
}
