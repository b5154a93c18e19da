// What rows have so far is rescaled only if, in some lane of the warp, a score is more than 8 (an exponent
// of 2) above its row's maximum; the new one is a whole number.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=16 -canonicalize -cse | FileCheck %s

!rows = memref<16x16xbf16>
!keys = memref<?x16xbf16>
gpu.module @kernels {
  gpu.func @update(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                   %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// The maximum is kept negated: an exponent is one multiply-add. 0.25 * log2(e) is 0.36.
// CHECK-LABEL: gpu.func @update(
// CHECK-DAG: %[[FACTOR:.*]] = arith.constant 0.360673755 : f32
// CHECK-DAG: %[[HEADROOM:.*]] = arith.constant 8.000000e+00 : f32
// CHECK: scf.for {{.*}} iter_args
// CHECK: %[[ABOVE0:.*]] = math.fma %[[FOUND:.*]], %[[FACTOR]], %[[MAX:.*]] : f32
// CHECK-NEXT: %[[FAR0:.*]] = arith.cmpf ogt, %[[ABOVE0]], %[[HEADROOM]]
// CHECK-NEXT: %[[ABOVE1:.*]] = math.fma
// CHECK-NEXT: %[[FAR1:.*]] = arith.cmpf ogt, %[[ABOVE1]], %[[HEADROOM]]
// CHECK-NEXT: %[[FAR:.*]] = arith.ori %[[FAR0]], %[[FAR1]] : i1
// CHECK-NEXT: %[[ANY:.*]] = nvvm.vote.sync any %{{.*}}, %[[FAR]]
// CHECK-NEXT: %[[STATE:.*]]:12 = scf.if %[[ANY]]
// CHECK: nvvm.shfl.sync bfly %{{.*}}, %[[FOUND]], %c1_i32
// CHECK: nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %c2_i32
// CHECK: llvm.call_intrinsic "llvm.ceil"
// CHECK: %[[NEXT:.*]] = arith.select %{{.*}}, %{{.*}}, %[[MAX]] : f32
// CHECK-NEXT: %[[LESS:.*]] = arith.subf %[[NEXT]], %[[MAX]]
// CHECK-NEXT: %[[SCALE:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[LESS]])
// CHECK: arith.mulf %{{.*}}, %[[SCALE]]
// CHECK: } else {
// CHECK-NEXT: scf.yield
// CHECK-NEXT: }
// CHECK-NEXT: %[[EXPONENT:.*]] = math.fma %{{.*}}, %[[FACTOR]], %[[STATE]]#8
// CHECK-NEXT: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[EXPONENT]])
}
