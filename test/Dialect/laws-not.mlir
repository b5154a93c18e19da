// Laws of `not` over any patterns. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// not(not(p)) -> p
// CHECK-LABEL: func @not_not(
// CHECK: pattern(causal){{$}}
func.func @not_not(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not not causal)
  return %0 : !t
}

// not(dense) -> none
// CHECK-LABEL: func @not_dense(
// CHECK: pattern(none){{$}}
func.func @not_dense(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not dense)
  return %0 : !t
}

// not(none) -> dense
// CHECK-LABEL: func @not_none(
// CHECK: pattern(dense){{$}}
func.func @not_none(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not none)
  return %0 : !t
}

// not(and(p, q)) -> or(not(p), not(q))
// CHECK-LABEL: func @not_and(
// CHECK: pattern(not causal or not random<per_row = 2>){{$}}
func.func @not_and(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not (causal and random<per_row = 2>))
  return %0 : !t
}

// not(or(p, q)) -> and(not(p), not(q))
// CHECK-LABEL: func @not_or(
// CHECK: pattern(not causal and not random<per_row = 2>){{$}}
func.func @not_or(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not (causal or random<per_row = 2>))
  return %0 : !t
}

// and(not(p), not(q)) -> not(r), where or(p, q) is the leaf r
// CHECK-LABEL: func @and_not_not(
// CHECK: pattern(not prefix<len = 3> and not window<left = 2, right = 2>){{$}}
func.func @and_not_not(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not prefix<len = 3> and not window<left = 1, right = 2> and not window<left = 2, right = 1>)
  return %0 : !t
}

// or(not(p), not(q)) -> not(r), where and(p, q) is the leaf r
// CHECK-LABEL: func @or_not_not(
// CHECK: pattern(not window<left = 4, right = 0>){{$}}
func.func @or_not_not(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not causal or not window<left = 4>)
  return %0 : !t
}
