# The guard of a cluster, for the tests of `paratia guard k8s`: on free ports of loopback.

K8S=${PT_E2E:-/run/pt-e2e/none}/k8s

# k8s_policy [NAMESPACE]: pods and config maps must have an owner, but for those in the namespace.
k8s_policy() {
  sed "s/EXCLUDED/[${1:-}]/" <<'Y'
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: needsowner}
spec:
  crd: {spec: {names: {kind: NeedsOwner}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package needsowner
        violation[{"msg": msg}] {
          not input.review.object.metadata.labels.owner
          msg := sprintf("%s has no owner", [input.review.object.metadata.name])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NeedsOwner
metadata: {name: must-have-owner}
spec: {match: {kinds: [{apiGroups: [""], kinds: [Pod, ConfigMap]}], excludedNamespaces: EXCLUDED}}
Y
}

# free_port: one that nobody listens on.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# k8s_start WORD…: the guard with these options; its ledger is one for all of the file.
k8s_start() {
  mkdir -p "$K8S"
  K8S_PORT=$(free_port) K8S_PROBES=$(free_port)
  "$PARATIA" guard k8s --listen "127.0.0.1:$K8S_PORT" --probe-listen "127.0.0.1:$K8S_PROBES" --state "$K8S/state" "$@" \
    >"$K8S/out" 2>"$K8S/err" 3>&- &
  echo $! >"$K8S/guard.pid"
  k8s_wait
}

k8s_wait() { # a kind of constraints that the API server does not tell of is waited for, ten seconds
  for _ in $(seq 900); do
    curl -sf "http://127.0.0.1:$K8S_PROBES/readyz" >/dev/null && return 0
    kill -0 "$(cat "$K8S/guard.pid")" 2>/dev/null || break
    sleep 0.02
  done
  cat "$K8S/err"
  return 1
}

k8s_stop() { # [SIGNAL]
  local pid
  pid=$(cat "$K8S/guard.pid" 2>/dev/null) || return 0
  rm -f "$K8S/guard.pid"
  kill "-${1:-TERM}" "$pid" 2>/dev/null || return 0
  for _ in $(seq 500); do [ -d "/proc/$pid" ] || return 0; sleep 0.02; done
  kill -9 "$pid"
}

# k8s WORD…: instead of the one that runs.
k8s() {
  k8s_stop
  k8s_start "$@"
}

k8s_ca() { "$PARATIA" guard k8s --ca-bundle --state "$K8S/state" >"$K8S/ca.crt"; }

# admit [WORD…]: what the guard answers to the review on standard input; the words are curl's.
admit() {
  [ -s "$K8S/ca.crt" ] || k8s_ca
  curl -s --cacert "$K8S/ca.crt" --connect-to "localhost:$K8S_PORT:127.0.0.1:$K8S_PORT" \
    -H 'Content-Type: application/json' --data-binary @- "$@" "https://localhost:$K8S_PORT/v1/admit?timeout=10s"
}

# review OBJECT.json [OPERATION [USER [GROUP]]]: an AdmissionReview that holds the object.
review() {
  jq -c --arg op "${2:-CREATE}" --arg user "${3:-jane}" --arg group "${4:-system:authenticated}" '
    (.apiVersion | split("/")) as $gv
    | {group: (if ($gv | length) == 2 then $gv[0] else "" end), version: $gv[-1], kind} as $kind
    | {apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: {
        uid: "00000000-0000-4000-8000-000000000001", kind: $kind,
        resource: {group: $kind.group, version: $kind.version, resource: ((.kind | ascii_downcase) + "s")},
        name: .metadata.name, namespace: (if .kind == "Namespace" then .metadata.name else .metadata.namespace end), operation: $op,
        userInfo: {username: $user, groups: [$group]},
        object: (if $op == "DELETE" then null else . end), oldObject: (if $op == "CREATE" then null else . end), dryRun: false}}
    | .request |= with_entries(select(.value != null or .key == "object" or .key == "oldObject"))' "$1"
}

# allowed, refused TEXT: what $output, the guard's answer, says.
allowed() {
  [ "$(jq -r .response.allowed <<<"$output")" = true ] || { echo "$output"; return 1; }
}
refused() {
  [ "$(jq -r .response.allowed <<<"$output")" = false ] || { echo "$output"; return 1; }
  [[ $(jq -r .response.status.message <<<"$output") == *"$1"* ]] || { printf 'missing: %s\nin:\n%s\n' "$1" "$output"; return 1; }
}

# metric TEXT: the line of /metrics that begins so, its value.
metric() {
  curl -s "http://127.0.0.1:$K8S_PROBES/metrics" | awk -v m="$1" 'index($0, m) == 1 {print $NF; exit}'
}
