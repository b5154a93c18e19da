// A module with a symbol of the name that asks for the number of threads has chunks of one.
// RUN: sattn-opt %s -sattn-schedule-dynamically | FileCheck %s

// CHECK: llvm.func @omp_get_num_threads() -> i32
// CHECK-NOT: omp_get_num_threads
// CHECK: omp.wsloop schedule(dynamic) {
llvm.func @omp_get_num_threads() -> i32
func.func @tiles(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%tile) : index = (%c0) to (%n) step (%c1) {
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
