// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random mask regions.
#include "RandomRegion.h"

#include "llvm/Support/FormatVariadic.h"

#include <functional>
#include <numeric>

using namespace mlir::sattn::test;
using llvm::formatv;

class RandomRegion::Drawing {
public:
  Drawing(RandomRegion &result, std::mt19937_64 &random,
          const RegionSizes &sizes)
      : result(result), random(random), sizes(sizes) {}

  void run() {
    result.text = " mask {\n^bb0(%b: index, %h: index, %i: index, %j: index):\n"
                  "  %zero = arith.constant 0 : index\n"
                  "  %one = arith.constant 1 : index\n"
                  "  %yes = arith.constant true\n";
    std::string last = truth();
    for (int64_t more = pick(0, 2); more > 0; --more) {
      std::string next = truth();
      line("%z{0} = arith.{1} {2}, {3} : i1",
           oneOf<const char *>({"andi", "ori", "xori"}), last, next);
      last = "%z" + std::to_string(lines);
    }
    result.text += "  sattn.yield " + last + "\n}";
  }

private:
  int64_t pick(int64_t lo, int64_t hi) {
    return std::uniform_int_distribution<int64_t>(lo, hi)(random);
  }
  template <typename T> T oneOf(std::initializer_list<T> choices) {
    return choices.begin()[pick(0, choices.size() - 1)];
  }

  /// Appends an operation; {0} is its number.
  template <typename... Args> void line(const char *format, Args &&...args) {
    result.text +=
        "  " + formatv(format, ++lines, std::forward<Args>(args)...).str() + "\n";
  }
  std::string name(const char *letter) {
    return letter + std::to_string(lines);
  }

  /// The element of a new table at indices in its dimensions, of type `type`; values are
  /// between 0 and `most`.
  std::string element(std::vector<int64_t> shape, const std::string &indices,
                      int64_t width, int64_t most) {
    std::string dims;
    for (int64_t size : shape)
      dims += (sizes.isDynamic ? "?" : std::to_string(size)) + "x";
    int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t(1),
                                    std::multiplies<int64_t>());
    std::vector<int64_t> values;
    for (; count > 0; --count)
      // Runs of equal numbers, as documents have them.
      values.push_back(values.empty() || pick(0, 2) == 0 ? pick(0, most)
                                                         : values.back());
    // No name of a region of scores.
    std::string table = "table" + std::to_string(result.tables.size());
    result.tables.push_back({table, shape, values, width});
    line("%e{0} = memref.load %{1}[{2}] : memref<{3}i{4}>", table, indices, dims,
         width);
    return name("%e");
  }

  /// A query row, as an index.
  std::string row() {
    line("%w{0} = arith.subi %i, %first : index");
    return name("%w");
  }

  /// An index of the pair in a table, and the size of that dimension.
  std::pair<std::string, int64_t> place() {
    switch (pick(0, sizes.rowsAreKnown ? 4 : 2)) {
    case 0:
      return {"%b", sizes.batch};
    case 1:
      return {"%h", sizes.heads};
    case 2:
      return {"%j", sizes.keys};
    default:
      return {row(), sizes.queries};
    }
  }

  /// An index in [-2^20, 2^20] or so.
  std::string number() {
    switch (pick(0, 7)) {
    case 0:
      return "%i";
    case 1:
      return "%j";
    case 2:
      return oneOf<const char *>({"%b", "%h"});
    case 3:
      line("%n{0} = arith.subi %i, %j : index");
      return name("%n");
    case 4: {
      line("%c{0} = arith.constant {1} : index", pick(-40, 40));
      std::string factor = name("%c"), of = oneOf<const char *>({"%i", "%j", "%h"});
      line("%n{0} = arith.muli {1}, {2} : index", of, factor);
      return name("%n");
    }
    case 5: { // In blocks.
      line("%c{0} = arith.constant {1} : index", pick(1, 20));
      std::string by = name("%c");
      line("%n{0} = arith.{1} {2}, {3} : index",
           oneOf<const char *>({"floordivsi", "remsi", "divsi", "ceildivsi"}),
           oneOf<const char *>({"%i", "%j"}), by);
      return name("%n");
    }
    case 6: { // From a table of one or two dimensions.
      auto [first, size] = place();
      auto [second, columns] = place();
      int64_t width = oneOf<int64_t>({8, 16, 32, 64});
      std::string read = pick(0, 1)
                             ? element({size}, first, width, 3)
                             : element({size, columns}, first + ", " + second,
                                       width, 3);
      line("%n{0} = arith.index_cast {1} : i{2} to index", read, width);
      return name("%n");
    }
    default: {
      std::string x = number(), y = number();
      line("%n{0} = arith.{1} {2}, {3} : index",
           oneOf<const char *>({"addi", "subi", "minsi", "maxsi"}), x, y);
      return name("%n");
    }
    }
  }

  std::string truth() {
    switch (pick(0, 7)) {
    case 0: { // A table of truth values.
      auto [first, size] = place();
      auto [second, columns] = place();
      return element({size, columns}, first + ", " + second, 1, 1);
    }
    case 1: { // Read across the lanes, or along them.
      if (!sizes.rowsAreKnown)
        return element({sizes.keys}, "%j", 1, 1);
      std::string at = row();
      return pick(0, 1) ? element({sizes.queries, sizes.keys}, at + ", %j", 1, 1)
                        : element({sizes.keys, sizes.queries}, "%j, " + at, 1, 1);
    }
    case 2: { // In f32.
      line("%g{0} = arith.index_cast {1} : index to i32", number());
      std::string whole = name("%g");
      line("%f{0} = arith.sitofp {1} : i32 to f32", whole);
      std::string real = name("%f");
      line("%c{0} = arith.constant {1:f3} : f32", pick(-9000, 9000) / 1000.0 + 0.0001);
      std::string factor = name("%c");
      line("%f{0} = arith.mulf {1}, {2} : f32", real, factor);
      real = name("%f");
      line("%r{0} = math.floor {1} : f32", real);
      std::string low = name("%r");
      line("%s{0} = arith.subf {1}, {2} : f32", real, low);
      std::string rest = name("%s");
      line("%c{0} = arith.constant 0.4 : f32");
      std::string limit = name("%c");
      line("%y{0} = arith.cmpf olt, {1}, {2} : f32", rest, limit);
      return name("%y");
    }
    case 3: { // By a division that cannot be tried for other pairs.
      line("%u{0} = arith.addi %j, %one : index");
      std::string divisor = name("%u"), of = number();
      line("%k{0} = arith.remsi {1}, {2} : index", of, divisor);
      std::string rest = name("%k");
      line("%y{0} = arith.cmpi slt, {1}, %h : index", rest);
      return name("%y");
    }
    case 4: { // Twice as many negations.
      std::string of = truth();
      line("%y{0} = arith.xori {1}, %yes : i1", of);
      return name("%y");
    }
    default: {
      std::string x = number(), y = number();
      line("%y{0} = arith.cmpi {1}, {2}, {3} : index",
           oneOf<const char *>({"eq", "ne", "slt", "sle", "sge", "ult"}), x, y);
      return name("%y");
    }
    }
  }

  /// Operations so far: names end in their number.
  int64_t lines = 0;
  RandomRegion &result;
  std::mt19937_64 &random;
  const RegionSizes &sizes;
};

RandomRegion::RandomRegion(std::mt19937_64 &random, const RegionSizes &sizes) {
  Drawing(*this, random, sizes).run();
}
