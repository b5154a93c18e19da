// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The `sattn` dialect.
#ifndef SPARSEATTN_DIALECT_SPARSEATTNDIALECT_TD
#define SPARSEATTN_DIALECT_SPARSEATTNDIALECT_TD

include "mlir/IR/OpBase.td"

def SparseAttn_Dialect : Dialect {
  let name = "sattn";
  let cppNamespace = "::mlir::sattn";
  let summary = "Attention with declarative sparsity patterns";
  let description = [{
    `sattn.attention` is scaled dot-product attention whose live (query, key) pairs
    are declared by a pattern attribute instead of being enumerated by a mask. The
    attributes of this dialect are the pattern algebra: leaves such as `window` and
    `causal`, and `and`, `or`, `not` over them. See PatternAlgebra.h for the theory
    and docs/Semantics.md for the numbered rules.
  }];
  let useDefaultAttributePrinterParser = 0;
  let dependentDialects = ["arith::ArithDialect", "math::MathDialect",
                           "memref::MemRefDialect", "scf::SCFDialect",
                           "tensor::TensorDialect"];
  let extraClassDeclaration = [{
    ::mlir::Attribute parseAttribute(::mlir::DialectAsmParser &parser,
                                     ::mlir::Type type) const override;
    void printAttribute(::mlir::Attribute attr,
                        ::mlir::DialectAsmPrinter &printer) const override;
    void registerAttributes();
  }];
}

#endif // SPARSEATTN_DIALECT_SPARSEATTNDIALECT_TD
