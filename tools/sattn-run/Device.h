// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where a function runs, and how arrays get there and back.
#ifndef SPARSEATTN_TOOLS_SATTN_RUN_DEVICE_H
#define SPARSEATTN_TOOLS_SATTN_RUN_DEVICE_H

#include "Options.h"

#include "SparseAttn/Runtime/Jit.h"

#include "llvm/Support/JSON.h"

namespace mlir::sattn::run {

/// A processor or a GPU. This one is the processor: arrays are where they are.
class Device {
public:
  virtual ~Device() = default;

  /// That of --target; fails with one line if there is none.
  static llvm::Expected<std::unique_ptr<Device>> create(const Options &options);

  /// Takes what it needs from a lowered module, before it is compiled.
  virtual llvm::Error load(ModuleOp module) { return llvm::Error::success(); }
  /// What compiled code calls, by name.
  virtual ArrayRef<std::pair<StringRef, void *>> getFunctions() { return {}; }

  /// Where code finds `size` bytes that are at `data`, which stay there.
  virtual llvm::Expected<void *> place(void *data, size_t size) {
    return data;
  }
  /// The same of bytes that code only reads.
  virtual llvm::Expected<void *> placeConstant(void *data, size_t size) {
    return place(data, size);
  }
  /// Brings back what code wrote to the bytes that were placed.
  virtual llvm::Error fetch(void *data) { return llvm::Error::success(); }
  /// The bytes at an address that code gave; they stay until the next call.
  virtual llvm::Expected<const char *> read(const void *data, size_t size) {
    return static_cast<const char *>(data);
  }
  /// Frees memory that code allocated.
  virtual void free(void *data) { std::free(data); }

  /// Calls a function and waits for its end.
  virtual llvm::Error call(CompiledModule &code, StringRef name,
                           ArrayRef<void *> arguments) {
    return code.call(name, arguments);
  }
  /// The same; gives the milliseconds that it took.
  virtual llvm::Expected<double> time(CompiledModule &code, StringRef name,
                                      ArrayRef<void *> arguments);

  /// What is known of the last call, for --json.
  virtual void describe(llvm::json::Object &json) const {}
};

std::unique_ptr<Device> createEmulator();
llvm::Expected<std::unique_ptr<Device>> createCudaDevice();

} // namespace mlir::sattn::run

#endif // SPARSEATTN_TOOLS_SATTN_RUN_DEVICE_H
