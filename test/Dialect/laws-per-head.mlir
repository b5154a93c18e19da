// Laws of per_head: it stands outermost, once, and only where heads differ. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// per_head<[p, p]> -> p
// CHECK-LABEL: func @equal_heads(
// CHECK: pattern(causal){{$}}
func.func @equal_heads(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(per_head<[causal, causal]>)
  return %0 : !t
}

// per_head<[p, q]> -> p, where q simplifies to p
// CHECK-LABEL: func @heads_equal_when_simple(
// CHECK: pattern(causal){{$}}
func.func @heads_equal_when_simple(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(per_head<[causal, window<right = 0>]>)
  return %0 : !t
}

// per_head<[per_head<[p, q]>, r]> -> per_head<[p, r]>
// CHECK-LABEL: func @nested_heads(
// CHECK: pattern(per_head<[causal, strided<stride = 2>]>){{$}}
func.func @nested_heads(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(per_head<[per_head<[causal, dense]>, strided<stride = 2>]>)
  return %0 : !t
}

// and(per_head<[p, q]>, r) -> per_head<[and(p, r), and(q, r)]>
// CHECK-LABEL: func @and_per_head(
// CHECK: pattern(per_head<[window<right = 0, dilation = 2>, random<per_row = 1> and causal]>){{$}}
func.func @and_per_head(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(per_head<[strided<stride = 2>, random<per_row = 1>]> and causal)
  return %0 : !t
}

// or(r, per_head<[p, q]>) -> per_head<[or(r, p), or(r, q)]>
// CHECK-LABEL: func @or_per_head(
// CHECK: pattern(per_head<[prefix<len = 4> or causal, prefix<len = 6>]>){{$}}
func.func @or_per_head(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(prefix<len = 4> or per_head<[causal, prefix<len = 6>]>)
  return %0 : !t
}

// and(per_head<[p, q]>, per_head<[r, s]>) -> per_head<[and(p, r), and(q, s)]>
// CHECK-LABEL: func @per_head_and_per_head(
// CHECK: pattern(per_head<[window<left = 3, right = 0>, prefix<len = 4>]>){{$}}
func.func @per_head_and_per_head(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(per_head<[causal, prefix<len = 6>]> and per_head<[window<left = 3>, prefix<len = 4>]>)
  return %0 : !t
}

// not(per_head<[p, q]>) -> per_head<[not(p), not(q)]>
// CHECK-LABEL: func @not_per_head(
// CHECK: pattern(per_head<[not causal, dense]>){{$}}
func.func @not_per_head(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not per_head<[causal, none]>)
  return %0 : !t
}
