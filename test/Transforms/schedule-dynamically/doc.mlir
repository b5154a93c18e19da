// Threads take a few tiles at a time: a loop without a schedule gets the dynamic one, in chunks of 1 to 8 of which there are 64 for each thread or more.
// RUN: sattn-opt %s -sattn-schedule-dynamically | FileCheck %s

func.func @tiles(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%tile) : index = (%c0) to (%n) step (%c1) {
        func.call @attend(%tile) : (index) -> ()
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
func.func private @attend(index)

// CHECK: func.func private @omp_get_num_threads() -> i32
// CHECK-LABEL: func.func @tiles
// CHECK: omp.parallel {
// CHECK: %[[DISTANCE:.*]] = arith.subi %{{.*}}, %{{.*}} : index
// CHECK: %[[COUNT:.*]] = arith.ceildivsi %[[DISTANCE]], %{{.*}} : index
// CHECK: %[[TOTAL:.*]] = arith.muli %{{.*}}, %[[COUNT]] : index
// CHECK: %[[NUMBER:.*]] = func.call @omp_get_num_threads() : () -> i32
// CHECK: %[[THREADS:.*]] = arith.index_cast %[[NUMBER]] : i32 to index
// CHECK: %[[CHUNKS:.*]] = arith.muli %[[THREADS]], %c64{{.*}} : index
// CHECK: %[[CHUNK:.*]] = arith.divsi %[[TOTAL]], %[[CHUNKS]] : index
// CHECK: %[[SHORT:.*]] = arith.minsi %[[CHUNK]], %c8{{.*}} : index
// CHECK: %[[TAKEN:.*]] = arith.maxsi %{{.*}}, %[[SHORT]] : index
// CHECK: omp.wsloop schedule(dynamic = %[[TAKEN]] : index) {
