// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What code needs of a processor, and code that asks the processor for it.
///
/// Where features are found: Intel's Software Developer's Manual, volume 2,
/// CPUID, and AMD's Programmer's Manual, volume 3, appendix E; Linux's
/// arch/arm64/include/uapi/asm/hwcap.h.
#include "ProcessorCheck.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

#include <map>

using namespace mlir;
using namespace mlir::sattn;

namespace {
enum Register { EAX, EBX, ECX, EDX };

/// A bit of what cpuid returns, and the bits of XCR0 that say that the
/// operating system keeps the registers that the feature uses.
struct X86Feature {
  StringLiteral name;
  uint32_t leaf, subleaf;
  Register word;
  unsigned bit;
  uint32_t state;
};
constexpr uint32_t avxState = 0x6, avx512State = 0xe6, apxState = 1 << 19;
constexpr uint32_t extended = 0x80000001;

constexpr X86Feature x86Features[] = {
    {"sse3", 1, 0, ECX, 0, 0},
    {"ssse3", 1, 0, ECX, 9, 0},
    {"sse4.1", 1, 0, ECX, 19, 0},
    {"sse4.2", 1, 0, ECX, 20, 0},
    {"popcnt", 1, 0, ECX, 23, 0},
    {"sse4a", extended, 0, ECX, 6, 0},
    {"lzcnt", extended, 0, ECX, 5, 0},
    {"movbe", 1, 0, ECX, 22, 0},
    {"bmi", 7, 0, EBX, 3, 0},
    {"bmi2", 7, 0, EBX, 8, 0},
    {"tbm", extended, 0, ECX, 21, 0},
    {"gfni", 7, 0, ECX, 8, 0},
    {"avx", 1, 0, ECX, 28, avxState},
    {"f16c", 1, 0, ECX, 29, avxState},
    {"fma", 1, 0, ECX, 12, avxState},
    {"fma4", extended, 0, ECX, 16, avxState},
    {"xop", extended, 0, ECX, 11, avxState},
    {"avx2", 7, 0, EBX, 5, avxState},
    {"avxvnni", 7, 1, EAX, 4, avxState},
    {"avxifma", 7, 1, EAX, 23, avxState},
    {"avxvnniint8", 7, 1, EDX, 4, avxState},
    {"avxvnniint16", 7, 1, EDX, 10, avxState},
    {"avxneconvert", 7, 1, EDX, 5, avxState},
    {"avx512f", 7, 0, EBX, 16, avx512State},
    {"avx512cd", 7, 0, EBX, 28, avx512State},
    {"avx512dq", 7, 0, EBX, 17, avx512State},
    {"avx512bw", 7, 0, EBX, 30, avx512State},
    {"avx512vl", 7, 0, EBX, 31, avx512State},
    {"avx512ifma", 7, 0, EBX, 21, avx512State},
    {"avx512vbmi", 7, 0, ECX, 1, avx512State},
    {"avx512vnni", 7, 0, ECX, 11, avx512State},
    {"avx512vbmi2", 7, 0, ECX, 6, avx512State},
    {"avx512bitalg", 7, 0, ECX, 12, avx512State},
    {"avx512vpopcntdq", 7, 0, ECX, 14, avx512State},
    {"avx512bf16", 7, 1, EAX, 5, avx512State},
    {"avx512fp16", 7, 0, EDX, 23, avx512State},
    {"avx10.1", 7, 1, EDX, 19, avx512State},
    {"egpr", 7, 1, EDX, 21, apxState},
};

/// A bit of AT_HWCAP, or of AT_HWCAP2.
struct AArch64Feature {
  StringLiteral name;
  bool second;
  unsigned bit;
};
constexpr AArch64Feature aarch64Features[] = {
    {"lse", false, 8},        {"rdm", false, 12},    {"fullfp16", false, 10},
    {"dotprod", false, 20},   {"jsconv", false, 13}, {"complxnum", false, 14},
    {"rcpc", false, 15},      {"sha3", false, 17},   {"fp16fml", false, 23},
    {"rcpc-immo", false, 26}, {"flagm", false, 27},  {"altnzcv", true, 7},
    {"fptoint", true, 8},     {"i8mm", true, 13},    {"bf16", true, 14},
    {"sve", false, 22},       {"sve2", true, 1},     {"cssc", true, 34},
    {"sve2p1", true, 36},     {"mops", true, 43},
};

template <typename Feature>
SmallVector<Feature> selectUsed(ArrayRef<Feature> all,
                                const llvm::TargetMachine &machine) {
  SmallVector<Feature> used;
  for (const Feature &feature : all)
    if (machine.getMCSubtargetInfo()->checkFeatures(("+" + feature.name).str()))
      used.push_back(feature);
  return used;
}

/// Emits the function that asks, and the functions that call it.
class CheckEmitter {
public:
  CheckEmitter(llvm::Module &code, const llvm::TargetMachine &machine)
      : code(code), machine(machine), b(code.getContext()) {}

  void run() {
    SmallVector<llvm::Function *> offered;
    for (llvm::Function &function : code)
      if (!function.isDeclaration() && !function.hasLocalLinkage() &&
          !passesVectors(function))
        offered.push_back(&function);
    if (offered.empty())
      return;
    fits = new llvm::GlobalVariable(code, b.getInt8Ty(), /*isConstant=*/false,
                                    llvm::GlobalValue::InternalLinkage,
                                    b.getInt8(0), "sattn_processor_fits");
    emitCheck();
    for (llvm::Function *function : offered)
      emitEntry(function);
  }

private:
  static bool passesVectors(const llvm::Function &function) {
    auto isVector = [](llvm::Type *type) { return type->isVectorTy(); };
    return isVector(function.getReturnType()) ||
           llvm::any_of(function.getFunctionType()->params(), isVector);
  }

  /// Every processor of the architecture runs `function`.
  void setBaseline(llvm::Function *function) {
    function->addFnAttr(
        "target-cpu", machine.getTargetTriple().isX86() ? "x86-64" : "generic");
    function->addFnAttr("target-features", "");
  }

  /// `function` asks before it does what it did.
  void emitEntry(llvm::Function *function) {
    std::string name = function->getName().str();
    auto *entry = llvm::Function::Create(function->getFunctionType(),
                                         function->getLinkage(), "", code);
    entry->copyAttributesFrom(function);
    setBaseline(entry);
    function->setName("sattn_checked_" + name);
    entry->setName(name);
    function->setLinkage(llvm::GlobalValue::InternalLinkage);

    auto addBlock = [&](const char *label) {
      return llvm::BasicBlock::Create(b.getContext(), label, entry);
    };
    llvm::BasicBlock *start = addBlock("start"), *ask = addBlock("ask"),
                     *call = addBlock("call");
    b.SetInsertPoint(start);
    llvm::LoadInst *known = b.CreateLoad(b.getInt8Ty(), fits);
    // Threads may ask at the same time; all get the same answer.
    known->setAtomic(llvm::AtomicOrdering::Monotonic);
    b.CreateCondBr(b.CreateIsNotNull(known), call, ask,
                   llvm::MDBuilder(b.getContext()).createLikelyBranchWeights());
    b.SetInsertPoint(ask);
    StringRef shown = name;
    shown.consume_front("_mlir_ciface_");
    b.CreateCall(check, {b.CreateGlobalString(shown)});
    b.CreateBr(call);
    b.SetInsertPoint(call);
    SmallVector<llvm::Value *> arguments;
    for (llvm::Argument &argument : entry->args())
      arguments.push_back(&argument);
    llvm::CallInst *result = b.CreateCall(function, arguments);
    result->setCallingConv(function->getCallingConv());
    result->setTailCallKind(llvm::CallInst::TCK_Tail);
    if (result->getType()->isVoidTy())
      b.CreateRetVoid();
    else
      b.CreateRet(result);
  }

  /// void sattn_check_processor(const char *function): returns if this machine
  /// has everything.
  void emitCheck() {
    auto *type = llvm::FunctionType::get(b.getVoidTy(), {b.getPtrTy()}, false);
    check = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage,
                                   "sattn_check_processor", code);
    check->addFnAttr(llvm::Attribute::NoInline);
    check->addFnAttr(llvm::Attribute::Cold);
    setBaseline(check);
    b.SetInsertPoint(llvm::BasicBlock::Create(b.getContext(), "start", check));
    llvm::Value *missing = machine.getTargetTriple().isX86()
                               ? emitMissingOnX86()
                               : emitMissingOnAArch64();
    auto *good = llvm::BasicBlock::Create(b.getContext(), "good", check);
    auto *bad = llvm::BasicBlock::Create(b.getContext(), "bad", check);
    b.CreateCondBr(b.CreateIsNull(missing), good, bad);
    b.SetInsertPoint(good);
    b.CreateStore(b.getInt8(1), fits)
        ->setAtomic(llvm::AtomicOrdering::Monotonic);
    b.CreateRetVoid();
    b.SetInsertPoint(bad);
    std::string text = "%s: this machine cannot run code for '" +
                       machine.getTargetCPU().str() + "': it has no %s\n";
    auto print = code.getOrInsertFunction(
        "dprintf",
        llvm::FunctionType::get(b.getInt32Ty(), {b.getInt32Ty(), b.getPtrTy()},
                                /*isVarArg=*/true));
    b.CreateCall(print, {b.getInt32(2), b.CreateGlobalString(text),
                         check->getArg(0), missing});
    auto exit = code.getOrInsertFunction(
        "exit",
        llvm::FunctionType::get(b.getVoidTy(), {b.getInt32Ty()}, false));
    b.CreateCall(exit, {b.getInt32(1)});
    b.CreateUnreachable();
  }

  /// The name of the first of `used` that is missing, or null; `has` emits
  /// whether one is there.
  template <typename Feature>
  llvm::Value *
  emitFirstMissing(ArrayRef<Feature> used,
                   llvm::function_ref<llvm::Value *(const Feature &)> has) {
    llvm::Value *missing = llvm::ConstantPointerNull::get(b.getPtrTy());
    for (const Feature &feature : llvm::reverse(used))
      missing = b.CreateSelect(has(feature), missing,
                               b.CreateGlobalString(feature.name));
    return missing;
  }

  llvm::Value *hasBits(llvm::Value *word, uint64_t bits) {
    llvm::Value *mask = llvm::ConstantInt::get(word->getType(), bits);
    return b.CreateICmpEQ(b.CreateAnd(word, mask), mask);
  }

  llvm::Value *emitCpuid(uint32_t leaf, uint32_t subleaf) {
    llvm::Type *word = b.getInt32Ty();
    auto *type = llvm::FunctionType::get(
        llvm::StructType::get(word, word, word, word), {word, word}, false);
    auto *cpuid =
        llvm::InlineAsm::get(type, "cpuid", "={ax},={bx},={cx},={dx},{ax},{cx}",
                             /*hasSideEffects=*/true);
    return b.CreateCall(type, cpuid, {b.getInt32(leaf), b.getInt32(subleaf)});
  }

  /// XCR0, or 0 if the operating system does not use it: then there is no
  /// xgetbv.
  llvm::Value *emitEnabledState(llvm::Value *leaf1) {
    constexpr uint32_t osxsave = 1 << 27;
    llvm::BasicBlock *before = b.GetInsertBlock();
    auto *read = llvm::BasicBlock::Create(b.getContext(), "read", check);
    auto *after = llvm::BasicBlock::Create(b.getContext(), "after", check);
    b.CreateCondBr(hasBits(b.CreateExtractValue(leaf1, ECX), osxsave), read,
                   after);
    b.SetInsertPoint(read);
    llvm::Type *word = b.getInt32Ty();
    auto *type = llvm::FunctionType::get(llvm::StructType::get(word, word),
                                         {word}, false);
    auto *xgetbv = llvm::InlineAsm::get(type, "xgetbv", "={ax},={dx},{cx}",
                                        /*hasSideEffects=*/true);
    llvm::Value *low =
        b.CreateExtractValue(b.CreateCall(type, xgetbv, {b.getInt32(0)}), 0);
    b.CreateBr(after);
    b.SetInsertPoint(after);
    llvm::PHINode *state = b.CreatePHI(word, 2);
    state->addIncoming(b.getInt32(0), before);
    state->addIncoming(low, read);
    return state;
  }

  llvm::Value *emitMissingOnX86() {
    SmallVector<X86Feature> used = selectUsed(ArrayRef(x86Features), machine);
    llvm::Value *leaf1 = emitCpuid(1, 0), *leaf7 = emitCpuid(7, 0);
    llvm::Value *lastBasic = b.CreateExtractValue(emitCpuid(0, 0), EAX);
    llvm::Value *lastExtended =
        b.CreateExtractValue(emitCpuid(extended - 1, 0), EAX);
    llvm::Value *lastOf7 = b.CreateExtractValue(leaf7, EAX);
    llvm::Value *state = emitEnabledState(leaf1);
    // Leaves beyond the last one return what another one says.
    llvm::Value *hasExtended =
        b.CreateICmpUGE(lastExtended, b.getInt32(extended));
    llvm::Value *has7 = b.CreateICmpUGE(lastBasic, b.getInt32(7));
    llvm::Value *hasNested =
        b.CreateAnd(has7, b.CreateICmpUGE(lastOf7, b.getInt32(1)));
    llvm::Value *none = llvm::Constant::getNullValue(leaf1->getType());
    std::map<std::pair<uint32_t, uint32_t>, llvm::Value *> words = {
        {{1, 0}, leaf1},
        {{7, 0}, b.CreateSelect(has7, leaf7, none)},
        {{7, 1}, b.CreateSelect(hasNested, emitCpuid(7, 1), none)},
        {{extended, 0},
         b.CreateSelect(hasExtended, emitCpuid(extended, 0), none)}};
    return emitFirstMissing<X86Feature>(
        used, [&](const X86Feature &feature) -> llvm::Value * {
          llvm::Value *word = b.CreateExtractValue(
              words.at({feature.leaf, feature.subleaf}), feature.word);
          llvm::Value *has = hasBits(word, uint64_t(1) << feature.bit);
          return feature.state ? b.CreateAnd(has, hasBits(state, feature.state))
                               : has;
        });
  }

  llvm::Value *emitMissingOnAArch64() {
    SmallVector<AArch64Feature> used =
        selectUsed(ArrayRef(aarch64Features), machine);
    auto query = code.getOrInsertFunction(
        "getauxval",
        llvm::FunctionType::get(b.getInt64Ty(), {b.getInt64Ty()}, false));
    llvm::Value *first = b.CreateCall(query, {b.getInt64(16)});
    llvm::Value *second = b.CreateCall(query, {b.getInt64(26)});
    return emitFirstMissing<AArch64Feature>(
        used, [&](const AArch64Feature &feature) {
          return hasBits(feature.second ? second : first, uint64_t(1)
                                                              << feature.bit);
        });
  }

  llvm::Module &code;
  const llvm::TargetMachine &machine;
  llvm::IRBuilder<> b;
  llvm::GlobalVariable *fits = nullptr;
  llvm::Function *check = nullptr;
};

template <typename Feature>
void appendNames(ArrayRef<Feature> features,
                 SmallVectorImpl<StringRef> &names) {
  for (const Feature &feature : features)
    names.push_back(feature.name);
}
} // namespace

SmallVector<StringRef>
mlir::sattn::getUsedFeatures(const llvm::TargetMachine &machine) {
  SmallVector<StringRef> names;
  if (machine.getTargetTriple().isX86())
    appendNames<X86Feature>(selectUsed(ArrayRef(x86Features), machine), names);
  else if (machine.getTargetTriple().isAArch64())
    appendNames<AArch64Feature>(selectUsed(ArrayRef(aarch64Features), machine),
                                names);
  return names;
}

void mlir::sattn::addProcessorCheck(llvm::Module &code,
                                    const llvm::TargetMachine &machine) {
  const llvm::Triple &triple = machine.getTargetTriple();
  bool canAsk =
      (triple.getArch() == llvm::Triple::x86_64 && !triple.isOSWindows()) ||
      (triple.isAArch64() && triple.isOSLinux());
  if (canAsk && !getUsedFeatures(machine).empty())
    CheckEmitter(code, machine).run();
}
