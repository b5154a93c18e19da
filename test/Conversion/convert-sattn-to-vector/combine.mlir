// What tiles over disjoint keys have saved becomes one result: the largest maximum of a row is searched first,
// and what each part has is added with the weight 2^(maximum - the largest), columns in the lanes. A part of
// weight 0 adds nothing, whatever it holds.
// RUN: sattn-opt %s -convert-sattn-to-vector=vector-width=8 -canonicalize -cse | FileCheck %s

!acc = memref<?x4x16xf32>
!row = memref<?x4xf32>
!out = memref<4x16xf16>
func.func @combine(%acc: !acc, %max: !row, %sum: !row, %out: !out, %lse: memref<4xf32>) {
  sattn.softmax_combine ins(%acc, %max, %sum : !acc, !row, !row) outs(%out, %lse : !out, memref<4xf32>)
    {scale = 0.125 : f64}
  return
}
// CHECK-LABEL: func.func @combine(
// CHECK-SAME: %[[ACC:.*]]: memref<?x4x16xf32>, %[[MAX:.*]]: memref<?x4xf32>, %[[SUM:.*]]: memref<?x4xf32>,
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[TOTAL:.*]] = memref.alloca() {{.*}} : memref<4x16xf32>
// CHECK: %[[PARTS:.*]] = memref.dim %[[ACC]], %c0
// CHECK: scf.for %[[ROW:.*]] = %c0 to %c4
// CHECK: %[[LARGEST:.*]] = scf.for {{.*}} to %[[PARTS]]
// CHECK: memref.load %[[MAX]]
// CHECK: scf.for %[[PART:.*]] = %c0 to %[[PARTS]]
// CHECK: %[[OWN:.*]] = memref.load %[[MAX]][%[[PART]], %[[ROW]]]
// CHECK: arith.subf %[[OWN]], %[[LARGEST]]
// CHECK: %[[WEIGHT:.*]] = vector.extract
// CHECK: %[[COUNTS:.*]] = arith.cmpf une, %[[WEIGHT]], %[[ZERO]]
// CHECK: scf.if %[[COUNTS]]
// CHECK: memref.load %[[SUM]][%[[PART]], %[[ROW]]]
// CHECK: scf.for %[[COLUMN:.*]] = %c0 to %c16 step %c8
// CHECK: %[[NEW:.*]] = vector.load %[[ACC]][%[[PART]], %[[ROW]], %[[COLUMN]]]
// CHECK: %[[OLD:.*]] = vector.load %[[TOTAL]][%[[ROW]], %[[COLUMN]]]
// CHECK: vector.fma %[[NEW]], %{{.*}}, %[[OLD]]
// CHECK: vector.store %{{.*}} : memref<4x16xf16>, vector<8xf16>
// CHECK: math.log
// CHECK-NOT: sattn.

// Without any arithmetic.
func.func @save(%max: memref<2xf32>, %sum: memref<2xf32>, %acc: memref<2x12xf32>,
                %saved_max: memref<2xf32>, %saved_sum: memref<2xf32>, %saved_acc: memref<2x12xf32>) {
  sattn.softmax_save ins(%max, %sum, %acc : memref<2xf32>, memref<2xf32>, memref<2x12xf32>)
    outs(%saved_acc, %saved_max, %saved_sum : memref<2x12xf32>, memref<2xf32>, memref<2xf32>)
    {row_major}
  return
}
// CHECK-LABEL: func.func @save(
// CHECK-NOT: arith.{{.*}}f
// CHECK: vector.load %{{.*}} : memref<2x12xf32>, vector<8xf32>
// CHECK-NEXT: vector.store {{.*}} : memref<2x12xf32>, vector<8xf32>
// CHECK-NOT: arith.{{.*}}f
// CHECK: memref.load %{{.*}} : memref<2x12xf32>
// CHECK-NEXT: memref.store %{{.*}} : memref<2x12xf32>
// CHECK-NOT: arith.{{.*}}f
// CHECK: memref.load %arg0
// CHECK: return
