#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs every test of a build folder and prints one closing line: N passed, N failed.

The counts are those that the runners write down themselves (GoogleTest's and lit's
result files), so a runner that crashes or runs nothing is a failure, not a silence.

usage: run-checks.py BUILD_FOLDER
"""

import json
import os
import subprocess
import sys
import time


class Tally:
    """Counts over all runners, and the names of what failed."""

    def __init__(self):
        self.passed = 0
        self.skipped = []
        self.failed = []


def load(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def run(command, results):
    """Runs `command`; returns its exit code and the results that it wrote."""
    if os.path.exists(results):
        os.remove(results)
    sys.stdout.flush()
    try:
        code = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    except OSError as error:
        print(f"{command[0]}: {error.strerror}")
        code = 127
    return code, load(results)


def run_unit_test(binary, folder, tally):
    """One GoogleTest program."""
    name = os.path.basename(binary)
    results = os.path.join(folder, name + ".json")
    code, report = run(
        [binary, "--gtest_brief=1", f"--gtest_output=json:{results}"], results)
    if report is None:
        tally.failed.append(f"{name}: stopped with exit code {code}, no results written")
        return
    ran = failed = 0
    for suite in report.get("testsuites", []):
        for test in suite.get("testsuite", []):
            label = f"{name}: {suite['name']}.{test['name']}"
            if test.get("status") != "RUN" or test.get("result") == "SKIPPED":
                tally.skipped.append(label)
                continue
            ran += 1
            if test.get("failures"):
                failed += 1
                tally.failed.append(label)
            else:
                tally.passed += 1
    if ran == 0:
        tally.failed.append(f"{name}: no test was run")
    elif code != 0 and failed == 0:
        tally.failed.append(f"{name}: exit code {code}")


def run_lit(lit, tests, folder, tally):
    """All lit tests."""
    results = os.path.join(folder, "lit.json")
    code, report = run(lit + ["-sv", "--output", results, tests], results)
    if report is None:
        tally.failed.append(f"lit: stopped with exit code {code}, no results written")
        return
    ran = failed = 0
    for test in report.get("tests", []):
        label, verdict = test["name"], test["code"]
        if verdict in ("PASS", "FLAKYPASS", "XFAIL"):
            ran += 1
            tally.passed += 1
        elif verdict in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
            # "Test requires the following unavailable features: ..."
            needs = test.get("output", "").partition("unavailable features: ")[2]
            tally.skipped.append(f"{label} (needs {needs.strip()})" if needs else label)
        else:
            ran += 1
            failed += 1
            tally.failed.append(f"{label} ({verdict.lower()})")
    if ran == 0:
        tally.failed.append("lit: no test was run")
    elif code != 0 and failed == 0:
        tally.failed.append(f"lit: exit code {code}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip().splitlines()[-1])
    build = os.path.abspath(sys.argv[1])
    checks = load(os.path.join(build, "checks.json"))
    if checks is None:
        sys.exit(f"{build}: expected a configured build folder (no checks.json)")
    folder = os.path.join(build, "results")
    os.makedirs(folder, exist_ok=True)

    start = time.monotonic()
    tally = Tally()
    for binary in checks["unit_tests"]:
        print(f"== {os.path.basename(binary)}")
        run_unit_test(binary, folder, tally)
    print("== lit")
    run_lit(checks["lit"], checks["lit_tests"], folder, tally)

    for label in tally.skipped:
        print(f"skipped: {label}")
    for label in tally.failed:
        print(f"FAILED: {label}")
    if tally.passed == 0 and not tally.failed:
        tally.failed.append("nothing was executed")
    print(f"{time.monotonic() - start:.0f} s")
    closing = f"{tally.passed} passed, {len(tally.failed)} failed"
    with open(os.path.join(folder, "summary.txt"), "w") as file:
        file.write(closing + "\n")
    print(closing, flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
