// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Files that are written together appear together, or none is touched.
#include "SparseAttn/Runtime/AtomicFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace mlir::sattn;
namespace fs = llvm::sys::fs;

namespace {
class AtomicFileTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(fs::createUniqueDirectory("sattn-atomic", folder));
  }
  void TearDown() override { fs::remove_directories(folder); }

  std::string path(StringRef name) {
    SmallString<128> full = folder;
    sys::path::append(full, name);
    return std::string(full);
  }
  void add(AtomicFiles &files, StringRef name, std::string text) {
    cantFail(files.add(path(name), [text](raw_ostream &os) { os << text; }));
  }
  void write(StringRef name, StringRef text) {
    cantFail(writeFileAtomically(path(name),
                                 [&](raw_ostream &os) { os << text; }));
  }
  std::string read(StringRef name) {
    auto buffer = MemoryBuffer::getFile(path(name));
    return buffer ? (*buffer)->getBuffer().str() : "absent";
  }
  unsigned countFiles() {
    std::error_code ec;
    unsigned count = 0;
    for (fs::directory_iterator at(folder, ec), end; at != end && !ec;
         at.increment(ec))
      ++count;
    return count;
  }

  SmallString<128> folder;
};

TEST_F(AtomicFileTest, FilesAppearWhenCommitted) {
  write("a", "old");
  AtomicFiles files;
  add(files, "a", "new a");
  add(files, "b", "new b");
  EXPECT_EQ(read("a"), "old");
  EXPECT_EQ(read("b"), "absent");
  cantFail(files.commit());
  EXPECT_EQ(read("a"), "new a");
  EXPECT_EQ(read("b"), "new b");
  EXPECT_EQ(countFiles(), 2u);
}

TEST_F(AtomicFileTest, WhatIsNotCommittedLeavesNothing) {
  write("a", "old");
  {
    AtomicFiles files;
    add(files, "a", "new");
    EXPECT_EQ(toString(files.add(path("none/b"), [](raw_ostream &) {})),
              "cannot write '" + path("none/b") +
                  "': no such file or directory");
  }
  EXPECT_EQ(read("a"), "old");
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(AtomicFileTest, FailedRenameBringsBackThoseBeforeIt) {
  write("a", "old");
  {
    AtomicFiles files;
    add(files, "a", "new a");
    add(files, "b", "new b");
    add(files, "c", "new c");
    ASSERT_FALSE(fs::create_directory(path("c")));
    EXPECT_EQ(toString(files.commit()),
              "cannot write '" + path("c") + "': is a directory");
  }
  EXPECT_EQ(read("a"), "old");
  EXPECT_EQ(read("b"), "absent");
  EXPECT_EQ(countFiles(), 2u);
}

TEST_F(AtomicFileTest, FailedDeviceTouchesNoFile) {
  write("a", "old");
  {
    AtomicFiles files;
    add(files, "a", "new");
    cantFail(files.add("/dev/full", [](raw_ostream &os) { os << "text"; }));
    EXPECT_EQ(toString(files.commit()),
              "cannot write '/dev/full': no space left on device");
  }
  EXPECT_EQ(read("a"), "old");
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(AtomicFileTest, TheSameFileBySeveralNames) {
  write("a", "text");
  ASSERT_FALSE(fs::create_link(path("a"), path("link")));
  ASSERT_FALSE(fs::create_hard_link(path("a"), path("hard")));
  auto isRefused = [&](StringRef x, StringRef y) {
    std::string error =
        toString(checkDistinctFiles({{"--x", path(x)}, {"--y", path(y)}}, {}));
    std::string asInput = toString(
        checkDistinctFiles({NamedFile{"--x", path(x)}}, {{"--y", path(y)}}));
    EXPECT_EQ(error, asInput);
    return !error.empty();
  };
  EXPECT_TRUE(isRefused("a", "a"));
  EXPECT_TRUE(isRefused("a", "link"));
  EXPECT_TRUE(isRefused("hard", "link"));
  EXPECT_TRUE(isRefused("new", "./new"));
  EXPECT_TRUE(isRefused("none/new", "none/new"));
  EXPECT_FALSE(isRefused("a", "b"));
  EXPECT_FALSE(isRefused("new", "other"));
  EXPECT_FALSE(errorToBool(
      checkDistinctFiles({{"--x", "/dev/null"}, {"--y", "/dev/null"}}, {})));
  EXPECT_FALSE(errorToBool(checkDistinctFiles({{"--x", ""}, {"--y", ""}}, {})));
}
} // namespace
