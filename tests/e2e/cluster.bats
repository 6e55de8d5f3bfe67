load lib
load cluster

# The test cluster itself (cluster.bash): what tests of admission rely on.

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }

setup() {
  need_cluster
  cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
  [ -z "${WEBHOOK:-}" ] || kill "$WEBHOOK"
  [ -n "$(cluster_missing)" ] || kube DELETE /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations >/dev/null
}

pod() { # pod NAME NAMESPACE
  printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: %s\n  namespace: %s\nspec:\n  containers:\n  - name: c\n    image: app:1\n' "$1" "$2"
}

# dead_webhook POLICY: of pods, a port is asked where nobody listens.
dead_webhook() { webhook "$1" "$(cluster_ports | cut -d' ' -f1)"; }

webhook() { # webhook POLICY PORT
  jq -n --arg policy "$1" --arg url "https://127.0.0.1:$2/" --arg ca "$(base64 -w0 <"$CLUSTER_CA")" '
    {apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration", metadata: {name: "pods"},
     webhooks: [{name: "pods.paratia.test", failurePolicy: $policy, sideEffects: "None", admissionReviewVersions: ["v1"], timeoutSeconds: 2,
       clientConfig: {url: $url, caBundle: $ca},
       rules: [{apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"]}]}]}' >webhook.json
  cluster_apply webhook.json >/dev/null
}

# A webhook is asked some time after it was registered, not at once.
refused_in_the_end() {
  pod probe default >never.yaml
  for _ in $(seq 100); do
    run kube POST "/api/v1/namespaces/default/pods?dryRun=All" never.yaml
    [ "$status" = 0 ] || return 0
    sleep 0.1
  done
  echo "still admitted: $output"
  return 1
}

# ignored_in_the_end PATH FILE: always admitted; the server counts that it asked in vain.
ignored_in_the_end() {
  for _ in $(seq 100); do
    kube POST "$1" "$2" >/dev/null || return 1
    ! kube GET /metrics | grep 'webhook_fail_open_count{name="pods.paratia.test"' || return 0
    sleep 0.1
  done
  echo "never asked"
  return 1
}

@test "cluster: the API server is of the release that was asked for" {
  run kube GET /version
  has "\"gitVersion\": \"$CLUSTER_VERSION\""
}

@test "cluster: namespaces and pods are created from a stream of YAML" {
  {
    printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    tier: test\n---\n'
    pod web shop
  } >all.yaml
  run cluster_apply all.yaml
  [ "$status" = 0 ]
  run kube GET /api/v1/namespaces/shop/pods/web
  has '"image": "app:1"'
}

@test "cluster: pod security standards are enforced as the namespace says" {
  printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: strict\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n' >strict.yaml
  cluster_apply strict.yaml
  pod web strict >pod.yaml
  run cluster_apply pod.yaml
  [ "$status" = 22 ]
  has 'violates PodSecurity'
}

@test "cluster: a user without a role may do nothing" {
  run kube_as plain GET /api/v1/namespaces/default/pods
  [ "$status" = 22 ]
  has 'User \"plain\" cannot list resource \"pods\"'
  pod mine default >mine.yaml
  run cluster_apply mine.yaml plain
  [ "$status" = 22 ]
  has '"reason": "Forbidden"'
}

@test "cluster: a certificate of another authority is nobody's" {
  cluster_certificate ca stranger
  run kube_as stranger GET /api/v1/namespaces/default/pods
  [ "$status" = 22 ]
  has '"code": 401'
}

@test "cluster: a dead webhook refuses with Fail" {
  dead_webhook Fail
  refused_in_the_end
  has 'failed calling webhook \"pods.paratia.test\"'
  pod refused default >pod.yaml
  run cluster_apply pod.yaml
  [ "$status" = 22 ]
  run kube GET /api/v1/namespaces/default/pods/refused
  has '"code": 404'
}

@test "cluster: a dead webhook admits with Ignore" {
  dead_webhook Ignore
  pod admitted default >pod.yaml
  ignored_in_the_end "/api/v1/namespaces/default/pods?dryRun=All" pod.yaml
  run cluster_apply pod.yaml
  [ "$status" = 0 ]
  run kube GET /api/v1/namespaces/default/pods/admitted
  [ "$status" = 0 ]
}

@test "cluster: what etcd holds outlives the API server" {
  pod kept default >pod.yaml
  cluster_apply pod.yaml
  cluster_restart_apiserver
  run kube GET /api/v1/namespaces/default/pods/kept
  [ "$status" = 0 ]
}

@test "cluster: the API server is known to a webhook by its certificate, if it is told to" {
  "$BATS_TEST_DIRNAME/admission/webhook" "$CLUSTER_PKI/webhook.pem" "$CLUSTER_PKI/webhook-key.pem" . "$CLUSTER_CLIENT_CA" >port 2>/dev/null 3>&- &
  WEBHOOK=$!
  for _ in $(seq 100); do [ ! -s port ] || break; sleep 0.05; done
  webhook Fail "$(cat port)"
  refused_in_the_end
  has 'failed calling webhook'
  cluster_restart_apiserver "$CLUSTER_WEBHOOK_CLIENT"
  refused_in_the_end
  has 'denied the request'
  pod asked default >asked.yaml
  cluster_apply asked.yaml
  [ "$(jq -r .request.name 01-create-pods.json)" = asked ]
}
