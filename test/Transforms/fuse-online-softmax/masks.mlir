// Full keys are consumed without a mask, partial ones with it, and each update exists once.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -sattn-fuse-online-softmax=key-tile=32 -canonicalize -cse | FileCheck %s

!t = memref<1x2x256x8xf32>

func.func @longformer(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(longformer<window = 64, global = 1>)
  return
}
// CHECK-LABEL: func.func @longformer
// CHECK-DAG: %[[LIST_0:.*]] = memref.alloca() {{.*}} : memref<32xindex>
// CHECK-DAG: %[[LIST_1:.*]] = memref.alloca() {{.*}} : memref<32xindex>
// CHECK: sattn.pack_queries
// CHECK: sattn.softmax_init
// CHECK-NOT: resume
// CHECK: scf.while
// CHECK: sattn.softmax_update
// CHECK-NOT: mask
// CHECK: }
// CHECK: sattn.pair_mask
// CHECK: sattn.yield
// CHECK: sattn.softmax_update
// CHECK-SAME: mask(
// CHECK-NOT: sattn.softmax_update
// CHECK: sattn.softmax_finish
// CHECK-NOT: sattn.tile_attention
