# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The machine: what sattn-peak measures of it, and its name."""

import json
import os
import platform
import subprocess

here = os.path.dirname(os.path.abspath(__file__))


def build_peak(build):
    """Builds sattn-peak where it is not, or is old; returns its path."""
    folder = os.path.join(build, "benchmark")
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        subprocess.run(["cmake", "-S", here, "-B", folder, "-G", "Ninja",
                        "-DCMAKE_CXX_COMPILER=clang++-22"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(folder, "sattn-peak")


def processor():
    try:
        with open("/proc/cpuinfo") as cpuinfo:
            for line in cpuinfo:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def measure(build, threads):
    done = subprocess.run([build_peak(build), "--threads", str(threads)], check=True,
                          capture_output=True, text=True)
    return {**json.loads(done.stdout), "processor": processor()}


def better(first, second):
    """The higher figure of two measurements: other work only lowers them."""
    if isinstance(first, dict):
        return {key: better(value, second[key]) for key, value in first.items()}
    return max(first, second) if isinstance(first, float) else first
