// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- Npy.cpp - Arrays in NumPy's file format ----------------------------===//
///
/// \file
/// The `.npy` reader and writer. A file is: the magic bytes, two version bytes,
/// the length of the header (two bytes in version 1, four later), the header,
/// and the elements. The header is a Python dictionary literal such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. Nothing in a
/// file is trusted: each number is checked before it is used.
///
//===----------------------------------------------------------------------===//

#include "SparseAttn/Runtime/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include <cassert>
#include <limits>
#include <optional>
#include <string>

using namespace llvm;
using namespace mlir::sattn;
namespace fs = llvm::sys::fs;

static_assert(endianness::native == endianness::little,
              "elements are copied between files and memory unchanged");

/// A header is some hundred bytes; anything beyond this is not one.
static constexpr uint64_t kMaxHeaderBytes = 1 << 16;

/// The most dimensions that NumPy itself supports.
static constexpr size_t kMaxRank = 64;

static constexpr StringLiteral kMagic("\x93NUMPY");

/// Returns the dtype descriptor that is written for `kind`.
static StringRef getDescriptor(ElementKind kind) {
  switch (kind) {
  case ElementKind::F32:
    return "<f4";
  case ElementKind::F16:
    return "<f2";
  case ElementKind::BF16:
    return "<V2";
  case ElementKind::F64:
    return "<f8";
  case ElementKind::I1:
    return "|b1";
  case ElementKind::I8:
    return "|i1";
  case ElementKind::U8:
    return "|u1";
  case ElementKind::I32:
    return "<i4";
  case ElementKind::I64:
    return "<i8";
  }
  llvm_unreachable("unknown element kind");
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// What a header says.
struct Header {
  ElementKind kind;
  SmallVector<int64_t> shape;
};

/// A parser for the one kind of Python literal that headers consist of. It is
/// strict: each of the three keys exactly once, and nothing else.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Expected<Header> parse();

private:
  bool consume(StringRef token) {
    rest = rest.ltrim(" \t\n\r");
    return rest.consume_front(token);
  }
  Error malformed(const char *expected) {
    return createStringError("malformed header: expected %s", expected);
  }

  Expected<StringRef> parseString();
  Expected<ElementKind> parseDescriptor();
  Error parseFortranOrder();
  Expected<SmallVector<int64_t>> parseShape();

  StringRef rest;
};
} // namespace

/// Returns `text` in a form that fits on one line of an error message.
static std::string printable(StringRef text) {
  std::string result;
  raw_string_ostream os(result);
  printEscapedString(text.take_front(40), os);
  if (text.size() > 40)
    os << "...";
  return result;
}

Expected<StringRef> HeaderParser::parseString() {
  char quote = consume("'") ? '\'' : consume("\"") ? '"' : '\0';
  if (!quote)
    return malformed("a string");
  size_t end = rest.find(quote);
  if (end == StringRef::npos)
    return malformed("the end of a string");
  StringRef text = rest.take_front(end);
  rest = rest.drop_front(end + 1);
  return text;
}

Expected<ElementKind> HeaderParser::parseDescriptor() {
  if (consume("[") || consume("("))
    return createStringError("structured dtypes are not supported");
  Expected<StringRef> parsed = parseString();
  if (!parsed)
    return parsed.takeError();
  StringRef text = *parsed;
  std::string shown = printable(text);

  StringRef name = text;
  char order = '|';
  if (!name.empty() && StringRef("<>=|").contains(name.front())) {
    order = name.front();
    name = name.drop_front();
  }
  if (name.starts_with("O"))
    return createStringError("object dtype is not supported");
  if (order == '>')
    return createStringError("big-endian dtype '%s' is not supported",
                             shown.c_str());
  if (name == "bfloat16" || name == "V2")
    return ElementKind::BF16;
  for (ElementKind kind :
       {ElementKind::F32, ElementKind::F16, ElementKind::F64, ElementKind::I1,
        ElementKind::I8, ElementKind::U8, ElementKind::I32, ElementKind::I64})
    // A multi-byte element must say its byte order.
    if (name == getDescriptor(kind).drop_front() &&
        (order != '|' || getByteWidth(kind) == 1))
      return kind;
  return createStringError("unsupported dtype '%s', expected f2, f4, f8, V2 "
                           "(bfloat16), b1, i1, u1, i4 or i8, little endian",
                           shown.c_str());
}

Error HeaderParser::parseFortranOrder() {
  if (consume("True"))
    return createStringError(
        "Fortran order is not supported, expected C order");
  if (!consume("False"))
    return malformed("True or False after 'fortran_order'");
  return Error::success();
}

Expected<SmallVector<int64_t>> HeaderParser::parseShape() {
  if (!consume("("))
    return malformed("a tuple after 'shape'");
  SmallVector<int64_t> shape;
  bool needsComma = false;
  while (!consume(")")) {
    if (needsComma)
      return malformed("',' or ')' in the shape");
    bool isNegative = consume("-");
    rest = rest.ltrim(" \t\n\r");
    StringRef digits = rest.take_while(isDigit);
    if (digits.empty())
      return malformed("an integer in the shape");
    rest = rest.drop_front(digits.size());
    rest.consume_front("L"); // Python 2 wrote long integers so.
    if (isNegative)
      return createStringError("negative dimension -%s in the shape",
                               printable(digits).c_str());
    int64_t dim;
    if (digits.getAsInteger(10, dim))
      return createStringError("dimension %s of the shape overflows 63 bits",
                               printable(digits).c_str());
    if (shape.size() == kMaxRank)
      return createStringError("the shape has more than %u dimensions",
                               unsigned(kMaxRank));
    shape.push_back(dim);
    needsComma = !consume(",");
  }
  // In Python `(3)` is a number, not a tuple.
  if (shape.size() == 1 && needsComma)
    return malformed("a tuple after 'shape'");
  return shape;
}

Expected<Header> HeaderParser::parse() {
  if (!consume("{"))
    return malformed("'{'");
  std::optional<ElementKind> kind;
  std::optional<SmallVector<int64_t>> shape;
  bool hasOrder = false;
  bool needsComma = false;
  while (!consume("}")) {
    if (needsComma)
      return malformed("',' or '}'");
    Expected<StringRef> key = parseString();
    if (!key)
      return key.takeError();
    if (!consume(":"))
      return malformed("':'");
    if (*key == "descr" && !kind) {
      Expected<ElementKind> parsed = parseDescriptor();
      if (!parsed)
        return parsed.takeError();
      kind = *parsed;
    } else if (*key == "fortran_order" && !hasOrder) {
      if (Error error = parseFortranOrder())
        return std::move(error);
      hasOrder = true;
    } else if (*key == "shape" && !shape) {
      Expected<SmallVector<int64_t>> parsed = parseShape();
      if (!parsed)
        return parsed.takeError();
      shape = std::move(*parsed);
    } else {
      return createStringError("malformed header: unexpected or repeated key "
                               "'%s'",
                               printable(*key).c_str());
    }
    needsComma = !consume(",");
  }
  if (!rest.trim(" \t\n\r").empty())
    return malformed("nothing after '}'");
  if (!kind)
    return malformed("the key 'descr'");
  if (!hasOrder)
    return malformed("the key 'fortran_order'");
  if (!shape)
    return malformed("the key 'shape'");
  return Header{*kind, std::move(*shape)};
}

static Error lowerCaseError(std::error_code ec) {
  return createStringError(ec, "%s", describeError(ec).c_str());
}

/// Reads exactly `size` bytes of `file` into `data`. The size of the file was
/// checked before, so an early end means that another program truncates it.
static Error readExactly(fs::file_t file, char *data, uint64_t size) {
  while (size > 0) {
    // One read() call moves at most 2 GiB.
    uint64_t chunk = std::min<uint64_t>(size, uint64_t(1) << 30);
    Expected<size_t> count =
        fs::readNativeFile(file, MutableArrayRef<char>(data, chunk));
    if (!count)
      return lowerCaseError(errorToErrorCode(count.takeError()));
    if (*count == 0)
      return createStringError("the file was truncated while it was read");
    data += *count;
    size -= *count;
  }
  return Error::success();
}

namespace {
/// The part of a file before the elements.
struct Preamble {
  Header header;
  /// Bytes from the end of the header to the end of the file.
  uint64_t numDataBytes;
};
} // namespace

/// Reads everything before the elements of a file of `fileSize` bytes.
static Expected<Preamble> readPreamble(fs::file_t file, uint64_t fileSize) {
  // Magic, version, and the length field of version 1 or of later versions.
  unsigned char fixed[12];
  constexpr uint64_t prefixSize = 8;
  if (fileSize == 0)
    return createStringError("the file is empty");
  uint64_t magicSize = std::min<uint64_t>(fileSize, prefixSize);
  if (Error error =
          readExactly(file, reinterpret_cast<char *>(fixed), magicSize))
    return std::move(error);
  StringRef start(reinterpret_cast<char *>(fixed), magicSize);
  if (start.take_front(kMagic.size()) != kMagic.take_front(start.size()))
    return createStringError("wrong magic, not a .npy file");
  if (fileSize < prefixSize)
    return createStringError("truncated header");
  unsigned major = fixed[6], minor = fixed[7];
  if (major < 1 || major > 3 || minor != 0)
    return createStringError(
        "unsupported version %u.%u, expected 1.0, 2.0 or 3.0", major, minor);

  uint64_t lengthSize = major == 1 ? 2 : 4;
  if (fileSize < prefixSize + lengthSize)
    return createStringError("truncated header");
  if (Error error = readExactly(
          file, reinterpret_cast<char *>(fixed) + prefixSize, lengthSize))
    return std::move(error);
  uint64_t headerSize = major == 1
                            ? support::endian::read16le(fixed + prefixSize)
                            : support::endian::read32le(fixed + prefixSize);
  uint64_t remaining = fileSize - prefixSize - lengthSize;
  if (headerSize > remaining)
    return createStringError("truncated header: its length is %llu bytes, but "
                             "only %llu bytes follow",
                             static_cast<unsigned long long>(headerSize),
                             static_cast<unsigned long long>(remaining));
  if (headerSize > kMaxHeaderBytes)
    return createStringError("the header has %llu bytes, at most %llu are "
                             "supported",
                             static_cast<unsigned long long>(headerSize),
                             static_cast<unsigned long long>(kMaxHeaderBytes));
  std::string text(headerSize, '\0');
  if (Error error = readExactly(file, text.data(), headerSize))
    return std::move(error);
  Expected<Header> header = HeaderParser(text).parse();
  if (!header)
    return header.takeError();
  return Preamble{std::move(*header), remaining - headerSize};
}

/// Checks the declared size against the size of the file.
static Error checkDataSize(const Preamble &preamble) {
  const Header &header = preamble.header;
  Expected<int64_t> numElements =
      NpyArray::countElements(header.kind, header.shape);
  if (!numElements)
    return numElements.takeError();
  uint64_t expected = uint64_t(*numElements) * getByteWidth(header.kind);
  if (preamble.numDataBytes == expected)
    return Error::success();
  return createStringError(
      "the data is %s than the shape: expected %llu "
      "bytes, but got %llu",
      preamble.numDataBytes < expected ? "shorter" : "longer",
      static_cast<unsigned long long>(expected),
      static_cast<unsigned long long>(preamble.numDataBytes));
}

Expected<NpyArray> mlir::sattn::readNpy(StringRef path) {
  auto fail = [&](Error error) {
    return createStringError("cannot read '%s': %s", path.str().c_str(),
                             toString(std::move(error)).c_str());
  };
  // Ask before opening: opening a pipe would wait for a writer.
  fs::file_status status;
  if (std::error_code ec = fs::status(path, status))
    return fail(lowerCaseError(ec));
  if (status.type() == fs::file_type::directory_file)
    return fail(lowerCaseError(make_error_code(std::errc::is_a_directory)));
  if (status.type() != fs::file_type::regular_file)
    return fail(createStringError("not a regular file"));
  Expected<fs::file_t> file = fs::openNativeFileForRead(path);
  if (!file)
    return fail(lowerCaseError(errorToErrorCode(file.takeError())));
  scope_exit close([&] { (void)fs::closeFile(*file); });
  if (std::error_code ec = fs::status(*file, status))
    return fail(lowerCaseError(ec));

  Expected<Preamble> preamble = readPreamble(*file, status.getSize());
  if (!preamble)
    return fail(preamble.takeError());
  if (Error error = checkDataSize(*preamble))
    return fail(std::move(error));
  Expected<NpyArray> array =
      NpyArray::allocate(preamble->header.kind, preamble->header.shape);
  if (!array)
    return fail(array.takeError());
  if (Error error =
          readExactly(*file, array->dataAs<char>(), preamble->numDataBytes))
    return fail(std::move(error));
  return array;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

Error mlir::sattn::writeNpy(AtomicFiles &files, StringRef path,
                            const NpyArray &array) {
  std::string header;
  raw_string_ostream os(header);
  os << "{'descr': '" << getDescriptor(array.getKind())
     << "', 'fortran_order': False, 'shape': (";
  interleaveComma(array.getShape(), os);
  os << (array.getRank() == 1 ? ",), }" : "), }");

  // The elements start at a multiple of 64 bytes, and the header ends with a
  // line break.
  constexpr size_t prefixSize = 10;
  size_t end = alignTo(prefixSize + header.size() + 1, NpyArray::kAlignment);
  header.resize(end - prefixSize - 1, ' ');
  header.push_back('\n');
  assert(header.size() <= std::numeric_limits<uint16_t>::max() &&
         "kMaxRank dimensions fit in a version 1.0 header");

  return files.add(path, [header, &array](raw_ostream &out) {
    char prefix[4] = {1, 0};
    support::endian::write16le(prefix + 2, header.size());
    out << kMagic << StringRef(prefix, sizeof(prefix)) << header;
    out.write(static_cast<const char *>(array.data()), array.getNumBytes());
  });
}

Error mlir::sattn::writeNpy(StringRef path, const NpyArray &array) {
  AtomicFiles files;
  if (Error error = writeNpy(files, path, array))
    return error;
  return files.commit();
}
