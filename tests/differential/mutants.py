"""References with one rule of the language wrong: each must be noticed, or the comparison proves nothing."""
from reference import Reference
from tree import Not, SomeIn
from values import OBJ, children, false


class ConflictsAreFine(Reference):
    """The first value wins."""

    def contribute(self, slot, rule, value):
        if rule.key or slot.value is None:
            super().contribute(slot, rule, value)


class NoDefault(Reference):
    def add(self, path, rule):
        if not rule.default:
            super().add(path, rule)


class EveryNeedsOne(Reference):
    """`every` of nothing is false."""

    def every(self, e, env, ctx):
        for found in super().every(e, env, ctx):
            if any(children(v) for v, _ in self.eval(e.domain, env, ctx)):
                yield found


class ElseIsAnotherRule(Reference):
    """`else` is evaluated even if the rule has a value."""

    def clause(self, r, env, ctx):
        branches = ((r.value, r.body), *((e.value, e.body) for e in r.elses))
        return [v for value, body in branches for v in self.values_of(value, body, env, ctx)]


class FalseHolds(Reference):
    """A literal that is false holds."""

    def expression(self, e, env, ctx):
        if type(e).__name__ in ("Ref", "Var"):
            yield from (inner for _, inner in self.eval(e, env, ctx))
        else:
            yield from super().expression(e, env, ctx)


class FalseIsDefined(Reference):
    """`not` of something false fails, as if it were only about undefined."""

    def expression(self, e, env, ctx):
        if type(e) is Not and type(e.expr).__name__ in ("Ref", "Var"):
            if not any(True for _ in self.eval(e.expr, env, ctx)):
                yield env
        else:
            yield from super().expression(e, env, ctx)


class WithLosesData(Reference):
    """`with` of data does nothing."""

    def replace(self, ctx, target, value):
        return ctx if target[0] == "data" else super().replace(ctx, target, value)


class WithLosesMocks(Reference):
    def call(self, name, args, ctx):
        return super().call(name, args, ctx._replace(mocks={}))


class WithLeaksInput(Reference):
    """`with` of a part of input replaces all of it."""

    def replace(self, ctx, target, value):
        return super().replace(ctx._replace(input=None) if target[0] == "input" else ctx, target, value)


class PatternsMayBeLarger(Reference):
    """An object pattern matches an object that has more keys."""

    def match(self, pattern, value, rest, env, ctx):
        if type(pattern).__name__ == "Object" and not self.bound(pattern, env) and value[0] == OBJ:
            keys = {k.value for k, _ in pattern.pairs}
            value = (OBJ, tuple(pair for pair in value[1] if pair[0] in keys))
        yield from super().match(pattern, value, rest, env, ctx)


class LoopsStopEarly(Reference):
    """`some` leaves out the last element."""

    def expression(self, e, env, ctx):
        found = super().expression(e, env, ctx)
        yield from list(found)[:-1] if type(e) is SomeIn else found


class EveryLooksAtOne(Reference):
    def every(self, e, env, ctx):
        for xs, outer in self.eval(e.domain, env, ctx):
            first = children(xs)[:1]
            if first and any(True for _ in self.solve(e.body, {**outer, e.value.name: first[0][1],
                                                                **({e.key.name: first[0][0]} if e.key else {})}, ctx)):
                yield outer


class ComprehensionsAreOnce(Reference):
    """An array comprehension drops values that it has."""

    def comprehension(self, c, env, ctx):
        rank, items = super().comprehension(c, env, ctx)
        return rank, tuple(dict.fromkeys(items))


class UndefinedIsFalse(Reference):
    """A complete rule without a value is false."""

    def rule_document(self, node, known, ctx):
        found = super().rule_document(node, known, ctx)
        return false if found is None else found


ALL = (ConflictsAreFine, NoDefault, EveryNeedsOne, ElseIsAnotherRule, FalseHolds, FalseIsDefined, WithLosesData,
       WithLosesMocks, WithLeaksInput, PatternsMayBeLarger, LoopsStopEarly, EveryLooksAtOne, ComprehensionsAreOnce,
       UndefinedIsFalse)
