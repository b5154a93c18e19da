// Lists of blocks by their scores: round trip in both forms, and buffers in place.
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s --check-prefix=BUFFERS

!q = tensor<2x4x100x16xf16>
!k = tensor<2x2x?x16xf16>

// CHECK-LABEL: func.func @all_clauses
// CHECK: sattn.select_blocks ins(%{{.*}}, %{{.*}} : tensor<2x4x100x16xf16>, tensor<2x2x?x16xf16>)
// CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<2x4x8xi64>, tensor<224xi64>) blocks[16, 32] top_k(4) pool(bounds)
// CHECK-SAME: candidates(causal) always(window<left = 0, right = 0> or prefix<len = 1>) grouped align(bottom_right) offset(%{{.*}})
// BUFFERS-LABEL: func.func @all_clauses
// BUFFERS-NOT: memref.copy
// BUFFERS: sattn.select_blocks {{.*}} outs(%[[P:.*]], %[[C:.*]] : memref<2x4x8xi64>, memref<224xi64>)
// BUFFERS-SAME: grouped align(bottom_right) offset(%{{.*}})
// BUFFERS-NEXT: return %[[P]], %[[C]]
func.func @all_clauses(%q: !q, %k: !k, %p: tensor<2x4x8xi64>, %c: tensor<224xi64>, %o: index)
    -> (tensor<2x4x8xi64>, tensor<224xi64>) {
  %0:2 = sattn.select_blocks ins(%q, %k : !q, !k) outs(%p, %c : tensor<2x4x8xi64>, tensor<224xi64>)
    blocks[16, 32] top_k(4) pool(bounds) candidates(causal)
    always(window<left = 0, right = 0> or prefix<len = 1>) grouped align(bottom_right) offset(%o)
  return %0#0, %0#1 : tensor<2x4x8xi64>, tensor<224xi64>
}

// CHECK-LABEL: func.func @least
// CHECK: sattn.select_blocks {{.*}} blocks[1, 64] top_k(3) pool(mean) candidates(dense){{$}}
func.func @least(%q: memref<1x4x?x16xf32>, %p: memref<1x4x?xi32>, %c: memref<?xi32>) {
  sattn.select_blocks ins(%q, %q : memref<1x4x?x16xf32>, memref<1x4x?x16xf32>)
    outs(%p, %c : memref<1x4x?xi32>, memref<?xi32>) blocks[1, 64] top_k(3) pool(mean) candidates(dense)
  return
}
