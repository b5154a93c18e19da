// Both passes refuse tiles that no kernel has.
// RUN: not sattn-opt %s -convert-sattn-to-gpu=key-tile=17 2>&1 | FileCheck %s --check-prefix=KEYS
// RUN: not sattn-opt %s -convert-sattn-to-gpu=key-tile=48 2>&1 | FileCheck %s --check-prefix=SLICES
// RUN: not sattn-opt %s -sattn-map-tiles-to-gpu=key-tile=-16 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not sattn-opt %s -convert-sattn-to-gpu=warps=-1 2>&1 | FileCheck %s --check-prefix=WARPS
// RUN: not sattn-opt %s -sattn-map-tiles-to-gpu=stages=5 2>&1 | FileCheck %s --check-prefix=STAGES
// RUN: not sattn-opt %s -sattn-map-tiles-to-gpu=blocks=-1 2>&1 | FileCheck %s --check-prefix=BLOCKS
// RUN: not sattn-opt %s -sattn-tile-to-block-sparse="gpu query-tile=128" -sattn-map-tiles-to-gpu=warps=1 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ROWS
// RUN: not sattn-opt %s -convert-sattn-to-gpu=allow-tf32=maybe 2>&1 | FileCheck %s --check-prefix=TF32
// RUN: not sattn-opt %s -sattn-map-tiles-to-gpu=allow-tf32=maybe 2>&1 | FileCheck %s --check-prefix=TF32
// RUN: not sattn-opt %s -sattn-to-nvvm=allow-tf32=maybe 2>&1 | FileCheck %s --check-prefix=TF32
// TF32: allow-tf32{{.*}}'maybe'
// KEYS: error: expected 'key-tile' to be a multiple of 16 up to 256, but got 17
// SLICES: error: expected 'key-tile' to be 16, 32 or a multiple of 64, but got 48
// NEGATIVE: error: expected 'key-tile' to be a multiple of 16 up to 256, but got -16
// WARPS: error: expected 'warps' to be between 0 and 8, but got -1
// STAGES: error: expected 'stages' to be between 0 and 4, but got 5
// BLOCKS: error: expected 'blocks' to be at least 0, but got -1
// ROWS: error: expected at most 64 query rows for each warp, but 128 have 1 warps
gpu.module @kernels {
}

!m = memref<1x1x?x64xf16>
func.func @dense(%q: !m, %k: !m, %v: !m, %out: !m) {
  sattn.attention ins(%q, %k, %v : !m, !m, !m) outs(%out : !m) pattern(dense)
  return
}
