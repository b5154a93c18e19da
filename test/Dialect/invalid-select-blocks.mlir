// The rules of docs/Semantics.md for `sattn.select_blocks`, one function each.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @select_s1(%q: memref<2x4x64x16xf32>, %k: tensor<2x2x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected key to be a strided memref, but got 'tensor<2x2x64x16xf32>'}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, tensor<2x2x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s1(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf32>, %p: memref<4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected row_ptr to have rank 3, but got rank 2}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%p, %c : memref<4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s2(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf64>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected key to have elements of type f32, f16 or bf16, but got 'f64'}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf64>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s2(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi16>) {
  // expected-error @below {{expected cols to have elements of type i32 or i64, but got 'i16'}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi16>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s3(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected key block to be between 1 and 2^20, but got 0}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 0] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s3(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected top_k to be between 1 and 2^20, but got -1}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(-1) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s4(%q: memref<2x4x64x16xf32>, %k: memref<1x2x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected key to have batch size 2 like query, but got 1}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<1x2x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s4(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x8xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected key to have head size 16 like query, but got 8}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x8xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s4(%q: memref<2x4x64x16xf32>, %k: memref<2x3x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected query to have a multiple of key's 3 heads, but got 4}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x3x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s5(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf32>, %p: memref<2x4x4xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected row_ptr to have size 5 in dimension 2, but got 4}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%p, %c : memref<2x4x4xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s5(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<63xi32>) {
  // expected-error @below {{expected cols to have 64 elements, but got 63}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<63xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal)
  return
}

// -----

func.func @select_s6(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected 'candidates' to be a pattern of any size and number of heads that reads nothing}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(per_head<[causal, dense]>)
  return
}

// -----

func.func @select_s6(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @below {{expected 'always' to be a pattern of any size and number of heads that reads nothing}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(causal) always(neighborhood<grid = [8, 8], kernel = [3, 3]>)
  return
}

// -----

func.func @select_operands(%q: memref<2x4x64x16xf32>, %k: memref<2x2x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  // expected-error @+3 {{expected a pattern that reads no operands}}
  sattn.select_blocks ins(%q, %k : memref<2x4x64x16xf32>, memref<2x2x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    blocks[16, 16] top_k(2) pool(mean) candidates(padding(%p))
  return
}

// -----

func.func @select_pooling(%q: memref<2x4x64x16xf32>, %p: memref<2x4x5xi32>, %c: memref<64xi32>) {
  sattn.select_blocks ins(%q, %q : memref<2x4x64x16xf32>, memref<2x4x64x16xf32>)
    outs(%p, %c : memref<2x4x5xi32>, memref<64xi32>)
    // expected-error @below {{expected 'mean', 'max' or 'bounds', but got 'median'}}
    blocks[16, 16] top_k(2) pool(median) candidates(causal)
  return
}

// -----

func.func @select_s5(%q: memref<64x64x16384x16xf32>, %p: memref<64x64x16385xi32>, %c: memref<4294967296xi32>) {
  // expected-error @below {{expected row_ptr and cols of i64 for 4294967296 elements}}
  sattn.select_blocks ins(%q, %q : memref<64x64x16384x16xf32>, memref<64x64x16384x16xf32>)
    outs(%p, %c : memref<64x64x16385xi32>, memref<4294967296xi32>)
    blocks[1, 16] top_k(64) pool(mean) candidates(causal)
  return
}
