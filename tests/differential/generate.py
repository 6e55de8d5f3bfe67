"""Random programs: packages of rules over an input and base documents. One seed is one program."""
from collections import Counter
import random

from bodies import Bodies
from documents import KEYS, SCALARS, document, document_shape, key_shape
from terms import Scope
from tree import (Array, Assign, Call, Const, Else, Every, Literal, Module, Not, Program, Query, Ref, Rule, SomeIn,
                  Unify, Var, parts, rebuild)
from values import string, true

PACKAGES = (("app",), ("lib", "one"), ("lib", "two"))
RULE_KINDS = {"complete": 5, "clauses": 4, "set": 5, "map": 4, "chain": 3, "function": 4, "function_clauses": 3,
              "default": 2, "deep_map": 2, "deep_set": 1, "branches": 1, "spread": 2, "own": 1, "static_branch": 1,
              "seen_otherwise": 4}
LIKE = (("count", (("arr", "num"),), "num"), ("sum", (("arr", "num"),), "num"), ("lower", ("str",), "str"),
        ("upper", ("str",), "str"))  # built-ins that functions are made for, to stand in for them
LOOPS = {"some": 6, "join": 2, "lookup": 2, "pattern": 1}


class Generator(Bodies):
    """Makes one program, rule by rule: a rule reads those that were made before it."""

    def __init__(self, seed):
        super().__init__(random.Random(seed))
        self.seed = seed
        self.package = ()
        self.names = 0
        self.input_shape = document_shape(self.rng)
        self.add_root(Var("input"), (), self.input_shape)
        for path in (("base",), ("conf",)):
            shape = document_shape(self.rng)
            self.base_roots.append((path, shape))
            self.add_root(Var("data"), path, shape)

    def name(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    # -- parts of rules ----------------------------------------------------------------------------

    def loop_body(self, scope, more=(0, 0, 1, 1, 2)):
        """A body with one literal at least that goes through something."""
        return self.body(scope, 1, LOOPS) + self.body(scope, self.rng.choice(more))

    def plain_body(self, scope):
        return self.body(scope, self.rng.choice((0, 1, 1, 1, 2, 2, 3)))

    def value(self, shape, scope):
        """A rule's value: mostly one, whatever loops there are."""
        if self.chance(0.4):
            return self.constant(shape)
        return self.term(shape, scope.closed() if self.chance(0.05) else scope.fixed(), 1)

    def rule(self, name, value=Const(true), body=(), key=None, args=None, elses=(), default=False, below=()):
        return without_unused(Rule((Const(string(name)), *below), args, key, value, body, elses, default))

    def publish(self, name, shape, steps=(), partial=0):
        """What rules give can be read by those that come after."""
        path = (*self.package, name)
        if partial:
            self.partial[path] = partial
        for s in reversed(steps):
            shape = ("rec", ((s, shape),))
        self.rules.append((path, shape))
        self.add_root(Var("data"), path, shape)

    # -- complete rules ----------------------------------------------------------------------------

    def complete(self):
        name, shape = self.name("p"), self.any_shape()
        out = []
        same = self.constant(shape) if self.chance(0.6) else None
        for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
            scope = Scope()
            body = self.plain_body(scope)
            value = same or self.value(shape, scope)
            out.append(self.rule(name, value, body))
        self.publish(name, shape)
        return out[:1] if len(out) > 1 and not same and self.chance(0.6) else out

    def default(self):
        rules = self.complete() if self.chance(0.5) else self.clauses()
        self.met.add("default")
        rules.insert(self.rng.choice((0, len(rules))),
                     self.rule(rules[0].path[0].value[1], self.constant(self.rules[-1][1]), default=True))
        return rules

    def choices(self):
        """A reference, and different constants that it may be equal to."""
        shape = self.rng.choice(("str", "str", "num"))
        constants = {self.constant(shape).value for _ in range(self.rng.randint(3, 7))}
        where = self.place(shape, Scope(loops=False)) or self.constant(shape)
        return where, [Const(v) for v in sorted(constants)]

    def clauses(self):
        """Many clauses that compare the same place with constants."""
        name, shape = self.name("p"), self.any_shape()
        where, constants = self.choices()
        second = self.place("str", Scope(loops=False)) or self.constant("str")
        out = []
        for c in constants:
            scope = Scope()
            other = self.rng.choice(constants)
            test = self.pick((Call("==", (where, c)), 5), (Unify(c, where), 2),
                             (Call("in", (where, Array((c, other)))), 1),
                             (Unify(Array((where, second)), Array((c, self.constant("str")))), 1))
            if self.chance(0.15):
                v = scope.new("str")
                body = (Literal(Unify(v, where)), Literal(Call("==", (v, c))))
            else:
                body = (Literal(test),)
            if self.chance(0.3):
                body += self.body(scope, 1)
            out.append(self.rule(name, self.value(shape, scope), body))
        self.publish(name, shape)
        return out

    def chain(self):
        """Rules with `else`: mostly one."""
        name, shape = self.name("p"), self.any_shape()
        out = []
        for _ in range(self.rng.choice((1, 1, 2))):
            scope = Scope()
            body = self.body(scope, self.rng.choice((1, 1, 2)))
            first = self.value(shape, scope)
            out.append(self.rule(name, first, body, elses=self.elses(shape)))
        self.publish(name, shape)
        return out

    def elses(self, shape):
        out = []
        for _ in range(self.rng.randint(1, 3)):
            scope = Scope()
            body = self.plain_body(scope)
            out.append(Else(self.value(shape, scope), body))
            if not body:
                break
        return tuple(out)

    def seen_otherwise(self):
        """What something is `with` something replaced, beside what it is without."""
        name, scope = self.name("p"), Scope()
        body = self.overridden(scope, {"lookup": 4, "called": 4, "gathered": 2})
        if not scope.variables:
            return self.complete()
        found, shape, _ = scope.variables[-1]
        out = [self.rule(name, key=Var(found), body=tuple(body))]
        if self.chance(0.5):
            out.append(self.rule(name, key=Var(found), body=tuple(lit._replace(withs=()) for lit in body)))
        self.publish(name, ("set", shape), partial=1)
        return out

    def static_branch(self):
        """p.a.b := v: a name with steps."""
        name, shape = self.name("p"), self.rng.choice(SCALARS)
        out = []
        for step in self.rng.sample(KEYS, self.rng.randint(1, 2)):
            scope = Scope()
            body = self.plain_body(scope)
            below = (Const(string("in")), Const(string(step)))
            out.append(self.rule(name, self.value(shape, scope), body, below=below))
        self.publish(name, ("map", shape), ("in",))
        return out

    # -- partial rules -----------------------------------------------------------------------------

    def keyed(self, scope, shape):
        """A term for a key: mostly a variable of a loop."""
        return self.variable(shape, scope) or self.term(shape, scope.closed(), 1)

    def set(self):
        name, shape = self.name("p"), self.any_shape()
        out = []
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            scope = Scope()
            if self.chance(0.15):
                out.append(self.rule(name, key=self.constant(shape), body=self.body(scope, 1)))
                continue
            body = self.loop_body(scope)
            if not out:
                shape = self.rng.choice(scope.variables)[1] if scope.variables and self.chance(0.7) else shape
            out.append(self.rule(name, key=self.keyed(scope, shape), body=body))
        self.publish(name, ("set", shape), partial=1)
        return out

    def map(self):
        """p[k] := v"""
        name, shape = self.name("p"), self.any_shape()
        keys = self.choose({"str": 4, "num": 1})
        out = []
        for _ in range(self.rng.choice((1, 1, 2))):
            scope = Scope()
            body = self.loop_body(scope)
            key = self.keyed(scope, keys)
            value = self.constant(shape) if self.chance(0.3) else self.term(shape, scope.closed() if self.chance(0.3)
                                                                             else scope.fixed(), 1)
            out.append(self.rule(name, value, body, below=(key,)))
        self.publish(name, ("map" if keys == "str" else "dict", shape), partial=1)
        return out

    def deep_map(self):
        """p.a[x].b := v"""
        name, shape = self.name("p"), self.rng.choice(SCALARS)
        scope = Scope()
        body = self.loop_body(scope)
        below = (Const(string("at")), self.keyed(scope, "str"), Const(string("out")))
        value = self.constant(shape) if self.chance(0.5) else self.term(shape, scope.fixed(), 1)
        self.publish(name, ("map", ("rec", (("out", shape),))), ("at",), partial=3)
        return [self.rule(name, value, body, below=below)]

    def deep_set(self):
        """p[x] contains y"""
        name, shape = self.name("p"), self.rng.choice(SCALARS)
        out = []
        for _ in range(self.rng.randint(1, 2)):
            scope = Scope()
            body = self.loop_body(scope)
            out.append(self.rule(name, key=self.keyed(scope, shape), body=body, below=(self.keyed(scope, "str"),)))
        self.publish(name, ("map", ("set", shape)), partial=2)
        return out

    def branches(self):
        """p.a := v beside p[x] := v."""
        name, shape = self.name("p"), self.rng.choice(SCALARS)
        scope = Scope()
        body = self.loop_body(scope)
        value = self.constant(shape)
        out = [self.rule(name, value, body, below=(self.keyed(scope, "str"),))]
        scope = Scope()
        out.append(self.rule(name, value if self.chance(0.7) else self.value(shape, scope), self.plain_body(scope),
                             below=(Const(string(self.rng.choice(KEYS))),)))
        self.publish(name, ("map", shape), partial=1)
        return out

    def spread(self):
        """p[x][y] := v, perhaps beside p.a[y] := v and p.a.b := v."""
        name, shape = self.name("p"), self.rng.choice(SCALARS)
        value = self.constant(shape)
        out = []
        for known in self.rng.choice(((0,), (0,), (0, 0), (0, 1), (0, 2), (1, 0, 2))):
            scope = Scope()
            body = self.plain_body(scope) if known == 2 else self.loop_body(scope)
            keys = [Const(string(k)) for k in self.rng.sample(KEYS, known)]
            keys += [self.keyed(scope, "str") for _ in range(2 - known)]
            given = value if self.chance(0.7) else self.value(shape, scope)
            out.append(self.rule(name, given, body, below=tuple(keys)))
        self.publish(name, ("map", ("map", shape)), partial=2)
        return out

    def own(self):
        """p[x].a := v beside p[x].b := w, which reads the former: no recursion."""
        name, shape = self.name("p"), self.rng.choice(SCALARS)
        one, two = (Const(string(k)) for k in self.rng.sample(KEYS, 2))
        scope = Scope()
        out = [self.rule(name, self.constant(shape), self.loop_body(scope), below=(self.keyed(scope, "str"), one))]
        scope = Scope()
        body = tuple(self.some(scope))  # as it is, so that the key is known before
        key = self.variable("str", scope) or self.constant("str")
        read = Ref(Var("data"), (*(Const(string(s)) for s in (*self.package, name)), key, one))
        body += (Literal(Assign(scope.new(shape, True), read)),)
        out.append(self.rule(name, self.value(shape, scope), body, below=(key, two)))
        fields = tuple(sorted((k.value[1], shape) for k in (one, two)))
        self.publish(name, ("map", ("rec", fields)), partial=2)
        return out

    # -- functions ---------------------------------------------------------------------------------

    def argument(self, shape, scope):
        if shape in SCALARS:
            return self.constant(shape) if self.chance(0.15) else scope.new(shape, True)
        if shape[0] == "rec" and self.chance(0.5):
            self.met.add("argument with a pattern")
            return self.record_pattern(shape, scope)
        if shape[0] == "arr" and self.chance(0.4):
            self.met.add("argument with a pattern")
            return Array(tuple(scope.new(shape[1], True) for _ in range(self.rng.randint(1, 2))))
        return scope.new(shape, True)

    def function(self):
        name, shape = self.name("f"), self.rng.choice(SCALARS) if self.chance(0.7) else self.any_shape()
        shapes = tuple(self.any_shape() for _ in range(self.rng.choice((1, 1, 2))))
        like = self.rng.choice([*self.functions, *LIKE]) if self.chance(0.4) else None
        if like:
            shapes, shape = like[1:]
        out = []
        for _ in range(self.rng.choice((1, 1, 2))):
            scope = Scope()
            args = tuple(self.argument(s, scope) for s in shapes)
            body = self.plain_body(scope)
            value, elses = self.value(shape, scope), ()
            if like and self.chance(0.6):
                self.met.add("function that calls what it may stand in for")
                value = self.call_function(like, scope.closed(), 0)
            if body and self.chance(0.3):
                elses = (Else(self.constant(shape), ()),)
            out.append(self.rule(name, value, body, args=args, elses=elses))
        return self.published(name, shapes, shape, out)

    def published(self, name, shapes, shape, rules):
        if self.chance(0.15):
            self.met.add("default function")
            anything = tuple(Var("_") for _ in shapes)
            rules.append(self.rule(name, self.constant(shape), args=anything, default=True))
        self.functions.append(((*self.package, name), shapes, shape))
        return rules

    def function_clauses(self):
        """Many clauses for constants as arguments."""
        name, shape = self.name("f"), self.rng.choice(SCALARS)
        first, second = self.rng.choice(("str", "num")), self.rng.choice(("str", "num", None))
        out = []
        for c in sorted({self.constant(first).value for _ in range(self.rng.randint(3, 6))}):
            scope = Scope()
            known = Const(c)
            if self.chance(0.3):
                arg = scope.new(first, True)
                body = (Literal(Call("==", (arg, known))),)
            else:
                arg, body = known, ()
            args = (arg,) if second is None else (arg, self.argument(second, scope))
            if self.chance(0.3):
                body += self.body(scope, 1)
            out.append(self.rule(name, self.value(shape, scope), body, args=args))
        return self.published(name, (first,) if second is None else (first, second), shape, out)

    # -- programs ----------------------------------------------------------------------------------

    def module(self, package, size):
        self.package = package
        start = [p for p, _ in self.rules] + [f[0] for f in self.functions]
        rules = []
        for _ in range(size):
            kind = self.choose(RULE_KINDS)
            self.met.add(f"rule: {kind.replace('_', ' ')}")
            made = getattr(self, kind)()
            self.note_reads(made)
            rules += made
        if self.chance(0.15):
            self.rng.shuffle(rules)
        if self.chance(0.03):
            rules = self.refused(rules)
        used = {p[:-1] for p in start if p[:-1] != package}
        imports = tuple((("data", *p), f"alias{i}") for i, p in enumerate(sorted(used)))
        return Module(package, imports, tuple(rules))

    def refused(self, rules):
        """The rules with something that mostly must not compile."""
        i = self.rng.randrange(len(rules))
        r = rules[i]
        if r.default or r.elses:
            return rules
        if self.chance(0.5):
            self.met.add("refused: what nothing binds")
            lost = Call("==", (Var("lost"), self.constant("num")))
            more = self.pick((lost, 2), (Not(lost), 1), (Ref(Var("lost"), (Var("k"),)), 1))
        else:
            self.met.add("refused: recursion")
            package = tuple(Const(string(s)) for s in self.package)
            other = self.rng.choice(rules)
            if other.args is not None:
                return rules
            step = self.pick((other.path[0], 3), (Var("_"), 1))
            more = Ref(Var("data"), (*package, step))
        rules[i] = r._replace(body=(*r.body, Literal(more)))
        return rules

    def program(self):
        size = self.choose({1: 2, 3: 4, 6: 4, 10: 2})
        packages = self.rng.sample(PACKAGES, self.rng.choice((1, 1, 2, 3)))
        modules = []
        for i, p in enumerate(packages):
            modules.append(self.module(p, max(1, size // len(packages))))
            if i + 1 < len(packages) and self.chance(0.3):
                self.whole_package(p)
        data = {"base": document(self.rng, self.base_roots[0][1]), "conf": document(self.rng, self.base_roots[1][1])}
        if self.chance(0.3):
            self.met.add("base documents beside rules")
            data["app"] = {"stored": document(self.rng, self.input_shape)}
        inputs = [document(self.rng, self.input_shape) for _ in range(self.rng.choice((1, 2, 2)))]
        if self.chance(0.03):
            inputs.append(None)
        return Program(tuple(modules), data, tuple(inputs), tuple(self.queries(packages)), self.rng.randrange(1 << 30))

    def whole_package(self, package):
        """Rules of later packages may go through this one."""
        shapes = {}
        for path, shape in self.rules:
            if path[:-1] == package:
                shapes.setdefault(shape, []).append(path[-1])
        for shape, names in shapes.items():
            if len(names) > 1:
                self.met.add("package that is gone through")
                self.add_root(Var("data"), package, ("map", shape))

    def queries(self, packages):
        """References to documents of rules, sometimes with something replaced."""
        yield Query(Ref(Var("data"), tuple(Const(string(s)) for s in self.rng.choice(packages))))
        for path, shape in self.rng.sample(self.rules, min(3, len(self.rules))):
            ref = Ref(Var("data"), tuple(Const(string(s)) for s in path))
            if path in self.partial and self.chance(0.4):
                self.met.add("query by known keys")
                ref = self.known_place(path, shape, Scope(loops=False))[0]
            elif shape not in SCALARS and not self.chance(0.6):
                variable = self.chance(0.6) or path not in self.partial
                ref = Ref(ref.head, (*ref.path, Var("k") if variable else self.constant(key_shape(shape))))
            withs = ()
            if self.chance(0.15):
                self.met.add("query with something replaced")
                withs = (self.replaced(self.target(self.read_by([ref])), Scope(loops=False)),)
            yield Query(ref, withs)
        if self.chance(0.1):
            self.met.add("query through packages")
            through = (Const(string(packages[0][0])), Var("k"))
            yield Query(Ref(Var("data"), self.pick(((), 1), (through, 2))))


def names(node):
    """Every mention of a variable in it."""
    if type(node) is Var:
        yield node.name
    for n in parts(node):
        yield from names(n)


def without_unused(rule):
    """`some` and `every` must not declare what nothing uses: that is `_` instead."""
    elses = tuple(_without_unused(e) for e in rule.elses)
    return _without_unused(rule._replace(elses=()))._replace(elses=elses)


def _without_unused(clause):
    mentions = Counter(names(clause))

    def change(node):
        node = rebuild(node, change)
        if type(node) is SomeIn:
            return node._replace(key=node.key and used(node.key), value=used(node.value))
        if type(node) is Every and node.key and mentions[node.key.name] == 1:
            return node._replace(key=None)
        return node

    def used(pattern):
        if type(pattern) is Var:
            return pattern if mentions[pattern.name] > 1 else Var("_")
        return rebuild(pattern, used)
    return change(clause)


def generate(seed):
    """(program, names of its features)"""
    g = Generator(seed)
    program = g.program()
    return program, g.met
