"""The built-ins that generated programs call, written as their documentation tells them.

Each takes values and gives one, or raises Wrong: then the call is undefined."""
from fractions import Fraction

from values import (ARR, BOOL, NAMES, NULL, NUM, OBJ, SET, STR, array, boolean, children, number,
                    object_of, rounded, set_of, step, string)


class Wrong(Exception):
    """An error of a built-in."""


def want(v, *ranks):
    """The payload of an operand that must be of these kinds."""
    if v[0] not in ranks:
        raise Wrong(NAMES[v[0]])
    return v[1]


def integer(v):
    n = want(v, NUM)
    if not isinstance(n, int):
        raise Wrong("no integer")
    return n


def strings(v):
    return [want(s, STR) for s in want(v, ARR, SET)]


def numeric(n):
    return number(rounded(Fraction(n)) if isinstance(n, Fraction) else n)


# -- operators -------------------------------------------------------------------------------------


def minus(a, b):
    if a[0] == SET and b[0] == SET:
        return set_of(x for x in a[1] if x not in b[1])
    return numeric(want(a, NUM) - want(b, NUM))


def div(a, b):
    if want(b, NUM) == 0:
        raise Wrong("divide by zero")
    return number(rounded(Fraction(want(a, NUM)) / b[1]))


def rem(a, b):
    x, y = integer(a), integer(b)
    if y == 0:
        raise Wrong("modulo by zero")
    return number(abs(x) % abs(y) * (-1 if x < 0 else 1))


def both(a, b):
    return set_of(set(want(a, SET)) & set(want(b, SET)))


def either(a, b):
    return set_of(want(a, SET) + want(b, SET))


def member(x, xs):
    return boolean(any(v == x for _, v in children(xs)))


def member_at(k, x, xs):
    return boolean(any(v == x and at == k for at, v in children(xs)))


# -- collections -----------------------------------------------------------------------------------


def count(v):
    return number(len(want(v, STR, ARR, OBJ, SET)))


def total(v):
    n = 0
    for x in want(v, ARR, SET):
        n = numeric(n + want(x, NUM))[1]
    return number(n)


def product(v):
    n = 1
    for x in want(v, ARR, SET):
        n = numeric(n * want(x, NUM))[1]
    return number(n)


def largest(v):
    items = want(v, ARR, SET)
    if not items:
        raise Wrong("empty")
    return max(items)


def smallest(v):
    items = want(v, ARR, SET)
    if not items:
        raise Wrong("empty")
    return min(items)


def concat_arrays(a, b):
    return array(want(a, ARR) + want(b, ARR))


def slice_array(a, start, stop):
    items = want(a, ARR)
    i, j = max(integer(start), 0), min(integer(stop), len(items))
    return array(items[i:j] if i < j else ())


def union(sets):
    return set_of(x for s in want(sets, SET) for x in want(s, SET))


def intersection(sets):
    all_of = [set(want(s, SET)) for s in want(sets, SET)]
    return set_of(set.intersection(*all_of) if all_of else ())


def get(o, key, default):
    want(o, OBJ)
    if key[0] == ARR:
        for k in key[1]:
            o = step(o, k) if o else None
        return default if o is None else o
    found = step(o, key)
    return default if found is None else found


def keys(o):
    return set_of(k for k, _ in want(o, OBJ))


def key_list(v):
    if v[0] == OBJ:
        return keys(v)[1]
    return want(v, ARR, SET)


def remove(o, ks):
    left_out = key_list(ks)
    return object_of({k: v for k, v in want(o, OBJ) if k not in left_out})


def filtered(o, ks):
    kept = key_list(ks)
    return object_of({k: v for k, v in want(o, OBJ) if k in kept})


def merged(a, b):
    """object.union: objects below the same key are merged, anything else is b's."""
    out = dict(want(a, OBJ))
    for k, v in want(b, OBJ):
        old = out.get(k)
        out[k] = merged(old, v) if old and old[0] == OBJ and v[0] == OBJ else v
    return object_of(out)


def numbers(a, b):
    x, y = integer(a), integer(b)
    return array(map(number, range(x, y + 1) if x <= y else range(x, y - 1, -1)))


def walked(v, path=()):
    """walk gives many answers: every value with its path, from the top down."""
    yield array((array(path), v))
    for k, child in children(v):
        yield from walked(child, (*path, k))


# -- strings ---------------------------------------------------------------------------------------


def split(s, at):
    parts = want(s, STR).split(at[1]) if want(at, STR) else list(s[1])
    return array(map(string, parts))


def index_of(s, part):
    if want(part, STR) == "":
        raise Wrong("empty search character")
    return number(want(s, STR).find(part[1]))


def substring(s, offset, length):
    i, n = integer(offset), integer(length)
    if i < 0:
        raise Wrong("negative offset")
    return string(want(s, STR)[i:] if n < 0 else want(s, STR)[i:i + n])


def to_number(v):
    rank = v[0]
    if rank == NULL:
        return number(0)
    if rank == BOOL:
        return number(int(v[1]))
    try:
        return v if rank == NUM else number(Fraction(want(v, STR)))
    except ValueError:
        raise Wrong("no number") from None


def type_check(rank):
    return lambda v: boolean(v[0] == rank)


TABLE = {
    "==": lambda a, b: boolean(a == b), "!=": lambda a, b: boolean(a != b),
    "<": lambda a, b: boolean(a < b), "<=": lambda a, b: boolean(a <= b),
    ">": lambda a, b: boolean(a > b), ">=": lambda a, b: boolean(a >= b),
    "+": lambda a, b: numeric(want(a, NUM) + want(b, NUM)), "-": minus,
    "*": lambda a, b: numeric(want(a, NUM) * want(b, NUM)), "/": div, "%": rem, "&": both, "|": either,
    "in": member, "in2": member_at,
    "abs": lambda a: number(abs(want(a, NUM))),
    "count": count, "sum": total, "product": product, "max": largest, "min": smallest,
    "sort": lambda v: array(sorted(want(v, ARR, SET))),
    "array.concat": concat_arrays, "array.slice": slice_array,
    "array.reverse": lambda a: array(reversed(want(a, ARR))),
    "union": union, "intersection": intersection,
    "object.get": get, "object.keys": keys, "object.remove": remove, "object.filter": filtered,
    "object.union": merged, "numbers.range": numbers,
    "concat": lambda d, parts: string(want(d, STR).join(strings(parts))),
    "split": split, "indexof": index_of, "substring": substring,
    "contains": lambda s, part: boolean(want(part, STR) in want(s, STR)),
    "startswith": lambda s, part: boolean(want(s, STR).startswith(want(part, STR))),
    "endswith": lambda s, part: boolean(want(s, STR).endswith(want(part, STR))),
    "lower": lambda s: string(want(s, STR).lower()), "upper": lambda s: string(want(s, STR).upper()),
    "replace": lambda s, old, new: string(want(s, STR).replace(want(old, STR), want(new, STR))),
    "trim_prefix": lambda s, part: string(want(s, STR).removeprefix(want(part, STR))),
    "to_number": to_number,
    "type_name": lambda v: string(NAMES[v[0]]),
    "is_null": type_check(NULL), "is_boolean": type_check(BOOL), "is_number": type_check(NUM),
    "is_string": type_check(STR), "is_array": type_check(ARR), "is_object": type_check(OBJ),
    "is_set": type_check(SET),
}

OPERATORS = {"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&", "|", "in", "in2"}


def call(name, args):
    """The results of a built-in: one, or many of a relation."""
    if name == "walk":
        return list(walked(*args))
    return [TABLE[name](*args)]
