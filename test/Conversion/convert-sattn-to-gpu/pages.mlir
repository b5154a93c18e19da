// Keys in pages are read through the list of keys: the table is looked up for each row that is copied, and
// nothing is streamed.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=16 -canonicalize -cse | FileCheck %s

!rows = memref<16x16xf16>
!keys = memref<?x16xf16>
!table = memref<?xi32>
gpu.module @kernels {
  gpu.func @paged(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %table: !table, %page_rows:
                  index, %first: index, %end: index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      pages(%table, %page_rows : !table)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {page_size = 16 : i64, scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @paged(
// CHECK-SAME: %[[TABLE:[^:,]*]]: memref<?xi32>, %[[PAGE_ROWS:[^:,]*]]: index,
// CHECK-NOT: scf.for {{.*}} iter_args
// CHECK: %[[KEY:.*]] = llvm.load %{{.*}} : !llvm.ptr<3> -> i32
// CHECK: %[[COLUMN:.*]] = arith.divui %[[KEY]], %c16_i32
// CHECK: %[[AT:.*]] = arith.index_cast %[[COLUMN]]
// CHECK: %[[PAGE:.*]] = memref.load %[[TABLE]][%[[AT]]]
// CHECK: %[[WIDE:.*]] = arith.extsi %[[PAGE]]
// CHECK: %[[STRIDE:.*]] = arith.index_cast %[[PAGE_ROWS]] : index to i64
// CHECK: arith.muli %[[WIDE]], %[[STRIDE]]
// CHECK: %[[WITHIN:.*]] = arith.remui %[[KEY]], %c16_i32
// CHECK: nvvm.cp.async.shared.global
}
