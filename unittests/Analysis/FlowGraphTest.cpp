// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The parts of a flow graph against brute force: sets of tokens, terms of patterns, and
/// the graph of several heads.
#include "SparseAttn/Analysis/FlowGraph.h"
#include "SparseAttn/Analysis/PatternTerms.h"
#include "SparseAttn/Analysis/TokenSet.h"
#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/Dialect/SparseAttnDialect.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

using namespace mlir;
using namespace mlir::sattn;

namespace {
TEST(TokenSetTest, FindsWhatIsLeft) {
  std::mt19937 random(1);
  for (int64_t size : {1, 63, 64, 65, 4096, 4097, 300000}) {
    TokenSet tokens(size);
    std::set<int64_t> expected;
    for (int i = 0; i < 5; ++i) {
      int64_t begin = random() % size;
      int64_t end = std::min<int64_t>(begin + random() % 200, size);
      tokens.insert({begin, end});
      for (int64_t token = begin; token < end; ++token)
        expected.insert(token);
    }
    auto check = [&] {
      EXPECT_EQ(tokens.empty(), expected.empty());
      EXPECT_EQ(tokens.count(), static_cast<int64_t>(expected.size()));
      for (int i = 0; i < 50; ++i) {
        int64_t token = random() % size;
        EXPECT_EQ(tokens.contains(token), expected.count(token) == 1);
        auto next = expected.lower_bound(token);
        EXPECT_EQ(tokens.find(token), next == expected.end() ? size : *next);
        auto after = expected.upper_bound(token);
        EXPECT_EQ(tokens.findLast(token),
                  after == expected.begin() ? -1 : *std::prev(after));
      }
    };
    check();
    for (int i = 0; i < 20; ++i) {
      int64_t index = random() % ((size + 63) / 64);
      uint64_t bits = tokens.getWord(index) & (uint64_t(random()) << 32 | random());
      tokens.erase(index, bits);
      for (int64_t bit = 0; bit < 64; ++bit)
        if (bits >> bit & 1)
          expected.erase(index * 64 + bit);
      check();
    }
    tokens.intersect({size / 3, size / 2});
    for (auto it = expected.begin(); it != expected.end();)
      it = *it < size / 3 || *it >= size / 2 ? expected.erase(it) : std::next(it);
    check();
  }
}

TEST(TokenSetTest, WordsFoldToResidues) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> words(9);
  for (uint64_t &word : words)
    word = random() & random() & random() & random() & random();
  for (int64_t step = 2; step < 600; ++step) {
    std::vector<char> expected(step, 0);
    for (int64_t token = 0; token < 9 * 64; ++token)
      expected[token % step] |= words[token / 64] >> (token % 64) & 1;
    std::vector<uint64_t> folded = foldWords(words, step);
    for (int64_t residue = 0; residue < step; ++residue)
      ASSERT_EQ(folded[residue / 64] >> (residue % 64) & 1,
                static_cast<uint64_t>(expected[residue]))
          << "step " << step << ", residue " << residue;
  }
}

TEST(TokenSetTest, ClassesAreSearchedByStep) {
  std::mt19937 random(1);
  constexpr int64_t size = 500;
  TokenSet all(size);
  all.insert({3, 490});
  UnseenTokens tokens(all);
  for (TokenRun among : {TokenRun{0, size}, TokenRun{100, 400}}) {
    tokens.reset(among);
    for (int i = 0; i < 400; ++i) {
      int64_t gone = random() % size;
      tokens.erase(gone / 64, uint64_t(1) << (gone % 64));
      int64_t step = 1 + random() % 9, token = random() % size;
      int64_t expected = token;
      while (expected < size && !tokens.getLeft().contains(expected))
        expected += step;
      EXPECT_EQ(std::min(tokens.find(step, token), size),
                std::min(expected, size));
    }
  }
}

struct FlowGraphTest : testing::Test {
  FlowGraphTest() { context.loadDialect<SparseAttnDialect>(); }

  PatternAttr parse(StringRef text) {
    std::string error;
    PatternAttr pattern = parsePatternString(text, &context, error);
    EXPECT_TRUE(pattern) << text.str() << ": " << error;
    return simplifyPattern(pattern);
  }

  MLIRContext context;
};

TEST_F(FlowGraphTest, TermsMakeThePattern) {
  for (const char *text :
       {"dense", "none", "causal", "not window<left = 3, right = 2>",
        "global<first = 2, last = 1>", "not global<positions = [3, 9]>",
        "(causal or columns<stride = 3>) and (window<left = 4> or prefix<len = 5>)",
        "not (causal and (strided<stride = 4> or columns<stride = 2>))",
        "longformer<window = 6, global = 2> and not random<per_row = 4>",
        "axial<rows = 4, cols = 5> and not fixed<block = 6>"}) {
    SCOPED_TRACE(text);
    PatternAttr pattern = parse(text);
    PatternShape shape{24, 24, 0, 0};
    SmallVector<PatternTerm> terms = splitIntoTerms(pattern);
    for (int64_t row = 0; row < shape.numQueries; ++row)
      for (int64_t key = 0; key < shape.numKeys; ++key) {
        auto sees = [&](PatternAttr part) { return isLive(part, shape, row, key); };
        EXPECT_EQ(llvm::any_of(terms,
                               [&](const PatternTerm &term) {
                                 return sees(term.getPattern(&context));
                               }),
                  sees(pattern));
        for (const PatternTerm &term : terms) {
          for (PatternAttr part : term.ofKey)
            EXPECT_EQ(sees(part), isLive(part, shape, 0, key));
          for (PatternAttr part : term.ofRow)
            EXPECT_EQ(sees(part), isLive(part, shape, row, 0));
        }
      }
  }
}

TEST_F(FlowGraphTest, HeadsShareOneGraph) {
  for (const char *text :
       {"random<per_row = 2>", "random<block = 4, per_row = 1>",
        "window<left = 2, right = 0> or random<per_row = 1, seed = 3>",
        "random<block = 5, per_row = 4>", "random<per_row = 5> and not causal",
        "causal and random<per_row = 7>", "columns<stride = 3> and random<per_row = 9>",
        ("per_head<[window<left = 1, right = 1>, global<positions = [7]>, "
         "neighborhood<grid = [9, 9], kernel = [3, 3]>]>")}) {
    SCOPED_TRACE(text);
    constexpr int64_t size = 81;
    PatternAttr pattern = parse(text);
    FlowGraph graph(groupHeads(pattern, 0, 3), size);
    std::vector<std::vector<int64_t>> keysOf(size), rowsOf(size);
    for (int64_t row = 0; row < size; ++row)
      for (int64_t key = 0; key < size; ++key) {
        bool sees = false;
        for (int64_t head = 0; head < 3; ++head)
          sees |= isLive(getPatternForHead(pattern, head), {size, size, head, 0},
                         row, key);
        EXPECT_EQ(graph.hasEdge(row, key), sees);
        if (!sees)
          continue;
        keysOf[row].push_back(key);
        rowsOf[key].push_back(row);
      }
    for (int64_t token = 0; token < size; token += 7)
      for (bool toKeys : {true, false}) {
        std::vector<int32_t> expected(size, FlowGraph::unreached), distances;
        std::vector<int64_t> queue = {token};
        expected[token] = 0;
        for (size_t at = 0; at < queue.size(); ++at)
          for (int64_t next : (toKeys ? keysOf : rowsOf)[queue[at]])
            if (expected[next] == FlowGraph::unreached) {
              expected[next] = expected[queue[at]] + 1;
              queue.push_back(next);
            }
        FlowGraph::Search search =
            graph.search(token, toKeys, std::nullopt, &distances);
        EXPECT_EQ(distances, expected);
        EXPECT_EQ(search.reached, static_cast<int64_t>(queue.size()));
        EXPECT_EQ(search.depth, expected[queue.back()]);
      }
  }
}
} // namespace
