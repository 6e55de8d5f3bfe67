#!/usr/bin/env python3
"""bench/policy/compare.py LOADS PAIRS OURS [OPA [REGORUS]]: each load of the folder LOADS, evaluated by OURS
(paratia policy bench) and, in turn with it, by the peers that are there (`opa bench`; regorus' program of
this folder; "" for one that is not), PAIRS times. Prints a row a load: the medians of the time for one
evaluation, the medians of the pairs' ratios, the peak memory of a run of each; then the geometric means.
All evaluate what was compiled and read before."""
import glob
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile

SECONDS = "0.3"


def peak_kib(command: list[str]) -> tuple[str, int]:
    """Standard output of the command, and its peak memory as GNU time tells it."""
    with tempfile.NamedTemporaryFile("r") as f:
        run = subprocess.run(["/usr/bin/time", "-q", "-f", "%M", "-o", f.name, *command],
                             capture_output=True, text=True, check=True)
        return run.stdout, int(f.read().split()[-1])


def words(load: str) -> list[str]:
    """What `paratia policy bench` and `opa bench` are both asked."""
    with open(f"{load}/query", encoding="utf-8") as f:
        command = [f.read(), "-i", f"{load}/input.json"]
    for path in [f"{load}/data.json", *sorted(glob.glob(f"{load}/*.rego"))]:
        command += ["-d", path]
    return command + (["--v0-compatible"] if os.path.exists(f"{load}/v0") else [])


def ours(program: str, load: str) -> tuple[float, int]:
    out, peak = peak_kib([program, "policy", "bench", *words(load), "--duration", f"{SECONDS}s", "--json"])
    result = json.loads(out)
    return result["duration_ns"] / result["evaluations"], peak


def opa(program: str, load: str) -> tuple[float, int]:
    out, peak = peak_kib([program, "bench", "--format", "json", "--benchmem=false", *words(load)])
    result = json.loads(out)
    return result["T"] / result["N"], peak


def regorus(program: str, load: str) -> tuple[float, int]:
    out, peak = peak_kib([program, SECONDS, load])
    return float(re.match(r"(\d+) ns each", out).group(1)), peak


def shown(ns: float | None) -> str:
    if ns is None:
        return "-"
    for unit, scale in (("ms", 1e6), ("µs", 1e3)):
        if ns >= scale:
            return f"{ns / scale:.3g} {unit}"
    return f"{ns:.0f} ns"


def measure(load: str, pairs: int, engines: list) -> list[list[tuple[float, int]]]:
    """By engine, one (ns, KiB) a pair; empty for one that cannot run the load."""
    runs: list[list[tuple[float, int]]] = [[] for _ in engines]
    for _ in range(pairs):
        for got, (run, program) in zip(runs, engines):
            if len(got) < len(runs[0]) - 1 + (got is runs[0]):
                continue  # it could not in the first pair
            try:
                got.append(run(program, load))
            except subprocess.CalledProcessError:
                if got is runs[0]:
                    raise
    return runs


def row(load: str, runs: list, ratios: list[list[float]]) -> str:
    ns = [statistics.median(r[0] for r in got) if got else None for got in runs]
    text = f"{os.path.basename(load):<44} {shown(ns[0]):>8}"
    for got, time, all_ratios in zip(runs[1:], ns[1:], ratios):
        text += f" {shown(time):>9}"
        if got:
            all_ratios.append(statistics.median(b[0] / a[0] for a, b in zip(runs[0], got)))
            text += f" {all_ratios[-1]:>6.1f}x"
        else:
            text += f" {'':>7}"
    return text + "  " + ", ".join(f"{max(r[1] for r in got) / 1024:.0f}" if got else "-" for got in runs)


def main() -> None:
    loads, pairs = sys.argv[1], int(sys.argv[2])
    known = [("ours", ours), ("OPA", opa), ("regorus", regorus)]
    given = [(name, (run, program)) for (name, run), program in zip(known, sys.argv[3:]) if program]
    head = f"{'load':<44} {given[0][0]:>8}" + "".join(f" {name:>9} {'ratio':>7}" for name, _ in given[1:])
    print(head + "  peak MiB")
    ratios: list[list[float]] = [[] for _ in given[1:]]
    for load in sorted(glob.glob(f"{loads}/*/")):
        load = load.rstrip("/")
        print(row(load, measure(load, pairs, [engine for _, engine in given]), ratios), flush=True)
    for (name, _), all_ratios in zip(given[1:], ratios):
        if all_ratios:
            mean = math.exp(statistics.mean(map(math.log, all_ratios)))
            print(f"geometric mean of {len(all_ratios)} ratios to {name}: {mean:.1f}x, least {min(all_ratios):.1f}x")


if __name__ == "__main__":
    main()
