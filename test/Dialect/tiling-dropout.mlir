// A tile keeps the random numbers of its batches, heads and positions.
// RUN: sattn-opt %s -transform-interpreter -canonicalize -cse | FileCheck %s

!t = tensor<4x6x64x8xf32>

// CHECK-LABEL: func.func @some
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %[[R:.*]]) in (4, 3, 4)
// CHECK-DAG: %[[HEAD:.*]] = affine.apply #{{.*}}(%[[H]])
// CHECK-DAG: %[[ROW:.*]] = affine.apply #{{.*}}(%[[R]])
// CHECK: sattn.attention {{.*}} dropout(1.000000e-01, %arg1) pattern(causal) offset(%[[ROW]]) first_head(%[[HEAD]]) first_batch(%[[B]])
func.func @some(%q: !t, %seed: i64, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
    dropout(0.1, %seed) pattern(causal)
  return %0 : !t
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [1, 2, 16]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
