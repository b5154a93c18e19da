// Laws of strided and of dilated windows, one family: -left <= j - i <= right on a lattice. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

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

// and(window<left = a>, window<left = b, dilation = d>) -> window<left = min(a / d, b), dilation = d>, rounded down
// CHECK-LABEL: func @window_and_dilated_window(
// CHECK: pattern(window<left = 2, right = 4, dilation = 3>){{$}}
func.func @window_and_dilated_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 8, right = 20> and window<left = 5, right = 4, dilation = 3>)
  return %0 : !t
}

// or(window<left = a, dilation = d>, window<left = b, dilation = d>) -> window<left = max(a, b), dilation = d>
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

// or(window<left = a, dilation = d>, window<left = b>) -> window<left = b>, where a * d <= b
// CHECK-LABEL: func @dilated_window_in_window(
// CHECK: pattern(window<left = 8, right = 0>){{$}}
func.func @dilated_window_in_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 2, right = 0, dilation = 4> or window<left = 8, right = 0>)
  return %0 : !t
}
