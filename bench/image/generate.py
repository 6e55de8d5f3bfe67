#!/usr/bin/env python3
"""bench/image/generate.py real OUT [MB]   an OCI layout of this machine's own packages' files, 1000 MB of them
bench/image/generate.py small OUT [N]   an OCI layout of a layer of 3,000,000 files of two bytes, 30 MB of gzip, on another

The layers of the first one are gzip, of very different sizes, as a build makes them."""
import glob
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zlib

SHARES = (45, 30, 15, 9, 1)  # percent of the files' bytes, from the lowest layer on
ALWAYS = ("/etc/os-release", "/usr/lib/os-release", "/var/lib/dpkg/status")
HEADER_SUM_AT, SIZE, BODY = slice(148, 156), b"%011o\0" % 2, b"x\n".ljust(512, b"\0")


def blob(out: str, b: bytes) -> str:
    digest = hashlib.sha256(b).hexdigest()
    with open(f"{out}/blobs/sha256/{digest}", "wb") as f:
        f.write(b)
    return "sha256:" + digest


def layer(out: str, pieces, level: int) -> dict:
    """Compresses the pieces of a tar; {"digest", "size", "diff_id"}."""
    of_tar, of_gzip, size = hashlib.sha256(), hashlib.sha256(), 0
    z = zlib.compressobj(level, zlib.DEFLATED, 31)
    path = f"{out}/blobs/sha256/new"
    with open(path, "wb") as f:
        def put(b: bytes) -> None:
            of_gzip.update(b)
            f.write(b)
        for piece in pieces:
            of_tar.update(piece)
            put(z.compress(piece))
        put(z.flush())
        size = f.tell()
    os.rename(path, f"{out}/blobs/sha256/{of_gzip.hexdigest()}")
    return {"digest": "sha256:" + of_gzip.hexdigest(), "size": size, "diff_id": "sha256:" + of_tar.hexdigest()}


def tar_of(files: list[str]):
    """The tar of these files and links, piece by piece, as GNU tar writes it."""
    with tempfile.NamedTemporaryFile() as names:
        names.write("\0".join(f.lstrip("/") for f in files).encode())
        names.flush()
        command = ["tar", "-C", "/", "--no-recursion", "--null", "-cT", names.name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
            while piece := p.stdout.read(1 << 20):
                yield piece


def files_of_packages(limit: int) -> list[tuple[str, int]]:
    """Files, folders and links of installed packages with their sizes, package by package, up to `limit` bytes."""
    found = {path: os.path.getsize(path) for path in ALWAYS if os.path.lexists(path)}
    total = sum(found.values())
    for name in sorted(glob.glob("/var/lib/dpkg/info/*.list")):
        with open(name, encoding="utf-8") as f:
            paths = [name, name[:-5] + ".md5sums", *f.read().split("\n")]
        for path in paths:
            if len(path) < 3 or path in found or not os.path.lexists(path) or total >= limit:
                continue
            found[path] = os.lstat(path).st_size if os.path.isfile(path) and not os.path.islink(path) else 0
            total += found[path]
    return list(found.items())


def real(out: str, megabytes: int) -> list[dict]:
    files = files_of_packages(megabytes * 10**6)
    total = sum(size for _, size in files)
    parts: list[list[str]] = [[] for _ in SHARES]
    seen = at = 0
    for path, size in files:
        while at + 1 < len(SHARES) and seen > total * sum(SHARES[:at + 1]) / 100:
            at += 1
        parts[at].append(path)
        seen += size
    return [layer(out, tar_of(part), 6) for part in parts]


def small_files(n: int):
    fixed = b"0000644\0" + b"0000000\0" * 2 + SIZE + b"14524670400\0" + b" " * 8 + b"0" + b"\0" * 100 + b"ustar\x0000"
    for start in range(0, n, 1000):
        piece = []
        for i in range(start, min(n, start + 1000)):
            name = b"srv/mail/%06d/%08d" % (i // 1000, i)
            header = bytearray((name.ljust(100, b"\0") + fixed).ljust(512, b"\0"))
            header[HEADER_SUM_AT] = b"%06o\0 " % sum(header)
            piece += (header, BODY)
        yield b"".join(piece)
    yield b"\0" * 1024


def main(kind: str, out: str, n: int) -> None:
    os.makedirs(out + "/blobs/sha256")
    layers = real(out, n) if kind == "real" else [layer(out, tar_of([ALWAYS[1]]), 6), layer(out, small_files(n), 6)]
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {},
                         "rootfs": {"type": "layers", "diff_ids": [one["diff_id"] for one in layers]}}).encode()
    oci = "application/vnd.oci.image."
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": oci + "manifest.v1+json",
        "config": {"mediaType": oci + "config.v1+json", "digest": blob(out, config), "size": len(config)},
        "layers": [{"mediaType": oci + "layer.v1.tar+gzip", "digest": one["digest"], "size": one["size"]} for one in layers]}).encode()
    index = {"schemaVersion": 2, "manifests": [{"mediaType": oci + "manifest.v1+json", "digest": blob(out, manifest), "size": len(manifest),
                                                "platform": {"os": "linux", "architecture": "amd64"}}]}
    for name, doc in (("oci-layout", {"imageLayoutVersion": "1.0.0"}), ("index.json", index)):
        with open(f"{out}/{name}", "w", encoding="ascii") as f:
            json.dump(doc, f)
    with open(out + "/layers", "w", encoding="ascii") as f:  # the blobs, from the lowest on: for who only decompresses
        f.writelines(f"{out}/blobs/sha256/{one['digest'][7:]}\n" for one in layers)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("real", "small"):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else {"real": 1000, "small": 3000000}[sys.argv[1]])
