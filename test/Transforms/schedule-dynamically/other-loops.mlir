// Loops whose schedule the pass leaves alone, or whose chunks.
// RUN: sattn-opt %s -sattn-schedule-dynamically | FileCheck %s

// A schedule that is there stays.
// CHECK-LABEL: func.func @even
// CHECK: omp.wsloop schedule(static) {
func.func @even(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  omp.parallel {
    omp.wsloop schedule(static) {
      omp.loop_nest (%tile) : index = (%c0) to (%n) step (%c1) {
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
