// A tile becomes a block of threads, with the shared memory that its key tiles need.
// RUN: sattn-opt %s -sattn-map-tiles-to-gpu -canonicalize | FileCheck %s

!rows = memref<1x8x?x64xf16>
!tile = memref<64x64xf16, strided<[64, 1], offset: ?>>
!head = memref<?x64xf16, strided<[64, 1], offset: ?>>
func.func @dense(%q: !rows, %k: !rows, %v: !rows, %out: !rows, %keys: index, %tiles: index) {
  %c64 = arith.constant 64 : index
  %true = arith.constant true
  scf.forall (%head, %tile) in (8, %tiles) {
    %first = arith.muli %tile, %c64 : index
    %qt = memref.subview %q[0, %head, %first, 0] [1, 1, 64, 64] [1, 1, 1, 1] : !rows to !tile
    %kt = memref.subview %k[0, %head, 0, 0] [1, 1, %keys, 64] [1, 1, 1, 1] : !rows to !head
    %vt = memref.subview %v[0, %head, 0, 0] [1, 1, %keys, 64] [1, 1, 1, 1] : !rows to !head
    %ot = memref.subview %out[0, %head, %first, 0] [1, 1, 64, 64] [1, 1, 1, 1] : !rows to !tile
    sattn.tile_attention ins(%qt, %kt, %vt : !tile, !head, !head) outs(%ot : !tile)
      at %first step 1 rows 64 segments {
    ^bb0(%key: index):
      sattn.segment live(%true) full(%true) end(%keys)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %true
    } {scale = 0.125 : f64}
  }
  return
}

// Queries, two stages of keys and values, two lists of keys and an address:
// 64 * 128 + 2 * 2 * 64 * 128 + 2 * 64 * 4 + 8 bytes.
// CHECK-LABEL: func.func @dense(
// CHECK-SAME: %[[Q:.*]]: memref<1x8x?x64xf16>, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}: index, %[[TILES:.*]]: index)
// CHECK-NOT: scf.forall
// CHECK: %[[BLOCKS:.*]] = arith.muli %[[TILES]], %c8
// CHECK: %[[SOME:.*]] = arith.cmpi sgt, %[[BLOCKS]], %c0
// CHECK: scf.if %[[SOME]]
// CHECK: gpu.launch blocks(%[[BLOCK:[^,]*]], {{.*}}) in (%{{[^ ]*}} = %[[BLOCKS]], %{{[^ ]*}} = %c1, %{{[^ ]*}} = %c1)
// CHECK-SAME: threads({{[^)]*}}) in (%{{[^ ]*}} = %c128, %{{[^ ]*}} = %c1, %{{[^ ]*}} = %c1)
// CHECK-SAME: dynamic_shared_memory_size %c41472_i32
// CHECK: %[[NUMBER:.*]] = arith.index_castui %[[BLOCK]] : index to i32
// CHECK: %[[TILES32:.*]] = arith.index_castui %[[TILES]] : index to i32
// CHECK: %[[TILE32:.*]] = arith.remui %[[NUMBER]], %[[TILES32]]
// CHECK: %[[HEAD32:.*]] = arith.divui %[[NUMBER]], %[[TILES32]]
// CHECK: %[[TILE:.*]] = arith.index_castui %[[TILE32]] : i32 to index
// CHECK: %[[HEAD:.*]] = arith.index_castui %[[HEAD32]] : i32 to index
// CHECK: %[[FIRST:.*]] = arith.muli %[[TILE]], %c64
// CHECK: memref.subview %[[Q]][0, %[[HEAD]], %[[FIRST]], 0]
// CHECK: sattn.tile_attention
// CHECK: gpu.terminator
