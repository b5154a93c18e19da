// Verifier rules of docs/Semantics.md about number, kind and rank of the operands (C1 to C4) reject what they describe,
// each with its own message: attention_cN is rule N.
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

func.func @attention_c1_operand_segments(%m: memref<2x4x8x16xf32>) {
  // expected-error @below {{expected one operand for each of query, key, value and out}}
  "sattn.attention"(%m, %m, %m, %m) <{pattern = #sattn.dense,
    operandSegmentSizes = array<i32: 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}>
    : (memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>) -> ()
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

func.func @attention_c3(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected the number of tensor results (0) to be equal to the number of output tensors (1)}}
  "sattn.attention"(%q, %k, %v, %out) <{pattern = #sattn.dense,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}>
    : (tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) -> ()
  return
}

// -----

func.func @attention_c3_type(%q: tensor<2x4x8x16xf32>, %k: tensor<2x4x8x16xf32>, %v: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  // expected-error @below {{expected type of operand #3 ('tensor<2x4x8x16xf32>') to match type of corresponding result ('tensor<2x4x8x8xf32>')}}
  %0 = "sattn.attention"(%q, %k, %v, %out) <{pattern = #sattn.dense,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}>
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
