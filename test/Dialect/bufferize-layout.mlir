// A buffer whose rows may have gaps cannot be an operand (rule C19): it goes through a copy,
// inputs before, the result after.
// RUN: sattn-opt %s -one-shot-bufferize="bufferize-function-boundaries" | FileCheck %s

!t = tensor<1x4x?x16xf32>

// CHECK-LABEL: func @unknown_layout
// CHECK-SAME: (%[[Q:.*]]: memref<1x4x?x16xf32, strided<[?, ?, ?, ?], offset: ?>>, %[[K:.*]]: memref<{{.*}}>, %[[V:.*]]: memref<{{.*}}>, %[[OUT:.*]]: memref<1x4x?x16xf32, strided<[?, ?, ?, ?], offset: ?>>)
func.func @unknown_layout(%q: !t, %k: !t, %v: !t, %out: !t) -> !t {
  // CHECK: memref.copy %[[Q]], %[[Q_COPY:.*]] :
  // CHECK: memref.copy %[[K]], %[[K_COPY:.*]] :
  // CHECK: memref.copy %[[V]], %[[V_COPY:.*]] :
  // CHECK: sattn.attention ins(%[[Q_COPY]], %[[K_COPY]], %[[V_COPY]] : {{.*}}) outs(%[[OUT_COPY:.*]] : memref<1x4x?x16xf32>)
  // CHECK-NEXT: memref.copy %[[OUT_COPY]], %[[OUT]]
  // CHECK-COUNT-4: memref.dealloc
  // CHECK-NEXT: return %[[OUT]]
  %0 = sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return %0 : !t
}
