// A tile that saves ends with its running state, one that resumes starts from such a state.
// RUN: sattn-opt %s -sattn-fuse-online-softmax -canonicalize -cse | FileCheck %s

!q = memref<16x8xf32>
!k = memref<64x8xf32>
!row = memref<16xf32>

func.func @save(%q: !q, %k: !k, %acc: !q, %max: !row, %sum: !row, %first: index) {
  sattn.tile_attention ins(%q, %k, %k : !q, !k, !k) save(%acc, %max, %sum : !q, !row, !row)
    at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 64 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}
// CHECK-LABEL: func.func @save
// CHECK-SAME: %[[ACC:[^:,]*]]: memref<16x8xf32>, %[[MAX:[^:,]*]]: memref<16xf32>, %[[SUM:[^:,]*]]: memref<16xf32>
// CHECK: sattn.softmax_init
// CHECK-NOT: resume
// CHECK: sattn.softmax_save
// CHECK-SAME: outs(%[[ACC]], %[[MAX]], %[[SUM]] :
// CHECK-NOT: sattn.softmax_finish

func.func @resume(%q: !q, %k: !k, %out: !q, %acc: !q, %max: !row, %sum: !row, %first: index) {
  sattn.tile_attention ins(%q, %k, %k : !q, !k, !k) outs(%out : !q)
    resume(%acc, %max, %sum : !q, !row, !row) at %first step 1 rows 16 segments {
  ^bb0(%key: index):
    %true = arith.constant true
    %end = arith.constant 64 : index
    sattn.segment live(%true) full(%true) end(%end)
  } mask {
  ^bb0(%i: index, %j: index):
    %true = arith.constant true
    sattn.yield %true
  } {scale = 1.0 : f64}
  return
}
// CHECK-LABEL: func.func @resume
// CHECK-SAME: %[[OUT:[^:,]*]]: memref<16x8xf32>, %[[ACC:[^:,]*]]: memref<16x8xf32>, %[[MAX:[^:,]*]]: memref<16xf32>, %[[SUM:[^:,]*]]: memref<16xf32>
// CHECK: sattn.softmax_init
// CHECK-SAME: resume(%[[ACC]], %[[MAX]], %[[SUM]] :
// CHECK: sattn.softmax_finish
// CHECK-SAME: outs(%[[OUT]] :
