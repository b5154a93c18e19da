// What rows have so far is rescaled only if the reference of some row grew.
// RUN: sattn-opt %s -convert-sattn-to-vector="vector-width=8 vectors-per-strip=1" -canonicalize -cse | FileCheck %s

func.func @update(%packed: memref<4x8xf32>, %k: memref<64x4xf32>, %keys: memref<32xindex>,
                  %count: index, %max: memref<8xf32>, %sum: memref<8xf32>,
                  %acc: memref<4x8xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %k : memref<4x8xf32>, memref<64x4xf32>, memref<64x4xf32>)
    keys(%keys, %count : memref<32xindex>)
    outs(%max, %sum, %acc : memref<8xf32>, memref<8xf32>, memref<4x8xf32>) {scale = 0.125 : f64}
  return
}
// CHECK-LABEL: func.func @update
// CHECK-SAME: %[[MAX:[^:,]*]]: memref<8xf32>, %[[SUM:[^:,]*]]: memref<8xf32>, %[[ACC:[^:,]*]]: memref<4x8xf32>)
// Whether references are large is known before the first key.
// CHECK: vector.reduction <or>
// CHECK: scf.for
// CHECK: %[[GREW:.*]] = vector.reduction <or>
// CHECK: scf.if %[[GREW]] {
// CHECK: vector.store %{{.*}}, %[[MAX]]
// CHECK: vector.store %{{.*}}, %[[SUM]]
// CHECK: vector.store %{{.*}}, %[[ACC]]
// CHECK: }
// CHECK-NOT: vector.store %{{.*}}, %[[MAX]]
