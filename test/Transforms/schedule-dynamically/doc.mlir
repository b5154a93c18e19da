// Threads take tiles one by one: a loop without a schedule gets the dynamic one.
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

// CHECK-LABEL: func.func @tiles
// CHECK: omp.wsloop schedule(dynamic) {
