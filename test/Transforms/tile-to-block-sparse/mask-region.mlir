// A mask region changes no segment of the rest of the pattern: these stay in closed form,
// partial instead of full where the region is asked. The predicate takes what the region
// says as an argument.
// RUN: sattn-opt %s -sattn-tile-to-block-sparse=query-tile=16 -canonicalize -cse -split-input-file | FileCheck %s

!t = memref<1x2x256x16xf32>

// Only the keys of the window; no segment is full.
// CHECK-LABEL: func @window
// CHECK: %[[FALSE:.*]] = arith.constant false
// CHECK: sattn.tile_attention
// CHECK-SAME: segments {
// CHECK: sattn.segment live(%{{.*}}) full(%[[FALSE]])
// CHECK: } mask {
// CHECK-NEXT: ^bb0(%[[I:.*]]: index, %[[J:.*]]: index, %[[SAYS:.*]]: i1):
// CHECK: %[[LIVE:.*]] = arith.andi %{{.*}}, %[[SAYS]] : i1
// CHECK: sattn.yield %[[LIVE]]
// CHECK: } asks {
// CHECK-NEXT: ^bb0(%[[ROW:.*]]: index, %[[KEY:.*]]: index):
// CHECK-NEXT: %[[OTHER:.*]] = memref.load %arg1[%[[KEY]]]
// CHECK-NEXT: %[[NEAR:.*]] = arith.cmpi sle, %[[OTHER]], %[[ROW]]
// CHECK-NEXT: sattn.yield %[[NEAR]]
func.func @window(%q: !t, %of: memref<256xindex>, %out: !t) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(window<left = 8, right = 8> and region) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %x = memref.load %of[%j] : memref<256xindex>
      %near = arith.cmpi sle, %x, %i : index
      sattn.yield %near
    }
  return
}

// -----

!t = memref<1x2x256x16xf32>

// What others have in full stays so.
// CHECK-LABEL: func @full
// CHECK: sattn.tile_attention
// CHECK: %[[FULL:.*]] = arith.cmpi slt, %{{.*}}, %c64
// CHECK: sattn.segment live(%true) full(%[[FULL]])
func.func @full(%q: !t, %out: !t) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(prefix<len = 64> or region) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %near = arith.cmpi ule, %i, %j : index
      sattn.yield %near
    }
  return
}

// -----

!t = memref<1x2x256x16xf32>

// Evenly spaced parts come first, in full; the region is not asked about their pairs.
// CHECK-LABEL: func @phases
// CHECK: sattn.tile_attention
// CHECK-SAME: step 4
// CHECK-NOT: asks
// CHECK: sattn.tile_attention
// CHECK-SAME: step 1
// CHECK: asks
func.func @phases(%q: !t, %out: !t) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(region or strided<stride = 4>) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %near = arith.cmpi ule, %i, %j : index
      sattn.yield %near
    }
  return
}

// -----

!t = memref<1x2x256x16xf32>

// Heads that do not ask have nothing of it.
// CHECK-LABEL: func @heads
// CHECK: sattn.tile_attention
// CHECK-NOT: asks
// CHECK: sattn.tile_attention
// CHECK: asks
func.func @heads(%q: !t, %out: !t) {
  sattn.attention ins(%q, %q, %q : !t, !t, !t) outs(%out : !t)
    pattern(per_head<[causal, causal and not region]>) mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %near = arith.cmpi ule, %i, %j : index
      sattn.yield %near
    }
  return
}
