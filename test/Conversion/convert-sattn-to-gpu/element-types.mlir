// f16 and bf16 are multiplied as they are; f32 as three parts of bf16 each, with the six products of
// which none is smaller than what f32 rounds off.
// With allow-tf32 f32 is rounded to tf32 once it has been copied, and multiplied as it is; f16 and bf16 stay the same.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=16 -canonicalize -cse | FileCheck %s
// RUN: sattn-opt %s -convert-sattn-to-gpu="key-tile=16 allow-tf32" -canonicalize -cse | FileCheck %s --check-prefix=TF32

!half = memref<16x16xf16>
!bfloat = memref<16x16xbf16>
!float = memref<16x16xf32>
gpu.module @kernels {
  gpu.func @half(%q: !half, %k: !half, %v: !half, %out: !half, %first: index, %end: index,
                 %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !half, !half, !half) outs(%out : !half)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @half(
// TF32-LABEL: gpu.func @half(
// TF32-NOT: tf32
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-2: nvvm.mma.sync {{.*}} : (vector<2xf16>, vector<2xf16>, f32)
// CHECK-NOT: nvvm.mma.sync
// CHECK: nvvm.convert.f32x2.to.f16x2
// CHECK-COUNT-2: nvvm.mma.sync {{.*}} : (vector<2xf16>, vector<2xf16>, f32)
// CHECK-NOT: nvvm.mma.sync
// CHECK: scf.yield

  gpu.func @bfloat(%q: !bfloat, %k: !bfloat, %v: !bfloat, %out: !bfloat, %first: index, %end:
                   index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !bfloat, !bfloat, !bfloat) outs(%out : !bfloat)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @bfloat(
// TF32-LABEL: gpu.func @bfloat(
// TF32-NOT: tf32
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-2: nvvm.mma.sync {{.*}} multiplicandAPtxType = #nvvm.mma_type<bf16>
// CHECK: nvvm.convert.f32x2.to.bf16x2
// CHECK-COUNT-2: nvvm.mma.sync {{.*}} multiplicandAPtxType = #nvvm.mma_type<bf16>

  gpu.func @float(%q: !float, %k: !float, %v: !float, %out: !float, %first: index, %end:
                  index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !float, !float, !float) outs(%out : !float)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// Parts are made while keys are copied: there is no streamed loop.
// CHECK-LABEL: gpu.func @float(
// CHECK-NOT: nvvm.cp.async.shared.global
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK: scf.while
// CHECK-COUNT-2: nvvm.mma.sync {{.*}} multiplicandAPtxType = #nvvm.mma_type<bf16>{{.*}} k = 8>
// CHECK-COUNT-12: nvvm.mma.sync {{.*}} multiplicandAPtxType = #nvvm.mma_type<bf16>{{.*}} k = 16>
// CHECK-NOT: nvvm.mma.sync
// CHECK: llvm.nvvm.ex2.approx
// CHECK-COUNT-12: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK: gpu.return

// Rows of 16 columns are 4 chunks: 16 of them are 64, 2 for each lane. The streamed loop has two stages.
// TF32-LABEL: gpu.func @float(
// TF32-COUNT-2: nvvm.cp.async.shared.global
// TF32: nvvm.cp.async.wait.group 0
// TF32-COUNT-8: nvvm.convert.float.to.tf32 {{.*}} {rnd = #nvvm.fp_rnd_mode<rna>}
// TF32-NOT: nvvm.convert.float.to.tf32
// TF32: nvvm.barrier0
// TF32: scf.while
// TF32: scf.for {{.*}} iter_args
// TF32: nvvm.cp.async.wait.group 0
// TF32-COUNT-16: nvvm.convert.float.to.tf32
// TF32-NOT: nvvm.convert.float.to.tf32
// TF32: nvvm.barrier0
// TF32-COUNT-4: nvvm.mma.sync {{.*}} multiplicandAPtxType = #nvvm.mma_type<tf32>{{.*}} k = 8>
// TF32-NOT: nvvm.mma.sync
// TF32: llvm.nvvm.ex2.approx
// TF32-COUNT-4: nvvm.convert.float.to.tf32
// TF32-NOT: nvvm.convert.float.to.tf32
// TF32-COUNT-2: nvvm.mma.sync {{.*}} multiplicandAPtxType = #nvvm.mma_type<tf32>{{.*}} k = 8>
// TF32-NOT: multiplicandAPtxType = #nvvm.mma_type<bf16>{{.*}} k = 16>
// TF32: gpu.return
}
