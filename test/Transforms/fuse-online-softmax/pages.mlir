// A list of keys becomes one of rows in pages; masks and scores are asked about the keys.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -sattn-fuse-online-softmax=key-tile=32 -canonicalize -cse | FileCheck %s

!q = memref<2x4x64x8xf32>
!k = memref<?x2x16x8xf32, strided<[256, 8, 16, 1]>>

func.func @paged(%q: !q, %k: !k, %v: !k, %table: memref<2x9xi32>, %out: !q) {
  sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q) block_table(%table : memref<2x9xi32>)
    modify(alibi) pattern(causal)
  return
}
// What a batch has is found once; pages that it has are checked to be in the pool.
// CHECK-LABEL: func.func @paged
// CHECK: func.call @sattn_report_operand_error
// CHECK: memref.alloc() : memref<2xi32>
// CHECK: scf.forall
// CHECK: memref.reinterpret_cast {{.*}} strides: [16, 1] : {{.*}} to memref<?x8xf32, strided<[16, 1], offset: ?>>
// CHECK: sattn.softmax_init
// CHECK: scf.for %[[P:.*]] = %c0 to %{{.*}} step %c1 {
// CHECK: %[[KEY:.*]] = memref.load %[[LIST:.*]][%[[P]]] : memref<32xindex>
// CHECK: %[[COLUMN:.*]] = arith.shrsi %[[KEY]], %c4
// CHECK: %[[PAGE:.*]] = memref.load %{{.*}}[%[[COLUMN]]] : memref<9xi32
// CHECK: %[[INDEX:.*]] = arith.index_cast %[[PAGE]]
// CHECK: arith.muli %[[INDEX]], %c16
// CHECK: memref.store %{{.*}}, %[[ROWS:.*]][%[[P]]] : memref<32xindex>
// CHECK: sattn.softmax_update {{.*}} keys(%[[ROWS]], %{{.*}} : memref<32xindex>) numbers(%[[LIST]] : memref<32xindex>)
// CHECK: sattn.pair_mask keys(%[[PARTIAL:.*]], %{{.*}} : memref<32xindex>)
// CHECK: sattn.softmax_update {{.*}} keys(%[[ROWS]], %{{.*}} : memref<32xindex>) numbers(%[[PARTIAL]] : memref<32xindex>) mask(
