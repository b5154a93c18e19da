# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command and fails if it took more memory than it may.

usage: within.py MEBIBYTES SANITIZER_FLAGS COMMAND...

Code with sanitizers (flags not empty) may take four times as much.
"""

import resource
import subprocess
import sys

limit, flags, *command = sys.argv[1:]
code = subprocess.run(command).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
most = int(limit) * (4 if flags else 1)
if peak > most:
    sys.exit(f"within.py: expected at most {most} MiB, but got {peak:.0f}")
sys.exit(code)
