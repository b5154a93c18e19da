// Of tiles that share the keys of a row only the first begins with the sink; all keep their softmax.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=0 split-keys=64" -sattn-fuse-online-softmax -canonicalize -cse | FileCheck %s

!q = memref<1x4x1x64xf32>
!k = memref<1x1x?x64xf32>

func.func @sink(%q: !q, %k: !k, %sink: memref<4xf32>, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q) sink(%sink : memref<4xf32>)
    pattern(dense)
  return
}
// CHECK-LABEL: func.func @sink
// CHECK: scf.forall (%[[SPLIT:.*]]) in
// CHECK: %[[FIRST:.*]] = arith.muli %[[SPLIT]], %[[LENGTH:.*]] : index
// CHECK: %[[IS_FIRST:.*]] = arith.cmpi slt, %[[FIRST]], %c1
// CHECK: scf.if %[[IS_FIRST]]
// CHECK: sattn.softmax_init {{.*}} sink(
// CHECK: } else {
// CHECK: sattn.softmax_init
// CHECK-NOT: sink
// CHECK: scf.while (%{{.*}} = %[[FIRST]],
// CHECK: sattn.softmax_save {{.*}}{row_major}
// CHECK: sattn.softmax_combine
