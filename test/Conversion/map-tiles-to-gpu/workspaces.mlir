// Buffers of an iteration are slices of one buffer on the device, of the largest size they can have.
// RUN: sattn-opt %s -sattn-map-tiles-to-gpu -canonicalize | FileCheck %s

func.func @buffers(%rows: index, %blocks: index) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %x = arith.constant 1.0 : f32
  scf.forall (%block) in (%blocks) {
    %first = arith.muli %block, %c64 : index
    %rest = arith.subi %rows, %first : index
    %size = arith.minsi %rest, %c64 : index
    %sums = memref.alloc(%size) : memref<?x8xf32>
    %max = memref.alloc() : memref<64xf32>
    memref.store %x, %sums[%c0, %c0] : memref<?x8xf32>
    memref.store %x, %max[%c0] : memref<64xf32>
    memref.dealloc %sums : memref<?x8xf32>
    memref.dealloc %max : memref<64xf32>
  }
  return
}
// CHECK-LABEL: func.func @buffers(
// CHECK-SAME: %[[ROWS:.*]]: index, %[[BLOCKS:.*]]: index)
// CHECK-DAG: %[[SUMS:.*]] = gpu.alloc (%[[BLOCKS]]) : memref<?x64x8xf32>
// CHECK-DAG: %[[MAX:.*]] = gpu.alloc (%[[BLOCKS]]) : memref<?x64xf32>
// CHECK: gpu.launch
// CHECK: %[[SIZE:.*]] = arith.minsi
// CHECK: %[[OWN:.*]] = memref.subview %[[SUMS]][%[[BLOCK:.*]], 0, 0] [1, %[[SIZE]], 8] [1, 1, 1]
// CHECK: memref.subview %[[MAX]][%[[BLOCK]], 0] [1, 64] [1, 1]
// CHECK: memref.store %{{.*}}, %[[OWN]]
// CHECK-NOT: dealloc
// CHECK: gpu.terminator
// CHECK-DAG: gpu.dealloc %[[SUMS]]
// CHECK-DAG: gpu.dealloc %[[MAX]]
// CHECK: return
