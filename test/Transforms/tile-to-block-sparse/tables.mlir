// Tables reach as far as the rows that exist, wherever they stand; many global positions are one
// sorted constant.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="query-tile=16" -canonicalize -cse | FileCheck %s

!t = memref<1x2x64x16xf32>

// CHECK: memref.global "private" constant @sattn_global_positions : memref<32xi64> = dense<[3, 6, 9, 12, 15, 18, 21, 24, 27, 30,
// CHECK-SAME: 9223372036854775807, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29,

// 64 rows of 2 heads draw 3 blocks for each 4 positions, from the block of the first row on.
// CHECK-LABEL: func @drawn(
// CHECK-SAME: %[[OFFSET:[^:,]*]]: index)
// CHECK: %[[FIRST:.*]] = arith.maxsi %[[OFFSET]], %c0
// CHECK: %[[BLOCK:.*]] = arith.shrsi %[[FIRST]], %c2
// CHECK: %[[BLOCKS:.*]] = arith.maxsi %{{.*}}, %c1
// CHECK: %[[SIZE:.*]] = arith.muli %[[BLOCKS]], %c6
// CHECK: memref.alloc(%[[SIZE]]) : memref<?xi32>
func.func @drawn(%q: !t, %o: !t, %offset: index) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(random<block = 4, per_row = 3>) offset(%offset)
  return
}

// Ten runs are searched in four steps.
// CHECK-LABEL: func @listed(
// CHECK: %[[TABLE:.*]] = memref.get_global @sattn_global_positions
// CHECK: segments
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c4
// CHECK: memref.load %[[TABLE]]
func.func @listed(%q: !t, %o: !t) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<positions = [2, 5, 8, 11, 14, 17, 20, 23, 26, 29], columns>)
  return
}

// Few are compared.
// CHECK-LABEL: func @few(
// CHECK-NOT: memref.get_global
// CHECK: segments
// CHECK-NOT: scf.for
// CHECK: mask
func.func @few(%q: !t, %o: !t) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t)
      pattern(global<positions = [0, 3, 6], columns>)
  return
}
