// Arrays that the host reads are copied to it once; kernels read the caller's.
// RUN: sattn-opt %s -sattn-map-tiles-to-gpu -canonicalize | FileCheck %s

func.func @read(%lengths: memref<?xi32>, %ids: memref<4xi32>, %out: memref<4xi32>) -> memref<?xi32> {
  %c0 = arith.constant 0 : index
  %last = memref.subview %lengths[1] [1] [1] : memref<?xi32> to memref<1xi32, strided<[1], offset: 1>>
  %n = memref.load %last[%c0] : memref<1xi32, strided<[1], offset: 1>>
  scf.forall (%i) in (4) {
    %x = memref.load %lengths[%c0] : memref<?xi32>
    %y = memref.load %ids[%i] : memref<4xi32>
    %sum = arith.addi %x, %y : i32
    %all = arith.addi %sum, %n : i32
    memref.store %all, %out[%i] : memref<4xi32>
  }
  return %lengths : memref<?xi32>
}
// CHECK-LABEL: func.func @read(
// CHECK-SAME: %[[LENGTHS:.*]]: memref<?xi32>, %[[IDS:.*]]: memref<4xi32>, %[[OUT:.*]]: memref<4xi32>)
// CHECK: %[[SIZE:.*]] = memref.dim %[[LENGTHS]], %c0
// CHECK: %[[HOST:.*]] = memref.alloc(%[[SIZE]])
// CHECK-NEXT: gpu.memcpy %[[HOST]], %[[LENGTHS]]
// CHECK-NOT: gpu.memcpy
// CHECK: %[[LAST:.*]] = memref.subview %[[HOST]][1]
// CHECK: memref.load %[[LAST]]
// CHECK: gpu.launch
// CHECK: memref.load %[[LENGTHS]]
// CHECK: memref.load %[[IDS]]
// CHECK: memref.store %{{.*}}, %[[OUT]]
// CHECK: memref.dealloc %[[HOST]]
// CHECK-NEXT: return %[[LENGTHS]]
