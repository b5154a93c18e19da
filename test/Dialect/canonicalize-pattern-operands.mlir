// Canonicalization drops operands that the simplified pattern does not read, and makes one
// of equal ones; the leaves that stay read what they did.
// RUN: sattn-opt %s -canonicalize | FileCheck %s

!t = tensor<2x4x8x16xf32>
!l = tensor<2xi32>

// pattern(dense or p) -> pattern(dense)
// CHECK-LABEL: func @unread
func.func @unread(%q: !t, %out: !t, %a: !l) -> !t {
  // CHECK: pattern(dense){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(dense or padding(%a) : !l)
  return %0 : !t
}

// CHECK-LABEL: func @renumbered
// CHECK-SAME: %[[A:[a-z0-9]*]]: tensor<2xi32>, %[[B:[a-z0-9]*]]: tensor<2xi32>)
func.func @renumbered(%q: !t, %out: !t, %a: !l, %b: !l) -> !t {
  // CHECK: pattern(causal and padding(%[[B]]) : tensor<2xi32>){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern((dense or padding(%a)) and causal and padding(%b) : !l, !l)
  return %0 : !t
}

// Two numbers for one value: the leaves are equal, and one is enough.
// CHECK-LABEL: func @equal
// CHECK-SAME: %[[A:[a-z0-9]*]]: tensor<2xi32>)
func.func @equal(%q: !t, %out: !t, %a: !l) -> !t {
  // CHECK: pattern(padding(%[[A]]) : tensor<2xi32>){{$}}
  %0 = "sattn.attention"(%q, %q, %q, %out, %a, %a) <{pattern = #sattn.pattern<padding(0) and padding(1)>,
    operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0>}> : (!t, !t, !t, !t, !l, !l) -> !t
  return %0 : !t
}

// and(p, not(p)) -> none
// CHECK-LABEL: func @complement
func.func @complement(%q: !t, %out: !t, %a: !l) -> !t {
  // CHECK: pattern(none){{$}}
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(padding(%a) and not padding(%a) : !l)
  return %0 : !t
}

// first_batch(0), first_row(0) -> nothing
// CHECK-LABEL: func @first
func.func @first(%q: !t, %out: !t, %a: !l) -> !t {
  // CHECK: pattern(padding(%{{.*}}) : tensor<2xi32>){{$}}
  %zero = arith.constant 0 : index
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(padding(%a) : !l) first_batch(%zero) first_row(%zero)
  return %0 : !t
}
