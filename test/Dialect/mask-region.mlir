// The leaf `region` stands for what a mask region says. It comes before `score`, prints
// back, and obeys the laws of the algebra; a region that is not asked any more goes.
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -canonicalize | FileCheck %s --check-prefix=LAWS

!t = tensor<2x4x8x16xf32>

// CHECK-LABEL: func @with_score
// CHECK-SAME: %[[IDS:[a-z0-9]*]]: tensor<2x8xi32>
// CHECK: pattern(causal and region) align(bottom_right) mask {
// CHECK-NEXT: ^bb0(%[[B:.*]]: index, %{{.*}}: index, %[[I:.*]]: index, %[[J:.*]]: index):
// CHECK-NEXT: tensor.extract %[[IDS]][%[[B]], %[[I]]]
// CHECK-NEXT: tensor.extract %[[IDS]][%[[B]], %[[J]]]
// CHECK: sattn.yield %{{[0-9]+$}}
// CHECK-NEXT: } score {
// CHECK-NEXT: ^bb0(%[[S:.*]]: f32,
// CHECK-NEXT: sattn.yield %[[S]] : f32
// CHECK-NEXT: } {scale = 1.000000e+00 : f32}
func.func @with_score(%q: !t, %ids: tensor<2x8xi32>, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal and region) align(bottom_right) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %x = tensor.extract %ids[%b, %i] : tensor<2x8xi32>
        %y = tensor.extract %ids[%b, %j] : tensor<2x8xi32>
        %same = arith.cmpi eq, %x, %y : i32
        sattn.yield %same
      } score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        sattn.yield %s : f32
      } {scale = 1.0 : f32}
  return %0 : !t
}

// and(p, p) -> p
// LAWS-LABEL: func @twice
// LAWS: pattern(region and causal) mask {
// CHECK-LABEL: func @twice
// CHECK: pattern(region and causal and not not region) mask {
func.func @twice(%q: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(region and causal and not not region) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %near = arith.cmpi ule, %i, %j : index
        sattn.yield %near
      }
  return %0 : !t
}

// and(p, not(p)) -> none
// LAWS-LABEL: func @complement
// LAWS: pattern(none) score {
// LAWS-NOT: mask
func.func @complement(%q: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(region and not region) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %near = arith.cmpi ule, %i, %j : index
        sattn.yield %near
      } score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        sattn.yield %s : f32
      }
  return %0 : !t
}

// or(p, dense) -> dense, and operands that are not read go with it
// LAWS-LABEL: func @absorbed
// LAWS: pattern(dense){{$}}
func.func @absorbed(%q: !t, %n: tensor<2xi32>, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(region and padding(%n) or dense : tensor<2xi32>) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %near = arith.cmpi ule, %i, %j : index
        sattn.yield %near
      }
  return %0 : !t
}
