# paratia guard k8s --audit, on a real API server.
load lib
load cluster
load guard_k8s

A=${PT_E2E:-/run/pt-e2e/none}/audit
REPORTS=/apis/wgpolicyk8s.io/v1alpha2

# crd GROUP VERSION KIND PLURAL SCOPE [SUBRESOURCES]: a definition that takes everything.
crd() {
  jq -n --arg g "$1" --arg v "$2" --arg k "$3" --arg p "$4" --arg s "$5" --argjson sub "${6:-null}" '{
    apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: {name: "\($p).\($g)"},
    spec: {group: $g, scope: $s, names: {kind: $k, plural: $p, singular: ($k | ascii_downcase)},
      versions: [{name: $v, served: true, storage: true, subresources: $sub,
        schema: {openAPIV3Schema: {type: "object", "x-kubernetes-preserve-unknown-fields": true}}}]}} | del(.. | nulls)'
}
crd_make() {
  kube POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions - < <(crd "$@") >/dev/null
  for _ in $(seq 100); do kube GET "/apis/$1/$2/$4" >/dev/null 2>&1 && return 0; sleep 0.1; done
  echo "no $3"
  return 1
}

namespace() { # NAME [LABELS]
  jq -n --arg n "$1" --argjson l "${2:-null}" '{apiVersion: "v1", kind: "Namespace", metadata: {name: $n, labels: $l}}' |
    kube POST /api/v1/namespaces - >/dev/null
}

# many NAMESPACE FROM TO LABELS: ConfigMaps, eight at a time.
many() {
  local url
  url=$(cluster_url)/api/v1/namespaces/$1/configmaps
  seq "$2" "$3" | xargs -P 8 -I N curl -sS --noproxy '*' -o /dev/null --cacert "$CLUSTER_CA" --cert "$CLUSTER_PKI/admin.pem" --key "$CLUSTER_PKI/admin-key.pem" \
    -H 'Content-Type: application/json' "$url" -d "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c-N\",\"labels\":$4},\"data\":{\"a\":\"b\"}}"
}

pod() { # NAMESPACE NAME [JQ-FILTER]
  jq -n --arg n "$2" '{apiVersion: "v1", kind: "Pod", metadata: {name: $n, labels: {owner: "jane"}},
    spec: {containers: [{name: "c", image: "web:1"}]}}' | jq "${3:-.}" | kube POST "/api/v1/namespaces/$1/pods" - >/dev/null
}

setup_file() {
  cluster_start
  [ -z "$(cluster_missing)" ] || return 0
  rm -rf "$A"
  mkdir -p "$A/policies"
  k8s_policy free >"$A/policies/owner.yaml"
  namespace shop
  namespace free
  namespace strict '{"pod-security.kubernetes.io/warn": "restricted"}'
  many shop 1 480 '{"owner":"jane"}'
  many shop 481 500 '{}'
  many free 1 5 '{}'
  pod shop web
}

teardown_file() { cluster_stop; rm -rf "$A"; }

setup() {
  need_cluster
  cd "$BATS_TEST_TMPDIR" || return 1
}

audit() { timeout 120 "$PARATIA" guard k8s --audit --kubeconfig "$CLUSTER/${USER_OF_AUDIT:-admin}.kubeconfig" --state "$A/state" "$@"; }

# proves: guard --audit
# proves: guard --kubeconfig
@test "objects that are there are judged, excluded ones are not, and a receipt is kept" {
  run audit --policy "$A/policies" --json
  [ "$status" = 1 ]
  has "a new ledger begins"
  sed -n '/^{/,$p' <<<"$output" >report.json
  [ "$(jq '[.findings[] | select(.verdict == "fail")] | length' report.json)" = 20 ]
  [ "$(jq '[.findings[] | select(.verdict == "pass")] | length' report.json)" = 481 ]
  [ "$(jq -r '[.findings[] | select(.verdict == "fail")][0] | "\(.check) \(.subject) \(.evidence) \(.severity)"' report.json)" = "must-have-owner ConfigMap shop/c-481 c-481 has no owner high" ]
  run audit --policy "$A/policies"
  [ "$status" = 1 ]
  has "20 fail"
  has "c-481 has no owner"
  has "Receipt"
  run "$PARATIA" ledger verify --state "$A/state"
  [ "$status" = 0 ]
}

# proves: guard --fail-on
@test "one severity up it is no failure, and what is of serving is refused" {
  run audit --policy "$A/policies" --fail-on critical --quiet
  [ "$status" = 0 ]
  run audit --policy "$A/policies" --learn
  [ "$status" = 2 ]
  has "--learn says nothing in an audit"
  run "$PARATIA" guard k8s --learn --policy "$A/policies" --write
  [ "$status" = 2 ]
  has "--write is of audits"
  run "$PARATIA" guard k8s --audit --policy "$A/policies" --state "$A/state"
  [ "$status" = 2 ]
  has "--kubeconfig FILE"
}

# proves: guard --output
# proves: guard --all
# proves: guard --no-record
# proves: guard --baseline
# proves: guard --against
# proves: guard --color
@test "the same reports as a check gives, and what was known steps back" {
  run audit --policy "$A/policies" --no-record --output json=known.json --output sarif=r.sarif --output html=r.html --all
  [ "$status" = 1 ]
  has "c-480"
  [ "$(jq '[.findings[] | select(.verdict == "fail")] | length' known.json)" = 20 ]
  [ "$(jq '[.runs[0].results[] | select(.kind == "fail")] | length' r.sarif)" = 20 ]
  grep -q 'ConfigMap shop/c-481' r.html
  many shop 501 501 '{}'
  run audit --policy "$A/policies" --no-record --baseline known.json --json
  [ "$status" = 1 ]
  [ "$(jq -r '[.findings[] | select(.verdict == "fail" and .known != true) | .subject] | join(",")' <<<"$output")" = "ConfigMap shop/c-501" ]
  run audit --policy "$A/policies" --color always
  [ "$status" = 1 ]
  run audit --policy "$A/policies" --against last
  [ "$status" = 0 ]
  run audit --policy "$A/policies" --color sometimes
  [ "$status" = 2 ]
  kube DELETE /api/v1/namespaces/shop/configmaps/c-501 >/dev/null
}

@test "a group whose server is gone: who is concerned is not evaluated, the others are" {
  kube POST /apis/apiregistration.k8s.io/v1/apiservices - >/dev/null <<'J'
{"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.gone.example.org"},
 "spec": {"group": "gone.example.org", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": true,
  "service": {"name": "none", "namespace": "default"}}}
J
  mkdir all
  sed 's/^spec: {match.*/spec: {enforcementAction: dryrun}/' "$A/policies/owner.yaml" >all/owner.yaml
  run audit --policy all --json
  [ "$status" = 3 ]
  [ "$(jq -r '.findings[] | select(.verdict == "not evaluated") | .subject' <<<"$output")" = "what is in gone.example.org/v1" ]
  run audit --policy "$A/policies" --fail-on critical
  [ "$status" = 0 ]
  kube DELETE /apis/apiregistration.k8s.io/v1/apiservices/v1.gone.example.org >/dev/null
}

@test "a policy that cannot be evaluated: the others judge, and the run is no pass" {
  mkdir broken
  cp "$A/policies/owner.yaml" broken/
  printf 'apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Nobody\nmetadata: {name: n}\n' >broken/more.yaml
  run audit --policy broken --fail-on critical
  [ "$status" = 3 ]
  has "no template of the kind Nobody"
  has "20 fail"
}

@test "Pod Security: what runs and would not be admitted again" {
  pod strict bad '.spec.hostNetwork = true'
  pod strict good '.spec.containers[0].securityContext = {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: ["ALL"]}, seccompProfile: {type: "RuntimeDefault"}}'
  run audit --level privileged --json
  [ "$status" = 0 ]
  [ "$(jq -r '.findings[] | select(.verdict == "fail") | "\(.check) \(.subject)"' <<<"$output")" = "pod-security.warn Pod strict/bad" ]
  run audit --level baseline --json
  [ "$status" = 1 ]
  echo "$output" >report.json
  jq -r '.findings[] | select(.verdict == "fail") | "\(.check) \(.subject) \(.evidence)"' report.json >fails
  [ "$(grep -c . fails)" = 1 ]
  grep -qF 'pod-security.enforce Pod strict/bad baseline:latest: host namespaces (hostNetwork=true)' fails
}

@test "policies that look others up have all that Config names" {
  mkdir unique
  cat >unique/policy.yaml <<'Y'
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: twin}
spec:
  crd: {spec: {names: {kind: Twin}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package twin
        violation[{"msg": msg}] {
          me := input.review.object.metadata
          other := data.inventory.namespace[ns]["v1"].ConfigMap[me.name]
          ns != me.namespace
          msg := sprintf("%s is in %s too", [me.name, ns])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Twin
metadata: {name: no-twins}
spec: {enforcementAction: warn, match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}}
Y
  pod shop c-3
  run audit --policy unique --json
  [ "$status" = 0 ]
  [ "$(jq '[.findings[] | select(.verdict == "fail")] | length' <<<"$output")" = 0 ]
  cat >unique/config.yaml <<'Y'
apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata: {name: config}
spec: {sync: {syncOnly: [{group: "", version: v1, kind: ConfigMap}]}}
Y
  run audit --policy unique --json
  [ "$status" = 0 ]
  [ "$(jq -r '.findings[] | select(.verdict == "fail") | "\(.subject) \(.severity) \(.evidence)"' <<<"$output")" = "Pod shop/c-3 medium c-3 is in free too" ]
  kube DELETE '/api/v1/namespaces/shop/pods/c-3?gracePeriodSeconds=0' >/dev/null
}

# proves: guard --strict
@test "what may not be listed is not evaluated: exit 3, never a pass" {
  USER_OF_AUDIT=plain run audit --policy "$A/policies" --json
  [ "$status" = 3 ]
  echo "$output" | sed -n '/^{/,$p' >report.json
  [ "$(jq -r '[.findings[] | select(.verdict == "not evaluated") | .subject] | sort | join(",")' report.json)" = "ConfigMap (v1),Namespace (v1),Pod (v1)" ]
  kube POST /apis/rbac.authorization.k8s.io/v1/clusterroles - >/dev/null <<'J'
{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "audit"},
 "rules": [{"apiGroups": [""], "resources": ["namespaces", "pods"], "verbs": ["list"]}]}
J
  kube POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings - >/dev/null <<'J'
{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "audit"},
 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "audit"},
 "subjects": [{"kind": "User", "name": "plain", "apiGroup": "rbac.authorization.k8s.io"}]}
J
  USER_OF_AUDIT=plain run audit --policy "$A/policies"
  [ "$status" = 3 ]
  has "ConfigMap (v1)"
  has "forbidden"
  USER_OF_AUDIT=plain run audit --policy "$A/policies" --strict
  [ "$status" = 1 ]
}

@test "a cluster without the definitions of reports says which to install, after everything else" {
  run audit --policy "$A/policies" --write
  [ "$status" = 3 ]
  has "no PolicyReport (wgpolicyk8s.io/v1alpha2)"
  has "kubernetes-sigs/wg-policy-prototypes"
  has "20 fail"
  has "Receipt"
}

# proves: guard --write
@test "reports and the status of constraints are written, renewed, and deleted when they are stale" {
  cluster_apply "$PT_REPO/deploy/kubernetes/overlays/reports/definitions.yaml" >/dev/null # server-side apply refuses what they do not name
  for kind in policyreports clusterpolicyreports; do
    for _ in $(seq 100); do kube GET "$REPORTS/$kind" >/dev/null 2>&1 && break; sleep 0.1; done
  done
  crd_make constraints.gatekeeper.sh v1beta1 NeedsOwner needsowner Cluster '{"status": {}}'
  cluster_constraint=/apis/constraints.gatekeeper.sh/v1beta1/needsowner
  kube POST $cluster_constraint - >/dev/null <<<'{"apiVersion":"constraints.gatekeeper.sh/v1beta1","kind":"NeedsOwner","metadata":{"name":"must-have-owner"},"spec":{}}'
  namespace brief
  many brief 1 1 '{}'
  run audit --policy "$A/policies" --write
  [ "$status" = 1 ]
  kube GET $REPORTS/namespaces/shop/policyreports/paratia >report.json
  [ "$(jq -c .summary report.json)" = '{"error":0,"fail":20,"pass":481,"skip":0,"warn":0}' ]
  [ "$(jq '.results | length' report.json)" = 20 ]
  [ "$(jq -r '.results[0] | "\(.policy) \(.rule) \(.result) \(.severity) \(.source) \(.message) \(.resources[0].kind) \(.resources[0].name)"' report.json)" = \
    "must-have-owner NeedsOwner fail high paratia c-481 has no owner ConfigMap c-481" ]
  [ "$(jq -r '.metadata.managedFields[0] | "\(.manager) \(.operation)"' report.json)" = "paratia Apply" ]
  [ "$(jq -r '.results[0].resources[0].uid' report.json)" = "$(kube GET /api/v1/namespaces/shop/configmaps/c-481 | jq -r .metadata.uid)" ]
  kube GET $REPORTS/namespaces/brief/policyreports/paratia >/dev/null
  run kube GET $REPORTS/namespaces/free/policyreports/paratia
  [ "$status" = 22 ]
  kube GET $cluster_constraint/must-have-owner >constraint.json
  [ "$(jq '.status.totalViolations' constraint.json)" = 21 ]
  [ "$(jq '.status.violations | length' constraint.json)" = 20 ]
  [ "$(jq -c '.status.violations[0]' constraint.json)" = \
    '{"enforcementAction":"deny","group":"","kind":"ConfigMap","message":"c-1 has no owner","name":"c-1","namespace":"brief","version":"v1"}' ]

  # who may list less takes nothing away
  USER_OF_AUDIT=plain run audit --policy "$A/policies" --write
  [ "$status" = 3 ]
  kube GET $REPORTS/namespaces/brief/policyreports/paratia >/dev/null
  [ "$(kube GET $cluster_constraint/must-have-owner | jq .status.totalViolations)" = 21 ]

  # one is mended, one namespace holds nothing that is judged any more
  for i in $(seq 481 500); do
    kube PATCH "/api/v1/namespaces/shop/configmaps/c-$i" - <<<'{"metadata":{"labels":{"owner":"joe"}}}' >/dev/null
  done
  kube DELETE /api/v1/namespaces/brief/configmaps/c-1 >/dev/null
  kube POST $REPORTS/namespaces/brief/policyreports - >/dev/null <<<'{"apiVersion":"wgpolicyk8s.io/v1alpha2","kind":"PolicyReport","metadata":{"name":"another"}}'
  run audit --policy "$A/policies" --write
  [ "$status" = 0 ]
  [ "$(kube GET $REPORTS/namespaces/shop/policyreports/paratia | jq -c '[.summary.fail, .summary.pass, (.results | length)]')" = '[0,501,0]' ]
  run kube GET $REPORTS/namespaces/brief/policyreports/paratia
  [ "$status" = 22 ]
  kube GET $REPORTS/namespaces/brief/policyreports/another >/dev/null
  [ "$(kube GET $cluster_constraint/must-have-owner | jq -c '[.status.totalViolations, .status.violations]')" = '[0,null]' ]
}
