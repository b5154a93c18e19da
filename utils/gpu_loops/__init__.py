# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The parts of utils/gpu-loops.py: cubins and listings in, counts of loops out."""
