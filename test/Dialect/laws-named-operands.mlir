// A name whose leaf reads an operand is an abbreviation as the others are.
// RUN: sattn-opt %s | sattn-opt | FileCheck %s --check-prefix=KEPT
// RUN: sattn-opt %s -mlir-print-op-generic | sattn-opt | FileCheck %s --check-prefix=KEPT
// RUN: sattn-opt %s -canonicalize | FileCheck %s

// document_causal(%e) -> and(documents(%e), causal)
// KEPT: pattern(document_causal(%arg2) : tensor<5xi64>)
// CHECK-LABEL: func.func @document_causal
// CHECK: pattern(documents(%arg2) and causal : tensor<5xi64>)
func.func @document_causal(%q: tensor<1x2x12x8xf32>, %o: tensor<1x2x12x8xf32>,
                           %ends: tensor<5xi64>) -> tensor<1x2x12x8xf32> {
  %0 = sattn.attention
    ins(%q, %q, %q : tensor<1x2x12x8xf32>, tensor<1x2x12x8xf32>, tensor<1x2x12x8xf32>)
    outs(%o : tensor<1x2x12x8xf32>) pattern(document_causal(%ends) : tensor<5xi64>)
  return %0 : tensor<1x2x12x8xf32>
}
