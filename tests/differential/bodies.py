"""Random bodies of rules: literals that mostly can be true, of every kind that the engine treats specially."""
from documents import SCALARS, key_shape
from terms import Terms
from tree import (Array, Assign, Call, CallOut, Comprehension, Const, Every, Function, Literal, Not, Object, Ref,
                  SomeDecl, SomeIn, Unify, Var, With, constant_path, parts)
from scope import variables
from values import null, string

KINDS = {"assign": 5, "compare": 5, "equals_constant": 5, "some": 6, "pattern": 2, "both_ways": 2,
         "alias": 1, "truth": 2, "negation": 3, "every": 2, "member": 3, "walk": 1, "lookup": 4, "join": 3,
         "group": 2, "overridden": 5, "known": 3, "call_out": 1, "declared": 1, "several_constants": 1, "gathered": 3, "called": 4}
SMALL = {"assign": 3, "compare": 4, "equals_constant": 3, "some": 4, "negation": 1, "member": 2, "lookup": 2,
         "truth": 1, "called": 1, "known": 1}
OVERRIDDEN = {"lookup": 5, "known": 2, "called": 4, "truth": 1, "compare": 3, "negation": 1, "gathered": 1, "group": 2}
MOCKS = (("count", "num", 1), ("lower", "str", 1), ("upper", "str", 1), ("sum", "num", 1), ("startswith", "bool", 2))
MOCKED = {m[0] for m in MOCKS}


class Bodies(Terms):
    """Makes bodies."""

    def __init__(self, rng):
        super().__init__(rng)
        self.rules = []      # (path below data, shape) of rules' documents
        self.reads = {}      # of a rule's path: what it reads, as targets of `with`
        self.partial = {}    # of those whose heads have variables: how many steps lead to their values
        self.input_shape = None
        self.base_roots = []  # (path below data, shape) of base documents

    # -- bodies ------------------------------------------------------------------------------------

    def body(self, scope, n, kinds=KINDS):
        out = []
        while len(out) < n:
            kind = self.choose(kinds)
            self.met.add(kind.replace("_", " "))
            out += getattr(self, kind)(scope)
        return self.shuffled(tuple(out)) if self.chance(0.3) else tuple(out)

    def small_body(self, scope):
        """That of a comprehension: it goes through something first."""
        if self.chance(0.3):
            first = self.shadow(scope)
        else:
            first = self.some(scope)
        return tuple(first) + self.body(scope, self.rng.choice((0, 0, 1, 1, 2)), SMALL)

    def shadow(self, scope):
        """`some` declares a name again that is known outside: by `:=` or as an argument, because what `some` and
        `every` declare there must be used."""
        known = [name for name, _, once in scope.variables if once]
        if not known:
            return self.some(scope)
        self.met.add("shadowed name")
        name = self.rng.choice(known)
        domain, shape = self.collection(type(scope)((), False, scope.counter))
        scope.variables = [v for v in scope.variables if v[0] != name]
        again = scope.bind(name, shape[1])
        return [Literal(SomeIn(None, again, domain)), Literal(Call("!=", (again, self.constant(shape[1]))))]

    def shuffled(self, body):
        """In another order, if each name is still declared before it is used."""
        out = list(body)
        self.rng.shuffle(out)
        seen = set()
        for lit in out:
            declared = self.declared_by(lit.expr)
            if declared & seen:
                return body
            seen |= variables(lit, skip_closures=False)
            if type(lit.expr) is SomeDecl:
                seen |= declared
        self.met.add("shuffled body")
        return tuple(out)

    def declared_by(self, e):
        if type(e) is Assign:
            return variables(e.target)
        if type(e) is SomeIn:
            return variables(e.value) | (variables(e.key) if e.key else set())
        return set(e.names) if type(e) is SomeDecl else set()

    # -- literals ----------------------------------------------------------------------------------

    def assign(self, scope):
        shape = self.any_shape()
        before = len(scope.variables)
        value = self.term(shape, scope)
        once = before == len(scope.variables) and not self.reads_loops(value, scope)
        target = scope.new(shape, once)
        return [Literal(self.pick((Assign(target, value), 4), (Unify(target, value), 1), (Unify(value, target), 1)))]

    def reads_loops(self, term, scope):
        looped = {n for n, _, once in scope.variables if not once} | {"_"}
        return bool(variables(term) & looped)

    def compare(self, scope):
        shape = self.rng.choice(SCALARS)
        op = self.choose({"==": 5, "!=": 2, "<": 1, "<=": 1, ">": 1, ">=": 1})
        left = self.place(shape, scope) or self.term(shape, scope, 1)
        right = self.constant(shape) if self.chance(0.4) else self.term(shape, scope, 1)
        return [Literal(Call(op, (left, right)))]

    def constant_of(self, scope):
        """(reference without loops, constant) of the same shape."""
        shape = self.choose({"str": 4, "num": 3, "bool": 1})
        return self.place(shape, scope.closed()) or self.term(shape, scope.closed(), 0), self.constant(shape)

    def equals_constant(self, scope):
        a, b = self.constant_of(scope)
        return [Literal(self.pick((Call("==", (a, b)), 3), (Call("==", (b, a)), 1), (Unify(a, b), 2)))]

    def several_constants(self, scope):
        pairs = [self.constant_of(scope) for _ in range(2)]
        left, right = (Array(side) for side in zip(*pairs))
        return [Literal(self.pick((Call("==", (left, right)), 1), (Unify(left, right), 1)))]

    def some(self, scope):
        domain, shape = self.collection(scope)
        kind, inner = shape
        key = None
        if self.chance(0.4):
            key = scope.new(key_shape(shape) if kind != "set" else inner)
        if inner not in SCALARS and inner[0] == "rec" and self.chance(0.3):
            self.met.add("some with a pattern")
            return [Literal(SomeIn(key, self.record_pattern(inner, scope), domain))]
        return [Literal(SomeIn(key, scope.new(inner), domain))]

    def record_pattern(self, shape, scope):
        """An object with all the keys, or without one, which then is another object: new variables and constants."""
        keys = list(shape[1])
        if len(keys) > 1 and self.chance(0.12):
            keys.pop(self.rng.randrange(len(keys)))
        return Object(tuple((Const(string(k)), self.constant(s)
                             if s in SCALARS and self.chance(0.25) else scope.new(s)) for k, s in keys))

    def pattern(self, scope):
        """A reference taken apart."""
        records = [p for p in self.places if p.shape not in SCALARS and p.shape[0] == "rec" and len(p.shape[1]) < 4]
        arrays = [p for p in self.places if p.shape not in SCALARS and p.shape[0] == "arr"]
        if records and (self.chance(0.7) or not arrays):
            place = self.rng.choice(records)
            value = self.reference(place, scope)
            left = self.record_pattern(place.shape, scope)
        else:
            place = self.rng.choice(arrays)
            value = self.reference(place, scope)
            left = Array(tuple(scope.new(place.shape[1]) for _ in range(self.rng.randint(1, 3))))
        return [Literal(self.pick((Unify(left, value), 2), (Unify(value, left), 1)))]

    def both_ways(self, scope):
        """Two patterns, each of which binds variables by the other."""
        left, right, new = [], [], []
        for _ in range(self.rng.randint(2, 3)):
            shape = self.rng.choice(SCALARS)
            name, value = scope.name(), self.term(shape, scope.closed(), 1)
            new.append((name, shape))
            pair = [Var(name), value]
            self.rng.shuffle(pair)
            if self.chance(0.3):
                pair = [Object(((Const(string("k")), Array((t,))),)) for t in pair]
            left.append(pair[0])
            right.append(pair[1])
        for name, shape in new:
            scope.bind(name, shape)
        return [Literal(Unify(Array(tuple(left)), Array(tuple(right))))]

    def alias(self, scope):
        """Two new variables that are one, before either has a value."""
        shape = self.rng.choice(SCALARS)
        value = self.term(shape, scope.closed(), 0)
        a, b = scope.new(shape), scope.new(shape)
        return [Literal(Unify(Array((a, b)), Array((b, value))))]

    def truth(self, scope):
        return [Literal(self.place("bool", scope) or self.call("bool", scope, 1))]

    def negation(self, scope):
        closed = scope.closed()
        inner = self.choose({"compare": 3, "equals_constant": 2, "truth": 2, "member": 1, "lookup": 1})
        return [Literal(Not(lit.expr), lit.withs) for lit in getattr(self, inner)(closed)[:1]]

    def every(self, scope):
        domain, shape = self.collection(scope.closed())
        inner = scope.inner(loops=True)
        key = inner.new(key_shape(shape) if shape[0] != "set" else shape[1]) if self.chance(0.3) else None
        value = inner.new(shape[1])
        if shape[1] in SCALARS and self.chance(0.5):
            op = self.choose({"!=": 3, "<=": 1, ">=": 1, "==": 1})
            return [Literal(Every(key, value, domain, (Literal(Call(op, (value, self.constant(shape[1])))),)))]
        body = self.body(inner, self.rng.choice((1, 1, 2)), SMALL)
        if not any(value.name in variables(lit) for lit in body):
            body += (Literal(Call("!=", (value, Const(null)))),)
        return [Literal(Every(key, value, domain, body))]

    def member(self, scope):
        domain, shape = self.collection(scope)
        inner = shape[1]
        if shape[0] != "set" and self.chance(0.25):
            at = self.term(key_shape(shape), scope.closed(), 0)
            return [Literal(Call("in2", (at, self.term(inner, scope.closed(), 0), domain)))]
        return [Literal(Call("in", (self.term(inner, scope.closed(), 1), domain)))]

    def walk(self, scope):
        domain, _ = self.collection(scope.closed())
        path, value = scope.new(("arr", "str")), scope.new(self.rng.choice(SCALARS))
        return [Literal(CallOut(Call("walk", (domain,)), Array((path, value))))]

    def lookup(self, scope):
        """A rule's document, by a known key or through all of them."""
        if not self.rules:
            return self.truth(scope)
        path, shape = self.rng.choice(self.rules)
        ref = tuple(Const(string(s)) for s in path)
        if shape in SCALARS or shape[0] == "rec":
            ref = Ref(Var("data"), ref)
            return [Literal(ref)] if not scope.loops else [Literal(Assign(scope.new(shape), ref))]
        if path in self.partial and self.chance(0.4):
            self.met.add("lookup by a constant")
            key = self.constant(key_shape(shape))
        else:
            key = self.key(shape, scope)
        ref = Ref(Var("data"), (*ref, key))
        if shape[0] == "set" or not scope.loops or self.chance(0.3):
            return [Literal(ref)]
        return [Literal(Assign(scope.new(shape[1]), ref))]

    def known_key(self, shape, scope):
        """A key that is known when the reference is evaluated, mostly: a variable, a constant, or what stands
        somewhere."""
        kind = self.choose({"variable": 4, "constant": 3, "place": 2, "loop": 1 if scope.loops else 0})
        if kind == "loop":
            return scope.new(shape)
        found = self.variable(shape, scope) if kind == "variable" else None
        found = self.place(shape, scope.closed()) if kind == "place" else found
        return found or self.constant(shape)

    def known_place(self, path, shape, scope):
        """(reference, shape): into a document of rules with variables in their heads, by keys."""
        steps = []
        while len(steps) < self.partial[path] and shape not in SCALARS:
            if shape[0] == "rec":
                name, shape = self.rng.choice(shape[1])
                steps.append(Const(string(name)))
                continue
            key = key_shape(shape)
            steps.append(self.known_key(key, scope))
            shape = "bool" if shape[0] == "set" else shape[1]
            if self.chance(0.1):
                break
        return Ref(Var("data"), (*(Const(string(s)) for s in path), *steps)), shape

    def known(self, scope):
        """What rules with variables in their heads give for keys that are known."""
        if not self.partial:
            return self.truth(scope)
        path, shape = self.rng.choice([r for r in self.rules if r[0] in self.partial])
        ref, shape = self.known_place(path, shape, scope)
        if not scope.loops or self.chance(0.3):
            return [Literal(ref)]
        if shape in SCALARS and self.chance(0.2):
            return [Literal(Call("==", (ref, self.constant(shape))))]
        return [Literal(Assign(scope.new(shape), ref))]

    def join(self, scope):
        """Two loops that share an index, or a value."""
        inner = self.rng.choice(SCALARS)
        found = [p for p in self.by_shape.get(inner, []) if p.loops == 1]
        if not found:
            return self.some(scope)
        a, b = (self.reference(self.rng.choice(found), scope) for _ in range(2))
        return [Literal(self.pick((Call("==", (a, b)), 2), (Unify(a, b), 1)))]

    def group(self, scope):
        """A comprehension in a loop whose body compares with what the loop is at."""
        domain, shape = self.collection(scope)
        item = scope.new(shape[1])
        first = Literal(SomeIn(None, item, domain))
        inner = scope.inner(loops=True)
        other, of = self.collection(inner.closed())
        value = inner.new(of[1])
        shapes = [s for s in SCALARS if self.below(value, of[1], s) and self.below(item, shape[1], s)]
        if not shapes:
            return [first]
        s = self.rng.choice(shapes)
        left, right = self.below(value, of[1], s), self.below(item, shape[1], s)
        same = self.pick((Call("==", (left, right)), 2), (Unify(left, right), 1))
        body = (Literal(SomeIn(None, value, other)), Literal(same))
        if self.chance(0.4):
            body += self.body(inner, 1, SMALL)
        kind = self.rng.choice(("arr", "set"))
        target = scope.new((kind, of[1]))
        made = self.comprehension_of(kind, value, body)
        return [first, Literal(Assign(target, made))]

    def below(self, var, shape, wanted):
        """The variable, or a field of it, of the wanted shape; or None."""
        if shape == wanted:
            return var
        if shape in SCALARS or shape[0] != "rec":
            return None
        fields = [k for k, s in shape[1] if s == wanted]
        return Ref(var, (Const(string(fields[0])),)) if fields else None

    def comprehension_of(self, kind, value, body):
        return Comprehension("array" if kind == "arr" else "set", None, value, body)

    def gathered(self, scope):
        """A comprehension, and something about it."""
        shape = (self.rng.choice(("arr", "set", "map")), self.rng.choice(SCALARS))
        made = self.comprehension(shape, scope, 1)
        target = scope.new(shape, not self.reads_loops(made, scope))
        out = [Literal(Assign(target, made))]
        if self.chance(0.4):
            op = self.rng.choice((">", "<=", "!="))
            out.append(Literal(Call(op, (Call("count", (target,)), self.constant("num")))))
        return out

    def called(self, scope):
        """The result of a function."""
        if not self.functions:
            return self.assign(scope)
        name, args, shape = f = self.rng.choice(self.functions)
        call = self.call_function(f, scope, 0)
        if shape == "bool" and self.chance(0.3) or not scope.loops:
            return [Literal(call)]
        if self.chance(0.3):
            return [Literal(Call("==", (call, self.constant(shape))))]
        return [Literal(Assign(scope.new(shape, not self.reads_loops(call, scope)), call))]

    def declared(self, scope):
        """`some` without `in`."""
        domain, shape = self.collection(scope.closed())
        name, value = scope.name(), scope.name()
        scope.bind(name, key_shape(shape))
        scope.bind(value, shape[1])
        ref = Ref(domain, (Var(name),)) if type(domain) is not Ref else Ref(domain.head, (*domain.path, Var(name)))
        return [Literal(SomeDecl((name, value))), Literal(Unify(Var(value), ref))]

    def call_out(self, scope):
        """A function's result as an argument more."""
        shape = self.rng.choice(SCALARS)
        call = self.call(shape, scope.closed(), 0)
        if type(call) is not Call or call.name in ("==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "in"):
            call = Call("lower", (self.term("str", scope.closed(), 0),))
            shape = "str"
        out = scope.new(shape) if self.chance(0.7) else self.constant(shape)
        return [Literal(CallOut(call, out))]

    # -- with --------------------------------------------------------------------------------------

    def overridden(self, scope, kinds=None):
        """A literal that reads rules, with something replaced, mostly something that they read."""
        inner = self.choose(kinds or OVERRIDDEN)
        literals = getattr(self, inner)(scope if inner != "negation" else scope.closed())
        used = {n for lit in literals for n in variables(lit)}
        known = scope.closed()
        known.variables = [v for v in scope.variables if v[0] not in used]
        targets = self.read_by(literals)
        withs = []
        for _ in range(self.rng.choice((1, 1, 2))):
            w = self.replaced(self.target(targets), known) if targets and self.chance(0.85) else \
                self.replacement(known)
            if all(w.target[:2] != other.target[:2] for other in withs):
                withs.append(w)
        return [lit._replace(withs=tuple(withs)) for lit in literals]

    def target(self, targets):
        """One of them: often a function."""
        called = {f[0] for f in self.functions}
        functions = [t for t in targets if t[0] in MOCKED or t[1:] in called]
        return self.rng.choice(functions if functions and self.chance(0.5) else targets)

    def read_by(self, literals):
        """What literals read, and what the rules read that they read: targets of `with`."""
        seen, rest = [], [t for lit in literals for t in targets_in(lit)]
        while rest:
            target = rest.pop()
            if target not in seen:
                seen.append(target)
                rest += self.reads.get(target[1:] if target[0] == "data" else target, ())
        return seen

    def note_reads(self, rules):
        for r in rules:
            path = (*self.package, r.path[0].value[1])
            self.reads.setdefault(path, []).extend(targets_in(r))

    def replaced(self, target, scope):
        """`with` for something that is read: a field, a rule, a function."""
        if target[0] == "input":
            fields = dict(self.input_shape[1])
            if len(target) > 1 and target[1] in fields:
                self.met.add("with field")
                return self.with_field(target[:2], fields[target[1]], scope)
            return self.replacement(scope)
        if target[0] != "data":
            return self.mock("built-in", scope, [m for m in MOCKS if m[0] == target[0]])
        path = target[1:]
        known = dict(self.rules)
        if path in known:
            self.met.add("with rule")
            return With(target, self.term(known[path], scope, 1))
        same = [f for f in self.functions if f[0] == path]
        if same:
            return self.mock("function", scope, same)
        fields = dict(dict(self.base_roots).get(path[:1], (0, ()))[1])
        if len(path) > 1 and path[1] in fields:
            self.met.add("with data")
            return self.with_field(target[:3], fields[path[1]], scope)
        return self.replacement(scope)

    def with_field(self, target, shape, scope):
        """`with` for a place in a document; of a record, perhaps for a field, beside which the others stay."""
        while shape not in SCALARS and shape[0] == "rec" and self.chance(0.6):
            key, shape = self.rng.choice(shape[1])
            target = (*target, key)
        return With(target, self.term(shape, scope, 1))

    def replacement(self, scope):
        """`with` for anything."""
        kind = self.choose({"input": 2, "data": 2, "rule": 2 if self.rules else 0, "built-in": 1,
                            "function": 2 if self.functions else 0})
        self.met.add(f"with {kind}")
        if kind == "input":
            return With(("input",), self.constant(self.input_shape))
        if kind == "data":
            path, shape = self.rng.choice(self.base_roots)
            return With(("data", *path), self.constant(shape))
        if kind == "rule":
            path, shape = self.rng.choice(self.rules)
            return With(("data", *path), self.term(shape, scope, 1))
        return self.mock(kind, scope, MOCKS if kind == "built-in" else self.functions)

    def mock(self, kind, scope, choices):
        """`with` for a function: a value, or another function of the same kind."""
        self.met.add(f"with {kind}")
        if kind == "built-in":
            name, shape, arity = self.rng.choice(choices)
            same = [f for f in self.functions if f[2] == shape and len(f[1]) == arity]
            target = (name,)
        else:
            name, args, shape = self.rng.choice(choices)
            same = [f for f in self.functions if f[1:] == (args, shape) and f[0] != name]
            target = ("data", *name)
        if same and self.chance(0.6):
            self.met.add("with a function for a function")
            return With(target, Function(self.rng.choice(same)[0]))
        return With(target, self.constant(shape))


def targets_in(node):
    """Targets of `with` that a node reads."""
    if type(node) is Ref and type(node.head) is Var and node.head.name in ("input", "data"):
        yield (node.head.name, *constant_path(node))
    elif type(node) is Call and isinstance(node.name, tuple):
        yield ("data", *node.name)
    elif type(node) is Call and node.name in MOCKED:
        yield (node.name,)
    for n in parts(node):
        yield from targets_in(n)
