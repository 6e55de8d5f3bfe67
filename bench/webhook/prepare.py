#!/usr/bin/env python3
"""bench/webhook/prepare.py PARATIA DIR: writes below DIR what the benchmark of `paratia guard k8s` asks and judges by.

review.json      an AdmissionReview of bench/gatekeeper/pod.yaml, made so that policies/hoster admits it;
                 "nnnnnnnn" stands where each request has another number
refused.json     the same of a pod that has many faults
shop.json        the Pod alone; plain.json: in the namespace plain
objects.json     the cluster: the pod's Namespace, and the records that signed-images and scanned-images ask for
opa/             the same policies, constraints and objects for `opa run`, which answers at / as a webhook:
                 each constraint's match first, then its policy with Gatekeeper's input. The libraries are one for all.
                 It prints how many constraints there are, and how many match the pod."""
import copy
import glob
import json
import os
import shutil
import subprocess
import sys
import time

SET = "policies/hoster"


def read_yaml(paratia: str, path: str):
    out = subprocess.run([paratia, "eval", "-i", path, "input"], capture_output=True, check=True).stdout
    return json.loads(out)["result"][0]["expressions"][0]["value"]


def write(path: str, value) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        if isinstance(value, str):
            f.write(value)
        else:
            json.dump(value, f, separators=(",", ":"))


def containers(pod: dict) -> list:
    return pod["spec"]["initContainers"] + pod["spec"]["containers"]


def admissible(pod: dict) -> dict:
    """Of the tenant shop, with that tenant's registry."""
    pod = copy.deepcopy(pod)
    del pod["metadata"]["generateName"]  # the API server would choose taken names, and ask anew
    pod["metadata"]["name"] = "shop-5d9c7b8f6-nnnnnnnn"
    pod["metadata"]["labels"] |= {"tenant": "shop", "run": "nnnnnnnn"}
    for one in containers(pod):
        one["image"] = "registry.example.com/shop/" + one["image"].rsplit("/", 1)[1]
    return pod


def faulty(pod: dict) -> dict:
    pod = copy.deepcopy(pod)
    del pod["metadata"]["labels"]["tenant"]
    pod["spec"] |= {"hostNetwork": True, "hostPID": True}
    pod["spec"]["volumes"].append({"name": "root", "hostPath": {"path": "/"}})
    for one in pod["spec"]["containers"]:
        one["image"] = "docker.io/library/nginx:latest"
        one["securityContext"] = {"privileged": True}
        del one["resources"]
    return pod


def review(pod: dict) -> dict:
    """As an API server sends it."""
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    resource = {"group": "", "version": "v1", "resource": "pods"}
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": "nnnnnnnn-6f7d-4a55-9d5e-3f0e6b1c2d3e", "kind": kind, "resource": resource,
        "requestKind": kind, "requestResource": resource, "name": pod["metadata"]["name"], "namespace": "shop",
        "operation": "CREATE",
        "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller", "uid": "b1a9b3a8-0d0c-4b3e-8a59-8a9b4d2f1c0e",
                     "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]},
        "object": pod, "oldObject": None, "dryRun": False,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"}}}


def cluster(pod: dict) -> list[dict]:
    digests = [one["image"].split("@")[1].replace(":", "-") for one in containers(pod)]

    def at(days: int) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86400))

    def records(name: str, record: dict) -> dict:
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "paratia-system"},
                "data": {digest: json.dumps(record) for digest in digests}}

    labels = {"tenant": "shop", "kubernetes.io/metadata.name": "shop"}
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}},
            records("signed-images", {"signer": "hosting/release", "until": at(90)}),
            records("scanned-images", {"scanned": at(-1), "critical": 0, "high": 2})]


def inventory(objects: list[dict]) -> dict:
    """As Gatekeeper gives it to policies; all of these are of the core group."""
    found: dict = {"cluster": {"v1": {}}, "namespace": {}}
    for one in objects:
        meta = one["metadata"]
        if "namespace" in meta:
            versions = found["namespace"].setdefault(meta["namespace"], {}).setdefault("v1", {})
        else:
            versions = found["cluster"]["v1"]
        versions.setdefault(one["kind"], {})[meta["name"]] = one
    return found


ENTRY = """package system

main := {
	"apiVersion": "admission.k8s.io/v1",
	"kind": "AdmissionReview",
	"response": object.union({"uid": input.request.uid, "allowed": count(complaints) == 0}, status),
}

default status := {}

status := {"status": {"code": 403, "message": concat("\\n", sort(complaints))}} if count(complaints) > 0

applies(match) if {
	some kinds in match.kinds
	input.request.kind.kind in kinds.kinds
	input.request.kind.group in kinds.apiGroups
	not input.request.namespace in match.excludedNamespaces
}
"""

RULE = """
complaints contains sprintf("[%s] %s", ["{name}", finding.msg]) if {{
	constraint := data.constraints["{name}"]
	applies(constraint.match)
	some finding in data.hoster.{package}.violation with input as {{"review": input.request, "parameters": object.get(constraint, "parameters", {{}})}}
}}
"""


def for_opa(folder: str, constraints: list[dict], objects: list[dict]) -> None:
    entry = ENTRY
    for one in constraints:
        name = one["metadata"]["name"]
        entry += RULE.format(name=name, package=name.replace("-", "_"))
    write(f"{folder}/entry.rego", entry)
    write(f"{folder}/data.json", {"constraints": {one["metadata"]["name"]: one["spec"] for one in constraints},
                                  "inventory": inventory(objects)})
    for path in glob.glob(f"{SET}/*/policy.rego"):
        shutil.copy(path, f"{folder}/{path.split('/')[-2]}.rego")
    for path in glob.glob(f"{SET}/lib/*.rego"):
        shutil.copy(path, f"{folder}/lib_{os.path.basename(path)}")


def main(paratia: str, folder: str) -> None:
    pod = admissible(read_yaml(paratia, "bench/gatekeeper/pod.yaml"))
    objects = cluster(pod)
    write(f"{folder}/review.json", review(pod))
    write(f"{folder}/refused.json", review(faulty(pod)))
    write(f"{folder}/objects.json", {"apiVersion": "v1", "kind": "List", "items": objects})
    for namespace in ("shop", "plain"):
        pod["metadata"]["namespace"] = namespace
        write(f"{folder}/{namespace}.json", pod)
    constraints = [read_yaml(paratia, path) for path in sorted(glob.glob(f"{SET}/*/constraint.yaml"))]
    for_opa(f"{folder}/opa", constraints, objects)
    judged = [c for c in constraints if any("Pod" in k["kinds"] for k in c["spec"]["match"]["kinds"])]
    print(len(constraints), len(judged))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
