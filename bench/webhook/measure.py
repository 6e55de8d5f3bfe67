#!/usr/bin/env python3
"""bench/webhook/measure.py PARATIA LOAD OPA DIR: `paratia guard k8s` under the load generator LOAD (load.c), and in
turn with it `opa run --server` with the same policies (OPA "": without). DIR is empty and goes with its ledger.

Both answer the same AdmissionReviews over TLS with the same certificate, and first have to say the same of a pod
that has many faults, word by word. The guard writes a receipt for each; OPA writes nothing. SHORT=1 asks less."""
import contextlib
import http.client
import json
import os
import shlex
import socket
import ssl
import statistics
import subprocess
import sys
import time

SHORT = os.environ.get("SHORT", "") not in ("", "0")
CLIENTS = 8
PAIRS = 2 if SHORT else 5
SECONDS = 1 if SHORT else 5           # of each run of a pair
PACED_SECONDS = 2 if SHORT else 20
STARTS = 3 if SHORT else 10
DISTINCT, STEP = (6000, 1000) if SHORT else (100000, 10000)
TICKS = os.sysconf("SC_CLK_TCK")


def free_ports(n: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        every = [stack.enter_context(socket.socket()) for _ in range(n)]
        for one in every:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in every]


class Server:
    """A program that answers reviews: started, watched by its pid, ended."""

    def __init__(self, name: str, words: list[str], port: int, probe: tuple[int, str], path: str, folder: str):
        self.name, self.words, self.port, self.probe, self.path, self.folder = name, words, port, probe, path, folder
        self.process: subprocess.Popen | None = None

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.probe[0], timeout=5)
        try:
            connection.request("GET", self.probe[1])
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def start(self) -> float:
        """Milliseconds from its exec until it says that it is ready."""
        began = time.perf_counter()
        with open(f"{self.folder}/{self.name}.log", "wb") as log:
            self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while not self.is_ready():
            if self.process.poll() is not None or time.perf_counter() > began + 30:
                with open(f"{self.folder}/{self.name}.log", encoding="utf-8") as log:
                    sys.exit(f"error: {self.name} is not ready: {log.read()[-2000:]}")
            time.sleep(0.0005)
        return (time.perf_counter() - began) * 1e3

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def memory_kib(self, field: str = "VmHWM") -> int:
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(field + ":"))

    def cpu_s(self) -> float:
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS  # utime, stime

    def answer(self, document: str) -> dict:
        context = ssl.create_default_context(cafile=f"{self.folder}/cert.pem")
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=30, context=context)
        with open(document, "rb") as f:
            connection.request("POST", self.path, f.read(), {"Content-Type": "application/json"})
        answer = json.load(connection.getresponse())["response"]
        connection.close()
        return answer


class Generator:
    """load.c; numbers each review anew, over all its runs."""

    def __init__(self, program: str, document: str):
        self.program, self.document, self.next = program, document, 1

    def ask(self, server: Server, n: int, rate: int = 0, clients: int = CLIENTS) -> dict:
        words = [self.program, "-c", str(clients), "-n", str(n), "-f", str(self.next), "-w", '"allowed":true']
        self.next += n
        if rate:
            words += ["-r", str(rate)]
        before = server.cpu_s()
        run = subprocess.run([*words, str(server.port), server.path, self.document],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f"error: {server.name}: not every answer is 200 and allows: {run.stdout}{run.stderr}")
        result = json.loads(run.stdout)
        result["cpu_us"] = (server.cpu_s() - before) * 1e6 / n
        return result


def servers(paratia: str, opa: str, folder: str) -> list[Server]:
    port, probe, peer_port, peer_probe = free_ports(4)
    cert, key = f"{folder}/cert.pem", f"{folder}/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                   capture_output=True, check=True)
    ours = [paratia, "guard", "k8s", "--enforce", "--quiet", "--state", f"{folder}/state", "--listen", f"127.0.0.1:{port}",
            "--probe-listen", f"127.0.0.1:{probe}", "--cert", cert, "--key", key,
            "--policy", "policies/hoster", "--objects", f"{folder}/objects.json"]
    peer = [opa, "run", "--server", "--addr", f"127.0.0.1:{peer_port}", "--diagnostic-addr", f"http://127.0.0.1:{peer_probe}",
            "--tls-cert-file", cert, "--tls-private-key-file", key, "--log-level", "error", f"{folder}/opa"]
    found = [Server("ours", ours, port, (probe, "/readyz"), "/v1/admit", folder)]
    if opa:
        found.append(Server("peer", peer, peer_port, (peer_probe, "/health"), "/", folder))
    return found


def command(server: Server) -> str:
    words = [os.path.basename(server.words[0])] + [word.replace(server.folder + "/", "") for word in server.words[1:]]
    return shlex.join(words)


def same_answers(every: list[Server], document: str) -> None:
    """Each complaint of each, but for the line that names the receipt."""
    said = [sorted(line for line in one.answer(document)["status"]["message"].splitlines() if line.startswith("["))
            for one in every]
    if not said[0] or any(one != said[0] for one in said):
        sys.exit(f"error: a pod with faults is judged differently: {said}")
    print(f"a pod with faults: {len(said[0])} complaints, " + ("the same of both" if len(every) > 1 else "no peer to compare with"))


def starts(every: list[Server]) -> None:
    took: list[list[float]] = [[] for _ in every]
    for _ in range(STARTS):
        for one, ms in zip(every, took):
            ms.append(one.start())
            one.stop()
    print(f"from exec to ready, {STARTS} times each, in turn:")
    for one, ms in zip(every, took):
        print(f"  {one.name} median {statistics.median(ms):.1f} ms ({min(ms):.1f} to {max(ms):.1f})")


def throughput(every: list[Server], generator: Generator) -> list[float]:
    """Reviews a second of each: the medians."""
    n = [0 for _ in every]
    for i, one in enumerate(every):  # how many fill the time; and caches are warm
        n[i] = max(50, int(generator.ask(one, 400 if i == 0 else 50)["per_second"] * SECONDS))
    runs: list[list[dict]] = [[] for _ in every]
    print(f"{CLIENTS} connections, each asks as soon as it is answered, in turn:")
    for i in range(PAIRS):
        load = os.getloadavg()[0]
        for one, results, requests in zip(every, runs, n):
            results.append(generator.ask(one, requests))
        words = [f"{one.name} {r[-1]['per_second']:.0f} reviews/s, {r[-1]['cpu_us']:.0f} us of CPU each" for one, r in zip(every, runs)]
        if len(every) > 1:
            words.append(f"ratio {runs[0][-1]['per_second'] / runs[1][-1]['per_second']:.3g}")
        print(f"  pair {i + 1}  load {load:.2f}  " + "  ".join(words))
    medians = [statistics.median(r["per_second"] for r in results) for results in runs]
    for one, results, median in zip(every, runs, medians):
        cpu_us = statistics.median(r["cpu_us"] for r in results)
        print(f"  median of {PAIRS}: {one.name} {median:.0f} reviews/s, {cpu_us:.0f} us of CPU each")
    if len(every) > 1:
        for name, key in (("reviews/s", "per_second"), ("CPU", "cpu_us")):
            print(f"  ratio of {name} {statistics.median(a[key] / b[key] for a, b in zip(*runs)):.3g}")
    return medians


def paced(one: Server, generator: Generator, rate: float) -> None:
    rate = max(1, int(rate))
    r = generator.ask(one, max(20, rate * PACED_SECONDS), rate, 4 * CLIENTS)
    print(f"  {one.name} at {rate}/s: p50 {r['p50_us'] / 1e3:.2f} ms, p99 {r['p99_us'] / 1e3:.2f} ms, p99.9 {r['p999_us'] / 1e3:.2f} ms, "
          f"slowest {r['slowest_us'] / 1e3:.1f} ms of {r['requests']} reviews, {r['cpu_us']:.0f} us of CPU each")


def distinct(one: Server, generator: Generator) -> None:
    print(f"{DISTINCT} reviews, no name, label or uid twice; resident memory of ours:")
    told = [f"{one.memory_kib('VmRSS')} KiB before"]
    for done in range(STEP, DISTINCT + 1, STEP):
        generator.ask(one, STEP)
        told.append(f"{one.memory_kib('VmRSS')} at {done}")
    print("  " + ", ".join(told))


def peaks(every: list[Server], when: str) -> None:
    print(f"  peak memory {when}: " + ", ".join(f"{one.name} {one.memory_kib()} KiB" for one in every))


def main(paratia: str, load: str, opa: str, folder: str) -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    counts = subprocess.run([f"{here}/prepare.py", paratia, folder], capture_output=True, text=True, check=True).stdout.split()
    every = servers(paratia, opa, folder)
    generator = Generator(load, f"{folder}/review.json")
    print(f"policies/hoster: {counts[0]} policies, {counts[1]} of them judge the pod; {os.path.getsize(generator.document)} bytes a review")
    for one in every:
        print(f"$ {command(one)}")
    try:
        starts(every)
        for one in every:
            one.start()
        peaks(every, "when ready")
        same_answers(every, f"{folder}/refused.json")
        medians = throughput(every, generator)
        peaks(every, "then")
        print(f"{4 * CLIENTS} connections at half of that; times count from when a review was due:")
        for one, median in zip(every, medians):
            paced(one, generator, median / 2)
        if len(every) > 1:
            paced(every[0], generator, medians[1] / 2)
        peaks(every, "then")
        for one in every[1:]:
            one.stop()
        distinct(every[0], generator)
        peaks(every[:1], "then")
    finally:
        for one in every:
            one.stop()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
