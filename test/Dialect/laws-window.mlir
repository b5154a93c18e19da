// Laws of causal, window and strided, one family: -left <= j - i <= right on a lattice. The second run finds nothing to do.
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

// window<dilation = d> -> strided<d>
// CHECK-LABEL: func @window_is_strided(
// CHECK: pattern(strided<stride = 4>){{$}}
func.func @window_is_strided(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<dilation = 4>)
  return %0 : !t
}

// window<left = 0, right = 0, dilation = d> -> window<left = 0, right = 0>
// CHECK-LABEL: func @dilated_self(
// CHECK: pattern(window<left = 0, right = 0>){{$}}
func.func @dilated_self(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 0, right = 0, dilation = 4>)
  return %0 : !t
}

// strided<1> -> dense
// CHECK-LABEL: func @stride_one(
// CHECK: pattern(dense){{$}}
func.func @stride_one(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(strided<stride = 1>)
  return %0 : !t
}

// and(window<left = a, right = b>, window<left = c, right = d>)
//   -> window<left = min(a, c), right = min(b, d)>
// CHECK-LABEL: func @window_and_window(
// CHECK: pattern(window<left = 3, right = 2>){{$}}
func.func @window_and_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 3, right = 8> and window<left = 5, right = 2>)
  return %0 : !t
}

// or(window<left = a, right = b>, window<left = c, right = d>)
//   -> window<left = max(a, c), right = max(b, d)>
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

// and(window<left = a>, window<left = b, dilation = d>)
//   -> window<left = min(a / d, b), dilation = d>, rounded down
// CHECK-LABEL: func @window_and_dilated_window(
// CHECK: pattern(window<left = 2, right = 4, dilation = 3>){{$}}
func.func @window_and_dilated_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 8, right = 20> and window<left = 5, right = 4, dilation = 3>)
  return %0 : !t
}

// or(window<left = a, dilation = d>, window<left = b, dilation = d>)
//   -> window<left = max(a, b), dilation = d>
// CHECK-LABEL: func @dilated_window_or_dilated_window(
// CHECK: pattern(window<left = 5, right = 7, dilation = 3>){{$}}
func.func @dilated_window_or_dilated_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 2, right = 7, dilation = 3> or window<left = 5, right = 4, dilation = 3>)
  return %0 : !t
}

// and(strided<a>, strided<b>) -> strided<lcm(a, b)>
// CHECK-LABEL: func @strided_and_strided(
// CHECK: pattern(strided<stride = 12>){{$}}
func.func @strided_and_strided(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(strided<stride = 4> and strided<stride = 6>)
  return %0 : !t
}

// or(strided<a>, strided<b>) -> strided<b>, where b divides a
// CHECK-LABEL: func @strided_in_strided(
// CHECK: pattern(strided<stride = 4>){{$}}
func.func @strided_in_strided(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(strided<stride = 12> or strided<stride = 4>)
  return %0 : !t
}

// or(strided<a>, strided<b>) stays where neither divides the other
// CHECK-LABEL: func @strided_or_strided_stays(
// CHECK: pattern(strided<stride = 4> or strided<stride = 6>){{$}}
func.func @strided_or_strided_stays(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(strided<stride = 4> or strided<stride = 6>)
  return %0 : !t
}

// and(causal, strided<d>) -> window<right = 0, dilation = d>
// CHECK-LABEL: func @causal_and_strided(
// CHECK: pattern(window<right = 0, dilation = 4>){{$}}
func.func @causal_and_strided(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(causal and strided<stride = 4>)
  return %0 : !t
}

// or(window<left = a, dilation = d>, window<left = b>) -> window<left = b>,
// where a * d <= b
// CHECK-LABEL: func @dilated_window_in_window(
// CHECK: pattern(window<left = 8, right = 0>){{$}}
func.func @dilated_window_in_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 2, right = 0, dilation = 4> or window<left = 8, right = 0>)
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
