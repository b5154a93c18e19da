// A buffer of a tile is allocated once per thread, not once per iteration.
// RUN: sattn-opt %s -sattn-hoist-tile-buffers | FileCheck %s

func.func @threads(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%tile) : index = (%c0) to (%n) step (%c1) {
        %scores = memref.alloca() {alignment = 64 : i64} : memref<96x16xf32>
        func.call @attend(%tile, %scores) : (index, memref<96x16xf32>) -> ()
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
func.func private @attend(index, memref<96x16xf32>)

// CHECK-LABEL: func.func @threads
// CHECK: omp.parallel {
// CHECK-NEXT: %[[SCORES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<96x16xf32>
// CHECK-NEXT: omp.wsloop
// CHECK-NOT: memref.alloca
// CHECK: call @attend(%{{.*}}, %[[SCORES]])
