// Keys of full segments are read in place and none of their pairs is compared or selected. Partial
// segments take another way through the same loop, or go through a list. There a warp skips what has no live
// pair, and sums of products begin with the mask, a product with the identity.
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
// CHECK: scf.while
// CHECK: %[[IDENTITY:.*]] = llvm.inline_asm {{.*}} "shl.b32 $0, $1, $2;"

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

// Key tiles with dead pairs: bits of the mask say whether the warp has a live pair.
// CHECK: %[[DEAD:.*]] = llvm.inline_asm {{.*}} "bmsk.clamp.b32 $0, $1, $2;"
// CHECK-NEXT: %[[SOME:.*]] = arith.cmpi ne, %[[DEAD]], %c-1_i32
// CHECK-NEXT: %[[LIVE:.*]] = nvvm.vote.sync any %c-1_i32, %[[SOME]]
// CHECK-NEXT: scf.if %[[LIVE]]
// CHECK: %[[BITS:.*]] = arith.shli %[[DEAD]], %c7_i32
// CHECK-NEXT: %[[FIRST:.*]] = nvvm.prmt <default> %{{.*}}, %[[BITS]], %c0_i32
// CHECK-NEXT: %[[SECOND:.*]] = nvvm.prmt <default> %{{.*}}, %[[BITS]], %c0_i32
// CHECK-NEXT: %[[MASK:.*]] = nvvm.mma.sync A[%[[FIRST]], %[[SECOND]]] B[%[[IDENTITY]]] {{.*}} k = 8>
// CHECK: %[[BEGIN:.*]] = llvm.extractvalue %[[MASK]][0]
// CHECK: nvvm.ldmatrix
// CHECK: nvvm.mma.sync {{.*}} C[%[[BEGIN]],
// CHECK-NOT: arith.select
// CHECK: llvm.call_intrinsic "llvm.maxnum"

// The keys of a list: of pairs that may be dead, and of a list that is too short.
// CHECK: %[[LIVEBITS:.*]] = scf.if %{{[^ ]*}} -> (i32) {
// CHECK: scf.for
// CHECK: } else {
// CHECK-NEXT: scf.yield %c-1_i32 : i32
// CHECK: %[[LISTED:.*]] = nvvm.prmt
// CHECK-NEXT: arith.andi %[[LIVEBITS]], %[[LISTED]] : i32
// CHECK: nvvm.vote.sync any
