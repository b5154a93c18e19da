// Verifier rules of docs/Semantics.md about head sizes, layouts and the scale (C15 to C20) reject what they describe,
// each with its own message: attention_cN is rule N.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @attention_c15(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x?xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected key to have a static head size, but got 'tensor<2x4x8x?xf32>'}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x?xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c15_zero(%q: tensor<2x4x8x0xf32>, %k: tensor<2x4x8x0xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query to have a head size in [1, 4096], but got 0}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x0xf32>, tensor<2x4x8x0xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c15_large(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x4097xf32>, %out: tensor<2x4x8x4097xf32>) {
  // expected-error @below {{expected value to have a head size in [1, 4096], but got 4097}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x4097xf32>)
    outs(%out : tensor<2x4x8x4097xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c16(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x32xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected key to have head size 16 like query, but got 32}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x32xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c17(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x32xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected out to have head size 32 like value, but got 16}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x32xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c18(%q: memref<2x4x8x16xf32, affine_map<(a, b, c, d) -> (a, b, c, d floordiv 2, d mod 2)>>, %k: memref<2x4x8x16xf32>, %v: memref<2x4x8x16xf32>, %out: memref<2x4x8x16xf32>) {
  // expected-error @below {{expected query to have a strided layout, but got}}
  sattn.attention ins(%q, %k, %v : memref<2x4x8x16xf32, affine_map<(a, b, c, d) -> (a, b, c, d floordiv 2, d mod 2)>>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>)
    outs(%out : memref<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c19(%q: memref<2x4x8x16xf32>, %k: memref<2x4x8x16xf32, strided<[1024, 256, 32, 2]>>, %v: memref<2x4x8x16xf32>, %out: memref<2x4x8x16xf32>) {
  // expected-error @below {{expected key to have an innermost stride of 1, but got}}
  sattn.attention ins(%q, %k, %v : memref<2x4x8x16xf32>, memref<2x4x8x16xf32, strided<[1024, 256, 32, 2]>>, memref<2x4x8x16xf32>)
    outs(%out : memref<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c19_dynamic(%q: memref<2x4x8x16xf32>, %k: memref<2x4x8x16xf32>, %v: memref<2x4x8x16xf32>, %out: memref<2x4x8x16xf32, strided<[?, ?, ?, ?]>>) {
  // expected-error @below {{expected out to have an innermost stride of 1, but got}}
  sattn.attention ins(%q, %k, %v : memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>)
    outs(%out : memref<2x4x8x16xf32, strided<[?, ?, ?, ?]>>) pattern(dense)
  return
}

// -----

func.func @attention_c20(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected 'scale' to be finite, but got +Inf}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense) {scale = 0x7F800000 : f32}
  return
}

// -----

func.func @attention_c20_nan(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected 'scale' to be finite, but got NaN}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense) {scale = 0x7FC00000 : f32}
  return
}
