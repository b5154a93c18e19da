// Canonicalization keeps the set of pairs and drops what says nothing.
// RUN: sattn-opt %s -canonicalize | FileCheck %s

!t = tensor<1x4x8x16xf32>
!d = tensor<1x4x?x16xf32>
!m = memref<1x4x8x16xf32>

// pattern(p) -> pattern(q), where q is the simplest form of p
// CHECK-LABEL: func @pattern
func.func @pattern(%q: !t, %out: !t) -> !t {
  // CHECK-NOT: mistral
  // CHECK: pattern({{.*}}window<left = 3
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(mistral<window = 4>)
  return %0 : !t
}

// offset(0) -> nothing; first_head(0) -> nothing
// CHECK-LABEL: func @zero_operands
func.func @zero_operands(%q: !t, %out: !t) -> !t {
  %c0 = arith.constant 0 : index
  // CHECK-NOT: arith.constant
  // CHECK: pattern(causal){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal) offset(%c0) first_head(%c0)
  return %0 : !t
}

// CHECK-LABEL: func @one_zero_operand
// CHECK-SAME: %[[O:[a-z0-9]*]]: index
func.func @one_zero_operand(%q: !t, %out: !t, %o: index) -> !t {
  %c0 = arith.constant 0 : index
  // CHECK: pattern(causal) offset(%[[O]]){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal) offset(%o) first_head(%c0)
  return %0 : !t
}

// CHECK-LABEL: func @constant_offset_stays
func.func @constant_offset_stays(%q: !t, %out: !t) -> !t {
  %c1 = arith.constant 1 : index
  // CHECK: pattern(causal) offset(%c1)
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal) offset(%c1)
  return %0 : !t
}

// align(bottom_right) -> align(top_left) where M == N
// CHECK-LABEL: func @square_alignment
func.func @square_alignment(%q: !t, %out: !t) -> !t {
  // CHECK: pattern(causal){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal) align(bottom_right)
  return %0 : !t
}

// CHECK-LABEL: func @dynamic_alignment_stays
func.func @dynamic_alignment_stays(%q: !d, %out: !d) -> !d {
  // CHECK: pattern(causal) align(bottom_right)
  %0 = sattn.attention ins(%q, %q, %q : !d, !d, !d) outs(%out : !d)
      pattern(causal) align(bottom_right)
  return %0 : !d
}

// attention(tensor.cast(x)) -> attention(x)
// CHECK-LABEL: func @tensor_cast
// CHECK-SAME: (%[[Q:.*]]: tensor<1x4x8x16xf32>, %[[OUT:.*]]: tensor<1x4x8x16xf32>)
func.func @tensor_cast(%q: !t, %out: !t) -> !d {
  // CHECK: %[[R:.*]] = sattn.attention ins(%[[Q]], %[[Q]], %[[Q]] : {{.*}}) outs(%[[OUT]] : tensor<1x4x8x16xf32>)
  // CHECK: tensor.cast %[[R]] : tensor<1x4x8x16xf32> to tensor<1x4x?x16xf32>
  %0 = tensor.cast %q : !t to !d
  %1 = tensor.cast %out : !t to !d
  %2 = sattn.attention ins(%0, %0, %0 : !d, !d, !d) outs(%1 : !d) pattern(causal)
  return %2 : !d
}

// attention(memref.cast(x)) -> attention(x)
// CHECK-LABEL: func @memref_cast
// CHECK-SAME: (%[[Q:.*]]: memref<1x4x8x16xf32>, %[[OUT:.*]]: memref<1x4x8x16xf32>)
func.func @memref_cast(%q: !m, %out: !m) {
  // CHECK-NEXT: sattn.attention ins(%[[Q]], %[[Q]], %[[Q]] : {{.*}}) outs(%[[OUT]] : memref<1x4x8x16xf32>)
  %0 = memref.cast %q : !m to memref<1x4x?x16xf32, strided<[?, ?, ?, 1]>>
  %1 = memref.cast %out : !m to memref<?x?x?x16xf32>
  sattn.attention ins(%0, %q, %q : memref<1x4x?x16xf32, strided<[?, ?, ?, 1]>>, !m, !m)
      outs(%1 : memref<?x?x?x16xf32>) pattern(causal)
  return
}

// Tensors: without effects. Memrefs: the destination is written.
// CHECK-LABEL: func @unused
func.func @unused(%q: !t, %m: !m, %out: !m) {
  // CHECK-NEXT: sattn.attention {{.*}} memref
  // CHECK-NEXT: return
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(causal)
  sattn.attention ins(%m, %m, %m : !m, !m, !m) outs(%out : !m) pattern(causal)
  return
}
