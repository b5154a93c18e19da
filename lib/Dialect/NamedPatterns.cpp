// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Named compositions: each is its expansion into leaves.
#include "SparseAttn/Dialect/PatternAttrs.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::sattn;

namespace {

using EmitError = function_ref<InFlightDiagnostic()>;

constexpr int64_t maxPosition = int64_t(1) << 40;

LogicalResult verifyAtLeast(EmitError emitError, StringRef name, int64_t value,
                            int64_t least) {
  if (value < least || value > maxPosition)
    return emitError() << "expected '" << name << "' to be between " << least
                       << " and 2^40, but got " << value;
  return success();
}

template <typename AttrT, typename... Args>
PatternAttr make(MLIRContext *context, Args &&...args) {
  return cast<PatternAttr>(
      Attribute(AttrT::get(context, std::forward<Args>(args)...)));
}

PatternAttr makeWindow(MLIRContext *context, std::optional<int64_t> left,
                   std::optional<int64_t> right, int64_t dilation = 1) {
  return make<WindowAttr>(context, left, right, dilation);
}

PatternAttr makeGlobal(MLIRContext *context, int64_t first, bool rows,
                       bool columns, int64_t last = 0, int64_t lastBlock = 1) {
  return make<GlobalAttr>(context, first, last, lastBlock, ArrayRef<int64_t>(),
                          rows, columns);
}
} // namespace

/// A named pattern answers every question by its expansion.
#define SATTN_DEFINE_BY_EXPANSION(ATTR)                                        \
  IndexExpr ATTR::buildPredicate(const PatternScope &scope, IndexExpr query,   \
                                 IndexExpr key) const {                        \
    return expand().buildPredicate(scope, query, key);                         \
  }                                                                            \
  KeySegment ATTR::nextSegment(const QueryTile &tile, IndexExpr key) const {   \
    return expand().nextSegment(tile, key);                                    \
  }                                                                            \
  int64_t ATTR::getLattice() const { return expand().getLattice(); }

SATTN_DEFINE_BY_EXPANSION(FixedAttr)
SATTN_DEFINE_BY_EXPANSION(AxialAttr)
SATTN_DEFINE_BY_EXPANSION(LongformerAttr)
SATTN_DEFINE_BY_EXPANSION(BigBirdAttr)
SATTN_DEFINE_BY_EXPANSION(SparseTransformerStridedAttr)
SATTN_DEFINE_BY_EXPANSION(SparseTransformerFixedAttr)
SATTN_DEFINE_BY_EXPANSION(MistralAttr)
SATTN_DEFINE_BY_EXPANSION(PrefixLMAttr)
SATTN_DEFINE_BY_EXPANSION(StreamingAttr)
SATTN_DEFINE_BY_EXPANSION(DocumentCausalAttr)

#undef SATTN_DEFINE_BY_EXPANSION

LogicalResult FixedAttr::verify(EmitError emitError, int64_t block,
                                int64_t summary) {
  if (failed(verifyAtLeast(emitError, "block", block, 1)))
    return failure();
  if (summary < 1 || summary > block)
    return emitError() << "expected 'summary' to be between 1 and the block ("
                       << block << "), but got " << summary;
  return success();
}
PatternAttr FixedAttr::expand() const {
  return makeOr({make<BlockLocalAttr>(getContext(), getBlock(), 0, 0, 0),
                 make<ColumnsAttr>(getContext(), getBlock(),
                                   getBlock() - getSummary(), getSummary())});
}

LogicalResult AxialAttr::verify(EmitError emitError, int64_t rows,
                                int64_t cols) {
  constexpr int64_t maxSide = int64_t(1) << 20;
  for (auto [name, size] : {std::pair<StringRef, int64_t>{"rows", rows},
                            {"cols", cols}})
    if (size < 1 || size > maxSide)
      return emitError() << "expected '" << name
                         << "' to be between 1 and 2^20, but got " << size;
  return success();
}
std::optional<int64_t> AxialAttr::getMaxPositions(bool) const {
  return getRows() * getCols();
}
PatternAttr AxialAttr::expand() const {
  int64_t positions = getRows() * getCols();
  return makeAnd({makeOr({make<BlockLocalAttr>(getContext(), getCols(), 0, 0, 0),
                          make<StridedAttr>(getContext(), getCols())}),
                  makeGlobal(getContext(), positions, true, false),
                  make<PrefixAttr>(getContext(), positions)});
}

LogicalResult LongformerAttr::verify(EmitError emitError, int64_t window,
                                     int64_t global, int64_t dilation) {
  if (failed(verifyAtLeast(emitError, "window", window, 2)) ||
      failed(verifyAtLeast(emitError, "global", global, 0)) ||
      failed(verifyAtLeast(emitError, "dilation", dilation, 1)))
    return failure();
  if (window % 2)
    return emitError() << "expected 'window' to be even (half on each side), "
                          "but got "
                       << window;
  if (window / 2 > maxPosition / dilation)
    return emitError() << "expected 'window' times 'dilation' to be at most "
                          "2^41";
  return success();
}
PatternAttr LongformerAttr::expand() const {
  PatternAttr window = makeWindow(getContext(), getWindow() / 2, getWindow() / 2,
                              getDilation());
  if (!getGlobal())
    return window;
  return makeOr({window, makeGlobal(getContext(), getGlobal(), true, true)});
}

LogicalResult BigBirdAttr::verify(EmitError emitError, int64_t block,
                                  int64_t windowBlocks, int64_t globalBlocks,
                                  int64_t randomBlocks, int64_t seed, bool) {
  constexpr int64_t maxBlock = int64_t(1) << 20;
  if (block < 1 || block > maxBlock)
    return emitError() << "expected 'block' to be between 1 and 2^20, but got "
                       << block;
  if (windowBlocks < 1 || windowBlocks % 2 == 0 || windowBlocks > maxBlock)
    return emitError() << "expected 'window_blocks' to be odd and positive, "
                          "but got "
                       << windowBlocks;
  if (globalBlocks < 0 || globalBlocks > maxBlock)
    return emitError() << "expected 'global_blocks' to be between 0 and 2^20, "
                          "but got "
                       << globalBlocks;
  if (randomBlocks < 0 || randomBlocks > 4096)
    return emitError() << "expected 'random_blocks' to be between 0 and 4096, "
                          "but got "
                       << randomBlocks;
  if (seed < 0 || seed > UINT32_MAX)
    return emitError() << "expected 'seed' to be an unsigned 32-bit number, "
                          "but got "
                       << seed;
  return success();
}
PatternAttr BigBirdAttr::expand() const {
  int64_t side = getWindowBlocks() / 2;
  SmallVector<PatternAttr> parts = {
      make<BlockLocalAttr>(getContext(), getBlock(), side, side, 0)};
  if (int64_t tokens = getGlobalBlocks() * getBlock())
    parts.push_back(getLastGlobal()
                        ? makeGlobal(getContext(), tokens, true, true,
                                     getGlobalBlocks(), getBlock())
                        : makeGlobal(getContext(), tokens, true, true));
  if (getRandomBlocks())
    parts.push_back(make<RandomAttr>(getContext(), getBlock(),
                                     getRandomBlocks(), getSeed()));
  return makeOr(parts);
}

LogicalResult SparseTransformerStridedAttr::verify(EmitError emitError,
                                                   int64_t stride) {
  return verifyAtLeast(emitError, "stride", stride, 1);
}
PatternAttr SparseTransformerStridedAttr::expand() const {
  return makeAnd(
      {make<CausalAttr>(getContext()),
       makeOr({makeWindow(getContext(), getStride() - 1, std::nullopt),
               make<StridedAttr>(getContext(), getStride())})});
}

LogicalResult SparseTransformerFixedAttr::verify(EmitError emitError,
                                                 int64_t block,
                                                 int64_t summary) {
  return FixedAttr::verify(emitError, block, summary);
}
PatternAttr SparseTransformerFixedAttr::expand() const {
  return makeAnd({make<CausalAttr>(getContext()),
                  FixedAttr::get(getContext(), getBlock(), getSummary())
                      .expand()});
}

LogicalResult MistralAttr::verify(EmitError emitError, int64_t window) {
  return verifyAtLeast(emitError, "window", window, 1);
}
PatternAttr MistralAttr::expand() const {
  return makeAnd({make<CausalAttr>(getContext()),
                  makeWindow(getContext(), getWindow() - 1, std::nullopt)});
}

LogicalResult PrefixLMAttr::verify(EmitError emitError, int64_t len) {
  return verifyAtLeast(emitError, "len", len, 0);
}
PatternAttr PrefixLMAttr::expand() const {
  return makeOr({make<PrefixAttr>(getContext(), getLen()),
                 make<CausalAttr>(getContext())});
}

LogicalResult StreamingAttr::verify(EmitError emitError, int64_t sinks,
                                    int64_t window) {
  if (failed(verifyAtLeast(emitError, "sinks", sinks, 0)))
    return failure();
  return verifyAtLeast(emitError, "window", window, 1);
}
PatternAttr StreamingAttr::expand() const {
  PatternAttr window = makeWindow(getContext(), getWindow() - 1, std::nullopt);
  PatternAttr causal = make<CausalAttr>(getContext());
  if (!getSinks())
    return makeAnd({causal, window});
  return makeAnd(
      {causal,
       makeOr({makeGlobal(getContext(), getSinks(), false, true), window})});
}

//===----------------------------------------------------------------------===//
// document_causal: what it reads is for its leaf to say
//===----------------------------------------------------------------------===//

LogicalResult DocumentCausalAttr::verify(EmitError emitError, int64_t ends) {
  return DocumentsAttr::verify(emitError, ends, -1);
}
DocumentsAttr DocumentCausalAttr::getDocuments() const {
  return DocumentsAttr::get(getContext(), getEnds(), -1);
}
PatternAttr DocumentCausalAttr::expand() const {
  return makeAnd({cast<PatternAttr>(Attribute(getDocuments())),
                  make<CausalAttr>(getContext())});
}
std::pair<unsigned, unsigned> DocumentCausalAttr::getOperandCounts() const {
  return {1, 1};
}
SmallVector<PatternOperandSpec> DocumentCausalAttr::getOperandSpecs() const {
  return getDocuments().getOperandSpecs();
}
Attribute DocumentCausalAttr::withOperands(ArrayRef<int64_t> operands) const {
  return get(getContext(), operands.empty() ? -1 : operands[0]);
}
PatternAttr DocumentCausalAttr::getTypicalPattern() const {
  return makeAnd({getDocuments().getTypicalPattern(),
                  make<CausalAttr>(getContext())});
}
Attribute DocumentCausalAttr::getTableKey() const { return getDocuments(); }
SmallVector<PatternOperand> DocumentCausalAttr::buildRuntimeTables(
    IndexProgram &program, const RuntimeSizes &sizes,
    ArrayRef<PatternOperand> operands) const {
  return getDocuments().buildRuntimeTables(program, sizes, operands);
}
void DocumentCausalAttr::checkValues(OperandChecker &checker,
                                     const RuntimeSizes &sizes,
                                     ArrayRef<PatternOperand> operands) const {
  getDocuments().checkValues(checker, sizes, operands);
}

PatternAttr mlir::sattn::expandNamedPatterns(PatternAttr pattern) {
  AttrTypeReplacer replacer;
  replacer.addReplacement([](Attribute attr) -> std::optional<Attribute> {
    return llvm::TypeSwitch<Attribute, std::optional<Attribute>>(attr)
        .Case<FixedAttr, AxialAttr, LongformerAttr, BigBirdAttr,
              SparseTransformerStridedAttr, SparseTransformerFixedAttr,
              MistralAttr, PrefixLMAttr, StreamingAttr, DocumentCausalAttr>(
            [](auto named) { return Attribute(named.expand()); })
        .Default(std::nullopt);
  });
  return cast<PatternAttr>(replacer.replace(Attribute(pattern)));
}
