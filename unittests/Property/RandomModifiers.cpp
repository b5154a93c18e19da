// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random score modifiers.
#include "RandomModifiers.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::sattn::test;
using llvm::formatv;

class RandomModifiers::Drawing {
public:
  Drawing(RandomModifiers &result, std::mt19937_64 &random,
          const ModifierSizes &sizes)
      : result(result), random(random), sizes(sizes) {}

  void run() {
    int64_t count = pick(0, 3);
    std::vector<std::string> names;
    for (int64_t i = 0; i < count; ++i)
      names.push_back(name());
    result.names = llvm::join(names, ", ");
    if (count == 0 || pick(0, 2) == 0)
      result.region = region();
    if (pick(0, 3) == 0) {
      array({sizes.heads});
      result.sink = result.arrays.size() - 1;
    }
  }

private:
  int64_t pick(int64_t lo, int64_t hi) {
    return std::uniform_int_distribution<int64_t>(lo, hi)(random);
  }
  template <typename T> T oneOf(std::initializer_list<T> choices) {
    return choices.begin()[pick(0, choices.size() - 1)];
  }

  /// A new array of these sizes; some of the `broadcast` first ones become 1. Returns
  /// its name.
  std::string array(std::vector<int64_t> shape, size_t broadcast = 0) {
    ModifierArray array;
    array.element = oneOf<const char *>({"f32", "f32", "f16", "bf16"});
    std::string dims;
    for (size_t dim = 0; dim < shape.size(); ++dim) {
      bool isOne = dim < broadcast && pick(0, 2) == 0;
      if (isOne)
        shape[dim] = 1;
      // A size that is not known stands for all of them.
      bool isKnown = isOne || !sizes.isDynamic ||
                     (lastIsKnown && dim + 1 == shape.size());
      dims += (isKnown ? std::to_string(shape[dim]) : std::string("?")) + "x";
    }
    std::string layout;
    if (sizes.isStrided) {
      layout = ", strided<[";
      for (size_t dim = 0; dim + 1 < shape.size(); ++dim)
        layout += "?, ";
      layout += pick(0, 1) ? "1], offset: ?>" : "?], offset: ?>";
    }
    array.type = "memref<" + dims + array.element + layout + ">";
    array.shape = std::move(shape);
    result.arrays.push_back(array);
    return "%m" + std::to_string(result.arrays.size() - 1);
  }
  const std::string &lastType() const { return result.arrays.back().type; }

  std::string with(const std::string &name, std::vector<int64_t> shape,
                   size_t broadcast, size_t fewest = 1) {
    // Fewer dimensions: the last ones.
    size_t drop = pick(0, 2) ? 0 : pick(0, shape.size() - fewest);
    shape.erase(shape.begin(), shape.begin() + drop);
    std::string operand =
        array(shape, std::min(broadcast - std::min(broadcast, drop),
                              shape.size()));
    return name + "(" + operand + " : " + lastType() + ")";
  }

  std::string name() {
    const ModifierSizes &s = sizes;
    switch (pick(0, 8)) {
    case 0:
    case 1:
      return formatv("softcap<cap = {0}>",
                     oneOf<const char *>({"50.0", "5", "0.7", "30.0"}));
    case 2:
    case 3:
      return with("bias", {s.batch, s.heads, s.queries, s.keys}, 4);
    case 4:
      // Slopes in other orders ask for the number of heads.
      return formatv("alibi<heads = {0}, order = {1}, symmetric = {2}>",
                     s.heads,
                     oneOf<const char *>({"geometric", "press", "mpt"}),
                     pick(0, 1) ? "true" : "false");
    case 5:
      return pick(0, 1) ? std::string("alibi")
                        : with("alibi_slopes", {s.batch, s.heads}, 2);
    case 6:
      return with("logit_scale", {s.heads}, 1);
    case 7: {
      bool isBoth = pick(0, 1);
      lastIsKnown = true;
      std::string text = with(
          formatv("t5_bias<max_distance = {0}, bidirectional = {1}>",
                  oneOf<int64_t>({20, 40, 128}), isBoth ? "true" : "false"),
          {s.heads, oneOf<int64_t>({4, 16, 32})}, 1);
      lastIsKnown = false;
      return text;
    }
    default: {
      int64_t size = pick(1, 20);
      lastIsKnown = true;
      std::string text =
          with(formatv("relative_bias<center = {0}>", pick(-3, size + 3)),
               {s.batch, s.heads, s.queries, size}, 3);
      lastIsKnown = false;
      return text;
    }
    }
  }

  /// Lines that make %x<next> of %x<number>.
  std::string step(int64_t number) {
    std::string in = "%x" + std::to_string(number);
    std::string out = "%x" + std::to_string(number + 1);
    std::string n = std::to_string(number);
    // The element of %m at `indices`, as f32.
    auto load = [&](const std::string &array, const std::string &indices) {
      std::string element = result.arrays.back().element;
      std::string text = formatv("  %e{0} = memref.load {1}[{2}] : {3}\n", n,
                                 array, indices, lastType());
      if (element == "f32")
        return text + formatv("  %f{0} = arith.addf %e{0}, %zero : f32\n", n).str();
      return text +
             formatv("  %f{0} = arith.extf %e{0} : {1} to f32\n", n, element)
                 .str();
    };
    auto addLoaded = [&] {
      return formatv("  {0} = arith.addf {1}, %f{2} : f32\n", out, in, n).str();
    };
    std::string row = formatv("  %row{0} = arith.subi %i, %first : index\n", n);
    switch (pick(0, 7)) {
    case 0:
      return formatv("  %c{0} = arith.constant {1:f2} : f32\n"
                     "  {2} = arith.mulf {3}, %c{0} : f32\n",
                     n, pick(-200, 200) / 100.0, out, in);
    case 1: { // Read across the lanes.
      std::string m = array({sizes.queries, sizes.keys});
      return row + load(m, "%row" + n + ", %j") + addLoaded();
    }
    case 2: { // Read along the lanes, or where a gather must look.
      std::string m = array({sizes.keys, sizes.queries});
      return row + load(m, "%j, %row" + n) + addLoaded();
    }
    case 3: { // By distance.
      int64_t size = pick(1, 20);
      std::string m = array({sizes.heads, size});
      return formatv("  %d{0} = arith.subi %j, %i : index\n"
                     "  %a{0} = arith.maxsi %d{0}, %low : index\n"
                     "  %top{0} = arith.constant {1} : index\n"
                     "  %b{0} = arith.minsi %a{0}, %top{0} : index\n",
                     n, size - 1)
                 .str() +
             load(m, "%h, %b" + n) + addLoaded();
    }
    case 4: // Positions as numbers.
      return formatv("  %d{0} = arith.subi %j, %i : index\n"
                     "  %g{0} = arith.index_cast %d{0} : index to i64\n"
                     "  %r{0} = arith.sitofp %g{0} : i64 to f32\n"
                     "  %c{0} = arith.constant {1:f3} : f32\n"
                     "  {2} = math.fma %r{0}, %c{0}, {3} : f32\n",
                     n, pick(-90, 90) / 1000.0, out, in);
    case 5: // A choice by parity, with head and batch.
      return formatv("  %s{0} = arith.addi %j, %h : index\n"
                     "  %t{0} = arith.addi %s{0}, %b : index\n"
                     "  %two{0} = arith.constant 2 : index\n"
                     "  %p{0} = arith.remsi %t{0}, %two{0} : index\n"
                     "  %q{0} = arith.cmpi eq, %p{0}, %low : index\n"
                     "  %n{0} = arith.negf {1} : f32\n"
                     "  {2} = arith.select %q{0}, {1}, %n{0} : f32\n",
                     n, in, out);
    case 6: // Functions.
      switch (pick(0, 2)) {
      case 0:
        return formatv("  %a{0} = math.{1} {2} : f32\n"
                       "  {3} = arith.addf %a{0}, {2} : f32\n",
                       n, oneOf<const char *>({"tanh", "absf", "floor"}), in,
                       out);
      case 1:
        return formatv("  %a{0} = math.absf {1} : f32\n"
                       "  %b{0} = arith.negf %a{0} : f32\n"
                       "  {2} = math.exp %b{0} : f32\n",
                       n, in, out);
      default:
        return formatv("  %a{0} = math.absf {1} : f32\n"
                       "  %o{0} = arith.constant 1.0 : f32\n"
                       "  %b{0} = arith.addf %a{0}, %o{0} : f32\n"
                       "  {2} = math.log %b{0} : f32\n",
                       n, in, out);
      }
    default: // A division that must not be tried for other pairs.
      return formatv("  %u{0} = arith.addi %j, %h : index\n"
                     "  %v{0} = arith.constant 1 : index\n"
                     "  %w{0} = arith.addi %u{0}, %v{0} : index\n"
                     "  %k{0} = arith.divsi %i, %w{0} : index\n"
                     "  %g{0} = arith.index_cast %k{0} : index to i32\n"
                     "  %r{0} = arith.sitofp %g{0} : i32 to f32\n"
                     "  {1} = arith.addf %r{0}, {2} : f32\n",
                     n, out, in);
    }
  }

  std::string region() {
    std::string text = " score {\n"
                       "^bb0(%x0: f32, %b: index, %h: index, %i: index, %j: "
                       "index):\n  %zero = arith.constant 0.0 : f32\n"
                       "  %low = arith.constant 0 : index\n";
    int64_t count = pick(1, 3);
    for (int64_t i = 0; i < count; ++i)
      text += step(i);
    return text + formatv("  sattn.yield %x{0} : f32\n}", count).str();
  }

  /// Whether the last size of an array is known when the others are not.
  bool lastIsKnown = false;
  RandomModifiers &result;
  std::mt19937_64 &random;
  const ModifierSizes &sizes;
};

RandomModifiers::RandomModifiers(std::mt19937_64 &random,
                                 const ModifierSizes &sizes) {
  Drawing(*this, random, sizes).run();
}
