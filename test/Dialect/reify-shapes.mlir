// The size of a result is that of its destination.
// RUN: sattn-opt %s -resolve-ranked-shaped-type-result-dims -canonicalize | FileCheck %s

!t = tensor<?x4x?x16xf32>

// CHECK-LABEL: func @sizes
// CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x4x?x16xf32>, %[[OUT:[a-z0-9]*]]: tensor<?x4x?x16xf32>, %[[LSE:[a-z0-9]*]]: tensor<?x4x?xf32>
func.func @sizes(%q: !t, %out: !t, %lse: tensor<?x4x?xf32>)
    -> (index, index, index, index) {
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
  // CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0:2 = sattn.attention ins(%q, %q, %q : !t, !t, !t)
      outs(%out, %lse : !t, tensor<?x4x?xf32>) pattern(causal)
  // CHECK-NOT: sattn.attention
  // CHECK-DAG: %[[B:.*]] = tensor.dim %[[OUT]], %[[C0]]
  // CHECK-DAG: %[[M:.*]] = tensor.dim %[[OUT]], %[[C2]]
  // CHECK-DAG: %[[L:.*]] = tensor.dim %[[LSE]], %[[C2]]
  %b = tensor.dim %0#0, %c0 : !t
  %h = tensor.dim %0#0, %c1 : !t
  %m = tensor.dim %0#0, %c2 : !t
  %l = tensor.dim %0#1, %c2 : tensor<?x4x?xf32>
  // CHECK: return %[[B]], %[[C4]], %[[M]], %[[L]]
  return %b, %h, %m, %l : index, index, index, index
}
