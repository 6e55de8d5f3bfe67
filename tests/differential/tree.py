"""Programs as trees. The generator makes them, the reference evaluates them, and `show.py` prints them as
text for the engine: so nothing that the engine parsed reaches the reference.

Nodes are compared by identity only: as tuples, Const("x") and Var("x") are equal."""
from typing import NamedTuple

from values import STR

# -- terms -----------------------------------------------------------------------------------------


class Const(NamedTuple):
    value: tuple  # of values.py


class Var(NamedTuple):
    name: str  # "_": each one is another variable


class Ref(NamedTuple):
    head: object  # a term; Var("input") and Var("data") are the documents
    path: tuple   # of terms


class Array(NamedTuple):
    items: tuple


class Object(NamedTuple):
    pairs: tuple  # of (key, value) terms


class SetTerm(NamedTuple):
    items: tuple


class Comprehension(NamedTuple):
    kind: str  # "array", "set", "object"
    key: object  # None but for objects
    value: object
    body: tuple


class Call(NamedTuple):
    name: object  # the name of a built-in, or the path of a function: ("pkg", "f")
    args: tuple


# -- literals --------------------------------------------------------------------------------------


class Unify(NamedTuple):
    left: object
    right: object


class Assign(NamedTuple):
    target: object
    value: object


class CallOut(NamedTuple):
    """f(args, out): the result as one more argument."""
    call: Call
    out: object


class SomeDecl(NamedTuple):
    names: tuple


class SomeIn(NamedTuple):
    key: object  # a term, or None
    value: object
    domain: object


class Every(NamedTuple):
    key: object  # a Var, or None
    value: Var
    domain: object
    body: tuple


class Not(NamedTuple):
    expr: object  # a term or a Unify


class With(NamedTuple):
    target: tuple  # ("input", "a"), ("data", "pkg", "p"), or the name of a built-in: ("count",)
    value: object  # a term; Function for a function that takes its place


class Function(NamedTuple):
    name: object  # as Call's


class Literal(NamedTuple):
    expr: object
    withs: tuple = ()


# -- rules -----------------------------------------------------------------------------------------


class Else(NamedTuple):
    value: object
    body: tuple


class Rule(NamedTuple):
    """path := value, `path contains key`, or path(args) := value."""
    path: tuple  # terms; the first is the name
    args: object  # None: no function
    key: object  # None: not `contains`
    value: object
    body: tuple  # of Literals
    elses: tuple = ()
    default: bool = False


class Module(NamedTuple):
    package: tuple  # of strings
    imports: tuple  # of (path, alias): (("data", "lib"), "lib2")
    rules: tuple


class Query(NamedTuple):
    term: object  # a reference
    withs: tuple = ()

    def asked(self, variable):
        """The literal that binds what it is."""
        return Literal(Unify(Var(variable), self.term), self.withs)


class Program(NamedTuple):
    modules: tuple
    data: object  # JSON
    inputs: tuple  # of JSON; None: no input
    queries: tuple  # of Query
    style: int  # the seed of how it is written

# -- walking ---------------------------------------------------------------------------------------


NODES = frozenset((Const, Var, Ref, Array, Object, SetTerm, Comprehension, Call, Unify, Assign, CallOut, SomeDecl,
                   SomeIn, Every, Not, With, Function, Literal, Else, Rule, Module))
LEAVES = frozenset((Const, Var, Function, SomeDecl))


def parts(node):
    """Every node directly below."""
    found = []
    if type(node) not in LEAVES:
        for field in node:
            _collect(field, found)
    return found


def _collect(field, found):
    kind = type(field)
    if kind in NODES:
        found.append(field)
    elif kind is tuple:
        for one in field:
            _collect(one, found)


def rebuild(node, change):
    """The node with each node directly below replaced by change(node)."""
    kind = type(node)
    return node if kind in LEAVES else kind._make([_rebuild_field(f, change) for f in node])


def _rebuild_field(field, change):
    kind = type(field)
    if kind in NODES:
        return change(field)
    if kind is tuple:
        return tuple([_rebuild_field(f, change) for f in field])
    return field


def constant_path(ref):
    """The strings of a reference's path up to the first step that is none."""
    path = []
    for t in ref.path:
        if type(t) is not Const or t.value[0] != STR:
            break
        path.append(t.value[1])
    return tuple(path)

