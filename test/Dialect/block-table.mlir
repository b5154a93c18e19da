// A block table round-trips, bufferizes, and stays whole in tiles, as the pages do.
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s --check-prefix=BUFFERS
// RUN: sattn-opt %s -transform-interpreter -canonicalize -cse | FileCheck %s --check-prefix=TILED

!q = tensor<4x6x64x8xf32>
!k = tensor<?x2x16x8xf32>

// CHECK-LABEL: func.func @decode
// CHECK: outs(%{{.*}} : tensor<4x6x64x8xf32>) block_table(%arg3 : tensor<4x?xi32>) pattern(causal) align(bottom_right)
// BUFFERS-LABEL: func.func @decode
// BUFFERS-SAME: %[[T:[^:]*]]: memref<4x?xi32>,
// BUFFERS: block_table(%[[T]] : memref<4x?xi32>)
// TILED-LABEL: func.func @decode
// TILED: scf.forall (%[[B:.*]], %[[R:.*]]) in (4, 4)
// TILED-DAG: %[[C:.*]] = tensor.dim %arg3, %c1
// TILED-DAG: %[[N:.*]] = arith.muli %[[C]], %c16
// TILED-DAG: tensor.extract_slice %arg1[0, 0, 0, 0] [%{{.*}}, 2, 16, 8]
// TILED: sattn.attention {{.*}} block_table(%arg3 : tensor<4x?xi32>) pattern(causal) offset(%{{.*}}) first_batch(%[[B]]) first_row(
func.func @decode(%q: !q, %k: !k, %v: !k, %table: tensor<4x?xi32>, %o: !q) -> !q {
  %0 = sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%o : !q)
    block_table(%table : tensor<4x?xi32>) pattern(causal) align(bottom_right)
  return %0 : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [1, 0, 16]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
