// Few rows: head columns stand in the lanes of scores and accumulator, keys in those of the
// exponentials. Rows of the next keys are prefetched; sums of the lanes of 4 keys share a tree, within
// quarters of a register and in fp64 at the end.
// RUN: sattn-opt %s -convert-sattn-to-vector=vector-width=8 -canonicalize -cse | FileCheck %s

func.func @update(%packed: memref<2x16xf32>, %k: memref<64x16xf32>, %keys: memref<96xindex>,
                  %count: index, %max: memref<2xf32>, %sum: memref<2xf32>,
                  %acc: memref<2x16xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %k : memref<2x16xf32>, memref<64x16xf32>, memref<64x16xf32>)
    keys(%keys, %count : memref<96xindex>)
    outs(%max, %sum, %acc : memref<2xf32>, memref<2xf32>, memref<2x16xf32>)
    {scale = 0.125 : f64, row_major}
  return
}
// CHECK-LABEL: func.func @update
// CHECK: memref.prefetch %arg1
// CHECK: vector.load %arg1[%{{.*}}] : memref<64x16xf32>, vector<8xf32>
// CHECK: vector.fma
// CHECK: vector.shuffle %{{.*}} [0, 8, 1, 9, 4, 12, 5, 13] : vector<8xf32>, vector<8xf32>
// CHECK: vector.shuffle %{{.*}} [2, 10, 3, 11, 6, 14, 7, 15] : vector<8xf32>, vector<8xf32>
// CHECK: vector.shuffle %{{.*}} [0, 1, 8, 9, 4, 5, 12, 13] : vector<8xf32>, vector<8xf32>
// CHECK: arith.extf %{{.*}} : vector<4xf32> to vector<4xf64>
// CHECK: arith.extf %{{.*}} : vector<4xf32> to vector<4xf64>
// CHECK: arith.addf %{{.*}} : vector<4xf64>
// CHECK: arith.truncf %{{.*}} : vector<4xf64> to vector<4xf32>
// CHECK: vector.store %{{.*}} : memref<2x{{[0-9]+}}xf32>, vector<4xf32>
// CHECK: math.roundeven %{{.*}} : vector<8xf32>
// CHECK: vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK-NOT: sattn.
