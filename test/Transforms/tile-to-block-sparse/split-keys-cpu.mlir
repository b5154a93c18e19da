// On a CPU too, tiles share the keys of a single query row, up to 16 of them, if there are fewer than 16
// tiles otherwise, and each has some thousand keys. What they save is combined.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=0 vector-width=8" -canonicalize -cse | FileCheck %s
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=0 vector-width=8 split-keys=65536" -canonicalize -cse | FileCheck %s --check-prefix=LARGER

!q = memref<1x4x1x64xf32>
!k = memref<1x1x131072x64xf32>

// LARGER-LABEL: func.func @long(
// LARGER: memref.alloc() {{.*}} : memref<1x1x2x4x64xf32>

// CHECK-LABEL: func.func @long(
// CHECK: %[[ACC:.*]] = memref.alloc() {{.*}} : memref<1x1x16x4x64xf32>
// CHECK: scf.forall (%[[SPLIT:.*]]) in (16) {
// CHECK: %[[OWN:.*]] = memref.subview %[[ACC]][0, 0, %[[SPLIT]], 0, 0]
// CHECK: %[[FIRST:.*]] = arith.muli %[[SPLIT]], %c8192
// CHECK: sattn.tile_attention {{.*}} save(%[[OWN]], {{.*}}) keys %[[FIRST]] to %{{.*}} at %c0 step 1 rows 4
// CHECK: grouped, row_major
// CHECK: sattn.softmax_combine
// CHECK: memref.dealloc %[[ACC]]
func.func @long(%q: !q, %k: !k, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q) pattern(dense)
  return
}

// Rows that stand in the lanes are no different.
// CHECK-LABEL: func.func @dropout(
// CHECK: scf.forall {{.*}} in (16) {
// CHECK: save(%{{.*}} : memref<4x64xf32, {{.*}}) keys %{{.*}} rows 8
// CHECK: sattn.softmax_combine {{.*}} {factor = 2.000000e+00 : f64
func.func @dropout(%q: !q, %k: !k, %o: !q, %seed: i64) {
  sattn.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q) dropout(0.5, %seed) pattern(dense)
  return
}

// Of 8 groups of heads each has two parts: enough for 16 tiles. So few are combined by one thread.
// CHECK-LABEL: func.func @groups(
// CHECK: scf.forall {{.*}} in (8, 2) {
// CHECK: scf.for {{.*}} to %c8
// CHECK: sattn.softmax_combine
!q32 = memref<1x32x1x64xf32>
!k8 = memref<1x8x4096x64xf32>
func.func @groups(%q: !q32, %k: !k8, %o: !q32) {
  sattn.attention ins(%q, %k, %k : !q32, !k8, !k8) outs(%o : !q32) pattern(dense)
  return
}

// Too few keys, or enough tiles, are nothing to split.
// CHECK-LABEL: func.func @short(
// CHECK-NOT: save
// CHECK-NOT: sattn.softmax_combine
!short = memref<1x1x4095x64xf32>
func.func @short(%q: !q, %k: !short, %o: !q) {
  sattn.attention ins(%q, %k, %k : !q, !short, !short) outs(%o : !q) pattern(dense)
  return
}
// CHECK-LABEL: func.func @batch(
// CHECK-NOT: save
// CHECK-NOT: sattn.softmax_combine
!q16 = memref<16x4x1x64xf32>
!k16 = memref<16x1x131072x64xf32>
func.func @batch(%q: !q16, %k: !k16, %o: !q16) {
  sattn.attention ins(%q, %k, %k : !q16, !k16, !k16) outs(%o : !q16) pattern(dense)
  return
}

// What is not known is decided by arithmetic on the sizes.
// CHECK-LABEL: func.func @dynamic(
// CHECK: %[[BATCH:.*]] = memref.dim %arg0, %c0
// CHECK: %[[KEYS:.*]] = memref.dim %arg1, %c2
// CHECK: %[[TILES:.*]] = arith.maxsi %[[BATCH]], %c1
// CHECK: %[[SUM:.*]] = arith.addi %[[TILES]], %c15
// CHECK: %[[WANTED:.*]] = arith.floordivsi %[[SUM]], %[[TILES]]
// CHECK: %[[WHOLE:.*]] = arith.shrsi %[[KEYS]], %c11
// CHECK: %[[FEW:.*]] = arith.minsi %[[WANTED]], %[[WHOLE]]
// CHECK: %[[SPLITS:.*]] = arith.maxsi %{{.*}}, %c1
// CHECK: scf.forall {{.*}} in (%[[BATCH]], %[[SPLITS]])
// CHECK: %[[IS_FEW:.*]] = arith.cmpi slt, %[[BATCH]], %c16
// CHECK: scf.if %[[IS_FEW]] {
// CHECK: scf.for {{.*}} to %[[BATCH]]
// CHECK: sattn.softmax_combine
// CHECK: } else {
// CHECK: scf.forall {{.*}} in (%[[BATCH]])
// CHECK: sattn.softmax_combine
!qd = memref<?x4x1x64xf32>
!kd = memref<?x1x?x64xf32>
func.func @dynamic(%q: !qd, %k: !kd, %o: !qd) {
  sattn.attention ins(%q, %k, %k : !qd, !kd, !kd) outs(%o : !qd) pattern(dense)
  return
}
