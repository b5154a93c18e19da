// A score region is applied to each pair in registers, after the scale; functions in it become
// instructions, since kernels have no library to call.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=16 -canonicalize -cse | FileCheck %s

!rows = memref<16x16xf16>
!keys = memref<?x16xf16>
gpu.module @kernels {
  gpu.func @modified(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                     %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 1 rows 16 head %first segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } score {
    ^bb0(%score: f32, %head: index, %i: index, %j: index):
      %distance = arith.subi %i, %j : index
      %whole = arith.index_cast %distance : index to i32
      %bias = arith.sitofp %whole : i32 to f32
      %root = math.sqrt %bias : f32
      %capped = math.tanh %score : f32
      %sum = arith.addf %capped, %root : f32
      sattn.yield %sum : f32
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @modified(
// CHECK-DAG: %[[SCALE:.*]] = arith.constant 2.500000e-01 : f32
// CHECK-DAG: %[[LOG2_E:.*]] = arith.constant 1.44269502 : f32
// CHECK-NOT: math.sqrt
// CHECK-NOT: math.tanh
// CHECK: scf.for {{.*}} iter_args
// CHECK: nvvm.mma.sync
// CHECK: %[[S:.*]] = arith.mulf %{{.*}}, %[[SCALE]] : f32
// CHECK: arith.sitofp
// CHECK: llvm.call_intrinsic "llvm.sqrt"
// CHECK: nvvm.vote.sync any
// CHECK: math.fma %{{.*}}, %[[LOG2_E]], %{{.*}} : f32
// CHECK-NOT: math.sqrt
// CHECK-NOT: math.tanh
// CHECK: gpu.return
}
