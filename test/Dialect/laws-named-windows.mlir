// Names made of windows are sugar: each becomes its leaves, which then simplify. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// longformer<w, g> -> or(window<left = w / 2, right = w / 2>, global<first = g>)
// CHECK-LABEL: func @longformer(
// CHECK: pattern(window<left = 4, right = 4> or global<first = 2>){{$}}
func.func @longformer(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(longformer<window = 8, global = 2>)
  return %0 : !t
}

// longformer<w, dilation = d> -> window<left = w / 2, right = w / 2, dilation = d>
// CHECK-LABEL: func @longformer_dilated(
// CHECK: pattern(window<left = 4, right = 4, dilation = 3>){{$}}
func.func @longformer_dilated(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(longformer<window = 8, dilation = 3>)
  return %0 : !t
}

// mistral<w> -> and(causal, window<left = w - 1>)
// CHECK-LABEL: func @mistral(
// CHECK: pattern(window<left = 7, right = 0>){{$}}
func.func @mistral(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(mistral<window = 8>)
  return %0 : !t
}

// prefix_lm<n> -> or(prefix<n>, causal)
// CHECK-LABEL: func @prefix_lm(
// CHECK: pattern(prefix<len = 8> or causal){{$}}
func.func @prefix_lm(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(prefix_lm<len = 8>)
  return %0 : !t
}

// streaming<s, w> -> and(causal, or(global<first = s, columns>, window<left = w - 1>))
// CHECK-LABEL: func @streaming(
// CHECK: pattern(causal and (global<first = 4, columns> or window<left = 7>)){{$}}
func.func @streaming(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(streaming<sinks = 4, window = 8>)
  return %0 : !t
}

// streaming<0, w> -> window<left = w - 1, right = 0>
// CHECK-LABEL: func @streaming_without_sinks(
// CHECK: pattern(window<left = 7, right = 0>){{$}}
func.func @streaming_without_sinks(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(streaming<sinks = 0, window = 8>)
  return %0 : !t
}

// a name inside of a composition is expanded too
// CHECK-LABEL: func @inside_a_composition(
// CHECK: pattern(not window<left = 7, right = 0>){{$}}
func.func @inside_a_composition(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not (mistral<window = 8> or mistral<window = 4>))
  return %0 : !t
}
