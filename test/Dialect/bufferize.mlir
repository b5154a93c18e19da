// Attention on tensors becomes attention on their own buffers: destinations are written in
// place, whatever they held, and nothing is copied that need not be.
// RUN: sattn-opt %s -split-input-file -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" -cse -canonicalize | FileCheck %s

!t = tensor<1x4x8x16xf32>
!l = tensor<1x4x8xf32>

// CHECK-LABEL: func @in_place
// CHECK-SAME: (%[[Q:.*]]: memref<1x4x8x16xf32>, %[[K:.*]]: memref<1x4x9x16xf32>, %[[OUT:.*]]: memref<1x4x8x16xf32>, %[[LSE:.*]]: memref<1x4x8xf32>, %[[O:.*]]: index)
func.func @in_place(%q: !t, %k: tensor<1x4x9x16xf32>, %out: !t, %lse: !l, %o: index) -> (!t, !l) {
  // CHECK-NEXT: sattn.attention ins(%[[Q]], %[[K]], %[[K]] : {{.*}}) outs(%[[OUT]], %[[LSE]] : memref<1x4x8x16xf32>, memref<1x4x8xf32>) pattern(causal) align(bottom_right) offset(%[[O]]) {my.layer = 3 : i64, scale = 5.000000e-01 : f32}
  // CHECK-NEXT: return %[[OUT]], %[[LSE]]
  %0:2 = sattn.attention ins(%q, %k, %k : !t, tensor<1x4x9x16xf32>,
                             tensor<1x4x9x16xf32>) outs(%out, %lse : !t, !l)
      pattern(causal) align(bottom_right) offset(%o)
      {my.layer = 3, scale = 0.5 : f32}
  return %0#0, %0#1 : !t, !l
}

// -----

!t = tensor<1x4x8x16xf32>

// What the destination held is not read: no copy in.
// CHECK-LABEL: func @fresh_destination
func.func @fresh_destination(%q: !t, %x: f32) -> !t {
  // CHECK: %[[OUT:.*]] = memref.alloc()
  // CHECK-NOT: memref.copy
  // CHECK: sattn.attention {{.*}} outs(%[[OUT]]
  // CHECK-NEXT: return %[[OUT]]
  %empty = tensor.empty() : !t
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%empty : !t) pattern(causal)
  return %0 : !t
}

// -----

!t = tensor<1x4x8x16xf32>

// Rows of the query are read after rows of the result are written.
// CHECK-LABEL: func @query_as_destination
// CHECK-SAME: (%[[Q:.*]]: memref<1x4x8x16xf32>)
func.func @query_as_destination(%q: !t) -> !t {
  // CHECK: %[[OUT:.*]] = memref.alloc()
  // CHECK: sattn.attention ins(%[[Q]], %[[Q]], %[[Q]] : {{.*}}) outs(%[[OUT]]
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(causal)
  return %0 : !t
}

// -----

!t = tensor<1x4x8x16xf32>
!s = tensor<1x1x8x16xf32>

// A slice of a larger result is written where it stands.
// CHECK-LABEL: func @slice
// CHECK-SAME: (%[[Q:.*]]: memref<1x1x8x16xf32>, %[[OUT:.*]]: memref<1x4x8x16xf32>)
func.func @slice(%q: !s, %out: !t) -> !t {
  // CHECK-NEXT: %[[SLICE:.*]] = memref.subview %[[OUT]][0, 2, 0, 0] [1, 1, 8, 16]
  // CHECK-NEXT: sattn.attention {{.*}} outs(%[[SLICE]]
  // CHECK-NEXT: return %[[OUT]]
  %0 = tensor.extract_slice %out[0, 2, 0, 0] [1, 1, 8, 16] [1, 1, 1, 1] : !t to !s
  %1 = sattn.attention ins(%q, %q, %q : !s, !s, !s) outs(%0 : !s) pattern(causal)
  %2 = tensor.insert_slice %1 into %out[0, 2, 0, 0] [1, 1, 8, 16] [1, 1, 1, 1] : !s into !t
  return %2 : !t
}
