// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads JSON without trusting it.
#include "ConfigReader.h"

#include "SparseAttn/Import/ModelConfigs.h"
#include "SparseAttn/Runtime/AtomicFile.h"
#include "SparseAttn/Runtime/JsonNesting.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::sattn;
using llvm::StringRef;

/// A value in an error message, not longer than a line takes.
static std::string show(const llvm::json::Value &value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  constexpr size_t most = 40;
  return text.size() > most ? text.substr(0, most) + "..." : text;
}

static std::optional<int64_t> asInteger(const llvm::json::Value &value,
                                        int64_t least, int64_t most) {
  std::optional<int64_t> integer = value.getAsInteger();
  if (!integer || *integer < least || *integer > most)
    return std::nullopt;
  return integer;
}

int64_t ConfigReader::getInteger(StringRef name, int64_t otherwise,
                                 int64_t least, int64_t most) {
  const llvm::json::Value *value = object.get(name);
  if (!value)
    return otherwise;
  if (std::optional<int64_t> integer = asInteger(*value, least, most))
    return *integer;
  fail("expected '{0}' to be an integer from {1} to {2}, but got {3}", name,
       least, most, show(*value));
  return otherwise;
}

std::optional<int64_t> ConfigReader::getOptionalInteger(
    StringRef name, std::optional<int64_t> otherwise, int64_t least) {
  const llvm::json::Value *value = object.get(name);
  if (!value)
    return otherwise;
  if (value->getAsNull())
    return std::nullopt;
  if (std::optional<int64_t> integer = asInteger(*value, least, maxNumber))
    return integer;
  fail("expected '{0}' to be null or an integer from {1} to {2}, but got {3}",
       name, least, maxNumber, show(*value));
  return std::nullopt;
}

std::optional<double>
ConfigReader::getOptionalNumber(StringRef name,
                                std::optional<double> otherwise) {
  const llvm::json::Value *value = object.get(name);
  if (!value)
    return otherwise;
  if (value->getAsNull())
    return std::nullopt;
  std::optional<double> number = value->getAsNumber();
  if (number && *number > 0 && *number < 1e30)
    return number;
  fail("expected '{0}' to be null or a positive number, but got {1}", name,
       show(*value));
  return std::nullopt;
}

bool ConfigReader::getBool(StringRef name, bool otherwise) {
  const llvm::json::Value *value = object.get(name);
  if (!value || value->getAsNull())
    return otherwise;
  if (std::optional<bool> flag = value->getAsBoolean())
    return *flag;
  fail("expected '{0}' to be true or false, but got {1}", name, show(*value));
  return otherwise;
}

std::string ConfigReader::getString(StringRef name, StringRef otherwise) {
  const llvm::json::Value *value = object.get(name);
  if (!value || value->getAsNull())
    return otherwise.str();
  if (std::optional<StringRef> text = value->getAsString())
    return text->str();
  fail("expected '{0}' to be a string, but got {1}", name, show(*value));
  return otherwise.str();
}

std::optional<llvm::SmallVector<int64_t>>
ConfigReader::getIntegers(StringRef name, int64_t least, int64_t most) {
  const llvm::json::Value *value = object.get(name);
  if (!value || value->getAsNull())
    return std::nullopt;
  llvm::SmallVector<int64_t> integers;
  const llvm::json::Array *list = value->getAsArray();
  bool good = list && !list->empty();
  for (size_t i = 0; good && i < list->size(); ++i) {
    std::optional<int64_t> integer = asInteger((*list)[i], least, most);
    good = integer.has_value();
    if (good)
      integers.push_back(*integer);
  }
  if (good)
    return integers;
  fail("expected '{0}' to be a list of integers from {1} to {2}, but got {3}",
       name, least, most, show(*value));
  return std::nullopt;
}

std::optional<llvm::SmallVector<std::string>>
ConfigReader::getStrings(StringRef name) {
  const llvm::json::Value *value = object.get(name);
  if (!value || value->getAsNull())
    return std::nullopt;
  llvm::SmallVector<std::string> strings;
  const llvm::json::Array *list = value->getAsArray();
  bool good = list != nullptr;
  for (size_t i = 0; good && i < list->size(); ++i) {
    std::optional<StringRef> text = (*list)[i].getAsString();
    good = text.has_value();
    if (good)
      strings.push_back(text->str());
  }
  if (good)
    return strings;
  fail("expected '{0}' to be a list of strings, but got {1}", name,
       show(*value));
  return std::nullopt;
}

llvm::Expected<llvm::json::Object> mlir::sattn::readJsonObject(StringRef path) {
  auto fail = [&](const llvm::Twine &reason) {
    return llvm::createStringError(
        ("cannot read '" + path + "': " + reason).str());
  };
  constexpr uint64_t maxBytes = uint64_t(1) << 24;
  // Ask before opening: opening a pipe would wait for a writer.
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status))
    return fail(describeError(error));
  if (status.type() == llvm::sys::fs::file_type::directory_file)
    return fail("is a directory");
  if (status.type() != llvm::sys::fs::file_type::regular_file)
    return fail("not a regular file");
  if (status.getSize() > maxBytes)
    return fail("expected at most " + llvm::Twine(maxBytes) +
                " bytes of JSON, but got " + llvm::Twine(status.getSize()));
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return fail(describeError(buffer.getError()));
  StringRef text = (*buffer)->getBuffer();
  text.consume_front("\xef\xbb\xbf");
  if (isNestedDeeply(text))
    return fail("expected JSON that is nested less deeply");
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value) {
    std::string reason = llvm::toString(value.takeError());
    return fail("malformed JSON: " + StringRef(reason).split('\n').first);
  }
  llvm::json::Object *object = value->getAsObject();
  if (!object)
    return fail("expected a JSON object");
  return std::move(*object);
}
