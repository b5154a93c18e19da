// Where hardly a key is seen by two rows near each other, rows are tiles of their own. What a pattern
// draws for a row is its candidates: the segments are those of the rest, and the mask says which
// candidates are live and in none of them.
// RUN: sattn-opt %s -split-input-file -sattn-tile-to-block-sparse=query-tile=0 -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,CHOSEN
// RUN: sattn-opt %s -split-input-file -sattn-tile-to-block-sparse=query-tile=1 -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,ONE

!q = memref<2x8x?x64xf32>
!k = memref<2x2x?x64xf32>

// CHECK-LABEL: func.func @drawn
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %[[TASK:.*]]) in (2, 8, %{{.*}})
// CHECK: scf.for %[[ROW:.*]] = %c0
// CHECK: memref.subview %{{.*}}[%[[B]], %[[H]], %{{.*}}, 0] [1, 1, 1, 64]
// CHECK: sattn.tile_attention
// CHECK-SAME: candidates(%{{.*}} from %[[BEGIN:.*]] to %[[END:.*]] : memref<?xi32>)
// CHECK-SAME: step 1 rows 1 segments
// CHECK: sattn.segment live(%false) full(%false)
// CHECK: } mask {
// CHECK: sattn.yield %true
// CHECK: candidate_block = 1 : i64
// CHECK-SAME: grouped
// CHECK-SAME: row_major
func.func @drawn(%q: !q, %k: !k, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q) pattern(random<per_row = 16>)
  return
}

// -----

// The window's keys are segments; a candidate in the window is not live again.
!q = memref<1x1x?x64xf32>

// CHECK-LABEL: func.func @with_window
// CHECK: candidates(
// CHECK-SAME: segments
// CHECK: sattn.segment live
// CHECK: } mask {
// CHECK: ^bb0(%[[I:.*]]: index, %[[J:.*]]: index)
// CHECK: arith.cmpi
// CHECK: candidate_block = 2 : i64
func.func @with_window(%q: !q, %o: !q) {
  sattn.attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    pattern(window<left = 2, right = 2> or random<block = 2, per_row = 16>)
  return
}

// -----

// Heads that share keys, and see the same of them, are rows of one tile.
!q = memref<1x8x512x64xf32>
!k = memref<1x2x512x64xf32>

// CHECK-LABEL: func.func @shared
// CHOSEN: rows 16 segments
// CHOSEN-NOT: row_major
// ONE: scf.forall ({{.*}}) in (2, 32)
// ONE: memref.subview %{{.*}}[0, %{{.*}}, %{{.*}}, 0] [1, 4, 1, 64]
// ONE: sattn.tile_attention
// ONE-NOT: candidates
// ONE-SAME: rows 4 segments
// ONE: row_major
func.func @shared(%q: !q, %k: !k, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q) pattern(window<left = 200, right = 0>)
  return
}

// -----

// Draws that take pairs away are no candidates.
!q = memref<1x1x512x64xf32>

// CHECK-LABEL: func.func @negated
// CHECK-NOT: candidates
func.func @negated(%q: !q, %o: !q) {
  sattn.attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q)
    pattern(window<left = 2, right = 2> and not random<per_row = 100>)
  return
}

// -----

// Dropout stands in the lanes of several rows.
!q = memref<1x1x512x64xf32>

// CHECK-LABEL: func.func @dropout
// CHECK: sattn.tile_attention
// CHECK-NOT: row_major
func.func @dropout(%q: !q, %o: !q, %seed: i64) {
  sattn.attention ins(%q, %q, %q : !q, !q, !q) outs(%o : !q) dropout(0.1, %seed)
    pattern(random<per_row = 16>)
  return
}
