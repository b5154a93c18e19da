// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A pattern of another dialect.
#ifndef SPARSEATTN_TEST_LIB_TESTPATTERNS_H
#define SPARSEATTN_TEST_LIB_TESTPATTERNS_H

#include "SparseAttn/Dialect/PatternInterface.h"

#include "mlir/IR/Dialect.h"

#include "TestPatternsDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "TestPatternsAttrs.h.inc"

#endif // SPARSEATTN_TEST_LIB_TESTPATTERNS_H
