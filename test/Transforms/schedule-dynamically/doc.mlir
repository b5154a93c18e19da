// Threads take a few tiles at a time: a loop without a schedule gets the dynamic one, with 64 chunks for each thread or chunks of 1 to 8.
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

// A schedule that is there stays.
// CHECK-LABEL: func.func @even
// CHECK: omp.wsloop schedule(static) {
func.func @even(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  omp.parallel {
    omp.wsloop schedule(static) {
      omp.loop_nest (%tile) : index = (%c0) to (%n) step (%c1) {
        func.call @attend(%tile) : (index) -> ()
        omp.yield
      }
    }
    omp.terminator
  }
  return
}

// Loops of the user's own take what they iterate over one by one.
// CHECK-LABEL: func.func @own
// CHECK: omp.wsloop schedule(dynamic) {
func.func @own(%n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : i32 = (%c0) to (%n) step (%c1) {
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
