// While a full key tile is multiplied the next one is copied, and no pair of it is masked.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=16 -canonicalize -cse | sed -n '/scf.for .*iter_args/,/^          }/{/scf.for\|scf.if\|nvvm\|maxnum\|^ *}/p;/^          }/q}' | cut -c 11-115 | FileCheck %s

!rows = memref<16x16xf16>
!keys = memref<64x16xf16>
gpu.module @kernels {
  gpu.func @attend(%q: !rows, %k: !keys, %v: !keys, %out: !rows) kernel {
    %c0 = arith.constant 0 : index
    %c64 = arith.constant 64 : index
    %true = arith.constant true
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %c0 step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%true) full(%true) end(%c64)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %true
    } {scale = 0.25 : f64}
    gpu.return
  }
}

// CHECK: scf.for
// CHECK-NEXT: nvvm.cp.async.wait.group 0
// CHECK-NEXT: nvvm.barrier0
// CHECK-COUNT-4: nvvm.cp.async.shared.global
// CHECK: nvvm.cp.async.commit.group
// CHECK-NEXT: %[[KEYS:.*]] = nvvm.ldmatrix {{.*}} layout = #nvvm.mma_layout<row>
// CHECK-NEXT: nvvm.mma.sync A[{{.*}}] B[{{.*}}] C[%cst
// CHECK-NEXT: nvvm.mma.sync
// CHECK-COUNT-6: "llvm.maxnum"
// CHECK-NEXT: %[[GREW:.*]] = nvvm.vote.sync any
// CHECK-NEXT: %[[STATE:.*]]:12 = scf.if %[[GREW]]
// CHECK: } else {
// CHECK-COUNT-8: "llvm.nvvm.ex2.approx.ftz.f32"
// CHECK-NEXT: %[[WEIGHTS:.*]] = nvvm.convert.f32x2.to.f16x2
// CHECK-COUNT-3: nvvm.convert.f32x2.to.f16x2
// CHECK-NEXT: nvvm.ldmatrix {{.*}} layout = #nvvm.mma_layout<col>
// CHECK-NEXT: nvvm.mma.sync A[%[[WEIGHTS]], {{.*}}] B[{{.*}}] C[%[[STATE]]#0
// CHECK-NEXT: nvvm.mma.sync
// CHECK-NEXT: }
// CHECK-NOT: {{.}}
