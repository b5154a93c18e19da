// Every verifier rule of docs/Semantics.md rejects what it describes, with its own message:
// attention_cN is rule N.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @attention_c1(%q: tensor<*xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query to be a ranked tensor or memref, but got 'tensor<*xf32>'}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<*xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c1_vector(%q: tensor<2x4x8x16xf32>, %k: vector<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected key to be a ranked tensor or memref, but got 'vector<2x4x8x16xf32>'}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, vector<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c1_unranked_memref(%q: memref<2x4x8x16xf32>, %k: memref<2x4x8x16xf32>, %v: memref<*xf32>, %out: memref<2x4x8x16xf32>) {
  // expected-error @below {{expected value to be a ranked tensor or memref, but got 'memref<*xf32>'}}
  sattn.attention ins(%q, %k, %v : memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<*xf32>)
    outs(%out : memref<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c2(%q: tensor<2x4x8x16xf32>, %k: memref<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected key to be a tensor like query, but got 'memref<2x4x8x16xf32>'}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, memref<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c2_memref(%q: memref<2x4x8x16xf32>, %k: memref<2x4x8x16xf32>, %v: memref<2x4x8x16xf32>, %out: memref<2x4x8x16xf32>, %lse: tensor<2x4x8xf32>) {
  // expected-error @below {{expected lse to be a memref like query, but got 'tensor<2x4x8xf32>'}}
  %0 = sattn.attention ins(%q, %k, %v : memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>)
    outs(%out, %lse : memref<2x4x8x16xf32>, tensor<2x4x8xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c1_operand_segments(%m: memref<2x4x8x16xf32>) {
  // expected-error @below {{expected one operand for each of query, key, value and out}}
  "sattn.attention"(%m, %m, %m, %m) <{pattern = #sattn.dense,
    operandSegmentSizes = array<i32: 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}>
    : (memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>) -> ()
  return
}

// -----

func.func @attention_c3(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected the number of tensor results (0) to be equal to the number of output tensors (1)}}
  "sattn.attention"(%q, %k, %v, %out) <{pattern = #sattn.dense,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>}>
    : (tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) -> ()
  return
}

// -----

func.func @attention_c3_type(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected type of operand #3 ('tensor<2x4x8x16xf32>') to match type of corresponding result ('tensor<2x4x8x8xf32>')}}
  %0 = "sattn.attention"(%q, %k, %v, %out) <{pattern = #sattn.dense,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>}>
    : (tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) -> tensor<2x4x8x8xf32>
  return
}

// -----

func.func @attention_c4(%q: tensor<4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected query to have rank 4, but got rank 3}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c4_scalar(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<f32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected value to have rank 4, but got rank 0}}
  %0 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<f32>)
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @attention_c4_lse(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %lse: tensor<2x4x8x1xf32>) {
  // expected-error @below {{expected lse to have rank 3, but got rank 4}}
  %0:2 = sattn.attention ins(%q, %k, %v : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    outs(%out, %lse : tensor<2x4x8x16xf32>, tensor<2x4x8x1xf32>) pattern(dense)
  return
}

// -----

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

// -----

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

// -----

func.func @attention_c21(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected 'pattern' to implement SparsityPatternAttrInterface, but got 4 : i64}}
  %0 = "sattn.attention"(%q, %k, %v, %out) <{pattern = 4,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>}>
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

// -----

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
