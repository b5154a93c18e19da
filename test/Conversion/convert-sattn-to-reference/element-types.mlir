// Elements of any type are widened before the first product and rounded once, after the
// division: no sum is ever kept in less than fp64.
// RUN: sattn-opt %s --convert-sattn-to-reference --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @bf16(
// CHECK:         memref.alloc() : memref<2xf64>
// CHECK:         %[[Q:.*]] = memref.load {{.*}} : memref<1x1x8x4xbf16>
// CHECK-NEXT:    %[[Q32:.*]] = arith.extf %[[Q]] : bf16 to f32
// CHECK-NEXT:    %[[Q64:.*]] = arith.extf %[[Q32]] : f32 to f64
// CHECK:         arith.mulf %[[Q64]], %{{.*}} : f64
// CHECK-NOT:     truncf
// CHECK:         %[[OUT:.*]] = arith.divf {{.*}} : f64
// CHECK-NEXT:    %[[OUT32:.*]] = arith.truncf %[[OUT]] : f64 to f32
// CHECK-NEXT:    arith.truncf %[[OUT32]] : f32 to bf16
func.func @bf16(%q: memref<1x1x8x4xbf16>, %k: memref<1x1x8x4xbf16>,
                %v: memref<1x1x8x2xbf16>, %out: memref<1x1x8x2xbf16>) {
  sattn.attention ins(%q, %k, %v : memref<1x1x8x4xbf16>, memref<1x1x8x4xbf16>,
                                   memref<1x1x8x2xbf16>)
                  outs(%out : memref<1x1x8x2xbf16>) pattern(dense)
  return
}

// CHECK-LABEL: func.func @f16(
// CHECK:         arith.extf %{{.*}} : f16 to f32
// CHECK:         arith.truncf %{{.*}} : f32 to f16
func.func @f16(%q: memref<1x1x8x4xf16>, %k: memref<1x1x8x4xf16>,
               %v: memref<1x1x8x2xf16>, %out: memref<1x1x8x2xf16>) {
  sattn.attention ins(%q, %k, %v : memref<1x1x8x4xf16>, memref<1x1x8x4xf16>,
                                   memref<1x1x8x2xf16>)
                  outs(%out : memref<1x1x8x2xf16>) pattern(dense)
  return
}
