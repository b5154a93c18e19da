// Laws of `and`, `or` and `not` over any patterns: the same pairs, fewer leaves. The second run finds nothing to do.
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
