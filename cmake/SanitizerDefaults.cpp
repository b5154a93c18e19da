// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Defaults of AddressSanitizer, part of every program that is built with it.
/// ASAN_OPTIONS in the environment comes after them.

extern "C" const char *__asan_default_options();

/// llvm::BumpPtrAllocator poisons what it has not handed out yet: in our code,
/// but not in LLVM's libraries, which are built without the sanitizer. They
/// allocate from the same slabs and would be reported for using them.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0";
}
