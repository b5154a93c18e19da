// Rows that are heads at one position see the same keys: there is one list, and pairs are dead only where it
// ends.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=16 -canonicalize -cse | FileCheck %s

!rows = memref<4x16xf16>
!keys = memref<?x16xf16>
gpu.module @kernels {
  gpu.func @decode(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index, %end: index,
                   %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 1 rows 4 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %asked = arith.cmpi ult, %j, %i : index
      sattn.yield %asked
    } {grouped, scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @decode(
// CHECK-DAG: %[[DEAD:.*]] = arith.constant 0xFF800000 : f32
// CHECK-NOT: arith.cmpi ult
// CHECK: scf.while
// CHECK: scf.for {{.*}} iter_args
// CHECK-NOT: %[[DEAD]]
// CHECK: scf.yield
// CHECK: llvm.inline_asm {{.*}} "shl.b32 $0, $1, $2;", "=r,r,r" %c-1_i32
// CHECK: nvvm.prmt
// CHECK: nvvm.vote.sync any
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[DEAD]]
// CHECK-NOT: arith.cmpi ult
// CHECK: gpu.return
}
