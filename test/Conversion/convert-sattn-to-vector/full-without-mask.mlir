// A full update compares no lanes with anything but scores: only a masked one looks at bits.
// RUN: sattn-opt %s -convert-sattn-to-vector="vector-width=8 vectors-per-strip=1 key-unroll=2" -canonicalize -cse | FileCheck %s

func.func @full(%packed: memref<4x8xf32>, %k: memref<64x4xf32>, %keys: memref<32xindex>,
                %count: index, %max: memref<8xf32>, %sum: memref<8xf32>,
                %acc: memref<4x8xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %k : memref<4x8xf32>, memref<64x4xf32>, memref<64x4xf32>)
    keys(%keys, %count : memref<32xindex>)
    outs(%max, %sum, %acc : memref<8xf32>, memref<8xf32>, memref<4x8xf32>) {scale = 0.125 : f64}
  return
}
// CHECK-LABEL: func.func @full
// CHECK-NOT: arith.cmpi {{.*}} : vector
// CHECK-NOT: vector.step
// CHECK: return

func.func @masked(%packed: memref<4x8xf32>, %k: memref<64x4xf32>, %keys: memref<32xindex>,
                  %count: index, %mask: memref<32x8xi32>, %max: memref<8xf32>,
                  %sum: memref<8xf32>, %acc: memref<4x8xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %k : memref<4x8xf32>, memref<64x4xf32>, memref<64x4xf32>)
    keys(%keys, %count : memref<32xindex>) mask(%mask : memref<32x8xi32>)
    outs(%max, %sum, %acc : memref<8xf32>, memref<8xf32>, memref<4x8xf32>) {scale = 0.125 : f64}
  return
}
// CHECK-LABEL: func.func @masked
// CHECK: %[[BITS:.*]] = vector.load %{{.*}} : memref<32x8xi32>, vector<8xi32>
// CHECK: %[[LIVE:.*]] = arith.cmpi slt, %[[BITS]], %{{.*}} : vector<8xi32>
// CHECK: arith.select %[[LIVE]], %{{.*}} : vector<8xi1>, vector<8xf32>
// CHECK: return
