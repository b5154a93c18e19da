// Verifier rules of docs/Semantics.md about the pattern and its heads (C21 to C24) reject what they describe,
// each with its own message: attention_cN is rule N.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @attention_c21(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected 'pattern' to implement SparsityPatternAttrInterface, but got 4 : i64}}
  %0 = "sattn.attention"(%q, %k, %v, %out) <{pattern = 4,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}>
    : (tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32>
  return
}

// -----

func.func @attention_c22(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected the parts of 'pattern' to name the same number of heads, but got 4 and 2}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(per_head<[dense, causal, dense, causal]> and per_head<[dense, causal]>)
  return
}

// -----

func.func @attention_c23(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query to have 2 heads, as many as 'pattern' names, but got 4}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(per_head<[dense, causal]>)
  return
}

// -----

func.func @attention_c23_dynamic(%q: tensor<2x?x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query to have 2 heads, as many as 'pattern' names, but got a dynamic number}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x?x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(per_head<[dense, causal]>)
  return
}

// -----

func.func @attention_c24(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %h: index) {
  // expected-error @below {{expected no 'first_head' with a 'pattern' that names heads}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(per_head<[dense, causal, dense, causal]>) first_head(%h)
  return
}
