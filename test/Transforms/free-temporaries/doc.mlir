// What a function computes and does not return is freed after its last use; what it returns is not.
// RUN: sattn-opt %s -sattn-free-temporaries | FileCheck %s

func.func @sum(%x: memref<64xf32>, %out: memref<64xf32>) -> (memref<64xf32>, memref<64xf32>) {
  %temporary = memref.alloc() : memref<64xf32>
  %result = memref.alloc() : memref<64xf32>
  memref.copy %x, %temporary : memref<64xf32> to memref<64xf32>
  %half = memref.subview %temporary[0] [32] [1] : memref<64xf32> to memref<32xf32>
  %first = memref.subview %result[0] [32] [1] : memref<64xf32> to memref<32xf32>
  memref.copy %half, %first : memref<32xf32> to memref<32xf32>
  return %result, %out : memref<64xf32>, memref<64xf32>
}
// CHECK: func.func @sum
// CHECK: %[[TEMPORARY:.*]] = memref.alloc()
// CHECK: memref.copy %{{.*}}, %{{.*}} : memref<32xf32
// CHECK-NEXT: memref.dealloc %[[TEMPORARY]]
// CHECK-NEXT: return
