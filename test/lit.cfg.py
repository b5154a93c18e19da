# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the lit tests may use.

Substitutions: %python (has NumPy), %source_root, %build_root, %cmake, %cxx, %cc,
%mlir_dir, %mlir_libs, %sanitizer_flags (of the compiler, empty where our code is built
without sanitizers), %timeout (of a command that answers in seconds); the tools of
build/bin and FileCheck, not, count, split-file by name.

Features: host-<flag> for each instruction-set flag that decides what code the host can
run (for tests of target intrinsics only: everything else must pass on any processor);
qemu-x86_64 and qemu-aarch64, user-mode emulators, the latter with Debian's AArch64 C library;
ptxas and nvdisasm, of the CUDA Toolkit, with substitutions %ptxas and %nvdisasm.
"""

import os
import platform
import shutil

import lit.formats

config.name = "SparseAttn"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "lib"]
config.test_source_root = os.path.join(config.source_root, "test")
config.test_exec_root = os.path.join(config.build_root, "test")

path = [config.tools_dir, config.llvm_tools_dir, os.environ.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
for variable in ("HOME", "OMP_NUM_THREADS", "TERM", "CI"):
    if variable in os.environ:
        config.environment[variable] = os.environ[variable]

for name, value in [
    ("%source_root", config.source_root),
    ("%build_root", config.build_root),
    ("%python", config.python),
    ("%cmake", config.cmake),
    ("%sanitizer_flags", config.sanitizer_flags),
    ("%timeout", "timeout 300" if config.sanitizer_flags else "timeout 30"),
    ("%mlir_dir", config.mlir_dir),
    ("%mlir_libs", os.path.join(os.path.dirname(config.llvm_tools_dir), "lib")),
    ("%cxx", config.cxx_compiler),
    ("%cc", config.c_compiler),
]:
    config.substitutions.append((name + r"\b", value))


def host_flags():
    """The processor's feature flags as Linux names them."""
    try:
        with open("/proc/cpuinfo") as cpuinfo:
            for line in cpuinfo:
                if line.startswith(("flags", "Features")):
                    return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return set()


for flag in host_flags() & {"avx2", "fma", "f16c", "avx512f", "avx512vl", "avx512bw",
                            "avx512dq", "avx512cd", "avx512_vnni", "avx512_bf16", "asimd"}:
    config.available_features.add("host-" + flag)
config.available_features.add("host-" + platform.machine())

if shutil.which("qemu-x86_64"):
    config.available_features.add("qemu-x86_64")
if shutil.which("qemu-aarch64") and os.path.exists("/usr/aarch64-linux-gnu/lib/crt1.o"):
    config.available_features.add("qemu-aarch64")

cuda_folders = [os.path.join(os.environ[name], "bin") for name in ("CUDA_HOME", "CUDA_PATH")
                if name in os.environ]
for tool in ("ptxas", "nvdisasm"):
    found = shutil.which(tool, path=os.pathsep.join(
        [os.environ.get("PATH", ""), *cuda_folders, "/usr/local/cuda/bin"]))
    if found:
        config.available_features.add(tool)
        config.substitutions.append((f"%{tool}\\b", found))
        # For our tools, which look there, too.
        config.environment["PATH"] += os.pathsep + os.path.dirname(found)

if config.sanitizer_flags:
    for options in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if options in os.environ:
            config.environment[options] = os.environ[options]
