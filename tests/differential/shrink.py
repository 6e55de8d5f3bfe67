"""A smaller program with the same difference."""
import time

from tree import NODES, Array, Call, Comprehension, Const, Object, Ref, SetTerm, Var
from values import true

TERMS = (Const, Var, Ref, Array, Object, SetTerm, Comprehension, Call)
MAY_LOSE = {"rules", "imports", "body", "elses", "withs", "items", "pairs"}  # fields whose members may be left out


def without(many, i):
    return many[:i] + many[i + 1:]


def smaller(node):
    """Versions of a node with something left out or simpler; the boldest first."""
    if type(node) in TERMS[2:]:
        yield Const(true)
        yield from (part for field in node for part in terms_in(field))
    for name, field in zip(node._fields, node):
        if type(field) in NODES:
            yield from (node._replace(**{name: f}) for f in smaller(field))
        elif type(field) is tuple:
            yield from (node._replace(**{name: f}) for f in smaller_tuple(field, name in MAY_LOSE))


def terms_in(field):
    if type(field) in TERMS:
        yield field
    elif type(field) is tuple:
        for f in field:
            yield from terms_in(f)


def smaller_tuple(many, may_lose):
    if may_lose:
        yield from (without(many, i) for i in range(len(many)))
    for i, one in enumerate(many):
        if type(one) in NODES:
            yield from (many[:i] + (s,) + many[i + 1:] for s in smaller(one))
        elif type(one) is tuple:
            yield from (many[:i] + (s,) + many[i + 1:] for s in smaller_tuple(one, False))


def smaller_json(j):
    if isinstance(j, dict):
        yield from ({k: v for k, v in j.items() if k != key} for key in j)
        yield from ({**j, key: s} for key in j for s in smaller_json(j[key]))
    elif isinstance(j, list):
        yield from (without(j, i) for i in range(len(j)))
        yield from ([*j[:i], s, *j[i + 1:]] for i, one in enumerate(j) for s in smaller_json(one))


def programs(p):
    """Programs that are one step smaller."""
    for name in ("queries", "inputs"):
        many = getattr(p, name)
        if len(many) > 1:
            yield from (p._replace(**{name: (one,)}) for one in many)
    yield from (p._replace(modules=without(p.modules, i)) for i in range(len(p.modules)) if len(p.modules) > 1)
    for i, m in enumerate(p.modules):
        yield from (p._replace(modules=p.modules[:i] + (s,) + p.modules[i + 1:]) for s in smaller(m))
    yield from (p._replace(data=d) for d in smaller_json(p.data))
    for i, value in enumerate(p.inputs):
        yield from (p._replace(inputs=p.inputs[:i] + (s,) + p.inputs[i + 1:]) for s in smaller_json(value))


def shrink(program, still_differs, seconds):
    """Takes every smaller program that still differs, until there is none or the time is over."""
    end = time.monotonic() + seconds
    going = True
    while going:
        going = False
        for candidate in programs(program):
            if time.monotonic() > end:
                return program
            if still_differs(candidate):
                program, going = candidate, True
                break
    return program
