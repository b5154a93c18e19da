# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs sattn-explain in a folder, with /dev/full behind what it writes."""

import os
import subprocess
import sys

os.chdir(sys.argv[1])
full = open("/dev/full", "w")
figures = ["--pattern", "causal", "--shape", "M=64,N=64"]
for arguments, stdout, message in [
        (figures, full, "cannot write to standard output: no space left on device"),
        (figures + ["--png", "p.png"], full, "cannot write to standard output: no space left on device"),
        (["--help"], full, "cannot write to standard output: no space left on device"),
        (figures + ["--png", "p.png", "--mask", "/dev/full"], subprocess.DEVNULL,
         "cannot write '/dev/full': no space left on device")]:
    done = subprocess.run(["sattn-explain", *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, f"sattn-explain: error: {message}\n"), done
    assert not os.listdir("."), os.listdir(".")
