// Without a size, narrow patterns get fewer rows a tile than wide ones: a tile visits every
// key that one of its rows sees. Phases, which share blocks of rows, get one size.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=0 vector-width=8 vectors-per-strip=2" | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=0 vector-width=16 vectors-per-strip=4" | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=8" | FileCheck %s --check-prefix=FIXED

!seq = memref<1x1x?x16xf32>

// CHECK-LABEL: func.func @dense
// AVX2: sattn.tile_attention {{.*}} rows 16
// AVX512: sattn.tile_attention {{.*}} rows 64
// FIXED: sattn.tile_attention {{.*}} rows 8
func.func @dense(%q: !seq, %o: !seq) {
  sattn.attention ins(%q, %q, %q : !seq, !seq, !seq) outs(%o : !seq) pattern(dense)
  return
}

// CHECK-LABEL: func.func @narrow_window
// AVX2: sattn.tile_attention {{.*}} rows 8
// AVX512: sattn.tile_attention {{.*}} rows 16
// FIXED: sattn.tile_attention {{.*}} rows 8
func.func @narrow_window(%q: !seq, %o: !seq) {
  sattn.attention ins(%q, %q, %q : !seq, !seq, !seq) outs(%o : !seq) pattern(window<left = 1, right = 1>)
  return
}

// CHECK-LABEL: func.func @phases
// AVX2-COUNT-2: sattn.tile_attention {{.*}} rows 16
// AVX512-COUNT-2: sattn.tile_attention {{.*}} rows 64
func.func @phases(%q: !seq, %o: !seq) {
  sattn.attention ins(%q, %q, %q : !seq, !seq, !seq) outs(%o : !seq)
    pattern(window<left = 1> or strided<stride = 8>)
  return
}
