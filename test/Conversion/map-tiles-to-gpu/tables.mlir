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

// What a launch writes is copied back where the host reads it; a table that launches only read is not.
func.func @results(%out: memref<4xi32>) -> i32 {
  %c0 = arith.constant 0 : index
  %table = memref.alloc() : memref<4xi32>
  scf.forall (%i) in (4) {
    %x = arith.index_cast %i : index to i32
    memref.store %x, %table[%i] : memref<4xi32>
  }
  %first = memref.load %table[%c0] : memref<4xi32>
  scf.forall (%i) in (4) {
    %x = memref.load %table[%i] : memref<4xi32>
    memref.store %x, %out[%i] : memref<4xi32>
  }
  memref.dealloc %table : memref<4xi32>
  return %first : i32
}
// CHECK-LABEL: func.func @results(
// CHECK: %[[TABLE:.*]] = memref.alloc() : memref<4xi32>
// CHECK: %[[WRITTEN:.*]] = gpu.alloc () : memref<4xi32>
// CHECK: gpu.launch
// CHECK: gpu.terminator
// CHECK: gpu.memcpy %[[TABLE]], %[[WRITTEN]]
// CHECK-NEXT: gpu.dealloc %[[WRITTEN]]
// CHECK: memref.load %[[TABLE]]
// CHECK: %[[READ:.*]] = gpu.alloc () : memref<4xi32>
// CHECK-NEXT: gpu.memcpy %[[READ]], %[[TABLE]]
// CHECK-NEXT: gpu.launch
// CHECK: gpu.terminator
// CHECK-NEXT: }
// CHECK-NEXT: gpu.dealloc %[[READ]]

// What only launches touch is on the device from the beginning.
func.func @between(%out: memref<4xi32>) {
  %table = memref.alloc() : memref<4xi32>
  scf.forall (%i) in (4) {
    %x = arith.index_cast %i : index to i32
    memref.store %x, %table[%i] : memref<4xi32>
  }
  scf.forall (%i) in (4) {
    %x = memref.load %table[%i] : memref<4xi32>
    memref.store %x, %out[%i] : memref<4xi32>
  }
  memref.dealloc %table : memref<4xi32>
  return
}
// CHECK-LABEL: func.func @between(
// CHECK-NOT: memref.alloc
// CHECK-NOT: gpu.memcpy
// CHECK: %[[TABLE:.*]] = gpu.alloc () : memref<4xi32>
// CHECK: gpu.launch
// CHECK: memref.store %{{.*}}, %[[TABLE]]
// CHECK: gpu.launch
// CHECK: memref.load %[[TABLE]]
// CHECK: gpu.dealloc %[[TABLE]]
