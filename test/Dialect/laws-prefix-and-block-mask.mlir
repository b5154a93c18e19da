// Laws of prefix and of block_mask. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

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
