"""Rule banned-call: calls that another one does better, and globals that anybody may change."""
from __future__ import annotations

import re
from typing import Iterator, NamedTuple

from source import ATTRIBUTE, Source, Tree


class Ban(NamedTuple):
    names: str
    instead: str
    # Where it is right: prefixes of paths. Tests and benchmarks are programs of their own, so what
    # is right anywhere is right there; what is right nowhere is wrong there too.
    right_in: tuple[str, ...] = ()


BANS = (
    Ban("strcpy strcat strncpy strncat", "knows no bounds: use pt_buf or pt_str"),
    Ban("sprintf vsprintf", "knows no bounds: use pt_buf_printf or snprintf"),
    Ban("gets", "knows no bounds: use pt_fd_read or fgets"),
    Ban("strtok", "keeps state: use pt_str_split"),
    Ban("atoi atol atoll atof", "hides what is no number: use pt_str_int"),
    Ban("system popen", "asks a shell: start the program with a list of arguments"),
    Ban("alloca", "has no limit: use an arena"),
    Ban("strerror", "has a locale and shared memory: use pt_errno_text"),
    Ban("asctime ctime gmtime localtime", "has shared memory: use pt_time_rfc3339 or the _r form"),
    Ban("rand srand", "is no randomness and keeps state: use getrandom or a seed that is passed in"),
    Ban("mktemp tmpnam tempnam", "is a race: use mkostemp, mkdtemp or O_TMPFILE"),
    Ban("assert", "vanishes with NDEBUG: use pt_assert, or static_assert"),
    Ban("signal", "belongs to src/cli/main.c: use signalfd, or sigaction there", ("src/cli/main.c",)),
    Ban("getenv", "belongs to src/cli: pass the setting in", ("src/cli/",)),
    Ban("exit abort", "belongs to src/cli: return an error, or pt_assert",
        ("src/cli/", "src/base/base.c")),
    Ban("printf vprintf puts putchar fprintf vfprintf fputs perror",
        "belongs to src/cli: return a pt_err, or write to the pt_buf of the caller",
        ("src/cli/", "src/base/base.c", "src/base/progress.c")),
)
BAN_OF = {name: ban for ban in BANS for name in ban.names.split()}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(BAN_OF) + r")\s*\(")

NOT_SHARED = re.compile(r"\b(_Atomic|atomic_\w+|pthread_\w+_t|once_flag|sig_atomic_t)\b")
INNER_STATIC = re.compile(r"^[ \t]+static\b([^;{}()=]*)[=;]", re.MULTILINE)
NO_VARIABLE = re.compile(r"(typedef|extern)\b|(struct|union|enum)(\s+\w+)?\s*$|$")


def banned_call(tree: Tree) -> Iterator[tuple[str, int, str]]:
    for f in tree.c_files:
        for m in CALL.finditer(f.code):
            ban = BAN_OF[m[1]]
            anywhere = not ban.right_in
            if anywhere or not (f.is_test or f.path.startswith(ban.right_in)):
                yield f.path, f.line_at(m.start()), f"{m[1]}() {ban.instead}"
    for f in tree.program:
        if not f.is_bpf:  # the maps and settings of an eBPF program are its globals
            for line, name in _mutable_globals(f):
                yield f.path, line, f"{name} is a mutable global: pass state in, or make it const"


def _mutable_globals(f: Source) -> Iterator[tuple[int, str]]:
    for d in f.declarations:
        if not d.body and not d.function:
            head = ATTRIBUTE.sub("", d.head)
            if not NO_VARIABLE.match(head) and _mutable(head):
                yield d.line, _name(head)
        for m in INNER_STATIC.finditer(d.body):
            if _mutable(m[1]):
                yield f.line_at(d.body_at + m.start(1)), _name(m[1])


def _mutable(declaration: str) -> bool:
    """Is the variable itself, not only what it points to, neither const nor synchronised?"""
    left = re.sub(r"\[[^\]]*\]", "", declaration.split("=")[0])
    own = left.rsplit("*", 1)[-1]
    return not re.search(r"\bconst\b", own) and not NOT_SHARED.search(left)


def _name(declaration: str) -> str:
    left = re.sub(r"\[[^\]]*\]", "", declaration.split("=")[0])
    pointer = re.search(r"\(\s*\*\s*(\w+)", left)  # to a function
    return pointer[1] if pointer else re.findall(r"\w+", left)[-1]
