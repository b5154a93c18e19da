// Keys of full segments are read in place and none of their pairs is compared or selected. Partial
// segments take another way through the same loop, or go through a list. There a warp skips what has no live
// pair, and a dead pair's score becomes -inf.
// RUN: sattn-opt %s -convert-sattn-to-gpu=key-tile=16 -canonicalize -cse | FileCheck %s

!rows = memref<16x16xf16>
!keys = memref<?x16xf16>
gpu.module @kernels {
  gpu.func @causal(%q: !rows, %k: !keys, %v: !keys, %out: !rows, %first: index) kernel {
    %c1 = arith.constant 1 : index
    %c15 = arith.constant 15 : index
    %c16 = arith.constant 16 : index
    sattn.tile_attention ins(%q, %k, %v : !rows, !keys, !keys) outs(%out : !rows)
      at %first step 1 rows 16 segments {
    ^bb0(%key: index):
      %last = arith.addi %first, %c15 : index
      %live = arith.cmpi sle, %key, %last : index
      %full = arith.cmpi sle, %key, %first : index
      %after_full = arith.addi %first, %c1 : index
      %after_live = arith.addi %first, %c16 : index
      %end = arith.select %full, %after_full, %after_live : index
      sattn.segment live(%live) full(%full) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %live = arith.cmpi sle, %j, %i : index
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
}
// CHECK-LABEL: gpu.func @causal(
// CHECK-DAG: %[[DEAD:.*]] = arith.constant 0xFF800000 : f32
// CHECK: scf.while

// Full key tiles.
// CHECK: scf.for {{.*}} iter_args
// CHECK: nvvm.cp.async.commit.group
// CHECK-NEXT: scf.if %{{[^ ]*}} -> (f32{{(, f32)+}}) {
// CHECK: nvvm.ldmatrix
// CHECK-NOT: arith.cmpi
// CHECK-NOT: arith.select
// CHECK: nvvm.vote.sync any
// CHECK-NEXT: scf.if
// CHECK: } else {
// CHECK-NEXT: scf.yield
// CHECK-NEXT: }
// CHECK-NOT: arith.cmpi
// CHECK-NOT: arith.select
// CHECK: nvvm.ldmatrix
// CHECK-NOT: arith.cmpi
// CHECK: nvvm.mma.sync
// CHECK-NOT: nvvm.ldmatrix
// CHECK: } else {

// Key tiles with dead pairs: bits of the mask say whether the warp has a live pair and a dead one.
// CHECK: %[[LIVE:.*]] = nvvm.vote.sync any
// CHECK-NEXT: scf.if %[[LIVE]]
// CHECK: nvvm.ldmatrix
// CHECK: nvvm.mma.sync
// CHECK: %[[MIXED:.*]] = nvvm.vote.sync any
// CHECK-NEXT: scf.if %[[MIXED]]
// CHECK: %[[BIT:.*]] = arith.cmpi ne
// CHECK-NEXT: arith.select %[[BIT]], %{{.*}}, %[[DEAD]] : f32
// CHECK: } else {
// CHECK: scf.if %[[LIVE]]
// CHECK: nvvm.mma.sync

// The keys of a list: of pairs that may be dead, and of a list that is too short.
// CHECK: %[[LIVEBITS:.*]]:2 = scf.if %{{[^ ]*}} -> (i32, i32) {
// CHECK: scf.for
// CHECK: } else {
// CHECK-NEXT: scf.yield %c-1_i32, %c-1_i32 : i32, i32
// CHECK: arith.andi %[[LIVEBITS]]#0, %[[LISTED:.*]] : i32
// CHECK-NEXT: arith.andi %[[LIVEBITS]]#1, %[[LISTED]]
// CHECK: nvvm.vote.sync any
