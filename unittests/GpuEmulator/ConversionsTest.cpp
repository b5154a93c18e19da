// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Conversions, byte permutations and approximate functions.
#include "EmulatorTest.h"

#include "llvm/ADT/APFloat.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::sattn;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Numbers of all kinds: special ones, halves between representable ones, and
/// random bits.
std::vector<float> samples() {
  std::vector<float> numbers = {
      0.0f,         -0.0f,          1.0f,     -1.0f,       infinity,
      -infinity,    65504.0f,       65519.9f, 65520.0f,    1e-8f,
      6e-8f,        3e38f,          3.4e38f,  1.00390625f, 1.01171875f,
      -1.00390625f, 1.00048828125f, 1e-40f,   0.1f,        3.14159f};
  std::mt19937 random(7);
  while (numbers.size() < 512) {
    auto number = llvm::bit_cast<float>(static_cast<uint32_t>(random()));
    if (!std::isnan(number))
      numbers.push_back(number);
  }
  return numbers;
}

/// LLVM's arithmetic is the judge.
uint32_t convert(float number, const llvm::fltSemantics &semantics,
                 llvm::APFloat::roundingMode mode) {
  llvm::APFloat value(number);
  bool lossy;
  value.convert(semantics, mode, &lossy);
  return static_cast<uint32_t>(value.bitcastToAPInt().getZExtValue());
}

class Conversions : public EmulatorTest {
protected:
  void checkPair(StringRef type, StringRef attributes,
                 llvm::function_ref<uint32_t(float)> expected) {
    compile(perThread(
        "f32", "i32",
        ("    %minus = llvm.fneg %x : f32\n    %v = nvvm.convert.f32x2.to." +
         type + "x2 %x, %minus {" + attributes + "} : vector<2x" + type +
         ">\n    %result = llvm.bitcast %v : vector<2x" + type + "> to i32")
            .str()));
    std::vector<float> in = samples();
    std::vector<uint32_t> out = runPerThread<uint32_t>(in);
    for (size_t i = 0; i < in.size(); ++i) {
      // The first operand is the upper half.
      EXPECT_EQ(out[i] >> 16, expected(in[i])) << in[i];
      EXPECT_EQ(out[i] & 0xffff, expected(-in[i])) << -in[i];
    }
  }
  template <typename T>
  void checkFunction(StringRef body, const std::vector<float> &in, T function) {
    compile(perThread("f32", "f32", body));
    std::vector<float> out = runPerThread<float>(in);
    for (size_t i = 0; i < in.size(); ++i) {
      double expected = function(static_cast<double>(in[i]));
      if (std::isfinite(expected))
        // 2 ulp, which PTX allows ex2, lg2 near 1 apart.
        EXPECT_NEAR(out[i], expected, std::fabs(expected) * 0x1p-22)
            << body.str() << " " << in[i];
      else
        EXPECT_EQ(out[i], static_cast<float>(expected))
            << body.str() << " " << in[i];
    }
  }
};

TEST_F(Conversions, PairsToBF16) {
  checkPair("bf16", "rnd = #nvvm.fp_rnd_mode<rn>", [](float x) {
    return convert(x, llvm::APFloat::BFloat(),
                   llvm::APFloat::rmNearestTiesToEven);
  });
  checkPair("bf16", "rnd = #nvvm.fp_rnd_mode<rz>", [](float x) {
    return convert(x, llvm::APFloat::BFloat(), llvm::APFloat::rmTowardZero);
  });
  checkPair("bf16", "rnd = #nvvm.fp_rnd_mode<rn>, relu = true", [](float x) {
    return convert(x < 0 ? 0 : x, llvm::APFloat::BFloat(),
                   llvm::APFloat::rmNearestTiesToEven);
  });
}

TEST_F(Conversions, PairsToF16) {
  checkPair("f16", "rnd = #nvvm.fp_rnd_mode<rn>", [](float x) {
    return convert(x, llvm::APFloat::IEEEhalf(),
                   llvm::APFloat::rmNearestTiesToEven);
  });
  checkPair("f16", "rnd = #nvvm.fp_rnd_mode<rz>", [](float x) {
    return convert(x, llvm::APFloat::IEEEhalf(), llvm::APFloat::rmTowardZero);
  });
}

TEST_F(Conversions, ToTF32) {
  auto check = [&](StringRef mode, llvm::APFloat::roundingMode rounding) {
    compile(perThread(
        "f32", "f32",
        ("    %i = nvvm.convert.float.to.tf32 %x {rnd = #nvvm.fp_rnd_mode<" +
         mode + ">}\n    %result = llvm.bitcast %i : i32 to f32")
            .str()));
    std::vector<float> in = samples();
    std::vector<float> out = runPerThread<float>(in);
    for (size_t i = 0; i < in.size(); ++i) {
      llvm::APFloat value(in[i]);
      bool lossy;
      value.convert(llvm::APFloat::FloatTF32(), rounding, &lossy);
      value.convert(llvm::APFloat::IEEEsingle(), rounding, &lossy);
      EXPECT_EQ(out[i], value.convertToFloat()) << in[i];
    }
  };
  check("rna", llvm::APFloat::rmNearestTiesToAway);
  check("rn", llvm::APFloat::rmNearestTiesToEven);
  check("rz", llvm::APFloat::rmTowardZero);
}

TEST_F(Conversions, SaturateToFiniteNumbers) {
  compile(
      perThread("f32", "f32",
                "    %i = nvvm.convert.float.to.tf32 %x {rnd = "
                "#nvvm.fp_rnd_mode<rna>, sat = #nvvm.sat_mode<satfinite>}\n    "
                "%result = llvm.bitcast %i : i32 to f32"));
  EXPECT_EQ(
      runPerThread<float>(
          std::vector<float>{infinity, -infinity, 3.4028235e38f, 1.5f}),
      (std::vector<float>{0x1.ffcp127f, -0x1.ffcp127f, 0x1.ffcp127f, 1.5f}));
}

TEST_F(Conversions, OperationsOfLLVM) {
  compile(perThread("f32", "f32", R"mlir(
    %b = llvm.fptrunc %x : f32 to bf16
    %h = llvm.fptrunc %x : f32 to f16
    %bf = llvm.fpext %b : bf16 to f32
    %hf = llvm.fpext %h : f16 to f32
    %result = llvm.fsub %bf, %hf : f32)mlir"));
  std::vector<float> in = {0.1f, 3.14159f, -1000.7f};
  std::vector<float> out = runPerThread<float>(in);
  for (size_t i = 0; i < in.size(); ++i) {
    float bfloat =
        llvm::bit_cast<float>(convert(in[i], llvm::APFloat::BFloat(),
                                      llvm::APFloat::rmNearestTiesToEven)
                              << 16);
    float half =
        llvm::APFloat(
            llvm::APFloat::IEEEhalf(),
            llvm::APInt(16, convert(in[i], llvm::APFloat::IEEEhalf(),
                                    llvm::APFloat::rmNearestTiesToEven)))
            .convertToFloat();
    EXPECT_EQ(out[i], bfloat - half);
  }
}

TEST_F(Conversions, PermutedBytes) {
  auto permute = [&](StringRef mode, int selector, bool hasHigh) {
    compile(perThread(
        "i32", "i32",
        ("    %low = llvm.mlir.constant(0x83221100 : i32) : i32\n    %high = "
         "llvm.mlir.constant(0x77665544 : i32) : i32\n    %selector = "
         "llvm.mlir.constant(" +
         Twine(selector) +
         " : i32) : i32\n    %result = nvvm.prmt #nvvm.permute_mode<" + mode +
         "> %selector, %low" + (hasHigh ? ", %high" : "") + " : i32")
            .str()));
    return runPerThread<uint32_t>(std::vector<int32_t>(1))[0];
  };
  EXPECT_EQ(permute("default", 0x0123, true), 0x00112283u);
  EXPECT_EQ(permute("default", 0x7654, true), 0x77665544u);
  // Bit 3 replicates the sign.
  EXPECT_EQ(permute("default", 0xb8b8, true), 0xff00ff00u);
  EXPECT_EQ(permute("f4e", 1, true), 0x44832211u);
  EXPECT_EQ(permute("b4e", 0, true), 0x55667700u);
  EXPECT_EQ(permute("rc8", 2, false), 0x22222222u);
  EXPECT_EQ(permute("ecl", 2, false), 0x83222222u);
  EXPECT_EQ(permute("ecr", 1, false), 0x11111100u);
  EXPECT_EQ(permute("rc16", 1, false), 0x83228322u);
}

TEST_F(Conversions, WordsOfBits) {
  auto run = [&](StringRef assembly, ArrayRef<StringRef> operands) {
    std::string body, names, constraints = "=r", types;
    for (auto [i, operand] : llvm::enumerate(operands)) {
      std::string name = ("%x" + Twine(i)).str(), comma = i ? ", " : "";
      body += "    " + name + " = llvm.mlir.constant(" + operand.str() + " : i32) : i32\n";
      names += comma + name;
      types += comma + "i32";
      constraints += ",r";
    }
    compile(perThread("i32", "i32",
                      body + "    %result = llvm.inline_asm \"" + assembly.str() + "\", \"" + constraints +
                          "\" " + names + " : (" + types + ") -> i32"));
    return runPerThread<uint32_t>(std::vector<int32_t>(1))[0];
  };
  auto shift = [&](StringRef instruction, StringRef x, StringRef y) {
    return run((instruction + " $0, $1, $2;").str(), {x, y});
  };
  EXPECT_EQ(shift("shl.b32", "0x80000003", "1"), 6u);
  EXPECT_EQ(shift("shr.u32", "0x80000003", "1"), 0x40000001u);
  // PTX, other than LLVM, defines amounts from 32 bits on, which have no sign.
  for (StringRef amount : {"32", "33", "-1"}) {
    EXPECT_EQ(shift("shl.b32", "-1", amount), 0u);
    EXPECT_EQ(shift("shr.u32", "-1", amount), 0u);
  }
  // Both operands of bmsk.clamp are at most 32, without a sign.
  auto mask = [&](StringRef from, StringRef count) { return shift("bmsk.clamp.b32", from, count); };
  EXPECT_EQ(mask("0", "0"), 0u);
  EXPECT_EQ(mask("3", "5"), 0xf8u);
  EXPECT_EQ(mask("24", "9"), 0xff000000u);
  EXPECT_EQ(mask("0", "32"), 0xffffffffu);
  EXPECT_EQ(mask("4", "-1"), 0xfffffff0u);
  EXPECT_EQ(mask("32", "32"), 0u);
  EXPECT_EQ(mask("-1", "7"), 0u);
  EXPECT_EQ(run("lop3.b32 $0, $1, $2, $3, 0xfe;", {"1", "8", "-2147483648"}), 0x80000009u);
}

TEST_F(Conversions, ApproximateFunctions) {
  std::vector<float> any = {-20.5f, -1.0f, -0.3f, 0.0f,
                            0.001f, 0.7f,  1.5f,  10.25f};
  std::vector<float> positive = {0.001f, 0.3f, 2.0f, 7.5f, 1000.0f};
  auto exp2 = [](double x) { return std::exp2(x); };
  checkFunction("    %result = llvm.intr.exp2(%x) : (f32) -> f32", any, exp2);
  auto intrinsic = [](StringRef name) {
    return ("    %result = llvm.call_intrinsic \"llvm.nvvm." + name +
            "\"(%x) : (f32) -> f32")
        .str();
  };
  for (StringRef name : {"ex2.approx.f", "ex2.approx.f32", "ex2.approx.ftz.f",
                         "ex2.approx.ftz.f32"})
    checkFunction(intrinsic(name), any, exp2);
  for (StringRef ftz : {"", "ftz."}) {
    auto name = [&](StringRef function) {
      return intrinsic((function + ".approx." + ftz + "f").str());
    };
    checkFunction(name("lg2"), positive, [](double x) { return std::log2(x); });
    checkFunction(name("sqrt"), positive,
                  [](double x) { return std::sqrt(x); });
    checkFunction(name("rsqrt"), positive,
                  [](double x) { return 1 / std::sqrt(x); });
    checkFunction(name("sin"), any, [](double x) { return std::sin(x); });
    checkFunction(name("cos"), any, [](double x) { return std::cos(x); });
    checkFunction(
        ("    %three = llvm.mlir.constant(3.0 : f32) : f32\n    %result = "
         "llvm.call_intrinsic \"llvm.nvvm.div.approx." +
         ftz + "f\"(%x, %three) : (f32, f32) -> f32")
            .str(),
        any, [](double x) { return x / 3; });
  }
  checkFunction("    %result = nvvm.rcp.approx.ftz.f %x : f32", positive,
                [](double x) { return 1 / x; });
  checkFunction(intrinsic("rcp.approx.ftz.f"), positive,
                [](double x) { return 1 / x; });
}

TEST_F(Conversions, ApproximateFunctionsAsAssembly) {
  std::vector<float> positive = {0.001f, 0.3f, 2.0f, 7.5f, 30.0f};
  auto check = [&](StringRef name, double (*function)(double)) {
    checkFunction(("    %result = llvm.inline_asm \"" + name +
                   " $0, $1;\", \"=f,f\" %x : (f32) -> f32")
                      .str(),
                  positive, function);
  };
  for (StringRef ftz : {"", "ftz."}) {
    check(("ex2.approx." + ftz + "f32").str(),
          [](double x) { return std::exp2(x); });
    check(("lg2.approx." + ftz + "f32").str(),
          [](double x) { return std::log2(x); });
  }
  check("rcp.approx.ftz.f32", [](double x) { return 1 / x; });
  check("tanh.approx.f32", [](double x) { return std::tanh(x); });
}

TEST_F(Conversions, FlushToZero) {
  std::vector<float> special = {-infinity, infinity, -200.0f, -127.5f, -126.0f};
  compile(perThread("f32", "f32",
                    "    %result = llvm.call_intrinsic "
                    "\"llvm.nvvm.ex2.approx.ftz.f32\"(%x) : (f32) -> f32"));
  EXPECT_EQ(runPerThread<float>(special),
            (std::vector<float>{0, infinity, 0, 0, 0x1p-126f}));
  compile(
      perThread("f32", "f32", "    %result = nvvm.rcp.approx.ftz.f %x : f32"));
  EXPECT_EQ(runPerThread<float>(
                std::vector<float>{1e-40f, -1e-40f, 0x1p127f, infinity}),
            (std::vector<float>{infinity, -infinity, 0, 0}));
}

} // namespace
