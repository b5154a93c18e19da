// Weights of a row's parts are computed once, and multiply its columns.
// RUN: sattn-opt %s -sattn-expand-merge | FileCheck %s

func.func @merge(%a: memref<1x4x?x64xf32>, %b: memref<1x4x?x64xf32>, %la: memref<1x4x?xf32>,
                 %lb: memref<1x4x?xf32>, %out: memref<1x4x?x64xf32>, %lse: memref<1x4x?xf32>) {
  sattn.merge ins(%a, %b : memref<1x4x?x64xf32>, memref<1x4x?x64xf32>)
    lse(%la, %lb : memref<1x4x?xf32>, memref<1x4x?xf32>)
    outs(%out, %lse : memref<1x4x?x64xf32>, memref<1x4x?xf32>)
  return
}
// CHECK-LABEL: func.func @merge
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %[[R:.*]]) in
// CHECK: %[[LA:.*]] = memref.load %arg2[%[[B]], %[[H]], %[[R]]]
// CHECK: %[[LB:.*]] = memref.load %arg3[%[[B]], %[[H]], %[[R]]]
// CHECK: arith.maximumf %[[LA]], %[[LB]]
// CHECK-COUNT-2: math.exp
// CHECK-COUNT-2: arith.divf
// CHECK: scf.for
// CHECK-NOT: math.exp
// CHECK: memref.store %{{.*}}, %arg4
// CHECK: math.log
// CHECK: memref.store %{{.*}}, %arg5[%[[B]], %[[H]], %[[R]]]
// CHECK-NOT: sattn.
