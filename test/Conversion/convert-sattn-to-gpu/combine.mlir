// What tiles over disjoint keys have saved becomes one result: each element is a sum with the weights
// 2^(maximum - the largest), and the largest is searched first.
// RUN: sattn-opt %s -convert-sattn-to-gpu -canonicalize -cse | FileCheck %s

!acc = memref<?x4x64xf32>
!row = memref<?x4xf32>
!out = memref<4x64xf16>
gpu.module @kernels {
  gpu.func @combine(%acc: !acc, %max: !row, %sum: !row, %out: !out) kernel {
    sattn.softmax_combine ins(%acc, %max, %sum : !acc, !row, !row) outs(%out : !out) {scale = 0.125 : f64}
    gpu.return
  }
}
// CHECK-LABEL: gpu.func @combine(
// CHECK-SAME: %[[ACC:.*]]: memref<?x4x64xf32>, %[[MAX:.*]]: memref<?x4xf32>, %[[SUM:.*]]: memref<?x4xf32>,
// CHECK-DAG: %[[NONE:.*]] = arith.constant -3.40282347E+38 : f32
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[THREAD:.*]] = nvvm.read.ptx.sreg.tid.x
// CHECK: scf.for %[[ELEMENT:.*]] = %[[THREAD]] to %c256_i32 step %c128_i32
// CHECK: %[[ROW:.*]] = arith.divui %[[ELEMENT]], %c64_i32
// CHECK: %[[LARGEST:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[NONE]])
// CHECK: memref.load %[[MAX]]
// CHECK: "llvm.maxnum"
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[ZERO]], %{{.*}} = %[[ZERO]])
// CHECK: %[[M:.*]] = memref.load %[[MAX]]
// CHECK: %[[LESS:.*]] = arith.subf %[[M]], %[[LARGEST]]
// CHECK: %[[WEIGHT:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[LESS]])
// CHECK: %[[S:.*]] = memref.load %[[SUM]]
// CHECK: math.fma %[[S]], %[[WEIGHT]]
// CHECK: %[[A:.*]] = memref.load %[[ACC]]
// CHECK: math.fma %[[A]], %[[WEIGHT]]
// CHECK: nvvm.rcp.approx.ftz.f
// CHECK: llvm.store %{{.*}} : f16, !llvm.ptr<1>
