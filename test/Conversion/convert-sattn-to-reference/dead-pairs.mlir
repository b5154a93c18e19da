// Keys and values of a dead pair are never read, so what stands there (also NaN) cannot
// reach the result; a row without live keys divides by 1 and gives 0, and lse -inf.
// RUN: sattn-opt %s --convert-sattn-to-reference --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @reads_under_guard(
// CHECK-SAME:    %{{.*}}: memref<1x1x8x4xf32>, %[[K:[^:]*]]: memref<1x1x8x4xf32>, %[[V:[^:]*]]: memref<1x1x8x2xf32>, %[[OUT:[^:]*]]: memref<1x1x8x2xf32>, %[[LSE:[^:]*]]: memref<1x1x8xf32>)
// CHECK-DAG:     %[[INF:.*]] = arith.constant 0xFFF0000000000000 : f64
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f64
// CHECK:         %[[MAX:.*]] = scf.for {{.*}} iter_args(%[[CARRIED:.*]] = %[[INF]]) -> (f64)
// CHECK-NOT:       memref.load %[[K]]
// CHECK:           scf.if
// CHECK:             memref.load %[[K]]
// CHECK:           } else {
// CHECK-NEXT:        scf.yield %[[CARRIED]] : f64
// CHECK:         %[[SUM:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[ZERO]]) -> (f64)
// CHECK-NOT:       memref.load %[[K]]
// CHECK:           scf.if
// CHECK:             memref.load %[[K]]
// CHECK-NOT:     memref.load %[[V]]
// CHECK:         scf.if {{.*}} {
// CHECK:           memref.load %[[V]]
// CHECK:         %[[DEAD:.*]] = arith.cmpf oeq, %[[SUM]], %[[ZERO]]
// CHECK:         %[[DIVISOR:.*]] = arith.select %[[DEAD]], %[[ONE]], %[[SUM]]
// CHECK:         arith.divf %{{.*}}, %[[DIVISOR]]
// CHECK:         %[[LOG:.*]] = math.log %[[SUM]]
// CHECK:         %[[VALUE:.*]] = arith.addf %[[MAX]], %[[LOG]]
// CHECK:         %[[ROUNDED:.*]] = arith.truncf %[[VALUE]] : f64 to f32
// CHECK:         memref.store %[[ROUNDED]], %[[LSE]]
func.func @reads_under_guard(%q: memref<1x1x8x4xf32>, %k: memref<1x1x8x4xf32>,
                             %v: memref<1x1x8x2xf32>,
                             %out: memref<1x1x8x2xf32>,
                             %lse: memref<1x1x8xf32>) {
  sattn.attention ins(%q, %k, %v : memref<1x1x8x4xf32>, memref<1x1x8x4xf32>,
                                   memref<1x1x8x2xf32>)
                  outs(%out, %lse : memref<1x1x8x2xf32>, memref<1x1x8xf32>)
    pattern(window<left = 2, right = 1>)
  return
}

// CHECK-LABEL: func.func @no_live_pair(
// CHECK-NOT:     memref.load %{{.*}} : memref<1x1x8x4xf32>
// CHECK:         return
func.func @no_live_pair(%q: memref<1x1x8x4xf32>, %k: memref<1x1x8x4xf32>,
                        %v: memref<1x1x8x4xf32>, %out: memref<1x1x8x4xf32>) {
  sattn.attention ins(%q, %k, %v : memref<1x1x8x4xf32>, memref<1x1x8x4xf32>,
                                   memref<1x1x8x4xf32>)
                  outs(%out : memref<1x1x8x4xf32>) pattern(none)
  return
}
