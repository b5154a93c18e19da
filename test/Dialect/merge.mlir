// Merges round-trip, bufferize in place, and are tiled over batch, head and row.
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s --check-prefix=BUFFERS
// RUN: sattn-opt %s -transform-interpreter -canonicalize -cse | FileCheck %s --check-prefix=TILED

!t = tensor<2x4x?x8xf16>
!o = tensor<2x4x?x8xf32>
!l = tensor<2x4x?xf32>

// CHECK-LABEL: func.func @two
// CHECK: %{{.*}}:2 = sattn.merge ins(%arg0, %arg1 : tensor<2x4x?x8xf16>, tensor<2x4x?x8xf16>) lse(%arg2, %arg3 : tensor<2x4x?xf32>, tensor<2x4x?xf32>) outs(%arg4, %arg5 : tensor<2x4x?x8xf32>, tensor<2x4x?xf32>)
// BUFFERS-LABEL: func.func @two
// BUFFERS-NOT: memref.alloc
// BUFFERS-NOT: memref.copy
// BUFFERS: sattn.merge ins(%arg0, %arg1 : {{.*}}) outs(%arg4, %arg5 : memref<2x4x?x8xf32>, memref<2x4x?xf32>)
// BUFFERS: return %arg4, %arg5
// TILED-LABEL: func.func @two
// TILED: scf.forall (%[[B:.*]], %[[R:.*]]) in
// TILED-DAG: tensor.extract_slice %arg0[%[[B]], 0, %{{.*}}, 0] [1, 4, %{{.*}}, 8]
// TILED-DAG: tensor.extract_slice %arg3[%[[B]], 0, %{{.*}}] [1, 4, %{{.*}}]
// TILED: sattn.merge
// TILED: tensor.parallel_insert_slice
func.func @two(%a: !t, %b: !t, %la: !l, %lb: !l, %o: !o, %l: !l) -> (!o, !l) {
  %0:2 = sattn.merge ins(%a, %b : !t, !t) lse(%la, %lb : !l, !l) outs(%o, %l : !o, !l)
  return %0#0, %0#1 : !o, !l
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["sattn.merge"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [1, 0, 16]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
