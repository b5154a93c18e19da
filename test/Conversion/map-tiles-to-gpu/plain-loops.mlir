// A loop without attention has a thread for each iteration, and no more threads than that.
// RUN: sattn-opt %s -sattn-map-tiles-to-gpu -canonicalize | FileCheck %s

func.func @plain(%a: memref<?x3xf32>, %b: memref<?x3xf32>, %n: index) {
  scf.forall (%i, %j) in (%n, 3) {
    %x = memref.load %a[%i, %j] : memref<?x3xf32>
    memref.store %x, %b[%i, %j] : memref<?x3xf32>
  }
  return
}
// CHECK-LABEL: func.func @plain(
// CHECK-SAME: %[[A:.*]]: memref<?x3xf32>, %[[B:.*]]: memref<?x3xf32>, %[[N:.*]]: index)
// CHECK: %[[TOTAL:.*]] = arith.muli %[[N]], %c3
// CHECK: %[[BLOCKS:.*]] = arith.ceildivsi %[[TOTAL]], %c128
// CHECK: gpu.launch blocks(%[[BLOCK:[^,]*]], {{.*}}) in (%{{.*}} = %[[BLOCKS]], {{.*}}) threads(%[[THREAD:[^,]*]], {{.*}}) in (%{{.*}} = %c128, {{.*}}) {
// CHECK: %[[BEFORE:.*]] = arith.muli %[[BLOCK]], %c128
// CHECK: %[[NUMBER:.*]] = arith.addi %[[BEFORE]], %[[THREAD]]
// CHECK: %[[EXISTS:.*]] = arith.cmpi slt, %[[NUMBER]], %[[TOTAL]]
// CHECK: scf.if %[[EXISTS]] {
// CHECK: %[[J:.*]] = arith.remui %[[NUMBER]], %c3
// CHECK: %[[I:.*]] = arith.divui %[[NUMBER]], %c3
// CHECK: %[[X:.*]] = memref.load %[[A]][%[[I]], %[[J]]]
// CHECK: memref.store %[[X]], %[[B]][%[[I]], %[[J]]]
