// Candidates go into the list of keys, if they exist and the mask says so, before the segments do.
// RUN: sattn-opt %s -sattn-fuse-online-softmax=key-tile=32 -canonicalize | FileCheck %s

!row = memref<1x8xf32>
!k = memref<?x8xf32>

// CHECK-LABEL: func.func @candidates
// CHECK-SAME: %[[K:[a-z0-9]*]]: memref<?x8xf32>, %[[O:[a-z0-9]*]]: memref<1x8xf32>, %[[DRAWN:[a-z0-9]*]]: memref<?xi32>, %[[A:[a-z0-9]*]]: index, %[[END:[a-z0-9]*]]: index
// CHECK: %[[LIST:.*]] = memref.alloca() {{.*}} : memref<32xindex>
// CHECK: %[[N:.*]] = memref.dim %[[K]], %c0
// CHECK: %[[HELD:.*]] = scf.for %[[AT:.*]] = %[[A]] to %[[END]] step %c1 iter_args(%{{.*}} = %c0)
// CHECK:   %[[BLOCK:.*]] = memref.load %[[DRAWN]][%[[AT]]]
// CHECK:   scf.for %{{.*}} = %c0 to %c4 step %c1 iter_args(%[[SOFAR:.*]] =
// CHECK:     memref.store %[[KEY:.*]], %[[LIST]][%[[SOFAR]]]
// CHECK:     arith.cmpi {{.*}}%[[KEY]], %[[N]]
// CHECK:     arith.cmpi ne, %[[KEY]], %{{.*}} : index
// CHECK:     %[[FULL:.*]] = arith.cmpi eq, %{{.*}}, %c32
// CHECK:     scf.if %[[FULL]]
// CHECK:       sattn.softmax_update
// CHECK: scf.while (%{{.*}}, %{{.*}} = %[[HELD]]
func.func @candidates(%q: !row, %k: !k, %o: !row, %drawn: memref<?xi32>, %a: index, %end: index,
                      %first: index) {
  sattn.tile_attention ins(%q, %k, %k : !row, !k, !k) outs(%o : !row)
    candidates(%drawn from %a to %end : memref<?xi32>) at %first step 1 rows 1 segments {
  ^bb0(%key: index):
    %no = arith.constant false
    %beyond = arith.constant 1000 : index
    sattn.segment live(%no) full(%no) end(%beyond)
  } mask {
  ^bb0(%i: index, %j: index):
    %different = arith.cmpi ne, %j, %i : index
    sattn.yield %different
  } {scale = 1.0 : f64, candidate_block = 4 : i64, grouped, row_major}
  return
}
