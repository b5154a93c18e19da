// Rules C28 and C29 of docs/Semantics.md.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

!t = memref<1x1x8x8xf32>

func.func @attention_c28(%q: !t, %seed: i64) {
  // expected-error @below {{expected 'dropout' to have a rate}}
  "sattn.attention"(%q, %q, %q, %q, %seed) <{pattern = #sattn.causal, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0>}> : (!t, !t, !t, !t, i64) -> ()
  return
}

// -----

!t = memref<1x1x8x8xf32>

func.func @attention_c28_seed(%q: !t) {
  // expected-error @below {{expected 'dropout' to have a seed}}
  "sattn.attention"(%q, %q, %q, %q) <{dropout = 0.5 : f32, pattern = #sattn.causal, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> : (!t, !t, !t, !t) -> ()
  return
}

// -----

!t = memref<1x1x8x8xf32>

func.func @attention_c29(%q: !t, %seed: i64) {
  // expected-error @below {{expected the rate of 'dropout' to be at least 0 and below 1, but got 1}}
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) dropout(1.0, %seed) pattern(causal)
  return
}

// -----

!t = memref<1x1x8x8xf32>

func.func @negative(%q: !t, %seed: i64) {
  // expected-error @below {{expected the rate of 'dropout' to be at least 0 and below 1, but got -0.5}}
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) dropout(-0.5, %seed) pattern(causal)
  return
}

// -----

!t = memref<1x1x8x8xf32>

func.func @nan(%q: !t, %seed: i64) {
  // expected-error @below {{expected the rate of 'dropout' to be at least 0 and below 1, but got NaN}}
  "sattn.attention"(%q, %q, %q, %q, %seed) <{dropout = 0x7fc00000 : f32, pattern = #sattn.causal, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0>}> : (!t, !t, !t, !t, i64) -> ()
  return
}

// -----

!t = memref<1x1x8x8xf32>

func.func @without_seed(%q: !t) {
  // expected-error @below {{expected ','}}
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) dropout(0.5) pattern(causal)
  return
}

// -----

!t = memref<1x1x8x8xf32>

func.func @type(%q: !t, %seed: i32) {  // expected-note {{prior use here}}
  // expected-error @below {{use of value '%seed' expects different type than prior uses: 'i64' vs 'i32'}}
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) dropout(0.5, %seed) pattern(causal)
  return
}
