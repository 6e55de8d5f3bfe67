"""What the tests say that they prove."""
from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

PROVES = re.compile(r"\s*(?:#|//)\s*proves:\s*(.*?)\s*$")
COMMENT = re.compile(r"\s*(?:#|//)")
BATS_TEST = re.compile(r"""@test\s+(["'])(.*)\1\s*\{""")
C_TEST = re.compile(r"static\s+void\s+(test_\w+)\s*\(")


class Proof(NamedTuple):
    feature: str  # "audit --root"
    file: str
    test: str


def read_proofs(root: Path) -> tuple[list[Proof], list[str]]:
    """All proofs below src and tests, and what is wrong with some of them."""
    proofs: list[Proof] = []
    wrong: list[str] = []
    for path in sorted([*root.glob("tests/**/*.bats"), *root.glob("src/**/*_test.c"),
                        *root.glob("tests/**/*_test.c")]):
        found, bad = _proofs_of(path.relative_to(root).as_posix(), path.read_text())
        proofs += found
        wrong += bad
    return proofs, wrong


def _proofs_of(file: str, text: str) -> tuple[list[Proof], list[str]]:
    proofs: list[Proof] = []
    wrong: list[str] = []
    waiting: list[tuple[int, str]] = []  # proofs whose test is to come
    for i, line in enumerate([*text.split("\n"), ""], 1):
        said = PROVES.match(line)
        if said and said[1]:
            waiting.append((i, " ".join(said[1].split())))
        elif said:
            wrong.append(f"{file}:{i}: proves nothing: name the feature behind the colon")
        elif not COMMENT.match(line):
            test = _test_name(line)
            if test:
                proofs += [Proof(feature, file, test) for _, feature in waiting]
            else:
                wrong += [f"{file}:{at}: \"proves: {feature}\" stands above no test: move it directly above one"
                          for at, feature in waiting]
            waiting = []
    return proofs, wrong


def _test_name(line: str) -> str | None:
    bats = BATS_TEST.match(line)
    c = C_TEST.match(line)
    return bats[2] if bats else c[1] if c else None
