// The schedule is code only: at a million tokens it is that of four thousand with another number.
// RUN: sed s/LENGTH/1048576/g %s > %t.long.mlir
// RUN: sed s/LENGTH/65536/g %s > %t.short.mlir
// RUN: sattn-opt %t.long.mlir -sattn-tile-to-block-sparse -canonicalize -cse -o %t.long.out
// RUN: sattn-opt %t.short.mlir -sattn-tile-to-block-sparse -canonicalize -cse -o %t.short.out
// RUN: FileCheck %s < %t.long.out
// RUN: grep -c . %t.long.out > %t.long.lines
// RUN: grep -c . %t.short.out > %t.short.lines
// RUN: diff %t.long.lines %t.short.lines

!t = memref<1x1xLENGTHx64xf32>

// CHECK-NOT: memref.global
// CHECK-NOT: memref.alloc
// CHECK-LABEL: func.func @causal
func.func @causal(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return
}
// CHECK-NOT: memref.alloc
// CHECK-LABEL: func.func @window
func.func @window(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(window<left = 256, right = 256>)
  return
}
// CHECK-NOT: memref.alloc
// CHECK-LABEL: func.func @block_local
func.func @block_local(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(block_local<size = 128, left_blocks = 1>)
  return
}
// CHECK-NOT: memref.alloc
// CHECK-LABEL: func.func @strided
func.func @strided(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(strided<stride = 64>)
  return
}
// CHECK-NOT: memref.alloc
// CHECK-LABEL: func.func @longformer
func.func @longformer(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(longformer<window = 512, global = 4>)
  return
}
// CHECK-NOT: memref.alloc
// CHECK-NOT: sattn.attention
