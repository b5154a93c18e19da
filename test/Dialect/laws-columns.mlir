// Laws of columns, the same keys for every query. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// columns<s, width = s> -> dense
// CHECK-LABEL: func @all_columns(
// CHECK: pattern(dense){{$}}
func.func @all_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(columns<stride = 4, width = 4>)
  return %0 : !t
}

// and(columns<s, phase = a, width = b>, columns<s, phase = c, width = d>) -> columns of both
// CHECK-LABEL: func @columns_and_columns(
// CHECK: pattern(columns<stride = 8, phase = 3, width = 2>){{$}}
func.func @columns_and_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(columns<stride = 8, phase = 1, width = 4> and columns<stride = 8, phase = 3, width = 5>)
  return %0 : !t
}

// and(columns<s, phase = p>, columns<s, phase = q>) -> none
// CHECK-LABEL: func @disjoint_columns(
// CHECK: pattern(none){{$}}
func.func @disjoint_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(columns<stride = 8, phase = 1> and columns<stride = 8, phase = 3>)
  return %0 : !t
}

// or(columns<s, phase = a, width = b>, columns<s, phase = a + b, width = c>) -> columns<s, phase = a, width = b + c>
// CHECK-LABEL: func @columns_or_columns(
// CHECK: pattern(columns<stride = 8, phase = 1, width = 3>){{$}}
func.func @columns_or_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(columns<stride = 8, phase = 3> or columns<stride = 8, phase = 1, width = 2>)
  return %0 : !t
}

// and(columns<a, phase = p>, columns<b, phase = q>) -> columns<a, phase = p>, where b divides a and p mod b is q
// CHECK-LABEL: func @columns_in_columns(
// CHECK: pattern(columns<stride = 8, phase = 5>){{$}}
func.func @columns_in_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(columns<stride = 8, phase = 5> and columns<stride = 4, phase = 1>)
  return %0 : !t
}

// not(columns<s, width = w>) -> columns<s, phase = w, width = s - w>
// CHECK-LABEL: func @not_first_columns(
// CHECK: pattern(columns<stride = 8, phase = 3, width = 5>){{$}}
func.func @not_first_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not columns<stride = 8, width = 3>)
  return %0 : !t
}

// not(columns<s, phase = p, width = s - p>) -> columns<s, width = p>
// CHECK-LABEL: func @not_last_columns(
// CHECK: pattern(columns<stride = 8, width = 7>){{$}}
func.func @not_last_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not columns<stride = 8, phase = 7>)
  return %0 : !t
}
