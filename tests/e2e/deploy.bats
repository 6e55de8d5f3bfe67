# deploy/kubernetes: what is in it is well-formed, good in the eyes of our own checks, and the same in every way of
# installing it. What needs kustomize (or kubectl) or helm skips where they are not.
load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

KUBE=$PT_REPO/deploy/kubernetes
CHART=$KUBE/helm/paratia-guard

findings() { # findings PATH… [OPTION…]: severity, id and subject of each, low ones left out
  "$PARATIA" check --no-record --all --json "$@" >report.json || [ $? = 1 ]
  jq -r '.findings[] | select(.verdict == "fail" and .severity != "low" and .severity != "info") | "\(.severity) \(.check) \(.subject)"' report.json
}

# documents FILE DIR: each as KIND-NAME.json in DIR, without what only Helm says.
documents() {
  local part
  mkdir -p "$2"
  awk -v d="$2" '/^---/ {n++; next} {print >(d sprintf("/%03d.yaml", n))}' "$1"
  for part in "$2"/*.yaml; do
    if grep -q '^kind:' "$part"; then
      "$PARATIA" eval -i "$part" -f raw input |
        jq -S 'del(.metadata.labels["app.kubernetes.io/managed-by"], .metadata.labels["helm.sh/chart"])' >"$2/new" || return 1
      mv "$2/new" "$2/$(jq -r '"\(.kind)-\(.metadata.name)"' "$2/new").json"
    fi
    rm "$part"
  done
}

render() { # render DIR: by what there is
  if command -v kustomize >/dev/null; then kustomize build "$1"; else kubectl kustomize "$1"; fi
}
need_kustomize() {
  command -v kustomize >/dev/null || kubectl kustomize --help >/dev/null 2>&1 || skip "neither kustomize nor kubectl"
}
need_helm() { command -v helm >/dev/null || skip "no helm"; }

chart() { # chart OPTION…
  helm template guard "$CHART" --namespace paratia-system --kube-version 1.30.0 "$@"
}

# the_same DIR DIR: but for the image's tag and the Namespace, which Helm does not make.
the_same() {
  rm -f "$1/Namespace-paratia-system.json"
  sed -i -E 's/("image": "paratia):[0-9.]+"/\1"/' "$2"/{Deployment,StatefulSet,CronJob}-*.json 2>/dev/null || true
  diff -ru "$1" "$2"
}

@test "deploy: every document of base and overlays is read" {
  run "$PARATIA" check --no-record --only PT-MAN-* --strict "$KUBE/base" "$KUBE/overlays"
  [ "$status" = 0 ]
  has "0 fail, 0 not evaluated"
}

# The README says why these are accepted.
@test "deploy: our own checks find only what is accepted" {
  findings "$KUBE/base" >found
  run grep -vxE "medium PT-POD-IMAGE-TAG Deployment paratia-system/guard|medium PT-POD-TOKEN Deployment paratia-system/guard|high PT-RBAC-CONTROL ClusterRole paratia-guard|high PT-RBAC-SECRETS Role paratia-system/guard" found
  [ "$status" = 1 ] || { echo "$output"; return 1; }
  grep -q PT-POD-TOKEN found
}

# Even if they did not leave its namespace out, but for what is the hoster's: which image it is and the records of it,
# whose tenant; and for the token that it needs.
@test "deploy: the hoster's policies find nothing but what is the hoster's" {
  mkdir policies
  for folder in "$PT_REPO"/policies/hoster/*/; do
    [ -f "$folder/constraint.yaml" ] || continue
    cp "$folder/template.yaml" "policies/template-$(basename "$folder").yaml"
    sed '/^    excludedNamespaces:/d' "$folder/constraint.yaml" >"policies/$(basename "$folder").yaml"
  done
  findings --policy policies "$KUBE/base" >found
  jq -r '.findings[] | select(.verdict == "pass") | .check' report.json | sort -u >passed
  for policy in no-privileged run-as-non-root read-only-root drop-capabilities resource-limits seccomp-runtime-default volume-types no-host-path; do
    grep -qx $policy passed || { echo "$policy did not pass"; return 1; }
  done
  jq -e '[.findings[] | select(.verdict == "not evaluated")] == []' report.json
  run grep -vE ' PT-| (no-service-account-token|priority-classes|signed-images|scanned-images|allowed-registries|image-digest|no-latest-tag|tenant-labels) ' found
  [ "$status" = 1 ] || { echo "$output"; return 1; }
}

@test "deploy: what one way of installing says twice, it says alike" {
  diff "$KUBE/overlays/monitoring/alerts.yaml" "$CHART/files/alerts.yaml"
  diff "$KUBE/overlays/monitoring/dashboard.json" "$CHART/files/dashboard.json"
  diff "$KUBE/overlays/reports/definitions.yaml" "$CHART/files/definitions.yaml"
  diff "$KUBE/components/cluster-policies/crds.yaml" "$CHART/files/gatekeeper.yaml"
  jq -e '.panels | length > 10' "$CHART/files/dashboard.json"
  # Conditions and rules, to the letter; and the guard's options, but for what values choose.
  diff <(sed -n '/^    matchConditions:/,$p' "$KUBE/base/webhook.yaml") <(sed -n '/^    matchConditions:/,$p' "$CHART/templates/webhook.yaml" | sed '/{{/d')
  options() { grep -oE '^ +- --[a-z-]+(: |=|$)' "$1" | tr -d ' =:-'; }
  diff <(options "$KUBE/base/deployment.yaml" | grep -vx enforce) <(options "$CHART/templates/deployment.yaml")
  grep -q -- '- --{{ .Values.mode }}' "$CHART/templates/deployment.yaml"
}

# A panel or an alert on a metric that is not there shows nothing, for ever.
@test "deploy: dashboards and alerts ask for metrics that the guard has" {
  grep -ohE '(paratia|gatekeeper)_[a-z_]+' "$KUBE/overlays/monitoring/alerts.yaml" "$KUBE/overlays/monitoring/dashboard.json" |
    sed -E 's/_(bucket|sum)$//; s/(duration_seconds)_count$/\1/' | sort -u >asked
  [ "$(wc -l <asked)" -ge 8 ]
  while read -r metric; do
    grep -q "\"$metric\"\|# HELP $metric \|\"$metric{" "$PT_REPO"/src/respond/guard/metrics.c "$PT_REPO"/src/respond/guard/k8s/metrics.c || { echo "no metric $metric"; return 1; }
  done <asked
}

@test "deploy: the guard's options are ones that it has" {
  run "$PARATIA" guard k8s --help
  [ "$status" = 0 ]
  for option in $(grep -ohE '^ +- --[a-z-]+' "$KUBE/base/deployment.yaml" "$KUBE/overlays/audit/cronjob.yaml" | sed 's/.*- //') --learn; do
    has "$option"
  done
}

@test "deploy: overlays change what they say, and nothing else" {
  need_kustomize
  render "$KUBE/base" >base.yaml
  render "$KUBE/overlays/learn" >learn.yaml
  render "$KUBE/overlays/ignore" >ignore.yaml
  run diff base.yaml ignore.yaml
  [ "$(grep -c '^[<>]' <<<"$output")" = 2 ]
  has ">   failurePolicy: Ignore"
  run diff base.yaml learn.yaml
  [ "$(grep -c '^[<>]' <<<"$output")" = 4 ]
  has ">         - --learn"
  has ">   failurePolicy: Ignore"
}

@test "deploy: an overlay of one's own gives image and policies" {
  need_kustomize
  mkdir own
  printf 'a: {b: c}\n' >own/policies.yaml
  cat >own/kustomization.yaml <<Y
resources: [$(realpath --relative-to=own "$KUBE/overlays/learn")]
images: [{name: paratia, newName: registry.example.net/paratia, digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}]
configMapGenerator:
  - {name: guard-policies, namespace: paratia-system, behavior: replace, files: [policies.yaml]}
Y
  render own >own.yaml
  grep -q 'image: registry.example.net/paratia@sha256:0123' own.yaml
  grep -q 'a: {b: c}' own.yaml
  [ "$(grep -c 'name: guard-policies$' own.yaml)" = 2 ] # the ConfigMap, and who mounts it
}

@test "deploy: the chart installs what kustomize installs" {
  need_kustomize
  need_helm
  helm lint "$CHART"
  { render "$KUBE/base"; echo ---; render "$KUBE/overlays/monitoring"; } >kustomize.yaml
  chart --set monitoring.enabled=true >helm.yaml
  documents kustomize.yaml a
  documents helm.yaml b
  the_same a b
  render "$KUBE/overlays/learn" >kustomize.yaml
  chart --set mode=learn --set failurePolicy=Ignore >helm.yaml
  documents kustomize.yaml c
  documents helm.yaml d
  the_same c d
}

# own RESOURCE… [-- COMPONENT…]: the folder own/, with these of deploy/kubernetes.
own() {
  mkdir -p own
  local path
  echo 'resources:' >own/kustomization.yaml
  for path; do
    if [ "$path" = -- ]; then echo 'components:' >>own/kustomization.yaml; continue; fi
    echo "- $(realpath --relative-to=own "$KUBE/$path")" >>own/kustomization.yaml
  done
}

@test "deploy: the chart's ledger, audit and reports are those of kustomize" {
  need_kustomize
  need_helm
  own base overlays/audit overlays/reports -- components/ledger
  render own >kustomize.yaml
  chart --set audit.enabled=true,audit.definitions=true,ledger.persistent=true >helm.yaml
  documents kustomize.yaml a
  documents helm.yaml b
  [ -e a/StatefulSet-guard.json ] && [ -e a/CronJob-guard-audit.json ] && [ -e a/CustomResourceDefinition-policyreports.wgpolicyk8s.io.json ]
  [ ! -e a/Deployment-guard.json ]
  the_same a b
  chart --set audit.enabled=true,networkPolicy.enabled=false,ledger.persistent=true,ledger.storageClassName=fast,ledger.size=1Gi,level=restricted >helm.yaml
  documents helm.yaml c
  [ ! -e c/NetworkPolicy-guard-audit.json ] && [ ! -e c/CustomResourceDefinition-policyreports.wgpolicyk8s.io.json ]
  jq -e '.spec.volumeClaimTemplates[0].spec | .storageClassName == "fast" and .resources.requests.storage == "1Gi"' c/StatefulSet-guard.json
  jq -e '.spec.jobTemplate.spec.template.spec.containers[0].args | index("--level=restricted")' c/CronJob-guard-audit.json
}

@test "deploy: with volumes the guard is a StatefulSet, and otherwise the same" {
  need_kustomize
  own overlays/learn -- components/ledger
  render own >own.yaml
  render "$KUBE/overlays/learn" >learn.yaml
  documents own.yaml a
  documents learn.yaml b
  spec() { jq -S '.spec.template.spec | del(.volumes[] | select(.name == "state")) | del(.securityContext.fsGroupChangePolicy, .topologySpreadConstraints[].matchLabelKeys)' "$1"; }
  diff <(spec a/StatefulSet-guard.json) <(spec b/Deployment-guard.json)
  jq -e '(.spec.template.spec.volumes | map(.name)) == ["policies"] and .spec.volumeClaimTemplates[0].metadata.name == "state"
    and .spec.replicas == 3 and .spec.strategy == null and .spec.podManagementPolicy == "Parallel"' a/StatefulSet-guard.json
}

# The pod that audits is none of the guard's: no Service leads to it, no budget counts it.
@test "deploy: the audit's pod is like the guard's, and is not taken for one" {
  "$PARATIA" eval -i "$KUBE/overlays/audit/cronjob.yaml" -f raw input.spec.jobTemplate.spec.template >audit.json
  "$PARATIA" eval -i "$KUBE/base/deployment.yaml" -f raw input.spec.template >guard.json
  [ "$(jq -r '.metadata.labels["app.kubernetes.io/name"]' audit.json)" = paratia-guard-audit ]
  pick() { jq -S '.spec | [.securityContext, .containers[0].securityContext, .containers[0].volumeMounts, (.volumes[] | select(.name == "policies"))]' "$1"; }
  diff <(pick audit.json) <(pick guard.json)
  findings "$KUBE/overlays/audit" >found
  run grep -vxE "medium PT-POD-IMAGE-TAG CronJob paratia-system/guard-audit|medium PT-POD-TOKEN CronJob paratia-system/guard-audit|high PT-RBAC-WILDCARD ClusterRole paratia-guard-audit" found
  [ "$status" = 1 ] || { echo "$output"; return 1; }
}

@test "deploy: policies of the API server are one component, and the chart's are the same" {
  need_kustomize
  own base -- components/cluster-policies
  render own >kustomize.yaml
  documents kustomize.yaml a
  jq -e '.spec.template.spec.containers[0].args | index("--cluster-policies") and index("--write-crds") and index("--config-namespace=paratia-system")
    and (index("--policy=/policies") | not)' a/Deployment-guard.json
  jq -e '.webhooks[0].rules[-2:] | map(.resources[0]) == ["constrainttemplates", "*"]' a/ValidatingWebhookConfiguration-paratia-guard.json
  run "$PARATIA" guard k8s --help
  for option in $(jq -r '.spec.template.spec.containers[0].args[] | select(startswith("--")) | sub("=.*"; "")' a/Deployment-guard.json); do has "$option"; done
  need_helm
  chart --set clusterPolicies.enabled=true >helm.yaml
  documents helm.yaml b
  the_same a b
  chart --set clusterPolicies.enabled=true,clusterPolicies.definitions=false,policies.configMap=mine >helm.yaml
  documents helm.yaml c
  [ ! -e c/CustomResourceDefinition-constrainttemplates.templates.gatekeeper.sh.json ]
  jq -e '.spec.template.spec.containers[0].args | index("--cluster-policies") and index("--policy=/policies")' c/Deployment-guard.json
}

@test "deploy: the audit beside that component judges by the same policies, and the chart's does" {
  need_kustomize
  own base overlays/audit -- components/cluster-policies
  render own >kustomize.yaml
  documents kustomize.yaml a
  args() { jq -r '.. | .args? // empty | .[]' "$1"; }
  args a/CronJob-guard-audit.json >audit
  grep -qx -- --cluster-policies audit
  grep -qx -- --config-namespace=paratia-system audit
  run ! grep -q -- --policy= audit
  jq -e '[.rules[] | select(.apiGroups | index("templates.gatekeeper.sh"))] | length == 1 and .[0].verbs == ["list"]' a/ClusterRole-paratia-guard-audit.json
  run "$PARATIA" guard k8s --help
  for option in $(sed -n 's/^\(--[a-z-]*\).*/\1/p' audit); do has "$option"; done
  # without the component nothing has changed
  rm -r own
  own base overlays/audit
  render own >kustomize.yaml
  documents kustomize.yaml b
  args b/CronJob-guard-audit.json | grep -qx -- --policy=/policies
  need_helm
  chart --set audit.enabled=true,clusterPolicies.enabled=true >helm.yaml
  documents helm.yaml c
  the_same a c
  chart --set audit.enabled=true,clusterPolicies.enabled=true,policies.configMap=mine >helm.yaml
  documents helm.yaml d
  args d/CronJob-guard-audit.json | grep -qx -- --policy=/policies
}

# Helm may be missing where this runs: the same words in both, at least.
@test "deploy: the chart's audit has the words of the component" {
  for word in '--cluster-policies' '--config-namespace=' 'apiGroups: [templates.gatekeeper.sh, syncset.gatekeeper.sh, config.gatekeeper.sh]' \
    'resources: [constrainttemplates, syncsets, configs]'; do
    grep -qF -- "$word" "$CHART/templates/audit.yaml"
    grep -qF -- "$word" "$KUBE/components/cluster-policies/kustomization.yaml"
  done
}

# The README says why these are accepted.
@test "deploy: our own checks find of the component only what is accepted" {
  findings "$KUBE/components/cluster-policies" >found
  cat found
  run grep -vxE "(medium|high) PT-RBAC-(WILDCARD|CONTROL) ClusterRole paratia-guard-policies" found
  [ "$status" = 1 ] || { echo "$output"; return 1; }
}

@test "deploy: the chart's values reach what they name" {
  need_helm
  printf 'a: {b: c}\n' >p.yaml
  chart --set image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef --set-file 'policies.files.p\.yaml=p.yaml' \
    --set 'excludedNamespaces={kube-system,calico-system}' --set 'extraArgs={--glass-group=oncall}' --set networkPolicy.enabled=false \
    --set 'webhook.extraRules[0].apiGroups={example.com},webhook.extraRules[0].apiVersions={v1},webhook.extraRules[0].operations={CREATE},webhook.extraRules[0].resources={orders}' >helm.yaml
  documents helm.yaml d
  [ "$(jq -r '.data["p.yaml"]' d/ConfigMap-guard-policies.json)" = 'a: {b: c}' ]
  jq -e '.spec.template.spec.containers[0] | (.image | startswith("paratia@sha256:0123")) and (.args[-1] == "--glass-group=oncall")
    and (.args | index("--exclude=kube-system,calico-system,paratia-system"))' d/Deployment-guard.json
  jq -e '.webhooks[0] | .namespaceSelector.matchExpressions[0].values == ["kube-system", "calico-system", "paratia-system"]
    and .rules[-1].resources == ["orders"]' d/ValidatingWebhookConfiguration-paratia-guard.json
  [ ! -e d/NetworkPolicy-guard.json ]
  run chart --set replicas=2
  [ "$status" != 0 ]
  has "no node could be drained"
  run chart --set mode=audit
  [ "$status" != 0 ]
  run chart --set imaeg.tag=1
  [ "$status" != 0 ]
}
