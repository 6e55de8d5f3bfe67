"""A slow, obvious evaluator of Rego: the answer that the engine's is held against.

A body's solutions are environments (dicts) that a generator yields; rules are evaluated in full each time
they are read: no index, no early exit, no tables, nothing remembered. What is decided before evaluation
(names, the order of literals, what is refused) is in scope.py."""
from typing import NamedTuple

import functions
from scope import Namer, Refused, both_sides, ground_path, order, ordered_rule, refuse_recursion, variables
from tree import (Array, Assign, Call, CallOut, Comprehension, Const, Every, Function, Literal, Not, Object, Ref,
                  SetTerm, SomeIn, Unify, Var, parts)
from values import ARR, OBJ, array, children, from_json, object_of, set_of, step, string, false

STEPS_MAX = 60_000  # of one query; a program that needs more is left out


class Conflict(Exception):
    """Two values where there may be one. `own`: of a document that the query itself reads, so that no
    engine may have left out what led to it."""

    def __init__(self, own):
        super().__init__()
        self.own = own


class TooLong(Exception):
    """More steps than STEPS_MAX."""


class Context(NamedTuple):
    """What `with` replaces."""
    input: object      # a value, or None
    replaced: dict     # path below data (tuple of strings as values) -> value
    mocks: dict        # name of a function -> Const, or another name


class Node:
    """A place below data where rules are, or above rules."""

    def __init__(self):
        self.children = {}
        self.rules = []

    def at(self, path):
        node = self
        for key in path:
            node = node.children.setdefault(key, Node())
        return node

    def all_rules(self, path=()):
        """(relative path, rule) of each rule here and below."""
        for r in self.rules:
            yield path, r
        for key, child in self.children.items():
            yield from child.all_rules((*path, key))


class Slot:
    """A document of rules while it is put together."""

    def __init__(self):
        self.value = None
        self.members = None
        self.below = {}

    def at(self, keys):
        slot = self
        for k in keys:
            slot = slot.below.setdefault(k, Slot())
        return slot

    def has(self, keys):
        """Whether there is a value at the place."""
        slot = self
        for k in keys:
            slot = slot.below.get(k)
            if not slot:
                return False
        return slot.value is not None

    def document(self):
        if self.value is not None:
            return self.value
        if self.members is not None:
            return set_of(self.members)
        return object_of({k: s.document() for k, s in self.below.items()})


def put(value, path, new):
    """The object with `new` at the path; what is no object on the way there becomes one."""
    if not path:
        return new
    pairs = dict(value[1]) if value and value[0] == OBJ else {}
    pairs[path[0]] = put(pairs.get(path[0]), path[1:], new)
    return object_of(pairs)


class Reference:
    """One program. `Refused` if it does not compile."""

    def __init__(self, program):
        self.program = program
        self.base = from_json(program.data)
        self.tree, self.functions = Node(), {}
        self.steps = self.depth = 0
        self.thorough = False  # evaluate, too, what an answer does not need, but the engine may look at
        self.errors = []  # names of the built-ins that failed
        self.variables = {}  # id of a term -> (term, what must be bound to evaluate it)
        namer, rules = Namer(), []
        for m in program.modules:
            self.tree.at(tuple(map(string, m.package)))
            for r in m.rules:
                r = ordered_rule(namer.rule(r))
                path = tuple(map(string, m.package)) + ground_path(r)
                rules.append((path, r))
                self.add(path, r)
        refuse_recursion(rules)

    def add(self, path, rule):
        if rule.args is not None:

            self.functions.setdefault(tuple(s[1] for s in path), []).append(rule)
        else:
            self.tree.at(path).rules.append(rule)

    def query(self, query, variable, input):
        """The named variables in every solution of `variable = the query's term`: a list of dicts."""
        self.steps = self.depth = 0
        self.errors = []
        ctx = Context(None if input is None else from_json(input), {}, {})
        ordered = self.prepared(query, variable)
        return [{k: v for k, v in env.items() if "#" not in k} for env in self.solve(ordered, {}, ctx)]

    def prepared(self, query, variable):
        """The query's body in its order. `Refused` if it does not compile."""
        return order(Namer().body((query.asked(variable),), {}), set(), True)[0]

    def tick(self):
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise TooLong

    # -- literals ----------------------------------------------------------------------------------

    def solve(self, body, env, ctx, at=0):
        if at == len(body):
            yield env
            return
        for e in self.literal(body[at], env, ctx):
            yield from self.solve(body, e, ctx, at + 1)

    def literal(self, lit, env, ctx):
        self.tick()
        if not lit.withs:
            yield from self.expression(lit.expr, env, ctx)
            return
        for e, values in self.all_of([w.value for w in lit.withs], env, ctx):
            inner = ctx
            for w, v in zip(lit.withs, values):
                inner = self.replace(inner, w.target, v)
            yield from self.expression(lit.expr, e, inner)

    def replace(self, ctx, target, value):
        """The context with one `with` more."""
        path = tuple(map(string, target[1:]))
        if target[0] == "input":
            return ctx._replace(input=put(ctx.input, path, value))
        if target[0] != "data" or target[1:] in self.functions:
            name = target[1:] if target[0] == "data" else target[0]
            return ctx._replace(mocks={**ctx.mocks, name: value})
        for above, old in ctx.replaced.items():
            if path[:len(above)] == above:
                return ctx._replace(replaced={**ctx.replaced, above: put(old, path[len(above):], value)})
        kept = {p: v for p, v in ctx.replaced.items() if p[:len(path)] != path}
        return ctx._replace(replaced={**kept, path: value})

    def expression(self, e, env, ctx):
        kind = type(e)
        if kind in (Unify, Assign):
            yield from self.unify((e[:],), env, ctx)
        elif kind is Not:
            if not any(True for _ in self.expression(e.expr, env, ctx)):
                yield env
        elif kind is SomeIn:
            for xs, inner in self.eval(e.domain, env, ctx):
                for k, v in children(xs):
                    pairs = ((e.value, Const(v)),) + (((e.key, Const(k)),) if e.key else ())
                    yield from self.unify(pairs, inner, ctx)
        elif kind is Every:
            yield from self.every(e, env, ctx)
        elif kind is CallOut:
            yield from self.unify(((e.out, e.call),), env, ctx)
        else:
            for v, inner in self.eval(e, env, ctx):
                if v != false:
                    yield inner

    def every(self, e, env, ctx):
        for xs, outer in self.eval(e.domain, env, ctx):
            if xs[0] < ARR:
                continue
            for k, v in children(xs):
                inner = {**outer, e.value.name: v, **({e.key.name: k} if e.key else {})}
                if not any(True for _ in self.solve(e.body, inner, ctx)):
                    break
            else:
                yield outer

    # -- unification -------------------------------------------------------------------------------

    def needs(self, term):
        """Variables that must be bound before a term has values: not those in a reference's steps, which
        it binds, nor a comprehension's."""
        known = self.variables.get(id(term))
        if known and known[0] is term:
            return known[1]
        if type(term) is Var:
            found = frozenset() if term.name in ("input", "data") else frozenset((term.name,))
        elif type(term) is Comprehension:
            found = frozenset()
        elif type(term) is Ref:
            found = self.needs(term.head).union(*(self.needs(t) for t in term.path if type(t) in (Ref, Call)))
        else:
            found = frozenset().union(*map(self.needs, parts(term))) - step_variables(term)
        self.variables[id(term)] = (term, found)
        return found

    def bound(self, term, env):
        return all(v in env for v in self.needs(term))

    def unify(self, pairs, env, ctx):
        """Environments in which the two terms of each pair are equal. A pair waits while neither of its
        sides can be evaluated: another one may bind what it needs."""
        if not pairs:
            yield env
            return
        for i, (a, b) in enumerate(pairs):
            rest = pairs[:i] + pairs[i + 1:]
            if not self.bound(a, env):
                a, b = b, a
            if self.bound(a, env):
                for v, e in self.eval(a, env, ctx):
                    yield from self.match(b, v, rest, e, ctx)
                return
            inner = both_sides(a, b)
            if inner is not None:
                if inner or not parts_of(a):
                    yield from self.unify(inner + rest, env, ctx)
                return
        raise AssertionError(f"an unsafe unification: {pairs}")

    def match(self, pattern, value, rest, env, ctx):
        """Environments in which the pattern is the value, and the rest is unified too."""
        kind = type(pattern)
        if self.bound(pattern, env):
            for v, e in self.eval(pattern, env, ctx):
                if v == value:
                    yield from self.unify(rest, e, ctx)
        elif kind is Var:
            yield from self.unify(rest, {**env, pattern.name: value}, ctx)
        elif kind is Array and value[0] == ARR and len(value[1]) == len(pattern.items):
            inner = tuple((p, Const(v)) for p, v in zip(pattern.items, value[1]))
            yield from self.unify(inner + rest, env, ctx)
        elif kind is Object and value[0] == OBJ and len(value[1]) == len(pattern.pairs):
            found = [(p, step(value, k.value)) for k, p in pattern.pairs]
            if all(v is not None for _, v in found):
                yield from self.unify(tuple((p, Const(v)) for p, v in found) + rest, env, ctx)

    # -- terms -------------------------------------------------------------------------------------

    def eval(self, term, env, ctx):
        """(value, environment) for each way to evaluate the term."""
        self.tick()
        kind = type(term)
        if kind is Const:
            yield term.value, env
        elif kind is Var:
            if term.name in ("input", "data"):
                yield from self.reference(Ref(term, ()), env, ctx)
            else:
                yield env[term.name], env
        elif kind is Ref:
            yield from self.reference(term, env, ctx)
        elif kind is Array:
            for e, items in self.all_of(term.items, env, ctx):
                yield array(items), e
        elif kind is SetTerm:
            for e, items in self.all_of(term.items, env, ctx):
                yield set_of(items), e
        elif kind is Object:
            for e, flat in self.all_of([t for pair in term.pairs for t in pair], env, ctx):
                yield object_of(dict(zip(flat[::2], flat[1::2]))), e
        elif kind is Comprehension:
            yield self.comprehension(term, env, ctx), env
        else:
            for e, args in self.all_of(term.args, env, ctx):
                for v in self.call(term.name, args, ctx):
                    yield v, e

    def all_of(self, terms, env, ctx, done=None):
        """(environment, values) for each way to evaluate all of the terms; one that needs what another
        binds waits for it."""
        done = done or {}
        if len(done) == len(terms):
            yield env, [done[i] for i in range(len(terms))]
            return
        left = [i for i in range(len(terms)) if i not in done]
        i = next((i for i in left if type(terms[i]) is not Var), left[0])
        if not self.bound(terms[i], env):
            if head_variables(terms[i]) - env.keys():
                return  # a reference is looked up before what binds its head: nothing is there
            i = next(i for i in left if self.bound(terms[i], env))
        if type(terms[i]) is Function:
            yield from self.all_of(terms, env, ctx, {**done, i: terms[i]})
            return
        for v, e in self.eval(terms[i], env, ctx):
            yield from self.all_of(terms, e, ctx, {**done, i: v})

    def alone(self, body, ctx):
        """Evaluates a comprehension's body without what is known around it, as it is done to make one table for all
        turns of a loop."""
        try:
            ordered, _ = order(tuple(map(equality, body)), set())
        except Refused:
            return
        for _ in self.solve(ordered, {}, ctx):
            pass

    def comprehension(self, c, env, ctx):
        if self.thorough:
            self.alone(c.body, ctx)
        envs = self.solve(c.body, env, ctx)
        if c.kind == "array":
            return array([self.head(c.value, e) for e in envs])
        if c.kind == "set":
            return set_of([self.head(c.value, e) for e in envs])
        out = {}
        for e in envs:
            k, v = self.head(c.key, e), self.head(c.value, e)
            if out.setdefault(k, v) != v:
                raise Conflict(False)
        return object_of(out)

    def head(self, term, env):
        return term.value if type(term) is Const else env[term.name]

    # -- references --------------------------------------------------------------------------------

    def reference(self, ref, env, ctx):
        if type(ref.head) is Var and ref.head.name == "data":
            yield from self.below_data((), self.tree, ref.path, env, ctx)
        elif type(ref.head) is Var and ref.head.name == "input":
            if ctx.input is not None:
                yield from self.below_value(ctx.input, ref.path, env, ctx)
        else:
            for v, e in self.eval(ref.head, env, ctx):
                yield from self.below_value(v, ref.path, e, ctx)

    def below_value(self, value, path, env, ctx):
        if not path:
            yield value, env
            return
        key, rest = path[0], path[1:]
        if self.bound(key, env):
            for k, e in self.eval(key, env, ctx):
                child = step(value, k)
                if child is not None:
                    yield from self.below_value(child, rest, e, ctx)
            return
        for k, child in children(value):
            for e in self.match(key, k, (), env, ctx):
                yield from self.below_value(child, rest, e, ctx)

    def below_data(self, at, node, path, env, ctx):
        """`at`: where we are; node: the rules there and below, or None; path: what is left of it."""
        if at in ctx.replaced:
            yield from self.below_value(ctx.replaced[at], path, env, ctx)
        elif node and node.rules:
            yield from self.below_rules(node, (), path, env, ctx)
        elif not path:
            v = self.document(at, node, ctx)
            if v is not None:
                yield v, env
        elif self.bound(path[0], env):
            for k, e in self.eval(path[0], env, ctx):
                yield from self.below_data((*at, k), node and node.children.get(k), path[1:], e, ctx)
        else:
            for k in sorted(self.keys(at, node, ctx)):
                for e in self.match(path[0], k, (), env, ctx):
                    yield from self.below_data((*at, k), node and node.children.get(k), path[1:], e, ctx)

    def base_at(self, at):
        v = self.base
        for k in at:
            v = v and step(v, k)
        return v

    def replaced_below(self, at, ctx):
        """The next steps of the replaced paths that begin with `at`."""
        return {p[len(at)] for p in ctx.replaced if len(p) > len(at) and p[:len(at)] == at}

    def keys(self, at, node, ctx):
        base = self.base_at(at)
        return {k for k, _ in (children(base) if base else ())} | set(node.children if node else ()) \
            | self.replaced_below(at, ctx)

    def document(self, at, node, ctx):
        """Rules, base documents and replacements at and below a place as one value, or None."""
        if at in ctx.replaced:
            return ctx.replaced[at]
        if node and node.rules:
            return self.rule_document(node, (), ctx)
        if not node and not self.replaced_below(at, ctx):
            return self.base_at(at)
        found = {}
        for k in sorted(self.keys(at, node, ctx)):
            v = self.document((*at, k), node and node.children.get(k), ctx)
            if v is not None:
                found[k] = v
        return object_of(found)

    # -- rules -------------------------------------------------------------------------------------

    def below_rules(self, node, known, path, env, ctx):
        """A reference into the document of rules: first the steps that are known, which say what need
        not be evaluated, then the others."""
        if path and self.bound(path[0], env):
            for k, e in self.eval(path[0], env, ctx):
                yield from self.below_rules(node, (*known, k), path[1:], e, ctx)
            return
        v = self.rule_document(node, known, ctx)
        for k in known:
            v = v and step(v, k)
        if v is not None:
            yield from self.below_value(v, path, env, ctx)

    def rule_document(self, node, known, ctx):
        """The document of the rules at a node and below, or None. Values of rules at other keys than the
        known ones are left out."""
        top, found = Slot(), False
        rules = [(path, r) for path, r in node.all_rules() if self.may_give(path, r, known)]
        for path, r in rules:
            found |= self.prepare(top, path, r)
        for path, r in rules:
            for keys, value in () if r.default else self.contributions(path, r, known, ctx):
                if all(a == b for a, b in zip(keys, known)):
                    found = True
                    self.contribute(top.at(keys), r, value)
        for path, r in rules:
            if r.default and not top.has(path):
                found = True
                top.at(path).value = next(self.values_of(r.value, r.body, {}, ctx))
        return top.document() if found else None

    def prepare(self, top, path, r):
        """What is there even if the rule gives nothing; false: nothing is. A name with steps below one with
        variables (`p.a contains x` beside `p[k] contains x`) is there only once it has something."""
        if path:
            return False
        if r.key and len(ground_path(r)) == len(r.path):
            top.members = set()
        return bool(r.key) or len(ground_path(r)) < len(r.path)

    def may_give(self, path, r, known):
        heads = (*path, *(t.value if type(t) is Const else None for t in r.path[len(ground_path(r)):]))
        return all(h is None or h == k for h, k in zip(heads, known))

    def contribute(self, slot, rule, value):
        if rule.key:
            slot.members = (slot.members or set()) | {value}
        elif slot.value is not None and slot.value != value:
            raise Conflict(self.depth == 0)
        else:
            slot.value = value

    def contributions(self, path, r, known, ctx):
        """[(keys, value)] of a rule for the known keys; evaluated as a whole, so that depth says how deep we are."""
        dynamic = r.path[len(ground_path(r)):]
        env = self.given(dynamic + ((r.key,) if r.key else ()), known[len(path):])
        if env is None:
            return []
        self.depth += 1
        try:
            if not dynamic and not r.key:
                return [(path, v) for v in self.clause(r, {}, ctx)]
            return [((*path, *(self.head(t, e) for t in dynamic)), self.head(r.key or r.value, e))
                    for e in self.solve(r.body, env, ctx)]
        finally:
            self.depth -= 1

    def given(self, head, known):
        """What the known keys bind in a head; None: it cannot have them."""
        env = {}
        for t, k in zip(head, known):
            if (t.value if type(t) is Const else env.setdefault(t.name, k)) != k:
                return None
        return env

    def values_of(self, value, body, env, ctx):
        for e in self.solve(body, env, ctx):
            yield self.head(value, e)

    def clause(self, r, env, ctx):
        """The values of a rule, or else of the first `else` that has one."""
        for value, body in ((r.value, r.body), *((e.value, e.body) for e in r.elses)):
            found = list(self.values_of(value, body, env, ctx))
            if found:
                return found
        return []

    # -- functions ---------------------------------------------------------------------------------

    def call(self, name, args, ctx):
        """The results of a call: none if it is undefined; more than one of a relation."""
        if name in ctx.mocks:
            mock = ctx.mocks[name]
            if type(mock) is not Function:
                return [mock]
            name, ctx = mock.name, ctx._replace(mocks={})
        if isinstance(name, tuple):
            return self.call_rules(name, args, ctx)
        try:
            return functions.call(name, args)
        except functions.Wrong:
            self.errors.append(name)
            return []

    def call_rules(self, name, args, ctx):
        found, default = set(), None
        self.depth += 1
        for r in self.functions[name]:
            if r.default:
                default = r
                continue
            pairs = tuple((p, Const(a)) for p, a in zip(r.args, args))
            for env in self.unify(pairs, {}, ctx):
                found.update(self.clause(r, env, ctx))
        if not found and default:
            found.update(self.values_of(default.value, default.body, {}, ctx))
        self.depth -= 1
        if len(found) > 1:
            raise Conflict(self.depth == 0)
        return list(found)


def equality(lit):
    """`==` as a unification, which may bind."""
    e = lit.expr
    return lit._replace(expr=Unify(*e.args)) if type(e) is Call and e.name == "==" else lit


def head_variables(term):
    """Variables that references in a term begin with."""
    if type(term) is Comprehension:
        return set()
    found = variables(term.head) if type(term) is Ref else set()
    return found.union(*map(head_variables, parts(term)))


def step_variables(term):
    """Variables in the steps of references in a term: all_of evaluates these first."""
    if type(term) is Comprehension:
        return set()
    found = variables(Array(term.path)) if type(term) is Ref else set()
    return found.union(*map(step_variables, parts(term)))


def parts_of(composite):
    """How many things an array or object has; () against [] is no contradiction."""
    return composite[0]
