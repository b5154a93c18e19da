// A tile that resumes starts its running state from the phases before it.
// RUN: sattn-opt %s -sattn-fuse-online-softmax -canonicalize -cse | FileCheck %s

func.func @resume(%q: memref<16x8xf32>, %k: memref<64x8xf32>, %out: memref<16x8xf32>,
                  %so_far: memref<16x8xf32>, %lse: memref<16xf32>, %first: index) {
  sattn.tile_attention ins(%q, %k, %k : memref<16x8xf32>, memref<64x8xf32>, memref<64x8xf32>)
    outs(%out : memref<16x8xf32>) resume(%so_far, %lse : memref<16x8xf32>, memref<16xf32>)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 64 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f32}
  return
}
// CHECK-LABEL: func.func @resume
// CHECK-SAME: %[[SO_FAR:[^:,]*]]: memref<16x8xf32>, %[[LSE:[^:,]*]]: memref<16xf32>
// CHECK: sattn.softmax_init
// CHECK-SAME: resume(%[[SO_FAR]], %[[LSE]] :
