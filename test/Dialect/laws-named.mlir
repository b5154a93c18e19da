// Named compositions are sugar: each becomes its leaves, which then simplify. The second run finds nothing to do.
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

// axial<rows = r, cols = c> -> and(or(block_local<c>, strided<c>), global<first = r * c, rows>,
//   prefix<r * c>)
// CHECK-LABEL: func @axial(
// CHECK: pattern((block_local<size = 8> or strided<stride = 8>) and global<first = 32, rows> and prefix<len = 32>){{$}}
func.func @axial(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(axial<rows = 4, cols = 8>)
  return %0 : !t
}

// longformer<w, g> -> or(window<left = w / 2, right = w / 2>, global<first = g>)
// CHECK-LABEL: func @longformer(
// CHECK: pattern(window<left = 4, right = 4> or global<first = 2>){{$}}
func.func @longformer(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(longformer<window = 8, global = 2>)
  return %0 : !t
}

// longformer<w, dilation = d> -> window<left = w / 2, right = w / 2, dilation = d>
// CHECK-LABEL: func @longformer_dilated(
// CHECK: pattern(window<left = 4, right = 4, dilation = 3>){{$}}
func.func @longformer_dilated(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(longformer<window = 8, dilation = 3>)
  return %0 : !t
}

// bigbird<b, w, g, r> -> or(block_local<b, w / 2 neighbours>,
//   global<first = g * b, last = g, last_block = b>, random<b, per_row = r>)
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

// mistral<w> -> and(causal, window<left = w - 1>)
// CHECK-LABEL: func @mistral(
// CHECK: pattern(window<left = 7, right = 0>){{$}}
func.func @mistral(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(mistral<window = 8>)
  return %0 : !t
}

// prefix_lm<n> -> or(prefix<n>, causal)
// CHECK-LABEL: func @prefix_lm(
// CHECK: pattern(prefix<len = 8> or causal){{$}}
func.func @prefix_lm(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(prefix_lm<len = 8>)
  return %0 : !t
}

// streaming<s, w> -> and(causal, or(global<first = s, columns>, window<left = w - 1>))
// CHECK-LABEL: func @streaming(
// CHECK: pattern(causal and (global<first = 4, columns> or window<left = 7>)){{$}}
func.func @streaming(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(streaming<sinks = 4, window = 8>)
  return %0 : !t
}

// streaming<0, w> -> window<left = w - 1, right = 0>
// CHECK-LABEL: func @streaming_without_sinks(
// CHECK: pattern(window<left = 7, right = 0>){{$}}
func.func @streaming_without_sinks(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(streaming<sinks = 0, window = 8>)
  return %0 : !t
}

// a name inside of a composition is expanded too
// CHECK-LABEL: func @inside_a_composition(
// CHECK: pattern(not window<left = 7, right = 0>){{$}}
func.func @inside_a_composition(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(not (mistral<window = 8> or mistral<window = 4>))
  return %0 : !t
}
