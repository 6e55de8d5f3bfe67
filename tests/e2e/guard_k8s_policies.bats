# paratia guard k8s --cluster-policies: before a small API server, which knows what the guard asks of one
# (tests/e2e/apiserver). guard_k8s_cluster.bats asks the real one.
load lib
load guard_k8s

API=${PT_E2E:-/run/pt-e2e/none}/api

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  rm -rf "$API" "$K8S"
  mkdir -p "$API" "$K8S" && chmod 700 "$API"
  python3 "$PT_REPO/tests/e2e/apiserver" "$API" >"$API/log" 2>&1 3>&- &
  echo $! >"$API/pid"
  for _ in $(seq 300); do [ -f "$API/port" ] && break; sleep 0.02; done
  api POST /api/v1/namespaces <<<'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}'
}
teardown() {
  k8s_stop
  kill "$(cat "$API/pid")" 2>/dev/null || true
}

# api METHOD PATH [curl's words]: with what is on standard input, unless it is a GET or DELETE.
api() {
  local method=$1 path=$2 body=()
  shift 2
  [[ $method = GET || $method = DELETE ]] || body=(--data-binary @-)
  curl -sS --noproxy '*' --max-time 20 --fail-with-body --cacert "$API/server.pem" -X "$method" "${body[@]}" "$@" \
    "https://127.0.0.1:$(cat "$API/port")$path" >"$API/answer" || { cat "$API/answer"; return 1; }
}
control() { api PUT /control <<<"$1"; }

TEMPLATES=/apis/templates.gatekeeper.sh/v1/constrainttemplates
CRDS=/apis/apiextensions.k8s.io/v1/customresourcedefinitions
OWNERS=/apis/constraints.gatekeeper.sh/v1beta1/needsowner

# template [REGO-MESSAGE [JQ-FILTER]]: NeedsOwner, as JSON.
template() {
  jq -nc --arg m "${1:-has no owner}" '{apiVersion: "templates.gatekeeper.sh/v1", kind: "ConstraintTemplate", metadata: {name: "needsowner"},
    spec: {crd: {spec: {names: {kind: "NeedsOwner"}, validation: {openAPIV3Schema: {type: "object", properties: {label: {type: "string"}}}}}},
      targets: [{target: "admission.k8s.gatekeeper.sh",
        rego: "package needsowner\nviolation[{\"msg\": msg}] {\n  not input.review.object.metadata.labels.owner\n  msg := \"\($m)\"\n}\n"}]}}' |
    jq -c "${2:-.}"
}
# constraint [JQ-FILTER]: must-have-owner, of pods and config maps.
constraint() {
  jq -nc '{apiVersion: "constraints.gatekeeper.sh/v1beta1", kind: "NeedsOwner", metadata: {name: "must-have-owner"},
    spec: {match: {kinds: [{apiGroups: [""], kinds: ["Pod", "ConfigMap"]}]}}}' | jq -c "${1:-.}"
}
# kind_served: the API server has the kind of NeedsOwner.
kind_served() { for _ in $(seq 200); do api GET "$OWNERS" >/dev/null && return 0; sleep 0.05; done; echo "no NeedsOwner"; return 1; }
# installed: template and kind are there before the guard is.
installed() {
  api POST "$CRDS" < <("$PT_REPO/tests/e2e/apiserver" crd NeedsOwner)
  template "$@" | api POST $TEMPLATES
}

pod() { jq -n --argjson l "${1:-null}" '{apiVersion: "v1", kind: "Pod", metadata: {name: "web", namespace: "shop", labels: $l}, spec: {containers: [{name: "c", image: "i"}]}}'; }
# denied_in_the_end TEXT, allowed_in_the_end: a pod without an owner is, before ten seconds are over.
ask() { run admit < <(review <(pod)); }
denied_in_the_end() {
  for _ in $(seq 200); do ask; [[ $output == *"$1"* ]] && break; sleep 0.05; done
  refused "$1" || { cat "$K8S/err"; return 1; }
}
allowed_in_the_end() {
  for _ in $(seq 200); do ask; [ "$(jq -r .response.allowed <<<"$output")" = true ] && return 0; sleep 0.05; done
  cat "$K8S/err"
  allowed
}
# said TEXT: the guard's standard error has it, before ten seconds are over.
said() {
  for _ in $(seq 200); do grep -qF -- "$1" "$K8S/err" && return 0; sleep 0.05; done
  printf 'not said: %s\n' "$1"
  cat "$K8S/err"
  return 1
}

guard() { k8s_start --enforce --cluster-policies --kubeconfig "$API/kubeconfig" "$@"; }

# proves: guard --cluster-policies
# proves: guard --write-crds
@test "templates and constraints of the API server come into force, change and go" {
  guard --write-crds
  ask
  allowed
  template | api POST $TEMPLATES
  kind_served
  api GET "$CRDS/needsowner.constraints.gatekeeper.sh"
  jq -e '.spec.versions[0].name == "v1beta1" and .spec.versions[0].subresources.status == {} and .metadata.ownerReferences[0].name == "needsowner"
    and .spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.parameters.properties.label.type == "string"' "$API/answer"
  api GET $TEMPLATES/needsowner
  jq -e '.status.created' "$API/answer"
  constraint | api POST "$OWNERS"
  denied_in_the_end "[must-have-owner] has no owner"
  [ "$(metric 'gatekeeper_constraints{enforcement_action="deny",status="active"}')" = 1 ]
  said "1 constraints, 1 of them at the API server"
  # a change of either
  template "says so" | api PUT $TEMPLATES/needsowner
  denied_in_the_end "[must-have-owner] says so"
  constraint '.spec.enforcementAction = "dryrun"' | api PUT "$OWNERS/must-have-owner"
  allowed_in_the_end
  constraint | api PUT "$OWNERS/must-have-owner"
  denied_in_the_end "says so"
  # a status is no change
  reloads=$(metric paratia_guard_reloads_total)
  api PATCH "$OWNERS/must-have-owner/status" -H 'Content-Type: application/merge-patch+json' <<<'{"status":{"totalViolations":7}}'
  constraint '.metadata.name = "second"' | api POST "$OWNERS"
  said "2 constraints, 2 of them at the API server"
  [ "$(metric paratia_guard_reloads_total)" = $((reloads + 1)) ]
  api DELETE "$OWNERS/second"
  api DELETE "$OWNERS/must-have-owner"
  allowed_in_the_end
  # the kind that somebody removed is made again; that of a template that is gone is not
  api DELETE "$CRDS/needsowner.constraints.gatekeeper.sh"
  kind_served
  api DELETE $TEMPLATES/needsowner
  api DELETE "$CRDS/needsowner.constraints.gatekeeper.sh"
  ask
  allowed
  [ "$(metric paratia_guard_reload_failures_total)" = 0 ]
}

@test "the guard is not ready before it has read all policies" {
  installed
  constraint | api POST "$OWNERS"
  control '{"down": ["needsowner"]}'
  K8S_PORT=$(free_port) K8S_PROBES=$(free_port)
  "$PARATIA" guard k8s --enforce --cluster-policies --kubeconfig "$API/kubeconfig" --listen "127.0.0.1:$K8S_PORT" \
    --probe-listen "127.0.0.1:$K8S_PROBES" --state "$K8S/state" >"$K8S/out" 2>"$K8S/err" 3>&- &
  echo $! >"$K8S/guard.pid"
  said "status 503"
  [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$K8S_PROBES/readyz")" = 503 ]
  k8s_ca
  run curl -s -o /dev/null -w '%{http_code}' --cacert "$K8S/ca.crt" --connect-to "localhost:$K8S_PORT:127.0.0.1:$K8S_PORT" \
    --data-binary @<(review <(pod)) "https://localhost:$K8S_PORT/v1/admit"
  [ "$output" = 503 ]
  control '{"down": []}'
  k8s_wait
  ask
  refused "[must-have-owner] has no owner"
}

@test "a template without a kind delays no start, is said, and judges when its kind comes" {
  template | api POST $TEMPLATES
  constraint '.metadata.name = "other" | .kind = "Other"' >other.json
  api POST "$CRDS" < <("$PT_REPO/tests/e2e/apiserver" crd Other)
  template x '.metadata.name = "other" | .spec.crd.spec.names.kind = "Other"' | api POST $TEMPLATES
  api POST /apis/constraints.gatekeeper.sh/v1beta1/other <other.json
  before=$(date +%s%N)
  guard
  [ $((($(date +%s%N) - before) / 1000000)) -lt 6000 ]
  said "note: the API server has no kind for these templates, so that there are no constraints of theirs: needsowner"
  ask
  refused "[other] x"
  api DELETE /apis/constraints.gatekeeper.sh/v1beta1/other/other
  allowed_in_the_end
  api POST "$CRDS" < <("$PT_REPO/tests/e2e/apiserver" crd NeedsOwner)
  constraint | api POST "$OWNERS"
  denied_in_the_end "[must-have-owner] has no owner"
  [ "$(grep -c "has no kind" "$K8S/err")" = 1 ]
}

@test "a kind that can be listed, and that the server does not tell of yet, is waited for" {
  installed
  constraint | api POST "$OWNERS"
  control '{"hidden": ["needsowner"]}'
  (sleep 2 && control '{"hidden": []}') &
  guard
  ask
  refused "[must-have-owner] has no owner"
  ! grep "has no kind" "$K8S/err"
}

@test "what cannot be evaluated denies what it matches, and the rest judges" {
  installed
  constraint '.metadata.name = "sound" | .spec.match.kinds[0].kinds = ["Service"]' | api POST "$OWNERS"
  constraint '.spec.parameters = {label: 1}' | api POST "$OWNERS"
  guard
  ask
  refused "[must-have-owner] it could not be judged: spec.parameters.label: must be of type string"
  [ "$(jq .response.status.code <<<"$output")" = 500 ]
  said "error: the API server's NeedsOwner must-have-owner cannot be evaluated"
  [ "$(metric 'gatekeeper_constraints{enforcement_action="deny",status="error"}')" = 1 ]
  [ "$(metric 'gatekeeper_constraints{enforcement_action="deny",status="active"}')" = 1 ]
  run admit < <(review <(pod | jq '.kind = "Service"'))
  refused "[sound] has no owner"
  run admit < <(review <(pod | jq '.kind = "Secret"'))
  allowed
  # … as a warning where it says so
  constraint '.spec.parameters = {label: 1} | .metadata.annotations = {"paratia/on-error": "allow"}' | api PUT "$OWNERS/must-have-owner"
  allowed_in_the_end
  constraint | api PUT "$OWNERS/must-have-owner"
  denied_in_the_end "[must-have-owner] has no owner"
  # a template that does not compile
  template 'x' '.spec.targets[0].rego = "package x\nviolation[{"' | api PUT $TEMPLATES/needsowner
  denied_in_the_end "its template is broken"
  [ "$(metric 'gatekeeper_constraint_templates{status="error"}')" = 1 ]
  [ "$(metric 'gatekeeper_constraint_templates{status="active"}')" = 0 ]
  said "error: the API server's ConstraintTemplate needsowner cannot be evaluated: rego_parse_error"
  # one that is missing
  api DELETE $TEMPLATES/needsowner
  denied_in_the_end "no template of the kind NeedsOwner"
  # what mends it can come in
  run admit < <(review <(constraint))
  allowed
  template | api POST $TEMPLATES
  denied_in_the_end "[must-have-owner] has no owner"
  [ "$(metric 'gatekeeper_constraints{enforcement_action="deny",status="error"}')" = 0 ]
}

@test "while the API server is away, what was known stays in force, and that is said" {
  installed
  constraint | api POST "$OWNERS"
  guard
  control '{"down": ["needsowner", "constrainttemplates"]}'
  said "503"
  ask
  refused "[must-have-owner] has no owner"
  control '{"down": []}'
  said "note: the API server answers again"
  api DELETE "$OWNERS/must-have-owner"
  allowed_in_the_end
}

@test "a kind that the server does not tell of for a moment is not gone" {
  installed
  constraint | api POST "$OWNERS"
  guard
  control '{"hidden": ["needsowner"]}'
  template "after it" | api PUT $TEMPLATES/needsowner
  denied_in_the_end "[must-have-owner] after it"
  sleep 1.5 # two looks at which kinds there are
  ask
  refused "[must-have-owner] after it"
}

@test "policies of files and of the API server hold together, and what they both have must be the same" {
  template | jq . >template.yaml
  constraint '.metadata.name = "of-a-file" | .spec.match.kinds[0].kinds = ["Service"]' | jq . >constraint.yaml
  installed
  constraint '.spec.enforcementAction = "deny"' | api POST "$OWNERS"
  guard --policy template.yaml,constraint.yaml
  ask
  refused "[must-have-owner] has no owner"
  run admit < <(review <(pod | jq '.kind = "Service"'))
  refused "[of-a-file] has no owner"
  said "2 constraints, 1 of them at the API server"
  # another template at the server: it holds for the file's constraints, the others deny
  template "as the server says" | api PUT $TEMPLATES/needsowner
  denied_in_the_end "another template of its kind"
  has template.yaml
  run admit < <(review <(pod | jq '.kind = "Service"'))
  refused "[of-a-file] has no owner"
  # another constraint of the same name: both hold
  template | api PUT $TEMPLATES/needsowner
  denied_in_the_end "[must-have-owner] has no owner"
  constraint '.metadata.name = "of-a-file"' | api POST "$OWNERS"
  said "another constraint of this name is"
  run admit < <(review <(pod '{"owner": "jane"}'))
  refused "[of-a-file] it could not be judged: another constraint of this name is"
  run admit < <(review <(pod | jq '.kind = "Service"'))
  refused "[of-a-file] has no owner"
  run curl -s "http://127.0.0.1:$K8S_PROBES/metrics"
  [ -z "$(grep -v '^#' <<<"$output" | sed 's/ [^ ]*$//' | sort | uniq -d)" ] # no series twice
  api DELETE "$OWNERS/of-a-file"
  # files that change are read beside them, and broken ones are not
  sed -i 's/has no owner/has none/' template.yaml
  template "has none" | api PUT $TEMPLATES/needsowner
  denied_in_the_end "[must-have-owner] has none"
  echo '{' >template.yaml
  said "note: the settings before it stay in force"
  ask
  refused "[must-have-owner] has none"
}

@test "a signal reads the files again, beside the API server's policies" {
  installed
  constraint | api POST "$OWNERS"
  printf 'level: privileged\n' >config.yaml
  guard --config config.yaml
  printf 'level: baseline\n' >config.yaml
  kill -HUP "$(cat "$K8S/guard.pid")"
  said "note: settings read again"
  run admit < <(review <(pod '{"owner": "jane"}' | jq '.spec.hostNetwork = true'))
  refused 'violates PodSecurity "baseline:latest"'
  ask
  refused "[must-have-owner] has no owner"
}

# proves: guard --config-namespace
@test "Config counts in one namespace, and in no other" {
  config() { jq -nc --arg n "$1" '{apiVersion: "config.gatekeeper.sh/v1alpha1", kind: "Config", metadata: {name: "config", namespace: $n},
    spec: {match: [{processes: ["*"], excludedNamespaces: ["shop"]}]}}' | api POST "/apis/config.gatekeeper.sh/v1alpha1/namespaces/$1/configs"; }
  installed
  constraint | api POST "$OWNERS"
  config shop
  guard --config-namespace hoster
  ask
  refused "[must-have-owner] has no owner"
  config hoster
  allowed_in_the_end
}

@test "what policies begin to look up is watched from then on" {
  installed
  constraint | api POST "$OWNERS"
  guard
  api POST /api/v1/namespaces/shop/configmaps <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"owners","namespace":"shop"}}'
  local sync='"[[{"groups":[""],"versions":["v1"],"kinds":["ConfigMap"]}]]"'
  template x '.spec.targets[0].rego = "package x\nviolation[{\"msg\": \"it is there\"}] { data.inventory.namespace.shop.v1.ConfigMap.owners }"' |
    jq -c --arg s "$sync" '.metadata.annotations = {"metadata.gatekeeper.sh/requires-sync-data": $s}' | api PUT $TEMPLATES/needsowner
  denied_in_the_end "it is there"
  api DELETE /api/v1/namespaces/shop/configmaps/owners
  allowed_in_the_end
}

@test "rights that are missing are said, with what to grant" {
  control '{"deny": ["constrainttemplates"]}'
  run timeout 60 "$PARATIA" guard k8s --enforce --cluster-policies --kubeconfig "$API/kubeconfig" --state "$PWD/st"
  [ "$status" = 3 ]
  has "with get, list and watch of 'constrainttemplates' of templates.gatekeeper.sh"
  control '{"deny": ["*"]}'
  run timeout 60 "$PARATIA" guard k8s --enforce --cluster-policies --kubeconfig "$API/kubeconfig" --state "$PWD/st"
  [ "$status" = 3 ]
  has "of '*' of constraints.gatekeeper.sh"
  control '{"deny": ["customresourcedefinitions"]}'
  template | api POST $TEMPLATES
  guard --write-crds
  said "a ClusterRole with create and patch of customresourcedefinitions"
}

@test "options that need the API server say so" {
  run "$PARATIA" guard k8s --enforce --cluster-policies --state "$PWD/st"
  [ "$status" = 2 ]
  has "--kubeconfig FILE, or --in-cluster in a pod"
  run "$PARATIA" guard k8s --enforce --write-crds --level baseline --state "$PWD/st"
  [ "$status" = 2 ]
  has "--cluster-policies"
}

@test "--audit and --usage judge and count by them, too" {
  installed
  constraint | api POST "$OWNERS"
  api POST /api/v1/namespaces/shop/configmaps <<<'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bare","namespace":"shop"}}'
  run timeout 60 "$PARATIA" guard k8s --audit --cluster-policies --kubeconfig "$API/kubeconfig" --state "$PWD/st" --json --no-record
  [ "$status" = 1 ]
  [ "$(jq -r '.findings[] | select(.verdict == "fail") | "\(.check) \(.subject)"' <<<"$(sed -n '/^{/,$p' <<<"$output")")" = "must-have-owner ConfigMap shop/bare" ]
  run "$PARATIA" guard k8s --usage --cluster-policies --kubeconfig "$API/kubeconfig" --json
  [ "$status" = 0 ]
  [ "$(jq -r '.policies[0].template' <<<"$output")" = NeedsOwner ]
  # what cannot be listed is no pass
  api DELETE /api/v1/namespaces/shop/configmaps/bare
  control '{"down": ["needsowner"]}'
  run timeout 60 "$PARATIA" guard k8s --audit --cluster-policies --kubeconfig "$API/kubeconfig" --state "$PWD/st" --no-record
  [ "$status" = 3 ]
  has NeedsOwner
}

@test "no review fails while policies of the API server change under load" {
  installed
  constraint | api POST "$OWNERS"
  guard
  k8s_ca
  review <(pod '{"owner": "jane"}') >review.json
  : >failures
  local workers=()
  for worker in 1 2 3; do
    (
      n=0
      while [ ! -e enough ]; do
        n=$((n + 1))
        [ "$(admit <review.json | jq -r .response.allowed)" = true ] || echo "$n" >>failures
      done
      echo $n >done-$worker
    ) 3>&- &
    workers+=($!)
  done
  for i in 1 2 3 4 5 6 7 8; do
    template "change $i" | api PUT $TEMPLATES/needsowner
    denied_in_the_end "change $i"
  done
  touch enough
  wait "${workers[@]}"
  [ ! -s failures ]
  [ "$(metric paratia_guard_reloads_total)" -ge 8 ]
}
