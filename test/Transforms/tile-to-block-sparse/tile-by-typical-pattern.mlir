// What arrives with the data is not there when tiles are sized: a typical pattern stands in for
// it, also in each of several phases.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=0" | FileCheck %s

!t = memref<1x2x256x8xf32>

// CHECK-LABEL: func.func @leaves
// CHECK-COUNT-6: sattn.tile_attention
func.func @leaves(%q: !t, %e: memref<3xi32>, %i: memref<256xi32>, %p: memref<5xi32>, %c: memref<?xi32>,
                  %m: memref<256x256xi1>, %n: memref<1xi32>) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(padding(%n) : memref<1xi32>)
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(documents(%e) : memref<3xi32>)
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(segments(%i) : memref<256xi32>)
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t)
    pattern(causal and block_list<block = [64, 64]>(%p, %c) : memref<5xi32>, memref<?xi32>)
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(key_rows(%i, %i) : memref<256xi32>)
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(mask(%m) : memref<256x256xi1>)
  return
}

// CHECK-LABEL: func.func @phases
// CHECK-COUNT-2: sattn.tile_attention
// CHECK-COUNT-3: sattn.tile_attention
func.func @phases(%q: !t, %e: memref<1xi32>, %p: memref<5xi32>, %c: memref<?xi32>) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t)
    pattern(padding(%e) and (window<left = 8> or strided<stride = 16>) : memref<1xi32>)
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t)
    pattern(block_list<block = [64, 64], multiset = 3>(%p, %c) : memref<5xi32>, memref<?xi32>)
  return
}
