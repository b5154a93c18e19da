// The rules of a pattern's operands: pattern_pN breaks rule PN of docs/Semantics.md.
// RUN: sattn-opt %s -split-input-file -verify-diagnostics

!t = tensor<2x4x8x16xf32>
func.func @pattern_p1(%q: !t, %l: tensor<2xi32>) {
  // expected-error @below {{expected 'pattern' to read operands below 1, as many as there are, but got 1}}
  %0 = "sattn.attention"(%q, %q, %q, %q, %l) <{pattern = #sattn.padding<keys = 1>,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0>}> : (!t, !t, !t, !t, tensor<2xi32>) -> !t
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p1_unbound(%q: !t) {
  // expected-error @below {{expected 'pattern' to give the operands of #sattn.padding}}
  %0 = "sattn.attention"(%q, %q, %q, %q) <{pattern = #sattn.padding,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}> : (!t, !t, !t, !t) -> !t
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p2(%q: !t, %l: tensor<2xi32>) {
  // expected-error @below {{expected 'pattern' to read all of its operands, but not number 0}}
  %0 = "sattn.attention"(%q, %q, %q, %q, %l, %l) <{pattern = #sattn.padding<keys = 1>,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0>}> : (!t, !t, !t, !t, tensor<2xi32>, tensor<2xi32>) -> !t
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p3(%q: !t, %l: memref<2xi32>) {
  // expected-error @below {{expected the key lengths of 'padding' to be a ranked tensor like query, but got 'memref<2xi32>'}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(padding(%l) : memref<2xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p4(%q: !t, %l: tensor<2xf32>) {
  // expected-error @below {{expected the key lengths of 'padding' to have elements of type i32 or i64, but got 'f32'}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(padding(%l) : tensor<2xf32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p5(%q: !t, %l: tensor<2x1xi32>) {
  // expected-error @below {{expected the key lengths of 'padding' to have rank 1, but got rank 2}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(padding(%l) : tensor<2x1xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p6(%q: !t, %l: tensor<3xi32>) {
  // expected-error @below {{expected dimension 0 of the key lengths of 'padding' to be 2 or 1, but got 3}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(padding(%l) : tensor<3xi32>)
  return
}

// -----

!t = memref<2x4x8x16xf32>
func.func @pattern_p7(%q: !t, %l: memref<2xi32, affine_map<(d0) -> (d0 floordiv 2, d0 mod 2)>>) {
  // expected-error @below {{expected the key lengths of 'padding' to have a strided layout, but got}}
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t)
    pattern(padding(%l) : memref<2xi32, affine_map<(d0) -> (d0 floordiv 2, d0 mod 2)>>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p4_truth(%q: !t, %m: tensor<8x8xi32>) {
  // expected-error @below {{expected the truth values of 'mask' to have elements of type i1 or i8, but got 'i32'}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(mask(%m) : tensor<8x8xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p5_range(%q: !t, %m: tensor<8xi1>) {
  // expected-error @below {{expected the truth values of 'mask' to have rank 2 to 4, but got rank 1}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(mask(%m) : tensor<8xi1>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p6_exact(%q: !t, %i: tensor<2x7xi32>) {
  // expected-error @below {{expected dimension 1 of the ids of 'segments' to be 8, but got 7}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(segments(%i) : tensor<2x7xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p6_blocks(%q: !t, %p: tensor<4xi32>, %c: tensor<9xi32>) {
  // expected-error @below {{expected dimension 0 of the row pointers of 'block_list' to be 3, but got 4}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t)
    pattern(block_list<block = [4, 4]>(%p, %c) : tensor<4xi32>, tensor<9xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p6_least(%q: !t, %e: tensor<0xi32>) {
  // expected-error @below {{expected dimension 0 of the ends of 'documents' to be at least 1, but got 0}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(documents(%e) : tensor<0xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p6_offsets(%q: !t, %o: tensor<3xi32>) {
  // expected-error @below {{expected dimension 0 of the offsets to be 2 or 1, but got 3}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t) pattern(causal) offset(%o : tensor<3xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p8(%q: !t, %p: tensor<3xi32>, %c: tensor<9xi32>) {
  // expected-error @below {{expected a 'multiset' in 'pattern' to stand alone or as the only one in an 'and'}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t)
    pattern(causal or block_list<block = [4, 4], multiset = 2>(%p, %c) : tensor<3xi32>, tensor<9xi32>)
  return
}

// -----

!t = tensor<2x4x8x16xf32>
func.func @pattern_p8_two(%q: !t, %p: tensor<3xi32>, %c: tensor<9xi32>) {
  // expected-error @below {{expected a 'multiset' in 'pattern' to stand alone or as the only one in an 'and'}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%q : !t)
    pattern(block_list<block = [4, 4], multiset = 2>(%p, %c) and block_list<block = [4, 4], multiset = 3>(%p, %c)
            : tensor<3xi32>, tensor<9xi32>)
  return
}
