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
// CHECK: llvm.inline_asm {{.*}} "bmsk.clamp.b32 $0, $1, $2;"
// CHECK: nvvm.prmt
// CHECK: nvvm.vote.sync any
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[DEAD]]
// CHECK-NOT: arith.cmpi ult
// CHECK: gpu.return

  // Rows of several heads: row r is row r mod 5 of head r / 5.
  gpu.func @few_rows(%q: memref<20x16xf16>, %k: !keys, %out: memref<20x16xf16>, %sinks: memref<4xf32>,
                     %first: index, %end: index, %head: index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %k : memref<20x16xf16>, !keys, !keys) outs(%out : memref<20x16xf16>)
      sink(%sinks : memref<4xf32>) at %first step 1 rows 20 head %head segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %past = arith.cmpi sle, %j, %i : index
      sattn.yield %past
    } score {
    ^bb0(%score: f32, %h: index, %i: index, %j: index):
      %number = arith.index_cast %h : index to i32
      %own = arith.sitofp %number : i32 to f32
      %sum = arith.addf %score, %own : f32
      sattn.yield %sum : f32
    } {rows_per_head = 5 : i64, scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @few_rows(
// CHECK-DAG: %[[FIRST:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK-DAG: arith.remui %[[ROW:.*]], %c5_i32
// CHECK-DAG: arith.divui %[[ROW]], %c5_i32
// CHECK: gpu.return
}
