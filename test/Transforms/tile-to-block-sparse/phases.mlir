// A union of parts on different lattices is swept in disjoint phases; the second resumes the first.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

!t = memref<1x2x1024x8xf32>

func.func @window_or_strided(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(window<left = 3, right = 3> or strided<stride = 4>)
  return
}
// CHECK-LABEL: func.func @window_or_strided
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 16)
// The partial result is that of one block of 64 rows.
// CHECK: %[[ROWS:.*]] = arith.minsi %{{.*}}, %c64
// CHECK-DAG: %[[OUT:.*]] = memref.alloc(%[[ROWS]]) {{.*}} : memref<?x8xf32>
// CHECK-DAG: %[[LSE:.*]] = memref.alloc(%[[ROWS]]) {{.*}} : memref<?xf32>
// CHECK-DAG: memref.subview %[[OUT]]
// CHECK-DAG: memref.subview %[[LSE]]
// CHECK: sattn.tile_attention
// CHECK-NOT: resume
// CHECK-SAME: step 1 rows 16
// CHECK: %[[KEPT_OUT:.*]] = memref.subview %[[OUT]][%{{.*}}, 0] [%{{.*}}, 8] [4, 1]
// CHECK: %[[KEPT_LSE:.*]] = memref.subview %[[LSE]][%{{.*}}] [%{{.*}}] [4]
// CHECK: sattn.tile_attention
// CHECK-SAME: resume(%[[KEPT_OUT]], %[[KEPT_LSE]]
// CHECK-SAME: step 4 rows 16
// CHECK-NOT: sattn.tile_attention
// CHECK-DAG: memref.dealloc %[[OUT]]
// CHECK-DAG: memref.dealloc %[[LSE]]
