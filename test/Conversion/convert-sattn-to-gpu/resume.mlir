// Phases of one pattern: the softmax of a row is saved as it is, and goes on from there.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=16 -canonicalize -cse | FileCheck %s

!rows = memref<16x16xf16>
!keys = memref<?x16xf16>
!sums = memref<16x16xf32>
!row = memref<16xf32>
gpu.module @kernels {
  gpu.func @save(%q: !rows, %k: !keys, %v: !keys, %sums: !sums, %max: !row, %sum: !row,
                 %first: index, %end: index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys)
      save(%sums, %max, %sum : !sums, !row, !row)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @save(
// CHECK-DAG: %[[NONE:.*]] = arith.constant 6.136540e+37 : f32
// CHECK: scf.while ({{.*}} = %[[NONE]],
// CHECK-NOT: nvvm.rcp
// CHECK: gpu.return

  gpu.func @resume(%q: !rows, %k: !keys, %v: !keys, %sums: !sums, %max: !row, %sum: !row,
                   %out: !rows, %first: index, %end: index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      resume(%sums, %max, %sum : !sums, !row, !row)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @resume(
// CHECK: %[[MAX:.*]] = llvm.load %{{.*}} : !llvm.ptr<1> -> f32
// CHECK: %[[LEAST:.*]] = llvm.call_intrinsic "llvm.maxnum"(%[[MAX]], %{{.*}})
// CHECK: %[[NEGATED:.*]] = arith.negf %[[LEAST]]
// CHECK: scf.while ({{.*}} = %[[NEGATED]],
// CHECK: nvvm.rcp.approx.ftz.f
// CHECK: gpu.return
}
