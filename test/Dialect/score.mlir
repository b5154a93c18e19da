// Modifiers and the score region print back as they were written, also through the generic
// form.
// RUN: sattn-opt %s | FileCheck %s
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s

!t = tensor<2x4x8x16xf32>

// A whole number is a number.
// CHECK-LABEL: func @softcap
func.func @softcap(%q: !t, %out: !t) -> !t {
  // CHECK: modify(softcap<cap = 50.0>, softcap<cap = 0.7>) pattern(causal){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      modify(softcap<cap = 50>, softcap<cap = 0.7>) pattern(causal)
  return %0 : !t
}

// Parameters that are the default are not written.
// CHECK-LABEL: func @operands
// CHECK-SAME: %[[B:[a-z0-9]*]]: tensor<1x4x1x8xbf16>, %[[H:[a-z0-9]*]]: tensor<4xf32>, %[[T:[a-z0-9]*]]: tensor<4x32xf32>, %[[R:[a-z0-9]*]]: tensor<4x1x32xf32>
func.func @operands(%q: !t, %out: !t, %bias: tensor<1x4x1x8xbf16>, %h: tensor<4xf32>,
                    %t: tensor<4x32xf32>, %r: tensor<4x1x32xf32>) -> !t {
  // CHECK: modify(alibi, bias(%[[B]] : tensor<1x4x1x8xbf16>), logit_scale(%[[H]] : tensor<4xf32>), alibi<heads = 12, max_bias = 4.0, order = mpt, symmetric = true>, alibi_slopes(%[[H]] : tensor<4xf32>), t5_bias<bidirectional = true>(%[[T]] : tensor<4x32xf32>), relative_bias<center = 3>(%[[R]] : tensor<4x1x32xf32>)) sink(%[[H]] : tensor<4xf32>) pattern(dense){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      modify(alibi<max_bias = 8>, bias(%bias : tensor<1x4x1x8xbf16>),
             logit_scale(%h : tensor<4xf32>),
             alibi<order = mpt, heads = 12, max_bias = 4, symmetric = true>,
             alibi_slopes<symmetric = false>(%h : tensor<4xf32>),
             t5_bias<max_distance = 128, bidirectional = true>(%t : tensor<4x32xf32>),
             relative_bias<center = 3>(%r : tensor<4x1x32xf32>))
      sink(%h : tensor<4xf32>) pattern(dense)
  return %0 : !t
}

// Tensors and scalars from outside are used as they are.
// CHECK-LABEL: func @region
// CHECK-SAME: %[[TABLE:[a-z0-9]*]]: tensor<8x8xf16>, %[[C:[a-z0-9]*]]: f32
func.func @region(%q: !t, %out: !t, %table: tensor<8x8xf16>, %c: f32) -> !t {
  // CHECK: pattern(dense) align(bottom_right) score {
  // CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %{{.*}}: index, %{{.*}}: index, %[[I:.*]]: index, %[[J:.*]]: index):
  // CHECK: tensor.extract %[[TABLE]][%[[I]], %[[J]]] : tensor<8x8xf16>
  // CHECK: arith.mulf %[[S]], %[[C]] : f32
  // CHECK: sattn.yield %{{.*}} : f32
  // CHECK: } {scale = 1.000000e+00 : f32}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(dense) align(bottom_right) score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %e = tensor.extract %table[%i, %j] : tensor<8x8xf16>
        %x = arith.extf %e : f16 to f32
        %y = arith.mulf %s, %c : f32
        %z = arith.addf %x, %y : f32
        sattn.yield %z : f32
      } {scale = 1.0 : f32}
  return %0 : !t
}
