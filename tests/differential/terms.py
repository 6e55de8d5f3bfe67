"""Random terms of a wanted shape (documents.py), made of what is in reach: places in documents, documents
of rules, variables, functions."""
from documents import KEYS, SCALARS, key_shape, scalar, subshapes
from tree import Array, Call, Comprehension, Const, Object, Ref, SetTerm, Var
from values import from_json, number, string


class Scope:
    """The variables that a body has bound so far. `loops`: whether a term may bind new ones."""

    def __init__(self, variables=(), loops=True, counter=None):
        self.variables = list(variables)  # of (name, shape, bound once)
        self.loops = loops
        self.counter = counter or [0]

    def inner(self, loops=None):
        return Scope(self.variables, self.loops if loops is None else loops, self.counter)

    def closed(self):
        return self.inner(loops=False)

    def fixed(self):
        """Without what a loop binds, so that a rule's value is one."""
        return Scope([v for v in self.variables if v[2]], False, self.counter)

    def name(self):
        self.counter[0] += 1
        return f"v{self.counter[0]}"

    def bind(self, name, shape, once=False):
        self.variables.append((name, shape, once))
        return Var(name)

    def new(self, shape, once=False):
        return self.bind(self.name(), shape, once)


class Place:
    """Somewhere in a document: a head, and steps (shape of what is stepped into, key or None)."""

    def __init__(self, head, prefix, steps, shape):
        self.head, self.prefix, self.steps, self.shape = head, prefix, steps, shape
        self.loops = sum(k is None for _, k in steps)


class Terms:
    """Makes terms; knows the places and functions that there are so far."""

    def __init__(self, rng):
        self.rng = rng
        self.places = []
        self.by_shape = {}
        self.functions = []  # (name, argument shapes, result shape)
        self.recent = []  # places without loops that were read last, to be read again
        self.met = set()  # names of features

    def chance(self, share):
        return self.rng.random() < share

    def choose(self, weighted):
        """One of {choice: weight}."""
        return self.rng.choices(list(weighted), list(weighted.values()))[0]

    def pick(self, *weighted):
        """One of (node, weight): as keys of a dict, nodes of different kinds may be equal."""
        return self.rng.choices([n for n, _ in weighted], [w for _, w in weighted])[0]

    def add_root(self, head, prefix, shape):
        for steps, s in subshapes(shape):
            place = Place(head, prefix, steps, s)
            self.places.append(place)
            self.by_shape.setdefault(s, []).append(place)

    # -- constants and variables -------------------------------------------------------------------

    def constant(self, shape):
        if shape in SCALARS:
            return Const(from_json(scalar(self.rng, shape)))
        kind, inner = shape
        if kind == "rec":
            return Object(tuple((Const(string(k)), self.constant(s)) for k, s in inner))
        n = self.rng.randint(1, 3)
        if kind in ("map", "dict"):
            return Object(tuple((k, self.constant(inner)) for k in self.keys(kind, n)))
        items = tuple(self.constant(inner) for _ in range(n))
        return Array(items) if kind == "arr" else SetTerm(items)

    def keys(self, kind, n):
        """Different constants as keys."""
        if kind == "map":
            return [Const(string(k)) for k in self.rng.sample(KEYS, n)]
        return [Const(number(k)) for k in self.rng.sample(range(5), n)]

    def variable(self, shape, scope):
        """Often the last one, so that what literals bind is seen in what rules give."""
        found = [Var(n) for n, s, _ in scope.variables if s == shape]
        if not found:
            return None
        return found[-1] if self.chance(0.5) else self.rng.choice(found)

    # -- places ------------------------------------------------------------------------------------

    def near(self, shape, scope):
        """Places below variables."""
        return [Place(Var(n), (), steps, s) for n, of, _ in scope.variables if of not in SCALARS
                for steps, s in subshapes(of, 2) if s == shape and steps]

    def place(self, shape, scope):
        """A reference to something of the shape, or None."""
        found = self.by_shape.get(shape, [])
        near = self.near(shape, scope)
        pool = near if near and self.chance(0.4) else found or near
        if not pool:
            return None
        few = [p for p in pool if p.loops == 0]
        again = [p for p in self.recent if p.shape == shape]
        if again and self.chance(0.25):
            return self.reference(self.rng.choice(again), scope)
        if few and (not scope.loops or self.chance(0.4)):
            pool = few
        found = self.rng.choice(pool)
        if found.loops == 0 and found not in near:
            self.recent = [*self.recent[-3:], found]
        return self.reference(found, scope)

    def computed(self, place):
        """Whether the place is in what rules or variables hold: the engine knows its type, and refuses a
        constant step that is surely none."""
        return type(place.head) is not Var or place.head.name not in ("input", "data") or len(place.prefix) > 1

    def reference(self, place, scope):
        path = [Const(string(s)) for s in place.prefix]
        for of, key in place.steps:
            path.append(self.key(of, scope, self.computed(place)) if key is None else Const(string(key)))
        return Ref(place.head, tuple(path))

    def key(self, of, scope, computed=False):
        """A step into a collection: a variable, new or known, or a constant."""
        shape = key_shape(of)
        known = self.variable(shape, scope)
        kind = self.choose({"new": 6 if scope.loops else 0, "any": 2 if scope.loops else 0,
                            "known": 3 if known else 0, "constant": 0.001 if computed else 1})
        if kind == "new":
            self.met.add("reference that loops")
            return scope.new(shape)
        if kind == "any":
            return Var("_")
        if kind == "known":
            self.met.add("reference by a known variable")
            return known
        if shape == "num":
            return Const(number(self.rng.randint(0, 1)))
        return Const(string(self.rng.choice(KEYS))) if shape == "str" else self.constant(shape)

    def collection(self, scope, kinds=("arr", "set", "map", "dict")):
        """(term, shape) of a collection to go through."""
        pool = [p for p in self.places if p.shape[0] in kinds and p.shape not in SCALARS]
        near = [Place(Var(n), (), steps, s) for n, of, _ in scope.variables if of not in SCALARS
                for steps, s in subshapes(of, 2) if s not in SCALARS and s[0] in kinds]
        if near and self.chance(0.3):
            pool = near
        if not pool or self.chance(0.06):
            shape = (self.rng.choice(kinds), self.rng.choice(SCALARS))
            return self.constant(shape), shape
        few = [p for p in pool if p.loops == 0] or pool
        place = self.rng.choice(pool if scope.loops and self.chance(0.3) else few)
        return self.reference(place, scope), place.shape

    # -- terms -------------------------------------------------------------------------------------

    def term(self, shape, scope, depth=2):
        known, call = self.variable(shape, scope), depth > 0
        kind = self.choose({"constant": 2, "variable": 5 if known else 0, "place": 6, "call": 3 if call else 0,
                            "made": 3 if call and shape not in SCALARS else 0})
        if kind == "variable":
            return known
        if kind == "place":
            return self.place(shape, scope) or self.constant(shape)
        if kind == "call":
            return self.call(shape, scope, depth - 1)
        if kind == "made":
            return self.composite(shape, scope, depth - 1)
        return self.constant(shape)

    def composite(self, shape, scope, depth):
        kind, inner = shape
        if kind == "rec":
            return Object(tuple((Const(string(k)), self.term(s, scope, depth)) for k, s in inner))
        if self.chance(0.6):
            return self.comprehension(shape, scope, depth)
        if kind in ("map", "dict"):
            return Object(tuple((k, self.term(inner, scope, depth)) for k in self.keys(kind, 2)))
        items = tuple(self.term(inner, scope, depth) for _ in range(self.rng.randint(1, 3)))
        return Array(items) if kind == "arr" else SetTerm(items)

    def comprehension(self, shape, scope, depth):
        """A body that goes through something; bodies.py says what."""
        kind, inner = shape
        keys = key_shape(shape)
        kind = {"arr": "array", "set": "set"}.get(kind, "object")
        self.met.add(f"{kind} comprehension")
        mine = scope.inner(loops=True)
        body = self.small_body(mine)
        if kind == "object":
            key = self.variable(keys, mine) or self.constant(keys)
            known = mine.fixed() if self.chance(0.5) else mine.closed()
            return Comprehension(kind, key, self.term(inner, known, depth), body)
        return Comprehension(kind, None, self.term(inner, mine.closed(), depth), body)

    def any_shape(self):
        return self.rng.choice(SCALARS) if self.chance(0.6) else self.rng.choice(self.places).shape

    def call(self, shape, scope, depth):
        mine = [f for f in self.functions if f[2] == shape]
        if mine and self.chance(0.6):
            return self.call_function(self.rng.choice(mine), scope, depth)
        self.met.add("built-in")
        if self.chance(0.08):
            return Call("object.get", (self.term(("map", shape), scope, 0), self.term("str", scope, 0),
                                       self.term(shape, scope, 0)))
        if shape in SCALARS:
            name, args = self.rng.choice(getattr(self, f"calls_{shape}")())
        elif shape[0] == "rec":
            return self.composite(shape, scope, depth)
        else:
            name, args = self.rng.choice(getattr(self, f"calls_{shape[0]}")(shape))
        return Call(name, tuple(a if type(a) is Const else self.term(a, scope, depth) for a in args))

    def call_function(self, f, scope, depth):
        self.met.add("function call")
        return Call(f[0], tuple(self.term(s, scope, depth) for s in f[1]))

    def any_collection(self):
        return (self.rng.choice(("arr", "set", "map")), self.rng.choice(SCALARS))

    def calls_num(self):
        two = Const(number(2))
        nums = (self.rng.choice(("arr", "set")), "num")
        return [("count", (self.any_collection(),)), ("count", (self.any_collection(),)), ("sum", (nums,)),
                ("max", (nums,)), ("min", (nums,)), ("product", (nums,)), ("+", ("num", "num")), ("-", ("num", "num")),
                ("*", ("num", "num")), ("/", ("num", two)), ("/", ("num", "num")), ("%", ("num", "num")),
                ("abs", ("num",)), ("indexof", ("str", "str")), ("count", ("str",)), ("to_number", ("str",))]

    def calls_str(self):
        at = Const(string(self.rng.choice((".", "-", "a"))))
        return [("concat", (at, (self.rng.choice(("arr", "set")), "str"))), ("lower", ("str",)), ("upper", ("str",)),
                ("replace", ("str", Const(string("a")), "str")),
                ("substring", ("str", Const(number(1)), Const(number(-1)))),
                ("trim_prefix", ("str", "str")), ("type_name", (self.any_shape(),))]

    def calls_bool(self):
        shape = self.rng.choice(SCALARS)
        order = self.rng.choice(("==", "!=", "<", "<=", ">", ">="))
        check = self.rng.choice(("is_null", "is_boolean", "is_number", "is_string", "is_array", "is_object", "is_set"))
        return [(order, (shape, shape)), (order, (shape, shape)), ("contains", ("str", "str")),
                ("startswith", ("str", "str")), ("endswith", ("str", "str")), (check, (self.any_shape(),)),
                ("in", (shape, (self.rng.choice(("arr", "set", "map")), shape)))]

    def calls_arr(self, shape):
        more = {"str": [("split", ("str", Const(string("."))))],
                "num": [("numbers.range", ("num", "num"))]}.get(shape[1], [])
        return [("array.concat", (shape, shape)), ("array.reverse", (shape,)), ("sort", (shape,)),
                ("sort", (("set", shape[1]),)),
                ("array.slice", (shape, Const(number(self.rng.randint(0, 1))), "num"))] + more

    def calls_set(self, shape):
        more = [("object.keys", (("map", "num"),))] if shape[1] == "str" else []
        return [(op, (shape, shape)) for op in "&|-"] + more + [
            (self.rng.choice(("union", "intersection")), (("set", shape),))]

    def calls_map(self, shape):
        keys = key_shape(shape)
        return [("object.union", (shape, shape)), ("object.remove", (shape, ("arr", keys))),
                ("object.filter", (shape, ("set", keys)))]

    calls_dict = calls_map
