// The oracle asks a mask region about pairs that the rest of the pattern leaves open, in the
// precision in which it is written.
// RUN: sattn-opt %s -convert-sattn-to-reference -canonicalize -cse | FileCheck %s

// CHECK-LABEL: func @mask
// CHECK: %[[CAUSAL:.*]] = arith.cmpi sle
// CHECK: %[[LIVE:.*]] = scf.if %[[CAUSAL]] -> (i1)
// CHECK: arith.mulf %{{.*}} : f32
// CHECK: scf.yield %{{.*}} : i1
// CHECK: } else {
// CHECK: scf.yield %false
// CHECK: scf.if %[[LIVE]] -> (f64)
func.func @mask(%q: memref<1x1x8x4xf32>, %x: f32, %out: memref<1x1x8x4xf32>) {
  sattn.attention ins(%q, %q, %q : memref<1x1x8x4xf32>, memref<1x1x8x4xf32>, memref<1x1x8x4xf32>)
    outs(%out : memref<1x1x8x4xf32>) pattern(causal and region) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %n = arith.index_cast %j : index to i32
      %f = arith.sitofp %n : i32 to f32
      %y = arith.mulf %f, %x : f32
      %near = arith.cmpf olt, %y, %x : f32
      sattn.yield %near
    }
  return
}
