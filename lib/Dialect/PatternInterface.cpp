// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Generated definitions of the pattern interface.
#include "SparseAttn/Dialect/PatternInterface.h"

#include "SparseAttn/Dialect/PatternInterface.cpp.inc"
