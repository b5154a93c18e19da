// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SparseAttn/Reference/Dropout.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir::sattn;

namespace {

using Words = std::array<uint32_t, 4>;

// Known answers of Random123, the library of the generator's authors.
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                   {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Dropout, FactorsFollowTheWordsOfTheirPair) {
  Dropout dropout{0.25f, (uint64_t(7) << 32) | 9};
  int64_t position = -3, key = 1023, head = 5, batch = 2;
  Words words = philox({uint32_t(-3), 255, 5, 2}, {9, 7});
  for (int64_t i = 0; i < 4; ++i)
    EXPECT_EQ(dropout.factor(batch, head, position, key - 3 + i),
              words[i] < 0x40000000 ? 0.0f : 1 / 0.75f);
}

TEST(Dropout, KeepsTheShareThatItSays) {
  for (float rate : {0.0f, 0.1f, 0.5f, 0.9f}) {
    Dropout dropout{rate, 42};
    int64_t kept = 0, total = 0;
    for (int64_t head = 0; head < 4; ++head)
      for (int64_t position = 0; position < 100; ++position)
        for (int64_t key = 0; key < 100; ++key, ++total)
          kept += dropout.factor(0, head, position, key) != 0;
    // Five standard deviations of a binomial distribution.
    double expected = total * (1 - rate);
    EXPECT_NEAR(kept, expected, 5 * std::sqrt(expected * rate)) << rate;
  }
}
} // namespace
