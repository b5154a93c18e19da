// The oracle computes in fp64 and uses nothing of a pattern but the predicate of a pair.
// RUN: sattn-opt %s -sattn-to-reference | FileCheck %s

!t = tensor<1x2x?x16xbf16>

func.func @attend(%q: !t, %k: !t, %v: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(window<left = 7>)
  return %0 : !t
}
// CHECK-NOT: sattn.
// CHECK-LABEL: llvm.func @attend(
// CHECK-NOT: vector<
// CHECK: f64
// CHECK-LABEL: llvm.func @_mlir_ciface_attend(
