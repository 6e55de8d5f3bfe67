"""The tree that is checked, and just enough of C to check it: comments, strings, declarations."""
from __future__ import annotations

import io
import re
import subprocess
import tokenize
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Iterator

FOLDERS = ("src", "tools", "tests", "bench")
FIXTURES = "tools/house/fixtures/"  # they break the rules on purpose
SCRIPT_SUFFIXES = {".py", ".sh", ".bash", ".bats", ".build"}

COMMENT_OR_STRING = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
INCLUDE = re.compile(r"^\s*#\s*include\s+[<\"]([^\">]+)[>\"]")
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
CALL_LIKE = re.compile(r"\b([A-Za-z_]\w*)\s*\((?!\s*\*)")
WORD = re.compile(r"[A-Za-z_]\w*")


def blank(text: str) -> str:
    """Spaces of the same shape, so that offsets and line numbers stay."""
    return re.sub(r"[^\n]", " ", text)


@dataclass(frozen=True)
class Declaration:
    """One thing at file scope, or a function's definition."""
    head: str  # all before the body or the semicolon, without what other braces hold
    body: str  # of a function; else empty
    line: int
    body_at: int  # offset of the body in the file

    @cached_property
    def function(self) -> str | None:
        """The name of the function that is declared or defined; None: it is no function."""
        head = re.sub(r"\[[^\]]*\]", "", ATTRIBUTE.sub("", self.head).split("=")[0])
        names = (m[1] for m in CALL_LIKE.finditer(head))
        return next((n for n in names if not n.isupper()), None)  # PT_FORMAT(1, 2) is none


class Source:
    """A text file: path below the root, with slashes; what is derived of it is computed once."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.name = PurePosixPath(path).name
        self.folder = str(PurePosixPath(path).parent)
        self.suffix = PurePosixPath(path).suffix

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def is_c(self) -> bool:
        return self.suffix in (".c", ".h")

    @property
    def is_bpf(self) -> bool:
        return self.name.endswith(".bpf.c")

    @property
    def is_script(self) -> bool:
        return self.suffix in SCRIPT_SUFFIXES or self.text.startswith("#!")

    @property
    def is_test(self) -> bool:
        """Unit tests and fuzz targets, what they share, and all that is no part of a program."""
        return (self.name.endswith(("_test.c", "_fuzz.c")) or self.name.startswith("testing")
                or not self.path.startswith("src/"))

    @property
    def room(self) -> str | None:
        """The room of src/ROOM/…; None elsewhere."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "src" and len(parts) > 2 else None

    @cached_property
    def includes(self) -> list[tuple[int, str]]:
        found = ((i, INCLUDE.match(line)) for i, line in enumerate(self.lines, 1))
        return [(i, m[1]) for i, m in found if m]

    @cached_property
    def code(self) -> str:
        """C without its comments and without what its strings say."""
        def hide(m: re.Match[str]) -> str:
            token = m[0]
            return blank(token) if token[0] == "/" else token[0] + blank(token[1:-1]) + token[-1]
        return COMMENT_OR_STRING.sub(hide, self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(WORD.findall(self.code))

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """(line, text) of each line of a comment."""
        if self.is_c:
            tokens = (m for m in COMMENT_OR_STRING.finditer(self.text) if m[0][0] == "/")
            return [(self.line_at(m.start()) + i, line)
                    for m in tokens for i, line in enumerate(m[0].split("\n"))]
        if self.suffix == ".py" or self.text.startswith("#!/usr/bin/env python3"):
            read = io.StringIO(self.text).readline
            return [(t.start[0], t.string) for t in tokenize.generate_tokens(read)
                    if t.type == tokenize.COMMENT]
        found = ((i, re.search(r"(?:^|\s)#.*", line)) for i, line in enumerate(self.lines, 1))
        return [(i, m[0]) for i, m in found if m]

    @cached_property
    def macros(self) -> list[tuple[str, str]]:
        return [(m[1], m[2]) for m in MACRO.finditer(self.code)]

    @cached_property
    def declarations(self) -> list[Declaration]:
        return list(self._declarations())

    def _declarations(self) -> Iterator[Declaration]:
        code = PREPROCESSOR.sub(lambda m: blank(m[0]), self.code)
        head, begin, start, depth, body_at = "", 0, 0, 0, 0
        for m in re.finditer(r"[{};]", code):
            if depth == 0:
                head += code[start:m.start()]
            depth = max(depth + {"{": 1, "}": -1, ";": 0}[m[0]], 0)
            if m[0] == "{" and depth == 1:
                body_at = m.end()
            if depth > 0:
                continue
            start = m.end()
            is_body = m[0] == "}" and "=" not in head and head.rstrip().endswith(")")
            if m[0] == "}" and not is_body:
                continue  # an initialiser, or the members of a struct: the semicolon is to come
            line = self.line_at(begin + len(head) - len(head.lstrip()))
            body = code[body_at:m.start()] if is_body else ""
            yield Declaration(head.strip(), body, line, body_at)
            head, begin = "", start

    def line_at(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


class Tree:
    def __init__(self, root: Path, files: list[Source]) -> None:
        self.root = root
        self.files = files

    @classmethod
    def read(cls, root: Path) -> Tree:
        """All text files that git knows or would add; without git, those of the usual folders."""
        paths = sorted(p for p in _paths(root) if not p.startswith(FIXTURES))
        texts = ((p, _text(root / p)) for p in paths)
        return cls(root, [Source(p, text) for p, text in texts if text is not None])

    @cached_property
    def c_files(self) -> list[Source]:
        return [f for f in self.files if f.is_c and f.path.split("/")[0] in FOLDERS]

    @cached_property
    def program(self) -> list[Source]:
        """The C of src without its tests."""
        return [f for f in self.c_files if not f.is_test]


def _paths(root: Path) -> list[str]:
    if (root / ".git").exists():
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        if listed.returncode == 0:
            return [p for p in listed.stdout.decode().split("\0") if p]
    found = (p for folder in FOLDERS for p in (root / folder).rglob("*"))
    return [p.relative_to(root).as_posix() for p in found if "__pycache__" not in p.parts]


def _text(path: Path) -> str | None:
    """None for what is no text, no regular file, or gone."""
    if path.is_symlink() or not path.is_file():
        return None
    data = path.read_bytes()
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None
