// Attention on buffers is tiled by views, and attention is tiled into the loop of its user.
// RUN: sattn-opt %s -split-input-file -transform-interpreter -canonicalize -cse | FileCheck %s

!q = memref<2x4x64x16xf32>

// CHECK-LABEL: func @memrefs
// CHECK-SAME: (%[[Q:.*]]: memref<2x4x64x16xf32>, %[[OUT:.*]]: memref<2x4x64x16xf32>, %[[LSE:.*]]: memref<2x4x64xf32>)
func.func @memrefs(%q: !q, %out: !q, %lse: memref<2x4x64xf32>) {
  // CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %[[I:.*]]) in (2, 4, 2)
  // CHECK: %[[M:.*]] = affine.apply #{{.*}}(%[[I]])
  // CHECK-DAG: %[[QT:.*]] = memref.subview %[[Q]][%[[B]], %[[H]], %[[M]], 0] [1, 1, 32, 16]
  // CHECK-DAG: %[[KT:.*]] = memref.subview %[[Q]][%[[B]], %[[H]], 0, 0] [1, 1, 64, 16]
  // CHECK-DAG: %[[OT:.*]] = memref.subview %[[OUT]][%[[B]], %[[H]], %[[M]], 0] [1, 1, 32, 16]
  // CHECK-DAG: %[[LT:.*]] = memref.subview %[[LSE]][%[[B]], %[[H]], %[[M]]] [1, 1, 32]
  // CHECK: sattn.attention ins(%[[QT]], %[[KT]], %[[KT]] : {{.*}}) outs(%[[OT]], %[[LT]] : {{.*}}) pattern(causal) offset(%[[M]]) first_head(%[[H]]){{$}}
  sattn.attention ins(%q, %q, %q : !q, !q, !q) outs(%out, %lse : !q, memref<2x4x64xf32>)
      pattern(causal)
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [1, 1, 32]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<2x4x64x16xf32>
!l = tensor<2x4x64xf32>

// The tile of the result that the user asks for, and no other, is computed in its loop.
// CHECK-LABEL: func @fused_into_user
// CHECK-SAME: (%[[Q:.*]]: tensor<2x4x64x16xf32>,
func.func @fused_into_user(%q: !q, %out: !q, %lse: !l, %dst: !q) -> !q {
  // CHECK-NOT: sattn.attention ins
  // CHECK: scf.forall (%[[H:.*]], %[[I:.*]]) in (4, 2)
  // CHECK: %[[M:.*]] = affine.apply #{{.*}}(%[[I]])
  // CHECK: %[[T:.*]]:2 = sattn.attention ins(%{{.*}} : tensor<2x1x32x16xf32>, tensor<2x1x64x16xf32>, tensor<2x1x64x16xf32>) {{.*}} pattern(causal) offset(%[[M]]) first_head(%[[H]])
  // CHECK: linalg.exp ins(%[[T]]#0
  // CHECK-NOT: sattn.attention ins
  %0:2 = sattn.attention ins(%q, %q, %q : !q, !q, !q) outs(%out, %lse : !q, !l)
      pattern(causal)
  %1 = linalg.exp ins(%0#0 : !q) outs(%dst : !q) -> !q
  return %1 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %user = transform.structured.match ops{["linalg.exp"]} in %root : (!transform.any_op) -> !transform.any_op
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %user tile_sizes [0, 1, 32, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %fused, %new = transform.structured.fuse_into_containing_op %op into %loop
        : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<2x4x64x16xf32>

// A loop over columns of the result would repeat the softmax: not fused.
// CHECK-LABEL: func @not_fused_over_columns
func.func @not_fused_over_columns(%q: !q, %out: !q, %dst: !q) -> !q {
  // CHECK: sattn.attention
  // CHECK: scf.for
  // CHECK-NOT: sattn.attention ins
  %0 = sattn.attention ins(%q, %q, %q : !q, !q, !q) outs(%out : !q) pattern(causal)
  %1 = linalg.exp ins(%0 : !q) outs(%dst : !q) -> !q
  return %1 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %user = transform.structured.match ops{["linalg.exp"]} in %root : (!transform.any_op) -> !transform.any_op
    %fused, %loop = transform.structured.fuse %user tile_sizes [0, 0, 0, 8]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
