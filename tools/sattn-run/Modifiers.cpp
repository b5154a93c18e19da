// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Score modifiers as --modify has them, with arrays as operands.
#include "Modifiers.h"

#include "Fail.h"

using namespace mlir::sattn;
using namespace mlir::sattn::run;
using llvm::StringRef;

std::string mlir::sattn::run::memrefText(const NpyArray &array) {
  std::string text = "memref<";
  for (int64_t size : array.getShape())
    text += std::to_string(size) + "x";
  return text + getElementKindName(array.getKind()).str() + ">";
}

llvm::Expected<NpyArray> Modifiers::readArray(StringRef path) {
  llvm::Expected<NpyArray> array = readNpy(path.str());
  if (!array)
    return array.takeError();
  ElementKind kind = array->getKind();
  if (kind != ElementKind::F32 && kind != ElementKind::F16 &&
      kind != ElementKind::BF16)
    return fail("expected arrays of modifiers to be f32, f16 or bf16, but '{0}' "
                "is {1}",
                path, getElementKindName(kind));
  return array;
}

llvm::SmallVector<std::string> Modifiers::paths(StringRef text) {
  llvm::SmallVector<std::string> result;
  while (text.contains('(')) {
    auto [inside, rest] = text.split('(').second.split(')');
    llvm::SmallVector<StringRef> paths;
    inside.split(paths, ',');
    for (StringRef path : paths)
      result.push_back(path.trim().str());
    text = rest;
  }
  return result;
}

llvm::Expected<Modifiers> Modifiers::read(StringRef text) {
  Modifiers result;
  while (!text.empty()) {
    size_t open = text.find('(');
    result.text += text.take_front(open).str();
    if (open == StringRef::npos)
      break;
    text = text.drop_front(open + 1);
    size_t close = text.find(')');
    if (close == StringRef::npos)
      return fail("expected ')' after the arrays of a modifier in --modify");
    std::string names, types;
    llvm::SmallVector<StringRef> paths;
    text.take_front(close).split(paths, ',');
    for (StringRef path : paths) {
      llvm::Expected<NpyArray> array = readArray(path.trim());
      if (!array)
        return array.takeError();
      std::string comma = names.empty() ? "" : ", ";
      names += comma + "%m" + std::to_string(result.arrays.size());
      types += comma + memrefText(*array);
      result.arrays.push_back(std::move(*array));
    }
    result.text += "(" + names + " : " + types + ")";
    text = text.drop_front(close + 1);
  }
  return result;
}
