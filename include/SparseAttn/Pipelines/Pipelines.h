// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The pass pipelines: from `sattn.attention` to the LLVM dialect.
#ifndef SPARSEATTN_PIPELINES_PIPELINES_H
#define SPARSEATTN_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

#include <string>

namespace mlir::sattn {

/// The largest numbers that options may ask for.
inline constexpr int64_t maxThreads = 1024, maxQueryTile = 4096,
                         maxKeyTile = 65536, maxSplitKeys = 1 << 20;

/// Options of `sattn-to-llvm`. Sizes of 0 are chosen from the target.
struct ToLLVMOptions : PassPipelineOptions<ToLLVMOptions> {
  Option<std::string> cpu{
      *this, "cpu", llvm::cl::init("native"),
      llvm::cl::desc("processor that the code is for: an LLVM name, or 'native'")};
  Option<std::string> features{
      *this, "features", llvm::cl::init(""),
      llvm::cl::desc("target features on top of the processor's, as '+avx2,+fma'")};
  Option<std::string> targetSchedule{
      *this, "target-schedule", llvm::cl::init(""),
      llvm::cl::desc("processor whose registers choose the sizes, instead of cpu's")};
  Option<int64_t> threads{
      *this, "threads", llvm::cl::init(0),
      llvm::cl::desc("0: as many as OpenMP gives; 1: no OpenMP; n: exactly n")};
  Option<int64_t> vectorWidth{
      *this, "vector-width", llvm::cl::init(0),
      llvm::cl::desc("f32 lanes of a vector: 4, 8 or 16")};
  Option<int64_t> queryTile{
      *this, "query-tile", llvm::cl::init(0),
      llvm::cl::desc("query rows of a tile, a multiple of the vector width; 1: rows one "
                     "by one")};
  Option<int64_t> keyTile{
      *this, "key-tile", llvm::cl::init(0),
      llvm::cl::desc("keys that share one softmax update")};
  Option<int64_t> splitKeys{
      *this, "split-keys", llvm::cl::init(0),
      llvm::cl::desc("where there is one query row: the fewest keys that a task "
                     "of its own has; 0: 2048")};
  Option<bool> checkOperands{
      *this, "check-operands", llvm::cl::init(true),
      llvm::cl::desc("check the values of pattern operands once per call; if false, "
                     "they are promised to be valid")};
};

/// `sattn.attention` on tensors or memrefs to the LLVM dialect. Functions get a C
/// interface (`_mlir_ciface_<name>`); tensor arguments and results become memrefs with
/// identity layout.
void buildToLLVMPipeline(OpPassManager &pm, const ToLLVMOptions &options);

/// Options of `sattn-to-nvvm`. Sizes of 0 are chosen from the tile.
struct ToNVVMOptions : PassPipelineOptions<ToNVVMOptions> {
  Option<std::string> chip{
      *this, "chip", llvm::cl::init("sm_80"),
      llvm::cl::desc("GPU that the code is for: sm_80 or later")};
  Option<std::string> features{
      *this, "features", llvm::cl::init(""),
      llvm::cl::desc("PTX version, as '+ptx80'; the least that has the chip, 7.6 or later")};
  Option<int64_t> queryTile{
      *this, "query-tile", llvm::cl::init(0),
      llvm::cl::desc("query rows of a tile, a multiple of 16; 0: 64")};
  Option<int64_t> keyTile{
      *this, "key-tile", llvm::cl::init(0),
      llvm::cl::desc("keys that share one softmax update: 16, 32 or a multiple of 64")};
  Option<int64_t> warps{*this, "warps", llvm::cl::init(0),
                        llvm::cl::desc("warps of a block, at most 8")};
  Option<int64_t> stages{
      *this, "stages", llvm::cl::init(0),
      llvm::cl::desc("key tiles in shared memory at a time, at most 4")};
  Option<bool> allowTF32{
      *this, "allow-tf32", llvm::cl::init(false),
      llvm::cl::desc("round f32 queries, keys, values and weights to tf32, which has 11 bits, for "
                     "their products")};
  Option<int64_t> splitKeys{
      *this, "split-keys", llvm::cl::init(0),
      llvm::cl::desc("where there are few query rows by type: the fewest keys that a block "
                     "of its own has; 0: 256")};
  Option<int64_t> blocks{
      *this, "blocks", llvm::cl::init(0),
      llvm::cl::desc("the most blocks of a launch, each of which computes tiles one "
                     "after the other; 0: one for each tile")};
  Option<std::string> format{
      *this, "format", llvm::cl::init("none"),
      llvm::cl::desc("what becomes of kernels: none (NVVM dialect), isa (PTX), bin "
                     "(cubin), fatbin; the last two need ptxas")};
  Option<bool> checkOperands{
      *this, "check-operands", llvm::cl::init(true),
      llvm::cl::desc("check the values of pattern operands once per call; if false, "
                     "they are promised to be valid")};
};

/// What is wrong where `purpose` needs `tool` of the CUDA Toolkit and MLIR finds none, or "".
std::string findCudaToolError(StringRef tool, StringRef purpose);

/// `sattn.attention` on tensors or memrefs to kernels in a `gpu.module` of the NVVM
/// dialect, or to what `format` says, and host functions that launch them. With
/// `format=none` the host functions keep their `gpu` operations; `addGpuHostPasses`
/// lowers them.
void buildToNVVMPipeline(OpPassManager &pm, const ToNVVMOptions &options);

/// Host functions of `sattn-to-nvvm` to the LLVM dialect, with calls of the `mgpu*`
/// runtime functions.
void addGpuHostPasses(OpPassManager &pm);

/// The oracle: fp64 loops over the predicate of every pair, as LLVM dialect.
void buildToReferencePipeline(OpPassManager &pm);

/// Registers `sattn-to-llvm`, `sattn-to-nvvm` and `sattn-to-reference`.
void registerPipelines();

} // namespace mlir::sattn

#endif // SPARSEATTN_PIPELINES_PIPELINES_H
