"""Rule dead-export: what a header offers, somebody else takes. A test is not somebody."""
from __future__ import annotations

from typing import Iterator

from source import Source, Tree

ALLOW = "tools/house/exports.allow"
# Rooms of many modules without folders of their own: a module is x.h with x.c and x_*.c.
FLAT_FOLDERS = ("src/base", "src/value", "src/crypto", "src/http", "src/fact")


def dead_export(tree: Tree) -> Iterator[tuple[str, int, str]]:
    allowed = _allowed(tree)
    users = _Users(tree)
    for header in (f for f in tree.program if f.suffix == ".h"):
        for name, line in _offers(header).items():
            if users.has(header, name):
                continue
            if allowed.pop(name, None) is None:
                yield header.path, line, f"{name} {_advice(users.is_internal(header))}"
    for name, (line, _) in allowed.items():
        yield ALLOW, line, f"{name} is used, or gone: remove it from this list"
    for name, (line, reason) in _allowed(tree).items():
        if not reason:
            yield ALLOW, line, f"{name} stands here without a reason: say why behind the name"


def _advice(internal: bool) -> str:
    if internal:
        return "is used by no other file (tests do not count): make it static, or delete it"
    return ("is used by no other module (tests do not count): make it internal, delete it, or "
            f"give a reason in {ALLOW}")


def _offers(header: Source) -> dict[str, int]:
    found: dict[str, int] = {}
    for d in header.declarations:
        if d.function and d.function.startswith("pt_") and not d.head.startswith("typedef"):
            found.setdefault(d.function, d.line)
    return found


def _allowed(tree: Tree) -> dict[str, tuple[int, str]]:
    """Lines `NAME reason`; `#` begins a comment."""
    path = tree.root / ALLOW
    rows = path.read_text().split("\n") if path.is_file() else []
    split = ((i, row.split(None, 1)) for i, row in enumerate(rows, 1) if not row.startswith("#"))
    return {words[0]: (i, words[1] if len(words) > 1 else "") for i, words in split if words}


class _Users:
    def __init__(self, tree: Tree) -> None:
        self.program = tree.program
        self.defined_in: dict[str, set[str]] = {}
        self.folders_of: dict[str, set[str]] = {}  # header, as it is included -> by which folders
        for f in self.program:
            for d in f.declarations:
                if d.function and d.body:
                    self.defined_in.setdefault(d.function, set()).add(f.path)
            for _, included in f.includes:
                self.folders_of.setdefault(f"src/{included}", set()).add(f.folder)

    def is_internal(self, header: Source) -> bool:
        """provider.h, impl.h, state.h: no other folder includes it."""
        return not self.folders_of.get(header.path, set()) - {header.folder}

    def has(self, header: Source, name: str) -> bool:
        own = self._own(header, name)
        others = [f for f in self.program if f.path not in own]
        return any(carrier in f.words for carrier in _carriers(header, name) for f in others)

    def _own(self, header: Source, name: str) -> set[str]:
        """The files whose mention of `name` is no use of it."""
        own = {header.path} | self.defined_in.get(name, set())
        if self.is_internal(header):
            return own
        if header.folder in FLAT_FOLDERS:
            stem = header.path.removesuffix(".h")
            return own | {f.path for f in self.program
                          if f.path == stem + ".c" or f.path.startswith(stem + "_")}
        return own | {f.path for f in self.program if f.folder == header.folder}


def _carriers(header: Source, name: str) -> set[str]:
    """The name, and the macros and inline functions of its header through which others call it."""
    bodies = header.macros + [(d.function, d.body) for d in header.declarations
                              if d.body and d.function]
    found = {name}
    grew = True
    while grew:
        more = {n for n, body in bodies if any(_mentions(body, known) for known in found)}
        grew = not more <= found
        found |= more
    return found


def _mentions(body: str, name: str) -> bool:
    at = body.find(name)
    while at >= 0:
        around = body[at - 1:at] + body[at + len(name):at + len(name) + 1]
        if not any(c.isalnum() or c == "_" for c in around):
            return True
        at = body.find(name, at + 1)
    return False
