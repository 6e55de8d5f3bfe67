#!/usr/bin/env python3
"""bench/db/generate.py N FOLDER: N advisories in FOLDER, the same every time, in all shapes that feeds have.

Dumps in OSV (ZIP) of npm, PyPI, Go, Hex, Maven and AlmaLinux, the Debian tracker's JSON, Alpine's secdb, KEV and EPSS;
and packages.tsv: 1,000 packages (ecosystem, name, version), most of them with advisories.
"""
import csv
import gzip
import io
import json
import random
import sys
import zipfile
from pathlib import Path

WORDS = "parser buffer overflow heap memory request header allows attacker crafted input remote denial of service crash " \
        "validation missing check in handler leads to code execution path traversal template session token cookie".split()


def prose(r, n):
    return " ".join(r.choices(WORDS, k=n))


def version(r, top=9):
    return f"{r.randrange(top)}.{r.randrange(20)}.{r.randrange(30)}"


def names(r, kind, n):
    head = {"Go": "github.com/{}/{}", "Maven": "org.{}:{}", "npm": "{}-{}"}.get(kind, "{}-{}")
    return [head.format(r.choice(WORDS), f"{r.choice(WORDS)}{i}") for i in range(n)]


def ranges(r, kind):
    events = []
    for major in sorted(r.sample(range(9), r.choice((1, 1, 1, 2, 3)))):
        low, high = sorted((r.randrange(20), r.randrange(20)))
        events.append({"introduced": "0" if not events and r.random() < .6 else f"{major}.{low}.0"})
        if r.random() < .9:
            events.append({"last_affected" if r.random() < .1 else "fixed": f"{major}.{high + 1}.{r.randrange(5)}"})
    return {"type": "SEMVER" if kind in ("npm", "Go", "Hex") else "ECOSYSTEM", "events": events}


def osv(r, kind, number, pool):
    year, serial = r.randrange(2005, 2026), r.randrange(1, 40000)
    doc = {"schema_version": "1.7.0", "id": f"{kind.split(':')[0].upper().replace('.', '')}-{year}-{number}", "aliases": [f"CVE-{year}-{serial}"],
           "modified": f"{r.randrange(2020, 2026)}-0{r.randrange(1, 10)}-1{r.randrange(10)}T0{r.randrange(10)}:00:00Z", "published": f"{year}-03-04T05:06:07Z",
           "summary": prose(r, 9), "details": prose(r, r.randrange(20, 180)),
           "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
           "references": [{"type": "WEB", "url": f"https://example.org/{number}/{i}"} for i in range(r.randrange(1, 6))],
           "database_specific": {"severity": r.choice(("LOW", "MODERATE", "HIGH", "CRITICAL")), "cwe_ids": [f"CWE-{r.randrange(900)}"]}, "affected": []}
    if kind.startswith("AlmaLinux"):
        release = f"{r.randrange(9)}.{r.randrange(40)}.el{kind[-1]}"
        doc["affected"] = [{"package": {"ecosystem": kind, "name": n}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": f"{version(r)}-{release}"}]}]}
                           for n in r.sample(pool, r.randrange(1, 20))]
        return doc
    for name in r.sample(pool, r.choice((1, 1, 1, 2))):
        entry = {"package": {"ecosystem": kind, "name": name}, "ranges": [ranges(r, kind)]}
        if kind in ("PyPI", "Maven"):
            entry["versions"] = [version(r) for _ in range(r.randrange(5, 60))]
        if r.random() < .2:
            entry["ranges"].append({"type": "GIT", "repo": "https://example.org/x", "events": [{"introduced": "0"}, {"fixed": f"{r.getrandbits(160):040x}"}]})
        doc["affected"].append(entry)
    if r.random() < .02:
        doc["withdrawn"] = doc["modified"]
    return doc


def write_zip(path, documents):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        for doc in documents:
            z.writestr(zipfile.ZipInfo(doc["id"] + ".json"), json.dumps(doc), zipfile.ZIP_DEFLATED, 1)


def debian(r, n, pool):
    tracker = {}
    for i in range(n):
        releases = {}
        for codename in ("bullseye", "bookworm", "trixie", "sid"):
            one = {"status": r.choice(("resolved", "resolved", "resolved", "open", "undetermined")), "urgency": r.choice(("not yet assigned", "unimportant", "low", "end-of-life")),
                   "repositories": {codename: f"{version(r)}-1"}}
            if one["status"] == "resolved":
                one["fixed_version"] = "0" if r.random() < .1 else f"{version(r)}-{r.randrange(9)}+deb1{r.randrange(3)}u{r.randrange(9)}"
            elif r.random() < .5:
                one.update(nodsa="Minor issue", nodsa_reason=r.choice(("", "ignored", "postponed")))
            releases[codename] = one
        tracker.setdefault(r.choice(pool), {})[f"CVE-{r.randrange(2005, 2026)}-{i}"] = {"description": prose(r, 30), "scope": "remote", "releases": releases}
    return tracker


def secdb(r, n, pool, release):
    packages = {}
    for i in range(n):
        fixes = packages.setdefault(r.choice(pool), {})
        fixes.setdefault("0" if r.random() < .05 else f"{version(r)}-r{r.randrange(9)}", []).append(f"CVE-{r.randrange(2015, 2026)}-{i}")
    return {"distroversion": release, "reponame": "main", "urlprefix": "https://example.org/alpine", "archs": ["x86_64"],
            "packages": [{"pkg": {"name": k, "secfixes": v}} for k, v in packages.items()]}


def main():
    total, folder = int(sys.argv[1]), Path(sys.argv[2])
    r = random.Random(20240102)
    shares = {"npm": .3, "Maven": .1, "PyPI": .12, "Go": .1, "Hex": .05, "AlmaLinux:8": .03, "AlmaLinux:9": .03}
    packages = []
    folder.mkdir(parents=True, exist_ok=True)
    for kind, share in shares.items():
        n = int(total * share)
        pool = names(r, kind, max(n // 4, 25))
        (folder / kind.replace(":", "-")).mkdir(exist_ok=True)
        write_zip(folder / kind.replace(":", "-") / "all.zip", (osv(r, kind, i, pool) for i in range(n)))
        tail = "-1.el8" if kind.startswith("Alma") else ""
        packages += [(kind, r.choice(pool), version(r) + tail) for _ in range(120)]
    pool = names(r, "deb", 4000)
    (folder / "debian").mkdir(exist_ok=True)
    (folder / "debian/tracker.json").write_text(json.dumps(debian(r, int(total * .17), pool)))
    packages += [("Debian:12", r.choice(pool), version(r) + "-1") for _ in range(100)]
    (folder / "alpine").mkdir(exist_ok=True)
    for release in ("v3.19", "v3.20"):
        (folder / f"alpine/{release}.json").write_text(json.dumps(secdb(r, int(total * .05), pool, release)))
    packages += [("Alpine:v3.20", r.choice(pool), version(r) + "-r1") for _ in range(60)]
    (folder / "use").mkdir(exist_ok=True)
    kev = [{"cveID": f"CVE-{r.randrange(2005, 2026)}-{r.randrange(40000)}", "dateAdded": "2024-01-02", "dueDate": "2024-02-02", "knownRansomwareCampaignUse": "Unknown"} for _ in range(1200)]
    (folder / "use/kev.json").write_text(json.dumps({"catalogVersion": "1", "dateReleased": "2024-01-02T03:04:05Z", "vulnerabilities": kev}))
    rows = io.StringIO()
    rows.write("#model_version:v1,score_date:2024-01-02T00:00:00+0000\n")
    out = csv.writer(rows, lineterminator="\n")
    out.writerow(("cve", "epss", "percentile"))
    out.writerows((f"CVE-{2005 + i % 21}-{i // 21}", f"{r.random():.5f}", f"{r.random():.5f}") for i in range(total * 2 // 3))
    (folder / "use/epss.csv.gz").write_bytes(gzip.compress(rows.getvalue().encode(), mtime=0))
    (folder.parent / "packages.tsv").write_text("".join("\t".join(p) + "\n" for p in packages[:1000]))


if len(sys.argv) != 3:
    sys.exit(__doc__)
main()
