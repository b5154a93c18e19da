// Functions on tensors and on memrefs become LLVM dialect and get a C interface; nothing else is left.
// RUN: sattn-opt %s -sattn-to-llvm="cpu=haswell threads=1" | FileCheck %s
// RUN: sattn-opt %s -sattn-to-llvm="cpu=haswell threads=1" | mlir-translate --mlir-to-llvmir -o /dev/null

!t = tensor<1x2x?x64xf32>
!m = memref<1x2x?x64xf32>
!strided = memref<1x2x?x64xf32, strided<[?, ?, ?, 1], offset: ?>>
!lse = memref<1x2x?xf32>

func.func @tensors(%q: !t, %k: !t, %v: !t, %out: !t) -> !t {
  %0 = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return %0 : !t
}
// CHECK-NOT: func.func
// CHECK-NOT: unrealized_conversion_cast
// CHECK-NOT: sattn.
// CHECK-LABEL: llvm.func @tensors(
// CHECK-LABEL: llvm.func @_mlir_ciface_tensors(

func.func @memrefs(%q: !m, %k: !m, %v: !m, %out: !m, %lse: !lse) {
  sattn.attention ins(%q, %k, %v : !m, !m, !m) outs(%out, %lse : !m, !lse) pattern(dense)
  return
}
// CHECK-LABEL: llvm.func @memrefs(
// CHECK-LABEL: llvm.func @_mlir_ciface_memrefs(

func.func @strided_memrefs(%q: !strided, %k: !strided, %v: !strided, %out: !strided) {
  sattn.attention ins(%q, %k, %v : !strided, !strided, !strided) outs(%out : !strided)
    pattern(window<left = 5> or strided<stride = 16>)
  return
}
// CHECK-LABEL: llvm.func @strided_memrefs(
// CHECK-LABEL: llvm.func @_mlir_ciface_strided_memrefs(
// CHECK-NOT: unrealized_conversion_cast
// CHECK-NOT: sattn.
