"""Programs as text. Where the language has several ways to write the same, Program.style chooses."""
import random
import re

from functions import OPERATORS
from tree import (Array, Assign, CallOut, Comprehension, Const, Every, Function, Not, Object, Ref, SetTerm,
                  SomeDecl, SomeIn, Unify, Var)
from values import STR, text, true

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Writer:
    """Writes one module, or a query if `module` is None."""

    def __init__(self, rng, module=None):
        self.rng = rng
        self.module = module

    def maybe(self, share):
        return self.rng.random() < share

    # -- terms -------------------------------------------------------------------------------------

    def term(self, t, outer=False):
        """`outer`: an operator needs no parentheses here."""
        kind = type(t)
        if kind is Const:
            return self.constant(t.value)
        if kind is Var:
            return t.name
        if kind is Ref:
            return self.ref(t)
        if kind is Array:
            return "[" + ", ".join(map(self.term, t.items)) + "]"
        if kind is SetTerm:
            return "{" + ", ".join(map(self.term, t.items)) + "}" if t.items else "set()"
        if kind is Object:
            return "{" + ", ".join(f"{self.term(k)}: {self.term(v)}" for k, v in t.pairs) + "}"
        if kind is Comprehension:
            return self.comprehension(t)
        return self.call(t, outer)

    def leading(self, t):
        """A term at the beginning of a literal, where -1 would be read as a subtraction from nothing."""
        text = self.term(t)
        return f"({text})" if text.startswith("-") else text

    def constant(self, value):
        if value[0] == STR and "`" not in value[1] and self.maybe(0.05):
            return f"`{value[1]}`"
        return text(value)

    def comprehension(self, c):
        opening, closing = "[]" if c.kind == "array" else "{}"
        head = f"{self.term(c.key)}: {self.term(c.value)}" if c.kind == "object" else self.term(c.value)
        return f"{opening}{head} | {self.inline(c.body)}{closing}"

    def call(self, c, outer=False):
        if c.name not in OPERATORS:
            return f"{self.function(c.name)}({', '.join(map(self.term, c.args))})"
        args = [self.term(a) for a in c.args]
        if c.name == "in2":
            return f"({args[0]}, {args[1]} in {args[2]})"
        infix = f"{self.leading(c.args[0]) if outer else args[0]} {c.name} {args[1]}"
        return infix if outer else f"({infix})"

    def function(self, name):
        if isinstance(name, str):
            return name
        return self.below_data(name)[0]

    def below_data(self, path):
        """The shortest or the full name of a path below data, and how many of its steps it has."""
        ways = [("data", 0)]
        if self.module:
            own = self.module.package
            if path[:len(own)] == own and len(path) > len(own):
                ways = [(path[len(own)], len(own) + 1)] * 3 + ways
            for target, alias in self.module.imports:
                if target[0] == "data" and path[:len(target) - 1] == target[1:]:
                    ways.append((alias, len(target) - 1))
        name, n = self.rng.choice(ways)
        for s in path[n:]:
            name += self.step(Const((STR, s)))
        return name, len(path)

    def ref(self, r):
        steps = r.path
        if type(r.head) is not Var:
            name = self.term(r.head)
        elif r.head.name == "data":
            constant = []
            for t in steps:
                if type(t) is not Const or t.value[0] != STR:
                    break
                constant.append(t.value[1])
            name, n = self.below_data(tuple(constant))
            steps = steps[n:]
        else:
            name = r.head.name
        return name + "".join(map(self.step, steps))

    def step(self, t):
        if type(t) is Const and t.value[0] == STR and WORD.match(t.value[1]) and not self.maybe(0.1):
            return f".{t.value[1]}"
        return f"[{self.term(t, outer=True)}]"

    # -- literals ----------------------------------------------------------------------------------

    def inline(self, body):
        return "; ".join(self.literal(lit) for lit in body)

    def literal(self, lit):
        return self.expression(lit.expr) + "".join(f" with {self.target(w.target)} as {self.replacement(w.value)}"
                                                   for w in lit.withs)

    def replacement(self, value):
        return self.function(value.name) if type(value) is Function else self.term(value)

    def target(self, path):
        if path[0] == "data":
            return "data" + "".join(f".{s}" for s in path[1:])
        return ".".join(path)

    def expression(self, e):
        kind = type(e)
        if kind is Unify:
            return f"{self.leading(e.left)} = {self.term(e.right)}"
        if kind is Assign:
            return f"{self.term(e.target)} := {self.term(e.value, outer=True)}"
        if kind is CallOut:
            return f"{self.function(e.call.name)}({', '.join(map(self.term, (*e.call.args, e.out)))})"
        if kind is SomeDecl:
            return "some " + ", ".join(e.names)
        if kind in (SomeIn, Every):
            names = self.term(e.value) if e.key is None else f"{self.term(e.key)}, {self.term(e.value)}"
            start = f"{'some' if kind is SomeIn else 'every'} {names} in {self.term(e.domain)}"
            return start if kind is SomeIn else f"{start} {{ {self.inline(e.body)} }}"
        if kind is Not:
            return f"not {self.expression(e.expr)}"
        return self.term(e, outer=True)

    # -- rules -------------------------------------------------------------------------------------

    def body(self, body):
        if not body:
            return ""
        lines = [self.literal(lit) for lit in body]
        if len(lines) == 1 and not lines[0].startswith("{") and self.maybe(0.3):
            return f" if {lines[0]}"
        comment = "\t# a comment\n" if self.maybe(0.05) else ""
        return " if {\n" + comment + "".join(f"\t{line}\n" for line in lines) + "}"

    def head(self, r):
        name = r.path[0].value[1] + "".join(map(self.step, r.path[1:]))
        if r.args is not None:
            name += f"({', '.join(map(self.term, r.args))})"
        if r.key is not None:
            return f"{name} contains {self.term(r.key)}"
        plain = type(r.value) is Const and r.value.value == true and r.body
        short = plain and len(r.path) == 1 and not r.default and not r.elses and self.maybe(0.5)
        return name if short else f"{name} := {self.term(r.value)}"

    def rule(self, r):
        elses = "".join(f" else := {self.term(e.value)}{self.body(e.body)}" for e in r.elses)
        if r.default:
            return f"default {self.head(r)}\n"
        return f"{self.head(r)}{self.body(r.body)}{elses}\n"

    def write(self):
        m = self.module
        parts = ["package " + ".".join(m.package) + "\n"]
        parts += [f"import {'.'.join(target)} as {alias}\n" for target, alias in m.imports]
        return "\n".join(parts + [self.rule(r) for r in m.rules])


def modules(program):
    """[(file name, text)]."""
    return [(f"m{i}.rego", Writer(random.Random(program.style + i), m).write())
            for i, m in enumerate(program.modules)]


def query(program, q, variable):
    return Writer(random.Random(program.style)).literal(q.asked(variable))
