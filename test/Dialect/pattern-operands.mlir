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

// CHECK-LABEL: func @slice
func.func @slice(%q: memref<2x4x8x16xf32>, %l: memref<7xi32, strided<[?], offset: ?>>, %i: index) {
  // CHECK: pattern(padding(%{{.*}}) : memref<7xi32, strided<[?], offset: ?>>) first_batch(%[[I:.*]]) first_row(%[[I]])
  sattn.attention ins(%q, %q, %q : memref<2x4x8x16xf32>, memref<2x4x8x16xf32>, memref<2x4x8x16xf32>)
    outs(%q : memref<2x4x8x16xf32>)
    pattern(padding(%l) : memref<7xi32, strided<[?], offset: ?>>) first_batch(%i) first_row(%i)
  return
}

// As an attribute, a leaf has numbers.
// CHECK-LABEL: func private @attribute
// CHECK-SAME: a = #sattn.padding<keys = 0>, b = #sattn.pattern<causal and padding<keys = 1, queries = 0>>
func.func private @attribute() attributes {a = #sattn.pattern<padding(0)>, b = #sattn.pattern<causal and padding(1, 0)>}
