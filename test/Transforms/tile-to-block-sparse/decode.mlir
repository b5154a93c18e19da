// With one query row, heads that share keys are the rows of one tile: keys are read once for
// all of them. Fewer rows than lanes leave the lanes to columns and keys.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=0 vector-width=8" -canonicalize | FileCheck %s

!q = memref<2x32x1x64xf32>
!k = memref<2x8x4096x64xf32>
!l = memref<2x32x1xf32>

// CHECK-LABEL: func.func @grouped
// CHECK: scf.forall (%[[B:.*]], %[[KV:.*]]) in (2, 8)
// CHECK: %[[HEAD:.*]] = arith.muli %[[KV]], %c4
// CHECK: memref.subview %{{.*}}[%[[B]], %[[HEAD]], 0, 0] [1, 4, 1, 64]
// CHECK: memref<4x64xf32
// CHECK: sattn.tile_attention
// CHECK-SAME: step 1 rows 4 segments
// CHECK: grouped
// CHECK-SAME: row_major
func.func @grouped(%q: !q, %k: !k, %o: !q, %l: !l) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o, %l : !q, !l)
    pattern(causal and window<left = 255>) align(bottom_right)
  return
}

// Heads that see different keys do not share.
// CHECK-LABEL: func.func @different
// CHECK: scf.forall {{.*}} in (2, 32)
// CHECK: rows 1 segments
func.func @different(%q: !q, %k: !k, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q) pattern(random<block = 64, per_row = 3>)
  return
}

// As many rows as lanes stand in the lanes.
// CHECK-LABEL: func.func @many
// CHECK: rows 32 segments
// CHECK: grouped
// CHECK-NOT: row_major
func.func @many(%q: !q, %k: memref<2x1x4096x64xf32>, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, memref<2x1x4096x64xf32>, memref<2x1x4096x64xf32>)
    outs(%o : !q) pattern(dense)
  return
}

// Different lattices need no phases.
// CHECK-LABEL: func.func @lattices
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK-NOT: resume
// CHECK: return
func.func @lattices(%q: !q, %k: !k, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q) pattern(window<left = 8> or strided<stride = 16>)
  return
}

// A mask region is asked key by key, ahead of the tile: runs of keys of which it says the
// same are segments. Heads share a tile if it does not ask for the head.
// CHECK-LABEL: func.func @region
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: rows 4 segments
// CHECK: scf.while
// CHECK: memref.load %arg2
// CHECK: sattn.segment live(%[[LIVE:.*]]) full(%[[LIVE]])
// CHECK: mask
// CHECK-NOT: asks
// CHECK: grouped
// CHECK-SAME: row_major
func.func @region(%q: !q, %k: !k, %live: memref<4096xi1>, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    pattern(causal and region) align(bottom_right) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %x = memref.load %live[%j] : memref<4096xi1>
      sattn.yield %x
    }
  return
}

// CHECK-LABEL: func.func @region_of_heads
// CHECK: scf.forall {{.*}} in (2, 32)
// CHECK: rows 1 segments
func.func @region_of_heads(%q: !q, %k: !k, %live: memref<32x4096xi1>, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    pattern(region) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %x = memref.load %live[%h, %j] : memref<32x4096xi1>
      sattn.yield %x
    }
  return
}

// Functions are polynomials in vector code, so that is where they are asked.
// CHECK-LABEL: func.func @functions
// CHECK: rows 16 segments
// CHECK: asks
// CHECK: math.tanh
// CHECK-NOT: grouped
// CHECK: return
func.func @functions(%q: !q, %k: !k, %of: memref<4096xf32>, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    pattern(region) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %x = memref.load %of[%j] : memref<4096xf32>
      %y = math.tanh %x : f32
      %z = arith.cmpf olt, %y, %x : f32
      sattn.yield %z
    }
  return
}
