// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Host functions as C: what they compute for a launch becomes C expressions of
/// their arguments. Memory that they allocate for what one launch leaves to the next is a part of
/// one array that the caller has.
#include "LaunchHeader.h"

#include "Fail.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Dominance.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace mlir::sattn::run;

static constexpr StringRef allocate = "mgpuMemAlloc", release = "mgpuMemFree";

static bool isCallOf(LLVM::CallOp call, StringRef name) {
  return call && call.getCallee() && *call.getCallee() == name;
}

namespace {
/// The C type that a value of arithmetic has.
std::string getCType(Type type) {
  if (isa<LLVM::LLVMPointerType>(type))
    return "void *";
  if (type.isInteger(1))
    return "int ";
  if (type.isF32())
    return "float ";
  if (type.isF64())
    return "double ";
  return "int" + std::to_string(type.getIntOrFloatBitWidth()) + "_t ";
}

/// Whether an argument is one that C functions of a header can have.
bool hasCType(Type type) {
  if (isa<MemRefType, RankedTensorType>(type) || type.isIndex())
    return true;
  return isa<IntegerType, FloatType>(type) &&
         llvm::is_contained({1, 8, 16, 32, 64}, type.getIntOrFloatBitWidth());
}

/// The member of a parameter's union that has a type.
std::string getMember(Type type) {
  if (isa<LLVM::LLVMPointerType>(type))
    return "pointer";
  // Floating-point numbers of 16 bits are the bits.
  return (type.isF32() || type.isF64() ? "f" : "i") +
         std::to_string(type.getIntOrFloatBitWidth());
}

/// A function of C that follows from a host function.
class FunctionWriter {
protected:
  FunctionWriter(const Signature &signature, LLVM::LLVMFuncOp function)
      : signature(signature), function(function) {
    function.walk([&](LLVM::CallOp call) {
      if (isCallOf(call, allocate))
        allocations.push_back(call);
    });
    nameArguments();
  }

  void nameArguments();
  /// The parameters that stand for those of the host function, and that some may have no use.
  void writeParameters(llvm::raw_ostream &os);
  void writeUnused(llvm::raw_ostream &os);
  std::string getExpression(Value value);
  std::string getOperation(Operation *op);
  /// The address of the element after an array's last, if the array is at 0.
  std::string getBytes(Value end);
  /// Where the array of an allocation begins, in bytes; of all: what they take.
  std::string getWorkspaceOffset(size_t allocation);
  llvm::Error createError(StringRef what) {
    return fail("expected what '{0}' launches to follow from its arguments by "
                "arithmetic for --emit=header, but it needs '{1}'; --emit=obj "
                "with --target=cuda writes all that it does",
                signature.name, what);
  }

  const Signature &signature;
  LLVM::LLVMFuncOp function;
  SmallVector<LLVM::CallOp> allocations;
  llvm::DenseMap<Value, std::string> names;
  /// Variables that hold results, in their order.
  std::string body;
  size_t numVariables = 0;
  /// The first operation that C has no expression for.
  std::string unknown;
};

/// The function that prepares one launch.
class LaunchWriter : FunctionWriter {
public:
  LaunchWriter(const Signature &signature, LLVM::LLVMFuncOp function,
               gpu::LaunchFuncOp launch, size_t number)
      : FunctionWriter(signature, function), launch(launch),
        name(signature.name + "_launch_" + std::to_string(number)) {}

  llvm::Error write(llvm::raw_ostream &os);

private:
  llvm::Error addConditions();

  gpu::LaunchFuncOp launch;
  std::string name;
};

/// The function that says how many bytes of memory launches share.
class WorkspaceWriter : FunctionWriter {
public:
  WorkspaceWriter(const Signature &signature, LLVM::LLVMFuncOp function)
      : FunctionWriter(signature, function) {}
  /// Nothing, if there is no such memory.
  llvm::Error write(llvm::raw_ostream &os);
};
} // namespace

void FunctionWriter::nameArguments() {
  auto arguments = function.getArguments().begin();
  for (auto [index, type] : llvm::enumerate(signature.type.getInputs())) {
    std::string argument = "arg" + std::to_string(index);
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped) {
      names[*arguments++] = argument;
      continue;
    }
    for (StringRef field : {"allocated", "data", "offset"})
      names[*arguments++] = (argument + "->" + field).str();
    for (StringRef field : {"sizes", "strides"})
      for (int64_t dim = 0; dim < shaped.getRank(); ++dim)
        names[*arguments++] =
            (argument + "->" + field + "[" + Twine(dim) + "]").str();
  }
}

std::string FunctionWriter::getOperation(Operation *op) {
  auto operand = [&](unsigned index) {
    return getExpression(op->getOperand(index));
  };
  auto binary = [&](StringRef symbol) {
    return operand(0) + " " + symbol.str() + " " + operand(1);
  };
  std::string type = StringRef(getCType(op->getResult(0).getType())).rtrim().str();
  auto unsignedBinary = [&](StringRef symbol) {
    std::string cast = "(u" + type + ")";
    return "(" + type + ")(" + cast + operand(0) + " " + symbol.str() + " " +
           cast + operand(1) + ")";
  };
  auto compare = [&](LLVM::ICmpOp compare) {
    std::string cast;
    StringRef symbol;
    switch (compare.getPredicate()) {
    case LLVM::ICmpPredicate::eq:
      symbol = "==";
      break;
    case LLVM::ICmpPredicate::ne:
      symbol = "!=";
      break;
    case LLVM::ICmpPredicate::slt:
    case LLVM::ICmpPredicate::ult:
      symbol = "<";
      break;
    case LLVM::ICmpPredicate::sle:
    case LLVM::ICmpPredicate::ule:
      symbol = "<=";
      break;
    case LLVM::ICmpPredicate::sgt:
    case LLVM::ICmpPredicate::ugt:
      symbol = ">";
      break;
    case LLVM::ICmpPredicate::sge:
    case LLVM::ICmpPredicate::uge:
      symbol = ">=";
      break;
    }
    if (compare.getPredicate() >= LLVM::ICmpPredicate::ult)
      cast = "(uint64_t)";
    return cast + operand(0) + " " + symbol.str() + " " + cast + operand(1);
  };
  auto choose = [&](StringRef symbol) {
    std::string x = operand(0), y = operand(1);
    return x + " " + symbol.str() + " " + y + " ? " + x + " : " + y;
  };
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([&](LLVM::AddOp) { return binary("+"); })
      .Case([&](LLVM::SubOp) { return binary("-"); })
      .Case([&](LLVM::MulOp) { return binary("*"); })
      .Case([&](LLVM::PtrToIntOp) { return getBytes(op->getOperand(0)); })
      .Case([&](LLVM::SDivOp) { return binary("/"); })
      .Case([&](LLVM::SRemOp) { return binary("%"); })
      .Case([&](LLVM::UDivOp) { return unsignedBinary("/"); })
      .Case([&](LLVM::URemOp) { return unsignedBinary("%"); })
      .Case([&](LLVM::AndOp) { return binary("&"); })
      .Case([&](LLVM::OrOp) { return binary("|"); })
      .Case([&](LLVM::XOrOp) { return binary("^"); })
      .Case([&](LLVM::ShlOp) { return binary("<<"); })
      .Case([&](LLVM::AShrOp) { return binary(">>"); })
      .Case([&](LLVM::LShrOp) { return unsignedBinary(">>"); })
      .Case([&](LLVM::SMaxOp) { return choose(">"); })
      .Case([&](LLVM::SMinOp) { return choose("<"); })
      .Case([&](LLVM::ICmpOp op) { return compare(op); })
      .Case([&](LLVM::SelectOp) {
        return operand(0) + " ? " + operand(1) + " : " + operand(2);
      })
      .Case([&](LLVM::ZExtOp) {
        if (op->getOperand(0).getType().isInteger(1))
          return operand(0);
        return "(" + type + ")(u" +
               StringRef(getCType(op->getOperand(0).getType())).rtrim().str() +
               ")" + operand(0);
      })
      .Case([&](LLVM::SExtOp) {
        if (op->getOperand(0).getType().isInteger(1))
          return "-" + operand(0);
        return operand(0);
      })
      .Case([&](LLVM::TruncOp) {
        if (op->getResult(0).getType().isInteger(1))
          return operand(0) + " & 1";
        return "(" + type + ")" + operand(0);
      })
      .Default([&](Operation *op) {
        if (unknown.empty())
          unknown = op->getName().getStringRef().str();
        return std::string("0");
      });
}

std::string FunctionWriter::getBytes(Value end) {
  auto element = end.getDefiningOp<LLVM::GEPOp>();
  if (!element || !element.getBase().getDefiningOp<LLVM::ZeroOp>() ||
      element.getDynamicIndices().size() != 1 || element.getIndices().size() != 1) {
    if (unknown.empty())
      unknown = LLVM::PtrToIntOp::getOperationName().str();
    return "0";
  }
  unsigned bits = element.getElemType().getIntOrFloatBitWidth();
  return getExpression(element.getDynamicIndices()[0]) + " * " +
         std::to_string(llvm::divideCeil(bits, 8));
}

std::string FunctionWriter::getExpression(Value value) {
  if (auto found = names.find(value); found != names.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  std::string expression;
  if (!op) {
    // Of a loop.
    if (unknown.empty())
      unknown = "llvm.br";
    return "0";
  }
  if (auto call = dyn_cast<LLVM::CallOp>(op); isCallOf(call, allocate)) {
    size_t number = llvm::find(allocations, call) - allocations.begin();
    std::string offset = getWorkspaceOffset(number);
    std::string variable = "v" + std::to_string(numVariables++);
    body += "  void *" + variable + " = (char *)workspace + " + offset + ";\n";
    return names[value] = variable;
  }
  if (auto constant = dyn_cast<LLVM::ConstantOp>(op)) {
    if (auto number = dyn_cast<IntegerAttr>(constant.getValue()))
      return number.getType().isInteger(1)
                 ? std::string(number.getValue().isZero() ? "0" : "1")
                 : llvm::toString(number.getValue(), 10, /*Signed=*/true);
  }
  expression = getOperation(op);
  std::string variable = "v" + std::to_string(numVariables++);
  body += "  " + getCType(value.getType()) + variable + " = " + expression +
          ";\n";
  return names[value] = variable;
}

std::string FunctionWriter::getWorkspaceOffset(size_t allocation) {
  std::string offset;
  // Arrays begin where those of cuMemAlloc do.
  for (LLVM::CallOp call : ArrayRef(allocations).take_front(allocation))
    offset += (offset.empty() ? "" : " + ") + ("((" + getExpression(call.getOperand(0))) +
              " + 255) & ~(int64_t)255)";
  return offset.empty() ? "0" : offset;
}

void FunctionWriter::writeParameters(llvm::raw_ostream &os) {
  for (auto [index, type] : llvm::enumerate(signature.type.getInputs())) {
    if (auto shaped = dyn_cast<ShapedType>(type))
      os << "const sattn_memref_" << shaped.getRank() << " *";
    else
      os << (type.isIndex() ? "int64_t " : getCType(type));
    os << "arg" << index << ", ";
  }
}

void FunctionWriter::writeUnused(llvm::raw_ostream &os) {
  for (unsigned i = 0; i < signature.type.getNumInputs(); ++i)
    os << "  (void)arg" << i << ";\n";
}

llvm::Error WorkspaceWriter::write(llvm::raw_ostream &os) {
  if (allocations.empty())
    return llvm::Error::success();
  std::string size = getWorkspaceOffset(allocations.size());
  if (!unknown.empty())
    return createError(unknown);
  std::string parameters;
  llvm::raw_string_ostream stream(parameters);
  writeParameters(stream);
  os << "/* Bytes of the device's memory that all launches of one call are given. */\n"
     << "static inline int64_t " << signature.name << "_workspace_bytes("
     << StringRef(parameters).drop_back(2) << ") {\n";
  writeUnused(os);
  os << body << "  return " << size << ";\n}\n\n";
  return llvm::Error::success();
}

/// What has to hold for the launch to be reached.
llvm::Error LaunchWriter::addConditions() {
  if (function.getBody().hasOneBlock())
    return llvm::Error::success();
  DominanceInfo dominance(function);
  PostDominanceInfo postDominance(function);
  Block *entry = &function.front();
  for (Block *block = launch->getBlock(); block != entry;) {
    Block *before =
        dominance.getNode(block)->getIDom()->getBlock();
    if (!postDominance.properlyPostDominates(block, before)) {
      auto branch = dyn_cast<LLVM::CondBrOp>(before->getTerminator());
      if (!branch || block->getSinglePredecessor() != before)
        return createError(before->getTerminator()->getName().getStringRef());
      std::string condition = getExpression(branch.getCondition());
      bool ifTrue = branch.getTrueDest() == block;
      body += (ifTrue ? "  if (!(" : "  if (") + condition +
              (ifTrue ? "))\n" : ")\n") + "    return 0;\n";
    }
    block = before;
  }
  return llvm::Error::success();
}

llvm::Error LaunchWriter::write(llvm::raw_ostream &os) {
  if (llvm::Error error = addConditions())
    return error;
  auto set = [&](StringRef member, Value value) {
    std::string expression = getExpression(value);
    body += ("  launch->" + member + " = " + expression + ";\n").str();
  };
  body += "  launch->kernel = \"" + launch.getKernelName().str() + "\";\n";
  gpu::KernelDim3 grid = launch.getGridSizeOperandValues(),
                  block = launch.getBlockSizeOperandValues();
  for (auto [member, value] :
       {std::pair("grid[0]", grid.x), std::pair("grid[1]", grid.y),
        std::pair("grid[2]", grid.z), std::pair("block[0]", block.x),
        std::pair("block[1]", block.y), std::pair("block[2]", block.z)})
    set(member, value);
  if (Value size = launch.getDynamicSharedMemorySize())
    set("dynamic_shared", size);
  else
    body += "  launch->dynamic_shared = 0;\n";
  size_t count = launch.getNumKernelOperands();
  for (auto [index, value] : llvm::enumerate(launch.getKernelOperands()))
    set(("values[" + Twine(index) + "]." + getMember(value.getType())).str(),
        value);
  if (!unknown.empty())
    return createError(unknown);

  os << "typedef struct {\n  const char *kernel;\n  unsigned grid[3], block[3], "
        "dynamic_shared;\n  void *parameters["
     << count
     << "];\n  union {\n    void *pointer;\n    int64_t i64;\n    int32_t "
        "i32;\n    int16_t i16;\n    int8_t i8, i1;\n    float f32;\n    "
        "double f64;\n  } values["
     << count << "];\n} " << name << ";\n\n";
  os << "static inline int prepare_" << name << "(";
  writeParameters(os);
  if (!allocations.empty())
    os << "void *workspace, ";
  os << name << " *launch) {\n";
  writeUnused(os);
  if (!allocations.empty())
    os << "  (void)workspace;\n";
  os << body;
  os << "  for (int i = 0; i < " << count
     << "; ++i)\n    launch->parameters[i] = &launch->values[i];\n"
     << "  return launch->grid[0] && launch->grid[1] && launch->grid[2];\n}\n\n";
  return llvm::Error::success();
}

/// What `function` does beside launches that a header would leave out, or "".
static std::string findOtherWork(LLVM::LLVMFuncOp function) {
  std::string found;
  PostDominanceInfo postDominance(function);
  function.walk([&](Operation *op) {
    auto call = dyn_cast<LLVM::CallOp>(op);
    if (call && call.getCallee() && call.getCallee()->starts_with("mgpuStream"))
      return WalkResult::advance();
    // Whatever a call comes to: then all can have their place before the first launch.
    if (isCallOf(call, release) ||
        (isCallOf(call, allocate) &&
         postDominance.postDominates(call->getBlock(), &function.front())))
      return WalkResult::advance();
    if (op == function || isa<gpu::LaunchFuncOp>(op) ||
        op->hasTrait<OpTrait::IsTerminator>() ||
        (!call && isMemoryEffectFree(op)))
      return WalkResult::advance();
    found = call && call.getCallee() ? call.getCallee()->str()
                                     : op->getName().getStringRef().str();
    return WalkResult::interrupt();
  });
  return found;
}

llvm::Error mlir::sattn::run::writeLaunchHeader(ModuleOp module,
                                                ArrayRef<Signature> functions,
                                                StringRef chip,
                                                llvm::raw_ostream &os) {
  os << "/* Written by sattn-run: how to launch the kernels that --emit=ptx and "
        "--emit=cubin write\n   for "
     << chip
     << ". `prepare_F_launch_N` says it of launch N of function F, given arrays "
        "of the\n   device, and gives 0 if nothing is to be launched. The "
        "launches of a function follow each\n   other on one stream, and share a "
        "workspace of the device where there is `F_workspace_bytes`,\n   at a multiple of 256. Pass a "
        "struct's members on to cuLaunchKernel; above 49152 bytes of "
        "dynamic_shared, set\n   "
        "CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES before. Parameters "
        "point into the struct,\n   which must stay where it is until then. */\n#pragma once\n#include <stdint.h>\n\n";
  llvm::SmallSet<int64_t, 4> ranks;
  for (const Signature &signature : functions)
    for (Type type : signature.type.getInputs())
      if (auto shaped = dyn_cast<ShapedType>(type); shaped && hasCType(type))
        if (ranks.insert(shaped.getRank()).second) {
          int64_t rank = shaped.getRank(), sizes = std::max<int64_t>(rank, 1);
          os << "#ifndef SATTN_MEMREF_" << rank << "\n#define SATTN_MEMREF_"
             << rank
             << "\n/* The first element is number `offset` from `data`; sizes "
                "and strides are in elements. */\ntypedef struct {\n  void "
                "*allocated, *data;\n  int64_t offset, sizes["
             << sizes << "], strides[" << sizes << "];\n} sattn_memref_" << rank
             << ";\n#endif\n\n";
        }
  bool hasLaunches = false;
  for (const Signature &signature : functions) {
    auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(signature.name);
    SmallVector<gpu::LaunchFuncOp> launches;
    if (function)
      function.walk([&](gpu::LaunchFuncOp op) { launches.push_back(op); });
    if (launches.empty())
      continue;
    hasLaunches = true;
    StringRef name = signature.name;
    if (llvm::isDigit(name.front()) ||
        !llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; }))
      return fail("expected the names of functions to be C identifiers for "
                  "--emit=header, but got '{0}'",
                  name);
    for (Type type : signature.type.getInputs())
      if (!hasCType(type))
        return fail("expected arguments of '{0}' to be arrays with a rank, or numbers "
                    "of 1, 8, 16, 32 or 64 bits, for --emit=header, but got '{1}'",
                    name, type);
    std::string other = findOtherWork(function);
    if (other == allocate)
      return fail("expected '{0}' to allocate what its launches share whatever "
                  "its arguments for --emit=header, but it does for some only; "
                  "--emit=obj with --target=cuda writes all that it does",
                  name);
    if (!other.empty())
      return fail("expected '{0}' only to launch kernels for --emit=header, but "
                  "it needs '{1}'; --no-operand-checks leaves out what checks "
                  "operands, and --emit=obj with --target=cuda writes all that "
                  "it does",
                  name, other);
    os << "/* " << signature.name;
    llvm::interleaveComma(signature.type.getInputs(), os << "(");
    os << "): " << launches.size()
       << (launches.size() == 1 ? " launch" : " launches") << " */\n";
    if (llvm::Error error = WorkspaceWriter(signature, function).write(os))
      return error;
    for (auto [number, launch] : llvm::enumerate(launches))
      if (llvm::Error error =
              LaunchWriter(signature, function, launch, number).write(os))
        return error;
  }
  if (!hasLaunches)
    return fail("expected a function that launches a kernel for --emit=header, "
                "but there is none");
  return llvm::Error::success();
}
