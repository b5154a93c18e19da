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
      How often a key may count for a row; more than 1 only where a list counts keys as
      often as it has them.
    }], "int64_t", "getMultiplicity", (ins), [{}], [{ return 1; }]>,

    InterfaceMethod<[{
      The pairs that count at least `times` times, as a set.
    }], "::mlir::sattn::SparsityPatternAttrInterface", "atLeast",
        (ins "int64_t":$times), [{}], [{
          (void)times;
          return ::llvm::cast<::mlir::sattn::SparsityPatternAttrInterface>(
              ::mlir::Attribute($_attr));
        }]>,

    InterfaceMethod<[{
      The attribute under which tables are kept: one for all that share them.
    }], "::mlir::Attribute", "getTableKey", (ins), [{}], [{ return $_attr; }]>,

    InterfaceMethod<[{
      Fills tables with at most some entries for each row, key or block, once per call.
      They reach predicate and segments as `scope.runtime->tables`, under
      `getTableKey`.
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
