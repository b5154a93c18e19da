// The predicate of a pair is evaluated for a vector of rows and one key at a time.
// RUN: sattn-opt %s -convert-sattn-to-vector=vector-width=8 -canonicalize -cse | FileCheck %s

func.func @causal(%keys: memref<32xindex>, %count: index, %mask: memref<32x16xi32>, %first: index) {
  sattn.pair_mask keys(%keys, %count : memref<32xindex>) outs(%mask : memref<32x16xi32>)
    at %first step 4 {
  ^bb0(%i: index, %j: index):
    %live = arith.cmpi sle, %j, %i : index
    sattn.yield %live
  }
  return
}
// CHECK-LABEL: func.func @causal
// CHECK-DAG: %[[SPREAD:.*]] = arith.constant dense<[0, 4, 8, 12, 16, 20, 24, 28]>
// CHECK-DAG: %[[FAR:.*]] = arith.constant dense<[32, 36, 40, 44, 48, 52, 56, 60]>
// CHECK: scf.for %[[ENTRY:.*]] = %c0 to
// CHECK: %[[KEY:.*]] = memref.load %{{.*}}[%[[ENTRY]]]
// CHECK-COUNT-2: arith.cmpi sle, {{.*}} : vector<8x{{.*}}>
// CHECK-NOT: arith.cmpi
