// Buffers that may outlive their block, or that somebody frees, are left alone.
// RUN: sattn-opt %s -sattn-free-temporaries | FileCheck %s

// CHECK-LABEL: func.func @through_a_view
// CHECK-NOT: memref.dealloc
func.func @through_a_view() -> memref<4xf32> {
  %0 = memref.alloc() : memref<8xf32>
  %1 = memref.subview %0[0] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1]>>
  %2 = memref.cast %1 : memref<4xf32, strided<[1]>> to memref<4xf32>
  return %2 : memref<4xf32>
}

// CHECK-LABEL: func.func @through_a_choice
// CHECK-NOT: memref.dealloc
func.func @through_a_choice(%c: i1, %x: memref<8xf32>) -> memref<8xf32> {
  %0 = memref.alloc() : memref<8xf32>
  %1 = arith.select %c, %0, %x : memref<8xf32>
  return %1 : memref<8xf32>
}

// CHECK-LABEL: func.func @through_a_loop
// CHECK-NOT: memref.dealloc
func.func @through_a_loop(%n: index, %x: memref<8xf32>) -> memref<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%last = %x) -> memref<8xf32> {
    %1 = memref.alloc() : memref<8xf32>
    memref.copy %last, %1 : memref<8xf32> to memref<8xf32>
    scf.yield %1 : memref<8xf32>
  }
  return %0 : memref<8xf32>
}

func.func private @same(memref<8xf32>) -> memref<8xf32>

// CHECK-LABEL: func.func @through_a_call
// CHECK-NOT: memref.dealloc
func.func @through_a_call() -> memref<8xf32> {
  %0 = memref.alloc() : memref<8xf32>
  %1 = call @same(%0) : (memref<8xf32>) -> memref<8xf32>
  return %1 : memref<8xf32>
}

// CHECK-LABEL: func.func @through_memory
// CHECK-NOT: memref.dealloc
func.func @through_memory(%table: memref<memref<8xf32>>) {
  %0 = memref.alloc() : memref<8xf32>
  memref.store %0, %table[] : memref<memref<8xf32>>
  return
}

// CHECK-LABEL: func.func @as_a_pointer
// CHECK-NOT: memref.dealloc
func.func @as_a_pointer() -> index {
  %0 = memref.alloc() : memref<8xf32>
  %1 = memref.extract_aligned_pointer_as_index %0 : memref<8xf32> -> index
  return %1 : index
}

// CHECK-LABEL: func.func @freed_elsewhere
// CHECK: memref.dealloc
// CHECK-NOT: memref.dealloc
func.func @freed_elsewhere(%c: i1) {
  %0 = memref.alloc() : memref<8xf32>
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  memref.dealloc %0 : memref<8xf32>
  return
^bb2:
  return
}

// In a loop the buffer is freed in each iteration.
// CHECK-LABEL: func.func @each_iteration
// CHECK: scf.for
// CHECK: memref.copy
// CHECK-NEXT: memref.dealloc
// CHECK-NEXT: }
func.func @each_iteration(%n: index, %x: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %1 = memref.alloc() : memref<8xf32>
    memref.copy %x, %1 : memref<8xf32> to memref<8xf32>
  }
  return
}
