// What is said about operands of patterns that cannot be read.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

!t = tensor<2x4x8x16xf32>
func.func @missing(%q: !t) {
  // expected-error @below {{expected operands after 'padding'}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(causal and padding)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @too_many(%q: !t, %l: tensor<2xi32>) {
  // expected-error @below {{expected 'padding' to have 1 to 2 operands, but got 3}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(padding(%l, %l, %l) : tensor<2xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @static_leaf(%q: !t, %l: tensor<2xi32>) {
  // expected-error @below {{expected no operands after 'causal'}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(causal(%l) : tensor<2xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @twice(%q: !t, %l: tensor<2xi32>) {
  // expected-error @below {{expected the operands of 'padding' once}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(padding<keys = 0>(%l) : tensor<2xi32>)
  return
}

// -----

// expected-error @below {{expected the number of an operand, but got -1}}
func.func private @negative() attributes {p = #sattn.pattern<padding(-1)>}

// -----

// expected-error @below {{expected operand 0 to be given before later ones}}
func.func private @gap() attributes {p = #sattn.padding<queries = 0>}

// -----

// expected-error @below {{expected 'block' sizes between 1 and 2^20, but got [0, 4]}}
func.func private @block() attributes {p = #sattn.block_list<block = [0, 4]>}

// -----

// expected-error @below {{expected 'block', but got 'size'}}
func.func private @parameter() attributes {p = #sattn.block_list<size = 4>}

// -----

// expected-error @below {{expected 'multiset' to be at most 16, but got 17}}
func.func private @multiset() attributes {p = #sattn.block_list<block = [4, 4], multiset = 17>}

// -----

// expected-error @below {{expected 'multiset' or 'least', but got both}}
func.func private @least() attributes {p = #sattn.block_list<block = [4, 4], multiset = 2, least = 2>}
