"""One program through the reference and the engine, and where they differ."""
import json
from collections import Counter
from typing import NamedTuple

import show
from engine import EngineError, Policy, strict
from reference import Conflict, Reference, TooLong
from scope import Refused
from values import STR, short_numbers, text, to_json

VARIABLE = "answer"  # what queries bind
STRICT_SHARE = 21  # every so many programs are evaluated with strict errors of built-ins too
BUILTIN_ERRORS = {"eval_builtin_error", "eval_type_error"}


class Difference(NamedTuple):
    kind: str  # what differs, and how: stays the same while the program shrinks
    where: str
    reference: str
    engine: str


class Outcome(NamedTuple):
    """What a side says to one query with one input."""
    kind: str  # "answers", "own conflict", "conflict", "too long", or an engine's error code
    answers: tuple = ()  # canonical texts of the bindings, sorted
    value: object = None  # the reference's only answer
    errors: tuple = ()  # built-ins that failed


def canonical(bindings):
    return json.dumps(bindings, sort_keys=True, default=str, ensure_ascii=False)


def ask_reference(reference, query, value):
    try:
        found = reference.query(query, VARIABLE, value)
    except Conflict as e:
        return Outcome("own conflict" if e.own else "conflict", errors=tuple(reference.errors))
    except TooLong:
        return Outcome("too long")
    texts = sorted(canonical({k: to_json(v) for k, v in b.items()}) for b in found)
    only = found[0][VARIABLE] if len(found) == 1 and len(found[0]) == 1 else None
    return Outcome("answers", tuple(texts), only, tuple(reference.errors))


def from_engine(result):
    if isinstance(result, EngineError):
        return Outcome({"eval_conflict_error": "conflict"}.get(result.code, result.code), (str(result),))
    return Outcome("answers", tuple(sorted(map(canonical, result))))


class Comparison:
    """All that is compared of one program. `mutate` may change the reference (the driver's self-check)."""

    def __init__(self, engine, program, mutate=None, with_strict=False):
        self.engine, self.program, self.with_strict = engine, program, with_strict
        self.modules = show.modules(program)
        self.differences = []
        self.tally = Counter()
        self.run(mutate or Reference)

    def run(self, make):
        reference = refused = None
        try:
            reference = self.reference = make(self.program)
        except Refused as e:
            refused = e
        try:
            with Policy(self.engine, self.modules, self.program.data) as policy:
                if refused:
                    self.differ("only the reference refuses", "modules", f"{refused.code}: {refused}", "compiles")
                else:
                    self.queries(reference, policy)
        except EngineError as e:
            self.refused_by_engine(e, refused)

    def refused_by_engine(self, e, refused):
        if e.code == "rego_type_error" and not refused:
            self.tally["left out: refused by the type check"] += 1
        elif refused and refused.code == e.code:
            self.tally[f"refused: {e.code}"] += 1
        else:
            self.differ(f"engine: {e.code}", "modules", str(refused or "compiles"), str(e))

    def differ(self, kind, where, reference, engine):
        self.differences.append(Difference(kind, where, reference, engine))

    def needless(self, query, value):
        self.reference.thorough = True
        try:
            return ask_reference(self.reference, query, value).kind.endswith("conflict")
        finally:
            self.reference.thorough = False

    def queries(self, reference, policy):
        for i, query in enumerate(self.program.queries):
            text = show.query(self.program, query, VARIABLE)
            theirs = self.asked(reference, policy, query, text)
            for at, value in enumerate(self.program.inputs[:len(theirs)]):
                ours = ask_reference(reference, query, value)
                agreed = self.compare(query, value, f"{text} # input {at}", ours, from_engine(theirs[at]))
                if agreed and ours.value and at == 0 and not query.withs:
                    self.literally(policy, text, ours.value, value)
        if self.with_strict:
            self.strictly(reference)

    def asked(self, reference, policy, query, text):
        """The engine's results; none if both refuse the query."""
        refused = None
        try:
            reference.prepared(query, VARIABLE)
        except Refused as e:
            refused = e
        try:
            results = policy.query(text, self.program.inputs)
        except EngineError as e:
            self.refused_by_engine(e, refused)
            return []
        if refused:
            self.differ("only the reference refuses", text, f"{refused.code}: {refused}", "compiles")
        return [] if refused else results

    def compare(self, query, value, where, ours, theirs):
        """Whether the two are the same; what may differ is counted, what may not is a difference."""
        if ours.kind == "too long":
            self.tally["left out: too long"] += 1
        elif ours.kind == "conflict" and theirs.kind == "answers":
            # An index, or an early end, left out what has the conflict: OPA's do, too.
            self.tally["conflict that the engine did not meet"] += 1
        elif ours.kind == "answers" and theirs.kind == "conflict" and self.needless(query, value):
            # A comprehension's table has groups that nobody asks for.
            self.tally["conflict in what the answer does not need"] += 1
        elif ours.kind.removeprefix("own ") != theirs.kind or ours.kind == "answers" and ours.answers != theirs.answers:
            self.differ(f"{ours.kind} | {theirs.kind}", where, f"{ours.kind} {list(ours.answers)}",
                        f"{theirs.kind} {list(theirs.answers)}")
        else:
            self.count(ours)
            return True
        return False

    def count(self, ours):
        if ours.kind != "answers":
            self.tally["conflict"] += 1
        elif not ours.answers:
            self.tally["undefined"] += 1
        elif ours.value and ours.value[0] > STR and ours.value[1] == ():
            self.tally["empty"] += 1
        else:
            self.tally["defined"] += 1

    def literally(self, policy, query, answer, value):
        """The answer as a literal equals the document: this tells sets from arrays, 1 from "1"."""
        if not short_numbers(answer):
            return
        document = query.removeprefix(f"{VARIABLE} = ")
        try:
            found, = policy.query(f"{VARIABLE} = ({document} == {text(answer)})", [value])
        except EngineError as e:
            found = e
        if not isinstance(found, list) or [b[VARIABLE] for b in found] != [True]:
            self.differ("not the literal", f"{document} == {text(answer)}", "true", str(found))
        self.tally["compared as a literal"] += 1

    def strictly(self, reference):
        """With strict errors of built-ins, by the command."""
        query, value = self.program.queries[0], self.program.inputs[0]
        ours = ask_reference(reference, query, value)
        if ours.kind == "too long":
            return
        codes = strict(self.engine, self.modules, self.program.data, show.query(self.program, query, VARIABLE), value)
        allowed = set(BUILTIN_ERRORS) if ours.errors else set()
        if ours.kind != "answers":  # which may have ended it before a built-in failed
            allowed |= {"eval_conflict_error", *BUILTIN_ERRORS}
        if codes - allowed or ours.kind == "own conflict" and not codes:
            said = str(sorted(codes))
            self.differ(f"strict: {said}", "strict", f"{ours.kind}, errors of {ours.errors}", said)
        met = "error" if codes else "error that the engine did not meet"
        self.tally[f"strict: {met if allowed else 'no error'}"] += 1
