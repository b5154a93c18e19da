// Documents: a table of the first and last key of each row's document is filled once per
// call; a tile then has an interval of keys, full where its first and last row agree. There is
// nothing for each pair.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=16 check-operands=false" -canonicalize -cse | FileCheck %s

!q = memref<1x2x64x8xf32>

// CHECK-LABEL: func.func @documents
func.func @documents(%q: !q, %k: !q, %v: !q, %out: !q, %ends: memref<4xi32>) {
  sattn.attention ins(%q, %k, %v : !q, !q, !q) outs(%out : !q)
    pattern(documents(%ends) : memref<4xi32>)
  return
}
// CHECK: %[[BEGIN:.*]] = memref.alloc() : memref<64xi32>
// CHECK: %[[END:.*]] = memref.alloc() : memref<64xi32>
// CHECK: scf.for %[[D:.*]] = %c0 to %c3
// CHECK:   scf.for %[[ROW:.*]] =
// CHECK:     memref.store %{{.*}}, %[[BEGIN]][%[[ROW]]]
// CHECK:     memref.store %{{.*}}, %[[END]][%[[ROW]]]
// CHECK: scf.forall
// CHECK: segments {
// CHECK: ^bb0(%[[KEY:.*]]: index):
// CHECK-NOT: scf.for
// CHECK: memref.load %[[BEGIN]]
// CHECK: sattn.segment
// CHECK: memref.dealloc %[[BEGIN]]
// CHECK: memref.dealloc %[[END]]
