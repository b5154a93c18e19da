// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is done with all leaves of a pattern that read operands.
#include "SparseAttn/Dialect/RuntimePattern.h"

#include "SparseAttn/Dialect/PatternAttrs.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::sattn;

#include "SparseAttn/Dialect/RuntimePatternInterface.cpp.inc"

void mlir::sattn::forEachRuntimeLeaf(
    PatternAttr pattern, llvm::function_ref<void(RuntimePatternAttr)> visit) {
  llvm::SmallSetVector<Attribute, 4> leaves;
  Attribute(pattern).walk([&](Attribute attr) {
    if (isa<RuntimePatternAttr>(attr))
      leaves.insert(attr);
  });
  for (Attribute leaf : leaves)
    visit(cast<RuntimePatternAttr>(leaf));
}

bool mlir::sattn::readsOperands(PatternAttr pattern) {
  bool reads = false;
  forEachRuntimeLeaf(pattern, [&](RuntimePatternAttr) { reads = true; });
  return reads;
}

/// `pattern` with another attribute for each leaf that reads operands.
static PatternAttr
replaceLeaves(PatternAttr pattern,
              llvm::function_ref<Attribute(RuntimePatternAttr)> replace) {
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](Attribute attr) -> std::optional<Attribute> {
    if (auto leaf = dyn_cast<RuntimePatternAttr>(attr))
      return replace(leaf);
    return std::nullopt;
  });
  return cast<PatternAttr>(replacer.replace(Attribute(pattern)));
}

PatternAttr mlir::sattn::renumberOperands(
    PatternAttr pattern, llvm::function_ref<int64_t(int64_t)> renumber) {
  return replaceLeaves(pattern, [&](RuntimePatternAttr leaf) {
    SmallVector<int64_t> operands;
    for (const PatternOperandSpec &spec : leaf.getOperandSpecs())
      operands.push_back(renumber(spec.index));
    return leaf.withOperands(operands);
  });
}

int64_t mlir::sattn::getMultiplicity(PatternAttr pattern) {
  int64_t most = 1;
  forEachRuntimeLeaf(pattern, [&](RuntimePatternAttr leaf) {
    most = std::max(most, leaf.getMultiplicity());
  });
  return most;
}

PatternAttr mlir::sattn::getAtLeast(PatternAttr pattern, int64_t times) {
  MLIRContext *context = Attribute(pattern).getContext();
  if (times > getMultiplicity(pattern))
    return cast<PatternAttr>(Attribute(NoneAttr::get(context)));
  // Each head by itself: some may count keys once.
  if (auto heads = dyn_cast<PerHeadAttr>(Attribute(pattern))) {
    SmallVector<Attribute> each;
    for (Attribute head : heads.getPatterns())
      each.push_back(getAtLeast(cast<PatternAttr>(head), times));
    return cast<PatternAttr>(Attribute(PerHeadAttr::get(context, each)));
  }
  // Of an `and` only the list says how often; the others say whether.
  if (auto all = dyn_cast<AndAttr>(Attribute(pattern))) {
    SmallVector<Attribute> parts;
    for (Attribute part : all.getOperands()) {
      bool counts = getMultiplicity(cast<PatternAttr>(part)) > 1;
      parts.push_back(counts ? getAtLeast(cast<PatternAttr>(part), times)
                             : part);
    }
    return cast<PatternAttr>(Attribute(AndAttr::get(context, parts)));
  }
  if (auto leaf = dyn_cast<RuntimePatternAttr>(Attribute(pattern)))
    return leaf.atLeast(times);
  return pattern;
}

PatternAttr mlir::sattn::getTypicalPattern(PatternAttr pattern) {
  AttrTypeReplacer replacer;
  // A region says nothing before it is asked.
  replacer.addReplacement([](MaskRegionAttr leaf) -> std::optional<Attribute> {
    return DenseAttr::get(leaf.getContext());
  });
  PatternAttr known = cast<PatternAttr>(replacer.replace(Attribute(pattern)));
  return replaceLeaves(known, [](RuntimePatternAttr leaf) -> Attribute {
    return leaf.getTypicalPattern();
  });
}

SmallVector<PatternOperand>
mlir::sattn::operandsOf(RuntimePatternAttr leaf, ArrayRef<PatternOperand> all) {
  SmallVector<PatternOperand> own;
  for (const PatternOperandSpec &spec : leaf.getOperandSpecs())
    own.push_back(all[spec.index]);
  return own;
}

void mlir::sattn::buildRuntimeTables(IndexProgram &program, PatternAttr pattern,
                                     const RuntimeSizes &sizes,
                                     RuntimeValues &values) {
  forEachRuntimeLeaf(pattern, [&](RuntimePatternAttr leaf) {
    if (values.tables.contains(leaf.getTableKey()))
      return;
    SmallVector<PatternOperand> tables = leaf.buildRuntimeTables(
        program, sizes, operandsOf(leaf, values.operands));
    if (!tables.empty())
      values.tables[leaf.getTableKey()] = tables;
  });
}

void mlir::sattn::releaseRuntimeTables(IndexProgram &program,
                                       RuntimeValues &values) {
  for (auto &[leaf, tables] : values.tables)
    for (const PatternOperand &table : tables)
      program.release(table);
  values.tables.clear();
}

/// The size of an operand's dimension that the sizes of the operation ask for.
static IndexExpr expectedSize(const OperandDim &dim, const RuntimeSizes &sizes) {
  IndexExpr size = dim.kind == OperandDim::Batch   ? sizes.batch
                   : dim.kind == OperandDim::Heads ? sizes.heads
                   : dim.kind == OperandDim::Rows  ? sizes.rows
                                                   : sizes.keys;
  return ceilDiv(size, dim.block) + dim.extra;
}

static void checkSizes(OperandChecker &checker, const PatternOperandSpec &spec,
                       const RuntimeSizes &sizes, bool isSlice,
                       const PatternOperand &operand) {
  ArrayRef<OperandDim> dims =
      ArrayRef(spec.dims).take_back(operand.getRank());
  for (auto [index, dim] : llvm::enumerate(dims)) {
    const IndexExpr &size = operand.getSize(index);
    IndexExpr expected = dim.kind == OperandDim::Any
                             ? IndexExpr(dim.extra)
                             : expectedSize(dim, sizes);
    bool atLeast = isSlice || dim.kind == OperandDim::Any;
    IndexExpr holds = atLeast ? expected <= size : size == expected;
    if (dim.mayBeOne)
      holds = holds | (size == 1);
    if (holds.isTrue())
      continue;
    checker.check(spec.role,
                  atLeast        ? SATTN_RULE_LEAST_SIZE
                  : dim.mayBeOne ? SATTN_RULE_SIZE_OR_ONE
                                 : SATTN_RULE_SIZE,
                  1, [&, at = index](const IndexExpr &) {
                    return OperandChecker::Claim{
                        holds, static_cast<int64_t>(at), size, expected};
                  });
  }
}

void mlir::sattn::checkRuntimeValues(OperandChecker &checker,
                                     PatternAttr pattern,
                                     const RuntimeSizes &sizes, bool isSlice,
                                     ArrayRef<PatternOperand> operands) {
  forEachRuntimeLeaf(pattern, [&](RuntimePatternAttr leaf) {
    for (const PatternOperandSpec &spec : leaf.getOperandSpecs())
      checkSizes(checker, spec, sizes, isSlice, operands[spec.index]);
    leaf.checkValues(checker, sizes, operandsOf(leaf, operands));
  });
}

RuntimeValues mlir::sattn::makeRuntimeValues(PatternAttr pattern,
                                             const RuntimeSizes &sizes,
                                             ArrayRef<PatternOperand> operands,
                                             std::string &error) {
  RuntimeValues values;
  values.operands.assign(operands.begin(), operands.end());
  OperandChecker checker;
  checkRuntimeValues(checker, pattern, sizes, /*isSlice=*/false, operands);
  error = checker.getMessage();
  if (!error.empty())
    return values;
  IndexProgram program;
  buildRuntimeTables(program, pattern, sizes, values);
  return values;
}

PatternOperandSpec mlir::sattn::getOffsetsSpec() {
  return {SATTN_OFFSETS, 0, {{OperandDim::Batch, 1, 0, true}}};
}

void mlir::sattn::checkOffsets(OperandChecker &checker,
                               const RuntimeSizes &sizes, bool isSlice,
                               const PatternOperand &offsets) {
  constexpr int64_t most = int64_t(1) << 40;
  checkSizes(checker, getOffsetsSpec(), sizes, isSlice, offsets);
  checker.check(SATTN_OFFSETS, SATTN_RULE_MAGNITUDE, offsets.getSize(0),
                [&](const IndexExpr &i) -> OperandChecker::Claim {
                  IndexExpr value = offsets.at({i});
                  return {(IndexExpr(-most) <= value) & (value <= most), i, value,
                          most};
                });
}
