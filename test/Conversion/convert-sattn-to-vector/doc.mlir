// The scores of a block are fused multiply-adds of broadcast keys with query lanes.
// RUN: sattn-opt %s -convert-sattn-to-vector="vector-width=8 vectors-per-strip=1 key-unroll=2" -canonicalize -cse | FileCheck %s

func.func @update(%packed: memref<4x8xf32>, %k: memref<64x4xf32>, %v: memref<64x4xf32>,
                  %keys: memref<32xindex>, %count: index, %first: index,
                  %max: memref<8xf32>, %sum: memref<8xf32>, %acc: memref<4x8xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %v : memref<4x8xf32>, memref<64x4xf32>, memref<64x4xf32>)
    keys(%keys, %count : memref<32xindex>)
    outs(%max, %sum, %acc : memref<8xf32>, memref<8xf32>, memref<4x8xf32>)
    {scale = 0.125 : f64}
  return
}

// CHECK-LABEL: func.func @update
// CHECK-NOT: sattn.softmax_update
// CHECK: %[[LANES:.*]] = vector.load %{{.*}} : memref<4x8xf32>, vector<8xf32>
// CHECK: %[[KEY:.*]] = vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK: vector.fma %[[KEY]], %[[LANES]], %{{.*}} : vector<8xf32>
