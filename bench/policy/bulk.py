#!/usr/bin/env python3
"""bench/policy/bulk.py DIR MODULES MEGABYTES: writes what is slow to read rather than to evaluate below DIR:
modules/ with so many modules that call one another, and data.json of about so many 10^6 bytes. The same
words give the same bytes."""
import json
import os
import sys

MODULE = """# METADATA
# title: rules of service {n}
package services.s{n}

import data.services.s{before} as before

default allow := false

allow if {{
	input.method in methods
	some role in data.roles[input.user]
	grants[role][input.path[0]]
}}

allow if before.trusted(input.user)

trusted(user) if {{
	startswith(user, "service-{n}-")
	not user in data.revoked
}}

methods := {{"GET", "HEAD", "OPTIONS"}}

grants := {{"reader": {{"a{n}": true}}, "writer": {{"a{n}": true, "b{n}": true}}}}

deny contains msg if {{
	some i, container in input.spec.containers
	limit := object.get(container, ["resources", "limits", "memory"], 0)
	limit > {limit}
	msg := sprintf("container %d (%s) asks for %d", [i, container.name, limit])
}}

deny contains msg if {{
	count({{c.name | some c in input.spec.containers; c.privileged}}) > 0
	msg := "privileged in s{n}"
}}

summary := {{"service": {n}, "denied": count(deny), "names": [upper(c.name) | some c in input.spec.containers]}}
"""


def modules(folder: str, n: int) -> None:
    os.makedirs(folder, exist_ok=True)
    for i in range(n):
        with open(f"{folder}/s{i:04}.rego", "w", encoding="utf-8") as f:
            f.write(MODULE.format(n=i, before=i - 1 if i else n, limit=512 + i))
    with open(f"{folder}/last.rego", "w", encoding="utf-8") as f:
        f.write(f'package services.s{n}\n\ntrusted(user) if user == "root"\n')


def item(i: int) -> dict:
    return {"id": i, "name": f"item-{i}", "owner": f"team-{i % 97}", "safe": i % 3 == 0, "weight": i * 0.25,
            "labels": {"app": f"app-{i % 1009}", "tier": ["web", "data", "batch"][i % 3], "note": "caf\u00e9 \"au\" lait"},
            "ports": [22, 80, 1024 + i % 5000], "parent": None if i % 10 == 0 else i // 10}


def data(path: str, size: int) -> None:
    written = 0
    with open(path, "w", encoding="utf-8") as f:
        f.write('{"items": [')
        i = 0
        while written < size:
            written += f.write((",\n" if i else "") + json.dumps(item(i), ensure_ascii=False))
            i += 1
        f.write("]}\n")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    modules(f"{sys.argv[1]}/modules", int(sys.argv[2]))
    data(f"{sys.argv[1]}/data.json", int(sys.argv[3]) * 1000000)
