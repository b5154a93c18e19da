// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GpuBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::sattn;

/// All lanes of a warp.
static constexpr int64_t allLanes = 0xffffffff;

Value GpuBuilder::numberLike(Value like, int64_t value) {
  return arith::ConstantOp::create(*this,
                                   getIntegerAttr(like.getType(), value));
}

Value GpuBuilder::add(Value x, Value y) {
  if (isa<LLVM::LLVMPointerType>(x.getType()))
    return LLVM::GEPOp::create(*this, x.getType(), getI8Type(), x,
                               ArrayRef<LLVM::GEPArg>{y});
  return createOrFold<arith::AddIOp>(x, y);
}

Value GpuBuilder::add(Value x, int64_t y) {
  if (y == 0)
    return x;
  if (isa<LLVM::LLVMPointerType>(x.getType()))
    return LLVM::GEPOp::create(*this, x.getType(), getI8Type(), x,
                               ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(y)});
  return add(x, numberLike(x, y));
}

Value GpuBuilder::cast(Value x, Type to) {
  if (x.getType() == to)
    return x;
  if (x.getType().isIndex() || to.isIndex())
    return createOrFold<arith::IndexCastOp>(to, x);
  if (x.getType().getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
    return createOrFold<arith::ExtSIOp>(to, x);
  return createOrFold<arith::TruncIOp>(to, x);
}

Value GpuBuilder::permute(Value x, Value y, int64_t bytes) {
  return NVVM::PermuteOp::create(*this, getI32Type(), x, y, i32(bytes), NVVM::PermuteMode::DEFAULT);
}

Value GpuBuilder::findInverted(Value bits) {
  auto differs = bits.getDefiningOp<arith::XOrIOp>();
  APInt by;
  return differs && matchPattern(differs.getRhs(), m_ConstantInt(&by)) && by.isAllOnes() ? differs.getLhs()
                                                                                        : Value();
}

Value GpuBuilder::invert(Value x) {
  if (Value inverted = findInverted(x))
    return inverted;
  return differ(x, x.getType().isInteger(1) ? truth(true) : numberLike(x, -1));
}

Value GpuBuilder::bitwise(StringRef instruction, ValueRange operands) {
  std::string constraints = "=r";
  for (size_t i = 0; i < operands.size(); ++i)
    constraints += ",r";
  return LLVM::InlineAsmOp::create(
             *this, getI32Type(), operands, instruction,
             constraints, /*has_side_effects=*/false, /*is_align_stack=*/false,
             LLVM::TailCallKind::None,
             LLVM::AsmDialectAttr::get(getContext(), LLVM::AsmDialect::AD_ATT),
             /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

Value GpuBuilder::fma(Value x, Value y, Value z) {
  return math::FmaOp::create(*this, x, y, z);
}

Value GpuBuilder::intrinsic(StringRef name, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(*this, operands[0].getType(),
                                       getStringAttr(name), operands)
      .getResult(0);
}

GpuBuilder::Quotient GpuBuilder::quotient(double number, Value x) {
  Value reciprocal = NVVM::RcpApproxFtzF32Op::create(*this, getF32Type(), x);
  Value near = number == 1 ? reciprocal : mulF(reciprocal, f32(number));
  // A step of Newton's method, and what the next one would add.
  Value nearest = fma(reciprocal, fma(negF(x), near, f32(number)), near);
  return {nearest, mulF(reciprocal, fma(negF(x), nearest, f32(number)))};
}

Value GpuBuilder::exp2(Value x) {
  return intrinsic("llvm.nvvm.ex2.approx.ftz.f32", x);
}

SmallVector<Value> GpuBuilder::loop(Value from, Value to, Value step,
                                    ValueRange init, Body body) {
  auto forOp = scf::ForOp::create(*this, from, to, step, init);
  InsertionGuard guard(*this);
  setInsertionPointToStart(forOp.getBody());
  SmallVector<Value> results =
      body(forOp.getInductionVar(), forOp.getRegionIterArgs());
  setInsertionPointToEnd(forOp.getBody());
  if (!init.empty())
    scf::YieldOp::create(*this, results);
  return SmallVector<Value>(forOp.getResults());
}

SmallVector<Value> GpuBuilder::rolledLoop(Value from, Value to, Value step,
                                          ValueRange init, Body body) {
  SmallVector<Value> results = loop(from, to, step, init, body);
  keepLoop(results[0].getDefiningOp<scf::ForOp>());
  return results;
}

void GpuBuilder::keepLoop(scf::ForOp loop, int32_t unrolled) {
  Builder b(loop);
  auto unroll = LLVM::LoopUnrollAttr::get(
      b.getContext(), /*disable=*/unrolled == 1 ? b.getBoolAttr(true) : BoolAttr(),
      /*count=*/unrolled > 1 ? b.getI32IntegerAttr(unrolled) : IntegerAttr(), {}, {}, {}, {}, {});
  loop->setAttr("loop_annotation",
                LLVM::LoopAnnotationAttr::get(b.getContext(), {}, {}, {}, unroll, {}, {}, {}, {},
                                              {}, {}, {}, {}, {}, {}, {}));
}

void GpuBuilder::loop(Value from, Value to, Value step,
                      llvm::function_ref<void(Value)> body) {
  auto forOp = scf::ForOp::create(*this, from, to, step);
  InsertionGuard guard(*this);
  setInsertionPointToStart(forOp.getBody());
  body(forOp.getInductionVar());
}

SmallVector<Value> GpuBuilder::choose(Value condition, ArrayRef<Type> types,
                                      Branch then, Branch otherwise) {
  auto ifOp = scf::IfOp::create(*this, TypeRange(types), condition, /*withElseRegion=*/true);
  InsertionGuard guard(*this);
  for (auto [block, branch] : {std::pair(ifOp.thenBlock(), then),
                               std::pair(ifOp.elseBlock(), otherwise)}) {
    setInsertionPointToStart(block);
    SmallVector<Value> results = branch();
    setInsertionPointToEnd(block);
    scf::YieldOp::create(*this, results);
  }
  return SmallVector<Value>(ifOp.getResults());
}

void GpuBuilder::ifThen(Value condition, llvm::function_ref<void()> then) {
  auto ifOp = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  InsertionGuard guard(*this);
  setInsertionPointToStart(ifOp.thenBlock());
  then();
}

void GpuBuilder::ifElse(Value condition, llvm::function_ref<void()> then,
                        llvm::function_ref<void()> otherwise) {
  auto ifOp = scf::IfOp::create(*this, condition, /*withElseRegion=*/true);
  InsertionGuard guard(*this);
  setInsertionPointToStart(ifOp.thenBlock());
  then();
  setInsertionPointToStart(ifOp.elseBlock());
  otherwise();
}

Value GpuBuilder::threadId() {
  return NVVM::ThreadIdXOp::create(*this, getI32Type());
}

void GpuBuilder::barrier() { NVVM::Barrier0Op::create(*this); }

Value GpuBuilder::shuffleXor(Value value, int64_t mask) {
  return NVVM::ShflOp::create(*this, value.getType(), i32(allLanes), value,
                              i32(mask), i32(warpSize - 1), NVVM::ShflKind::bfly,
                              /*return_value_and_is_valid=*/UnitAttr());
}

Value GpuBuilder::any(Value condition) {
  return NVVM::VoteSyncOp::create(*this, getI1Type(), i32(allLanes), condition,
                                  NVVM::VoteSyncKind::any);
}

Value GpuBuilder::globalPointer(Value address) {
  auto type = LLVM::LLVMPointerType::get(
      getContext(), static_cast<unsigned>(NVVM::NVVMMemorySpace::Global));
  return LLVM::IntToPtrOp::create(*this, type, address);
}

Value GpuBuilder::load(Type type, Value address) {
  return LLVM::LoadOp::create(*this, type, address);
}
void GpuBuilder::store(Value value, Value address) {
  LLVM::StoreOp::create(*this, value, address);
}

SmallVector<Value> GpuBuilder::loadVector(Type type, int64_t count, Value address) {
  Value vector = load(VectorType::get({count}, type), address);
  SmallVector<Value> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(LLVM::ExtractElementOp::create(*this, vector, i32(i)));
  return values;
}
void GpuBuilder::storeVector(ArrayRef<Value> values, Value address) {
  auto type = VectorType::get({int64_t(values.size())}, values[0].getType());
  Value vector = LLVM::UndefOp::create(*this, type);
  for (auto [i, value] : llvm::enumerate(values))
    vector = LLVM::InsertElementOp::create(*this, vector, value, i32(i));
  store(vector, address);
}

void GpuBuilder::copyAsync(Value shared, Value global) {
  NVVM::CpAsyncOp::create(*this, shared, global, /*size=*/16,
                          NVVM::LoadCacheModifierKind::CG,
                          /*cpSize=*/Value());
}
void GpuBuilder::commitCopies() {
  NVVM::CpAsyncCommitGroupOp::create(*this);
}
void GpuBuilder::waitForCopies(int64_t pending) {
  NVVM::CpAsyncWaitGroupOp::create(*this, pending);
}

/// The members of a structure of four.
static std::array<Value, 4> unpack(GpuBuilder &b, Value structure) {
  std::array<Value, 4> members;
  for (int64_t i = 0; i < 4; ++i)
    members[i] = LLVM::ExtractValueOp::create(b, structure, i);
  return members;
}

std::array<Value, 4> GpuBuilder::loadMatrices(Value address, bool transposed) {
  auto type = LLVM::LLVMStructType::getLiteral(
      getContext(), SmallVector<Type>(4, getI32Type()));
  auto *context = getContext();
  return unpack(*this,
                NVVM::LdMatrixOp::create(
                    *this, type, address, 4,
                    transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row,
                    NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
                    NVVM::LdStMatrixEltType::B16));
}

std::array<Value, 4> GpuBuilder::multiplyAdd(Type element, ArrayRef<Value> a,
                                             ArrayRef<Value> b,
                                             ArrayRef<Value> sums) {
  auto type = LLVM::LLVMStructType::getLiteral(
      getContext(), SmallVector<Type>(4, getF32Type()));
  auto kind = element.isTF32()   ? NVVM::MMATypes::tf32
              : element.isBF16() ? NVVM::MMATypes::bf16
                                 : NVVM::MMATypes::f16;
  int64_t depth = element.isTF32() ? 4 : 8;
  // Of f16 the operation wants pairs.
  SmallVector<Value> operands[] = {SmallVector<Value>(a), SmallVector<Value>(b)};
  if (element.isF16())
    for (SmallVector<Value> &values : operands)
      for (Value &value : values)
        value = LLVM::BitcastOp::create(
            *this, VectorType::get({2}, getF16Type()), value);
  return unpack(
      *this,
      NVVM::MmaOp::create(
          *this, type, operands[0], operands[1], sums,
          ArrayRef<int64_t>{16, 8, int64_t(b.size()) * depth}, /*b1Op=*/std::nullopt,
          /*intOverflow=*/std::nullopt,
          std::array<NVVM::MMATypes, 2>{kind, kind},
          std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                         NVVM::MMALayout::col}));
}

Value GpuBuilder::pack(Type element, Value low, Value high) {
  auto pair = VectorType::get({2}, element);
  auto rounding = NVVM::FPRoundingMode::RN;
  // The instruction's first operand is the high half.
  Value packed;
  if (element.isBF16())
    packed = NVVM::ConvertF32x2ToBF16x2Op::create(*this, pair, high, low,
                                                  /*random_bits=*/Value(),
                                                  rounding);
  else
    packed = NVVM::ConvertF32x2ToF16x2Op::create(*this, pair, high, low,
                                                 /*random_bits=*/Value(),
                                                 rounding);
  return LLVM::BitcastOp::create(*this, getI32Type(), packed);
}

Value GpuBuilder::toTF32(Value x) {
  return NVVM::ConvertFloatToTF32Op::create(*this, getI32Type(), x,
                                            NVVM::FPRoundingMode::RNA);
}
