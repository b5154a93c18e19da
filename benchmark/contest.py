# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One case: all competitors timed in turns, their outputs compared."""

import math
import os
import statistics
import time

import numpy as np

import inputs
from competitor import Competitor, Declined, Failed

# Largest difference between our output and a peer's. Both round: inputs are normal, so
# outputs are below 6, and where the softmax is nearly one key's alone, as large.
tolerances = {"f32": 1e-4, "f16": 1e-2, "bf16": 6e-2}

prepare_seconds = 240
time_seconds = 120


def turn_length(estimate_ms, turn_ms):
    """How many runs make a turn, and whether the first is to warm up."""
    count = max(1, min(50, math.floor(turn_ms / max(estimate_ms, 1e-3))))
    return count, estimate_ms < turn_ms


def differ(ours, theirs):
    """The largest difference of two saved outputs."""
    a, b = np.load(ours, mmap_mode="r"), np.load(theirs, mmap_mode="r")
    if a.shape != b.shape:
        return math.inf
    largest = 0.0
    rows_a, rows_b = a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1])
    for start in range(0, len(rows_a), 65536):
        chunk = np.abs(rows_a[start:start + 65536] - rows_b[start:start + 65536])
        largest = max(largest, float(chunk.max(initial=0)))
        if not np.isfinite(chunk).all():
            return math.inf
    return largest


def prepare(case, name, threads, folder, build):
    competitor = Competitor(name, case, threads, folder, build)
    try:
        facts = competitor.ask("prepare", prepare_seconds)
        facts["ms"] = []
        return competitor, facts
    except Declined as reason:
        outcome = {"declined": str(reason)}
    except Failed as reason:
        outcome = {"error": str(reason)}
    competitor.end()
    return None, outcome


def race(team, outcomes, rounds, turn_ms, threads):
    """Asks every member of `team` in turn, `rounds` times; those that fail drop out, and
    those that are slow have fewer turns."""
    for _ in range(rounds):
        for name, competitor in list(team.items()):
            times = outcomes[name]["ms"]
            if sum(times) > 2 * rounds * turn_ms:
                continue
            estimate = statistics.median(times) if times else outcomes[name]["first_ms"]
            count, warm = turn_length(estimate, turn_ms)
            # OpenMP's threads spin for a while after a run.
            time.sleep(0.22 if threads > 1 else 0)
            try:
                measured = competitor.ask("time", time_seconds, count=count + warm)["ms"]
                times.extend(measured[warm:])
            except Failed as reason:
                outcomes[name] = {"error": str(reason)}
                team.pop(name).end()


def finish(team, outcomes, case, folder):
    """Figures and outputs of those that are left."""
    for name, competitor in team.items():
        outcome = outcomes[name]
        outcome["median_ms"] = statistics.median(outcome["ms"])
        # The first call included: what it takes longer than later ones, which are the work itself.
        outcome["compile_ms"] = outcome["build_ms"] + max(
            0.0, outcome["first_ms"] - outcome["median_ms"])
        try:
            outcome["memory_mib"] = competitor.ask("memory", 60)["mib"]
            if name not in ("sparseattn-dense", "sparseattn-plain"):
                competitor.ask("output", time_seconds, path=os.path.join(folder, name + "-out.npy"))
        except Failed as reason:
            outcomes[name] = {"error": str(reason)}
    ours = os.path.join(folder, "sparseattn-out.npy")
    for name in team:
        if "sparseattn" in name or "error" in outcomes[name] or not os.path.exists(ours):
            continue
        theirs = os.path.join(folder, name + "-out.npy")
        outcomes[name]["max_difference"] = error = differ(ours, theirs)
        outcomes[name]["agrees"] = error <= tolerances[case.dtype]
        os.remove(theirs)
    if os.path.exists(ours):
        os.remove(ours)


def hold(case, names, threads, folder, build, rounds, turn_ms):
    """One row of the results."""
    team, outcomes = {}, {}
    try:
        for name in names:
            competitor, outcomes[name] = prepare(case, name, threads, folder, build)
            if competitor:
                team[name] = competitor
        race(team, outcomes, rounds, turn_ms, threads)
        finish(team, outcomes, case, folder)
    finally:
        for competitor in team.values():
            competitor.end()
    live = outcomes["sparseattn"].get("live_pairs")
    return {
        "case": case.name, "threads": threads, "dtype": case.dtype,
        "shape": f"B{case.batch} H{case.heads}/{case.kv_heads} M{case.queries} N{case.keys} "
                 f"D{case.head_size}",
        "pattern": case.pattern.text if len(case.pattern.text) < 200 else
                   case.pattern.text.split(", layout")[0] + ", ...>",
        "queries": case.queries, "live_pairs": live, "total_pairs": case.total_pairs,
        "flops": live and 4 * case.head_size * live,
        "read_bytes": case.kv_bytes if case.is_decode else None,
        "array_mib": case.array_bytes / 2**20,
        "competitors": outcomes,
    }


def make_inputs(case, folder):
    return inputs.make(case, folder)
