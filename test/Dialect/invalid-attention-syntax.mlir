// A mistake in the custom form is reported where it stands, and nothing is dropped silently.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

func.func @unknown_alignment(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    // expected-error @below {{expected 'top_left' or 'bottom_right', but got 'center'}}
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense) align(center)
  return
}

// -----

func.func @missing_alignment(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    // expected-error @below {{expected 'top_left' or 'bottom_right'}}
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense) align()
  return
}

// -----

func.func @unknown_pattern(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    // expected-error @below {{unknown pattern 'diagonal'}}
    outs(%out : tensor<2x4x8x16xf32>) pattern(causal and diagonal)
  return
}

// -----

func.func @missing_pattern(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    // expected-error @below {{expected a pattern}}
    outs(%out : tensor<2x4x8x16xf32>) pattern()
  return
}

// -----

func.func @not_a_pattern(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    // expected-error @below {{expected a pattern, but got 3 : i64}}
    outs(%out : tensor<2x4x8x16xf32>) pattern(3)
  return
}

// -----

func.func @missing_offset(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    // expected-error @below {{expected SSA operand}}
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense) offset()
  return
}

// -----

func.func @missing_lse(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    // expected-error @below {{expected SSA operand}}
    outs(%out, : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @lse_without_type(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %0:2 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    // expected-error @below {{expected ','}}
    outs(%out, %out : tensor<2x4x8x16xf32>) pattern(dense)
  return
}

// -----

func.func @scale_of_another_type(%q: tensor<2x4x8x16xf32>, %out: tensor<2x4x8x16xf32>) {
  %0 = sattn.attention ins(%q, %q, %q : tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>, tensor<2x4x8x16xf32>)
    // expected-error @below {{attribute 'scale' failed to satisfy constraint: 32-bit float attribute}}
    outs(%out : tensor<2x4x8x16xf32>) pattern(dense) {scale = 1.0 : f64}
  return
}

// -----

func.func @value_of_a_parameter(%q: memref<1x1x8x8xf32>) {
  sattn.attention ins(%q, %q, %q : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>, memref<1x1x8x8xf32>) outs(%q : memref<1x1x8x8xf32>)
    // expected-error @+2 {{expected 'left' to be non-negative, but got -1; leave it out for an unbounded side}}
    pattern(causal or window<left =
      -1>)
  return
}

// -----

func.func @name_of_a_parameter(%q: memref<1x1x8x8xf32>) {
  sattn.attention ins(%q, %q, %q : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>, memref<1x1x8x8xf32>) outs(%q : memref<1x1x8x8xf32>)
    pattern(causal or window<left = 3,
    // expected-error @below {{parameter 'lef' is unknown or given twice}}
    lef =
    2>)
  return
}

// -----

func.func @truth_value(%q: memref<1x1x8x8xf32>) {
  sattn.attention ins(%q, %q, %q : memref<1x1x8x8xf32>, memref<1x1x8x8xf32>, memref<1x1x8x8xf32>) outs(%q : memref<1x1x8x8xf32>)
    // expected-error @below {{expected an integer, but got 'false'}}
    pattern(window<left = false>)
  return
}
