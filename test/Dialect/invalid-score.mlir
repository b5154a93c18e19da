// Each rule about scores of docs/Semantics.md has its message.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @unknown(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    // expected-error @below {{unknown modifier 'louder'}}
    modify(louder) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @missing(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    // expected-error @below {{expected a modifier}}
    modify() pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @not_a_modifier(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    // expected-error @below {{expected a modifier, but got #sattn.dense}}
    modify(dense) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @cap(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    // expected-error @below {{expected 'cap' to be a positive number, but got -5.0}}
    modify(softcap<cap = -5>) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @cap_text(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    // expected-error @below {{expected a number}}
    modify(softcap<cap = "x">) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @operand_count(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    // expected-error @below {{expected 0 operands of #sattn.softcap<cap = 5.0>, but got 1}}
    modify(softcap<cap = 5>(%q : tensor<2x4x8x16xf32>)) pattern(dense)
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m1(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected 'modifiers' to implement ScoreModifierAttrInterface, but got #sattn.dense}}
  %0 = "sattn.attention"(%q, %q, %q, %out) <{pattern = #sattn.dense, modifiers = [#sattn.dense],
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> : (tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32>
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m2(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected 0 operands of 'modifiers', but got 1}}
  %0 = "sattn.attention"(%q, %q, %q, %out, %q) <{pattern = #sattn.dense, modifiers = [#sattn.softcap<cap = 5.0>],
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0>}> : (tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32>
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m8_regions(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected at most one region 'score', but got 2}}
  %0 = "sattn.attention"(%q, %q, %q, %out) <{pattern = #sattn.dense,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> ({
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      sattn.yield %s : f32
    }, {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      sattn.yield %s : f32
    }) : (tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32>
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m8_arguments(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected 'score' to have the arguments (f32, index, index, index, index)}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    pattern(dense) score {
    ^bb0(%s: f32, %i: index, %j: index):
      sattn.yield %s : f32
    }
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m8_yield(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  // expected-error @below {{expected 'score' to end in 'sattn.yield' of an f32}}
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    pattern(dense) score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %t = arith.constant true
      sattn.yield %t
    }
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m9(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: memref<8xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    pattern(dense) score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      // expected-error @below {{expected operations in 'score' of sattn.attention to be free of side effects; only loads may read}}
      memref.store %s, %m[%j] : memref<8xf32>
      sattn.yield %s : f32
    }
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m10(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    pattern(dense) score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      // expected-error @below {{expected operations in 'score' of sattn.attention to compute f32, index or integers of at most 64 bits, but got 'f64'}}
      %w = arith.extf %s : f32 to f64
      sattn.yield %s : f32
    }
  return %0 : tensor<2x4x8x16xf32>
}

// -----

func.func @attention_m10_narrow(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>, %m: tensor<8xf16>) -> tensor<2x4x8x16xf32> {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>) outs(%out : tensor<2x4x8x16xf32>)
    pattern(dense) score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %e = tensor.extract %m[%j] : tensor<8xf16>
      // expected-error @below {{expected operations in 'score' of sattn.attention to compute f32, index or integers of at most 64 bits, but got 'f16'}}
      %w = arith.addf %e, %e : f16
      sattn.yield %s : f32
    }
  return %0 : tensor<2x4x8x16xf32>
}
