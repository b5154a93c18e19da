// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds and initializes the CUDA driver.
#include "CudaDriver.h"

#include <cstdlib>
#include <dlfcn.h>

using namespace sattn::cuda;

namespace {
struct Loaded {
  Driver driver = {};
  /// Empty if the driver can be used.
  std::string error;
};

Loaded load() {
  Loaded result;
  const char *name = std::getenv("SPARSEATTN_CUDA_DRIVER");
  if (!name || !*name)
    name = "libcuda.so.1";
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    result.error = std::string("cannot load the CUDA driver: ") + dlerror();
    return result;
  }
  auto find = [&](auto &member, const char *symbol) {
    void *address = dlsym(library, symbol);
    if (!address && result.error.empty())
      result.error = std::string("the CUDA driver '") + name + "' has no " +
                     symbol + ": expected that of CUDA 11.2 or later";
    member = reinterpret_cast<std::decay_t<decltype(member)>>(address);
  };
#define SATTN_CUDA_FIND(member, name, ...) find(result.driver.member, #name);
  SATTN_CUDA_FUNCTIONS(SATTN_CUDA_FIND)
#undef SATTN_CUDA_FIND
  if (!result.error.empty())
    return result;
  if (Result status = result.driver.init(0); status != Result::Success)
    result.error =
        "cannot use the CUDA driver: " + result.driver.describe(status);
  return result;
}
} // namespace

std::string Driver::describe(Result result) const {
  const char *text = nullptr;
  if (getErrorString(result, &text) == Result::Success && text)
    return text;
  return "error " + std::to_string(static_cast<int>(result));
}

const Driver *sattn::cuda::getDriver(std::string &error) {
  // Never destroyed: kernels are unloaded when a program ends.
  static const Loaded &loaded = *new Loaded(load());
  error = loaded.error;
  return error.empty() ? &loaded.driver : nullptr;
}
