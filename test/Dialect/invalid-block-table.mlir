// Each rule about block tables of docs/Semantics.md has its message.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

!q = memref<2x4x8x16xf32>
!k = memref<9x2x32x16xf32>

func.func @block_table_b1(%q: !q, %k: !k, %t: memref<2xi32>) {
  // expected-error @below {{expected 'block_table' to be a memref of i32 or i64 of rank 2, but got 'memref<2xi32>'}}
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%q : !q) block_table(%t : memref<2xi32>) pattern(causal)
  return
}

// -----

!q = memref<2x4x8x16xf32>
!k = memref<9x2x32x16xf32>

func.func @block_table_b1_element(%q: !q, %k: !k, %t: memref<2x4xi16>) {
  // expected-error @below {{expected 'block_table' to be a memref of i32 or i64 of rank 2, but got 'memref<2x4xi16>'}}
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%q : !q) block_table(%t : memref<2x4xi16>) pattern(causal)
  return
}

// -----

!q = memref<2x4x8x16xf32>
!k = memref<9x2x32x16xf32>

func.func @block_table_b1_kind(%q: !q, %k: !k, %t: tensor<2x4xi32>) {
  // expected-error @below {{expected 'block_table' to be a memref of i32 or i64 of rank 2, but got 'tensor<2x4xi32>'}}
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%q : !q) block_table(%t : tensor<2x4xi32>) pattern(causal)
  return
}

// -----

!q = memref<2x4x8x16xf32>
!k = memref<9x2x32x16xf32>

func.func @block_table_b2(%q: !q, %k: !k, %t: memref<3x4xi32>) {
  // expected-error @below {{expected 'block_table' to have batch size 2 like query, or 1, but got 3}}
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%q : !q) block_table(%t : memref<3x4xi32>) pattern(causal)
  return
}

// -----

!q = memref<2x4x8x16xf32>
!k = memref<9x2x?x16xf32>

func.func @block_table_b3(%q: !q, %k: !k, %t: memref<2x4xi32>) {
  // expected-error @below {{expected key with 'block_table' to have a static number of rows in [1, 1073741824], those of a page, but got 'memref<9x2x?x16xf32>'}}
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%q : !q) block_table(%t : memref<2x4xi32>) pattern(causal)
  return
}

// -----

!q = memref<2x4x8x16xf32>
!k = memref<9x2x0x16xf32>

func.func @block_table_b3_empty(%q: !q, %k: !k, %t: memref<2x4xi32>) {
  // expected-error @below {{expected key with 'block_table' to have a static number of rows in [1, 1073741824], those of a page, but got 'memref<9x2x0x16xf32>'}}
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%q : !q) block_table(%t : memref<2x4xi32>) pattern(causal)
  return
}

// -----

!q = memref<2x4x8x16xf32>
!k = memref<9x2x32x16xf32, strided<[?, ?, ?, 1]>>

func.func @block_table_b4(%q: !q, %k: !k, %t: memref<2x4xi32>) {
  // expected-error @below {{expected key with 'block_table' to be contiguous, or pages to be a static multiple of a row apart, but got 'memref<9x2x32x16xf32, strided<[?, ?, ?, 1]>>'}}
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%q : !q) block_table(%t : memref<2x4xi32>) pattern(causal)
  return
}

// -----

!q = memref<2x4x8x16xf32>
!k = memref<9x2x32x16xf32, strided<[1025, 512, 16, 1]>>

func.func @block_table_b4_multiple(%q: !q, %k: !k, %t: memref<2x4xi32>) {
  // expected-error @below {{expected key with 'block_table' to be contiguous, or pages to be a static multiple of a row apart, but got}}
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%q : !q) block_table(%t : memref<2x4xi32>) pattern(causal)
  return
}

// -----

!q = memref<2x4x8x16xf32>
!k = memref<9x2x32x16xf32>
!v = memref<9x2x32x16xf32, strided<[1024, 16, 32, 1]>>

func.func @block_table_b4_value(%q: !q, %k: !k, %v: !v, %t: memref<2x4xi32>) {
  // expected-error @below {{expected value with 'block_table' to have as many rows from page to page as key, but got}}
  sattn.attention ins(%q, %k, %v : !q, !k, !v) outs(%q : !q) block_table(%t : memref<2x4xi32>) pattern(causal)
  return
}

// -----

!q = memref<2x4x8x16xf32>
!k = memref<9x2x32x16xf32>
!v = memref<8x2x32x16xf32>

func.func @pages(%q: !q, %k: !k, %v: !v, %t: memref<2x4xi32>) {
  // expected-error @below {{expected value to have page count 9 like key, but got 8}}
  sattn.attention ins(%q, %k, %v : !q, !k, !v) outs(%q : !q) block_table(%t : memref<2x4xi32>) pattern(causal)
  return
}

// -----

// 4 pages of 32 rows: more than a mask of 2 blocks of 32 describes.
!q = memref<2x4x8x16xf32>
!k = memref<9x2x32x16xf32>

func.func @keys(%q: !q, %k: !k, %t: memref<2x4xi32>) {
  // expected-error @below {{expected key to have at most 64 rows, as many as 'pattern' describes, but got 128}}
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%q : !q) block_table(%t : memref<2x4xi32>)
    pattern(block_mask<block = [32, 32], layout = dense<true> : tensor<1x2xi1>>)
  return
}
