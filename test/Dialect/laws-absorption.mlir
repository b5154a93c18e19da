// Laws of operands that are in each other. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// and(p, or(p, q)) -> p
// CHECK-LABEL: func @and_absorbs(
// CHECK: pattern(causal){{$}}
func.func @and_absorbs(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal and (random<per_row = 2> or causal))
  return %0 : !t
}

// or(p, and(p, q)) -> p
// CHECK-LABEL: func @or_absorbs(
// CHECK: pattern(causal){{$}}
func.func @or_absorbs(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(random<per_row = 2> and causal or causal)
  return %0 : !t
}

// and(p, q) -> p, where p is in q
// CHECK-LABEL: func @and_included(
// CHECK: pattern(prefix<len = 3> and random<per_row = 2>){{$}}
func.func @and_included(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(prefix<len = 3> and random<per_row = 2> and global<first = 5>)
  return %0 : !t
}

// or(p, q) -> q, where p is in q
// CHECK-LABEL: func @or_included(
// CHECK: pattern(random<per_row = 2> or global<first = 5>){{$}}
func.func @or_included(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(prefix<len = 3> or random<per_row = 2> or global<first = 5>)
  return %0 : !t
}

// and(p, or(not(p), q)) -> and(p, q)
// CHECK-LABEL: func @and_resolves(
// CHECK: pattern(causal and random<per_row = 2>){{$}}
func.func @and_resolves(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal and (not causal or random<per_row = 2>))
  return %0 : !t
}

// or(p, and(not(p), q)) -> or(p, q)
// CHECK-LABEL: func @or_resolves(
// CHECK: pattern(causal or random<per_row = 2>){{$}}
func.func @or_resolves(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal or not causal and random<per_row = 2>)
  return %0 : !t
}
