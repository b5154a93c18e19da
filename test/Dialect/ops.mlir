// Every form of the operation prints back as it was written, also through the generic form.
// RUN: sattn-opt %s | FileCheck %s
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s

!t = tensor<2x4x8x16xf32>

// CHECK-LABEL: func @tensors
// CHECK-SAME: (%[[Q:.*]]: tensor<2x4x8x16xf32>, %[[K:.*]]: tensor<2x4x8x16xf32>, %[[V:.*]]: tensor<2x4x8x16xf32>, %[[OUT:.*]]: tensor<2x4x8x16xf32>)
func.func @tensors(%q: !t, %k: !t, %v: !t, %out: !t) -> !t {
  // CHECK: sattn.attention ins(%[[Q]], %[[K]], %[[V]] : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%[[OUT]] : tensor<2x4x8x16xf32>) pattern(causal and window<left = 4> or global<first = 1>){{$}}
  %0 = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
      pattern((causal and window<left = 4>) or global<first = 1>)
  return %0 : !t
}

// CHECK-LABEL: func @lse
func.func @lse(%q: !t, %k: !t, %v: !t, %out: !t, %lse: tensor<2x4x8xf32>)
    -> (!t, tensor<2x4x8xf32>) {
  // CHECK: %[[R:.*]]:2 = sattn.attention
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<2x4x8x16xf32>, tensor<2x4x8xf32>) pattern(dense)
  // CHECK: return %[[R]]#0, %[[R]]#1
  %0:2 = sattn.attention ins(%q, %k, %v : !t, !t, !t)
      outs(%out, %lse : !t, tensor<2x4x8xf32>) pattern(dense)
  return %0#0, %0#1 : !t, tensor<2x4x8xf32>
}

// CHECK-LABEL: func @scale
func.func @scale(%q: !t, %out: !t) -> !t {
  // CHECK: pattern(dense) {scale = 1.250000e-01 : f32}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(dense) {scale = 0.125 : f32}
  return %0 : !t
}

// CHECK-LABEL: func @discardable_attribute
func.func @discardable_attribute(%q: !t, %out: !t) -> !t {
  // CHECK: pattern(dense) {my.layer = 3 : i64}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(dense) {my.layer = 3}
  return %0 : !t
}

// The default alignment is not written.
// CHECK-LABEL: func @top_left
func.func @top_left(%q: !t, %out: !t) -> !t {
  // CHECK: pattern(causal){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal) align(top_left)
  return %0 : !t
}

// CHECK-LABEL: func @bottom_right
func.func @bottom_right(%q: !t, %out: !t) -> !t {
  // CHECK: pattern(causal) align(bottom_right){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal) align(bottom_right)
  return %0 : !t
}

// CHECK-LABEL: func @all_optional_parts
// CHECK-SAME: %[[O:[a-z0-9]*]]: index, %[[H:[a-z0-9]*]]: index
func.func @all_optional_parts(%q: !t, %out: !t, %o: index, %h: index) -> !t {
  // CHECK: pattern(causal) align(bottom_right) offset(%[[O]]) first_head(%[[H]]) {scale = 1.000000e+00 : f32}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal) align(bottom_right) offset(%o) first_head(%h)
      {scale = 1.0 : f32}
  return %0 : !t
}

// Each optional operand keeps its place without the others.
// CHECK-LABEL: func @first_head_alone
// CHECK-SAME: %[[H:[a-z0-9]*]]: index
func.func @first_head_alone(%q: !t, %out: !t, %h: index) -> !t {
  // CHECK: pattern(dense) first_head(%[[H]]){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(dense) first_head(%h)
  return %0 : !t
}

// CHECK-LABEL: func @pattern_per_head
func.func @pattern_per_head(%q: !t, %out: !t) -> !t {
  // CHECK: pattern(per_head<[dense, causal, not (causal or none), strided<stride = 2>]>)
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(per_head<[dense, causal, not (causal or none), strided<stride = 2>]>)
  return %0 : !t
}
