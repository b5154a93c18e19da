// Names made of blocks are sugar: each becomes its leaves. The second run finds nothing to do.
// RUN: sattn-opt %s -canonicalize | FileCheck %s
// RUN: sattn-opt %s -canonicalize -o %t.once
// RUN: sattn-opt %t.once -canonicalize -o %t.twice
// RUN: diff %t.once %t.twice

!t = tensor<1x2x16x8xf32>

// fixed<b, c> -> or(block_local<b>, columns<b, phase = b - c, width = c>)
// CHECK-LABEL: func @fixed(
// CHECK: pattern(block_local<size = 8> or columns<stride = 8, phase = 6, width = 2>){{$}}
func.func @fixed(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(fixed<block = 8, summary = 2>)
  return %0 : !t
}

// axial<rows = r, cols = c> -> and(or(block_local<c>, strided<c>), global<first = r * c, rows>, prefix<r * c>)
// CHECK-LABEL: func @axial(
// CHECK: pattern((block_local<size = 8> or strided<stride = 8>) and global<first = 32, rows> and prefix<len = 32>){{$}}
func.func @axial(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(axial<rows = 4, cols = 8>)
  return %0 : !t
}

// bigbird<b, w, g, r> -> or(block_local<b, w / 2 neighbours>, global<first = g * b, last = g, last_block = b>, random<b, per_row = r>)
// CHECK-LABEL: func @bigbird(
// CHECK: pattern(block_local<size = 4, left_blocks = 1, right_blocks = 1> or global<first = 4, last = 1, last_block = 4> or random<block = 4, per_row = 2, seed = 7>){{$}}
func.func @bigbird(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(bigbird<block = 4, window_blocks = 3, random_blocks = 2, seed = 7>)
  return %0 : !t
}

// sparse_transformer_strided<s> -> and(causal, or(window<left = s - 1>, strided<s>))
// CHECK-LABEL: func @sparse_transformer_strided(
// CHECK: pattern(causal and (window<left = 7> or strided<stride = 8>)){{$}}
func.func @sparse_transformer_strided(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(sparse_transformer_strided<stride = 8>)
  return %0 : !t
}

// sparse_transformer_fixed<b, c> -> and(causal, fixed<b, c>)
// CHECK-LABEL: func @sparse_transformer_fixed(
// CHECK: pattern(causal and (block_local<size = 8> or columns<stride = 8, phase = 7>)){{$}}
func.func @sparse_transformer_fixed(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(sparse_transformer_fixed<block = 8>)
  return %0 : !t
}
