// On a GPU a few query rows, by type, of the heads that share keys are one tile, and tiles share their keys.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="gpu query-tile=0 split-keys=512" -canonicalize -cse | FileCheck %s

!q = memref<1x8x5x64xf16>
!l = memref<1x8x5xf32>
!k = memref<1x2x?x64xf16>

func.func @rows(%q: !q, %k: !k, %sinks: memref<8xf32>, %out: !q, %lse: !l) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out, %lse : !q, !l)
    modify(alibi) sink(%sinks : memref<8xf32>) pattern(causal) align(bottom_right)
  return
}
// CHECK-LABEL: func.func @rows(
// CHECK: %[[ACC:.*]] = memref.alloc(%[[SPLITS:.*]]) {{.*}} : memref<1x2x?x20x64xf32>
// CHECK: scf.forall (%[[GROUP:.*]], %[[SPLIT:.*]]) in (2, %[[SPLITS]]) {
// CHECK: %[[HEAD:.*]] = arith.muli %[[GROUP]], %c4
// CHECK: memref.subview %{{.*}}[0, %[[HEAD]], 0, 0] [1, 4, 5, 64]
// CHECK: memref.collapse_shape {{.*}} into memref<20x64xf16
// CHECK: memref.subview %{{.*}}[%[[HEAD]]] [4] [1] : memref<8xf32>
// CHECK: sattn.tile_attention {{.*}} save({{.*}}) sink({{.*}}) keys %{{.*}} to %{{.*}} at %[[FIRST:.*]] step 1 rows 20 head %[[HEAD]]
// CHECK: score {
// CHECK-NEXT: ^bb0(%{{.*}}: f32, %[[OWN:.*]]: index,
// CHECK: rows_per_head = 5
// CHECK: memref.subview %{{.*}}[0, %{{.*}}, 0] [1, 4, 5] [1, 1, 1] : memref<1x8x5xf32>
// CHECK: sattn.softmax_combine

// No more heads than there is room for: two of four with 32 rows each.
!q32 = memref<1x8x32x64xf16>
func.func @room(%q: !q32, %k: !k, %out: !q32) {
  sattn.attention ins(%q, %k, %k : !q32, !k, !k) outs(%out : !q32) pattern(causal) align(bottom_right)
  return
}
// CHECK-LABEL: func.func @room(
// CHECK: scf.forall {{.*}} in (4, %{{.*}}) {
// CHECK: sattn.tile_attention {{.*}} rows 64 segments
// CHECK: rows_per_head = 32

// Heads whose rows are apart in memory, and those that see different keys, have tiles of their own.
!apart = memref<1x8x5x64xf16, strided<[2560, 64, 512, 1]>>
func.func @apart(%q: !apart, %k: !k, %out: !apart) {
  sattn.attention ins(%q, %k, %k : !apart, !k, !k) outs(%out : !apart) pattern(causal) align(bottom_right)
  return
}
// CHECK-LABEL: func.func @apart(
// CHECK: scf.forall {{.*}} in (8, %{{.*}}) {
// CHECK: sattn.tile_attention {{.*}} save({{.*}}) keys {{.*}} rows 5 segments
// CHECK-NOT: rows_per_head
func.func @different(%q: !q, %k: !k, %out: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q)
    pattern(random<block = 64, per_row = 3>)
  return
}
// CHECK-LABEL: func.func @different(
// CHECK: scf.forall {{.*}} in (8, %{{.*}}) {
// CHECK: sattn.tile_attention {{.*}} save({{.*}}) keys {{.*}} rows 5 segments
// CHECK-NOT: rows_per_head

// Parts on a lattice need no phases.
func.func @strided(%q: !q, %k: !k, %out: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q)
    pattern(causal and (window<left = 127> or strided<stride = 128>)) align(bottom_right)
  return
}
// CHECK-LABEL: func.func @strided(
// CHECK: scf.forall {{.*}} in (2, %{{.*}}) {
// CHECK: sattn.tile_attention {{.*}} save({{.*}}) keys {{.*}} step 1 rows 20 segments
// CHECK-NOT: resume

// More rows than a tile has, or an unknown number of them, are tiles one after the other.
!q65 = memref<1x8x65x64xf16>
func.func @many(%q: !q65, %k: !k, %out: !q65) {
  sattn.attention ins(%q, %k, %k : !q65, !k, !k) outs(%out : !q65) pattern(causal)
  return
}
// CHECK-LABEL: func.func @many(
// CHECK: scf.forall {{.*}} in (8, 2) {
// CHECK: sattn.tile_attention {{.*}} outs(
// CHECK-NOT: sattn.softmax_combine
