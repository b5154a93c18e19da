// Operands of a pattern print back as they were written, also through the generic form.
// RUN: sattn-opt %s | FileCheck %s
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s

!t = tensor<2x4x8x16xf32>

// CHECK-LABEL: func @padding
// CHECK-SAME: %[[Q:.*]]: tensor<2x4x8x16xf32>, %[[OUT:.*]]: tensor<2x4x8x16xf32>, %[[L:.*]]: tensor<2xi32>, %[[M:.*]]: tensor<?xi64>
func.func @padding(%q: !t, %out: !t, %l: tensor<2xi32>, %m: tensor<?xi64>) -> !t {
  // CHECK: pattern(causal and padding(%[[M]], %[[L]]) : tensor<?xi64>, tensor<2xi32>){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(causal and padding(%m, %l) : tensor<?xi64>, tensor<2xi32>)
  return %0 : !t
}

// An operand that is read twice has one type.
// CHECK-LABEL: func @shared
func.func @shared(%q: !t, %out: !t, %l: tensor<2xi32>, %m: tensor<2xi32>) -> !t {
  // CHECK: pattern(per_head<[padding(%[[L:.*]]), dense, not padding(%[[M:.*]], %[[L]]), causal]> : tensor<2xi32>, tensor<2xi32>) align(bottom_right)
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(per_head<[padding(%l), dense, not padding(%m, %l), causal]> : tensor<2xi32>, tensor<2xi32>)
    align(bottom_right)
  return %0 : !t
}

// CHECK-LABEL: func @leaves
func.func @leaves(%q: !t, %out: !t, %e: tensor<3xi32>, %i: tensor<2x8xi64>, %p: tensor<2x4x3xi32>,
                  %c: tensor<?xi32>, %m: tensor<2x1x8x8xi1>, %n: tensor<8x1xi8>) -> !t {
  // CHECK: pattern(documents(%[[E:.*]]) or documents(%[[E]], %[[E]]) and not segments(%[[I:.*]]) or segments(%[[I]], %[[I]])
  // CHECK-SAME: or block_list<block = [4, 2]>(%{{.*}}, %{{.*}}) and mask(%{{.*}}) or not mask(%{{.*}}) : tensor<3xi32>, tensor<2x8xi64>, tensor<2x4x3xi32>, tensor<?xi32>, tensor<2x1x8x8xi1>, tensor<8x1xi8>)
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(documents(%e) or documents(%e, %e) and not segments(%i) or segments(%i, %i)
            or block_list<block = [4, 2]>(%p, %c) and mask(%m) or not mask(%n)
            : tensor<3xi32>, tensor<2x8xi64>, tensor<2x4x3xi32>, tensor<?xi32>, tensor<2x1x8x8xi1>, tensor<8x1xi8>)
  return %0 : !t
}

// CHECK-LABEL: func @slice
func.func @slice(%q: memref<2x4x8x16xf32>, %l: memref<7xi32, strided<[?], offset: ?>>, %i: index) {
  // CHECK: pattern(padding(%{{.*}}) : memref<7xi32, strided<[?], offset: ?>>) first_batch(%[[I:.*]]) first_row(%[[I]])
  sattn.attention ins(%q, %q, %q : memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>)
    outs(%q : memref<2x4x8x16xf32>)
    pattern(padding(%l) : memref<7xi32, strided<[?], offset: ?>>) first_batch(%i) first_row(%i)
  return
}

// CHECK-LABEL: func @offsets
// CHECK-SAME: %[[T:[a-z0-9]*]]: tensor<2xi32>, %[[O:[a-z0-9]*]]: index
func.func @offsets(%q: !t, %out: !t, %t: tensor<2xi32>, %o: index) -> !t {
  // CHECK: pattern(causal) offset(%[[T]] : tensor<2xi32>)
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t) pattern(causal)
    offset(%t : tensor<2xi32>)
  // CHECK: pattern(causal) offset(%[[O]], %[[T]] : tensor<2xi32>)
  %1 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%0 : !t) pattern(causal)
    offset(%o, %t : tensor<2xi32>)
  return %1 : !t
}

// As an attribute, a leaf has numbers.
// CHECK-LABEL: func private @attribute
// CHECK-SAME: a = #sattn.padding<keys = 0>, b = #sattn.pattern<causal and padding<keys = 1, queries = 0>>, c = #sattn.block_list<block = [4, 2], row_ptr = 3, cols = 1>
func.func private @attribute() attributes {a = #sattn.pattern<padding(0)>, b = #sattn.pattern<causal and padding(1, 0)>,
  c = #sattn.pattern<block_list<block = [4, 2]>(3, 1)>}
