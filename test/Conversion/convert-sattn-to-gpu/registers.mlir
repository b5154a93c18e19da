// Registers are limited so that more blocks run at a time, where a tile has nothing besides that needs them: a band of
// keys is one number of a thread, other masks are more. Other kernels may have all, in any case: ptxas would spill some
// for the sake of a third block.
// RUN: sattn-opt %s -convert-sattn-to-gpu | FileCheck %s
// RUN: sattn-opt %s -convert-sattn-to-gpu=limit-registers=false | FileCheck %s --check-prefix=FREE
// FREE-NOT: nvvm.maxnreg
// FREE: gpu.func @row_max(
// FREE-SAME: kernel attributes {nvvm.maxnreg = 255 : i32}

!small = memref<64x64xf16>
!large = memref<64x128xf16>
!largest = memref<64x256xf16>
!row = memref<64xf32>
gpu.module @kernels {
  gpu.func @band(%q: !small, %k: !small, %v: !small, %out: !small, %first: index, %end:
                  index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !small, !small, !small) outs(%out : !small)
      at %first step 1 rows 64 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      %past = arith.cmpi sle, %j, %i : index
      sattn.yield %past
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @band(
// CHECK-SAME: kernel attributes {nvvm.maxnreg = 128 : i32}

  gpu.func @other(%q: !small, %k: !small, %v: !small, %out: !small, %first: index, %end:
                  index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !small, !small, !small) outs(%out : !small)
      at %first step 1 rows 64 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @other(
// CHECK-SAME: kernel attributes {nvvm.maxnreg = 168 : i32}

  gpu.func @large(%q: !large, %k: !large, %v: !large, %out: !large, %first: index, %end:
                  index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !large, !large, !large) outs(%out : !large)
      at %first step 1 rows 64 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @large(
// CHECK-SAME: kernel attributes {nvvm.maxnreg = 168 : i32}

  gpu.func @largest(%q: !largest, %k: !largest, %v: !largest, %out: !largest, %first: index,
                    %end: index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !largest, !largest, !largest) outs(%out : !largest)
      at %first step 1 rows 64 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @largest(
// CHECK-SAME: kernel attributes {nvvm.maxnreg = 255 : i32}

  gpu.func @row_max(%q: !small, %k: !small, %v: !small, %out: !small, %lse: !row, %max: !row,
                    %first: index, %end: index, %live: i1) kernel {
    sattn.tile_attention ins(%q, %k, %v : !small, !small, !small)
      outs(%out, %lse, %max : !small, !row, !row)
      at %first step 1 rows 64 segments {
    ^bb0(%key: index):
      sattn.segment live(%live) full(%live) end(%end)
    } mask {
    ^bb0(%i: index, %j: index):
      sattn.yield %live
    } {scale = 0.25 : f64}
    gpu.return
  }
// CHECK-LABEL: gpu.func @row_max(
// CHECK-SAME: kernel attributes {nvvm.maxnreg = 255 : i32}
}
