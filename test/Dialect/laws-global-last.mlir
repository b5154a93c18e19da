// Laws of the end of global, in positions and in blocks of which the last may be short. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// global<last_block = b> -> global, where no block at the end is in it
// CHECK-LABEL: func @global_last_block_without_last(
// CHECK: pattern(global<first = 3>){{$}}
func.func @global_last_block_without_last(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<first = 3, last_block = 4>)
  return %0 : !t
}

// or(global<last = a>, global<last = c, last_block = b>) -> global<last = c, last_block = b>, where a <= (c - 1) * b + 1
// CHECK-LABEL: func @global_last_in_last_blocks(
// CHECK: pattern(global<last = 2, last_block = 4>){{$}}
func.func @global_last_in_last_blocks(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<last = 5> or global<last = 2, last_block = 4>)
  return %0 : !t
}

// or(global<last = c, last_block = b>, global<last = a>) -> global<last = a>, where c * b <= a
// CHECK-LABEL: func @global_last_blocks_in_last(
// CHECK: pattern(global<last = 8>){{$}}
func.func @global_last_blocks_in_last(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<last = 2, last_block = 4> or global<last = 8>)
  return %0 : !t
}

// or(global<last = a>, global<last = c, last_block = b>) stays where either may be the longer
// CHECK-LABEL: func @global_last_stays(
// CHECK: pattern(global<last = 3> or global<last = 1, last_block = 4>){{$}}
func.func @global_last_stays(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<last = 3> or global<last = 1, last_block = 4>)
  return %0 : !t
}
