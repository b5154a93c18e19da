// Every element type compiles to LLVM IR, with softmax and sums in f32.
// RUN: sed s/TYPE/f32/g %s | sattn-opt -sattn-to-llvm="cpu=haswell threads=1" | mlir-translate --mlir-to-llvmir | FileCheck %s
// RUN: sed s/TYPE/f16/g %s | sattn-opt -sattn-to-llvm="cpu=haswell threads=1" | mlir-translate --mlir-to-llvmir | FileCheck %s
// RUN: sed s/TYPE/bf16/g %s | sattn-opt -sattn-to-llvm="cpu=haswell threads=1" | mlir-translate --mlir-to-llvmir | FileCheck %s

!t = tensor<?x?x?x64xTYPE>

func.func @attend(%q: !t, %k: !t, %v: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(causal and window<left = 100>)
  return %0 : !t
}
// CHECK-LABEL: @attend(
// CHECK: fmuladd.v8f32
