"""docs/STATUS.md."""
from __future__ import annotations

from itertools import groupby
from pathlib import Path

from proofs import Proof

HEAD = """# What works, and which test proves it

Made by `tools/status/status --write` from the `proves:` lines above the tests; a test keeps it true.
"""


def path(root: Path) -> Path:
    return root / "docs/STATUS.md"


def make(root: Path, proofs: list[Proof]) -> str:
    return "\n".join([HEAD, *_features(proofs), "", *_floors(root), "", *_fuzzers(root)]) + "\n"


def _features(proofs: list[Proof]) -> list[str]:
    rows = ["| Feature | Proved by |", "| --- | --- |"]
    for feature, group in groupby(sorted(proofs), key=lambda p: p.feature):
        tests = "<br>".join(f"`{p.file}`: {_cell(p.test)}" for p in group)
        rows.append(f"| {_cell(feature)} | {tests} |")
    return rows


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _floors(root: Path) -> list[str]:
    """Lines `SUITE COUNT`: at least so many cases of somebody else's suite pass."""
    file = root / "tests/conformance/floors"
    lines = file.read_text().split("\n") if file.is_file() else []
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return ["## Conformance", "", "| Suite | Cases that must pass |", "| --- | ---: |",
            *(f"| {suite} | {count} |" for suite, count, *_ in sorted(rows))]


def _fuzzers(root: Path) -> list[str]:
    found = sorted(p.relative_to(root).as_posix() for p in root.glob("src/**/*_fuzz.c"))
    return ["## Fuzz targets", "", *(f"- `{p}`" for p in found)]
