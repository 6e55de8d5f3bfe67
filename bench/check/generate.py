#!/usr/bin/env python3
"""bench/check/generate.py OBJECTS FOLDER: the same Kubernetes objects as FOLDER/list.json (one List, as
`kubectl get -o json` prints it) and FOLDER/stream.yaml (documents between ---).

The same number gives the same bytes: no clock, no random numbers. Nine of ten objects are as the
restricted Pod Security Standard and the checks of workloads want them, every tenth has one of the
usual faults."""
import json
import sys
from pathlib import Path

TEAMS = ("payments", "search", "identity", "warehouse", "frontend")
IMAGES = ("nginx:1.25.3", "redis:7.2.3-alpine", "library/postgres:16.1", "team/agent:2.4.0")
DIGEST = "@sha256:6f0c5e1b6b1c9e0a7d1b0d1f3a5b7c9d0e2f4a6b8c0d1e3f5a7b9c1d3e5f7a9b"


def labels(i: int) -> dict:
    return {"app.kubernetes.io/name": TEAMS[i % 5], "app.kubernetes.io/instance": f"{TEAMS[i % 5]}-{i}",
            "tier": "backend"}


def container(i: int, c: int) -> dict:
    return {
        "name": f"main-{c}",
        "image": "registry.example.com/" + IMAGES[(i + c) % 4] + DIGEST,
        "imagePullPolicy": "IfNotPresent",
        "args": ["--config=/etc/app/config.yaml", f"--level={i % 7}"],
        "ports": [{"name": f"http-{c}", "containerPort": 8080 + c, "protocol": "TCP"}],
        "env": [{"name": f"SETTING_{e}", "value": f"value {e} of \"{i}\""} for e in range(4)]
        + [{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "resources": {"limits": {"cpu": "500m", "memory": "512Mi", "ephemeral-storage": "1Gi"},
                      "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "config", "readOnly": True, "mountPath": "/etc/app"}],
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080 + c}, "periodSeconds": 10},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080 + c}, "periodSeconds": 10},
        "securityContext": {"allowPrivilegeEscalation": False, "privileged": False, "runAsNonRoot": True,
                            "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
                            "seccompProfile": {"type": "RuntimeDefault"}},
    }


def privileged(spec: dict) -> None:
    spec["containers"][0]["securityContext"].update(privileged=True, allowPrivilegeEscalation=True)


def docker_socket(spec: dict) -> None:
    spec["volumes"].append({"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}})
    spec["containers"][0]["volumeMounts"].append({"name": "docker", "mountPath": "/var/run/docker.sock"})


def host_namespaces(spec: dict) -> None:
    spec.update(hostNetwork=True, hostPID=True)


def no_context(spec: dict) -> None:
    del spec["containers"][0]["securityContext"]
    del spec["containers"][0]["resources"]


def more_capabilities(spec: dict) -> None:
    spec["containers"][0]["securityContext"]["capabilities"] = {"add": ["SYS_ADMIN", "NET_RAW"]}


FAULTS = (privileged, docker_socket, host_namespaces, no_context, more_capabilities)


def pod_spec(i: int) -> dict:
    spec = {
        "automountServiceAccountToken": False,
        "serviceAccountName": TEAMS[i % 5],
        "securityContext": {"runAsNonRoot": True, "fsGroup": 2000, "seccompProfile": {"type": "RuntimeDefault"}},
        "volumes": [{"name": "config", "configMap": {"name": "app-config"}}],
        "containers": [container(i, c) for c in range(i % 3 + 1)],
    }
    if i % 10 == 9:
        FAULTS[i // 10 % len(FAULTS)](spec)
    return spec


def workload(i: int) -> dict:
    """Of ten: six Deployments, a StatefulSet, a DaemonSet, a CronJob, and the faulty Deployment."""
    template = {"metadata": {"labels": labels(i)}, "spec": pod_spec(i)}
    kind = {3: "StatefulSet", 5: "DaemonSet", 7: "CronJob"}.get(i % 10, "Deployment")
    meta = {"name": f"{TEAMS[i % 5]}-{i}", "namespace": TEAMS[i % 5], "labels": labels(i),
            "annotations": {"owner": f"Büro {TEAMS[i % 5]}", "deployment.kubernetes.io/revision": str(i % 9 + 1)}}
    if kind == "CronJob":
        template["spec"]["restartPolicy"] = "OnFailure"
        return {"apiVersion": "batch/v1", "kind": kind, "metadata": meta,
                "spec": {"schedule": "17 3 * * *", "jobTemplate": {"spec": {"template": template}}}}
    spec = {"selector": {"matchLabels": {"app.kubernetes.io/instance": f"{TEAMS[i % 5]}-{i}"}}, "template": template}
    if kind != "DaemonSet":
        spec["replicas"] = i % 5 + 2
    if kind == "StatefulSet":
        spec["serviceName"] = TEAMS[i % 5]
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": spec}


def scalar(v) -> str:
    """Plain where YAML 1.2 reads the same string back and people write it so, else JSON's quotes."""
    if not isinstance(v, str):
        return json.dumps(v)
    plain = v.replace("-", "").replace("/", "").replace(".", "").replace("_", "")
    return v if plain.isalnum() and v[0].isalpha() and v.isascii() else json.dumps(v, ensure_ascii=False)


def put_yaml(out: list, v, indent: int) -> None:
    """Block style of two blanks, as people write manifests."""
    pad = "  " * indent
    if isinstance(v, dict):
        for key, value in v.items():
            if isinstance(value, (dict, list)):
                out.append(f"{pad}{key}:\n")
                put_yaml(out, value, indent + 1)
            else:
                out.append(f"{pad}{key}: {scalar(value)}\n")
        return
    for item in v:
        if not isinstance(item, (dict, list)):
            out.append(f"{pad}- {scalar(item)}\n")
            continue
        inner: list = []
        put_yaml(inner, item, indent + 1)
        inner[0] = pad + "- " + inner[0][len(pad) + 2:]
        out += inner


def main(objects: int, folder: Path) -> None:
    items = [workload(i) for i in range(objects)]
    listed = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
    (folder / "list.json").write_text(json.dumps(listed, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")
    out: list = []
    for item in items:
        out.append("---\n")
        put_yaml(out, item, 0)
    (folder / "stream.yaml").write_text("".join(out), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
