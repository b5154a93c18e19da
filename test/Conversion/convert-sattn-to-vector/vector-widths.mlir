// The same operation for vectors of 4, 8 and 16 lanes: no other width appears.
// RUN: sattn-opt %s -convert-sattn-to-vector="vector-width=4 vectors-per-strip=4" -canonicalize | FileCheck %s -DW=4
// RUN: sattn-opt %s -convert-sattn-to-vector="vector-width=8 vectors-per-strip=2" -canonicalize | FileCheck %s -DW=8
// RUN: sattn-opt %s -convert-sattn-to-vector="vector-width=16 vectors-per-strip=4" -canonicalize | FileCheck %s -DW=16

func.func @update(%packed: memref<8x64xf32>, %k: memref<64x8xf32>, %keys: memref<96xindex>,
                  %count: index, %max: memref<64xf32>, %sum: memref<64xf32>,
                  %acc: memref<8x64xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %k : memref<8x64xf32>, memref<64x8xf32>, memref<64x8xf32>)
    keys(%keys, %count : memref<96xindex>)
    outs(%max, %sum, %acc : memref<64xf32>, memref<64xf32>, memref<8x64xf32>) {scale = 0.125 : f64}
  return
}
// CHECK-LABEL: func.func @update
// CHECK: vector.fma {{.*}} : vector<[[W]]xf32>
// CHECK: math.roundeven {{.*}} : vector<[[W]]xf32>
// CHECK: vector.fma {{.*}} : vector<[[W]]xf32>
