// One call of the generator serves four keys that follow each other: ten rounds of two products,
// with words in 64 bits and rows in the lanes.
// RUN: sattn-opt %s -convert-sattn-to-vector=vector-width=8 -canonicalize -cse | FileCheck %s

func.func @mask(%keys: memref<32xindex>, %count: index, %out: memref<32x16xf32>, %seed: i64,
                   %batch: index, %head: index, %first: index) {
  sattn.dropout_mask keys(%keys, %count : memref<32xindex>) outs(%out : memref<32x16xf32>)
    seed %seed batch %batch head %head at %first step 4 rate 0.25
  return
}
// CHECK-LABEL: func.func @mask
// CHECK-DAG: %[[THRESHOLD:.*]] = arith.constant dense<1073741824> : vector<8xi64>
// CHECK-DAG: %[[SPREAD:.*]] = arith.constant dense<[0, 4, 8, 12, 16, 20, 24, 28]> : vector<8xi64>
// CHECK: scf.for %[[ENTRY:.*]] = %c0 to %arg1 step %c1 iter_args(%[[LAST:.*]] = %c-1_i64)
// CHECK: %[[KEY:.*]] = memref.load %arg0[%[[ENTRY]]]
// CHECK: %[[GROUP:.*]] = arith.divui %{{.*}}, %c4_i64
// CHECK: %[[OTHER:.*]] = arith.cmpi ne, %[[GROUP]], %[[LAST]]
// CHECK: scf.if %[[OTHER]]
// CHECK-COUNT-18: arith.muli {{.*}} : vector<8xi64>
// CHECK-NOT: arith.muli {{.*}} : vector<8xi64>
// CHECK-COUNT-4: arith.cmpi uge, %{{.*}}, %[[THRESHOLD]]
// CHECK: vector.load {{.*}} : memref<4x16xf32>, vector<8xf32>
// CHECK: vector.store {{.*}}, %arg2[%[[ENTRY]], %c0]
// CHECK: scf.yield %[[GROUP]]
