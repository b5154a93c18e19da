// Laws of block_local, which sees whole blocks around its own. The second run finds nothing to do.
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

// block_local<s, left_blocks = a, right_blocks = b, boundary = t> -> block_local<s, left_blocks = a, right_blocks = b>
// CHECK-LABEL: func @boundary_in_neighbours(
// CHECK: pattern(block_local<size = 4, left_blocks = 1, right_blocks = 2>){{$}}
func.func @boundary_in_neighbours(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4, left_blocks = 1, right_blocks = 2, boundary = 2>)
  return %0 : !t
}

// and(block_local<s, left_blocks = a>, block_local<s, left_blocks = b>) -> block_local<s, left_blocks = min(a, b)>
// CHECK-LABEL: func @blocks_and_blocks(
// CHECK: pattern(block_local<size = 4, left_blocks = 1>){{$}}
func.func @blocks_and_blocks(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4, left_blocks = 2> and block_local<size = 4, left_blocks = 1, right_blocks = 1>)
  return %0 : !t
}

// or(block_local<s, left_blocks = a>, block_local<s, left_blocks = b>) -> block_local<s, left_blocks = max(a, b)>
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

// and(block_local<a>, window<left = b, right = c>) -> block_local<a>, where a - 1 <= b and a - 1 <= c
// CHECK-LABEL: func @blocks_in_window(
// CHECK: pattern(block_local<size = 4>){{$}}
func.func @blocks_in_window(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(block_local<size = 4> and window<left = 3, right = 5>)
  return %0 : !t
}

// or(window<left = a, right = b>, block_local<s, left_blocks = l, right_blocks = r>) -> the block_local, where a <= l * s and b <= r * s
// CHECK-LABEL: func @window_in_blocks(
// CHECK: pattern(block_local<size = 4, left_blocks = 1>){{$}}
func.func @window_in_blocks(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(window<left = 4, right = 0> or block_local<size = 4, left_blocks = 1>)
  return %0 : !t
}
