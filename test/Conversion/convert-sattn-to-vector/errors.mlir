// What cannot be put in lanes is an error that says what was expected.
// RUN: not sattn-opt %s -convert-sattn-to-vector=vector-width=8 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not sattn-opt %s -convert-sattn-to-vector=vector-width=3 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not sattn-opt %s -convert-sattn-to-vector=key-unroll=0 2>&1 | FileCheck %s --check-prefix=UNROLL

// ROWS: error: 'sattn.pack_queries' op expected tile rows to be a static multiple of the vector width (8), but got 'memref<8x12xf32>'
// WIDTH: error: expected 'vector-width' to be a power of 2 up to 64
// UNROLL: error: expected 'vectors-per-strip' and 'key-unroll' to be positive

func.func @twelve_rows(%q: memref<12x8xf32>, %packed: memref<8x12xf32>) {
  sattn.pack_queries ins(%q : memref<12x8xf32>) outs(%packed : memref<8x12xf32>) {factor = 1.0 : f32}
  return
}
