// Verifier rules of docs/Semantics.md about element types (C5 to C8) reject what they describe,
// each with its own message: attention_cN is rule N.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @attention_c5(%q: tensor<2x4x8x16xf64>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query to have elements of type f32, f16 or bf16, but got 'f64'}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf64>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c5_integer(%q: tensor<2x4x8x16xi32>, %k: tensor<2x4x8x16xi32>, %v: tensor<2x4x8x16xi32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query to have elements of type f32, f16 or bf16, but got 'i32'}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xi32>, tensor<2x4x8x16xi32>, tensor<2x4x8x16xi32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c6(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xbf16>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected value to have elements of type 'f32' like query, but got 'bf16'}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xbf16>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c7(%q: tensor<2x4x8x16xf16>, %k: tensor<2x4x8x16xf16>, %v: tensor<2x4x8x16xf16>, %out: tensor<2x4x8x16xbf16>) {
  // expected-error @below {{expected out to have elements of type f32 or 'f16' like query, but got 'bf16'}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf16>, tensor<2x4x8x16xf16>, tensor<2x4x8x16xf16>)
    outs(%out : tensor<2x4x8x16xbf16>) pattern(dense)
  return
}

// -----

func.func @attention_c8(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %lse: tensor<2x4x8xf16>) {
  // expected-error @below {{expected lse to have elements of type f32, but got 'f16'}}
  %0:2 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out, %lse : tensor<2x4x8x16xf32>, tensor<2x4x8xf16>) pattern(dense)
  return
}

// -----

func.func @attention_c8(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %lse: tensor<2x4x8xf32>, %max: tensor<2x4x8xf16>) {
  // expected-error @below {{expected row_max to have elements of type f32, but got 'f16'}}
  %0:3 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out, %lse, %max : tensor<2x4x8x16xf32>, tensor<2x4x8xf32>, tensor<2x4x8xf16>) pattern(dense)
  return
}

// -----

func.func @attention_c8(%q: memref<2x4x8x16xf32>, %max: memref<2x4x8xf32>) {
  // expected-error @below {{expected row_max to come with lse}}
  "sattn.attention"(%q, %q, %q, %q, %max) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, pattern = #sattn.dense}>
    : (memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8xf32>) -> ()
  return
}
