// f16 and bf16 keys and values are widened before they are multiplied; sums stay in f32.
// RUN: sed s/TYPE/f16/g %s | sattn-opt -convert-sattn-to-vector=vector-width=8 -canonicalize -cse | FileCheck %s -DT=f16
// RUN: sed s/TYPE/bf16/g %s | sattn-opt -convert-sattn-to-vector=vector-width=8 -canonicalize -cse | FileCheck %s -DT=bf16

func.func @pack(%q: memref<16x8xTYPE>, %packed: memref<8x16xf32>) {
  sattn.pack_queries ins(%q : memref<16x8xTYPE>) outs(%packed : memref<8x16xf32>) {factor = 1.0 : f32}
  return
}
// CHECK-LABEL: func.func @pack
// CHECK: arith.extf {{.*}}[[T]]{{.*}} to {{.*}}f32

func.func @update(%packed: memref<8x16xf32>, %k: memref<64x8xTYPE>, %keys: memref<96xindex>,
                  %count: index, %max: memref<16xf32>, %sum: memref<16xf32>,
                  %acc: memref<8x16xf32>) {
  sattn.softmax_update
    ins(%packed, %k, %k : memref<8x16xf32>, memref<64x8xTYPE>, memref<64x8xTYPE>)
    keys(%keys, %count : memref<96xindex>)
    outs(%max, %sum, %acc : memref<16xf32>, memref<16xf32>, memref<8x16xf32>) {scale = 0.125 : f64}
  return
}
// CHECK-LABEL: func.func @update
// CHECK: arith.extf {{.*}}[[T]]{{.*}} to {{.*}}f32
// CHECK: vector.fma {{.*}} : vector<8xf32>

func.func @finish(%max: memref<16xf32>, %sum: memref<16xf32>, %acc: memref<8x16xf32>,
                  %out: memref<16x8xTYPE>) {
  sattn.softmax_finish ins(%max, %sum, %acc : memref<16xf32>, memref<16xf32>, memref<8x16xf32>)
    outs(%out : memref<16x8xTYPE>) {scale = 0.125 : f64}
  return
}
// CHECK-LABEL: func.func @finish
// CHECK: arith.truncf {{.*}}f32{{.*}} to {{.*}}[[T]]
