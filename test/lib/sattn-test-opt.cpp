// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// sattn-opt with a pattern that the compiler has never heard of.
#include "TestPatterns.h"

#include "SparseAttn/InitAll.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::sattn::registerAllDialects(registry);
  registry.insert<test_pattern::TestPatternDialect>();

  mlir::registerAllPasses();
  mlir::sattn::registerAllPasses();
  mlir::sattn::registerAllPipelines();

  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "sattn-opt with a foreign pattern\n", registry));
}
