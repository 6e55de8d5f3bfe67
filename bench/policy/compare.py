#!/usr/bin/env python3
"""bench/policy/compare.py OURS LOADS PAIRS [OPA]: each load of the folder LOADS, evaluated by OURS
(bench_policy) and, in turn with it, by `opa bench`, PAIRS times. Prints a row a load: the medians of the
time for one evaluation and of the pairs' ratios, our peak memory; then the geometric mean of the ratios.
Both evaluate a prepared query over documents that were read before."""
import glob
import json
import math
import os
import re
import statistics
import subprocess
import sys

SECONDS = "0.3"


def ours_ns(ours: str, load: str) -> tuple[float, int]:
    command = [ours] + (["--v0"] if os.path.exists(f"{load}/v0") else [])
    with open(f"{load}/query", encoding="utf-8") as f:
        command += [SECONDS, f.read(), f"{load}/input.json", f"{load}/data.json"]
    run = subprocess.run(command + sorted(glob.glob(f"{load}/*.rego")), capture_output=True, text=True, check=True)
    return float(re.search(r"(\d+) ns each", run.stdout).group(1)), int(re.search(r"(\d+) KiB", run.stdout).group(1))


def peer_ns(opa: str, load: str) -> float:
    command = [opa, "bench", "--format", "json", "--benchmem=false", "-i", f"{load}/input.json"]
    command += ["--v0-compatible"] if os.path.exists(f"{load}/v0") else []
    for path in [f"{load}/data.json", *sorted(glob.glob(f"{load}/*.rego"))]:
        command += ["-d", path]
    with open(f"{load}/query", encoding="utf-8") as f:
        out = subprocess.run(command + [f.read()], capture_output=True, text=True, check=True).stdout
    result = json.loads(out)
    return result["T"] / result["N"]


def shown(ns: float) -> str:
    for unit, scale in (("ms", 1e6), ("µs", 1e3)):
        if ns >= scale:
            return f"{ns / scale:.3g} {unit}"
    return f"{ns:.0f} ns"


def main() -> None:
    ours, loads, pairs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    opa = sys.argv[4] if len(sys.argv) > 4 else None
    ratios = []
    print(f"{'load':<42} {'ours':>9} {'OPA':>9} {'ratio':>7} {'peak':>9}")
    for load in sorted(glob.glob(f"{loads}/*/")):
        load = load.rstrip("/")
        a, b, peak = [], [], 0
        for _ in range(pairs):
            ns, peak = ours_ns(ours, load)
            a.append(ns)
            if opa:
                b.append(peer_ns(opa, load))
        row = f"{os.path.basename(load):<42} {shown(statistics.median(a)):>9}"
        if opa:
            ratios.append(statistics.median(y / x for x, y in zip(a, b)))
            row += f" {shown(statistics.median(b)):>9} {ratios[-1]:>6.1f}x"
        print(f"{row} {peak / 1024:>5.1f} MiB", flush=True)
    if ratios:
        mean = math.exp(statistics.fmean(math.log(r) for r in ratios))
        print(f"geometric mean of {len(ratios)} ratios: {mean:.1f}x, the least {min(ratios):.1f}x")


main()
