// Named modifiers, in their order, and then the region that was there, become one region.
// RUN: sattn-opt %s -sattn-expand-modifiers -canonicalize | FileCheck %s

func.func @capped(%q: memref<1x2x?x64xf32>, %k: memref<1x2x?x64xf32>,
                  %v: memref<1x2x?x64xf32>, %out: memref<1x2x?x64xf32>) {
  sattn.attention
    ins(%q, %k, %v : memref<1x2x?x64xf32>, memref<1x2x?x64xf32>, memref<1x2x?x64xf32>)
    outs(%out : memref<1x2x?x64xf32>) modify(softcap<cap = 50.0>) pattern(causal)
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %twice = arith.addf %s, %s : f32
      sattn.yield %twice : f32
    }
  return
}

// CHECK-LABEL: func.func @capped
// CHECK-NOT: modify
// CHECK: pattern(causal) score {
// CHECK-NEXT: ^bb0(%[[S:.*]]: f32,
// CHECK: %[[SHARE:.*]] = arith.divf %[[S]], %{{.*}} : f32
// CHECK: %[[TANH:.*]] = math.tanh %[[SHARE]] : f32
// CHECK: %[[CAPPED:.*]] = arith.mulf %[[TANH]], %{{.*}} : f32
// CHECK: %[[TWICE:.*]] = arith.addf %[[CAPPED]], %[[CAPPED]] : f32
// CHECK: sattn.yield %[[TWICE]] : f32
