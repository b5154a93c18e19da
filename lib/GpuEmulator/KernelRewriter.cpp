// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a GPU's kernel to code of the host that calls the emulator.
#include "KernelRewriter.h"

#include "InstructionTable.h"
#include "KernelChecks.h"
#include "Machine.h"
#include "SharedLayout.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::emulator;

std::string emulator::getEntryName(StringRef name) {
  return ("sattn_entry_" + name).str();
}

namespace {
constexpr StringLiteral executeName = "sattn_emulator_execute";
constexpr StringLiteral accessName = "sattn_emulator_access";
/// Operands and results start at multiples of this in a frame.
constexpr uint64_t slotSize = 16;

bool isKernel(LLVM::LLVMFuncOp function) {
  return function->hasAttr(NVVM::NVVMDialect::getKernelFuncAttrName()) ||
         function->hasAttr(gpu::GPUDialect::getKernelFuncAttrName());
}

class Rewriter {
public:
  Rewriter(gpu::GPUModuleOp source, Machine &machine)
      : source(source), machine(machine), context(source.getContext()),
        builder(context), pointerType(LLVM::LLVMPointerType::get(context)),
        host(std::make_unique<HostModule>()) {}

  llvm::Expected<std::unique_ptr<HostModule>> run();

private:
  llvm::Error placeGlobals();
  void countBlocks();
  llvm::Error rewriteOperation(Operation *op);
  void rewriteInstruction(Operation *op, Site &site);
  void rewriteFunction(LLVM::LLVMFuncOp function);
  void addCounters();
  void dropAddressSpaces();
  void addEntry(LLVM::LLVMFuncOp kernel);

  Site &addSite(Operation *op);
  uint64_t sizeOf(Type type) {
    return layout->getTypeSize(type).getFixedValue();
  }
  uint64_t alignmentOf(Type type) { return layout->getTypeABIAlignment(type); }
  Value createAddress(Location location, const void *address) {
    auto number = static_cast<int64_t>(reinterpret_cast<uintptr_t>(address));
    Value constant =
        LLVM::ConstantOp::create(builder, location, builder.getI64Type(),
                                 builder.getI64IntegerAttr(number));
    return LLVM::IntToPtrOp::create(builder, location, pointerType, constant);
  }
  Value createOffset(Location location, Value base, uint64_t bytes) {
    return LLVM::GEPOp::create(
        builder, location, pointerType, builder.getI8Type(), base,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
  }
  LLVM::LLVMFuncOp declare(StringRef name);
  Value getFrame(Operation *op, uint64_t size);

  gpu::GPUModuleOp source;
  Machine &machine;
  MLIRContext *context;
  OpBuilder builder;
  Type pointerType;
  std::unique_ptr<HostModule> host;
  std::optional<DataLayout> layout;
  SmallVector<Block *> blocks;
  /// The frame of each function that has one: its allocation, of the size that
  /// is needed most.
  llvm::DenseMap<Operation *, LLVM::AllocaOp> frames;
  LLVM::LLVMFuncOp execute, access;
};
} // namespace

llvm::Error Rewriter::placeGlobals() {
  SharedLayout shared;
  uint64_t dynamicAlignment = 16;
  llvm::StringMap<uint64_t> offsets;
  SmallVector<LLVM::GlobalOp> dynamic;
  for (auto global : host->module->getOps<LLVM::GlobalOp>()) {
    Type type = global.getGlobalType();
    uint64_t size = sizeOf(type);
    uint64_t alignment = std::max<uint64_t>(global.getAlignment().value_or(1),
                                            alignmentOf(type));
    if (global.getAddrSpace() != Shared) {
      bool writable =
          !global.getConstant() && global.getAddrSpace() != Constant;
      host->globals.push_back({global.getSymName().str(), size, writable});
      global.setAddrSpace(Generic);
      global.setLinkage(LLVM::Linkage::External);
      global.removeSectionAttr();
      global.removeTargetSpecificAttrsAttr();
      continue;
    }
    if (size == 0) {
      dynamic.push_back(global);
      dynamicAlignment = std::max(dynamicAlignment, alignment);
      continue;
    }
    uint64_t offset = shared.place(size, alignment);
    if (offset + size > SharedMemory::windowSize)
      return createKernelError(global, "does not fit into shared memory");
    offsets[global.getSymName()] = offset;
    host->staticRegions.push_back(
        {static_cast<uint32_t>(offset), static_cast<uint32_t>(size)});
  }
  host->staticSize = static_cast<uint32_t>(shared.getHardwareSize());
  host->dynamicOffset =
      static_cast<uint32_t>(shared.place(0, dynamicAlignment));
  for (LLVM::GlobalOp global : dynamic)
    offsets[global.getSymName()] = host->dynamicOffset;

  host->module->walk([&](LLVM::AddressOfOp address) {
    auto found = offsets.find(address.getGlobalName());
    if (found == offsets.end())
      return;
    builder.setInsertionPoint(address);
    address.replaceAllUsesWith(createAddress(
        address.getLoc(), machine.shared.getBase() + found->second));
    address.erase();
  });
  for (auto global :
       llvm::make_early_inc_range(host->module->getOps<LLVM::GlobalOp>()))
    if (offsets.contains(global.getSymName()))
      global.erase();
  return llvm::Error::success();
}

void Rewriter::countBlocks() {
  for (auto function : host->module->getOps<LLVM::LLVMFuncOp>())
    for (Block &block : function.getBody()) {
      blocks.push_back(&block);
      std::map<std::string, uint64_t> &operations =
          host->blockOperations.emplace_back();
      for (Operation &op : block)
        ++operations[op.getName().getStringRef().str()];
    }
  host->blockCounters = std::make_unique<uint64_t[]>(blocks.size());
}

void Rewriter::addCounters() {
  for (auto [index, block] : llvm::enumerate(blocks)) {
    builder.setInsertionPointToStart(block);
    Location location = block->getParentOp()->getLoc();
    Value counter = createAddress(location, &host->blockCounters[index]);
    Value count =
        LLVM::LoadOp::create(builder, location, builder.getI64Type(), counter);
    Value one = LLVM::ConstantOp::create(
        builder, location, builder.getI64Type(), builder.getI64IntegerAttr(1));
    Value next = LLVM::AddOp::create(builder, location, count, one);
    LLVM::StoreOp::create(builder, location, next, counter);
  }
}

Site &Rewriter::addSite(Operation *op) {
  Site &site = host->sites.emplace_back();
  site.machine = &machine;
  site.index = static_cast<uint32_t>(host->sites.size() - 1);
  site.operation = op->getName().getStringRef().str();
  site.location = describeLocation(op);
  return site;
}

LLVM::LLVMFuncOp Rewriter::declare(StringRef name) {
  builder.setInsertionPointToStart(host->module->getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                          {pointerType, pointerType});
  auto function =
      LLVM::LLVMFuncOp::create(builder, host->module->getLoc(), name, type);
  // No thread's call may depend on more conditions than it does here.
  function.setConvergent(true);
  return function;
}

Value Rewriter::getFrame(Operation *op, uint64_t size) {
  auto function = op->getParentOfType<LLVM::LLVMFuncOp>();
  LLVM::AllocaOp &frame = frames[function];
  if (!frame) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&function.getBody().front());
    Value one =
        LLVM::ConstantOp::create(builder, op->getLoc(), builder.getI64Type(),
                                 builder.getI64IntegerAttr(1));
    frame = LLVM::AllocaOp::create(
        builder, op->getLoc(), pointerType,
        LLVM::LLVMArrayType::get(builder.getI8Type(), size), one,
        /*alignment=*/slotSize);
  }
  auto type = cast<LLVM::LLVMArrayType>(frame.getElemType());
  if (type.getNumElements() < size)
    frame.setElemType(LLVM::LLVMArrayType::get(type.getElementType(), size));
  return frame;
}

void Rewriter::rewriteInstruction(Operation *op, Site &site) {
  builder.setInsertionPoint(op);
  Location location = op->getLoc();
  uint64_t size = 0;
  auto allocate = [&](Type type) {
    uint64_t offset = size;
    size += llvm::alignTo(std::max<uint64_t>(sizeOf(type), 1), slotSize);
    return static_cast<uint32_t>(offset);
  };
  for (Type type : op->getOperandTypes())
    site.operandOffsets.push_back(allocate(type));
  if (op->getNumResults())
    site.resultOffset = allocate(op->getResult(0).getType());

  Value frame = getFrame(op, std::max(size, slotSize));
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    LLVM::StoreOp::create(
        builder, location, operand,
        createOffset(location, frame, site.operandOffsets[index]));
  LLVM::CallOp::create(builder, location, execute,
                       ValueRange{createAddress(location, &site), frame});
  if (op->getNumResults()) {
    Value result =
        LLVM::LoadOp::create(builder, location, op->getResult(0).getType(),
                             createOffset(location, frame, site.resultOffset));
    op->getResult(0).replaceAllUsesWith(result);
  }
  op->erase();
}

/// Whether `pointer` is of an allocation of the function itself.
static bool isLocal(Value pointer) {
  while (auto element = pointer.getDefiningOp<LLVM::GEPOp>())
    pointer = element.getBase();
  return pointer.getDefiningOp<LLVM::AllocaOp>() != nullptr;
}

llvm::Error Rewriter::rewriteOperation(Operation *op) {
  if (StringRef name = getInstructionName(op); !name.empty()) {
    if (op->getNumResults() > 1)
      return createKernelError(op, "is not emulated with more than one result");
    Site &site = addSite(op);
    site.instruction = findInstruction(name);
    if (site.instruction->decode)
      if (std::string reason = site.instruction->decode(op, site.attributes);
          !reason.empty())
        return createKernelError(op, "is not emulated in this form: " + reason);
    rewriteInstruction(op, site);
    return llvm::Error::success();
  }

  Value pointer;
  Type type;
  uint64_t alignment = 0;
  AccessKind kind = AccessKind::Read;
  if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
    pointer = load.getAddr();
    type = load.getType();
    alignment = load.getAlignment().value_or(0);
  } else if (auto store = dyn_cast<LLVM::StoreOp>(op)) {
    pointer = store.getAddr();
    type = store.getValue().getType();
    alignment = store.getAlignment().value_or(0);
    kind = AccessKind::Write;
  } else if (auto atomic = dyn_cast<LLVM::AtomicRMWOp>(op)) {
    pointer = atomic.getPtr();
    type = atomic.getVal().getType();
    kind = AccessKind::Atomic;
  } else if (auto exchange = dyn_cast<LLVM::AtomicCmpXchgOp>(op)) {
    pointer = exchange.getPtr();
    type = exchange.getVal().getType();
    kind = AccessKind::Atomic;
  }
  if (!pointer || isLocal(pointer))
    return llvm::Error::success();
  Site &site = addSite(op);
  site.kind = kind;
  site.size = static_cast<uint32_t>(sizeOf(type));
  site.alignment =
      static_cast<uint32_t>(alignment ? alignment : alignmentOf(type));
  switch (cast<LLVM::LLVMPointerType>(pointer.getType()).getAddressSpace()) {
  case Shared:
    site.space = Space::Shared;
    break;
  case Global:
  case Constant:
    site.space = Space::Global;
    break;
  default:
    break;
  }
  builder.setInsertionPoint(op);
  LLVM::CallOp::create(builder, op->getLoc(), access,
                       ValueRange{createAddress(op->getLoc(), &site), pointer});
  return llvm::Error::success();
}

/// Keeps of a function only what means the same on the host.
void Rewriter::rewriteFunction(LLVM::LLVMFuncOp function) {
  if (isKernel(function)) {
    KernelInfo &info = host->kernels[function.getName()];
    for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
      auto structure = function.getArgAttrOfType<TypeAttr>(index, "llvm.byval");
      info.parameters.push_back(
          {sizeOf(structure ? structure.getValue() : type),
           static_cast<bool>(structure)});
    }
    auto getSizes = [&](StringRef name) {
      auto sizes = function->getAttrOfType<DenseI32ArrayAttr>(name);
      return sizes ? SmallVector<int32_t, 3>(sizes.asArrayRef())
                   : SmallVector<int32_t, 3>();
    };
    info.requiredBlock = getSizes(NVVM::NVVMDialect::getReqntidAttrName());
    info.maxBlock = getSizes(NVVM::NVVMDialect::getMaxntidAttrName());
  }
  for (NamedAttribute attribute :
       llvm::to_vector(function->getDiscardableAttrDictionary()))
    function->removeDiscardableAttr(attribute.getName());
  function.removeArgAttrsAttr();
  function.removeResAttrsAttr();
  function.setPassthroughAttr({});
  function.setTargetCpuAttr({});
  function.setTuneCpuAttr({});
  function.setTargetFeaturesAttr({});
  function.setMemoryEffectsAttr({});
  function.setSectionAttr({});
  function.setComdatAttr({});
  function.setCConv(LLVM::CConv::C);
  function.setLinkage(function.isExternal() ? LLVM::Linkage::External
                                            : LLVM::Linkage::Internal);
}

void Rewriter::dropAddressSpaces() {
  AttrTypeReplacer replacer;
  replacer.addReplacement(
      [&](LLVM::LLVMPointerType type) -> std::optional<Type> {
        return pointerType;
      });
  replacer.recursivelyReplaceElementsIn(*host->module, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
  host->module->walk([](LLVM::AddrSpaceCastOp cast) {
    cast.replaceAllUsesWith(cast.getArg());
    cast.erase();
  });
}

void Rewriter::addEntry(LLVM::LLVMFuncOp kernel) {
  const KernelInfo &info = host->kernels[kernel.getName()];
  Location location = kernel.getLoc();
  builder.setInsertionPointToEnd(host->module->getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                          {pointerType});
  auto entry = LLVM::LLVMFuncOp::create(builder, location,
                                        getEntryName(kernel.getName()), type);
  builder.setInsertionPointToStart(entry.addEntryBlock(builder));
  SmallVector<Value> arguments;
  for (auto [index, type] : llvm::enumerate(kernel.getArgumentTypes())) {
    Value slot =
        createOffset(location, entry.getArgument(0), index * sizeof(void *));
    Value argument = LLVM::LoadOp::create(builder, location, pointerType, slot);
    if (!info.parameters[index].byValue)
      argument = LLVM::LoadOp::create(builder, location, type, argument);
    arguments.push_back(argument);
  }
  LLVM::CallOp::create(builder, location, kernel, arguments);
  LLVM::ReturnOp::create(builder, location, ValueRange{});
}

llvm::Expected<std::unique_ptr<HostModule>> Rewriter::run() {
  host->module = ModuleOp::create(source.getLoc());
  builder.setInsertionPointToStart(host->module->getBody());
  for (Operation &op : source.getBody()->getOperations())
    builder.clone(op);
  layout.emplace(*host->module);

  if (llvm::Error error = checkKernels(*host->module))
    return std::move(error);
  countBlocks();
  if (llvm::Error error = placeGlobals())
    return std::move(error);
  SmallVector<Operation *> operations;
  host->module->walk([&](Operation *op) { operations.push_back(op); });
  execute = declare(executeName);
  access = declare(accessName);
  for (Operation *op : operations)
    if (op->getParentOfType<LLVM::LLVMFuncOp>())
      if (llvm::Error error = rewriteOperation(op))
        return std::move(error);
  addCounters();

  auto functions = llvm::to_vector(host->module->getOps<LLVM::LLVMFuncOp>());
  for (LLVM::LLVMFuncOp function : functions)
    if (function != execute && function != access)
      rewriteFunction(function);
  host->module->walk([](LLVM::CallOp call) { call.setCConv(LLVM::CConv::C); });
  dropAddressSpaces();
  for (LLVM::LLVMFuncOp function : functions)
    if (host->kernels.contains(function.getName()))
      addEntry(function);
  if (failed(verify(*host->module)))
    return llvm::createStringError(
        "the kernel's code for the host is not valid");
  return std::move(host);
}

llvm::Expected<std::unique_ptr<HostModule>>
emulator::rewriteForHost(gpu::GPUModuleOp module, Machine &machine) {
  return Rewriter(module, machine).run();
}
