// The predicate is asked about positions (row + offset, N - M more for bottom_right) and
// about query heads counted from first_head; rows and heads of the buffers stay as they are.
// RUN: sattn-opt %s --convert-sattn-to-reference --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @bottom_right(
// CHECK-SAME:    %[[Q:[^:]*]]: memref<1x1x?x4xf32>, %[[K:[^:]*]]: memref<1x1x?x4xf32>, {{.*}}, %[[O:[^:]*]]: index)
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[Q]], %c2
// CHECK-DAG:     %[[N:.*]] = memref.dim %[[K]], %c2
// CHECK:         %[[SUM:.*]] = arith.addi %[[O]], %[[N]] : index
// CHECK:         %[[OFFSET:.*]] = arith.subi %[[SUM]], %[[M]] : index
// CHECK:         scf.for %[[I:.*]] = %c0 to %[[M]]
// CHECK:           %[[POSITION:.*]] = arith.addi %[[I]], %[[OFFSET]] : index
// CHECK:           scf.for %[[J:.*]] = %c0 to %[[N]]
// CHECK:             arith.cmpi sle, %[[J]], %[[POSITION]] : index
// CHECK:             memref.load %[[Q]][%c0, %c0, %[[I]], %{{.*}}]
func.func @bottom_right(%q: memref<1x1x?x4xf32>, %k: memref<1x1x?x4xf32>,
                        %v: memref<1x1x?x4xf32>, %out: memref<1x1x?x4xf32>,
                        %o: index) {
  sattn.attention ins(%q, %k, %v : memref<1x1x?x4xf32>, memref<1x1x?x4xf32>,
                                   memref<1x1x?x4xf32>)
                  outs(%out : memref<1x1x?x4xf32>)
    pattern(causal) align(bottom_right) offset(%o)
  return
}

// The tables hold the heads that are there; what they draw is drawn for heads first_head on.
// CHECK-LABEL: func.func @first_head(
// CHECK-SAME:    %[[Q:[^:]*]]: memref<1x2x8x4xf32>, {{.*}}, %[[FIRST:[^:]*]]: index)
// CHECK:         memref.alloc() : memref<8xi32>
// CHECK:         scf.parallel (%[[T:[a-z0-9_]+]]
// CHECK:           arith.addi %[[FIRST]], %[[T]] : index
// CHECK:         memref.alloc() : memref<4xf64>
// CHECK:         scf.for %[[H:.*]] = %c0 to %c2
// CHECK:           arith.muli %[[H]], %c4 : index
// CHECK:           memref.load %[[Q]][%c0, %[[H]], %{{.*}}, %{{.*}}]
func.func @first_head(%q: memref<1x2x8x4xf32>, %k: memref<1x2x8x4xf32>,
                      %v: memref<1x2x8x4xf32>, %out: memref<1x2x8x4xf32>,
                      %first: index) {
  sattn.attention ins(%q, %k, %v : memref<1x2x8x4xf32>, memref<1x2x8x4xf32>,
                                   memref<1x2x8x4xf32>)
                  outs(%out : memref<1x2x8x4xf32>)
    pattern(random<block = 2, per_row = 1>) first_head(%first)
  return
}
