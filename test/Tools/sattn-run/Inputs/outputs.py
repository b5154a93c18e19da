# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs sattn-run where outputs cannot be written, or are files already: outputs.py FOLDER.

FOLDER holds a-q.npy, a-k.npy and a-v.npy.
"""

import os
import subprocess
import sys

os.chdir(sys.argv[1])
inputs = [f"a-{name}.npy" for name in "qkv"]
os.symlink(".", "here")
os.symlink("a-q.npy", "alias.npy")
os.link("a-k.npy", "hard.npy")


def contents():
    return {name: open(name, "rb").read() for name in os.listdir(".") if os.path.isfile(name)}


def run(*arguments):
    return subprocess.run(["sattn-run", "--pattern", "causal", "--inputs", *inputs, *arguments],
                          capture_output=True, text=True)


def expect_refused(message, *arguments):
    """One line, and every file is what it was."""
    before = contents()
    done = run(*arguments)
    expected = f"sattn-run: error: {message}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected), (done, expected)
    assert contents() == before, arguments


missing = "cannot write 'none/x.npy': no such file or directory"
full = "cannot write '/dev/full': no space left on device"
with open("keep.npy", "w") as keep:
    keep.write("kept")
expect_refused(missing, "--output", "keep.npy", "--lse", "none/x.npy")
expect_refused(missing, "--output", "none/x.npy", "--lse", "keep.npy")
expect_refused(full, "--output", "/dev/full", "--lse", "keep.npy")
expect_refused(full, "--output", "keep.npy", "--lse", "/dev/full")
expect_refused(full, "--output", "new.npy", "--lse", "/dev/full")

two = "expected --output and --lse to be two files, but got"
expect_refused(f"{two} 'x.npy'", "--output", "x.npy", "--lse", "x.npy")
expect_refused(f"{two} 'x.npy' and './x.npy', which are the same",
               "--output", "x.npy", "--lse", "./x.npy")
expect_refused(f"{two} 'here/x.npy' and 'x.npy', which are the same",
               "--output", "here/x.npy", "--lse", "x.npy")
expect_refused("expected --output and the query to be two files, but got 'a-q.npy'",
               "--output", "a-q.npy")
expect_refused("expected --lse and the query to be two files, but got 'alias.npy' and 'a-q.npy', "
               "which are the same", "--lse", "alias.npy")
expect_refused("expected --output and the key to be two files, but got 'hard.npy' and 'a-k.npy', "
               "which are the same", "--output", "hard.npy")

# Both are replaced; a device may stand for both.
done = run("--output", "keep.npy", "--lse", "l.npy")
assert done.returncode == 0 and contents()["keep.npy"].startswith(b"\x93NUMPY"), done
assert run("--output", "/dev/null", "--lse", "/dev/null").returncode == 0
assert not [name for name in os.listdir(".") if name.startswith(".")], os.listdir(".")
