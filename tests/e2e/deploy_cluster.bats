# deploy/kubernetes on a real API server, whose guard never comes up: what fails closed, and what a cluster needs to
# bring the guard back all the same. With the time that the API server waits for it cut short.
load lib
load cluster

KUBE=$PT_REPO/deploy/kubernetes
HOOK=/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/paratia-guard

setup_file() {
  cluster_start || return 1
  [ -z "$(cluster_missing)" ] || return 0
  local file
  for file in namespace rbac policies service network deployment; do
    cluster_apply "$KUBE/base/$file.yaml" || { echo "$file.yaml is refused"; return 1; }
  done >"$CLUSTER/base.log" 2>&1 || { tail -20 "$CLUSTER/base.log"; return 1; }
  printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n' >"$CLUSTER/shop.yaml" && cluster_apply "$CLUSTER/shop.yaml" >/dev/null &&
    cluster_user tenant tenants && node_user &&
    printf '%s\n' 'apiVersion: rbac.authorization.k8s.io/v1' 'kind: ClusterRoleBinding' 'metadata:' '  name: test' \
      'roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}' \
      'subjects:' '  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:nodes"}' \
      '  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: tenants}' >"$CLUSTER/test.yaml" && cluster_apply "$CLUSTER/test.yaml" >/dev/null &&
    hook_up
}
teardown_file() { cluster_stop; }

setup() {
  need_cluster
  cd "$BATS_TEST_TMPDIR" || return 1
}

# Node n1, as the user "node": curl takes what follows a colon in a file's name for a password.
node_user() {
  local end
  cluster_certificate users system:node:n1 /O=system:nodes -addext extendedKeyUsage=clientAuth >>"$CLUSTER/openssl.log" 2>&1 || return 1
  for end in .pem -key.pem; do mv "$CLUSTER_PKI/system:node:n1$end" "$CLUSTER_PKI/node$end"; done
}

# hook_up: the webhook is there, and is asked.
hook_up() {
  sed 's/timeoutSeconds: 5/timeoutSeconds: 1/' "$KUBE/base/webhook.yaml" >"$CLUSTER/webhook.yaml"
  cluster_apply "$CLUSTER/webhook.yaml" >/dev/null || return 1
  pod probe shop >"$CLUSTER/probe.yaml"
  for _ in $(seq 50); do
    kube POST "/api/v1/namespaces/shop/pods?dryRun=All" "$CLUSTER/probe.yaml" >/dev/null || return 0
    sleep 0.2
  done
  echo "the webhook is never asked"
  return 1
}

pod() { # pod NAME NAMESPACE
  printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: %s\n  namespace: %s\nspec:\n  containers:\n  - name: c\n    image: app:1\n' "$1" "$2"
}

# object APIVERSION KIND NAMESPACE MORE: as JSON in object.json.
object() {
  jq -n --arg v "$1" --arg k "$2" --arg n "$3" --argjson more "${4:-{\}}" \
    '{apiVersion: $v, kind: $k, metadata: ({name: "one"} + if $n == "" then {} else {namespace: $n} end)} * $more' >object.json
}
# judged|unasked APIVERSION KIND NAMESPACE [MORE [USER]]: creating it asks the webhook, or does not.
judged() {
  object "$@"
  run cluster_apply object.json "${5:-admin}"
  [ "$status" = 22 ] || { echo "admitted: $*"; return 1; }
  has 'failed calling webhook \"guard.paratia-system.svc\"'
}
unasked() {
  object "$@"
  run cluster_apply object.json "${5:-admin}"
  [ "$status" = 0 ] || { echo "$* is refused: $output"; return 1; }
}

TEMPLATE='{"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "app:1"}]}}'
SELECTOR='"selector": {"matchLabels": {"a": "b"}}'

@test "deploy: without a guard nothing that it judges comes in" {
  judged v1 Pod shop '{"spec": {"containers": [{"name": "c", "image": "app:1"}]}}'
  judged apps/v1 Deployment shop "{\"spec\": {$SELECTOR, \"template\": $TEMPLATE}}"
  judged apps/v1 DaemonSet shop "{\"spec\": {$SELECTOR, \"template\": $TEMPLATE}}"
  judged batch/v1 CronJob shop "{\"spec\": {\"schedule\": \"@daily\", \"jobTemplate\": {\"spec\": {\"template\": ${TEMPLATE/\"containers\"/\"restartPolicy\": \"Never\", \"containers\"}}}}}"
  judged v1 Service shop '{"spec": {"ports": [{"port": 80}]}}'
  judged networking.k8s.io/v1 Ingress shop '{"spec": {"defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}}}'
  judged v1 Namespace ''
  judged v1 PersistentVolume '' '{"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/srv"}}}'
  judged v1 Secret shop '{"type": "kubernetes.io/service-account-token", "metadata": {"annotations": {"kubernetes.io/service-account.name": "default"}}}'
  run kube POST "/api/v1/namespaces/shop/pods/any/exec?command=id&stdout=true" <(echo '{}')
  has 'failed calling webhook'
  # What the alert ParatiaGuardNotReached counts.
  kube GET /metrics | grep 'apiserver_admission_webhook_rejection_count{error_type="calling_webhook_error",name="guard.paratia-system.svc"'
}

@test "deploy: a namespace cannot be called what is left out" {
  judged v1 Namespace '' '{"metadata": {"labels": {"kubernetes.io/metadata.name": "kube-system"}}}'
  printf '{"metadata": {"generateName": "a-", "labels": {"kubernetes.io/metadata.name": "paratia-system"}}}' >object.json
  run kube POST /api/v1/namespaces object.json
  has 'failed calling webhook'
  printf '{"metadata": {"labels": {"kubernetes.io/metadata.name": "kube-system"}}}' >label.json
  run kube PATCH /api/v1/namespaces/shop label.json
  [ "$status" = 22 ]
}

# Labels and annotations change by each of them.
@test "deploy: a status asks as its object does, but from what the cluster itself writes" {
  printf '{"metadata": {"labels": {"paratia/break-glass": "OPS-1"}}}' >label.json
  for path in namespaces/shop namespaces/shop/status; do
    run kube PATCH /api/v1/$path label.json
    [ "$status" = 22 ] || { echo "$path: $output"; return 1; }
    has 'failed calling webhook'
  done
  kube GET /api/v1/namespaces/shop | jq '.metadata.labels["paratia/break-glass"] = "OPS-1"' >finalize.json
  run kube PUT /api/v1/namespaces/shop/finalize finalize.json
  has 'failed calling webhook'
  for resource in pods/status pods/binding ingresses/status namespaces/status namespaces/finalize services/status; do
    grep -q "$resource" "$KUBE/base/webhook.yaml" || { echo "no rule of $resource"; return 1; }
  done
}

@test "deploy: what brings the guard back does not depend on it" {
  # A pod as the Deployment makes it, at the level that its namespace enforces.
  "$PARATIA" eval -i "$KUBE/base/deployment.yaml" -f raw input.spec.template >template.json
  unasked v1 Pod paratia-system "$(jq -c '.metadata.labels["pod-template-hash"] = "1"' template.json)"
  hasnt 'Warning'
  unasked apps/v1 ReplicaSet paratia-system "$(jq -c '{spec: {selector: {matchLabels: .metadata.labels}, template: .}}' template.json)"
  unasked v1 Secret paratia-system
  unasked discovery.k8s.io/v1 EndpointSlice paratia-system '{"addressType": "IPv4", "endpoints": []}'
  unasked coordination.k8s.io/v1 Lease paratia-system
  printf '{"metadata": {"labels": {"a": "b"}}}' >label.json
  for path in /api/v1/namespaces/paratia-system /api/v1/namespaces/kube-system /apis/apps/v1/namespaces/paratia-system/deployments/guard $HOOK; do
    run kube PATCH "$path" label.json
    [ "$status" = 0 ] || { echo "$path: $output"; return 1; }
  done
}

@test "deploy: what a cluster lives by does not depend on it" {
  unasked v1 Node ''
  unasked coordination.k8s.io/v1 Lease shop
  unasked v1 Event shop '{"involvedObject": {"namespace": "shop"}}'
  unasked v1 Endpoints shop
  unasked discovery.k8s.io/v1 EndpointSlice shop '{"addressType": "IPv4", "endpoints": []}'
  unasked v1 Secret shop '{"stringData": {"password": "not shown"}}'
  unasked v1 ConfigMap shop
  unasked v1 ServiceAccount shop
  unasked v1 Pod kube-system '{"spec": {"hostNetwork": true, "containers": [{"name": "c", "image": "app:1"}]}}'
  unasked rbac.authorization.k8s.io/v1 ClusterRole '' '{"rules": []}'
  unasked storage.k8s.io/v1 StorageClass '' '{"provisioner": "none"}'
  run kube POST /apis/authentication.k8s.io/v1/tokenreviews <(echo '{"spec": {"token": "none"}}')
  has '"error"'
}

@test "deploy: a node's mirror pod is let in, and no other pod that says it is one" {
  local mirror='{"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}, "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "app:1"}]}}'
  judged v1 Pod shop "$mirror" tenant
  judged v1 Pod shop "$(jq -c '.spec.nodeName = "n2"' <<<"$mirror")" node
  judged v1 Pod shop "$(jq -c 'del(.metadata)' <<<"$mirror")" node
  unasked v1 Pod shop "$mirror" node
}

@test "deploy: the API server starts again without a guard" {
  cluster_restart_apiserver
  run kube GET '/readyz?verbose'
  hasnt '[-]'
  run kube GET /api/v1/namespaces/default/services/kubernetes
  [ "$status" = 0 ]
}

may() { # may yes|no VERB GROUP RESOURCE [NAME [NAMESPACE]]: the guard's account, or $ACCOUNT
  jq -n --arg account "${ACCOUNT:-guard}" --arg verb "$2" --arg group "$3" --arg resource "$4" --arg name "${5:-}" --arg namespace "${6:-}" '
    {spec: {user: "system:serviceaccount:paratia-system:\($account)", groups: ["system:serviceaccounts", "system:authenticated"],
      resourceAttributes: {verb: $verb, group: $group, resource: $resource, name: $name, namespace: $namespace}}}' >ask.json
  run kube POST /apis/authorization.k8s.io/v1/subjectaccessreviews ask.json
  [ "$(jq .status.allowed <<<"$output")" = "$([ "$1" = yes ] && echo true || echo false)" ] || { echo "$*: $output"; return 1; }
}

@test "deploy: the guard's account may do what it must, and no more" {
  for verb in get list watch; do
    may yes $verb "" namespaces
    may yes $verb networking.k8s.io ingresses
    may no $verb "" pods
    may no $verb "" configmaps
    may yes $verb "" configmaps "" paratia-system
  done
  may yes get "" secrets guard-certs paratia-system
  may yes update "" secrets guard-certs paratia-system
  may yes create "" secrets "" paratia-system
  may no get "" secrets another paratia-system
  may no list "" secrets "" paratia-system
  may no delete "" secrets guard-certs paratia-system
  may no get "" secrets guard-certs kube-system
  may no create "" secrets "" kube-system
  may yes get admissionregistration.k8s.io validatingwebhookconfigurations paratia-guard
  may yes patch admissionregistration.k8s.io validatingwebhookconfigurations paratia-guard
  may no patch admissionregistration.k8s.io validatingwebhookconfigurations another
  may no delete admissionregistration.k8s.io validatingwebhookconfigurations paratia-guard
  may no patch admissionregistration.k8s.io mutatingwebhookconfigurations paratia-guard
}

@test "deploy: a binding is asked about on both of its paths" {
  printf '{"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "any"}, "target": {"kind": "Node", "name": "n1"}}' >binding.json
  for path in bindings pods/any/binding; do
    run kube_as tenant POST "/api/v1/namespaces/shop/$path" binding.json
    has 'failed calling webhook \"guard.paratia-system.svc\"'
  done
}

@test "deploy: the audit's account lists what is judged, writes reports, and may do nothing else" {
  local file token
  for file in rbac cronjob network; do cluster_apply "$KUBE/overlays/audit/$file.yaml" >/dev/null; done
  cluster_apply "$KUBE/overlays/reports/definitions.yaml" >/dev/null
  ACCOUNT=guard-audit
  may yes list "" pods
  may yes list "" configmaps
  may no list "" secrets
  may no get "" secrets guard-certs paratia-system
  may no get "" pods web shop
  may no watch "" pods
  may no patch constraints.gatekeeper.sh needsowner
  may no patch admissionregistration.k8s.io validatingwebhookconfigurations paratia-guard
  for _ in $(seq 100); do kube GET /apis/wgpolicyk8s.io/v1alpha2/clusterpolicyreports >/dev/null 2>&1 && break; sleep 0.1; done
  token=$(kube POST /api/v1/namespaces/paratia-system/serviceaccounts/guard-audit/token <(printf '{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}') | jq -r .status.token)
  sed "s|^  user: {.*|  user: {token: $token}|" "$CLUSTER/admin.kubeconfig" >audit.kubeconfig
  run timeout 120 "$PARATIA" guard k8s --audit --write --no-record --state "$PWD/state" --kubeconfig audit.kubeconfig \
    --policy "$PT_REPO/policies/hoster" --level baseline --fail-on critical
  [ "$status" = 3 ] # Secrets are what it may not list
  has "secrets"
  [ "$(grep -c 'forbidden' <<<"$output")" -ge 1 ]
  run grep -oE '(cannot|may not) list resource "[a-z]+"' <<<"$output"
  [ "$(sort -u <<<"$output" | grep -vc '"secrets"')" = 0 ] || { echo "$output"; return 1; }
  kube GET /apis/wgpolicyk8s.io/v1alpha2/clusterpolicyreports/paratia | jq -e .summary
}

@test "deploy: without its webhook a cluster is as it was" {
  kube DELETE $HOOK >/dev/null
  for _ in $(seq 50); do
    pod after shop >after.yaml
    run cluster_apply after.yaml
    [ "$status" != 0 ] || break
    sleep 0.2
  done
  [ "$status" = 0 ]
  hook_up
}
