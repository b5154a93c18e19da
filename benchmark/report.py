# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results as Markdown, CSV and a plot. Knows only results.json, so that

    report.py results.json FOLDER

writes the same files again.
"""

import csv
import io
import json
import math
import os
import sys

scaling_goal = 0.975  # of the number of threads
compile_goal_ms = 500

# Goals that are met from below.
at_most = {"linear", "memory", "compile"}

# linear: time per query against this case.
linear_base = "window-256-16k"

titles = {
    "peak": "share of the peak", "bandwidth": "share of the read bandwidth",
    "dense": "efficiency, share of our dense code's", "speedup": "times our dense code's speed",
    "peer": "times the best peer's speed", "scaling": "times one thread's speed",
    "plain": "times the speed of our code without it",
    "compile": "compile time (ms)", "linear": f"time per query / that of {linear_base}",
    "memory": "memory beyond the arrays (MiB)", "not slower": "times our dense code's speed",
}


# Figures of a row -----------------------------------------------------------------


def median(row, name="sparseattn"):
    return row["competitors"].get(name, {}).get("median_ms")


def ratio(row, peer):
    """How many times faster ours is."""
    ours, theirs = median(row), median(row, peer)
    return theirs / ours if ours and theirs else None


def gflops(row):
    time = median(row)
    return row["flops"] / time * 1e-6 if time and row["flops"] else None


def machine_of(results, row):
    return results["machine"]["one" if row["threads"] == 1 else "all"]


def peak_share(results, row):
    rate = gflops(row)
    if rate is None:
        return None
    figures = machine_of(results, row)
    peak = figures["fma_gflops"]
    if row["dtype"] == "bf16":
        # Processors on which dot products of bf16 are the slower way multiply f32.
        peak = max(peak, figures.get("bf16_dot_gflops", peak))
    return rate / peak


def bandwidth_share(results, row):
    """Of the bandwidth that was measured with an array of about the same size."""
    time = median(row)
    if not time or not row["read_bytes"]:
        return None
    mib = row["read_bytes"] / 2**20
    measured = machine_of(results, row)["read_gb"]
    nearest = min(measured, key=lambda size: abs(math.log(int(size) / mib)))
    return row["read_bytes"] / time * 1e-6 / measured[nearest]


def find(results, case, threads):
    return next((row for row in results["rows"]
                 if row["case"] == case and row["threads"] == threads), None)


def scaling(results, row):
    one = find(results, row["case"], 1)
    if row["threads"] == 1 or not one or not median(one) or not median(row):
        return None
    return median(one) / median(row)


def best_peer(results, row):
    """The smallest ratio among peers whose output agrees with ours, and its name."""
    ratios = [(ratio(row, peer), peer) for peer in results["peers"]
              if ratio(row, peer) and row["competitors"][peer].get("agrees", True)]
    return min(ratios, default=(None, None))


def achieved(results, row, kind):
    if kind == "peak":
        return peak_share(results, row)
    if kind == "bandwidth":
        return bandwidth_share(results, row)
    if kind == "plain":
        return ratio(row, "sparseattn-plain")
    if kind in ("speedup", "not slower"):
        return ratio(row, "sparseattn-dense")
    if kind == "dense":
        speedup = ratio(row, "sparseattn-dense")
        return speedup and row["live_pairs"] and speedup * row["live_pairs"] / row["total_pairs"]
    if kind == "peer":
        return best_peer(results, row)[0]
    if kind == "scaling":
        return scaling(results, row)
    if kind == "compile":
        return row["competitors"]["sparseattn"].get("compile_ms")
    if kind == "memory":
        memory = row["competitors"]["sparseattn"].get("memory_mib")
        return memory and memory - row["array_mib"]
    if kind == "linear":
        base = find(results, linear_base, row["threads"])
        if not base or not median(base) or not median(row):
            return None
        return median(row) / row["queries"] / (median(base) / base["queries"])
    raise ValueError(kind)


def goals_of(row):
    """One thread has the case's goals and those that every case has; all threads only how
    they scale."""
    if row["threads"] > 1:
        return [{"kind": "scaling", "want": scaling_goal * row["threads"]}]
    every = [{"kind": "compile", "want": compile_goal_ms}]
    if "sparseattn-dense" in row["competitors"]:
        every.append({"kind": "not slower", "want": 1.0})
    return row["goals"] + every


def verdicts(results):
    """(row, kind, want, got, reached) of every goal that could be measured."""
    for row in results["rows"]:
        for goal in goals_of(row):
            got = achieved(results, row, goal["kind"])
            if got is not None:
                below = goal["kind"] in at_most
                reached = got <= goal["want"] if below else got >= goal["want"]
                yield row, goal["kind"], goal["want"], got, reached


# Markdown -------------------------------------------------------------------------


def number(value, digits=3):
    """`digits` significant ones, no exponent; a dash for nothing."""
    if value is None:
        return "-"
    if value == 0 or math.isinf(value):
        return str(value)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def table(head, lines):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for line in lines:
        yield "| " + " | ".join(line) + " |"


def peer_cell(row, peer):
    outcome = row["competitors"].get(peer, {})
    if "error" in outcome:
        return "error"
    value = ratio(row, peer)
    return number(value) + ("" if outcome.get("agrees", True) else " (differs)")


def row_line(results, row):
    ours = row["competitors"]["sparseattn"]
    missed = [kind for r, kind, _, _, reached in verdicts({**results, "rows": results["rows"]})
              if r is row and not reached]
    if "error" in ours:
        cells = [row["case"], "error: " + ours["error"].replace("|", "\\|")]
        return cells + [""] * (8 + len(results["peers"]))
    return [row["case"], number(median(row)), number(gflops(row)),
            number(bandwidth_share(results, row) if row["read_bytes"] else peak_share(results, row), 2)
            + (" (read)" if row["read_bytes"] else ""),
            number(achieved(results, row, "speedup")), number(scaling(results, row)),
            *(peer_cell(row, peer) for peer in results["peers"]),
            number(ours.get("memory_mib")), number(ours.get("compile_ms")),
            "missed: " + ", ".join(missed) if missed else "reached"]


def machine_lines(results):
    one, all_threads = results["machine"]["one"], results["machine"]["all"]
    threads = results["machine"]["threads"]
    lines = [["f32 multiply-adds, GFLOP/s", "fma_gflops"], ["bf16 dot products, GFLOP/s", "bf16_dot_gflops"],
             ["exp2, G/s", "gexp"]]
    rows = [[label, number(one.get(key)), number(all_threads.get(key))] for label, key in lines]
    rows += [[f"reads of {size} MiB, GB/s", number(value), number(all_threads["read_gb"][size])]
             for size, value in one["read_gb"].items()]
    return table(["", "1 thread", f"{threads} threads"], rows)


def markdown(results):
    rows, peers = results["rows"], results["peers"]
    reached = list(verdicts(results))
    lines = [f"`{results['command']}`, {results['date']}, {results['machine']['processor']}, "
             f"code for {results['machine']['isa']}. Load before the run: {results['load']:.1f}."]
    if results["absent"]:
        lines.append("Absent peers: " + ", ".join(results["absent"]) + ".")
    lines += ["", "### The machine", "", *machine_lines(results), ""]
    for threads in sorted({row["threads"] for row in rows}):
        lines += [f"### {threads} thread{'s' if threads > 1 else ''}", ""]
        lines += table(["case", "ms", "GFLOP/s", "of peak", "x own dense", "x 1 thread",
                        *("x " + peer for peer in peers), "MiB", "compile ms", "goals"],
                       [row_line(results, row) for row in rows if row["threads"] == threads])
        lines.append("")
    count = sum(verdict[4] for verdict in reached)
    lines += ["### Goals", "", f"{count} of {len(reached)} reached. Missed:", ""]
    lines += table(["case", "threads", "goal", "want", "got"],
                   [[row["case"], str(row["threads"]), titles[kind],
                     ("<= " if kind in at_most else ">= ") + number(want), number(got)]
                    for row, kind, want, got, ok in reached if not ok])
    notes = [[row["case"], str(row["threads"]), name, outcome.get("error") or outcome.get("declined")]
             for row in rows for name, outcome in row["competitors"].items()
             if "error" in outcome or (row["threads"] == 1 and "declined" in outcome)]
    if notes:
        lines += ["", "### Not measured", ""]
        lines += table(["case", "threads", "competitor", "why"],
                       [[cell.replace("|", "\\|") for cell in note] for note in notes])
    return "\n".join(lines) + "\n"


# CSV, plot, files -----------------------------------------------------------------


def csv_text(results):
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(["case", "threads", "dtype", "shape", "pattern", "live_pairs", "competitor",
                     "median_ms", "gflops", "ratio", "memory_mib", "compile_ms", "max_difference",
                     "note"])
    for row in results["rows"]:
        for name, outcome in row["competitors"].items():
            time = outcome.get("median_ms")
            # Our dense code does all pairs.
            pairs = row["total_pairs"] if name == "sparseattn-dense" else row["live_pairs"]
            rate = (row["flops"] / row["live_pairs"] * pairs / time * 1e-6
                    if time and row["live_pairs"] else None)
            figures = [time, rate, ratio(row, name), outcome.get("memory_mib"),
                       outcome.get("compile_ms"), outcome.get("max_difference")]
            writer.writerow([row["case"], row["threads"], row["dtype"], row["shape"], row["pattern"],
                             row["live_pairs"], name,
                             *("" if value is None else f"{value:.6g}" for value in figures),
                             outcome.get("error") or outcome.get("declined") or ""])
    return output.getvalue()


def plot(results, path):
    """Useful GFLOP/s of every competitor, one thread; without matplotlib, no plot."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    from matplotlib import pyplot

    fewest = min(row["threads"] for row in results["rows"])
    rows = [row for row in results["rows"] if row["threads"] == fewest and row["flops"]]
    if not rows:
        return False
    names = ["sparseattn", *results["peers"]]
    figure, axes = pyplot.subplots(figsize=(10, 1.5 + 0.32 * len(rows)))
    for name in names:
        points = [(row["flops"] / median(row, name) * 1e-6, index)
                  for index, row in enumerate(rows) if median(row, name)]
        if points:
            axes.plot(*zip(*points), "D" if name == "sparseattn" else "o", label=name,
                      markersize=8 if name == "sparseattn" else 5, linestyle="none",
                      alpha=1.0 if name == "sparseattn" else 0.75)
    peak = machine_of(results, rows[0])["fma_gflops"]
    axes.axvline(peak, color="black", linewidth=1, linestyle="--", label="f32 peak, measured")
    axes.set_yticks(range(len(rows)), [row["case"] for row in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.grid(axis="both", alpha=0.3)
    axes.set_xlabel(f"useful GFLOP/s over live pairs, {fewest} thread{'s' if fewest > 1 else ''}")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(path, dpi=110, bbox_inches="tight")
    pyplot.close(figure)
    return True


def write(results, folder):
    for name, text in (("results.json", json.dumps(results, indent=1)),
                       ("results.md", "# Benchmark\n\n" + markdown(results)),
                       ("results.csv", csv_text(results))):
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    plot(results, os.path.join(folder, "results.png"))


marker = "<!-- results: written by benchmark/run.py update-docs -->"


def update_docs(results, docs):
    """Replaces what stands below the marker of docs/Performance.md."""
    path = os.path.join(docs, "Performance.md")
    with open(path) as file:
        head, found, _ = file.read().partition(marker)
    if not found:
        raise ValueError(f"expected a line '{marker}' in {path}")
    with open(path, "w") as file:
        file.write(head + marker + "\n\n" + markdown(results))


if __name__ == "__main__":
    with open(sys.argv[1]) as source:
        write(json.load(source), sys.argv[2])
