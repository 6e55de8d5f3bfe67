"""Rego's values as plain Python tuples.

A value is (rank, payload), so that Python's own comparison of tuples is Rego's total order:
null < booleans < numbers < strings < arrays < objects < sets. An array's payload is a tuple of values,
an object's a sorted tuple of (key, value), a set's a sorted tuple without doubles. A number is an int,
or a Fraction where it is not integral."""
from fractions import Fraction
import json

NULL, BOOL, NUM, STR, ARR, OBJ, SET = range(7)
NAMES = ("null", "boolean", "number", "string", "array", "object", "set")
MANTISSA_BITS = 64  # of the language's floats

null = (NULL, 0)
true = (BOOL, True)
false = (BOOL, False)


def boolean(b):
    return true if b else false


def number(n):
    """An int or a Fraction as a value; 2/1 is the number 2."""
    if isinstance(n, Fraction) and n.denominator == 1:
        n = n.numerator
    return (NUM, n)


def string(s):
    return (STR, s)


def array(items):
    return (ARR, tuple(items))


def set_of(items):
    return (SET, tuple(sorted(set(items))))


def object_of(pairs):
    """From a dict."""
    return (OBJ, tuple(sorted(pairs.items())))


def rounded(f):
    """A Fraction as the nearest float with 64 bits of mantissa, ties to even."""
    if f == 0 or f.denominator == 1 and abs(f.numerator) < 1 << MANTISSA_BITS:
        return f
    shift = MANTISSA_BITS - (abs(f.numerator).bit_length() - f.denominator.bit_length())
    scaled = abs(f) * Fraction(2) ** shift
    if scaled >= 1 << MANTISSA_BITS:
        shift -= 1
        scaled /= 2
    whole = round(scaled) / Fraction(2) ** shift  # Python's round takes the even one
    return whole if f > 0 else -whole


def children(v):
    """The (key, value) pairs that a reference can step to; a set's elements are their own keys."""
    rank, payload = v
    if rank == ARR:
        return [(number(i), item) for i, item in enumerate(payload)]
    if rank == OBJ:
        return payload
    if rank == SET:
        return [(item, item) for item in payload]
    return ()


def step(v, key):
    """What stands below `key`; None: nothing."""
    for k, child in children(v):
        if k == key:
            return child
    return None


def from_json(j):
    if j is None:
        return null
    if isinstance(j, bool):
        return boolean(j)
    if isinstance(j, (int, float)):
        return number(Fraction(j) if isinstance(j, float) else j)
    if isinstance(j, str):
        return string(j)
    if isinstance(j, list):
        return array(from_json(i) for i in j)
    return object_of({string(k): from_json(v) for k, v in j.items()})


def number_text(n):
    """The shortest decimal is not needed: what is generated has few binary digits."""
    return str(n) if isinstance(n, int) else repr(float(n))


def to_json(v):
    """As the language shows values in JSON: sets are arrays, keys are texts. Numbers become Fractions,
    so that 1 and 1.0 are the same, and answers with many digits can be rounded alike."""
    rank, payload = v
    if rank == NUM:
        return Fraction(payload)
    if rank in (ARR, SET):
        return [to_json(i) for i in payload]
    if rank == OBJ:
        return {key_text(k): to_json(x) for k, x in payload}
    return None if rank == NULL else payload


def key_text(v):
    return same_key(v[1] if v[0] == STR else compact(v))


def same_key(s):
    """A key of JSON; if it is a number's text, or an array's, always the same: 2.0 as 2."""
    if s[:1] not in "[{-0123456789":
        return s
    try:
        return compact(from_json(json.loads(s)))
    except ValueError:
        return s


def compact(v):
    """JSON text of a key that is not a string."""
    rank, payload = v
    if rank == NUM:
        return number_text(payload)
    if rank in (ARR, SET):
        return "[" + ",".join(map(compact, payload)) + "]"
    if rank == OBJ:
        pairs = (f"{json.dumps(k[1] if k[0] == STR else compact(k), ensure_ascii=False)}:{compact(x)}"
                 for k, x in payload)
        return "{" + ",".join(pairs) + "}"
    return json.dumps(None if rank == NULL else payload, ensure_ascii=False)


def text(v):
    """As a literal of the language."""
    rank, payload = v
    if rank == NUM:
        return number_text(payload)
    if rank == ARR:
        return "[" + ", ".join(map(text, payload)) + "]"
    if rank == SET:
        return "{" + ", ".join(map(text, payload)) + "}" if payload else "set()"
    if rank == OBJ:
        return "{" + ", ".join(f"{text(k)}: {text(x)}" for k, x in payload) + "}"
    return json.dumps(None if rank == NULL else payload, ensure_ascii=False)


def short_numbers(v):
    """Whether each number of it is written exactly by few digits."""
    rank, payload = v
    if rank == NUM:
        return isinstance(payload, int) or Fraction(float(payload)) == payload and payload.denominator < 4096
    if rank == OBJ:
        return all(short_numbers(k) and short_numbers(x) for k, x in payload)
    return rank not in (ARR, SET) or all(map(short_numbers, payload))
