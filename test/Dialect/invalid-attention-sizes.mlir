// Verifier rules of docs/Semantics.md about sizes that must agree (C9 to C14) reject what they describe,
// each with its own message: attention_cN is rule N.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @attention_c9(%q: tensor<2x4x8x16xf32>, %k: tensor<3x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected key to have batch size 2 like query, but got 3}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<3x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c9_dynamic(%q: tensor<?x4x8x16xf32>, %k: tensor<?x4x8x16xf32>, %v: tensor<3x4x8x16xf32>, %out: tensor<?x4x8x16xf32>, %lse: tensor<2x4x8xf32>) {
  // expected-error @below {{expected lse to have batch size 3 like value, but got 2}}
  %0:2 = sattn.attention ins(%q, %k, %v : tensor<?x4x8x16xf32>, tensor<?x4x8x16xf32>, tensor<3x4x8x16xf32>)
    outs(%out, %lse : tensor<?x4x8x16xf32>, tensor<2x4x8xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c10(%q: tensor<2x4x8x16xf32>, %k: tensor<2x2x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected value to have head count 2 like key, but got 4}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x2x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c11(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x8x8x16xf32>) {
  // expected-error @below {{expected out to have head count 4 like query, but got 8}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x8x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c12(%q: tensor<2x4x8x16xf32>, %k: tensor<2x3x8x16xf32>, %v: tensor<2x3x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query to have a multiple of key's 3 heads, but got 4}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x3x8x16xf32>, tensor<2x3x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c12_no_key_heads(%q: tensor<2x4x8x16xf32>, %k: tensor<2x0x8x16xf32>, %v: tensor<2x0x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query to have a multiple of key's 0 heads, but got 4}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x0x8x16xf32>, tensor<2x0x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c13(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %lse: tensor<2x4x9xf32>) {
  // expected-error @below {{expected lse to have row count 8 like query, but got 9}}
  %0:2 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out, %lse : tensor<2x4x8x16xf32>, tensor<2x4x9xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c14(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x32x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected value to have row count 32 like key, but got 8}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x32x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}
