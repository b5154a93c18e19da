# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# One precompiled header for every target: the MLIR headers that most files include.
# It brings a file from about 6 s of compile time to 1 s. Sources still include what
# they use; a build with -DSPARSEATTN_ENABLE_PCH=OFF checks that.

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(pch_default ON)
else()
  set(pch_default OFF)
endif()
option(SPARSEATTN_ENABLE_PCH "Precompile the MLIR headers" ${pch_default})

if(SPARSEATTN_ENABLE_PCH)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/PrecompiledHeader.cpp"
    CONTENT "// The translation unit that owns the precompiled header.\n")
  add_library(SparseAttnPCH OBJECT "${PROJECT_BINARY_DIR}/PrecompiledHeader.cpp")
  target_include_directories(SparseAttnPCH SYSTEM PRIVATE
    ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_precompile_headers(SparseAttnPCH PRIVATE
    <mlir/Dialect/Affine/IR/AffineOps.h>
    <mlir/Dialect/Arith/IR/Arith.h>
    <mlir/Dialect/ControlFlow/IR/ControlFlowOps.h>
    <mlir/Dialect/Func/IR/FuncOps.h>
    <mlir/Dialect/LLVMIR/LLVMDialect.h>
    <mlir/Dialect/Math/IR/Math.h>
    <mlir/Dialect/MemRef/IR/MemRef.h>
    <mlir/Dialect/SCF/IR/SCF.h>
    <mlir/Dialect/Tensor/IR/Tensor.h>
    <mlir/Dialect/Vector/IR/VectorOps.h>
    <mlir/IR/Builders.h>
    <mlir/IR/BuiltinOps.h>
    <mlir/IR/DialectImplementation.h>
    <mlir/IR/ImplicitLocOpBuilder.h>
    <mlir/IR/OpImplementation.h>
    <mlir/IR/PatternMatch.h>
    <mlir/Interfaces/DestinationStyleOpInterface.h>
    <mlir/Interfaces/TilingInterface.h>
    <mlir/Parser/Parser.h>
    <mlir/Pass/Pass.h>
    <mlir/Pass/PassManager.h>
    <mlir/Transforms/DialectConversion.h>
    <mlir/Transforms/GreedyPatternRewriteDriver.h>
    <llvm/ADT/TypeSwitch.h>
    <llvm/Support/raw_ostream.h>)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # A package that is installed again gives headers another date, not another text.
    set(sattn_pch_options -fpch-validate-input-files-content)
    target_compile_options(SparseAttnPCH PRIVATE ${sattn_pch_options})
  endif()
endif()

# Lets `target` use the shared precompiled header. A target with compile definitions or
# options of its own cannot.
function(sattn_use_precompiled_header target)
  if(SPARSEATTN_ENABLE_PCH)
    target_precompile_headers(${target} REUSE_FROM SparseAttnPCH)
    target_compile_options(${target} PRIVATE ${sattn_pch_options})
  endif()
endfunction()
