// On a GPU tiles share the keys of a single query row, each from 512 keys on here, and at most 64 of them;
// what they save is combined. Other targets keep the keys together. Every tile is given a sink, and the one from key 0 on
// begins with it.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="gpu split-keys=512" -canonicalize -cse | FileCheck %s
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=16" -canonicalize -cse | FileCheck %s --check-prefix=CPU
// CPU-NOT: sattn.softmax_combine

!q = memref<1x8x1x64xf16>
!k = memref<1x2x?x64xf16>

func.func @row(%q: !q, %k: !k, %v: !k, %out: !q) {
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q) pattern(dense)
  return
}
// CHECK-LABEL: func.func @row(
// CHECK: %[[N:.*]] = memref.dim
// CHECK: %[[WHOLE:.*]] = arith.shrsi %[[N]], %c9
// CHECK: %[[FEW:.*]] = arith.minsi %{{.*}}, %c64
// CHECK: %[[SPLITS:.*]] = arith.maxsi %[[FEW]], %c1
// CHECK: %[[LENGTH:.*]] = arith.muli %{{.*}}, %c64
// CHECK: %[[ACC:.*]] = memref.alloc(%[[SPLITS]]) {{.*}} : memref<1x2x?x4x64xf32>
// CHECK: scf.forall (%[[GROUP:.*]], %[[SPLIT:.*]]) in (2, %[[SPLITS]]) {
// CHECK: %[[OWN:.*]] = memref.subview %[[ACC]][0, %[[GROUP]], %[[SPLIT]], 0, 0]
// CHECK: %[[FIRST:.*]] = arith.muli %[[SPLIT]], %[[LENGTH]]
// CHECK: %[[AFTER:.*]] = arith.addi %[[FIRST]], %[[LENGTH]]
// CHECK: %[[LAST:.*]] = arith.minsi %[[AFTER]], %[[N]]
// CHECK: %[[END:.*]] = arith.maxsi %[[FIRST]], %[[LAST]]
// CHECK: sattn.tile_attention {{.*}} save(%[[OWN]], {{.*}}) keys %[[FIRST]] to %[[END]] at %c0 step 1 rows 4
// CHECK: grouped
// CHECK: scf.forall (%[[GROUP:.*]]) in (2) {
// CHECK: %[[ALL:.*]] = memref.subview %[[ACC]][0, %[[GROUP]], 0, 0, 0] [1, 1, %[[SPLITS]], 4, 64]
// CHECK: sattn.softmax_combine ins(%[[ALL]],
// CHECK: memref.dealloc %[[ACC]]

func.func @sink(%q: !q, %k: !k, %v: !k, %sinks: memref<8xf32>, %out: !q) {
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q)
    sink(%sinks : memref<8xf32>) pattern(dense)
  return
}
// CHECK-LABEL: func.func @sink(
// CHECK: sattn.tile_attention {{.*}} save({{.*}}) sink(%{{.*}} : memref<4xf32{{.*}}>) keys
// CHECK: sattn.softmax_combine
