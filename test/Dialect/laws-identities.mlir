// Laws of `and` and `or` over any patterns: nesting, neutral and absorbing operands, duplicates. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// and(and(p, q), r) -> and(p, q, r)
// CHECK-LABEL: func @flatten_and(
// CHECK: pattern(random<per_row = 2> and prefix<len = 9> and columns<stride = 3> and global<last = 2>){{$}}
func.func @flatten_and(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern((random<per_row = 2> and prefix<len = 9>) and (columns<stride = 3> and global<last = 2>))
  return %0 : !t
}

// or(or(p, q), r) -> or(p, q, r)
// CHECK-LABEL: func @flatten_or(
// CHECK: pattern(random<per_row = 2> or causal or columns<stride = 3>){{$}}
func.func @flatten_or(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(random<per_row = 2> or (causal or columns<stride = 3>))
  return %0 : !t
}

// and(p, dense) -> p
// CHECK-LABEL: func @and_dense(
// CHECK: pattern(causal){{$}}
func.func @and_dense(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal and dense)
  return %0 : !t
}

// or(p, none) -> p
// CHECK-LABEL: func @or_none(
// CHECK: pattern(causal){{$}}
func.func @or_none(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(none or causal)
  return %0 : !t
}

// and(p, none) -> none
// CHECK-LABEL: func @and_none(
// CHECK: pattern(none){{$}}
func.func @and_none(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(random<per_row = 2> and none)
  return %0 : !t
}

// or(p, dense) -> dense
// CHECK-LABEL: func @or_dense(
// CHECK: pattern(dense){{$}}
func.func @or_dense(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(dense or random<per_row = 2>)
  return %0 : !t
}

// and(p, p) -> p
// CHECK-LABEL: func @and_same(
// CHECK: pattern(random<per_row = 2> and causal){{$}}
func.func @and_same(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(random<per_row = 2> and causal and random<per_row = 2>)
  return %0 : !t
}

// or(p, p) -> p
// CHECK-LABEL: func @or_same(
// CHECK: pattern(random<per_row = 2> or causal){{$}}
func.func @or_same(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(random<per_row = 2> or causal or random<per_row = 2>)
  return %0 : !t
}
