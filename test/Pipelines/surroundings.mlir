// What stands beside the attention is lowered too, or named with its place.
// RUN: split-file %s %t
// RUN: sattn-opt %t/linalg.mlir -sattn-to-llvm=threads=1 | FileCheck %s --check-prefix=LINALG
// RUN: sattn-opt %t/linalg.mlir -sattn-to-reference | FileCheck %s --check-prefix=LINALG
// RUN: not sattn-opt %t/left.mlir -sattn-to-llvm 2>&1 | FileCheck %s --check-prefix=LEFT
// RUN: not sattn-opt %t/nested.mlir -sattn-to-llvm 2>&1 | FileCheck %s --check-prefix=NESTED

// LINALG-LABEL: llvm.func @scaled(
// LINALG-NOT: linalg

// LEFT: left.mlir:4:12: error: cannot convert 'async.runtime.create' to the LLVM dialect
// NESTED: nested.mlir:1:10: error: expected all functions in the outermost module, but got a module inside of it

//--- linalg.mlir
!t = tensor<1x1x8x16xf32>
func.func @scaled(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%o : !t) pattern(causal)
  %empty = tensor.empty() : !t
  %1 = linalg.add ins(%0, %q : !t, !t) outs(%empty : !t) -> !t
  return %1 : !t
}
//--- left.mlir
!t = memref<1x1x8x16xf32>
func.func @left(%q: !t, %k: !t, %v: !t, %o: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%o : !t) pattern(causal)
  %token = async.runtime.create : !async.token
  return
}
//--- nested.mlir
module { module {
  func.func @inner(%q: memref<1x1x8x16xf32>, %o: memref<1x1x8x16xf32>) {
    sattn.attention ins(%q, %q, %q : memref<1x1x8x16xf32>, memref<1x1x8x16xf32>, memref<1x1x8x16xf32>)
      outs(%o : memref<1x1x8x16xf32>) pattern(causal)
    return
  }
}}
