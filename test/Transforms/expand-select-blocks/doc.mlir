// Blocks of keys are pooled once; then each block of queries has its scores, marks the
// candidates, chooses, and writes its list after the one before.
// RUN: sattn-opt %s -sattn-expand-select-blocks -canonicalize -cse | FileCheck %s

func.func @select(%q: memref<1x4x512x64xf32>, %k: memref<1x4x512x64xf32>, %p: memref<1x4x9xi32>,
                  %c: memref<64xi32>) {
  sattn.select_blocks ins(%q, %k : memref<1x4x512x64xf32>, memref<1x4x512x64xf32>)
    outs(%p, %c : memref<1x4x9xi32>, memref<64xi32>)
    blocks[64, 64] top_k(2) pool(mean) candidates(causal)
  return
}
// CHECK-LABEL: func.func @select
// CHECK: %[[POOLED:.*]] = memref.alloc() : memref<1x4x64x8xf32>
// CHECK: scf.forall (%[[H:.*]], %[[C:.*]]) in (4, 8)
// CHECK: arith.divf
// CHECK: memref.store %{{.*}}, %[[POOLED]][%c0, %[[H]], %{{.*}}, %[[C]]]
// CHECK: scf.forall (%[[H:.*]]) in (4)
// CHECK: %[[SCORES:.*]] = memref.alloc() : memref<8xf32>
// CHECK: %[[STATES:.*]] = memref.alloc() : memref<8xi8>
// CHECK: memref.load %[[POOLED]][%c0, %[[H]], %{{.*}}, %{{.*}}]
// CHECK: memref.store %{{.*}}, %[[SCORES]]
// CHECK: memref.store %{{.*}}, %[[STATES]]
// CHECK: arith.cmpf ogt
// CHECK: memref.store %{{.*}}, %arg3
// CHECK: memref.store %{{.*}}, %arg2[%c0, %[[H]], %{{.*}}]
// CHECK: memref.dealloc %[[POOLED]]
// CHECK-NOT: sattn.
