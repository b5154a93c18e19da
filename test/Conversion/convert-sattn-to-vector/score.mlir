// A score region is applied to vectors of scores, after the scale and before mask and
// maximum; a buffer that lies across the lanes is transposed, others are gathered for live
// pairs.
// RUN: sattn-opt %s -convert-sattn-to-vector=vector-width=8 -canonicalize -cse | FileCheck %s

func.func @update(%packed: memref<16x16xf32>, %k: memref<64x16xf32>, %keys: memref<96xindex>,
                  %count: index, %mask: memref<96x16xi32>, %max: memref<16xf32>,
                  %sum: memref<16xf32>, %acc: memref<16x16xf32>, %first: index,
                  %head: index, %rows: index, %bias: memref<64x64xf32>,
                  %table: memref<4x100xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %k : memref<16x16xf32>, memref<64x16xf32>, memref<64x16xf32>)
    keys(%keys, %count : memref<96xindex>) mask(%mask : memref<96x16xi32>)
    outs(%max, %sum, %acc : memref<16xf32>, memref<16xf32>, memref<16x16xf32>)
    score at %first head %head rows %rows {
    ^bb0(%s: f32, %h: index, %i: index, %j: index):
      %across = memref.load %bias[%i, %j] : memref<64x64xf32>
      %c = arith.constant 50 : index
      %d = arith.subi %j, %i : index
      %at = arith.addi %d, %c : index
      %along = memref.load %table[%h, %at] : memref<4x100xf32>
      %n = arith.index_cast %d : index to i32
      %f = arith.sitofp %n : i32 to f32
      %x = arith.addf %s, %across : f32
      %y = arith.addf %x, %along : f32
      %z = arith.addf %y, %f : f32
      sattn.yield %z : f32
    } {scale = 0.125 : f64, step = 1 : i64}
  return
}
// CHECK-LABEL: func.func @update
// CHECK-DAG: %[[SCALE:.*]] = arith.constant dense<1.250000e-01> : vector<8xf32>
// CHECK-DAG: %[[DEAD:.*]] = arith.constant dense<0xFF800000> : vector<8xf32>
// CHECK-DAG: %[[LANES:.*]] = arith.constant dense<[0, -1, -2, -3, -4, -5, -6, -7]> : vector<8xi32>
// CHECK: vector.fma
// CHECK: vector.shuffle
// CHECK: %[[S:.*]] = arith.mulf %{{.*}}, %[[SCALE]] : vector<8xf32>
// CHECK: vector.gather
// CHECK: arith.addi %{{.*}}, %[[LANES]] : vector<8xi32>
// CHECK: arith.sitofp %{{.*}} : vector<8xi32> to vector<8xf32>
// CHECK: arith.addf %[[S]], %{{.*}} : vector<8xf32>
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[DEAD]] : vector<8xi1>, vector<8xf32>
// CHECK-NOT: sattn.
