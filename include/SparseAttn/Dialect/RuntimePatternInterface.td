// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Leaves whose pairs arrive with the data.
#ifndef SPARSEATTN_DIALECT_RUNTIMEPATTERNINTERFACE_TD
#define SPARSEATTN_DIALECT_RUNTIMEPATTERNINTERFACE_TD

include "mlir/IR/OpBase.td"

def RuntimePatternAttrInterface : AttrInterface<"RuntimePatternAttrInterface"> {
  let cppNamespace = "::mlir::sattn";
  let description = [{
    A leaf that reads operands of the operation: lengths, document ids, block lists. The
    attribute holds their numbers among the operation's pattern operands; predicate and
    segments read them as `scope.runtime`. Otherwise it is a pattern as any other and
    keeps the same promises, for all values that pass its checks.
  }];

  let methods = [
    InterfaceMethod<[{
      The operands, in the order in which they are written.
    }], "::llvm::SmallVector<::mlir::sattn::PatternOperandSpec>",
        "getOperandSpecs", (ins)>,

    InterfaceMethod<[{
      The least and the largest number of operands that may be written.
    }], "::std::pair<unsigned, unsigned>", "getOperandCounts", (ins)>,

    InterfaceMethod<[{
      The same leaf with these operands; with none, it is not bound to any yet.
    }], "::mlir::Attribute", "withOperands",
        (ins "::llvm::ArrayRef<int64_t>":$operands)>,

    InterfaceMethod<[{
      A pattern without operands that costs about the same in a typical call: what sizes
      of tiles are chosen by.
    }], "::mlir::sattn::SparsityPatternAttrInterface", "getTypicalPattern",
        (ins)>,

    InterfaceMethod<[{
      Whether query heads may see different keys.
    }], "bool", "dependsOnHead", (ins), [{}], [{ return false; }]>,

    InterfaceMethod<[{
      Fills tables with at most some entries for each row, key or block, once per call.
      They reach predicate and segments as `scope.runtime->tables`, under this attribute.
    }], "::llvm::SmallVector<::mlir::sattn::PatternOperand>", "buildRuntimeTables",
        (ins "::mlir::sattn::IndexProgram &":$program,
             "const ::mlir::sattn::RuntimeSizes &":$sizes,
             "::llvm::ArrayRef<::mlir::sattn::PatternOperand>":$operands), [{}],
        [{ (void)program; (void)sizes; (void)operands; return {}; }]>,

    InterfaceMethod<[{
      Checks what the values promise, apart from the sizes of the operands. Checks are
      made in the order written; one that fails ends them.
    }], "void", "checkValues",
        (ins "::mlir::sattn::OperandChecker &":$checker,
             "const ::mlir::sattn::RuntimeSizes &":$sizes,
             "::llvm::ArrayRef<::mlir::sattn::PatternOperand>":$operands), [{}],
        [{ (void)checker; (void)sizes; (void)operands; }]>
  ];
}

#endif // SPARSEATTN_DIALECT_RUNTIMEPATTERNINTERFACE_TD
