#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times SparseAttn beside its peers; `make bench` calls it.

Measures the machine, then each case on one thread and on all: every competitor in a
process of its own that stays alive, asked in turns. Writes results.json, results.md,
results.csv and results.png.
"""

import argparse
import datetime
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
source_root = os.path.dirname(here)

import cases
import competitor
import contest
import machine
import report


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--list", action="store_true", help="print the cases and stop")
    parser.add_argument("--quick", action="store_true", help="a few cases, in under 3 minutes")
    parser.add_argument("--filter", default="", metavar="REGEX", help="only cases whose name it matches")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each competitor (5)")
    parser.add_argument("--turn", type=float, default=250, metavar="MS",
                        help="about how long a turn takes, at least one run (250)")
    parser.add_argument("--threads", choices=("one", "all", "both"), default="both")
    parser.add_argument("--peers", nargs="*", choices=list(competitor.packages),
                        default=list(competitor.packages), help="only these peers")
    parser.add_argument("--install-peers", nargs="+", choices=list(competitor.installs),
                        metavar="PEER", help="install into this Python: " + ", ".join(competitor.installs))
    parser.add_argument("--build", default=os.path.join(source_root, "build"), help="build folder")
    parser.add_argument("--output", metavar="FOLDER",
                        help="folder of the results (benchmark-results in the build folder)")
    parser.add_argument("--update-docs", action="store_true", help="write them to docs/Performance.md too")
    arguments = parser.parse_args()
    arguments.output = arguments.output or os.path.join(arguments.build, "benchmark-results")
    return arguments


def select(arguments):
    return [case for case in cases.cases
            if re.search(arguments.filter, case.name) and (case.quick or not arguments.quick)]


def installed(name):
    try:
        return all(importlib.util.find_spec(package) for package in competitor.packages[name])
    except ImportError:
        return False


def competitors(case, peers):
    return ["sparseattn", *(["sparseattn-dense"] if case.compare_dense else []),
            *(["sparseattn-plain"] if case.plain else []), *([] if case.is_ours_alone else peers)]


def goals(case, isa):
    described = [{"kind": goal.kind, "want": goal.value(isa)} for goal in case.goals]
    return [goal for goal in described if goal["want"] is not None]


def summary(row):
    parts = []
    for name, outcome in row["competitors"].items():
        if "median_ms" in outcome:
            parts.append(f"{name} {outcome['median_ms']:.2f} ms")
        elif "error" in outcome:
            parts.append(f"{name} error: {outcome['error']}")
    return ", ".join(parts)


def main():
    arguments = parse_arguments()
    chosen = select(arguments)
    if arguments.list:
        for case in chosen:
            text = case.pattern.text
            print(f"{case.name:28} {case.dtype:5} B{case.batch} H{case.heads}/{case.kv_heads} "
                  f"M{case.queries} N{case.keys} D{case.head_size}  "
                  f"{text if len(text) < 120 else text.split(', layout')[0] + ', ...>'}")
        return 0
    if arguments.install_peers:
        for peer in arguments.install_peers:
            subprocess.run([sys.executable, "-m", "pip", "install", *competitor.installs[peer]],
                           check=True)
        importlib.invalidate_caches()
    if not chosen:
        print("run.py: error: no case has such a name; --list shows all", file=sys.stderr)
        return 1
    if not os.access(os.path.join(arguments.build, "bin/sattn-run"), os.X_OK):
        print(f"run.py: error: expected {arguments.build}/bin/sattn-run; 'make build' makes it",
              file=sys.stderr)
        return 1
    os.environ["SATTN_BUILD"] = os.path.abspath(arguments.build)
    os.makedirs(arguments.output, exist_ok=True)

    available = len(os.sched_getaffinity(0))
    threads = {"one": [1], "all": [available], "both": sorted({1, available})}[arguments.threads]
    peers = [name for name in arguments.peers if installed(name)]
    absent = [name for name in arguments.peers if name not in peers]
    if absent:
        print("absent: " + ", ".join(absent) + " (see --install-peers)")
    print("measuring the machine", flush=True)
    results = {
        "command": shlex.join(["benchmark/run.py", *sys.argv[1:]]),
        "date": datetime.date.today().isoformat(),
        "machine": machine.measure(arguments.build, available),
        "load": os.getloadavg()[0],
        "peers": peers, "absent": absent, "rows": [],
    }
    for number, case in enumerate(chosen, 1):
        with tempfile.TemporaryDirectory(prefix="sattn-bench-") as folder:
            contest.make_inputs(case, folder)
            for count in threads:
                row = contest.hold(case, competitors(case, peers), count, folder,
                                   os.environ["SATTN_BUILD"], arguments.rounds, arguments.turn)
                row["goals"] = goals(case, results["machine"]["isa"])
                results["rows"].append(row)
                print(f"[{number}/{len(chosen)}] {case.name}, {count} thread"
                      f"{'s' if count > 1 else ''}: {summary(row)}", flush=True)
        with open(os.path.join(arguments.output, "results.json"), "w") as file:
            json.dump(results, file, indent=1)
    again = machine.measure(arguments.build, available)
    results["machine"] = machine.better(results["machine"], again)
    report.write(results, arguments.output)
    if arguments.update_docs:
        report.update_docs(results, os.path.join(source_root, "docs"))
    print(f"written: {os.path.relpath(arguments.output)}/results.md, .csv, .json"
          + (", .png" if os.path.exists(os.path.join(arguments.output, "results.png")) else ""))
    failed = [row["case"] for row in results["rows"] if "error" in row["competitors"]["sparseattn"]]
    if failed:
        print("run.py: error: SparseAttn failed in " + ", ".join(sorted(set(failed))), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
