// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// mlir-opt with the `sattn` dialect, its passes and its pipelines, beside all of
/// upstream's.

#include "SparseAttn/InitAll.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
  mlir::sattn::registerAllDialects(registry);

  mlir::registerAllPasses();
  mlir::sattn::registerAllPasses();
  mlir::sattn::registerAllPipelines();

  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "compiler for declarative sparse attention\n", registry));
}
