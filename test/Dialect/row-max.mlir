// The largest score of each row is a third destination: round trip, bufferization, and tiles.
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s --check-prefix=BUFFERS
// RUN: sattn-opt %s -transform-interpreter -canonicalize -cse | FileCheck %s --check-prefix=TILES

!q = tensor<2x4x64x16xf32>
!l = tensor<2x4x64xf32>

// CHECK-LABEL: func.func @row_max
// CHECK-SAME: %[[OUT:[^:, ]*]]: tensor<2x4x64x16xf32>, %[[LSE:[^:, ]*]]: tensor<2x4x64xf32>, %[[MAX:[^:, ]*]]: tensor<2x4x64xf32>)
// CHECK: sattn.attention {{.*}} outs(%[[OUT]], %[[LSE]], %[[MAX]] : tensor<2x4x64x16xf32>, tensor<2x4x64xf32>, tensor<2x4x64xf32>) pattern(causal)
// BUFFERS: sattn.attention {{.*}} outs(%[[OUT:.*]], %[[LSE:.*]], %[[MAX:.*]] : memref<2x4x64x16xf32>, memref<2x4x64xf32>, memref<2x4x64xf32>)
// BUFFERS-NEXT: return %[[OUT]], %[[LSE]], %[[MAX]]
// TILES: %[[M:.*]] = tensor.extract_slice %{{.*}}[%[[B:.*]], 0, 0] [1, 4, 64] [1, 1, 1]
// TILES: %[[L:.*]] = tensor.extract_slice
// TILES: %[[T:.*]]:3 = sattn.attention {{.*}} outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<1x4x64x16xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>)
// TILES: tensor.parallel_insert_slice %[[T]]#2 into
func.func @row_max(%q: !q, %out: !q, %lse: !l, %max: !l) -> (!q, !l, !l) {
  %0:3 = sattn.attention ins(%q, %q, %q : !q, !q, !q)
      outs(%out, %lse, %max : !q, !l, !l) pattern(causal)
  return %0#0, %0#1, %0#2 : !q, !l, !l
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [1, 0, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
