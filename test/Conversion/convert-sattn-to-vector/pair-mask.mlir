// The predicate of a pair is evaluated for a vector of rows and one key at a time, with rows
// outside: what depends on them alone is there once.
// RUN: sattn-opt %s -convert-sattn-to-vector=vector-width=8 -canonicalize -cse -loop-invariant-code-motion | FileCheck %s

func.func @causal(%keys: memref<32xindex>, %count: index, %mask: memref<32x16xi32>, %first: index) {
  sattn.pair_mask keys(%keys, %count : memref<32xindex>) outs(%mask : memref<32x16xi32>)
    at %first step 4 {
  ^bb0(%i: index, %j: index):
    %c7 = arith.constant 7 : index
    %block = arith.muli %i, %c7 : index
    %live = arith.cmpi sle, %j, %block : index
    sattn.yield %live
  }
  return
}
// CHECK-LABEL: func.func @causal
// CHECK-DAG: %[[SPREAD:.*]] = arith.constant dense<[0, 4, 8, 12, 16, 20, 24, 28]>
// CHECK: scf.for %[[ROW:.*]] = %c0 to %c16 step %c8
// CHECK: arith.muli {{.*}} : vector<8xindex>
// CHECK: scf.for %[[ENTRY:.*]] = %c0 to
// CHECK: %[[KEY:.*]] = memref.load %{{.*}}[%[[ENTRY]]]
// CHECK-NOT: arith.muli {{.*}} : vector<8xindex>
// CHECK: arith.cmpi sle, {{.*}} : vector<8x{{.*}}>
// CHECK-NOT: arith.cmpi
// CHECK: vector.store %{{.*}}, %{{.*}}[%[[ENTRY]], %[[ROW]]]
