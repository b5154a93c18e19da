#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the parts of docs/ that show what the compiler does, from what it does.

docs/Passes.md: each pass as its .td file describes it, with the input and the real output
of its doc.mlir test. Elsewhere: the text between <!-- generated: COMMAND --> and
<!-- end --> is the output of COMMAND, run in the root of the repository. With "shown"
instead of "generated" it is written but not checked: output that another release of LLVM
may change (assembly).

usage: generate-docs.py [--check] [--bin BUILD/bin] [--llvm-bin FOLDER]

--check writes nothing and exits with 1 if a file is not what would be written.
"""

import argparse
import difflib
import functools
import os
import re
import shlex
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# .td file and the folder of its passes' tests. A pass without doc.mlir is an error.
PASS_FILES = [
    ("Transforms", "include/SparseAttn/Transforms/Passes.td", "test/Transforms"),
    ("Conversions", "include/SparseAttn/Conversion/Passes.td", "test/Conversion"),
]

# Of a generated block, by the first of these that its command names.
LANGUAGES = {"--help": "text", "llc": "asm", "sattn-run": "text", "sattn-explain": "text",
             "sattn-translate": "text",
             "TestPatterns.cpp": "cpp", "attention.c": "c",
             "phases.mlir": "mlir", "sattn-opt": "mlir"}

# Files with generated blocks.
FILES = ["docs/Architecture.md", "docs/Patterns.md", "docs/Tools.md", "README.md"]

HEADER = """\
<!-- Written by utils/generate-docs.py from the .td files and the doc.mlir tests; a test
     checks that it is up to date. Do not edit. -->
# Passes

Every example below is a test, and its output is what `sattn-opt` prints for it.

"""


class Failure(Exception):
    pass


def run(command, stdin=None):
    done = subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}\n{done.stderr.strip()}")
    return done.stdout


class Generator:
    """Runs the tools and writes what they print."""

    def __init__(self, tools, llvm_tools):
        self.tools = tools
        self.llvm_tools = llvm_tools
        self.failures = []

    def tool(self, name):
        for folder in (self.tools, self.llvm_tools):
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK):
                return path
        found = shutil.which(name)
        if not found:
            raise Failure(f"{name}: not found in {self.tools} or {self.llvm_tools}")
        return found

    def execute(self, command):
        """Runs `command` (programs by name, paths from the root, pipes), returns its output."""
        output = None
        for part in command.split(" | "):
            words = shlex.split(part)
            output = run([self.tool(words[0])] + words[1:], output)
        return output

    def mlir_includes(self):
        prefix = os.path.dirname(os.path.dirname(os.path.realpath(self.tool("mlir-tblgen"))))
        return [os.path.join(prefix, "include"), os.path.join(ROOT, "include")]

    def example(self, path):
        """Command, input and output of a doc.mlir test."""
        with open(os.path.join(ROOT, path)) as file:
            text = file.read()
        line = re.search(r"^// RUN: (.*?) \| FileCheck %s$", text, re.MULTILINE)
        if not line:
            raise Failure(f"{path}: expected '// RUN: ... | FileCheck %s'")
        lines = [l for l in text.splitlines() if not l.startswith("//")]
        property_line = text.splitlines()[0].removeprefix("// ")
        command = line.group(1)
        output = self.execute(command.replace("%s", path))
        return (property_line, command.replace("%s", os.path.basename(path)),
                "\n".join(lines).strip(), output.strip())

    def passes(self):
        """docs/Passes.md."""
        parts = [HEADER]
        for title, td, tests in PASS_FILES:
            includes = [word for folder in self.mlir_includes() for word in ("-I", folder)]
            doc = run([self.tool("mlir-tblgen"), "-gen-pass-doc", td] + includes)
            parts.append(f"## {title}\n\n")
            for section in re.split(r"^### ", doc, flags=re.MULTILINE)[1:]:
                flag = re.match(r"`-([^`]*)`", section).group(1)
                folder = flag.removeprefix("sattn-")
                path = f"{tests}/{folder}/doc.mlir"
                if not os.path.exists(os.path.join(ROOT, path)):
                    raise Failure(f"{path}: expected an example of {flag}")
                about, command, source, output = self.example(path)
                section = section.replace("\n#### ", "\n**").replace("**Options\n", "**Options**\n")
                parts.append(f"### {section.strip()}\n\n"
                             f"Example ([{path}](../{path})). {about}\n\n"
                             f"```mlir\n{source}\n```\n\n"
                             f"`{command}` gives\n\n"
                             f"```mlir\n{output}\n```\n\n")
        return "".join(parts).rstrip() + "\n"

    def fill_in(self, path, check):
        """`path` with the code of its generated blocks replaced."""
        with open(os.path.join(ROOT, path)) as file:
            text = file.read()

        def block(match):
            kind, command = match.groups()
            if kind == "shown" and check:
                return match.group(0)
            words = {os.path.basename(word) for word in command.split()}
            language = next((language for tool, language in LANGUAGES.items()
                             if tool in words), "text")
            try:
                output = self.execute(command).strip("\n")
            except Failure as error:
                self.failures.append(f"{path}: {error}")
                return match.group(0)
            return (f"<!-- {kind}: {command} -->\n"
                    f"```{language}\n{output}\n```\n<!-- end -->")

        return re.sub(r"<!-- (generated|shown): (.*?) -->\n.*?<!-- end -->", block, text,
                      flags=re.DOTALL)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"),
                        help="folder of sattn-opt (default: build/bin)")
    parser.add_argument("--llvm-bin", default="/usr/lib/llvm-22/bin",
                        help="folder of mlir-tblgen")
    arguments = parser.parse_args()

    generator = Generator(arguments.bin, arguments.llvm_bin)
    drift = 0
    documents = [("docs/Passes.md", generator.passes)]
    documents += [(path, functools.partial(generator.fill_in, path, arguments.check))
                  for path in FILES]
    for path, generate in documents:
        try:
            wanted = generate()
        except (Failure, OSError) as error:
            print(f"{path}: {error}")
            drift += 1
            continue
        full = os.path.join(ROOT, path)
        current = open(full).read() if os.path.exists(full) else ""
        if current == wanted:
            continue
        if not arguments.check:
            with open(full, "w") as file:
                file.write(wanted)
            print(f"wrote {path}")
            continue
        drift += 1
        sys.stdout.writelines(difflib.unified_diff(
            current.splitlines(True), wanted.splitlines(True), path, path + " (generated)"))
        print(f"{path} is out of date: run utils/generate-docs.py")
    for failure in generator.failures:
        print(failure)
    sys.exit(1 if drift or generator.failures else 0)


if __name__ == "__main__":
    main()
