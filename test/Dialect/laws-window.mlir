// Laws of causal and of windows, one family: -left <= j - i <= right. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// window -> dense
// CHECK-LABEL: func @unbounded_window(
// CHECK: pattern(dense){{$}}
func.func @unbounded_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window)
  return %0 : !t
}

// window<right = 0> -> causal
// CHECK-LABEL: func @window_is_causal(
// CHECK: pattern(causal){{$}}
func.func @window_is_causal(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<right = 0>)
  return %0 : !t
}

// and(window<left = a, right = b>, window<left = c, right = d>) -> window<left = min(a, c), right = min(b, d)>
// CHECK-LABEL: func @window_and_window(
// CHECK: pattern(window<left = 3, right = 2>){{$}}
func.func @window_and_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 3, right = 8> and window<left = 5, right = 2>)
  return %0 : !t
}

// or(window<left = a, right = b>, window<left = c, right = d>) -> window<left = max(a, c), right = max(b, d)>
// CHECK-LABEL: func @window_or_window(
// CHECK: pattern(window<left = 5, right = 8>){{$}}
func.func @window_or_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 3, right = 8> or window<left = 5, right = 2>)
  return %0 : !t
}

// and(causal, window<left = a>) -> window<left = a, right = 0>
// CHECK-LABEL: func @causal_and_window(
// CHECK: pattern(window<left = 255, right = 0>){{$}}
func.func @causal_and_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal and window<left = 255>)
  return %0 : !t
}

// and(causal, window<left = a, right = b>) -> window<left = a, right = 0>
// CHECK-LABEL: func @causal_and_two_sided_window(
// CHECK: pattern(window<left = 255, right = 0>){{$}}
func.func @causal_and_two_sided_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 255, right = 255> and causal)
  return %0 : !t
}

// or(causal, window<left = a, right = b>) -> window<right = b>
// CHECK-LABEL: func @causal_or_window(
// CHECK: pattern(window<right = 2>){{$}}
func.func @causal_or_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal or window<left = 3, right = 2>)
  return %0 : !t
}

// or(causal, window<right = b>) -> window<right = b>
// CHECK-LABEL: func @causal_in_window(
// CHECK: pattern(window<right = 2>){{$}}
func.func @causal_in_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal or window<right = 2>)
  return %0 : !t
}

// or(causal, window<left = a>) -> dense
// CHECK-LABEL: func @causal_or_unbounded_window(
// CHECK: pattern(dense){{$}}
func.func @causal_or_unbounded_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal or window<left = 2>)
  return %0 : !t
}
