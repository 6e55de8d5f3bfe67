# paratia guard k8s before a real API server.
load lib
load cluster
load guard_k8s

# webhook_config POLICY: registers the guard at the API server with this failurePolicy.
webhook_config() {
  k8s_ca
  cat >"$K8S/webhook.json" <<J
{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "paratia-guard"},
 "webhooks": [{"name": "guard.paratia.internal", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "$1", "timeoutSeconds": 5,
  "clientConfig": {"url": "https://localhost:$K8S_PORT/v1/admit", "caBundle": "$(base64 -w0 "$K8S/ca.crt")"},
  "namespaceSelector": {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system", "paratia-system"]}]},
  "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE", "DELETE", "CONNECT"],
    "resources": ["pods", "pods/exec", "pods/ephemeralcontainers", "configmaps"]}]}]}
J
  kube DELETE /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/paratia-guard >/dev/null 2>&1 || true
  kube POST /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations "$K8S/webhook.json" >/dev/null
}

# pod NAME [JQ-FILTER]: a pod of namespace shop, as JSON.
pod() {
  jq -n --arg n "$1" '{apiVersion: "v1", kind: "Pod", metadata: {name: $n, namespace: "shop", labels: {owner: "jane"}},
    spec: {containers: [{name: "c", image: "web:1"}]}}' | jq "${2:-.}"
}
create() { kube POST "/api/v1/namespaces/shop/pods${3:-}" - < <(pod "$1" "${2:-.}"); }

# asked_in_the_end: the API server takes a moment until it asks a webhook that is new.
asked_in_the_end() {
  for _ in $(seq 100); do
    create "probe" '.metadata.labels = {}' '?dryRun=All' >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  echo "the webhook is not asked"
  return 1
}

setup_file() {
  cluster_start
  [ -z "$(cluster_missing)" ] || return 0
  mkdir -p "$K8S"
  k8s_policy >"$K8S/policy.yaml"
  kube POST /api/v1/namespaces - <<<'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}' >/dev/null
  kube POST /api/v1/namespaces - <<<'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"paratia-system"}}' >/dev/null
}

teardown_file() { cluster_stop; }

setup() {
  need_cluster
  cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
  k8s_stop
  kube DELETE /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/paratia-guard >/dev/null 2>&1 || true
  kube DELETE '/api/v1/namespaces/shop/pods?gracePeriodSeconds=0' >/dev/null 2>&1 || true
}

guard_asked() { # WORD…: a guard that enforces the policy, and is asked
  k8s_start --enforce --policy "$K8S/policy.yaml" "$@"
  webhook_config Fail
  asked_in_the_end
}

@test "a real API server asks: create, update, delete, dry run, exec and ephemeral containers" {
  guard_asked
  run create web '.metadata.labels = {}'
  [ "$status" = 22 ]
  has 'admission webhook \"guard.paratia.internal\" denied the request: [must-have-owner] web has no owner'
  has 'receipt '
  create web >/dev/null
  run create again '.metadata.labels = {}' '?dryRun=All'
  [ "$status" = 22 ]
  run kube PATCH /api/v1/namespaces/shop/pods/web - <<<'{"metadata":{"labels":{"owner":null}}}'
  [ "$status" = 22 ]
  has "web has no owner"
  run kube PATCH /api/v1/namespaces/shop/pods/web/ephemeralcontainers - \
    <<<'{"metadata":{"labels":{"owner":"jane"}},"spec":{"ephemeralContainers":[{"name":"d","image":"x"}]}}'
  [ "$status" = 0 ]
  # exec is asked and allowed; then the API server finds no node
  run kube POST '/api/v1/namespaces/shop/pods/web/exec?command=id&stdout=true'
  hasnt guard.paratia.internal
  kube DELETE '/api/v1/namespaces/shop/pods/web?gracePeriodSeconds=0' >/dev/null
  [ "$(metric 'gatekeeper_validation_request_count{admission_dryrun="true",admission_status="deny"}')" -ge 1 ]
  [ "$(metric 'paratia_guard_ends_total{end="allowed"}')" -ge 4 ]
  [ "$(metric 'paratia_guard_ends_total{end="unjudged"}')" = 0 ]
  [ "$(metric 'paratia_guard_ends_total{end="malformed"}')" = 0 ]
}

# send METHOD PATH [JSON]: whatever becomes of it, it was asked about; not sent are words that make no sense.
send() {
  run kube "$1" "$2" - <<<"${3:-}"
  hasnt "no AdmissionReview"
  hasnt "could not find the requested resource"
}

# Names, kinds and namespaces that differ between request and object, as they really do: what the guard takes for
# forged must be nothing that an API server sends.
@test "whatever a real API server sends is read: every resource, subresource and operation" {
  local p=/api/v1/namespaces/all a=/apis group name
  k8s_start --enforce --policy "$K8S/policy.yaml"
  webhook_config Fail
  kube PATCH /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/paratia-guard - >/dev/null < <(jq '{webhooks: [
    (.webhooks[0] | .rules = [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"], scope: "*"}]),
    (.webhooks[0] | .name = "old.paratia.internal" | .matchPolicy = "Equivalent"
      | .rules = [{apiGroups: ["autoscaling"], apiVersions: ["v1"], operations: ["*"], resources: ["*"]}])]}' "$K8S/webhook.json")
  asked_in_the_end
  send POST /api/v1/namespaces '{"metadata": {"name": "all"}}'
  send POST /api/v1/namespaces '{"metadata": {"generateName": "some-"}}'
  send PATCH /api/v1/namespaces/all '{"metadata": {"labels": {"a": "b"}}}'
  send PATCH /api/v1/namespaces/all/status '{"metadata": {"labels": {"a": "c"}}}'
  kube GET /api/v1/namespaces/all >ns.json
  send PUT /api/v1/namespaces/all/finalize "$(cat ns.json)"
  send POST $p/pods '{"metadata": {"generateName": "web-", "labels": {"owner": "jane"}}, "spec": {"containers": [{"name": "c", "image": "web:1"}]}}'
  for name in web db; do
    send POST $p/pods '{"metadata": {"name": "'$name'", "labels": {"owner": "jane"}}, "spec": {"containers": [{"name": "c", "image": "web:1"}]}}'
  done
  send PATCH $p/pods/web/status '{"status": {"message": "m"}}'
  send PATCH $p/pods/web/resize '{"spec": {"containers": [{"name": "c", "image": "web:1", "resources": {"requests": {"cpu": "1"}}}]}}'
  send POST $p/pods/web/binding '{"metadata": {"name": "web"}, "target": {"kind": "Node", "name": "n1"}}'
  send POST $p/bindings '{"metadata": {"name": "db"}, "target": {"kind": "Node", "name": "n1"}}'
  send POST $p/pods/web/eviction '{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web"}}'
  for name in exec attach portforward proxy/path; do send POST "$p/pods/db/$name?command=id&stdout=true"; done
  send POST $p/serviceaccounts '{"metadata": {"name": "sa"}}'
  send POST $p/serviceaccounts/sa/token '{"spec": {}}'
  send POST $p/services '{"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}'
  send PATCH $p/services/s/status '{"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}'
  send GET $p/services/s/proxy/
  send POST $p/replicationcontrollers '{"metadata": {"name": "rc"}, "spec": {"replicas": 0, "selector": {"a": "b"}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "web:1"}]}}}}'
  send PATCH $p/replicationcontrollers/rc/scale '{"spec": {"replicas": 1}}'
  send POST $a/apps/v1/namespaces/all/deployments '{"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "web:1"}]}}}}'
  send PATCH $a/apps/v1/namespaces/all/deployments/d/scale '{"spec": {"replicas": 2}}'
  send PATCH $a/apps/v1/namespaces/all/deployments/d/status '{"status": {"replicas": 2}}'
  send POST $a/autoscaling/v2/namespaces/all/horizontalpodautoscalers '{"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d"}}}'
  send POST /api/v1/nodes '{"metadata": {"name": "n1"}}'
  send PATCH /api/v1/nodes/n1/status '{"status": {"phase": "Running"}}'
  send POST /api/v1/nodes/n1/proxy/pods
  send POST $a/rbac.authorization.k8s.io/v1/namespaces/all/roles '{"metadata": {"name": "team:Shop_1"}, "rules": []}'
  send POST $a/coordination.k8s.io/v1/namespaces/all/leases '{"metadata": {"name": "l"}}'
  send POST $p/events '{"metadata": {"name": "e.1"}, "involvedObject": {"namespace": "all"}}'
  for name in subjectaccessreviews selfsubjectaccessreviews namespaces/all/localsubjectaccessreviews; do
    send POST $a/authorization.k8s.io/v1/$name '{"spec": {"user": "jane", "resourceAttributes": {"namespace": "all", "verb": "get", "resource": "pods"}}}'
  done
  send POST $a/authentication.k8s.io/v1/tokenreviews '{"spec": {"token": "none"}}'
  send POST $a/authentication.k8s.io/v1/selfsubjectreviews '{}'
  openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=jane -out csr.pem 2>/dev/null
  send POST $a/certificates.k8s.io/v1/certificatesigningrequests "$(jq -n --arg csr "$(base64 -w0 csr.pem)" '{metadata: {name: "jane"}, spec: {request: $csr, signerName: "example.com/x", usages: ["client auth"]}}')"
  send PATCH $a/certificates.k8s.io/v1/certificatesigningrequests/jane/approval '{"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "r"}]}}'
  send POST $a/apiextensions.k8s.io/v1/customresourcedefinitions '{"metadata": {"name": "orders.shop.example"}, "spec": {"group": "shop.example", "scope": "Namespaced", "names": {"kind": "Order", "plural": "orders"},
    "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n"}}, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}'
  for _ in $(seq 100); do kube GET $a/shop.example/v1/namespaces/all/orders >/dev/null 2>&1 && break; sleep 0.1; done
  send POST $a/shop.example/v1/namespaces/all/orders '{"apiVersion": "shop.example/v1", "kind": "Order", "metadata": {"generateName": "o-"}}'
  send POST $a/shop.example/v1/namespaces/all/orders '{"apiVersion": "shop.example/v1", "kind": "Order", "metadata": {"name": "o"}, "spec": {"n": 1}}'
  send PATCH $a/shop.example/v1/namespaces/all/orders/o '{"spec": {"x": 1}}'
  send PATCH $a/shop.example/v1/namespaces/all/orders/o/status '{"status": {"n": 1}}'
  send PATCH $a/shop.example/v1/namespaces/all/orders/o/scale '{"spec": {"replicas": 2}}'
  send DELETE $a/shop.example/v1/namespaces/all/orders
  send DELETE "$p/pods?gracePeriodSeconds=0"
  send DELETE /api/v1/nodes/n1
  send DELETE /api/v1/namespaces/all
  [ "$(metric 'paratia_guard_ends_total{end="malformed"}')" = 0 ]
  [ "$(metric 'paratia_guard_ends_total{end="allowed"}')" -ge 40 ]
}

@test "the API server shows its certificate where the guard asks for one" {
  cluster_restart_apiserver "$CLUSTER_WEBHOOK_CLIENT"
  guard_asked --client-ca "$CLUSTER_CLIENT_CA"
  create web >/dev/null
  run create other '.metadata.labels = {}'
  has "other has no owner"
  run admit < <(review <(pod x))
  [ "$status" != 0 ]
}

@test "a guard that is gone: Fail refuses, Ignore admits, and its own namespace brings it back" {
  guard_asked
  k8s_stop KILL
  run create web
  [ "$status" = 22 ]
  has 'failed calling webhook \"guard.paratia.internal\"'
  jq '.metadata.namespace = "paratia-system"' < <(pod guard-0) >own.json
  run kube POST /api/v1/namespaces/paratia-system/pods own.json
  [ "$status" = 0 ]
  webhook_config Ignore
  for _ in $(seq 100); do create web >/dev/null 2>&1 && break; sleep 0.1; done
  run kube GET /api/v1/namespaces/shop/pods/web
  [ "$status" = 0 ]
  # back, and it says that the one before did not end by itself
  k8s_start --enforce --policy "$K8S/policy.yaml"
  webhook_config Fail
  asked_in_the_end
}

@test "no request fails while policies and certificates are replaced under load" {
  cp "$K8S/policy.yaml" policy.yaml
  rm -rf "$K8S/state/certs"
  k8s_start --enforce --policy policy.yaml --cert-life 6s --ca-life 1h
  webhook_config Fail
  asked_in_the_end
  : >failures
  local workers=()
  for worker in 1 2 3 4; do
    (
      n=0
      while [ ! -e enough ]; do
        n=$((n + 1))
        create "w$worker-$n" . '?dryRun=All' >answer-$worker 2>&1 || cat answer-$worker >>failures
      done
      echo $n >done-$worker
    ) 3>&- &
    workers+=($!)
  done
  for i in 1 2 3 4 5 6 7 8; do
    sed -i "s/no owner.*\"/no owner $i\"/" policy.yaml
    sleep 1.5
  done
  touch enough
  wait "${workers[@]}"
  run cat failures
  [ -z "$output" ]
  [ "$(awk "{n += \$1} END {print n}" done-*)" -gt 40 ]
  [ "$(metric paratia_guard_reloads_total)" -ge 3 ]
  [ "$(grep -c "server certificate is issued" "$K8S/err")" -ge 3 ]
  rm -rf "$K8S/state/certs" "$K8S/ca.crt"
}

# -- with the API server ----------------------------------------------------------------------------------

# proves: guard --kubeconfig
@test "namespaces are known from the API server, also those of a moment ago" {
  k8s_start --enforce --level privileged --kubeconfig "$CLUSTER/admin.kubeconfig"
  webhook_config Fail
  kube POST /api/v1/namespaces - >/dev/null <<<'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"tight","labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}'
  run admit < <(review <(pod web '.metadata.namespace = "tight"'))
  refused 'violates PodSecurity "restricted:latest"'
  run admit < <(review <(pod web '.metadata.namespace = "nowhere"'))
  refused nowhere
  kube PATCH /api/v1/namespaces/tight - >/dev/null <<<'{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}'
  for _ in $(seq 50); do
    run admit < <(review <(pod web '.metadata.namespace = "tight"'))
    [ "$(jq .response.allowed <<<"$output")" = true ] && break
    sleep 0.1
  done
  allowed
  [ "$(metric paratia_cluster_changes_total)" -ge 2 ]
  [ "$(metric paratia_cluster_age_seconds)" -le 70 ]
}

@test "what policies look up is known from the API server as it is now" {
  for f in template constraint; do cp "$PT_REPO/policies/hoster/ingress-unique-hosts/$f.yaml" $f.yaml; done
  ingress() {
    jq -n --arg n "$1" --arg ns "$2" '{apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: {name: $n, namespace: $ns},
      spec: {rules: [{host: "shop.example.org", http: {paths: [{path: "/", pathType: "Prefix", backend: {service: {name: "s", port: {number: 80}}}}]}}]}}'
  }
  ingress_review() {
    review <(ingress "$@") | jq -c '.request.resource.resource = "ingresses"'
  }
  kube POST /api/v1/namespaces - >/dev/null <<<'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"tenant-a"}}'
  k8s_start --enforce --policy template.yaml,constraint.yaml --kubeconfig "$CLUSTER/admin.kubeconfig"
  k8s_ca
  run admit < <(ingress_review mine shop)
  allowed
  kube POST /apis/networking.k8s.io/v1/namespaces/tenant-a/ingresses - < <(ingress theirs tenant-a) >/dev/null
  for _ in $(seq 50); do
    run admit < <(ingress_review mine shop)
    [ "$(jq .response.allowed <<<"$output")" = true ] || break
    sleep 0.1
  done
  refused "[ingress-unique-hosts]"
  kube DELETE /apis/networking.k8s.io/v1/namespaces/tenant-a/ingresses/theirs >/dev/null
  for _ in $(seq 50); do
    run admit < <(ingress_review mine shop)
    [ "$(jq .response.allowed <<<"$output")" = true ] && break
    sleep 0.1
  done
  allowed
}

# proves: guard --webhook
# proves: guard --cert-secret
@test "guards share certificates through a Secret, and keep the caBundle current" {
  webhook_of() { kube GET /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/paratia-guard | jq -r '.webhooks[0].clientConfig.caBundle // ""'; }
  K8S_PORT=1 webhook_config Fail
  common=(--enforce --policy "$K8S/policy.yaml" --kubeconfig "$CLUSTER/admin.kubeconfig" --cert-secret paratia-system/guard-certs
    --webhook paratia-guard --tls-name localhost)
  k8s_start "${common[@]}"
  run kube GET /api/v1/namespaces/paratia-system/secrets/guard-certs
  ca=$(jq -r '.data["ca.crt"]' <<<"$output")
  [ -n "$ca" ] && [ "$ca" != null ]
  for _ in $(seq 50); do [ "$(webhook_of)" = "$ca" ] && break; sleep 0.1; done
  [ "$(webhook_of)" = "$ca" ]
  # a second guard, with a state of its own, shows a certificate of the same authority
  port=$(free_port)
  "$PARATIA" guard k8s "${common[@]}" --listen "127.0.0.1:$port" --probe-listen "127.0.0.1:$(free_port)" --state "$PWD/second" >out 2>err 3>&- &
  second=$!
  base64 -d <<<"$ca" >ca.crt
  for _ in $(seq 100); do
    openssl s_client -connect "127.0.0.1:$port" -CAfile ca.crt -verify_return_error </dev/null >/dev/null 2>&1 && break
    sleep 0.1
  done
  openssl s_client -connect "127.0.0.1:$port" -CAfile ca.crt -verify_return_error </dev/null >/dev/null 2>&1
  kill $second
  wait $second || true
  [ "$(kube GET /api/v1/namespaces/paratia-system/secrets/guard-certs | jq -r '.data["ca.crt"]')" = "$ca" ]
  [ ! -e "$PWD/second/certs" ]
  # the configuration is written anew without the bundle: it comes back
  kube PATCH /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/paratia-guard - >/dev/null < \
    <(jq -n --arg p "$K8S_PORT" '{webhooks: [{name: "guard.paratia.internal", admissionReviewVersions: ["v1"], sideEffects: "None", failurePolicy: "Fail",
      clientConfig: {url: "https://localhost:\($p)/v1/admit"}, rules: [{apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"]}]}]}')
  [ -z "$(webhook_of)" ]
  for _ in $(seq 400); do [ "$(webhook_of)" = "$ca" ] && break; sleep 0.1; done
  [ "$(webhook_of)" = "$ca" ]
  asked_in_the_end
}

@test "what may not be listed in the whole cluster is looked up in the guard's own namespace" {
  cluster_user reader
  kube POST /apis/rbac.authorization.k8s.io/v1/clusterroles - >/dev/null <<<'{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"pt-reader"},"rules":[{"apiGroups":[""],"resources":["namespaces"],"verbs":["get","list","watch"]}]}'
  kube POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings - >/dev/null <<<'{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"pt-reader"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"pt-reader"},"subjects":[{"kind":"User","name":"reader","apiGroup":"rbac.authorization.k8s.io"}]}'
  kube POST /apis/rbac.authorization.k8s.io/v1/namespaces/paratia-system/roles - >/dev/null <<<'{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"pt-own","namespace":"paratia-system"},"rules":[{"apiGroups":[""],"resources":["configmaps","secrets"],"verbs":["get","list","watch","create","update"]}]}'
  kube POST /apis/rbac.authorization.k8s.io/v1/namespaces/paratia-system/rolebindings - >/dev/null <<<'{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"pt-own","namespace":"paratia-system"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"pt-own"},"subjects":[{"kind":"User","name":"reader","apiGroup":"rbac.authorization.k8s.io"}]}'
  scanned=("$PT_REPO/policies/hoster/scanned-images/template.yaml" "$PT_REPO/policies/hoster/scanned-images/constraint.yaml")
  run timeout 60 "$PARATIA" guard k8s --learn --policy "${scanned[0]},${scanned[1]}" --kubeconfig "$CLUSTER/reader.kubeconfig" --state "$PWD/st"
  [ "$status" = 3 ]
  has "a ClusterRole with get, list and watch of configmaps"
  k8s_start --learn --policy "${scanned[0]},${scanned[1]}" --kubeconfig "$CLUSTER/reader.kubeconfig" --cert-secret paratia-system/reader-certs
  run cat "$K8S/err"
  has "configmaps are known of namespace paratia-system alone"
}

# -- policies of the API server -----------------------------------------------------------------------------

# The rights and definitions are those of deploy/kubernetes.
# proves: guard --cluster-policies
# proves: guard --write-crds
@test "templates and constraints that the API server holds: their kinds are made, they deny, change and go" {
  COMPONENT=$PT_REPO/deploy/kubernetes/components/cluster-policies
  TEMPLATES=/apis/templates.gatekeeper.sh/v1/constrainttemplates
  OWNERS=/apis/constraints.gatekeeper.sh/v1beta1/needsowner
  cluster_user policies
  cluster_apply "$COMPONENT/crds.yaml" >/dev/null
  sed '/^kind: ServiceAccount$/d; s/kind: ServiceAccount/kind: User/; s/name: guard$/name: policies/; /^    namespace: paratia-system$/d' \
    "$COMPONENT/rbac.yaml" >rbac.yaml
  cluster_apply rbac.yaml >/dev/null
  kube POST /apis/rbac.authorization.k8s.io/v1/clusterroles - >/dev/null <<<'{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"pt-namespaces"},"rules":[{"apiGroups":[""],"resources":["namespaces"],"verbs":["get","list","watch"]}]}'
  kube POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings - >/dev/null <<<'{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"pt-namespaces"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"pt-namespaces"},"subjects":[{"kind":"User","name":"policies","apiGroup":"rbac.authorization.k8s.io"}]}'
  for _ in $(seq 100); do kube GET $TEMPLATES >/dev/null 2>&1 && kube GET /apis/config.gatekeeper.sh/v1alpha1/configs >/dev/null 2>&1 && break; sleep 0.1; done
  k8s_start --enforce --cluster-policies --write-crds --config-namespace paratia-system --kubeconfig "$CLUSTER/policies.kubeconfig"
  webhook_config Fail
  csplit -sf part "$K8S/policy.yaml" '/^---/'
  kube POST $TEMPLATES part00 >/dev/null
  for _ in $(seq 200); do kube GET "$OWNERS" >/dev/null 2>&1 && break; sleep 0.1; done
  [ "$(kube GET $TEMPLATES/needsowner | jq .status.created)" = true ]
  kube GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/needsowner.constraints.gatekeeper.sh |
    jq -e '[.status.conditions[] | select(.type == "NonStructuralSchema" and .status == "True")] == [] and .metadata.ownerReferences[0].kind == "ConstraintTemplate"'
  sed 1d part01 >constraint.yaml
  kube POST "$OWNERS" constraint.yaml >/dev/null
  asked_in_the_end
  run create web '.metadata.labels = {}'
  [ "$status" = 22 ]
  has '[must-have-owner] web has no owner'
  # the server fills in what is left out: beside the same in files that is no other one
  k8s --enforce --cluster-policies --policy "$K8S/policy.yaml" --kubeconfig "$CLUSTER/policies.kubeconfig" --config-namespace paratia-system
  webhook_config Fail
  asked_in_the_end
  run cat "$K8S/err"
  has "policies: 1 constraints ("
  hasnt "error:"
  k8s --enforce --cluster-policies --write-crds --config-namespace paratia-system --kubeconfig "$CLUSTER/policies.kubeconfig"
  webhook_config Fail
  asked_in_the_end
  kube PATCH "$OWNERS/must-have-owner" - <<<'{"spec":{"enforcementAction":"dryrun"}}' >/dev/null
  for _ in $(seq 100); do create web '.metadata.labels = {}' >/dev/null 2>&1 && break; sleep 0.1; done
  run kube GET /api/v1/namespaces/shop/pods/web
  [ "$status" = 0 ]
  kube DELETE '/api/v1/namespaces/shop/pods/web?gracePeriodSeconds=0' >/dev/null
  # a template without its kind takes its constraints with it; one whose template is gone denies
  kube PATCH "$OWNERS/must-have-owner" - <<<'{"spec":{"enforcementAction":"deny"}}' >/dev/null
  kube DELETE $TEMPLATES/needsowner >/dev/null
  for _ in $(seq 100); do run create web; [[ $output == *"no template of the kind NeedsOwner"* ]] && break; sleep 0.1; done
  has "no template of the kind NeedsOwner"
  kube DELETE /apis/apiextensions.k8s.io/v1/customresourcedefinitions/needsowner.constraints.gatekeeper.sh >/dev/null
  for _ in $(seq 200); do create web >/dev/null 2>&1 && break; sleep 0.1; done
  run kube GET /api/v1/namespaces/shop/pods/web
  [ "$status" = 0 ]
  [ "$(metric 'gatekeeper_constraints{enforcement_action="deny",status="error"}')" = 0 ]
  # what was known stays while the server is away
  kube POST $TEMPLATES part00 >/dev/null
  for _ in $(seq 200); do kube GET "$OWNERS" >/dev/null 2>&1 && break; sleep 0.1; done
  kube POST "$OWNERS" constraint.yaml >/dev/null
  asked_in_the_end
  cluster_restart_apiserver
  asked_in_the_end
  sleep 6 # a look at which kinds there are
  run admit < <(review <(pod other '.metadata.labels = {}'))
  refused "[must-have-owner] other has no owner"
  kube DELETE "$OWNERS/must-have-owner" >/dev/null
  kube DELETE $TEMPLATES/needsowner >/dev/null
  kube DELETE /apis/apiextensions.k8s.io/v1/customresourcedefinitions/needsowner.constraints.gatekeeper.sh >/dev/null
}

# proves: guard --in-cluster
@test "an API server that cannot be asked is told before anything is served" {
  run "$PARATIA" guard k8s --enforce --policy "$K8S/policy.yaml" --in-cluster --state "$PWD/st"
  [ "$status" = 3 ]
  has "error:"
  run "$PARATIA" guard k8s --enforce --policy "$K8S/policy.yaml" --webhook x --state "$PWD/st"
  [ "$status" = 2 ]
  has "--kubeconfig FILE, or --in-cluster in a pod"
  run timeout 20 "$PARATIA" guard k8s --enforce --policy "$K8S/policy.yaml" --kubeconfig "$CLUSTER/admin.kubeconfig" --objects "$K8S/policy.yaml" --state "$PWD/st"
  [ "$status" = 2 ]
  sed "s#server: .*}#server: \"https://127.0.0.1:1\", certificate-authority: \"$CLUSTER_CA\"}#" "$CLUSTER/admin.kubeconfig" >gone.kubeconfig
  run timeout 60 "$PARATIA" guard k8s --enforce --policy "$K8S/policy.yaml" --kubeconfig gone.kubeconfig --state "$PWD/st"
  [ "$status" = 3 ]
  has 127.0.0.1:1
}
