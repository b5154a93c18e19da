// Laws of one global, and of global positions in each other. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// global<first = 0> -> none
// CHECK-LABEL: func @no_globals(
// CHECK: pattern(causal){{$}}
func.func @no_globals(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<first = 0> or causal)
  return %0 : !t
}

// global<first = f, positions = [p, ...]> -> global<first = f, positions = [...]>, where p < f
// CHECK-LABEL: func @positions_below_first(
// CHECK: pattern(global<first = 4, positions = [9]>){{$}}
func.func @positions_below_first(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<first = 4, positions = [1, 9]>)
  return %0 : !t
}

// global<first = f, positions = [f, ...]> -> global<first = f + 1, positions = [...]>
// CHECK-LABEL: func @positions_at_first(
// CHECK: pattern(global<first = 2, positions = [9]>){{$}}
func.func @positions_at_first(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<positions = [0, 1, 9]>)
  return %0 : !t
}

// or(global<G>, global<H>) -> global<G or H>
// CHECK-LABEL: func @global_or_global(
// CHECK: pattern(global<first = 1, last = 2, positions = [5, 9]>){{$}}
func.func @global_or_global(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<first = 1, positions = [9]> or global<last = 2, positions = [5]>)
  return %0 : !t
}

// or(global<G, rows>, global<G, columns>) -> global<G>
// CHECK-LABEL: func @rows_or_columns(
// CHECK: pattern(global<first = 2>){{$}}
func.func @rows_or_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<first = 2, rows> or global<first = 2, columns>)
  return %0 : !t
}

// and(global<G, columns>, global<H, columns>) -> global<G and H, columns>
// CHECK-LABEL: func @global_and_global(
// CHECK: pattern(global<positions = [2, 9], columns>){{$}}
func.func @global_and_global(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<first = 4, positions = [9, 12], columns> and global<positions = [2, 9, 11], columns>)
  return %0 : !t
}

// and(global<G>, global<H>) stays: a row in G may see a column in H
// CHECK-LABEL: func @global_and_global_stays(
// CHECK: pattern(global<positions = [3]> and global<positions = [5]>){{$}}
func.func @global_and_global_stays(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<positions = [3]> and global<positions = [5]>)
  return %0 : !t
}

// and(global<G, columns>, global<H>) -> global<G, columns>, where G in H
// CHECK-LABEL: func @global_in_global(
// CHECK: pattern(global<positions = [2], columns>){{$}}
func.func @global_in_global(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<positions = [2], columns> and global<first = 4>)
  return %0 : !t
}
