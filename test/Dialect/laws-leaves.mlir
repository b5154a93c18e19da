// Laws of block_local, columns, global, prefix and block_mask, which describe sets of
// blocks or positions. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// block_local<1, left_blocks = a, right_blocks = b> -> window<left = a, right = b>
// CHECK-LABEL: func @block_of_one(
// CHECK: pattern(window<left = 2, right = 3>){{$}}
func.func @block_of_one(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 1, left_blocks = 2, right_blocks = 3>)
  return %0 : !t
}

// block_local<s, boundary = s> -> block_local<s, left_blocks = 1, right_blocks = 1>
// CHECK-LABEL: func @whole_boundary(
// CHECK: pattern(block_local<size = 4, left_blocks = 1, right_blocks = 1>){{$}}
func.func @whole_boundary(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4, boundary = 4>)
  return %0 : !t
}

// block_local<s, left_blocks = a, right_blocks = b, boundary = t>
//   -> block_local<s, left_blocks = a, right_blocks = b>
// CHECK-LABEL: func @boundary_in_neighbours(
// CHECK: pattern(block_local<size = 4, left_blocks = 1, right_blocks = 2>){{$}}
func.func @boundary_in_neighbours(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4, left_blocks = 1, right_blocks = 2, boundary = 2>)
  return %0 : !t
}

// and(block_local<s, left_blocks = a>, block_local<s, left_blocks = b>)
//   -> block_local<s, left_blocks = min(a, b)>
// CHECK-LABEL: func @blocks_and_blocks(
// CHECK: pattern(block_local<size = 4, left_blocks = 1>){{$}}
func.func @blocks_and_blocks(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4, left_blocks = 2> and block_local<size = 4, left_blocks = 1, right_blocks = 1>)
  return %0 : !t
}

// or(block_local<s, left_blocks = a>, block_local<s, left_blocks = b>)
//   -> block_local<s, left_blocks = max(a, b)>
// CHECK-LABEL: func @blocks_or_blocks(
// CHECK: pattern(block_local<size = 4, left_blocks = 2, right_blocks = 1>){{$}}
func.func @blocks_or_blocks(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4, left_blocks = 2> or block_local<size = 4, left_blocks = 1, right_blocks = 1>)
  return %0 : !t
}

// and(block_local<a>, block_local<b>) -> block_local<a>, where a divides b
// CHECK-LABEL: func @blocks_in_blocks_and(
// CHECK: pattern(block_local<size = 4>){{$}}
func.func @blocks_in_blocks_and(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4> and block_local<size = 12>)
  return %0 : !t
}

// or(block_local<a>, block_local<b>) -> block_local<b>, where a divides b
// CHECK-LABEL: func @blocks_in_blocks_or(
// CHECK: pattern(block_local<size = 12>){{$}}
func.func @blocks_in_blocks_or(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4> or block_local<size = 12>)
  return %0 : !t
}

// and(block_local<a>, block_local<b>) stays where neither divides the other
// CHECK-LABEL: func @blocks_stay(
// CHECK: pattern(block_local<size = 4> and block_local<size = 6>){{$}}
func.func @blocks_stay(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4> and block_local<size = 6>)
  return %0 : !t
}

// and(block_local<a>, window<left = b, right = c>) -> block_local<a>,
// where a - 1 <= b and a - 1 <= c
// CHECK-LABEL: func @blocks_in_window(
// CHECK: pattern(block_local<size = 4>){{$}}
func.func @blocks_in_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4> and window<left = 3, right = 5>)
  return %0 : !t
}

// or(window<left = a, right = b>, block_local<s, left_blocks = l, right_blocks = r>)
//   -> the block_local, where a <= l * s and b <= r * s
// CHECK-LABEL: func @window_in_blocks(
// CHECK: pattern(block_local<size = 4, left_blocks = 1>){{$}}
func.func @window_in_blocks(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 4, right = 0> or block_local<size = 4, left_blocks = 1>)
  return %0 : !t
}

// columns<s, width = s> -> dense
// CHECK-LABEL: func @all_columns(
// CHECK: pattern(dense){{$}}
func.func @all_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(columns<stride = 4, width = 4>)
  return %0 : !t
}

// and(columns<s, phase = a, width = b>, columns<s, phase = c, width = d>)
//   -> columns of both
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

// or(columns<s, phase = a, width = b>, columns<s, phase = a + b, width = c>)
//   -> columns<s, phase = a, width = b + c>
// CHECK-LABEL: func @columns_or_columns(
// CHECK: pattern(columns<stride = 8, phase = 1, width = 3>){{$}}
func.func @columns_or_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(columns<stride = 8, phase = 3> or columns<stride = 8, phase = 1, width = 2>)
  return %0 : !t
}

// and(columns<a, phase = p>, columns<b, phase = q>) -> columns<a, phase = p>,
// where b divides a and p mod b is q
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

// global<first = 0> -> none
// CHECK-LABEL: func @no_globals(
// CHECK: pattern(causal){{$}}
func.func @no_globals(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<first = 0> or causal)
  return %0 : !t
}

// global<first = f, positions = [p, ...]> -> global<first = f, positions = [...]>,
// where p < f
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

// prefix<0> -> none
// CHECK-LABEL: func @empty_prefix(
// CHECK: pattern(causal){{$}}
func.func @empty_prefix(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(prefix<len = 0> or causal)
  return %0 : !t
}

// and(prefix<a>, prefix<b>) -> prefix<min(a, b)>
// CHECK-LABEL: func @prefix_and_prefix(
// CHECK: pattern(prefix<len = 3>){{$}}
func.func @prefix_and_prefix(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(prefix<len = 5> and prefix<len = 3>)
  return %0 : !t
}

// or(prefix<a>, prefix<b>) -> prefix<max(a, b)>
// CHECK-LABEL: func @prefix_or_prefix(
// CHECK: pattern(prefix<len = 5>){{$}}
func.func @prefix_or_prefix(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(prefix<len = 5> or prefix<len = 3>)
  return %0 : !t
}

// or(prefix<a>, global<G, columns>) -> global<G and all below a, columns>
// CHECK-LABEL: func @prefix_or_columns(
// CHECK: pattern(global<first = 4, positions = [7], columns>){{$}}
func.func @prefix_or_columns(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(prefix<len = 3> or global<positions = [3, 7], columns>)
  return %0 : !t
}

// block_mask<dense<false>> -> none
// CHECK-LABEL: func @empty_block_mask(
// CHECK: pattern(causal){{$}}
func.func @empty_block_mask(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_mask<block = [8, 8], layout = dense<false> : tensor<2x2xi1>> or causal)
  return %0 : !t
}

// block_mask<dense<true>> stays: outside of the layout nothing is live
// CHECK-LABEL: func @full_block_mask_stays(
// CHECK: pattern(block_mask<block = [8, 8], layout = dense<true> : tensor<2x2xi1>>){{$}}
func.func @full_block_mask_stays(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_mask<block = [8, 8], layout = dense<true> : tensor<2x2xi1>>)
  return %0 : !t
}
