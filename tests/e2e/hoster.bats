# The policies for hosting (policies/hoster): their suites pass, and nothing of a policy is missing or stale.
load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

SET=$PT_REPO/policies/hoster

folders() { # of the policies, one a line
  find "$SET" -mindepth 1 -maxdepth 1 -type d ! -name lib -printf '%f\n' | sort
}

sources() {
  find "$SET" -name '*.rego'
}

# proves: policy verify
@test "every suite of the set passes" {
  run --separate-stderr "$PARATIA" policy verify "$SET/..."
  [ "$status" = 0 ] || { echo "$output$stderr"; return 1; }
  [ "$(grep -c '^ok' <<<"$output")" = "$(folders | wc -l)" ]
  [ "${lines[-1]}" = PASS ]
}

@test "templates are made from their sources" {
  run "$PT_REPO/tools/policies/make" --check
  [ "$status" = 0 ]
  [ -z "$output" ]
}

@test "a template that is not current is told" {
  mkdir -p repo/tools/policies repo/policies/hoster
  cp "$PT_REPO/tools/policies/make" repo/tools/policies/
  cp -r "$SET/lib" "$SET/no-host-port" repo/policies/hoster/
  run repo/tools/policies/make --check
  [ "$status" = 0 ]
  echo '# more' >>repo/policies/hoster/lib/pod.rego
  run repo/tools/policies/make --check
  [ "$status" = 1 ]
  has "policies/hoster/no-host-port/template.yaml is not current"
  run repo/tools/policies/make
  [ "$status" = 0 ]
  run repo/tools/policies/make --check
  [ "$status" = 0 ]
  rm repo/policies/hoster/lib/image.rego
  run repo/tools/policies/make
  [ "$status" != 0 ]
  has "cannot read no-host-port/../lib/image.rego"
}

# proves: policy check
# proves: policy fmt
@test "every source compiles strictly and is formatted" {
  mapfile -t files < <(sources)
  run "$PARATIA" policy check --strict "${files[@]}"
  [ "$status" = 0 ]
  [ -z "$output" ]
  run "$PARATIA" policy fmt --list "${files[@]}"
  [ "$status" = 0 ]
  [ -z "$output" ]
}

@test "every policy has its page, samples, five cases and a row in the table" {
  local name file cases
  for name in $(folders); do
    for file in policy.rego template.in template.yaml constraint.yaml suite.yaml README.md; do
      [ -s "$SET/$name/$file" ] || { echo "$name has no $file"; return 1; }
    done
    for file in template constraint; do
      grep -qxF "  - $name/$file.yaml" "$SET/kustomization.yaml" || { echo "kustomization.yaml lacks $name/$file.yaml"; return 1; }
    done
    grep -qF "[$name]($name/README.md)" "$SET/README.md" || { echo "$name is not in the table"; return 1; }
    cases=$(grep -c '^        object: ' "$SET/$name/suite.yaml")
    [ "$cases" -ge 5 ] || { echo "$name has $cases cases"; return 1; }
    grep -q 'violations: no' "$SET/$name/suite.yaml" || { echo "$name allows nothing"; return 1; }
    for word in '**Asks:**' '**Stops:**' '**Exempt**' '**Does not see**'; do
      grep -qF "$word" "$SET/$name/README.md" || { echo "$name: no $word"; return 1; }
    done
  done
  [ "$(grep -c 'README.md) |' "$SET/README.md")" = "$(folders | wc -l)" ]
}

@test "every sample is used, and every parameter is explained" {
  local name sample parameter
  for name in $(folders); do
    for sample in "$SET/$name"/samples/*; do
      grep -qF "samples/${sample##*/}" "$SET/$name/suite.yaml" || { echo "$name: ${sample##*/} is not used"; return 1; }
    done
    for parameter in $(grep -oE '^            [a-zA-Z]+:$' "$SET/$name/template.in" | tr -d ' :' | grep -v '^libs$'); do
      grep -qF "\`$parameter" "$SET/$name/README.md" || { echo "$name: $parameter is not explained"; return 1; }
    done
  done
}

# What walks the folders for policies takes the constraints that are meant, and none of a suite.
@test "each template has one constraint by the name of its policy, and samples hold none" {
  local name
  for name in $(folders); do
    [ "$(grep -rlE '^kind: Hoster' --include='*.yaml' "$SET/$name")" = "$SET/$name/constraint.yaml" ] || { echo "$name"; return 1; }
    grep -qx "  name: $name" "$SET/$name/constraint.yaml"
    grep -qx '  enforcementAction: deny' "$SET/$name/constraint.yaml"
  done
}

# judge POLICY REVIEW [PARAMETERS]: its messages on an AdmissionRequest.
judge() {
  local package
  package=$(sed -n 's/^package //p' "$SET/$1/policy.rego")
  jq -n --argjson review "$2" --argjson parameters "${3:-{\}}" '{$review, $parameters}' >input.json
  run --separate-stderr "$PARATIA" eval -d "$SET/$1/policy.rego" -d "$SET/lib" -i input.json -f json \
    "[v.msg | some v in data.$package.violation]"
  [ "$status" = 0 ]
  output=$(jq -r '.result[0].expressions[0].value[]' <<<"$output")
}

# What suites cannot give: the Namespace that comes with a review.
@test "whose a namespace is, the Namespace of the review says first" {
  local pod='{"kind": {"group": "", "version": "v1", "kind": "Pod"}, "operation": "CREATE", "namespace": "a", "oldObject": null,
    "object": {"metadata": {"name": "web", "namespace": "a", "labels": {"tenant": "shop"}}}}'
  judge tenant-labels "$(jq '.namespaceObject = {metadata: {name: "a", labels: {tenant: "blog"}}}' <<<"$pod")"
  [ "$output" = 'metadata.labels["tenant"] is "shop", but namespace a is of tenant "blog"; set it to that' ]
  judge tenant-labels "$(jq '.namespaceObject = {metadata: {name: "a", labels: {tenant: "shop"}}}' <<<"$pod")"
  [ -z "$output" ]
  judge tenant-labels "$(jq '.namespaceObject = {metadata: {name: "a"}}' <<<"$pod")"
  has 'but namespace a is of tenant ""'
  judge tenant-labels "$(jq '.namespaceObject = null' <<<"$pod")" '{"requireNamespace": true}'
  has "give the Namespace to the judge"
}

# A pod that each policy about pods lets pass, and its ways of going wrong.
@test "one good pod passes all policies about pods, a bare one next to none" {
  local digest good bare name parameters
  digest=sha256:$(printf '1%.0s' {1..64})
  good='{"automountServiceAccountToken": false, "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [{"name": "web", "image": "registry.example.com/public/web:1@'$digest'",
      "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
      "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]}'
  bare='{"containers": [{"name": "web", "image": "web"}]}'
  local review='{"kind": {"group": "", "version": "v1", "kind": "Pod"}, "operation": "CREATE", "namespace": "a", "oldObject": null,
    "namespaceObject": null, "userInfo": {}, "object": {"metadata": {"name": "web", "namespace": "a", "labels": {"tenant": "shop"}}}}'
  parameters='{"registries": ["registry.example.com/public"], "max": {"cpu": "2", "memory": "2Gi"}, "labels": [{"key": "tenant"}],
    "signers": ["a"], "maxAge": "36500d", "images": [{"digest": "'$digest'", "signer": "a", "until": "2261-01-01T00:00:00Z",
      "scanned": "2024-01-01T00:00:00Z", "critical": 0, "high": 0}]}'
  local refused=
  for name in $(grep -lE 'kinds: \[.*Pod' "$SET"/*/constraint.yaml | xargs -n1 dirname | xargs -n1 basename); do
    judge "$name" "$(jq --argjson spec "$good" '.object.spec = $spec' <<<"$review")" "$parameters"
    [ -z "$output" ] || { echo "$name: $output"; return 1; }
    judge "$name" "$(jq --argjson spec "$bare" '.object.spec = $spec' <<<"$review")" "$parameters"
    [ -z "$output" ] || refused+=" $name"
  done
  echo "$refused"
  [ "$(wc -w <<<"$refused")" = 12 ]
}
