// Dropout round-trips, and a rate of 0 is none.
// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s -canonicalize | FileCheck %s --check-prefix=CANONICAL

!t = tensor<4x6x64x8xf32>

// CHECK-LABEL: func.func @some
// CHECK: sink(%{{.*}} : tensor<6xf32>) dropout(1.000000e-01, %arg2) pattern(causal)
// CANONICAL-LABEL: func.func @some
// CANONICAL: dropout(1.000000e-01, %arg2)
func.func @some(%q: !t, %sink: tensor<6xf32>, %seed: i64, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
    sink(%sink : tensor<6xf32>) dropout(0.1, %seed) pattern(causal)
  return %0 : !t
}

// CHECK-LABEL: func.func @none
// CHECK: dropout(0.000000e+00, %arg1)
// CANONICAL-LABEL: func.func @none
// CANONICAL-NOT: dropout
// CANONICAL: pattern(causal)
func.func @none(%q: !t, %seed: i64, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
    dropout(0.0, %seed) pattern(causal)
  return %0 : !t
}
