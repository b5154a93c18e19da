// A tile becomes one loop over its live segments, with one full and one masked update.
// RUN: sattn-opt %s -sattn-fuse-online-softmax=key-tile=32 -canonicalize -cse | FileCheck %s

func.func @causal_tile(%q: memref<16x8xf32>, %k: memref<64x8xf32>, %v: memref<64x8xf32>,
                       %out: memref<16x8xf32>, %first: index) {
  sattn.tile_attention
    ins(%q, %k, %v : memref<16x8xf32>, memref<64x8xf32>, memref<64x8xf32>)
    outs(%out : memref<16x8xf32>) at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %c64 = arith.constant 64 : index
    %first_end = arith.addi %first, %c1 : index
    %last_end = arith.addi %first, %c16 : index
    %live = arith.cmpi slt, %key, %last_end : index
    %full = arith.cmpi slt, %key, %first_end : index
    %partial_end = arith.select %live, %last_end, %c64 : index
    %end = arith.select %full, %first_end, %partial_end : index
    sattn.segment live(%live) full(%full) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %live = arith.cmpi sle, %j, %i : index
    sattn.yield %live
  } {scale = 0.125 : f64}
  return
}

// CHECK-LABEL: func.func @causal_tile
// CHECK: sattn.softmax_init
// CHECK: scf.while
// CHECK: sattn.softmax_update
// CHECK-NOT: mask
// CHECK: sattn.pair_mask {{.*}} outs(%[[MASK:.*]] : memref<32x16xi32>)
// CHECK: sattn.softmax_update {{.*}} mask(%[[MASK]]
// CHECK-NOT: sattn.softmax_update
// CHECK: sattn.softmax_finish
