// Laws of operands that leave nothing, or everything, between them. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// and(p, not(p)) -> none
// CHECK-LABEL: func @and_complement(
// CHECK: pattern(none){{$}}
func.func @and_complement(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(random<per_row = 2> and causal and not random<per_row = 2>)
  return %0 : !t
}

// or(p, not(p)) -> dense
// CHECK-LABEL: func @or_complement(
// CHECK: pattern(dense){{$}}
func.func @or_complement(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(random<per_row = 2> or causal or not random<per_row = 2>)
  return %0 : !t
}

// and(p, not(p)) -> none, p composed
// CHECK-LABEL: func @and_complement_of_or(
// CHECK: pattern(none){{$}}
func.func @and_complement_of_or(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not (causal or strided<stride = 3>) and (causal or strided<stride = 3>))
  return %0 : !t
}

// or(p, not(p)) -> dense, p composed
// CHECK-LABEL: func @or_complement_of_and(
// CHECK: pattern(dense){{$}}
func.func @or_complement_of_and(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal and random<per_row = 2> or not (causal and random<per_row = 2>))
  return %0 : !t
}

// causal and not a wider window: no pair is live
// CHECK-LABEL: func @always_empty(
// CHECK: pattern(none){{$}}
func.func @always_empty(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal and not window<right = 4>)
  return %0 : !t
}

// a window or not a narrower one: every pair is live
// CHECK-LABEL: func @always_dense(
// CHECK: pattern(dense){{$}}
func.func @always_dense(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 4> or not window<left = 4, right = 4>)
  return %0 : !t
}

// and(p, and(q, r)) -> none, where and(p, q) is none
// CHECK-LABEL: func @and_disjoint_from_conjunct(
// CHECK: pattern(none){{$}}
func.func @and_disjoint_from_conjunct(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal and not (window<right = 4> or random<per_row = 2>))
  return %0 : !t
}
