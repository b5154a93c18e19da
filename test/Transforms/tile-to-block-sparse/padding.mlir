// Padding's keys end where the batch's length says, without a mask inside; lengths are
// checked once per call, before anything else, unless they are promised to be valid.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=16 check-operands=false" -canonicalize -cse \
// RUN:   | FileCheck %s --check-prefix=UNCHECKED

!q = memref<3x2x64x8xf32>

func.func @padding(%q: !q, %k: !q, %v: !q, %out: !q, %lengths: memref<3xi32>) {
  sattn.attention ins(%q, %k, %v : !q, !q, !q) outs(%out : !q)
    pattern(padding(%lengths) : memref<3xi32>)
  return
}
// CHECK: func.func private @sattn_report_operand_error(i64, i64, i64, i64, i64)
// CHECK-LABEL: func.func @padding
// CHECK-SAME: %[[L:[^:,]*]]: memref<3xi32>)
// CHECK: %[[BAD:.*]] = scf.for %[[I:.*]] = %c0 to %c3
// CHECK:   %[[ELEMENT:.*]] = memref.load %{{.*}}[%[[I]]]
// CHECK:   %[[LENGTH:.*]] = arith.index_cast %[[ELEMENT]]
// CHECK:   arith.cmpi sge, %[[LENGTH]], %c0
// CHECK:   arith.cmpi sle, %[[LENGTH]], %c64
// CHECK:   func.call @sattn_report_operand_error
// CHECK: %[[VALID:.*]] = arith.cmpi eq, %[[BAD]], %c0
// CHECK: scf.if %[[VALID]] {
// CHECK: scf.forall (%[[B:.*]], %{{.*}}, %{{.*}}) in (3, 2, 4)
// CHECK: segments {
// CHECK: ^bb0(%[[KEY:.*]]: index):
// CHECK:   %[[LOADED:.*]] = memref.load %{{.*}}[%[[B]]]
// CHECK:   %[[END:.*]] = arith.index_cast %[[LOADED]]
// CHECK:   %[[LIVE:.*]] = arith.cmpi slt, %[[KEY]], %[[END]]
// CHECK:   sattn.segment live(%[[LIVE]]) full(%[[LIVE]])

// UNCHECKED-NOT: sattn_report_operand_error
// UNCHECKED-NOT: scf.if
// UNCHECKED: scf.forall
