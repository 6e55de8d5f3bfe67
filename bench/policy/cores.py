#!/usr/bin/env python3
"""bench/policy/cores.py LOADS PAIRS OURS LOAD…: each LOAD of the folder LOADS, evaluated by OURS (paratia policy
bench) one at a time and, in turn with it, as many at a time as there are processors, PAIRS times. Prints a
row a load: the medians of the evaluations in a second, the median of the pairs' ratios, the peak memory."""
import json
import os
import statistics
import sys

import compare

SECONDS = "1s"


def rate(program: str, load: str, parallel: int) -> tuple[float, int]:
    """Evaluations in a second, and KiB."""
    out, peak = compare.peak_kib([program, "policy", "bench", *compare.words(load), "--parallel", str(parallel),
                                  "--duration", SECONDS, "--json"])
    return json.loads(out)["evaluations_per_second"], peak


def main(loads: str, pairs: int, program: str, names: list[str]) -> None:
    cores = len(os.sched_getaffinity(0))
    print(f"{'load':<24} {'-p 1':>12} {'-p ' + str(cores):>12}   ratio  peak MiB")
    for name in names:
        runs = [[rate(program, f"{loads}/{name}", p) for p in (1, cores)] for _ in range(pairs)]
        one, all_of = ([run[i] for run in runs] for i in (0, 1))
        ratio = statistics.median(b[0] / a[0] for a, b in runs)
        print(f"{name:<24} {statistics.median(r[0] for r in one):>10.0f}/s {statistics.median(r[0] for r in all_of):>10.0f}/s"
              f"  {ratio:>5.2f}x  {max(r[1] for r in one) / 1024:.0f}, {max(r[1] for r in all_of) / 1024:.0f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
