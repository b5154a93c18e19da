// A warp whose rows hold a number that is not finite, or whose exponents are coarse, computes them again
// pair by pair; loops over key tiles check nothing.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=16 -canonicalize -cse | FileCheck %s

!rows = memref<16x16xf16>
!keys = memref<?x16xf16>
gpu.module @kernels {
  gpu.func @checked(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                    %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %asked = arith.cmpi ult, %j, %i : index
      sattn.yield %asked
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @checked(
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG: %[[COARSE:.*]] = arith.constant 0x49800000 : f32
// CHECK: scf.while
// CHECK-NOT: "llvm.fabs"
// CHECK: nvvm.shfl.sync bfly %{{.*}}, %{{.*}}#12
// CHECK: math.fma %{{.*}}, %[[ZERO]], %[[ZERO]]
// CHECK: arith.cmpf ogt, %{{.*}}, %[[COARSE]]
// CHECK: arith.cmpf oeq, %{{.*}}, %[[ZERO]]
// CHECK: %[[ODD:.*]] = nvvm.vote.sync any
// CHECK-NEXT: scf.if %[[ODD]] {
// CHECK: scf.for
// CHECK: arith.cmpi ult
// CHECK-NEXT: scf.if
// CHECK: math.fma
// CHECK: nvvm.shfl.sync
// CHECK: } else {
// CHECK: llvm.store
}
