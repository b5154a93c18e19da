// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random attention problems, compiled by `sattn-to-llvm` and compared with the oracle.
///
/// Environment: SATTN_SEED=n replays one case; SATTN_CASES=n runs that many (2000 by
/// default); SATTN_FIRST_SEED=n starts elsewhere.
#include "RandomCase.h"

#include "SparseAttn/Dialect/PatternAttrs.h"
#include "SparseAttn/Dialect/PatternSyntax.h"
#include "SparseAttn/InitAll.h"
#include "SparseAttn/Runtime/ElementKind.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Support/TargetSelect.h"

#include "gtest/gtest.h"

#include <atomic>
#include <cmath>
#include <dlfcn.h>
#include <mutex>
#include <thread>

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::test;

namespace {

ElementKind kindOf(StringRef element) {
  return element == "f32"   ? ElementKind::F32
         : element == "f16" ? ElementKind::F16
                            : ElementKind::BF16;
}

/// [B, H, rows, columns], stored as such or as [B, rows, H, columns].
struct Tensor {
  Tensor(int64_t batch, int64_t heads, int64_t rows, int64_t columns,
         ElementKind kind, bool headsInner)
      : kind(kind), sizes{batch, heads, rows, columns},
        values(batch * heads * rows * columns) {
    strides[3] = 1;
    strides[2] = headsInner ? heads * columns : columns;
    strides[1] = headsInner ? columns : rows * columns;
    strides[0] = heads * rows * columns;
    // Never null: empty tensors have an address too.
    bytes.resize(values.size() * getByteWidth(kind) + 64);
  }
  float &at(int64_t b, int64_t h, int64_t row, int64_t column) {
    return values[b * strides[0] + h * strides[1] + row * strides[2] + column];
  }
  /// Rounds `values` to the element type, as the kernel sees them.
  void store() {
    storeFloats(kind, values, bytes.data());
    load();
  }
  void load() { loadFloats(kind, bytes.data(), values); }

  ElementKind kind;
  int64_t sizes[4], strides[4];
  std::vector<float> values;
  std::vector<char> bytes;
};

template <int rank> struct Descriptor {
  void *allocated, *aligned;
  int64_t offset, sizes[rank], strides[rank];
};

Descriptor<4> descriptor(Tensor &tensor) {
  Descriptor<4> result{tensor.bytes.data(), tensor.bytes.data(), 0, {}, {}};
  std::copy_n(tensor.sizes, 4, result.sizes);
  std::copy_n(tensor.strides, 4, result.strides);
  return result;
}

struct Problem {
  explicit Problem(const RandomCase &c)
      : q(c.batch, c.heads, c.queries, c.headSize, kindOf(c.element),
          c.isStrided),
        k(c.batch, c.kvHeads, c.keys, c.headSize, kindOf(c.element),
          c.isStrided),
        v(c.batch, c.kvHeads, c.keys, c.valueSize, kindOf(c.element),
          c.isStrided),
        out(c.batch, c.heads, c.queries, c.valueSize, kindOf(c.element),
            c.isStrided),
        lse(c.batch, c.heads, c.queries, 1, ElementKind::F32, false) {
    std::mt19937_64 random(c.seed ^ 0x9e3779b97f4a7c15u);
    std::normal_distribution<float> normal;
    for (Tensor *tensor : {&q, &k, &v})
      for (float &value : tensor->values)
        value = normal(random);
    if (c.poisoned && c.keys)
      for (int64_t b = 0; b < c.batch; ++b)
        for (int64_t h = 0; h < c.kvHeads; ++h) {
          int64_t key = random() % c.keys;
          float bad[] = {NAN, INFINITY, -INFINITY};
          v.at(b, h, key, random() % c.valueSize) = bad[random() % 3];
          if (random() % 2)
            k.at(b, h, random() % c.keys, 0) = NAN;
        }
    // Anything may be in the destination.
    for (Tensor *tensor : {&out, &lse})
      for (float &value : tensor->values)
        value = NAN;
    for (Tensor *tensor : {&q, &k, &v, &out, &lse})
      tensor->store();
  }
  Tensor q, k, v, out, lse;
};

/// One row of softmax(scale q k^T) v over the live keys, all in type T.
template <typename T>
T referenceRow(Problem &p, const RandomCase &c, int64_t b, int64_t h,
               int64_t row, ArrayRef<int64_t> live, std::vector<T> &out) {
  int64_t kv = h / (c.heads / c.kvHeads);
  T scale = c.scale ? T(*c.scale) : T(1) / std::sqrt(T(c.headSize));
  std::vector<T> scores;
  T max = -std::numeric_limits<T>::infinity();
  for (int64_t key : live) {
    T sum = 0;
    for (int64_t d = 0; d < c.headSize; ++d)
      sum += T(p.q.at(b, h, row, d)) * T(p.k.at(b, kv, key, d));
    scores.push_back(sum * scale);
    max = std::isnan(scores.back()) ? scores.back()
                                    : std::max(max, scores.back());
  }
  out.assign(c.valueSize, 0);
  if (live.empty())
    return -std::numeric_limits<T>::infinity();
  T total = 0;
  for (auto [key, score] : llvm::zip(live, scores)) {
    T weight = std::exp(score - max);
    total += weight;
    for (int64_t column = 0; column < c.valueSize; ++column)
      out[column] += weight * T(p.v.at(b, kv, key, column));
  }
  for (T &value : out)
    value /= total;
  return max + std::log(total);
}

double roundTo(ElementKind kind, double value) {
  float asFloat = static_cast<float>(value), rounded = 0;
  char bytes[8];
  storeFloats(kind, asFloat, bytes);
  loadFloats(kind, bytes, rounded);
  return rounded;
}

double unitInLastPlace(ElementKind kind) {
  return kind == ElementKind::F32   ? 0x1p-23
         : kind == ElementKind::F16 ? 0x1p-10
                                    : 0x1p-7;
}

/// What went wrong, or nothing.
std::string runCase(const RandomCase &c, MLIRContext &context) {
  std::string diagnostics;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    diagnostics += diagnostic.str() + "\n";
    return success();
  });
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(c.module(), &context);
  if (!module)
    return "does not parse: " + diagnostics;
  ToLLVMOptions options;
  options.threads = c.threads;
  options.vectorWidth = c.vectorWidth;
  options.queryTile = c.queryTile;
  options.keyTile = c.keyTile;
  PassManager pm(&context);
  buildToLLVMPipeline(pm, options);
  if (failed(pm.run(*module)))
    return "does not compile: " + diagnostics;

  ExecutionEngineOptions engineOptions;
  auto transformer = makeOptimizingTransformer(1, 0, nullptr);
  engineOptions.transformer = transformer;
  engineOptions.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Less;
  auto engine = ExecutionEngine::create(*module, engineOptions);
  if (!engine)
    return "no engine: " + llvm::toString(engine.takeError());

  Problem p(c);
  Descriptor<4> q = descriptor(p.q), k = descriptor(p.k), v = descriptor(p.v),
                o = descriptor(p.out);
  Descriptor<3> l{p.lse.bytes.data(), p.lse.bytes.data(), 0, {}, {}};
  std::copy_n(p.lse.sizes, 3, l.sizes);
  std::copy_n(p.lse.strides, 3, l.strides);
  void *arguments[] = {&q, &k, &v, &o, &l};
  void *packed[] = {&arguments[0], &arguments[1], &arguments[2], &arguments[3],
                    &arguments[4]};
  if (llvm::Error error = (*engine)->invokePacked("_mlir_ciface_attention",
                                                  packed))
    return "does not run: " + llvm::toString(std::move(error));
  p.out.load();
  p.lse.load();

  std::string error;
  PatternAttr pattern = parsePatternString(c.pattern, &context, error);
  if (!pattern)
    return "pattern: " + error;
  PatternShape shape{c.queries, c.keys, 0, c.offset.value_or(0)};
  if (c.bottomRight)
    shape.offset += c.keys - c.queries;
  double worst = 0, worstPlain = 0, largest = 0;
  double worstLse = 0, worstPlainLse = 0, largestLse = 0;
  std::string problem;
  for (int64_t h = 0; h < c.heads; ++h) {
    shape.head = h;
    for (int64_t row = 0; row < c.queries; ++row) {
      SmallVector<int64_t> live;
      for (int64_t key = 0; key < c.keys; ++key)
        if (isLive(pattern, shape, row, key))
          live.push_back(key);
      for (int64_t b = 0; b < c.batch; ++b) {
        std::vector<double> exact;
        std::vector<float> plain;
        double exactLse = referenceRow<double>(p, c, b, h, row, live, exact);
        double plainLse = referenceRow<float>(p, c, b, h, row, live, plain);
        auto where = [&] {
          return "batch " + std::to_string(b) + " head " + std::to_string(h) +
                 " row " + std::to_string(row) + ": ";
        };
        for (int64_t column = 0; column < c.valueSize; ++column) {
          double ours = p.out.at(b, h, row, column);
          double expected = exact[column];
          if (live.empty() && ours != 0)
            problem = where() + "a row without live keys must be 0";
          if (!std::isfinite(expected))
            continue;
          if (!std::isfinite(ours)) {
            problem = where() + "got " + std::to_string(ours) + " for " +
                      std::to_string(expected);
            continue;
          }
          worst = std::max(worst, std::abs(ours - expected));
          worstPlain = std::max(
              worstPlain,
              std::abs(roundTo(p.out.kind, plain[column]) - expected));
          largest = std::max(largest, std::abs(expected));
        }
        if (!c.hasLse)
          continue;
        double ours = p.lse.at(b, h, row, 0);
        if (live.empty() && ours != -INFINITY)
          problem = where() + "lse of a row without live keys must be -inf";
        if (!std::isfinite(exactLse))
          continue;
        if (!std::isfinite(ours))
          problem = where() + "lse " + std::to_string(ours);
        worstLse = std::max(worstLse, std::abs(ours - exactLse));
        worstPlainLse =
            std::max(worstPlainLse, std::abs(plainLse - exactLse));
        largestLse = std::max(largestLse, std::abs(exactLse));
      }
    }
  }
  if (!problem.empty())
    return problem;
  // Twice the error of the plain f32 formula; a result that happens to be exact there
  // may be off by one unit in its last place here.
  double limit = 2 * std::max(worstPlain,
                              largest * unitInLastPlace(p.out.kind) / 2);
  if (worst > limit)
    return "error " + std::to_string(worst / limit) + " times the limit " +
           std::to_string(limit);
  double lseLimit =
      2 * std::max(worstPlainLse, std::max(1.0, largestLse) * 0x1p-24);
  if (worstLse > lseLimit)
    return "lse error " + std::to_string(worstLse / lseLimit) +
           " times the limit";
  return "";
}

uint64_t environment(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  sattn::registerAllDialects(registry);
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

TEST(Property, RandomCasesMatchTheOracle) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  // Code of several threads calls OpenMP's runtime in this process.
  ASSERT_NE(dlopen(SATTN_OPENMP_LIBRARY, RTLD_NOW | RTLD_GLOBAL), nullptr)
      << dlerror();
  uint64_t count = environment("SATTN_CASES", 2000);
  uint64_t first = environment("SATTN_FIRST_SEED", 1);
  if (std::getenv("SATTN_SEED")) {
    first = environment("SATTN_SEED", 0);
    count = 1;
  }
  std::cout << "seeds " << first << " to " << first + count - 1
            << "; SATTN_SEED=n replays one" << std::endl;

  std::atomic<uint64_t> next{first}, done{0};
  std::mutex mutex;
  auto work = [&] {
    std::unique_ptr<MLIRContext> context = makeContext();
    uint64_t sinceNew = 0;
    for (uint64_t seed; (seed = next++) < first + count;) {
      // Attributes live as long as their context.
      if (++sinceNew % 200 == 0)
        context = makeContext();
      RandomCase c(seed);
      std::string problem = runCase(c, *context);
      std::lock_guard<std::mutex> lock(mutex);
      if (++done % 250 == 0)
        std::cout << done << " of " << count << " cases" << std::endl;
      if (!problem.empty())
        ADD_FAILURE() << problem << "\n" << c.describe();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency());
       ++i)
    threads.emplace_back(work);
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(done, count);
}

} // namespace
