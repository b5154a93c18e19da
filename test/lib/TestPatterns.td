// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A pattern of another dialect: what an outside compiler would write.
#ifndef SPARSEATTN_TEST_LIB_TESTPATTERNS_TD
#define SPARSEATTN_TEST_LIB_TESTPATTERNS_TD

include "mlir/IR/AttrTypeBase.td"
include "SparseAttn/Dialect/PatternInterface.td"

def TestPattern_Dialect : Dialect {
  let name = "test_pattern";
  let cppNamespace = "::test_pattern";
  let useDefaultAttributePrinterParser = 1;
}

def TestPattern_StripesAttr : AttrDef<TestPattern_Dialect, "Stripes",
    [DeclareAttrInterfaceMethods<SparsityPatternAttrInterface>]> {
  let mnemonic = "stripes";
  let summary = "floor((i - j) / width) is even";
  let description = [{ Diagonal stripes of `width` keys, live and dead in turn. }];
  let parameters = (ins "int64_t":$width);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // SPARSEATTN_TEST_LIB_TESTPATTERNS_TD
