#!/usr/bin/env python3
"""bench/policy/loads.py DIR [GATEKEEPER]: writes the loads of the policy benchmark below DIR.

Each load is a folder: *.rego, input.json, data.json, query (text), rules (the same, one a line: for peers
without queries), v0 (if the modules are in v0 syntax).
GATEKEEPER is a folder of the Gatekeeper library's policies (GROUP/POLICY/template.yaml, suite.yaml); each
template becomes a load with the first object of its suite."""
import glob
import json
import os
import re
import sys


def write(load: str, rules: list[str], modules: dict, document=None, data=None, v0=False) -> None:
    os.makedirs(load, exist_ok=True)
    for name, text in modules.items():
        with open(f"{load}/{name}.rego", "w", encoding="utf-8") as f:
            f.write(text)
    for name, value in (("input", document), ("data", data)):
        with open(f"{load}/{name}.json", "w", encoding="utf-8") as f:
            json.dump({} if value is None else value, f)
    for name, text in (("query", "; ".join(f"{rule} = x{i}" for i, rule in enumerate(rules))), ("rules", "\n".join(rules))):
        with open(f"{load}/{name}", "w", encoding="utf-8") as f:
            f.write(text)
    if v0:
        open(f"{load}/v0", "w", encoding="utf-8").close()


RBAC = """package rbac

default allow := false

allow if {
	some binding in data.bindings
	binding.user == input.user
	some grant in data.roles[binding.role]
	grant.action == input.action
	grant.resource == input.resource
}
"""

SCAN = """package scan

deny contains item.name if {
	some item in data.items
	item.port == 22
	not item.safe
}

high := count([item | some item in data.items; item.port > 1000])
"""

COMPREHENSION = """package comprehension

groups := {group: members |
	some group in {u.group | some u in data.users}
	members := {u.name | some u in data.users; u.group == group}
}

leaves := [v | walk(data.tree, [_, v]); is_number(v)]

p := [count(groups), count(leaves)]
"""

STRINGS = """package strings_

names contains s if {
	some x in data.names
	regex.match(`^[a-z]+-[0-9]{2,}$`, x)
	s := upper(concat("/", split(x, "-")))
}

inside contains ip if {
	some ip in data.ips
	net.cidr_contains("10.0.0.0/12", ip)
}
"""


def tree(depth: int):
    return depth if depth == 0 else {f"k{i}": tree(depth - 1) for i in range(4)}


def indexed(n: int) -> str:
    rules = (f'allow if {{\n\tinput.path == "/api/r{i}"\n\tinput.method == "GET"\n\tinput.role in ["a{i}", "b"]\n}}\n'
             for i in range(n))
    return "package indexed\n\ndefault allow := false\n\n" + "\n".join(rules)


def general(out: str) -> None:
    write(f"{out}/rbac-10000-bindings", ["data.rbac.allow"], {"p": RBAC},
          {"user": "u9999", "action": "put", "resource": "y99"},
          {"bindings": [{"user": f"u{i}", "role": f"r{i % 100}"} for i in range(10000)],
           "roles": {f"r{i}": [{"action": "get", "resource": f"x{i}"}, {"action": "put", "resource": f"y{i}"}]
                     for i in range(100)}})
    write(f"{out}/scan-100000-items", ["data.scan.deny", "data.scan.high"], {"p": SCAN}, None,
          {"items": [{"name": f"n{i}", "port": i % 5000, "safe": i % 3 == 0} for i in range(100000)]})
    write(f"{out}/comprehension-walk", ["data.comprehension.p"], {"p": COMPREHENSION}, None,
          {"users": [{"name": f"u{i}", "group": f"g{i % 20}"} for i in range(1000)], "tree": tree(5)})
    write(f"{out}/strings-regex-cidr", ["data.strings_.names", "data.strings_.inside"], {"p": STRINGS}, None,
          {"names": [f"name-{i}" for i in range(1000)], "ips": [f"10.{i % 256}.0.{i % 250}" for i in range(1000)]})
    write(f"{out}/indexed-1000-rules", ["data.indexed.allow"], {"p": indexed(1000)},
          {"path": "/api/r777", "method": "GET", "role": "a777"})


def template(path: str, out: str) -> None:
    import yaml
    folder = os.path.dirname(path)
    name = os.path.basename(folder)
    with open(path, encoding="utf-8") as f:
        target = yaml.safe_load(f)["spec"]["targets"][0]
    rego, libs = target.get("rego"), target.get("libs", [])
    for code in target.get("code", []):
        if code["engine"] == "Rego":
            rego, libs = code["source"]["rego"], code["source"].get("libs", [])
    if not rego:
        return
    with open(f"{folder}/suite.yaml", encoding="utf-8") as f:
        test = yaml.safe_load(f)["tests"][0]
    with open(f"{folder}/{test['constraint']}", encoding="utf-8") as f:
        parameters = (yaml.safe_load(f).get("spec") or {}).get("parameters", {})
    with open(f"{folder}/{test['cases'][0]['object']}", encoding="utf-8") as f:
        thing = next(iter(yaml.safe_load_all(f)))
    review = thing["request"] if thing.get("kind") == "AdmissionReview" else {
        "object": thing, "kind": {"group": "", "version": "v1", "kind": thing["kind"]}, "operation": "CREATE",
        "name": thing["metadata"].get("name"), "namespace": thing["metadata"].get("namespace", "default")}
    package = re.search(r"^package\s+(\S+)", rego, re.M).group(1)
    modules = {"template": rego} | {f"lib{i}": lib for i, lib in enumerate(libs)}
    write(f"{out}/gatekeeper-{name}", [f"data.{package}.violation"], modules,
          {"review": review, "parameters": parameters}, {"inventory": {}}, v0=True)


def main() -> None:
    general(sys.argv[1])
    for path in sorted(glob.glob(f"{sys.argv[2]}/*/*/template.yaml")) if len(sys.argv) > 2 else []:
        template(path, sys.argv[1])


main()
