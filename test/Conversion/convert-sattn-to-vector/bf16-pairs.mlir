// Where queries are kept as bf16 pairs, both products go over pairs: by the instruction of
// avx512_bf16, or by two multiply-adds. Values of a block are repacked once, and weights are
// rounded to bf16.
// RUN: sattn-opt %s -convert-sattn-to-vector="vector-width=16 vectors-per-strip=1 key-unroll=2 bf16-dot power-table=32" -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,DOT
// RUN: sattn-opt %s -convert-sattn-to-vector="vector-width=16 vectors-per-strip=1 key-unroll=2" -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: not sattn-opt %s -convert-sattn-to-vector="vector-width=8 bf16-dot" 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not sattn-opt %s -convert-sattn-to-vector="vector-width=16 vectors-per-strip=1 key-unroll=3" 2>&1 | FileCheck %s --check-prefix=ODD
// WIDTH: error: expected 'vector-width' to be 16 with 'bf16-dot'
// ODD: error: {{.*}}expected an even 'key-unroll' for bf16 pairs, but got 3

func.func @update(%packed: memref<2x32xbf16>, %k: memref<64x4xbf16>, %v: memref<64x4xbf16>,
                  %keys: memref<32xindex>, %count: index, %max: memref<16xf32>,
                  %sum: memref<16xf32>, %acc: memref<4x16xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %v : memref<2x32xbf16>, memref<64x4xbf16>, memref<64x4xbf16>)
    keys(%keys, %count : memref<32xindex>)
    outs(%max, %sum, %acc : memref<16xf32>, memref<16xf32>, memref<4x16xf32>) {scale = 0.125 : f64}
  return
}
// CHECK-LABEL: func.func @update
// CHECK: %[[PAIRS:.*]] = memref.alloca() {{.*}} : memref<16x4xi32>
// CHECK: %[[BOTH:.*]] = vector.interleave %{{.*}}, %{{.*}} : vector<1xbf16>
// CHECK: vector.store %{{.*}}, %[[PAIRS]]
// DOT: x86vector.avx512.dot
// WIDE: vector.fma
// CHECK: arith.truncf %{{.*}} : vector<16xf32> to vector<16xbf16>
// CHECK: memref.load %[[PAIRS]]
// DOT: x86vector.avx512.dot
// WIDE: vector.fma
