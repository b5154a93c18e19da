// Verifier rules of docs/Semantics.md about positions that the pattern or the arithmetic does not reach (C25 to C27) reject what they describe,
// each with its own message: attention_cN is rule N.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @attention_c25(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected key to have at most 4 rows, as many as 'pattern' describes, but got 8}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(block_mask<block = [4, 4], layout = dense<1> : tensor<2x1xi1>>)
  return
}

// -----

func.func @attention_c26(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query positions below 4, the end of what 'pattern' describes, but got up to 7}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(block_mask<block = [4, 4], layout = dense<1> : tensor<1x2xi1>>)
  return
}

// -----

func.func @attention_c26_bottom_right(%q: tensor<2x4x4x16xf32>, %k: tensor<2x4x16x16xf32>, %v: tensor<2x4x16x16xf32>, %out: tensor<2x4x4x16xf32>) {
  // expected-error @below {{expected query positions below 8, the end of what 'pattern' describes, but got up to 15}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x4x16xf32>, tensor<2x4x16x16xf32>, tensor<2x4x16x16xf32>)
    outs(%out : tensor<2x4x4x16xf32>) pattern(block_mask<block = [4, 4], layout = dense<1> : tensor<2x4xi1>>) align(bottom_right)
  return
}

// -----

func.func @attention_c27(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %far = arith.constant 4611686018427387897 : index
  // expected-error @below {{expected 'offset' to keep query positions between -2^62 and 2^62, but got 4611686018427387897}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(causal) offset(%far)
  return
}

// -----

func.func @attention_c27_most(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %far = arith.constant 9223372036854775807 : index
  // expected-error @below {{expected 'offset' to keep query positions between -2^62 and 2^62, but got 9223372036854775807}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(causal) offset(%far)
  return
}

// -----

func.func @attention_c27_bottom_right(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x6x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %far = arith.constant -4611686018427387903 : index
  // expected-error @below {{expected 'offset' to keep query positions between -2^62 and 2^62, but got -4611686018427387903}}
  %0 = sattn.attention ins(%q, %k, %k : tensor<2x4x8x16xf32>, tensor<2x4x6x16xf32>, tensor<2x4x6x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(causal) align(bottom_right) offset(%far)
  return
}
