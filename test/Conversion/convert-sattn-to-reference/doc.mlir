// Three fp64 loops over all keys of a row, each guarded by the predicate alone.
// RUN: sattn-opt %s --convert-sattn-to-reference --canonicalize | FileCheck %s

func.func @causal(%q: memref<1x2x8x4xf32>, %k: memref<1x2x8x4xf32>,
                  %v: memref<1x2x8x4xf32>, %out: memref<1x2x8x4xf32>) {
  sattn.attention ins(%q, %k, %v : memref<1x2x8x4xf32>, memref<1x2x8x4xf32>,
                                   memref<1x2x8x4xf32>)
                  outs(%out : memref<1x2x8x4xf32>)
    pattern(causal) {scale = 0.5 : f32}
  return
}

// CHECK-LABEL: func.func @causal(
// CHECK-NOT:     sattn.
// CHECK:         scf.for %[[HEAD:.*]] = %{{.*}} to %c2
// CHECK:           scf.for %[[I:.*]] = %{{.*}} to %c8
// CHECK:             %[[MAX:.*]] = scf.for %[[J:.*]] = %{{.*}} to %c8 {{.*}} -> (f64) {
// CHECK:               %[[LIVE:.*]] = arith.cmpi sle, %[[J]], %[[I]] : index
// CHECK-NEXT:          scf.if %[[LIVE]] -> (f64)
// CHECK:                 arith.maximumf {{.*}} : f64
// CHECK:             %[[SUM:.*]] = scf.for %[[J:.*]] = %{{.*}} to %c8 {{.*}} -> (f64) {
// CHECK:               %[[LIVE:.*]] = arith.cmpi sle, %[[J]], %[[I]] : index
// CHECK-NEXT:          scf.if %[[LIVE]] -> (f64)
// CHECK:                 math.exp {{.*}} : f64
// CHECK:             scf.for %[[J:.*]] = %{{.*}} to %c8 {{.*}} {
// CHECK-NEXT:          %[[LIVE:.*]] = arith.cmpi sle, %[[J]], %[[I]] : index
// CHECK-NEXT:          scf.if %[[LIVE]] {
// CHECK:                 math.exp {{.*}} : f64
// CHECK:             memref.store %{{.*}}, %{{.*}}[%c0, %[[HEAD]], %[[I]], %{{.*}}]
