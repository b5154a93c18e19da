// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===- NpyTest.cpp - Tests of the .npy reader and writer ------------------===//
///
/// \file
/// Protects: arrays survive a round trip bit by bit; every malformed file is
/// refused with one line and without memory of the size that it claims; a
/// failed write leaves what was there before.
///
//===----------------------------------------------------------------------===//

#include "SparseAttn/Runtime/Npy.h"

#include "SparseAttn/Runtime/AtomicFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace llvm;
using namespace mlir::sattn;
namespace fs = llvm::sys::fs;

namespace {

/// A fresh folder for each test, removed with all that is in it.
class NpyTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(fs::createUniqueDirectory("sattn-npy", folder));
  }
  void TearDown() override { fs::remove_directories(folder); }

  std::string path(StringRef name) {
    SmallString<128> result(folder);
    sys::path::append(result, name);
    return std::string(result);
  }

  /// Writes raw bytes, not necessarily a valid file.
  std::string writeBytes(StringRef bytes) {
    std::string file = path("array.npy");
    std::error_code ec;
    raw_fd_ostream os(file, ec);
    EXPECT_FALSE(ec);
    os << bytes;
    return file;
  }

  std::string readBytes(StringRef file) {
    auto buffer = MemoryBuffer::getFile(file);
    EXPECT_TRUE(bool(buffer)) << file.str();
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

  size_t countFiles() {
    size_t count = 0;
    std::error_code ec;
    for (fs::directory_iterator it(folder, ec), end; it != end && !ec;
         it.increment(ec))
      ++count;
    return count;
  }

  /// Reads a file that must be refused, and returns the reason.
  std::string readError(StringRef bytes) {
    std::string file = writeBytes(bytes);
    Expected<NpyArray> array = readNpy(file);
    if (array) {
      ADD_FAILURE() << "expected an error";
      return "";
    }
    std::string message = toString(array.takeError());
    std::string start = "cannot read '" + file + "': ";
    EXPECT_EQ(StringRef(message).take_front(start.size()), start);
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_FALSE(StringRef(message).ends_with(".")) << message;
    return message.substr(std::min(start.size(), message.size()));
  }

  SmallString<128> folder;
};

/// Assembles a file of the given version.
std::string makeFile(StringRef header, StringRef data, unsigned major = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(major);
  file += '\0';
  for (unsigned i = 0, e = major == 1 ? 2 : 4; i < e; ++i)
    file += static_cast<char>(header.size() >> (8 * i));
  return file + header.str() + data.str();
}

std::string makeHeader(StringRef descr, StringRef shape,
                       StringRef fortran = "False") {
  return ("{'descr': " + descr + ", 'fortran_order': " + fortran +
          ", 'shape': " + shape + ", }\n")
      .str();
}

//===----------------------------------------------------------------------===//
// Round trips
//===----------------------------------------------------------------------===//

TEST_F(NpyTest, RoundTripEveryKindAndRank) {
  const ElementKind kinds[] = {
      ElementKind::F32, ElementKind::F16, ElementKind::BF16,
      ElementKind::F64, ElementKind::I1,  ElementKind::I8,
      ElementKind::U8,  ElementKind::I32, ElementKind::I64};
  const SmallVector<int64_t> shapes[] = {
      {}, {1}, {7}, {0}, {2, 3}, {2, 0, 4}, {1, 2, 3, 5}, {2, 2, 2, 2, 2}};
  for (ElementKind kind : kinds)
    for (const SmallVector<int64_t> &shape : shapes) {
      SCOPED_TRACE(getElementKindName(kind).str() + " rank " +
                   std::to_string(shape.size()));
      NpyArray array = cantFail(NpyArray::create(kind, shape));
      for (int64_t i = 0; i < array.getNumElements(); ++i)
        array.setDouble(i, i % 5);
      cantFail(writeNpy(path("a.npy"), array));
      NpyArray read = cantFail(readNpy(path("a.npy")));
      EXPECT_EQ(read.getKind(), kind);
      EXPECT_EQ(read.getShape(), ArrayRef<int64_t>(shape));
      ASSERT_EQ(read.getNumBytes(), array.getNumBytes());
      EXPECT_EQ(std::memcmp(read.data(), array.data(), array.getNumBytes()), 0);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(read.data()) % NpyArray::kAlignment,
                0u);
    }
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(NpyTest, WritesTheBytesThatNumPyWrites) {
  NpyArray array = cantFail(NpyArray::create(ElementKind::BF16, {3, 1}));
  array.setFloat(0, 1.0f);
  array.setFloat(1, -2.0f);
  cantFail(writeNpy(path("a.npy"), array));
  std::string bytes = readBytes(path("a.npy"));
  std::string dictionary =
      "{'descr': '<V2', 'fortran_order': False, 'shape': (3, 1), }";
  ASSERT_EQ(bytes.size(), 128u + 6u);
  EXPECT_EQ(StringRef(bytes).take_front(10),
            StringRef("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(bytes.substr(10, dictionary.size()), dictionary);
  EXPECT_EQ(bytes[127], '\n');
  EXPECT_EQ(StringRef(bytes).drop_front(128),
            StringRef("\x80\x3f\x00\xc0\x00\x00", 6));
}

TEST_F(NpyTest, ShapeOfRankOneIsATuple) {
  cantFail(writeNpy(path("a.npy"),
                    cantFail(NpyArray::create(ElementKind::I1, {3}))));
  EXPECT_NE(readBytes(path("a.npy")).find("'shape': (3,), }"),
            std::string::npos);
}

TEST_F(NpyTest, ReadsAllVersions) {
  for (unsigned major : {1u, 2u, 3u}) {
    std::string file = writeBytes(
        makeFile(makeHeader("'<i4'", "(1,)"), StringRef("\5\0\0\0", 4), major));
    NpyArray array = cantFail(readNpy(file));
    EXPECT_EQ(array.getKind(), ElementKind::I32);
    EXPECT_EQ(array.getDouble(0), 5.0);
  }
}

TEST_F(NpyTest, ReadsOtherSpellings) {
  for (StringRef descr : {"'bfloat16'", "'<V2'", "'|V2'", "\"<V2\""}) {
    std::string file = writeBytes(
        makeFile(makeHeader(descr, "( 1 , 1 )"), StringRef("\x80\x3f", 2)));
    NpyArray array = cantFail(readNpy(file));
    EXPECT_EQ(array.getKind(), ElementKind::BF16);
    EXPECT_EQ(array.getFloat(0), 1.0f);
  }
  // Any order of keys, no final comma, Python 2's long integers.
  std::string file = writeBytes(makeFile(
      "{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"|u1\"}", "\7\xff"));
  NpyArray array = cantFail(readNpy(file));
  EXPECT_EQ(array.toFloats(), (std::vector<float>{7.0f, 255.0f}));
}

TEST_F(NpyTest, EmptyArrayHasNoData) {
  std::string file =
      writeBytes(makeFile(makeHeader("'<f4'", "(0, 4611686018427387904)"), ""));
  // 2^62 rows of f32 overflow, even though none of them exists.
  Expected<NpyArray> overflow = readNpy(file);
  ASSERT_FALSE(bool(overflow));
  consumeError(overflow.takeError());
  file = writeBytes(makeFile(makeHeader("'<f4'", "(0, 64)"), ""));
  EXPECT_EQ(cantFail(readNpy(file)).getNumElements(), 0);
}

//===----------------------------------------------------------------------===//
// Hostile files
//===----------------------------------------------------------------------===//

TEST_F(NpyTest, RejectsEmptyFile) {
  EXPECT_EQ(readError(""), "the file is empty");
}

TEST_F(NpyTest, RejectsWrongMagic) {
  EXPECT_EQ(readError("x"), "wrong magic, not a .npy file");
  EXPECT_EQ(readError("PK\3\4 a zip archive"), "wrong magic, not a .npy file");
}

TEST_F(NpyTest, RejectsUnknownVersion) {
  EXPECT_EQ(readError(StringRef("\x93NUMPY\x04\x00\x00\x00\x00\x00", 12)),
            "unsupported version 4.0, expected 1.0, 2.0 or 3.0");
  EXPECT_EQ(readError(StringRef("\x93NUMPY\x01\x07\x00\x00", 10)),
            "unsupported version 1.7, expected 1.0, 2.0 or 3.0");
}

TEST_F(NpyTest, RejectsEveryTruncation) {
  std::string file =
      makeFile(makeHeader("'<f4'", "(2,)"), StringRef("\0\0\0\0\0\0\0\0", 8));
  for (size_t size = 0; size < file.size(); ++size)
    EXPECT_NE(readError(StringRef(file).take_front(size)), "") << size;
  EXPECT_EQ(readError(StringRef(file).take_front(7)), "truncated header");
  EXPECT_EQ(readError(StringRef(file).take_front(9)), "truncated header");
}

TEST_F(NpyTest, RejectsHeaderLongerThanFile) {
  std::string file("\x93NUMPY\x02\x00\xff\xff\xff\xff{", 13);
  EXPECT_EQ(readError(file), "truncated header: its length is 4294967295 "
                             "bytes, but only 1 bytes follow");
}

TEST_F(NpyTest, RejectsVeryLongHeader) {
  std::string header = makeHeader("'|u1'", "(0,)");
  header.resize(1 << 20, ' ');
  EXPECT_EQ(readError(makeFile(header, "", 2)),
            "the header has 1048576 bytes, at most 65536 are supported");
}

TEST_F(NpyTest, RejectsWrongDataSize) {
  std::string header = makeHeader("'<f4'", "(3, 2)");
  EXPECT_EQ(
      readError(makeFile(header, std::string(23, 0))),
      "the data is shorter than the shape: expected 24 bytes, but got 23");
  EXPECT_EQ(readError(makeFile(header, std::string(25, 0))),
            "the data is longer than the shape: expected 24 bytes, but got 25");
}

TEST_F(NpyTest, RejectsHugeShapeWithoutAllocating) {
  EXPECT_EQ(readError(makeFile(makeHeader("'<f4'", "(1000000000000,)"), "")),
            "the data is shorter than the shape: expected 4000000000000 bytes, "
            "but got 0");
}

TEST_F(NpyTest, RejectsOverflowingShape) {
  const char *message = "the size of the shape overflows 63 bits";
  EXPECT_EQ(
      readError(makeFile(makeHeader("'<f4'", "(4294967296, 4294967296)"), "")),
      message);
  EXPECT_EQ(
      readError(makeFile(makeHeader("'<f4'", "(4611686018427387904,)"), "")),
      message);
  EXPECT_EQ(
      readError(makeFile(makeHeader("'<f4'", "(99999999999999999999,)"), "")),
      "dimension 99999999999999999999 of the shape overflows 63 bits");
}

TEST_F(NpyTest, RejectsNegativeDimension) {
  EXPECT_EQ(readError(makeFile(makeHeader("'<f4'", "(2, -3)"), "")),
            "negative dimension -3 in the shape");
}

TEST_F(NpyTest, RejectsTooManyDimensions) {
  std::string shape = "(";
  for (int i = 0; i < 65; ++i)
    shape += "1, ";
  EXPECT_EQ(readError(makeFile(makeHeader("'|u1'", shape + ")"), "x")),
            "the shape has more than 64 dimensions");
}

TEST_F(NpyTest, RejectsFortranOrder) {
  EXPECT_EQ(readError(makeFile(makeHeader("'<f4'", "(2, 2)", "True"),
                               std::string(16, 0))),
            "Fortran order is not supported, expected C order");
}

TEST_F(NpyTest, RejectsObjectDtype) {
  EXPECT_EQ(readError(makeFile(makeHeader("'|O'", "(1,)"), "x")),
            "object dtype is not supported");
}

TEST_F(NpyTest, RejectsStructuredDtype) {
  EXPECT_EQ(readError(makeFile(
                makeHeader("[('a', '<f4'), ('b', '<i4')]", "(1,)"), "x")),
            "structured dtypes are not supported");
}

TEST_F(NpyTest, RejectsBigEndian) {
  EXPECT_EQ(readError(makeFile(makeHeader("'>f4'", "(1,)"), "abcd")),
            "big-endian dtype '>f4' is not supported");
}

TEST_F(NpyTest, RejectsOtherDtypes) {
  for (StringRef descr : {"<c8", "<f3", "|f4", "f", "", "<U4", "<M8[ns]"})
    EXPECT_EQ(readError(makeFile(makeHeader(("'" + descr + "'").str(), "(1,)"),
                                 "abcd")),
              ("unsupported dtype '" + descr +
               "', expected f2, f4, f8, V2 (bfloat16), b1, i1, u1, i4 or i8, "
               "little endian")
                  .str());
}

TEST_F(NpyTest, ErrorsStayOnOneLine) {
  // The dtype is shown escaped and shortened; readError checks for one line.
  std::string message = readError(makeFile(
      makeHeader("'a\nb" + std::string(1000, 'x') + "'", "(1,)"), "abcd"));
  EXPECT_LT(message.size(), 200u);
}

TEST_F(NpyTest, RejectsMalformedHeader) {
  auto error = [&](StringRef header) {
    return readError(makeFile(header, "x"));
  };
  EXPECT_EQ(error("junk"), "malformed header: expected '{'");
  EXPECT_EQ(error("{"), "malformed header: expected a string");
  EXPECT_EQ(error("{'descr"), "malformed header: expected the end of a string");
  EXPECT_EQ(error("{'descr' '|u1'}"), "malformed header: expected ':'");
  EXPECT_EQ(error("{'descr': '|u1' 'shape': (1,)}"),
            "malformed header: expected ',' or '}'");
  EXPECT_EQ(error("{'descr': '|u1', 'descr': '|u1'}"),
            "malformed header: unexpected or repeated key 'descr'");
  EXPECT_EQ(error("{'other': 1}"),
            "malformed header: unexpected or repeated key 'other'");
  EXPECT_EQ(error("{}"), "malformed header: expected the key 'descr'");
  EXPECT_EQ(error("{'descr': '|u1'}"),
            "malformed header: expected the key 'fortran_order'");
  EXPECT_EQ(error("{'descr': '|u1', 'fortran_order': False}"),
            "malformed header: expected the key 'shape'");
  EXPECT_EQ(error(makeHeader("'|u1'", "(1,)", "0")),
            "malformed header: expected True or False after 'fortran_order'");
  EXPECT_EQ(error(makeHeader("'|u1'", "1")),
            "malformed header: expected a tuple after 'shape'");
  EXPECT_EQ(error(makeHeader("'|u1'", "(1)")),
            "malformed header: expected a tuple after 'shape'");
  EXPECT_EQ(error(makeHeader("'|u1'", "(1 1)")),
            "malformed header: expected ',' or ')' in the shape");
  EXPECT_EQ(error(makeHeader("'|u1'", "(,)")),
            "malformed header: expected an integer in the shape");
  EXPECT_EQ(error(makeHeader("'|u1'", "(1,)") + "!"),
            "malformed header: expected nothing after '}'");
}

TEST_F(NpyTest, SurvivesEveryByteChange) {
  std::string file =
      makeFile(makeHeader("'<f4'", "(2,)"), StringRef("\0\0\0\0\0\0\0\0", 8));
  for (size_t i = 0; i < file.size() - 8; ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = file;
      changed[i] ^= 1 << bit;
      // Accepted or refused: only a crash is wrong.
      Expected<NpyArray> array = readNpy(writeBytes(changed));
      if (!array)
        consumeError(array.takeError());
    }
}

TEST_F(NpyTest, RejectsMissingFileAndDirectory) {
  EXPECT_EQ(toString(readNpy(path("none.npy")).takeError()),
            "cannot read '" + path("none.npy") +
                "': no such file or directory");
  EXPECT_EQ(toString(readNpy(folder).takeError()),
            ("cannot read '" + folder + "': is a directory").str());
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

TEST_F(NpyTest, WriteReplacesTheWholeFile) {
  std::string file = writeBytes(std::string(10000, 'x'));
  cantFail(
      writeNpy(file, cantFail(NpyArray::create(ElementKind::F32, {2, 2}))));
  EXPECT_EQ(cantFail(readNpy(file)).getNumElements(), 4);
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(NpyTest, WriteFollowsSymbolicLinks) {
  std::string file = writeBytes("old");
  ASSERT_FALSE(fs::create_link(file, path("link.npy")));
  cantFail(writeNpy(path("link.npy"),
                    cantFail(NpyArray::create(ElementKind::F32, {1}))));
  EXPECT_TRUE(fs::is_symlink_file(path("link.npy")));
  EXPECT_EQ(cantFail(readNpy(file)).getNumElements(), 1);
}

TEST_F(NpyTest, FolderNameWithPercentSigns) {
  ASSERT_FALSE(fs::create_directory(path("%%%")));
  cantFail(writeNpy(path("%%%/a%b.npy"),
                    cantFail(NpyArray::create(ElementKind::F32, {1}))));
  EXPECT_TRUE(fs::exists(path("%%%/a%b.npy")));
}

TEST_F(NpyTest, FailedWriteLeavesNothing) {
  NpyArray array = cantFail(NpyArray::create(ElementKind::F32, {1}));
  EXPECT_EQ(toString(writeNpy(path("none/a.npy"), array)),
            "cannot write '" + path("none/a.npy") +
                "': no such file or directory");
  EXPECT_EQ(toString(writeNpy(folder, array)),
            ("cannot write '" + folder + "': is a directory").str());
  EXPECT_EQ(countFiles(), 0u);
}

TEST_F(NpyTest, TargetIsUntouchedUntilTheLastByte) {
  std::string file = writeBytes("old");
  cantFail(writeFileAtomically(file, [&](raw_ostream &os) {
    os << "new";
    os.flush();
    EXPECT_EQ(readBytes(file), "old");
    EXPECT_EQ(countFiles(), 2u);
  }));
  EXPECT_EQ(readBytes(file), "new");
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(NpyTest, FullDeviceIsReported) {
  NpyArray array = cantFail(NpyArray::create(ElementKind::F32, {1}));
  EXPECT_EQ(toString(writeNpy("/dev/full", array)),
            "cannot write '/dev/full': no space left on device");
  EXPECT_TRUE(fs::exists("/dev/full"));
}

} // namespace
