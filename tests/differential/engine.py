"""libparatia-policy by ctypes, and the command for what the library does not offer."""
import ctypes
import json
import subprocess
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from values import rounded, same_key

LIMIT_MS = 5000


class PolicyError(ctypes.Structure):
    _fields_ = [("code", ctypes.c_char * 40), ("message", ctypes.c_char * 4096), ("row", ctypes.c_uint32),
                ("column", ctypes.c_uint32), ("file", ctypes.c_char * 256)]


class Answers(ctypes.Structure):
    _fields_ = [("json", ctypes.c_void_p), ("n", ctypes.c_size_t)]


class Limits(ctypes.Structure):
    _fields_ = [("memory_bytes", ctypes.c_size_t), ("milliseconds", ctypes.c_uint64)]


class EngineError(Exception):
    """An error that the engine gave."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def number(text):
    return Fraction(rounded(Fraction(Decimal(text))))


def parse(text):
    return json.loads(text, parse_int=number, parse_float=number,
                      object_pairs_hook=lambda pairs: {same_key(k): v for k, v in pairs})


class Engine:
    """The library below a build folder."""

    def __init__(self, build):
        self.command = str(Path(build) / "paratia")
        found = sorted(Path(build).glob("**/libparatia-policy.so"))
        if not found:
            raise SystemExit(f"error: no libparatia-policy.so in {build}; tools/build release makes it")
        self.lib = lib = ctypes.CDLL(str(found[0].resolve()))
        self.free = ctypes.CDLL(None).free
        self.free.argtypes = [ctypes.c_void_p]
        p, s, n, e = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(PolicyError)
        for name, result, args in (
                ("new", p, []), ("free", None, [p]), ("module", ctypes.c_bool, [p, s, s, n, ctypes.c_bool, e]),
                ("compile", ctypes.c_bool, [p, ctypes.c_bool, e]), ("data", ctypes.c_bool, [p, s, n, e])):
            self.declare(f"paratia_policy_{name}", result, args)
        self.declare("paratia_query_new", p, [p, s, e])
        self.declare("paratia_query_free", None, [p])
        self.declare("paratia_query_eval", ctypes.c_bool,
                     [p, s, n, ctypes.POINTER(Limits), ctypes.POINTER(Answers), e])
        self.version = lib.paratia_policy_version
        self.version.restype = s

    def declare(self, name, result, args):
        function = getattr(self.lib, name)
        function.restype, function.argtypes = result, args


class Policy:
    """A compiled program; EngineError if it is refused. To be used as a context."""

    def __init__(self, engine, modules, data):
        self.engine, self.lib = engine, engine.lib
        self.handle = self.lib.paratia_policy_new()
        self.error = PolicyError()
        try:
            for name, text in modules:
                t = text.encode()
                self.check(self.lib.paratia_policy_module(self.handle, name.encode(), t, len(t), False, self.error))
            t = json.dumps(data).encode()
            self.check(self.lib.paratia_policy_data(self.handle, t, len(t), self.error))
            self.check(self.lib.paratia_policy_compile(self.handle, False, self.error))
        except EngineError:
            self.lib.paratia_policy_free(self.handle)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lib.paratia_policy_free(self.handle)

    def check(self, good):
        if not good:
            raise EngineError(self.error.code.decode(), self.error.message.decode(errors="replace"))

    def query(self, text, inputs):
        """For each input the bindings of every answer, or the EngineError."""
        handle = self.lib.paratia_query_new(self.handle, text.encode(), self.error)
        self.check(handle)
        try:
            return [self.evaluate(handle, i) for i in inputs]
        finally:
            self.lib.paratia_query_free(handle)

    def evaluate(self, handle, value):
        t = None if value is None else json.dumps(value).encode()
        answers, limits = Answers(), Limits(0, LIMIT_MS)
        try:
            self.check(self.lib.paratia_query_eval(handle, t, len(t or b""), limits, answers, self.error))
        except EngineError as e:
            return e
        text = ctypes.string_at(answers.json, answers.n)
        self.engine.free(answers.json)
        return [a["bindings"] for a in parse(text)]


def strict(engine, modules, data, query, value):
    """The codes of the errors of `eval --strict-builtin-errors`; an empty set: it gave an answer."""
    with tempfile.TemporaryDirectory() as folder:
        files = [*modules, ("data.json", json.dumps(data))]
        for name, text in files:
            (Path(folder) / name).write_text(text, encoding="utf-8")
        args = [engine.command, "eval", "--strict-builtin-errors", "-f", "json", query]
        for name, _ in files:
            args += ["-d", str(Path(folder) / name)]
        if value is not None:
            (Path(folder) / "input.json").write_text(json.dumps(value))
            args += ["-i", str(Path(folder) / "input.json")]
        out = subprocess.run(args, capture_output=True, encoding="utf-8", timeout=60)
    try:
        return {e["code"] for e in json.loads(out.stdout).get("errors", [])}
    except json.JSONDecodeError:
        raise EngineError("crash", f"exit {out.returncode}: {out.stdout[-300:]}{out.stderr[-300:]}") from None
