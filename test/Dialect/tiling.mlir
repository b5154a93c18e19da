// A tile is the same attention of fewer batches, heads or rows: rows move the offset, heads
// move `first_head` and take the key/value heads of their groups.
// RUN: sattn-opt %s -split-input-file -transform-interpreter -canonicalize -cse | FileCheck %s

!q = tensor<2x4x64x16xf32>

// CHECK-LABEL: func @batch
// CHECK-SAME: (%[[Q:.*]]: tensor<2x4x64x16xf32>, %[[OUT:.*]]: tensor<2x4x64x16xf32>, %[[LSE:.*]]: tensor<2x4x64xf32>)
func.func @batch(%q: !q, %out: !q, %lse: tensor<2x4x64xf32>) -> (!q, tensor<2x4x64xf32>) {
  // CHECK: %[[R:.*]]:2 = scf.forall (%[[B:.*]]) in (2) shared_outs(%[[O:.*]] = %[[OUT]], %[[L:.*]] = %[[LSE]])
  // CHECK-DAG: %[[QT:.*]] = tensor.extract_slice %[[Q]][%[[B]], 0, 0, 0] [1, 4, 64, 16] [1, 1, 1, 1]
  // CHECK-DAG: %[[OT:.*]] = tensor.extract_slice %[[O]][%[[B]], 0, 0, 0] [1, 4, 64, 16] [1, 1, 1, 1]
  // CHECK-DAG: %[[LT:.*]] = tensor.extract_slice %[[L]][%[[B]], 0, 0] [1, 4, 64] [1, 1, 1]
  // CHECK: %[[T:.*]]:2 = sattn.attention ins(%[[QT]], %[[QT]], %[[QT]] : {{.*}}) outs(%[[OT]], %[[LT]] : {{.*}}) pattern(causal) {scale = 5.000000e-01 : f32}
  // CHECK-DAG: tensor.parallel_insert_slice %[[T]]#0 into %[[O]][%[[B]], 0, 0, 0] [1, 4, 64, 16] [1, 1, 1, 1]
  // CHECK-DAG: tensor.parallel_insert_slice %[[T]]#1 into %[[L]][%[[B]], 0, 0] [1, 4, 64] [1, 1, 1]
  %0:2 = sattn.attention ins(%q, %q, %q : !q, !q, !q)
      outs(%out, %lse : !q, tensor<2x4x64xf32>) pattern(causal) {scale = 0.5 : f32}
  return %0#0, %0#1 : !q, tensor<2x4x64xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [1, 0, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<1x4x64x16xf32>
!k = tensor<1x4x100x16xf32>

// Rows from 20 * i on, counted from position N - M = 36 on.
// CHECK-DAG: #[[$FIRST:.*]] = affine_map<(d0) -> (d0 * 20)>
// CHECK-DAG: #[[$SIZE:.*]] = affine_map<(d0) -> (d0 * -20 + 64, 20)>
// CHECK-LABEL: func @rows
// CHECK-SAME: (%[[Q:.*]]: tensor<1x4x64x16xf32>, %[[K:.*]]: tensor<1x4x100x16xf32>,
func.func @rows(%q: !q, %k: !k, %out: !q) -> !q {
  // CHECK-DAG: %[[C36:.*]] = arith.constant 36 : index
  // CHECK: scf.forall (%[[I:.*]]) in (4)
  // CHECK-DAG: %[[M:.*]] = affine.apply #[[$FIRST]](%[[I]])
  // CHECK-DAG: %[[ROWS:.*]] = affine.min #[[$SIZE]](%[[I]])
  // CHECK: %[[QT:.*]] = tensor.extract_slice %[[Q]][0, 0, %[[M]], 0] [1, 4, %[[ROWS]], 16]
  // CHECK: %[[FIRST:.*]] = arith.addi %[[M]], %[[C36]]
  // CHECK: sattn.attention ins(%[[QT]], %[[K]], %[[K]] : {{.*}}) outs({{.*}} : tensor<1x4x?x16xf32>) pattern(causal) offset(%[[FIRST]]){{$}}
  %0 = sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q)
      pattern(causal) align(bottom_right)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 0, 20]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!d = tensor<?x?x?x16xf32>

// Dynamic sizes and an offset of its own: offset + row + N - M.
// CHECK-LABEL: func @dynamic_rows
// CHECK-SAME: (%[[Q:.*]]: tensor<?x?x?x16xf32>, %[[K:.*]]: tensor<?x?x?x16xf32>, %{{.*}}: tensor<?x?x?x16xf32>, %[[O:.*]]: index)
func.func @dynamic_rows(%q: !d, %k: !d, %out: !d, %o: index) -> !d {
  // CHECK: %[[M:.*]] = tensor.dim %[[Q]], %c2
  // CHECK: scf.forall (%[[I:.*]]) in
  // CHECK: %[[ROW:.*]] = affine.apply #{{.*}}(%[[I]])
  // CHECK: %[[N:.*]] = tensor.dim %[[K]], %c2
  // CHECK-DAG: %[[S0:.*]] = arith.addi %[[O]], %[[ROW]]
  // CHECK-DAG: %[[S1:.*]] = arith.addi %[[S0]], %[[N]]
  // CHECK-DAG: %[[S2:.*]] = arith.subi %[[S1]], %[[M]]
  // CHECK: sattn.attention {{.*}} pattern(causal) offset(%[[S2]]){{$}}
  %0 = sattn.attention ins(%q, %k, %k : !d, !d, !d) outs(%out : !d)
      pattern(causal) align(bottom_right) offset(%o)
  return %0 : !d
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 0, 32]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
