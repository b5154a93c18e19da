// A tile of batches counts them from its first: a mask region then asks about the batch of
// the whole. Heads and positions are the same numbers as before.
// RUN: sattn-opt %s -transform-interpreter -canonicalize -cse -split-input-file | FileCheck %s

!t = tensor<4x2x64x16xf32>

// CHECK-LABEL: func @batches
// CHECK: scf.forall (%[[FIRST:.*]]) in (4)
// CHECK: sattn.attention
// CHECK-SAME: pattern(causal and region) mask {
// CHECK-NEXT: ^bb0(%[[B:.*]]: index, %[[H:.*]]: index, %[[I:.*]]: index, %[[J:.*]]: index):
// CHECK: %[[BATCH:.*]] = arith.addi %[[B]], %[[FIRST]]
// CHECK: tensor.extract %{{.*}}[%[[BATCH]], %[[H]], %[[J]]]
func.func @batches(%q: !t, %live: tensor<4x2x64xi1>, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
      pattern(causal and region) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %x = tensor.extract %live[%b, %h, %j] : tensor<4x2x64xi1>
        sattn.yield %x
      }
  return %0 : !t
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %0 = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %0 tile_sizes [1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
