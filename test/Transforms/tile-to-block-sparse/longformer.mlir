// A union whose parts are all contiguous is one sweep: one tile operation, no partial result.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse | FileCheck %s

!t = memref<1x12x512x64xf32>

func.func @longformer(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t)
    pattern(longformer<window = 64, global = 1>)
  return
}
// CHECK-LABEL: func.func @longformer
// CHECK-NOT: memref.alloc
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (12, 32)
// CHECK: sattn.tile_attention
// CHECK-NOT: resume
// CHECK-SAME: step 1 rows 16 segments
// CHECK-NOT: sattn.tile_attention
// CHECK-NOT: memref.alloc
