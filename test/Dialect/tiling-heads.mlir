// A tile of query heads takes exactly the key/value heads of its groups.
// RUN: sattn-opt %s -split-input-file -transform-interpreter -canonicalize -cse | FileCheck %s

!q = tensor<1x8x64x16xf32>
!k = tensor<1x2x64x16xf32>

// CHECK-LABEL: func @one_head
// CHECK-SAME: (%[[Q:.*]]: tensor<1x8x64x16xf32>, %[[K:.*]]: tensor<1x2x64x16xf32>,
func.func @one_head(%q: !q, %k: !k, %out: !q) -> !q {
  // CHECK: scf.forall (%[[H:.*]]) in (8)
  // CHECK: %[[KH:.*]] = arith.shrsi %[[H]], %c2
  // CHECK-DAG: %[[QT:.*]] = tensor.extract_slice %[[Q]][0, %[[H]], 0, 0] [1, 1, 64, 16]
  // CHECK-DAG: %[[KT:.*]] = tensor.extract_slice %[[K]][0, %[[KH]], 0, 0] [1, 1, 64, 16]
  // CHECK: sattn.attention ins(%[[QT]], %[[KT]], %[[KT]] : {{.*}}) {{.*}} pattern(random<block = 16, per_row = 2>) first_head(%[[H]])
  %0 = sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q)
      pattern(random<block = 16, per_row = 2>)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 1, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<1x8x64x16xf32>
!k = tensor<1x4x64x16xf32>

// CHECK-LABEL: func @whole_groups
// CHECK-SAME: (%{{.*}}: tensor<1x8x64x16xf32>, %[[K:.*]]: tensor<1x4x64x16xf32>, %{{.*}}: tensor<1x8x64x16xf32>, %[[F:.*]]: index)
func.func @whole_groups(%q: !q, %k: !k, %out: !q, %f: index) -> !q {
  // CHECK: scf.forall (%[[I:.*]]) in (2)
  // CHECK: %[[H:.*]] = affine.apply #{{.*}}(%[[I]])
  // CHECK: %[[KH:.*]] = arith.shrsi %[[H]], %c1
  // CHECK-DAG: tensor.extract_slice %[[K]][0, %[[KH]], 0, 0] [1, 2, 64, 16]
  // CHECK-DAG: %[[FIRST:.*]] = arith.addi %[[F]], %[[H]]
  // CHECK: sattn.attention {{.*}} first_head(%[[FIRST]])
  %0 = sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q)
      pattern(random<block = 16, per_row = 2>) first_head(%f)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 4, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!q = tensor<1x8x64x16xf32>
!k = tensor<1x2x64x16xf32>

// CHECK-LABEL: func @part_of_a_group
// CHECK-SAME: (%{{.*}}: tensor<1x8x64x16xf32>, %[[K:.*]]: tensor<1x2x64x16xf32>,
func.func @part_of_a_group(%q: !q, %k: !k, %out: !q) -> !q {
  // CHECK: scf.forall (%[[I:.*]]) in (4)
  // CHECK: %[[H:.*]] = affine.apply #{{.*}}(%[[I]])
  // CHECK: %[[KH:.*]] = arith.shrsi %[[H]], %c2
  // CHECK: tensor.extract_slice %[[K]][0, %[[KH]], 0, 0] [1, 1, 64, 16]
  %0 = sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q) pattern(dense)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [0, 2, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
