// Few rows: head columns stand in the lanes of scores and accumulator, keys in those of the
// exponentials. Rows of the next keys are prefetched; sums of the lanes of 4 keys share a tree, within
// quarters of a register and in fp64 at the end.
// RUN: sattn-opt %s -convert-sattn-to-vector=vector-width=8 -canonicalize -cse | FileCheck %s
// RUN: sattn-opt %s -convert-sattn-to-vector="vector-width=16 vectors-per-strip=4 bf16-dot power-table=32" -canonicalize -cse | FileCheck %s --check-prefix=PAIRS

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

// Pairs of bf16: keys as they lie in memory; pairs of two value rows by one shuffle each, in whose
// order of columns the accumulator is kept; an odd key is paired with zeros. Sums of four rows are
// those of one vector, in f32.
func.func @pairs(%packed: memref<4x32xf32>, %k: memref<64x32xbf16>, %keys: memref<96xindex>,
                 %count: index, %max: memref<4xf32>, %sum: memref<4xf32>,
                 %acc: memref<4x32xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %k : memref<4x32xf32>, memref<64x32xbf16>, memref<64x32xbf16>)
    keys(%keys, %count : memref<96xindex>)
    outs(%max, %sum, %acc : memref<4xf32>, memref<4xf32>, memref<4x32xf32>)
    {scale = 0.125 : f64, row_major}
  return
}
// PAIRS-LABEL: func.func @pairs
// PAIRS-DAG: %[[ZERO:.*]] = arith.constant dense<0> : vector<32xi16>
// PAIRS: arith.truncf %{{.*}} : vector<16xf32> to vector<16xbf16>
// PAIRS: %[[KEY:.*]] = vector.load %arg1[%{{.*}}] : memref<64x32xbf16>, vector<32xbf16>
// PAIRS: x86vector.avx512.dot %{{.*}}, %[[KEY]], %{{.*}} : vector<32xbf16> -> vector<16xf32>
// PAIRS: vector.shuffle %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23] : vector<16xf32>, vector<16xf32>
// PAIRS: vector.shuffle %{{.*}} [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31] : vector<16xf32>, vector<16xf32>
// PAIRS: vector.shuffle %{{.*}}, %{{.*}} [0, 32, 1, 33, 2, 34, 3, 35, 8, 40, {{.*}}] : vector<32xi16>, vector<32xi16>
// PAIRS: x86vector.avx512.dot
// PAIRS: vector.shuffle %{{.*}}, %[[ZERO]] [0, 32, 1, 33, {{.*}}] : vector<32xi16>, vector<32xi16>
// PAIRS-NOT: sattn.
