#!/usr/bin/env python3
"""bench/image/measure.py pairs N OURS [PEER]   runs both in turn, N times each
bench/image/measure.py memory COMMAND        private memory of it and of all that it started, summed, at its highest

Commands are words of a shell. Times are of the clock and of the processors, children's included."""
import ctypes
import os
import shlex
import statistics
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def run(command: list[str]) -> tuple[float, float]:
    """Seconds of the clock, and of the processors; workers that it leaves to end by themselves are waited for."""
    start, before = time.perf_counter(), os.times()
    code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
    took = time.perf_counter() - start
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass
    after = os.times()
    if code not in (0, 1, 3):  # findings, or something could not be evaluated
        sys.exit(f"error: exit {code}: {shlex.join(command)}")
    return took, after.children_user + after.children_system - before.children_user - before.children_system


def pairs(n: int, commands: list[list[str]]) -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    names = ("ours", "peer")
    for command in commands:
        run(command)  # files are in memory for all of them
    times: list[list[tuple[float, float]]] = [[] for _ in commands]
    for i in range(n):
        line = f"pair {i + 1}  load {os.getloadavg()[0]:.2f}"
        for name, command, kept in zip(names, commands, times):
            kept.append(run(command))
            line += f"  {name} {kept[-1][0]:.3f} s, {kept[-1][1]:.3f} s of processor"
        print(line, flush=True)
    for name, kept in zip(names, times):
        clock, used = (statistics.median(one) for one in zip(*kept))
        print(f"median of {n}: {name} {clock:.3f} s, {used:.3f} s of processor")
    if len(times) > 1:
        clock, used = (statistics.median(ours[k] / peer[k] for ours, peer in zip(*times)) for k in (0, 1))
        print(f"ratio {clock:.3f}, of processor {used:.3f}")


def private_kib(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            return sum(int(line.split()[1]) for line in f if line.startswith("Private_"))
    except (OSError, IndexError):
        return 0  # it has ended


def family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            with open(f"/proc/{one}/task/{one}/children", encoding="ascii") as f:
                found += map(int, f.read().split())
        except OSError:
            pass
    return found


def memory(command: list[str]) -> None:
    peak, at_peak = 0, []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
        while p.poll() is None:
            each = [private_kib(pid) for pid in family(p.pid)]
            if sum(each) > peak:
                peak, at_peak = sum(each), each
            time.sleep(0.01)
    print(f"peak private memory {peak / 1024:.0f} MiB of {len(at_peak)} processes ({', '.join(f'{k / 1024:.0f}' for k in at_peak)})")


if __name__ == "__main__":
    if len(sys.argv) in (4, 5) and sys.argv[1] == "pairs":
        pairs(int(sys.argv[2]), [shlex.split(c) for c in sys.argv[3:]])
    elif len(sys.argv) == 3 and sys.argv[1] == "memory":
        memory(shlex.split(sys.argv[2]))
    else:
        sys.exit(__doc__)
