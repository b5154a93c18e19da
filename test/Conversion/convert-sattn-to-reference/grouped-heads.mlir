// Query heads h of one group read key and value head h / group and write head h; all of it
// also through strides, in [B, M, H, D] storage.
// RUN: sattn-opt %s --convert-sattn-to-reference --canonicalize --cse | FileCheck %s

!bmhd = memref<2x6x8x4xf32, strided<[192, 4, 24, 1]>>
!kv = memref<2x2x8x4xf32, strided<[64, 4, 8, 1]>>

// CHECK-LABEL: func.func @three_to_one(
// CHECK-SAME:    %[[Q:[^:]*]]: memref<{{[^>]*>>}}, %[[K:[^:]*]]: memref<{{[^>]*>>}}, %[[V:[^:]*]]: memref<{{[^>]*>>}}, %[[OUT:[^:]*]]: memref<
// CHECK:         scf.for %[[B:.*]] = %c0 to %c2
// CHECK:           scf.for %[[H:.*]] = %c0 to %c6
// CHECK:             scf.for %[[I:.*]] = %c0 to %c8
// CHECK:               %[[KV:.*]] = arith.floordivsi %[[H]], %c3 : index
// CHECK:               memref.load %[[Q]][%[[B]], %[[H]], %[[I]], %{{.*}}]
// CHECK:               memref.load %[[K]][%[[B]], %[[KV]], %{{.*}}, %{{.*}}]
// CHECK:               memref.load %[[V]][%[[B]], %[[KV]], %{{.*}}, %{{.*}}]
// CHECK:               memref.store %{{.*}}, %[[OUT]][%[[B]], %[[H]], %[[I]], %{{.*}}]
func.func @three_to_one(%q: !bmhd, %k: !kv, %v: !kv, %out: !bmhd) {
  sattn.attention ins(%q, %k, %v : !bmhd, !kv, !kv) outs(%out : !bmhd)
    pattern(causal)
  return
}
