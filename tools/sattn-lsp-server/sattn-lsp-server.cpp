// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Language server: diagnostics, hover, definitions and completion for .mlir files that
/// use the `sattn` dialect, in any editor that speaks LSP.

#include "SparseAttn/InitAll.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::sattn::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
