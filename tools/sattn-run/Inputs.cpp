// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The arrays that a function is run on.
#include "Inputs.h"

#include "Fail.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

std::string mlir::sattn::run::shapeText(ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(shape, stream);
  return text + "]";
}

llvm::Expected<Inputs> Inputs::read(const Options &options) {
  Inputs in;
  struct {
    const char *name;
    const std::string &path;
    NpyArray *array;
  } sources[] = {{"query", options.queryPath, &in.query},
                 {"key", options.keyPath, &in.key},
                 {"value", options.valuePath, &in.value}};
  for (auto &source : sources) {
    llvm::Expected<NpyArray> array = readNpy(source.path);
    if (!array)
      return array.takeError();
    *source.array = std::move(*array);
    ElementKind kind = source.array->getKind();
    if (kind != ElementKind::F32 && kind != ElementKind::F16 &&
        kind != ElementKind::BF16)
      return fail("expected {0} to be f32, f16 or bf16, but '{1}' is {2}",
                  source.name, source.path, getElementKindName(kind));
    int64_t rank = source.array->getRank();
    if (rank != 3 && rank != 4)
      return fail(
          "expected {0} to be [B, H, rows, D] or [H, rows, D], but '{1}' "
          "is {2}",
          source.name, source.path, shapeText(source.array->getShape()));
  }
  for (const auto &[name, path] : options.operands) {
    llvm::Expected<NpyArray> array = readNpy(path);
    if (!array)
      return array.takeError();
    if (isFloat(array->getKind()))
      return fail("expected --operand to be an array of integers or truth values, "
                  "but '{0}' is {1}",
                  path, getElementKindName(array->getKind()));
    in.operands.push_back(std::move(*array));
  }
  struct {
    const char *name;
    const std::string &path;
    NpyArray *array;
  } integers[] = {{"--offset", options.offsetsPath, &in.offsets},
                  {"--block-table", options.blockTablePath, &in.blockTable}};
  for (auto &source : integers) {
    if (source.path.empty())
      continue;
    llvm::Expected<NpyArray> array = readNpy(source.path);
    if (!array)
      return array.takeError();
    if (array->getKind() != ElementKind::I32 &&
        array->getKind() != ElementKind::I64)
      return fail("expected {0} to be i32 or i64, but '{1}' is {2}", source.name,
                  source.path, getElementKindName(array->getKind()));
    *source.array = std::move(*array);
  }
  in.rank = in.query.getRank();
  in.kind = in.query.getKind();
  for (auto &source : sources) {
    if (source.array->getRank() != in.rank)
      return fail("expected {0} to have rank {1} like the query, but got {2}",
                  source.name, in.rank, source.array->getRank());
    if (source.array->getKind() != in.kind)
      return fail("expected {0} to be {1} like the query, but got {2}",
                  source.name, getElementKindName(in.kind),
                  getElementKindName(source.array->getKind()));
  }
  auto dim = [&](const NpyArray &array, int64_t index) {
    int64_t at = index - (4 - in.rank);
    return at < 0 ? int64_t(1) : array.getDim(at);
  };
  in.batch = dim(in.query, 0);
  in.heads = dim(in.query, 1);
  in.queries = dim(in.query, 2);
  in.headSize = dim(in.query, 3);
  in.kvHeads = dim(in.key, 1);
  in.keyBatches = dim(in.key, 0);
  in.keyRows = in.keys = dim(in.key, 2);
  in.valueSize = dim(in.value, 3);
  bool isPaged = !options.blockTablePath.empty();
  if (isPaged) {
    if (in.blockTable.getRank() != 2)
      return fail("expected --block-table to be [B, C], but '{0}' is {1}",
                  options.blockTablePath, shapeText(in.blockTable.getShape()));
    if (in.rank != 4)
      return fail("expected query, key and value of rank 4 with --block-table, "
                  "but got {0}",
                  in.rank);
    if (llvm::MulOverflow(in.keyRows, in.blockTable.getDim(1), in.keys))
      in.keys = maxLength + 1;
  }
  // Arrays without elements can claim any size.
  for (auto [name, rows] : {std::pair{"query", in.queries}, {"key", in.keys}})
    if (rows > maxLength)
      return fail("expected {0} to have at most {1} rows, but got {2}", name,
                  maxLength, rows);
  auto same = [&](const char *what, int64_t expected, const char *name,
                  int64_t got) -> llvm::Error {
    if (expected == got)
      return llvm::Error::success();
    auto [size, like] = StringRef(what).split(" like ");
    return fail("expected {0} to have {1} {2} like {3}, but got {4}", name, size,
                expected, like, got);
  };
  for (auto &check :
       {std::tuple{isPaged ? "page count like the key" : "batch size like the query",
                   isPaged ? in.keyBatches : in.batch, "key", dim(in.key, 0)},
        {isPaged ? "page count like the key" : "batch size like the query",
         isPaged ? in.keyBatches : in.batch, "value", dim(in.value, 0)},
        {"head size like the query", in.headSize, "key", dim(in.key, 3)},
        {"head count like the key", in.kvHeads, "value", dim(in.value, 1)},
        {"row count like the key", in.keyRows, "value", dim(in.value, 2)}})
    if (llvm::Error error = std::apply(same, check))
      return std::move(error);
  if (in.kvHeads == 0 ? in.heads != 0 : in.heads % in.kvHeads != 0)
    return fail(
        "expected the query's heads ({0}) to be a multiple of the key's "
        "({1})",
        in.heads, in.kvHeads);
  return in;
}
