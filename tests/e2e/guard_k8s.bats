# paratia guard k8s: reviews over TLS, as an API server sends them.
load lib
load guard_k8s
bats_require_minimum_version 1.5.0 # run --separate-stderr

SET=$PT_REPO/policies/hoster

setup_file() {
  mkdir -p "$K8S"
  k8s_policy >"$K8S/policy.yaml"
  echo '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"},"spec":{"containers":[{"name":"c","image":"web:1"}]}}' >"$K8S/pod.json"
  jq '.metadata.labels.owner = "jane"' "$K8S/pod.json" >"$K8S/owned.json"
  echo '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}' >"$K8S/ns.json"
}

teardown() { k8s_stop; }

# -- judging ------------------------------------------------------------------------------------------

# proves: guard k8s
# proves: guard --listen
# proves: guard --probe-listen
# proves: guard --ca-bundle
@test "a review is judged by Gatekeeper's policies, and a denial names its receipt" {
  k8s_start --enforce --policy "$K8S/policy.yaml"
  run admit < <(review "$K8S/owned.json")
  allowed
  local n= count=0
  while [ -z "$n" ] && [ "$count" -lt 20 ]; do # it is named if it was sealed in time
    count=$((count + 1))
    run admit < <(review "$K8S/pod.json")
    refused "[must-have-owner] web has no owner"
    [ "$(jq .response.status.code <<<"$output")" = 403 ]
    n=$(jq -r .response.status.message <<<"$output" | sed -n 's/^receipt //p')
  done
  k8s_stop
  run "$PARATIA" prove "$n" --state "$K8S/state"
  [ "$status" = 0 ]
  line deny NeedsOwner/must-have-owner
  hasnt jane
  run cat "$K8S/out"
  line deny "CREATE pods" shop/web NeedsOwner/must-have-owner receipt
  run cat "$K8S/err"
  line "NeedsOwner/must-have-owner" "$count"
  line "$count of $((count + 1)) reviews denied"
}

@test "while it learns nothing is denied, and the audit log says what would be" {
  k8s_start --learn --policy "$K8S/policy.yaml"
  run admit < <(review "$K8S/pod.json")
  allowed
  has '"would-deny":"[must-have-owner] web has no owner'
  k8s_stop
  run cat "$K8S/err"
  line "1 of 1 reviews would be denied"
}

# proves: guard --objects
@test "the level of a namespace is judged from its labels" {
  k8s_start --enforce --level privileged --objects "$K8S/ns.json"
  run admit < <(review "$K8S/pod.json")
  refused 'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false'
  jq '.metadata.namespace = "unheard-of"' "$K8S/pod.json" >other.json
  run admit < <(review other.json)
  refused unheard-of
}

# proves: guard --pod-security
@test "defaults and exemptions are those of a PodSecurityConfiguration" {
  cat >podsec.yaml <<'Y'
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: {enforce: baseline, enforce-version: latest}
exemptions: {usernames: [builder]}
Y
  echo '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}' >ns.json
  jq '.spec.hostNetwork = true' "$K8S/pod.json" >host.json
  k8s_start --enforce --pod-security podsec.yaml --objects ns.json
  run admit < <(review host.json)
  refused 'violates PodSecurity "baseline:latest": host namespaces'
  run admit < <(review host.json CREATE builder)
  allowed
  echo 'defaults: {enfore: baseline}' >>podsec.yaml
  run "$PARATIA" guard k8s --enforce --pod-security podsec.yaml --state "$PT_STATE"
  [ "$status" = 2 ]
  has podsec.yaml
}

# proves: guard --exclude
@test "namespaces that are left out are not judged" {
  k8s_start --enforce --policy "$K8S/policy.yaml" --exclude 'kube-*,own'
  for ns in kube-system own; do
    jq --arg n "$ns" '.metadata.namespace = $n' "$K8S/pod.json" >p.json
    run admit < <(review p.json)
    allowed
  done
  run admit < <(review "$K8S/pod.json")
  refused "no owner"
}

# proves: guard --glass-group
@test "the glass is broken by who may, with a reason, and leaves a receipt" {
  k8s_start --enforce --policy "$K8S/policy.yaml" --glass-group sre --json
  jq '.metadata.labels["paratia/break-glass"] = "INC-7"' "$K8S/pod.json" >no-reason.json
  jq '.metadata.annotations["paratia/break-glass-reason"] = "the shop is down"' no-reason.json >glass.json
  run admit < <(review glass.json CREATE jane developers)
  refused "no owner"
  run admit < <(review no-reason.json CREATE joe sre)
  refused "no owner"
  run admit < <(review glass.json CREATE joe sre)
  allowed
  [ "$(metric 'paratia_guard_ends_total{end="glass"}')" = 1 ]
  k8s_stop
  run "$PARATIA" ledger verify --state "$K8S/state"
  [ "$status" = 0 ]
  run cat "$K8S/out"
  line '"decision":"allow"' '"breakGlass":{"reason":"the shop is down","ticket":"INC-7"}' '"receipt":'
}

@test "a glass that a tenant left on an object helps nobody who comes by" {
  k8s_start --enforce --policy "$K8S/policy.yaml" --glass-group sre
  jq '.metadata.labels = {"paratia/break-glass": "INC-7"} | .metadata.annotations["paratia/break-glass-reason"] = "the shop is down"' \
    "$K8S/pod.json" >glass.json
  run admit < <(review glass.json UPDATE joe sre)
  refused "has no effect: it was there before"
  run admit < <(review glass.json DELETE joe sre)
  refused "a removal sets none"
  run admit < <(review glass.json UPDATE joe sre | jq -c '.request.oldObject.metadata.labels = {"paratia/break-glass": "INC-6"}')
  allowed
}

@test "a binding is refused to whoever is no scheduler, however it is asked for" {
  k8s_start --enforce --policy "$SET"
  echo '{"apiVersion":"v1","kind":"Binding","metadata":{"name":"web","namespace":"shop"},"target":{"kind":"Node","name":"control-1"}}' >binding.json
  run admit < <(review binding.json | jq -c '.request.resource.resource = "pods" | .request.subResource = "binding"')
  refused '[no-binding] target is "control-1", chosen by user "jane"'
  run admit < <(review binding.json)
  refused "[no-binding]"
  run admit < <(review binding.json CREATE system:kube-scheduler | jq -c '.request.resource.resource = "pods" | .request.subResource = "binding"')
  allowed
}

@test "the set for hosting judges here as it does in a pipeline" {
  k8s_start --enforce --policy "$SET" --objects "$K8S/ns.json"
  run admit < <(review "$K8S/pod.json")
  refused "[image-digest]"
  webhook=$(jq -r .response.status.message <<<"$output" | sed -n 's/^\[\([a-z-]*\)\].*/\1/p' | sort -u)
  run --separate-stderr "$PARATIA" check --json --state "$PT_STATE" --policy "$SET" "$K8S/ns.json" "$K8S/pod.json"
  [ "$(jq -r '.findings[] | select(.verdict == "fail" and (.check | test("^[a-z-]+$"))) | .check' <<<"$output" | sort -u)" = "$webhook" ] ||
    { jq -c '.findings[] | {check, verdict}' <<<"$output" | head -40; echo "$webhook"; return 1; }
}

# -- what it is asked ----------------------------------------------------------------------------------

@test "what no API server sends is refused: names of elsewhere, words without end" {
  k8s_start --enforce --policy "$K8S/policy.yaml" --json
  run admit < <(review "$K8S/pod.json" | jq -c '.request.namespace = "kube-system\u0000x"')
  refused "request.namespace is no name of a namespace"
  run admit < <(review "$K8S/pod.json" | jq -c '.request.namespace = "kube-system"')
  refused "request.object.metadata.namespace is another than the request says"
  run admit < <(review "$K8S/owned.json" | jq -c '.request.object.kind = "Secret"')
  refused "request.object.kind is another"
  run admit -w '%{http_code}' < <(review "$K8S/owned.json" | jq -c '.request.uid = ("u" * 1000)')
  has "request.uid has 1000 bytes"
  has 400
  run admit < <(review "$K8S/owned.json" | jq -c '.request.name = ("n" * 100000) | .request.object.metadata.name = .request.name
    | .request.userInfo = {username: ("j" * 100000), groups: [range(1000) | tostring]}')
  allowed
  k8s_stop
  [ "$(wc -c <"$K8S/out")" -lt 8000 ]
  grep -q '"name":"n*…"' "$K8S/out"
}

@test "what is no review is refused, with the reason" {
  k8s_start --enforce --policy "$K8S/policy.yaml"
  run admit -w '%{http_code}' <<<'{"kind":"AdmissionReview"}'
  has 400
  has AdmissionReview
  run admit -w '%{http_code}' -X GET <<<''
  has 405
  run curl -sk -w '%{http_code}' "https://127.0.0.1:$K8S_PORT/elsewhere"
  [ "$output" = 404 ]
  run curl -s -w '%{http_code}' --max-time 5 "http://127.0.0.1:$K8S_PORT/healthz"
  [ "$status" != 0 ]
  head -c 17000000 /dev/zero | tr '\0' ' ' >big
  run admit -w '%{http_code}' <big
  has 413
}

# proves: guard --timeout
@test "what cannot be judged in time is denied" {
  sed -e 's/needsowner/isslow/g; s/NeedsOwner/IsSlow/g' -e '/not input.review/d; s/msg := .*/n := numbers.range(1, 5000); msg := sprintf("%d", [count([1 | n[_] + n[_] + n[_] == 1])])/' "$K8S/policy.yaml" >slow.yaml
  k8s_start --enforce --policy slow.yaml --timeout 1s
  run admit < <(review "$K8S/pod.json")
  refused "[must-have-owner] it could not be judged in time"
  [ "$(metric 'paratia_guard_ends_total{end="late"}')" = 1 ]
}

@test "health, readiness and metrics are told without TLS, beside the reviews" {
  k8s_start --enforce --policy "$K8S/policy.yaml"
  run curl -s -w ' %{http_code}' "http://127.0.0.1:$K8S_PROBES/healthz"
  [ "$output" = $'ok\n 200' ]
  run admit < <(review "$K8S/pod.json")
  [ "$(metric 'gatekeeper_validation_request_count{admission_dryrun="false",admission_status="deny"}')" = 1 ]
  [ "$(metric 'gatekeeper_validation_request_duration_seconds_count{admission_status="deny"}')" = 1 ]
  [ "$(metric 'gatekeeper_constraints{enforcement_action="deny",status="active"}')" = 1 ]
  [ "$(metric 'paratia_violations_total{constraint_kind="NeedsOwner",constraint_name="must-have-owner",enforcement_action="deny"}')" = 1 ]
  run curl -s -w '%{http_code}' "http://127.0.0.1:$K8S_PROBES/v1/admit"
  [ "$output" = 404 ]
}

# proves: guard --usage
@test "which policy and which kind takes what memory is told, the largest first" {
  jq -nc 'range(300) | {apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: {name: "i\(.)", namespace: "shop"}}' >ingresses.json
  run --separate-stderr "$PARATIA" guard k8s --usage --json --policy "$K8S/policy.yaml" --objects "ingresses.json,$K8S/ns.json"
  [ "$status" = 0 ]
  [ "$(jq -r '.kinds[] | [.kind, .objects] | @tsv' <<<"$output")" = $'networking.k8s.io/v1/Ingress\t300\nv1/Namespace\t1' ]
  [ "$(jq '.kinds[0].bytes > 300 * 50 and .kinds[0].bytes < 300 * 500' <<<"$output")" = true ]
  [ "$(jq -r '.policies[] | select(.bytes > 1000) | .template' <<<"$output")" = NeedsOwner ]
  ingresses=$(jq '.kinds[0].bytes' <<<"$output")
  run "$PARATIA" guard k8s --usage --objects "$K8S/ns.json,ingresses.json"
  [ "$status" = 0 ]
  [[ ${lines[1]} == networking.k8s.io/v1/Ingress*300* && ${lines[2]} == v1/Namespace*1* ]]
  k8s_start --enforce --policy "$K8S/policy.yaml" --objects "ingresses.json,$K8S/ns.json"
  [ "$(metric 'paratia_inventory_objects{kind="networking.k8s.io/v1/Ingress"}')" = 300 ]
  [ "$(metric 'paratia_inventory_bytes{kind="networking.k8s.io/v1/Ingress"}')" = "$ingresses" ]
  [ "$(metric 'paratia_policies_bytes{template="NeedsOwner"}')" -gt 1000 ]
  run "$PARATIA" guard k8s --usage
  [ "$status" = 2 ]
}

# proves: guard --data
@test "OPA's clients are answered beside it, and each answer leaves a receipt" {
  mkdir rego
  printf 'package rbac\nimport rego.v1\nallow if input.user == data.admins[_]\n' >rego/rbac.rego
  echo '{"admins": ["jane"]}' >rego/data.json
  k8s_start --enforce --policy "$K8S/policy.yaml" --data rego --decision-log "$PWD/log"
  k8s_ca
  ask() { curl -s --cacert "$K8S/ca.crt" --connect-to "localhost:$K8S_PORT:127.0.0.1:$K8S_PORT" -d "$2" "https://localhost:$K8S_PORT$1"; }
  run ask /v1/data/rbac/allow '{"input":{"user":"jane"}}'
  [ "$(jq .result <<<"$output")" = true ]
  run ask /v1/data/rbac/allow '{"input":{"user":"joe"}}'
  [ "$(jq .result <<<"$output")" = null ]
  run ask /v1/data/rbac/allow '{'
  [ "$(jq -r .code <<<"$output")" = invalid_parameter ]
  k8s_stop
  run jq -r '[.path, .result, .input.user, (.receipt | type)] | @tsv' log
  [ "$output" = $'rbac/allow\ttrue\tjane\tnumber\nrbac/allow\t\tjoe\tnumber' ]
  run "$PARATIA" ledger verify --state "$K8S/state"
  [ "$status" = 0 ]
}

# -- what it says ---------------------------------------------------------------------------------------

# proves: guard --decision-log
@test "the decision log is OPA's, and holds no secret" {
  k8s_start --enforce --policy "$K8S/policy.yaml" --decision-log "$PWD/log"
  run admit < <(review "$K8S/pod.json")
  echo '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"shop"},"stringData":{"k":"hush-hush"}}' >secret.json
  run admit < <(review secret.json)
  allowed
  k8s_stop
  [ "$(stat -c %a log)" = 600 ]
  run jq -r '[.decision_id, .path, .result.allowed, .input.request.name, (.erased // [] | length), (.receipt | type)] | @tsv' log
  [ "$output" = $'00000000-0000-4000-8000-000000000001\tv1/admit\tfalse\tweb\t0\tnumber\n00000000-0000-4000-8000-000000000001\tv1/admit\ttrue\ts\t1\tnumber' ]
  run cat log
  hasnt hush-hush
}

@test "with --json each decision is a line" {
  k8s_start --enforce --policy "$K8S/policy.yaml" --json
  run admit < <(review "$K8S/pod.json")
  k8s_stop
  run jq -r '[.kind, .decision, .user, .namespace] | @tsv' "$K8S/out"
  [ "$output" = $'guard k8s\tdeny\tjane\tshop' ]
}

# -- settings and certificates --------------------------------------------------------------------------

@test "files that change are read again, and broken ones leave what is in force" {
  cp "$K8S/policy.yaml" policy.yaml
  k8s_start --enforce --policy policy.yaml
  run admit < <(review "$K8S/pod.json")
  refused "no owner"
  sed -i 's/has no owner/wants an owner/' policy.yaml
  for _ in $(seq 50); do grep -q "read again" "$K8S/err" && break; sleep 0.1; done
  run admit < <(review "$K8S/pod.json")
  refused "wants an owner"
  echo 'kind: [' >>policy.yaml
  for _ in $(seq 50); do grep -q "stay in force" "$K8S/err" && break; sleep 0.1; done
  run admit < <(review "$K8S/pod.json")
  refused "wants an owner"
  run cat "$K8S/err"
  line policy.yaml
}

# proves: guard --cert
# proves: guard --key
# proves: guard --client-ca
@test "given certificates are shown, and clients must show theirs" {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=clients 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout api.key -out api.csr -subj /CN=kube-apiserver 2>/dev/null
  printf 'extendedKeyUsage=clientAuth\n' >ext
  openssl x509 -req -in api.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out api.crt 2>/dev/null
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout srv.key -out srv.crt -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
  k8s_start --enforce --policy "$K8S/policy.yaml" --cert srv.crt --key srv.key --client-ca ca.crt
  cp srv.crt "$K8S/ca.crt"
  run admit < <(review "$K8S/owned.json")
  [ "$status" != 0 ]
  run admit --cert api.crt --key api.key < <(review "$K8S/owned.json")
  allowed
  rm "$K8S/ca.crt"
}

# proves: guard --tls-name
# proves: guard --cert-life
# proves: guard --ca-life
@test "certificates that it makes are renewed while it serves, and who trusts the bundle goes on" {
  rm -rf "$K8S/state/certs"
  k8s_start --enforce --policy "$K8S/policy.yaml" --tls-name localhost --cert-life 6s --ca-life 1h
  k8s_ca
  first=$(openssl s_client -connect "127.0.0.1:$K8S_PORT" -CAfile "$K8S/ca.crt" </dev/null 2>/dev/null | openssl x509 -noout -serial)
  for _ in $(seq 80); do
    run admit < <(review "$K8S/owned.json")
    allowed
    now=$(openssl s_client -connect "127.0.0.1:$K8S_PORT" -CAfile "$K8S/ca.crt" </dev/null 2>/dev/null | openssl x509 -noout -serial)
    [ "$now" = "$first" ] || break
    sleep 0.1
  done
  [ "$now" != "$first" ]
  [ "$(stat -c %a "$K8S/state/certs/tls.key")" = 600 ]
  rm -rf "$K8S/state/certs" "$K8S/ca.crt"
}

# proves: guard --drain
@test "when it is to end it says so first, and answers on for a while" {
  k8s_start --enforce --policy "$K8S/policy.yaml" --drain 2s
  kill -TERM "$(cat "$K8S/guard.pid")"
  sleep 0.3
  run curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$K8S_PROBES/readyz"
  [ "$output" = 503 ]
  run admit < <(review "$K8S/owned.json")
  allowed
  pid=$(cat "$K8S/guard.pid")
  for _ in $(seq 60); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
  [ ! -d "/proc/$pid" ]
}

@test "files that others may write are not judged by" {
  cp "$K8S/ns.json" ns.json && chmod 666 ns.json
  run "$PARATIA" guard k8s --learn --policy "$K8S/policy.yaml" --objects ns.json --state "$PT_STATE"
  [ "$status" = 3 ]
  has "others may write ns.json"
}

@test "the bundle is printed without a word about the certificate that is shown" {
  rm -rf "$K8S/state/certs"
  k8s_start --enforce --policy "$K8S/policy.yaml" --tls-name guard.shop.svc,localhost
  before=$(sha256sum "$K8S/state/certs/tls.crt")
  k8s_ca
  [ "$(sha256sum "$K8S/state/certs/tls.crt")" = "$before" ]
  cmp "$K8S/ca.crt" "$K8S/state/certs/ca.crt"
  rm -rf "$K8S/state/certs" "$K8S/ca.crt"
}

# proves: guard --config
@test "a broken --data leaves what it held before, and is counted; the other settings are new" {
  mkdir rego && printf 'package p\nq := 1\n' >rego/p.rego
  cp "$K8S/policy.yaml" policy.yaml
  printf 'policy: [policy.yaml]\ndata: [rego]\n' >config.yaml
  k8s_start --enforce --config config.yaml
  k8s_ca
  printf 'package p\nq := \n' >rego/p.rego
  sed -i 's/has no owner/wants an owner/' policy.yaml
  kill -HUP "$(cat "$K8S/guard.pid")"
  for _ in $(seq 50); do grep -q "data held before" "$K8S/err" && break; sleep 0.1; done
  run admit < <(review "$K8S/pod.json")
  refused "wants an owner"
  run curl -s --cacert "$K8S/ca.crt" --connect-to "localhost:$K8S_PORT:127.0.0.1:$K8S_PORT" "https://localhost:$K8S_PORT/v1/data/p/q"
  [ "$(jq .result <<<"$output")" = 1 ]
  [ "$(metric paratia_guard_reload_failures_total)" -ge 1 ]
}

@test "words that make no sense are refused before anything is served" {
  for words in "--learn" "--learn --level baseline --drain 1x" "--enforce --policy none.yaml" "--learn --level high" "--learn --level baseline --timeout 2h" \
    "--learn --level baseline --listen nowhere" "--learn --level baseline --cert x" "--level baseline"; do
    # shellcheck disable=SC2086
    run "$PARATIA" guard k8s --state "$PT_STATE" $words
    [ "$status" = 2 ] || [ "$status" = 3 ] || { echo "$words: $status"; return 1; }
    has "error:"
  done
}
