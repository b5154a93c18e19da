// A union of parts on different lattices is swept in disjoint phases; the second resumes the first.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s
// RUN: sattn-opt %s -sattn-tile-to-block-sparse="gpu query-tile=16" -canonicalize -cse | FileCheck %s --check-prefix=GPU

!t = memref<1x2x1024x8xf32>

func.func @window_or_strided(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(window<left = 3, right = 3> or strided<stride = 4>)
  return
}
// On a GPU all tiles of a phase run at once, and the state is that of all rows.
// GPU-LABEL: func.func @window_or_strided
// GPU: %[[ACC:.*]] = memref.alloc() {{.*}} : memref<1x2x1024x8xf32>
// GPU: scf.forall (%[[HEAD:.*]], %{{.*}}) in (2, 64)
// GPU: memref.subview %[[ACC]][0, %[[HEAD]], %[[ROW:.*]], 0] [1, 1, %{{.*}}, 8] [1, 1, 1, 1]
// GPU: sattn.tile_attention {{.*}} save({{.*}} step 1 rows 16
// GPU: scf.forall (%[[HEAD:.*]], %{{.*}}) in (2, 64)
// GPU: memref.subview %[[ACC]][0, %[[HEAD]], %{{.*}}, 0] [1, 1, %{{.*}}, 8] [1, 1, 4, 1]
// GPU: sattn.tile_attention {{.*}} outs({{.*}} resume({{.*}} step 4 rows 16
// GPU: memref.dealloc %[[ACC]]

// CHECK-LABEL: func.func @window_or_strided
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 16)
// The state between the phases is that of one block of 64 rows.
// CHECK: %[[ROWS:.*]] = arith.minsi %{{.*}}, %c64
// CHECK: %[[ACC:.*]] = memref.alloc(%[[ROWS]]) {{.*}} : memref<?x8xf32>
// CHECK: %[[MAX:.*]] = memref.alloc(%[[ROWS]]) {{.*}} : memref<?xf32>
// CHECK: %[[SUM:.*]] = memref.alloc(%[[ROWS]]) {{.*}} : memref<?xf32>
// CHECK-NOT: memref.alloc
// CHECK: sattn.tile_attention
// CHECK-NOT: resume
// CHECK-SAME: save(
// CHECK-SAME: step 1 rows 16
// CHECK-DAG: memref.subview %[[ACC]][%{{.*}}, 0] [%{{.*}}, 8] [4, 1]
// CHECK-DAG: memref.subview %[[MAX]][%{{.*}}] [%{{.*}}] [4]
// CHECK-DAG: memref.subview %[[SUM]][%{{.*}}] [%{{.*}}] [4]
// CHECK: sattn.tile_attention
// CHECK-SAME: outs(
// CHECK-SAME: resume(
// CHECK-SAME: step 4 rows 16
// CHECK-NOT: sattn.tile_attention
// CHECK-DAG: memref.dealloc %[[ACC]]
// CHECK-DAG: memref.dealloc %[[MAX]]
// CHECK-DAG: memref.dealloc %[[SUM]]
