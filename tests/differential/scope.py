"""What is decided before evaluation: which variable each name is, in which order a body's literals run,
and which programs are refused."""
from itertools import count

from tree import (Array, Assign, CallOut, Call, Comprehension, Const, Else, Every, Function, Literal, Not, Object,
                  Ref, Rule, SomeDecl, SomeIn, Unify, Var, With, parts, rebuild)
from values import string

DOCUMENTS = {"input", "data"}
FRESH = count(1)  # for names that no program has


class Refused(Exception):
    """The program does not compile; `code` is the language's."""

    def __init__(self, code, what):
        super().__init__(what)
        self.code = code


# -- names -----------------------------------------------------------------------------------------


class Namer:
    """Gives each declared variable, and each `_`, a name of its own, so that the rest need not know of
    scopes. A name that nothing declares stays: it is shared by the bodies that use it."""

    def __init__(self):
        self.count = 0

    def fresh(self, name):
        self.count += 1
        return f"{name}#{self.count}"

    def declare(self, pattern, scope):
        """The pattern with new variables, which are added to the scope."""
        def change(node):
            if type(node) is Var:
                if node.name != "_" and node.name not in new:
                    new[node.name] = self.fresh(node.name)
                return Var(new.get(node.name) or self.fresh("_"))
            return rebuild(node, change)
        new = {}
        named = change(pattern)
        scope.update(new)
        return named

    def term(self, node, scope):
        """Whatever declares nothing outside of itself: a term, a Not, a Unify."""
        if type(node) is Var:
            return Var(self.fresh("_")) if node.name == "_" else Var(scope.get(node.name, node.name))
        if type(node) is Comprehension:
            inner = dict(scope)
            body = self.body(node.body, inner)
            key, value, body = self.heads((node.key, node.value), body, inner)
            return Comprehension(node.kind, key, value, body)
        return rebuild(node, lambda n: self.term(n, scope))

    def heads(self, terms, body, scope):
        """What stands before a body is evaluated as its last literals are."""
        out, more = [], []
        for t in terms:
            if t is not None and type(t) not in (Var, Const):
                name = Var(self.fresh("head"))
                more += self.flat(Literal(Unify(name, self.term(t, scope))))
                t = name
            elif t is not None:
                t = self.term(t, scope)
            out.append(t)
        return *out, body + tuple(more)

    def expression(self, e, scope):
        kind = type(e)
        if kind is Assign:
            value = self.term(e.value, scope)
            return Assign(self.declare(e.target, scope), value)
        if kind is SomeIn:
            domain = self.term(e.domain, scope)
            pattern = self.declare(Array((e.value,) if e.key is None else (e.value, e.key)), scope).items
            return SomeIn(pattern[1] if e.key is not None else None, pattern[0], domain)
        if kind is Every:
            domain, inner = self.term(e.domain, scope), dict(scope)
            key = e.key and self.declare(e.key, inner)
            return Every(key, self.declare(e.value, inner), domain, self.body(e.body, inner))
        return self.term(e, scope)

    def body(self, body, scope):
        out = []
        for lit in body:
            if type(lit.expr) is SomeDecl:
                for name in lit.expr.names:
                    scope[name] = self.fresh(name)
                continue
            withs = tuple(self.term(w, scope) for w in lit.withs)
            out += self.flat(Literal(self.expression(lit.expr, scope), withs))
        return tuple(out)

    # Calls inside of terms become literals of their own, that come before, and outside of a `not`: if such a call is
    # undefined, so is the body.

    def flat(self, lit):
        """The literals that a literal is."""
        out, withs = [], []
        for w in lit.withs:
            if type(w.value) not in (Var, Const, Function):
                name = Var(self.fresh("with"))
                out += self.flat(Literal(Unify(name, w.value)))
                w = w._replace(value=name)
            withs.append(w)
        found = []
        expr = self.flat_expression(lit.expr, found)
        return out + [Literal(e, tuple(withs)) for e in (*found, expr)]

    def flat_expression(self, e, found):
        kind = type(e)
        if kind is Not:
            return Not(self.flat_expression(e.expr, found))
        if kind is Every:
            return e._replace(domain=self.lifted(e.domain, found))
        if kind in (Unify, Assign):
            return kind(*(self.lifted(t, found) for t in e))
        if kind is CallOut:
            return CallOut(self.flat_expression(e.call, found), self.lifted(e.out, found))
        if kind in (Call, Ref, SomeIn):
            return rebuild(e, lambda t: self.lifted(t, found))
        return self.lifted(e, found)

    def lifted(self, t, found):
        """The term with variables for calls; their literals are added to `found`."""
        if type(t) is Comprehension:
            return t
        t = rebuild(t, lambda n: self.lifted(n, found))
        if type(t) is not Call:
            return t
        name = Var(self.fresh("call"))
        found.append(CallOut(t, name))
        return name

    def rule(self, r):
        arguments = {}
        args = r.args and self.declare(Array(r.args), arguments).items
        scope = dict(arguments)
        body = self.body(r.body, scope)
        *head, body = self.heads((*r.path[1:], r.key, r.value), body, scope)
        elses = []
        for e in r.elses:
            scope = dict(arguments)
            elses.append(Else(*self.heads((e.value,), self.body(e.body, scope), scope)))
        return Rule((r.path[0], *head[:-2]), args, head[-2], head[-1], body, tuple(elses), r.default)


# -- variables of nodes ----------------------------------------------------------------------------


def variables(node, skip_closures=True):
    """Names of the variables in it; those of comprehensions and of every's bodies only if asked for."""
    if type(node) is Var:
        return set() if node.name in DOCUMENTS else {node.name}
    if skip_closures and type(node) is Comprehension:
        return set()
    if skip_closures and type(node) is Every:
        return variables(node.domain)
    found = set()
    for n in parts(node):
        found |= variables(n, skip_closures)
    return found


def closures(node):
    """The comprehensions and everys in it, outermost only."""
    if type(node) in (Comprehension, Every):
        yield node
        if type(node) is Every:
            yield from closures(node.domain)
        return
    for n in parts(node):
        yield from closures(n)


def closure_variables(node):
    found = set()
    for c in closures(node):
        for n in parts(c) if type(c) is Comprehension else c.body:
            found |= variables(n, skip_closures=False)
    return found


# -- safety ----------------------------------------------------------------------------------------


def stepped(node, safe):
    """Variables that references bind in their steps: those whose head is bound."""
    if type(node) is Comprehension:
        return set()
    if type(node) is Every:
        return stepped(node.domain, safe)
    found = set()
    if type(node) is Ref:
        if not variables(node.head) <= safe:
            return found
        for t in node.path:
            found |= headless(t)
    for n in parts(node):
        found |= stepped(n, safe)
    return found


def headless(term):
    """Variables in it, but those that references begin with."""
    if type(term) is Var:
        return variables(term)
    if type(term) is Comprehension:
        return set()
    below = term.path if type(term) is Ref else parts(term)
    return set().union(*map(headless, below))


def pattern_variables(t):
    """Variables that matching the term against a value binds."""
    if type(t) is Var:
        return {t.name}
    if type(t) is Array:
        return set().union(*map(pattern_variables, t.items))
    if type(t) is Object:
        return set().union(*(pattern_variables(v) for _, v in t.pairs))
    return set()


def unified(pairs, safe):
    """Variables that unifying the pairs binds, found by going round until nothing is new."""
    known = set(safe)
    while True:
        before = len(known)
        for a, b in pairs:
            known |= _unified_pair(a, b, known)
        if len(known) == before:
            return known - safe


def _unified_pair(a, b, known):
    if variables(a) <= known:
        return pattern_variables(b)
    if variables(b) <= known:
        return pattern_variables(a)
    inner = both_sides(a, b)
    return unified(inner, known) if inner else set()


def both_sides(a, b):
    """Two arrays, or two objects, as the pairs of what stands at the same place. None: they are not two
    of a kind; (): they cannot be equal."""
    if type(a) is Array and type(b) is Array:
        return tuple(zip(a.items, b.items)) if len(a.items) == len(b.items) else ()
    if type(a) is Object and type(b) is Object:
        left, right = ({k.value: v for k, v in o.pairs} for o in (a, b))
        return tuple((left[k], right[k]) for k in left) if left.keys() == right.keys() else ()
    return None


def outputs(lit, safe):
    """Variables that the literal binds when those in `safe` are bound."""
    e = lit.expr
    if type(e) is Not or any(not variables(w) <= safe for w in lit.withs):
        return set()
    found = stepped(e, safe)
    if type(e) in (Unify, Assign):
        found |= unified(((e[0], e[1]),), safe | found)
    elif type(e) is SomeIn and variables(e.domain) <= safe | found:
        found |= variables(e.value) | (variables(e.key) if e.key else set())
    elif type(e) is CallOut and variables(e.call) <= safe | found:
        found |= pattern_variables(e.out)
    return found - safe


def order(body, known, query=False):
    """The body with its literals in the order in which they run; `known` is bound before it. In each
    round, every literal that can run moves, in the order in which they were written. In a query `==` is a call
    like others."""
    everything = set().union(*map(variables, body)) if body else set()
    safe, done, rest = set(known), [], list(body)
    while rest:
        left = []
        for lit in rest:
            out = outputs(lit, safe)
            closed_over = (closure_variables(lit) & everything) - safe
            closes_over_itself = closed_over and closed_over == out
            if closes_over_itself or not variables(lit) | closed_over <= safe | out:
                left.append(lit)
                continue
            safe |= out
            done.append(lit)
        if len(left) == len(rest):
            names = sorted(set().union(*map(variables, left)) - safe)
            raise Refused("rego_unsafe_var_error", ", ".join(names) or "a closure")
        rest = left
    return _inside(done, set(known), query), safe


def _inside(body, known, query):
    """The ordered body with the bodies of its closures in order too."""
    out = []
    for lit in body:
        bound = frozenset(known)
        known |= variables(lit)
        lit = rebuild(lit, lambda n: _ordered_closures(n, bound, query))
        out += _denied(lit, query) if type(lit.expr) is Not else [lit]
    return tuple(out)


def _denied(lit, query):
    """A negated literal. References that are operands come before it, as calls do: if one of them is
    undefined, so is the body. Only the two sides of an equality, and what stands alone, are part of the `not`."""
    found = []

    def lift(t):
        if type(t) is Comprehension:
            return t
        t = rebuild(t, lift)
        if type(t) is not Ref:
            return t
        found.append(Unify(Var(f"ref#{next(FRESH)}"), t))
        return found[-1].left
    e = lit.expr.expr
    if type(e) is Call and e.name == "==" and not query:
        e = Unify(*e.args)
    if type(e) is Unify:
        e = Unify(*(rebuild(t, lift) if type(t) is Ref else t if type(t) is Comprehension else lift(t) for t in e))
    else:
        e = rebuild(e, lift) if type(e) in (Ref, Call) else lift(e)
    return [Literal(x, lit.withs) for x in (*found, Not(e))]


def _ordered_closures(node, known, query):
    if type(node) is Comprehension:
        body, safe = order(node.body, known, query)
        loose = variables(Array((node.value, *([node.key] if node.key else ())))) - safe
        if loose:
            raise Refused("rego_unsafe_var_error", ", ".join(sorted(loose)))
        return node._replace(body=body)
    if type(node) is Every:
        mine = known | variables(node.value) | (variables(node.key) if node.key else set())
        return node._replace(domain=_ordered_closures(node.domain, known, query),
                             body=order(node.body, mine, query)[0])
    return rebuild(node, lambda n: _ordered_closures(n, known, query))


def ordered_rule(r):
    known = variables(Array(r.args)) if r.args else set()
    body, safe = order(r.body, known)
    head = (*r.path[1:], *(t for t in (r.key, r.value) if t is not None))
    loose = variables(Array(head)) - safe
    elses = []
    for e in r.elses:
        b, bound = order(e.body, known)
        loose |= variables(e.value) - bound
        elses.append(Else(e.value, b))
    if loose:
        raise Refused("rego_unsafe_var_error", ", ".join(sorted(loose)))
    return r._replace(body=body, elses=tuple(elses))


# -- recursion -------------------------------------------------------------------------------------


def ground_path(rule):
    """The constant beginning of a rule's path."""
    path = []
    for t in rule.path:
        if type(t) is not Const:
            break
        path.append(t.value)
    return tuple(path)


def mentioned(node):
    """Paths below data that a node reads, or replaces: tuples of values, None for a step that is no constant."""
    if type(node) is Ref and type(node.head) is Var and node.head.name == "data":
        yield tuple(t.value if type(t) is Const else None for t in node.path)
        for t in node.path:
            yield from mentioned(t)
        return
    if type(node) is Var and node.name == "data":
        yield ()
    elif type(node) is With and node.target[0] == "data":
        yield tuple(string(s) for s in node.target[1:])
    elif type(node) in (Call, Function) and isinstance(node.name, tuple):
        yield tuple(string(s) for s in node.name)
    for n in parts(node):
        yield from mentioned(n)


def head(path, rule):
    """The rule's path below data: None for a step that is no constant."""
    ground = len(ground_path(rule))
    return (*path, *(t.value if type(t) is Const else None for t in rule.path[ground:]))


def meets(path, other):
    return all(a is None or b is None or a == b for a, b in zip(path, other))


def refuse_recursion(rules):
    """`rules`: (path of their constant beginning, rule) pairs."""
    heads = [head(path, r) for path, r in rules]
    needs = [[j for p in set(mentioned(r)) for j, h in enumerate(heads) if meets(p, h)] for _, r in rules]
    state = [0] * len(rules)

    def visit(i):
        state[i] = 1
        for j in needs[i]:
            if state[j] == 1:
                raise Refused("rego_recursion_error", str(heads[i]))
            if state[j] == 0:
                visit(j)
        state[i] = 2
    for i in range(len(rules)):
        if state[i] == 0:
            visit(i)
