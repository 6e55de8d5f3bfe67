# What passes in CI passes at admission: `paratia check`, the webhook and the plugin judge alike.
load lib
load guard_k8s
load guard
bats_require_minimum_version 1.5.0 # run --separate-stderr

SET=$PT_REPO/policies/hoster
LIBRARY=$PT_REPO/../shared/corpus/gatekeeper/library
K8S=${PT_E2E:-/run/pt-e2e/none}/agrees/k8s
GUARD=${PT_E2E:-/run/pt-e2e/none}/agrees/docker
GUARD_SOCKET=$GUARD/paratia.sock
export GUARD_DATA=$GUARD/data

agree() { timeout 300 "$PT_REPO/tests/e2e/agree" "$@"; }

teardown() {
  k8s_stop
  guard_stop
}

# webhook POLICIES [OBJECTS]: one that judges by these and nothing else, and knows the objects.
webhook() {
  k8s_start --enforce --exclude none --timeout 20s --policy "$1" ${2:+--objects "$2"}
  k8s_ca
}

# compared POLICIES OBJECTS: check and the webhook, of every object.
compared() {
  webhook "$1" "$2"
  run agree webhook "$1" "$2" "https://localhost:$K8S_PORT" "$K8S/ca.crt"
  [ "$status" = 0 ] || { tail -40 <<<"$output"; return 1; }
  echo "${lines[-1]}" >&3
}

# in_force POLICIES: as check names them.
in_force() {
  "$PARATIA" check --no-record --json --policy "$1" pod.yaml | jq -r '.about[] | select(startswith("policies:")) | sub(", 0 rules"; "")'
}

pod() { printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: web}]}\n' >pod.yaml; }

# read_again FILE: SIGHUP was heeded, and what it said is written.
read_again() {
  for _ in $(seq 200); do [ "$(grep -c "note: policies:" "$1")" -ge 2 ] && return 0; sleep 0.02; done
  cat "$1"
  return 1
}

# -- which policies -----------------------------------------------------------------------------------

@test "both guards say which policies are in force, in the words of check, and again after a reload" {
  local before after
  pod
  mkdir -p "$GUARD"
  cp -r "$SET" policies && chmod -R go-w policies
  before=$(in_force policies)
  [[ $before == "policies: 30 constraints (sha256:"*")" ]]
  webhook policies
  guard_start --enforce --policy policies
  grep -qxF "note: $before" "$K8S/err"
  grep -qxF "note: $before" "$GUARD/err"
  rm -r policies/no-host-path
  after=$(in_force policies)
  [[ $after == "policies: 29 constraints (sha256:"*")" ]]
  kill -HUP "$(cat "$K8S/guard.pid")" "$(cat "$GUARD/guard.pid")"
  read_again "$K8S/err"
  read_again "$GUARD/err"
  grep -qxF "note: $after" "$K8S/err"
  grep -qxF "note: $after" "$GUARD/err"
}

@test "where there are none they say so, and quiet says nothing of them" {
  mkdir -p "$GUARD"
  guard_start --enforce
  grep -qx "note: policies: none" "$GUARD/err"
  guard --enforce --quiet --policy "$SET"
  k8s_start --enforce --quiet --policy "$SET"
  run cat "$GUARD/err" "$K8S/err"
  hasnt "policies"
}

# -- what they find -----------------------------------------------------------------------------------

@test "check and the webhook find the same in every sample of the hoster set" {
  agree objects objects "$SET"/*/samples/*.yaml >&3
  compared "$SET" objects
  [[ ${lines[-1]} == *" violations of 30, 0 differences" ]]
}

@test "check and the webhook find the same in Gatekeeper's library, by all of its constraints" {
  [ -d "$LIBRARY" ] || skip "no ../shared/corpus/gatekeeper"
  agree library policies "$LIBRARY" objects >&3
  compared policies objects
}

# Policies that tell what they are asked: all of it, but for what a file cannot know.
told() {
  mkdir -p policies
  cat >policies/said.yaml <<'YAML'
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: said}
spec:
  crd: {spec: {names: {kind: Said}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package said
        violation[{"msg": msg}] { msg := json.marshal(object.remove(input.review, ["uid"])) }
        violation[{"msg": "two\nlines"}] { input.review.object.metadata.annotations.lines }
        violation[{"msg": msg}] { m := input.review.object.metadata.annotations.msg; msg := m }
        violation[{"msg": msg}] { msg := sprintf("knows %v", [[n | data.inventory.namespace[_][_][_][n]]]) }
        violation[{"msg": msg}] { input.review.object.metadata.annotations.broken; msg := sprintf("%v", [either(true)]) }
        either(x) = 1 { x }
        either(x) = 2 { x }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Said
metadata: {name: said}
spec: {match: {}}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Said
metadata: {name: warned}
spec: {enforcementAction: warn, match: {kinds: [{apiGroups: [""], kinds: [ConfigMap]}]}}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Said
metadata: {name: prod}
spec: {match: {namespaceSelector: {matchLabels: {env: prod}}}}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Said
metadata: {name: elsewhere}
spec:
  enforcementAction: scoped
  scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: audit.gatekeeper.sh}]}]
YAML
  cat >app.yaml <<'YAML'
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {env: test}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {env: prod}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: blog}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {n: 1.0, big: 9007199254740993}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: blog, annotations: {lines: "1"}}}
---
{apiVersion: v1, kind: Pod, metadata: {generateName: web-, namespace: unheard-of}}
---
{apiVersion: v1, kind: Pod, metadata: {name: nowhere, annotations: {msg: "ü → \u202e \x1b[2J"}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, namespace: shop, annotations: {broken: "x"}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n, namespace: shop}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: g, namespace: shop}}
---
{apiVersion: v1, kind: Endpoints, metadata: {name: e, namespace: shop}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}}
---
{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: shop}}]}
YAML
  agree objects objects app.yaml
}

@test "policies are asked the same, but for who asks" {
  told
  compared policies objects
}

@test "a difference is told" {
  told
  sed -i 's/\["uid"\]/["a"]/' policies/said.yaml
  webhook policies objects
  run agree webhook policies objects "https://localhost:$K8S_PORT" "$K8S/ca.crt"
  [ "$status" = 1 ]
  line "only check says 1 × [said]"
  line "only the webhook says 1 × [said]"
}

@test "the plugin says of a container what the webhook says of the pod that it amounts to" {
  mkdir -p "$GUARD"
  "$PARATIA" guard docker --rules | grep -oE 'PT-GRD-[A-Z-]+' | grep -v '^PT-GRD-TENANT' | sort -u | paste -sd, | sed 's/.*/allow: [&]/' >rules.yaml
  chmod 600 rules.yaml
  webhook "$SET"
  guard_start --enforce --policy "$SET" --config "$PWD/rules.yaml" --allow-tags
  run agree plugin "$SET" "$GUARD_SOCKET" "https://localhost:$K8S_PORT" "$K8S/ca.crt"
  [ "$status" = 0 ] || { tail -40 <<<"$output"; return 1; }
  echo "${lines[-1]}" >&3
}
