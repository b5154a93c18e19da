// On a GPU tiles share the keys of a single query row, each from 512 keys on here, and at most 64 of them;
// what they save is combined. Every tile is given a sink, and the first one begins with it.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="gpu split-keys=512" -canonicalize -cse | FileCheck %s

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

// Parts begin at keys that the row may see: of the row's residue class.
func.func @lattice(%q: !q, %k: !k, %v: !k, %out: !q) {
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q)
    pattern(strided<stride = 7>) align(bottom_right)
  return
}
// CHECK-LABEL: func.func @lattice(
// CHECK: %[[POSITION:.*]] = arith.subi %{{.*}}, %c1
// CHECK: %[[LENGTH:.*]] = arith.muli %{{.*}}, %c70
// CHECK: %[[BEGIN:.*]] = arith.muli %{{.*}}, %[[LENGTH]]
// CHECK: %[[CLASSES:.*]] = arith.floordivsi %[[POSITION]], %c7
// CHECK: %[[WHOLE:.*]] = arith.muli %[[CLASSES]], %c7
// CHECK: %[[CLASS:.*]] = arith.subi %[[POSITION]], %[[WHOLE]]
// CHECK: %[[FIRST:.*]] = arith.addi %[[BEGIN]], %[[CLASS]]
// CHECK: sattn.tile_attention {{.*}} keys %[[FIRST]] to %{{.*}} at %[[POSITION]] step 7
