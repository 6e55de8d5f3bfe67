"""Shapes of documents, and documents of these shapes. Values come from small pools, so that what programs
compare is often equal; now and then a document is not of its shape.

A shape is "num", "str", "bool", ("arr", shape), ("set", shape), ("map", shape) (an object with any strings
as keys), ("dict", shape) (one with numbers as keys, which only rules make) or ("rec", ((key, shape), …))
(an object with these keys)."""

NUMBERS = (0, 1, 2, 3, 4, 5, -1, 10, 1.5, 2.5, 2.0)
NUMBER_WEIGHTS = (4, 6, 6, 5, 3, 3, 2, 1, 1, 1, 1)
STRINGS = ("a", "b", "c", "web", "db", "admin", "x.y", "Ä", "", "7")
STRING_WEIGHTS = (6, 6, 5, 4, 4, 3, 1, 1, 1, 1)
KEYS = ("a", "b", "c", "web", "db")
FIELDS = ("name", "kind", "port", "tags", "on", "spec", "level", "owner", "items", "size")
SCALARS = ("num", "str", "bool")
WRONG = (None, "b", 3, True, [], {}, [1], {"a": 1})  # what stands where another shape should


def scalar_shape(rng):
    return rng.choices(SCALARS, (4, 5, 2))[0]


def shape(rng, depth):
    """A random shape of JSON: no sets."""
    if depth == 0 or rng.random() < 0.3:
        return scalar_shape(rng)
    kind = rng.choices(("arr", "map", "rec"), (5, 3, 3))[0]
    return record(rng, depth - 1, rng.randint(2, 3)) if kind == "rec" else (kind, shape(rng, depth - 1))


def record(rng, depth, fields):
    return ("rec", tuple((k, shape(rng, depth)) for k in sorted(rng.sample(FIELDS, fields))))


def list_of_records(rng):
    """What policies mostly look at."""
    fields = sorted(rng.sample(FIELDS, 3))
    inner = ("arr", scalar_shape(rng)) if rng.random() < 0.4 else scalar_shape(rng)
    return ("arr", ("rec", ((fields[0], "str"), (fields[1], scalar_shape(rng)), (fields[2], inner))))


def document_shape(rng):
    """The shape of `input`, or of base documents: a record with all kinds of fields."""
    names = rng.sample(FIELDS, 6)
    shapes = ["str", "num", list_of_records(rng), ("arr", scalar_shape(rng)), ("map", shape(rng, 1)), shape(rng, 2)]
    return ("rec", tuple(sorted(zip(names, shapes))))


def scalar(rng, kind):
    if kind == "num":
        return rng.choices(NUMBERS, NUMBER_WEIGHTS)[0]
    if kind == "str":
        return rng.choices(STRINGS, STRING_WEIGHTS)[0]
    return rng.random() < 0.6


def document(rng, of, noise=0.02):
    """JSON of the shape."""
    if rng.random() < noise:
        return rng.choice(WRONG)
    if of in SCALARS:
        return scalar(rng, of)
    kind, inner = of
    if kind == "rec":
        return {k: document(rng, s, noise) for k, s in inner if rng.random() > noise}
    n = rng.choices((0, 1, 2, 3, 4), (1, 3, 5, 4, 2))[0]
    if kind == "map":
        return {k: document(rng, inner, noise) for k in rng.sample(KEYS, n)}
    return [document(rng, inner, noise) for _ in range(n)]


def subshapes(of, depth=4):
    """(steps, shape) of every place in a shape; a step is a key, or None for any key of an array, set or map."""
    yield (), of
    if of in SCALARS or depth == 0:
        return
    kind, inner = of
    for key, child in inner if kind == "rec" else ((None, inner),):
        for steps, s in subshapes(child, depth - 1):
            yield ((of, key), *steps), s


def key_shape(of):
    """The shape of a collection's keys."""
    return {"arr": "num", "dict": "num", "map": "str", "rec": "str"}.get(of[0]) or of[1]
