// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Philox-4x32-10 as IR, with its words in i64: on x86 the product of two words is then one
/// instruction, of vectors too.
#include "PhiloxEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinTypes.h"

#include <cmath>

using namespace mlir;
using namespace mlir::sattn;

namespace {
/// Arithmetic on i64 and vectors of it; a scalar beside a vector is the same in all lanes.
class WordEmitter {
public:
  explicit WordEmitter(ImplicitLocOpBuilder &b) : b(b) {}

  Value constant(int64_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }
  Value constantLike(Value like, int64_t value) {
    if (auto type = dyn_cast<VectorType>(like.getType()))
      return arith::ConstantOp::create(b, DenseElementsAttr::get(type, value));
    return constant(value);
  }
  template <typename Op> Value apply(Value x, Value y) {
    if (isa<VectorType>(x.getType()) != isa<VectorType>(y.getType())) {
      Value &scalar = isa<VectorType>(x.getType()) ? y : x;
      Type type = isa<VectorType>(x.getType()) ? x.getType() : y.getType();
      scalar = vector::BroadcastOp::create(b, type, scalar);
    }
    return Op::create(b, x, y);
  }
  Value low(Value x) {
    return apply<arith::AndIOp>(x, constantLike(x, 0xffffffff));
  }
  Value high(Value x) {
    return apply<arith::ShRUIOp>(x, constantLike(x, 32));
  }
  Value exclusiveOr(Value x, Value y, Value z) {
    // Scalars first: they are combined once.
    if (isa<VectorType>(x.getType()))
      std::swap(x, z);
    return apply<arith::XOrIOp>(apply<arith::XOrIOp>(x, y), z);
  }

private:
  ImplicitLocOpBuilder &b;
};

using Words = std::array<Value, 4>;

Words emitPhilox(ImplicitLocOpBuilder &b, Words x, Value seed) {
  constexpr int64_t multipliers[] = {0xd2511f53, 0xcd9e8d57};
  constexpr int64_t steps[] = {0x9e3779b9, 0xbb67ae85};
  constexpr int64_t rounds = 10;
  WordEmitter e(b);
  Value keys[] = {e.low(seed), e.high(seed)};
  for (int64_t round = 0; round < rounds; ++round) {
    if (round)
      for (auto [key, step] : llvm::zip(keys, steps))
        key = e.low(e.apply<arith::AddIOp>(key, e.constant(step)));
    auto product = [&](Value word, int64_t multiplier) {
      return e.apply<arith::MulIOp>(word, e.constantLike(word, multiplier));
    };
    Value first = product(x[0], multipliers[0]);
    Value second = product(x[2], multipliers[1]);
    x = {e.exclusiveOr(x[1], keys[0], e.high(second)), e.low(second),
         e.exclusiveOr(x[3], keys[1], e.high(first)), e.low(first)};
  }
  return x;
}
} // namespace

std::array<Value, keysPerCall>
mlir::sattn::emitKept(ImplicitLocOpBuilder &b, float rate, Value seed,
                      const DropoutPairs &pairs, Value group) {
  WordEmitter e(b);
  Words words = emitPhilox(b,
                           {e.low(pairs.position), e.low(group),
                            e.low(pairs.head), e.low(pairs.batch)},
                           seed);
  auto threshold =
      static_cast<int64_t>(std::nearbyint(std::ldexp(double(rate), 32)));
  for (Value &word : words)
    word = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, word,
                                 e.constantLike(word, threshold));
  return words;
}
