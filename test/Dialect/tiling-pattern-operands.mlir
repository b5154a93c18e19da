// A tile reads the whole operands of the pattern, from its own batch and row on.
// RUN: sattn-opt %s -transform-interpreter -canonicalize -cse -split-input-file | FileCheck %s
// RUN: sattn-opt %s -split-input-file -one-shot-bufferize=bufferize-function-boundaries | FileCheck %s --check-prefix=BUFFER

!t = tensor<2x4x8x16xf32>

// CHECK-LABEL: func @tile
// CHECK-SAME: %[[L:[a-z0-9]*]]: tensor<2xi32>
// BUFFER-LABEL: func @tile
// BUFFER-SAME: %[[L:[a-z0-9]*]]: memref<2xi32
func.func @tile(%q: !t, %out: !t, %l: tensor<2xi32>, %o: tensor<2xi64>) -> !t {
  // CHECK: scf.for %[[B:[a-z0-9]*]] =
  // CHECK: scf.for %[[R:[a-z0-9]*]] =
  // CHECK: sattn.attention
  // CHECK-SAME: pattern(padding(%[[L]], %[[L]]) : tensor<2xi32>) offset(%[[R]], %{{.*}} : tensor<2xi64>) first_batch(%[[B]]) first_row(%[[R]])
  // BUFFER: pattern(padding(%[[L]], %[[L]]) : memref<2xi32
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(padding(%l, %l) : tensor<2xi32>) offset(%o : tensor<2xi64>)
  return %0 : !t
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loops:2 = transform.structured.tile_using_for %op tile_sizes [1, 0, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
