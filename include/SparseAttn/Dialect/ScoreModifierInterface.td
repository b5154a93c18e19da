// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the compiler knows about a named score modifier.
#ifndef SPARSEATTN_DIALECT_SCOREMODIFIERINTERFACE_TD
#define SPARSEATTN_DIALECT_SCOREMODIFIERINTERFACE_TD

include "mlir/IR/OpBase.td"

def ScoreModifierAttrInterface : AttrInterface<"ScoreModifierAttrInterface"> {
  let cppNamespace = "::mlir::sattn";
  let description = [{
    A function of a score and of where its pair stands, written as IR. An attribute of
    any dialect that implements `buildScore` can stand in `modify(...)` of
    `sattn.attention`; `sattn-expand-modifiers` makes the `score` region of it, and
    nothing behind that pass knows that it had a name.
  }];

  let methods = [
    InterfaceMethod<[{
      The new score (f32) of a pair, as scalar IR of pure operations and loads from the
      operands (`ScorePair::load`).
    }], "::mlir::Value", "buildScore",
        (ins "::mlir::ImplicitLocOpBuilder &":$builder,
             "const ::mlir::sattn::ScorePair &":$pair, "::mlir::Value":$score,
             "::mlir::ValueRange":$operands)>,

    InterfaceMethod<[{
      How many operands it takes.
    }], "unsigned", "getNumOperands", (ins), [{}], [{ return 0; }]>,

    InterfaceMethod<[{
      What the dimensions of an operand stand for. It may have fewer: the last of these.
      A dimension of size 1 is the same for all; one that is dynamic has the size of what
      it stands for.
    }], "::llvm::SmallVector<::mlir::sattn::ScoreDim>", "getOperandDims",
        (ins "unsigned":$operand), [{}], [{ (void)operand; return {}; }]>,

    InterfaceMethod<[{
      What is wrong with operands whose dimensions are of the right sizes.
    }], "::llvm::LogicalResult", "verifyOperands",
        (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
             "const ::mlir::sattn::ScoreSizes &":$sizes,
             "::mlir::ValueRange":$operands), [{}],
        [{ (void)emitError; (void)sizes; (void)operands;
           return ::llvm::success(); }]>,

    InterfaceMethod<[{
      The same function for some of `heads` heads (dynamic: not known); null if that
      number must be known and is not.
    }], "::mlir::Attribute", "forHeadsOf", (ins "int64_t":$heads), [{}],
        [{ (void)heads; return $_attr; }]>
  ];
}

#endif // SPARSEATTN_DIALECT_SCOREMODIFIERINTERFACE_TD
