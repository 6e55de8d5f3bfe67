"""The table of verbs, as the program's own manual lists it, and what of it no test proves."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from proofs import Proof

# Words instead of a verb; the manual's list of verbs does not hold them (src/cli/main.c).
TOP_OPTIONS = ("--help", "--version", "--completion", "--man")


class Verb(NamedTuple):
    name: str
    subcommands: tuple[str, ...]  # of "show|verify|key"
    options: dict[str, str]  # "--root" -> what the manual says of it


def read_verbs(paratia: Path) -> list[Verb]:
    names = re.findall(r"^\\fBparatia\\-(\S+?)\\fR\(1\)", _section(_man(paratia), "VERBS"), re.MULTILINE)
    if not names:
        raise OSError("--man lists no verbs")
    return [_verb(name.replace("\\-", "-"), _man(paratia, name.replace("\\-", "-"))) for name in names]


def _man(paratia: Path, *verb: str) -> str:
    run = subprocess.run([str(paratia), "--man", *verb], stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        raise OSError(f"{' '.join(['--man', *verb])} exits {run.returncode}")
    return run.stdout


def _section(man: str, title: str) -> str:
    found = re.search(rf"^\.SH {title}\n(.*?)(?=^\.SH |\Z)", man, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _verb(name: str, man: str) -> Verb:
    operands = _section(man, "SYNOPSIS").replace("\\-", "-")
    words = re.search(r"(?<![\w=-])[a-z]+(?:\|[a-z]+)+(?![\w=-])", operands)
    options = re.findall(r"^\.TP\n\\fB\\-\\-(\S+?)\\fR(.*\n(?:(?!\.).*\n)*)", _section(man, "OPTIONS"),
                         re.MULTILINE)
    return Verb(name, tuple(words[0].split("|")) if words else (),
                {"--" + option.replace("\\-", "-"): text for option, text in options})


class _Proved:
    """The features that tests prove, by words."""

    def __init__(self, proofs: list[Proof]) -> None:
        self.features = [p.feature.split() for p in proofs]

    def option(self, option: str) -> bool:
        return any(f[0].startswith("--") and option in f for f in self.features)

    def verb_option(self, verb: str, option: str) -> bool:
        return any(f[0] == verb and option in f for f in self.features)

    def verb(self, verb: str) -> bool:
        return any(f[0] == verb and f[1:] != ["--help"] for f in self.features)

    def subcommand(self, verb: str, word: str) -> bool:
        return any(f[:2] == [verb, word] for f in self.features)


def unproved(verbs: list[Verb], proofs: list[Proof]) -> list[str]:
    proved = _Proved(proofs)
    wrong = [f"option {o}: no test proves it: add `# proves: {o}` above one"
             for o in TOP_OPTIONS if not proved.option(o)]
    for v in verbs:
        if not proved.verb(v.name):
            wrong.append(f"verb {v.name}: no test proves it: add `# proves: {v.name}` above one")
        wrong += [f"verb {v.name}, {word}: no test proves it: add `# proves: {v.name} {word}` above one"
                  for word in v.subcommands if not proved.subcommand(v.name, word)]
    return wrong + _unproved_options(verbs, proved) + _unknown_options(verbs, proofs)


def _unproved_options(verbs: list[Verb], proved: _Proved) -> list[str]:
    """One proof at any verb is enough for an option that several verbs describe by the same words;
    --help differs at every verb."""
    wrong = []
    told: set[tuple[str, str]] = set()
    for v in verbs:
        for option, text in v.options.items():
            users = [u.name for u in verbs if u.options.get(option) == text] if option != "--help" else [v.name]
            shared = len(users) > 1
            done = (any(proved.verb_option(u, option) for u in users)
                    or (shared and proved.option(option)) or (shared and (option, text) in told))
            if not done:
                told.add((option, text))
                feature = option if shared else f"{v.name} {option}"
                wrong.append(f"verb {', '.join(users)}, option {option}: no test proves it: "
                             f"add `# proves: {feature}` above one")
    return wrong


def _unknown_options(verbs: list[Verb], proofs: list[Proof]) -> list[str]:
    """A misspelt option would prove nothing, silently."""
    options_of = {v.name: v.options.keys() for v in verbs}
    every = set(TOP_OPTIONS).union(*options_of.values())
    wrong = []
    for p in proofs:
        first, *_ = words = p.feature.split()
        known = every if first.startswith("--") else options_of.get(first)
        if known is not None:
            wrong += [f"{p.file}: \"proves: {p.feature}\" ({p.test}): there is no option {w}"
                      for w in words if w.startswith("--") and w not in known]
    return wrong
