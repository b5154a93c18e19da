// Each rule about the operands of modifiers, and each about their parameters, has its message.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @attention_m3(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: memref<8x8xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected operands of #sattn.bias to be ranked tensors like query, but got 'memref<8x8xf32>'}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(bias(%m : memref<8x8xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m4(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<8x8xi32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected operands of #sattn.bias to have elements of type f32, f16 or bf16, but got 'i32'}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(bias(%m : tensor<8x8xi32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m5(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<8x8xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected operands of #sattn.logit_scale to have a rank between 1 and 1, but got 2}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(logit_scale(%m : tensor<8x8xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m6(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<2x3x8x8xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected dimension 1 of the operand of #sattn.bias to be 1 or 4, but got 'tensor<2x3x8x8xf32>'}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(bias(%m : tensor<2x3x8x8xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m6_table(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<32x4xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected dimension 0 of the operand of #sattn.t5_bias to be 1 or 4, but got 'tensor<32x4xf32>'}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(t5_bias(%m : tensor<32x4xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @alibi_heads(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    // expected-error @below {{expected 'heads' to be at least 1, but got 0}}
    modify(alibi<heads = 0>) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @alibi_max_bias(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    // expected-error @below {{expected 'max_bias' to be a positive number, but got 0.0}}
    modify(alibi<max_bias = 0>) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @t5_max_distance(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<4x32xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    // expected-error @below {{expected 'max_distance' to be between 1 and 2147483647, but got 0}}
    modify(t5_bias<max_distance = 0>(%m : tensor<4x32xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m7_t5_buckets(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<4x30xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected the last dimension of the operand of #sattn.t5_bias<bidirectional = true> to be a static multiple of 4, but got 'tensor<4x30xf32>'}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(t5_bias<bidirectional = true>(%m : tensor<4x30xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m7_t5_distance(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<4x32xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected 'max_distance' of #sattn.t5_bias<max_distance = 16> to be more than the 16 distances that have buckets of their own}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(t5_bias<max_distance = 16>(%m : tensor<4x32xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m7_relative(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<?xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected the last dimension of the operand of #sattn.relative_bias to be static and not 0, but got 'tensor<?xf32>'}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(relative_bias(%m : tensor<?xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m7_center(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<4xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected 'center' of #sattn.relative_bias for an operand of an even number of distances, 4}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(relative_bias(%m : tensor<4xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m7_alibi_order(%q: tensor<2x?x8x16xf32>, %out: tensor<2x?x8x16xf32>) -> tensor<2x?x8x16xf32> {
  // expected-error @below {{expected #sattn.alibi<order = press> to name its 'heads', because query has a dynamic number of them}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x?x8x16xf32>, tensor<2x?x8x16xf32>, tensor<2x?x8x16xf32>) outs(%out : tensor<2x?x8x16xf32>)
    modify(alibi<order = press>) pattern(dense)
  return %0 : tensor<2x?x8x16xf32>
}

// -----

func.func @attention_m7_alibi_slice(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %h: index) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected #sattn.alibi to name its 'heads', because of 'first_head'}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(alibi) pattern(dense) first_head(%h)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m11(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<3xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected sink to be a tensor of one f32, f16 or bf16 for each of 4 heads, but got 'tensor<3xf32>'}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    sink(%m : tensor<3xf32>) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m11_elements(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<4xi32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected sink to be a tensor of one f32, f16 or bf16 for each of 4 heads, but got 'tensor<4xi32>'}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    sink(%m : tensor<4xi32>) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m7_alibi_few_heads(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected #sattn.alibi<heads = 3> to have at least query's 4 heads, but got 3}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    modify(alibi<heads = 3>) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}
