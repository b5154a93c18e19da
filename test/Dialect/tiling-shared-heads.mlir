// One key/value head serves tiles of any number of heads; heads that the pattern names stay together.
// RUN: sattn-opt %s -split-input-file -transform-interpreter -canonicalize -cse | FileCheck %s

!q = tensor<1x8x64x16xf32>
!k = tensor<1x1x64x16xf32>

// One key/value head for all: any tile of heads, also an uneven one.
// CHECK-LABEL: func @one_key_head
// CHECK-SAME: (%{{.*}}: tensor<1x8x64x16xf32>, %[[K:.*]]: tensor<1x1x64x16xf32>,
func.func @one_key_head(%q: !q, %k: !k, %out: !q) -> !q {
  // CHECK: scf.forall (%{{.*}}) in (3)
  // CHECK: sattn.attention ins(%{{.*}}, %[[K]], %[[K]] : tensor<1x?x64x16xf32>, tensor<1x1x64x16xf32>
  %0 = sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q) pattern(dense)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 3, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<1x2x64x16xf32>

// Rows are tiled, heads are not: a pattern that names heads stays as it is.
// CHECK-LABEL: func @named_heads
func.func @named_heads(%q: !q, %out: !q) -> !q {
  // CHECK: scf.forall (%[[I:.*]]) in (2)
  // CHECK: %[[M:.*]] = affine.apply #{{.*}}(%[[I]])
  // CHECK: sattn.attention {{.*}} pattern(per_head<[dense, causal]>) offset(%[[M]]){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !q, !q, !q) outs(%out : !q)
      pattern(per_head<[dense, causal]>)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 0, 32]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
