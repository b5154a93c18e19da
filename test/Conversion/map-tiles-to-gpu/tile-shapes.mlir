// Warps and shared memory follow from the rows of a tile, its types and the options.
// RUN: sattn-opt %s -sattn-map-tiles-to-gpu -canonicalize | FileCheck %s --check-prefix=DEFAULT
// RUN: sattn-opt %s -sattn-map-tiles-to-gpu="warps=2 key-tile=32 stages=3" -canonicalize \
// RUN:   | FileCheck %s --check-prefix=CHOSEN
// RUN: sattn-opt %s -sattn-map-tiles-to-gpu=allow-tf32 -canonicalize | FileCheck %s --check-prefix=TF32

!half = memref<64x32xf16>
!float = memref<16x32xf32>
!tall = memref<128x64xf16>
!large = memref<128x128xf16>

// One warp for each 16 rows. Rows of 32 columns have 64 bytes.
func.func @half(%q: !half, %k: !half, %v: !half, %out: !half) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %true = arith.constant true
  scf.forall (%tile) in (1) {
    sattn.tile_attention ins(%q, %k, %v : !half, !half, !half) outs(%out : !half)
      at %c0 step 1 rows 64 segments {
    ^bb0(%key: index):
      sattn.segment live(%true) full(%true) end(%c64)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %true
    } {scale = 0.125 : f64}
  }
  return
}
// 64 * 64 + 2 * 2 * 64 * 64 + 2 * 64 * 4 and 64 * 64 + 3 * 2 * 32 * 64 + 2 * 32 * 4 bytes.
// DEFAULT-LABEL: func.func @half
// DEFAULT: gpu.launch {{.*}} = %c128, {{.*}} dynamic_shared_memory_size %c20992_i32
// CHOSEN-LABEL: func.func @half
// CHOSEN: gpu.launch {{.*}} = %c64, {{.*}} dynamic_shared_memory_size %c16640_i32
// TF32-LABEL: func.func @half
// TF32: gpu.launch {{.*}} = %c128, {{.*}} dynamic_shared_memory_size %c20992_i32

// f32 has three parts of 16 bits each, or is tf32 of 32 bits.
func.func @float(%q: !float, %k: !float, %v: !float, %out: !float) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %true = arith.constant true
  scf.forall (%tile) in (1) {
    sattn.tile_attention ins(%q, %k, %v : !float, !float, !float) outs(%out : !float)
      at %c0 step 1 rows 16 segments {
    ^bb0(%key: index):
      sattn.segment live(%true) full(%true) end(%c16)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %true
    } {scale = 0.125 : f64}
  }
  return
}
// 3 * (16 * 64 + 2 * 32 * 64) + 2 * 32 * 4 and 3 * (16 * 64 + 3 * 2 * 32 * 64) + 256 bytes.
// DEFAULT-LABEL: func.func @float
// DEFAULT: gpu.launch {{.*}} = %c32, {{.*}} dynamic_shared_memory_size %c15616_i32
// CHOSEN-LABEL: func.func @float
// CHOSEN: gpu.launch {{.*}} = %c32, {{.*}} dynamic_shared_memory_size %c40192_i32
// 16 * 128 + 2 * 2 * 64 * 128 + 2 * 64 * 4 bytes.
// TF32-LABEL: func.func @float
// TF32: gpu.launch {{.*}} = %c32, {{.*}} dynamic_shared_memory_size %c35328_i32

// Two groups of 16 rows a warp, as far as their sums and weights are half of a lane's registers; else a warp for each.
func.func @tall(%q: !tall, %k: !tall, %v: !tall, %out: !tall) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %true = arith.constant true
  scf.forall (%tile) in (1) {
    sattn.tile_attention ins(%q, %k, %v : !tall, !tall, !tall) outs(%out : !tall)
      at %c0 step 1 rows 128 segments {
    ^bb0(%key: index):
      sattn.segment live(%true) full(%true) end(%c128)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %true
    } {scale = 0.125 : f64}
  }
  return
}
// DEFAULT-LABEL: func.func @tall
// DEFAULT: gpu.launch {{.*}} = %c128, {{.*}} dynamic_shared_memory_size
// CHOSEN-LABEL: func.func @tall
// CHOSEN: gpu.launch {{.*}} = %c64, {{.*}} dynamic_shared_memory_size

func.func @large(%q: !large, %k: !large, %v: !large, %out: !large) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %true = arith.constant true
  scf.forall (%tile) in (1) {
    sattn.tile_attention ins(%q, %k, %v : !large, !large, !large) outs(%out : !large)
      at %c0 step 1 rows 128 segments {
    ^bb0(%key: index):
      sattn.segment live(%true) full(%true) end(%c128)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %true
    } {scale = 0.125 : f64}
  }
  return
}
// DEFAULT-LABEL: func.func @large
// DEFAULT: gpu.launch {{.*}} = %c256, {{.*}} dynamic_shared_memory_size
