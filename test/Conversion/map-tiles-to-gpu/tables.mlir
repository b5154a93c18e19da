// Tables that the host fills are copied to the device; constants belong to the kernel's module.
// RUN: sattn-opt %s -sattn-map-tiles-to-gpu -canonicalize | FileCheck %s

memref.global "private" constant @constants : memref<4xi32> = dense<[0, 2, 4, 6]>

func.func @computed(%out: memref<4xi32>, %size: index) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1 : i32
  %table = memref.alloc(%size) : memref<?xi32>
  memref.store %one, %table[%c0] : memref<?xi32>
  scf.forall (%i) in (4) {
    %x = memref.load %table[%c0] : memref<?xi32>
    memref.store %x, %out[%i] : memref<4xi32>
  }
  memref.dealloc %table : memref<?xi32>
  return
}
// CHECK-LABEL: func.func @computed(
// CHECK-SAME: %{{.*}}, %[[SIZE:.*]]: index)
// CHECK: %[[TABLE:.*]] = memref.alloc(%[[SIZE]])
// CHECK: memref.store %{{.*}}, %[[TABLE]]
// CHECK: %[[DEVICE:.*]] = gpu.alloc (%[[SIZE]]) : memref<?xi32>
// CHECK-NEXT: gpu.memcpy %[[DEVICE]], %[[TABLE]]
// CHECK-NEXT: gpu.launch
// CHECK-NOT: %[[TABLE]]
// CHECK: memref.load %[[DEVICE]]
// CHECK: gpu.terminator
// CHECK: gpu.dealloc %[[DEVICE]]
// CHECK-NEXT: memref.dealloc %[[TABLE]]

func.func @constant(%out: memref<4xi32>) {
  %table = memref.get_global @constants : memref<4xi32>
  scf.forall (%i) in (4) {
    %x = memref.load %table[%i] : memref<4xi32>
    memref.store %x, %out[%i] : memref<4xi32>
  }
  return
}
// CHECK-LABEL: func.func @constant(
// CHECK-NOT: gpu.alloc
// CHECK: gpu.launch
// CHECK: memref.get_global @constants
// CHECK: gpu.terminator

// A part of a table is made in the kernel, of the whole.
func.func @part(%out: memref<4xi32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1 : i32
  %table = memref.alloc() : memref<8xi32>
  %part = memref.subview %table[4] [4] [1] : memref<8xi32> to memref<4xi32, strided<[1], offset: 4>>
  memref.store %one, %part[%c0] : memref<4xi32, strided<[1], offset: 4>>
  scf.forall (%i) in (4) {
    %x = memref.load %part[%i] : memref<4xi32, strided<[1], offset: 4>>
    memref.store %x, %out[%i] : memref<4xi32>
  }
  memref.dealloc %table : memref<8xi32>
  return
}
// CHECK-LABEL: func.func @part(
// CHECK: %[[TABLE:.*]] = memref.alloc() : memref<8xi32>
// CHECK: memref.subview %[[TABLE]][4] [4] [1]
// CHECK: %[[DEVICE:.*]] = gpu.alloc () : memref<8xi32>
// CHECK-NEXT: gpu.memcpy %[[DEVICE]], %[[TABLE]]
// CHECK-NEXT: gpu.launch
// CHECK: memref.subview %[[DEVICE]][4] [4] [1]
