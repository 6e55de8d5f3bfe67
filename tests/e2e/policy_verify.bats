load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# A suite as a shop would have it: containers need an owner, and names that nobody else has.
shop() {
  mkdir -p shop/samples
  cat >shop/template.yaml <<'YAML'
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: shopowner
spec:
  crd:
    spec:
      names:
        kind: ShopOwner
      validation:
        openAPIV3Schema:
          type: object
          properties:
            label: {type: string, default: owner}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package shop
        violation[{"msg": msg}] {
          not input.review.object.metadata.labels[input.parameters.label]
          msg := sprintf("no label %v", [input.parameters.label])
        }
        violation[{"msg": msg}] {
          other := data.inventory.namespace[ns][_].Pod[name]
          other.metadata.labels.host == input.review.object.metadata.labels.host
          msg := sprintf("%v/%v has that host", [ns, name])
        }
YAML
  cat >shop/constraint.yaml <<'YAML'
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: ShopOwner
metadata:
  name: owner
spec:
  match:
    kinds:
      - apiGroups: [""]
        kinds: [Pod]
  parameters: {}
YAML
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: good, namespace: a, labels: {owner: eve, host: x}}\n' >shop/samples/good.yaml
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: bad, namespace: a}\n' >shop/samples/bad.yaml
  cat >shop/suite.yaml <<'YAML'
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
tests:
  - name: owner
    template: template.yaml
    constraint: constraint.yaml
    cases:
      - name: good
        object: samples/good.yaml
        assertions:
          - violations: no
      - name: bad
        object: samples/bad.yaml
        assertions:
          - violations: 1
            message: no label own.r$
          - violations: yes
      - name: taken
        object: samples/good.yaml
        inventory: [samples/good.yaml]
        assertions:
          - message: a/good has that host
YAML
}

plain() { sed -E 's/[0-9]+\.[0-9]{3}s/TIME/' <<<"$output"; }

# proves: policy verify
@test "a suite that holds, in the words of gator" {
  shop
  run --separate-stderr "$PARATIA" policy verify shop/suite.yaml
  [ "$status" = 0 ]
  [ -z "$stderr" ]
  diff - <(plain) <<<$'ok\tshop/suite.yaml\tTIME\nPASS'
}

# proves: policy verify --verbose
@test "--verbose names what passed" {
  shop
  run "$PARATIA" policy verify -v shop
  [ "$status" = 0 ]
  diff - <(plain) <<'TEXT'
=== RUN   owner
    === RUN   good
    --- PASS: good	(TIME)
    === RUN   bad
    --- PASS: bad	(TIME)
    === RUN   taken
    --- PASS: taken	(TIME)
--- PASS: owner	(TIME)
ok	shop/suite.yaml	TIME
PASS
TEXT
}

@test "what fails says what was expected and what was found" {
  shop
  sed -i 's/violations: 1$/violations: 2/; s/violations: no$/violations: 0/' shop/suite.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 1 ]
  diff - <(plain) <<'TEXT'
    --- FAIL: bad	(TIME)
        unexpected number of violations: got 1 violations containing "no label own.r$" but want exactly 2: got messages [no label owner]
--- FAIL: owner	(TIME)
FAIL	shop/suite.yaml	TIME
FAIL
TEXT
}

@test "a case without assertions expects no violation" {
  shop
  sed -i '/- name: bad/,$d; /assertions:/d; /violations: no/d' shop/suite.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 0 ]
  sed -i 's|object: samples/good.yaml|object: samples/bad.yaml|' shop/suite.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 1 ]
  has "got 1 violations but want none: got messages [no label owner]"
}

@test "what is wrong with a policy is told with file and line" {
  shop
  sed -i 's/msg := sprintf("no label/msg = sprintff("no label/' shop/template.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 1 ]
  has "shop/template.yaml:21: rego_type_error: undefined function sprintff"
  shop
  sed -i 's/parameters: {}/parameters: {label: [x]}/' shop/constraint.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 1 ]
  has "shop/constraint.yaml:10: spec.parameters.label: must be of type string, and is array"
}

@test "a template in Rego v1 that does not say so is told how" {
  shop
  sed -i '/package shop/,$d' shop/template.yaml
  printf '        package shop\n        violation contains {"msg": "x"} if input.review\n' >>shop/template.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 1 ]
  has "shop/template.yaml:19: rego_parse_error: "
  has "it is Rego v1, which code: [{engine: Rego, source: {version: v1, rego: …}}] takes"
}

@test "a constraint that is to be invalid must break the schema" {
  shop
  cat >shop/suite.yaml <<'YAML'
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
tests:
  - {name: owner, template: template.yaml, constraint: constraint.yaml, invalid: true}
YAML
  run "$PARATIA" policy verify shop
  [ "$status" = 1 ]
  has "the constraint should break its template's schema, and does not"
  sed -i 's/parameters: {}/parameters: {label: [x]}/' shop/constraint.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 0 ]
  sed -i 's/parameters: .*/parameters: {labels: x}/' shop/constraint.yaml # a fault, and none of the schema's
  run "$PARATIA" policy verify shop
  [ "$status" = 1 ]
  has "shop/constraint.yaml:10: spec.parameters.labels: unknown field"
}

@test "an AdmissionReview in place of an object" {
  shop
  cat >shop/samples/good.yaml <<'YAML'
apiVersion: admission.k8s.io/v1
kind: AdmissionReview
request:
  operation: DELETE
  oldObject: {apiVersion: v1, kind: Pod, metadata: {name: a, labels: {owner: eve}}}
YAML
  run "$PARATIA" policy verify shop --run '//^good$'
  [ "$status" = 0 ]
  sed -i 's/  operation: DELETE/  operatoin: DELETE/' shop/samples/good.yaml
  run "$PARATIA" policy verify shop --run '//^good$'
  [ "$status" = 1 ]
  has "has a field that nobody knows: operatoin"
}

# proves: policy verify --run
@test "--run chooses tests and cases" {
  shop
  sed -i 's/violations: 1$/violations: 2/' shop/suite.yaml
  run "$PARATIA" policy verify shop --run '//^good$'
  [ "$status" = 0 ]
  run "$PARATIA" policy verify shop -v --run good
  [ "$status" = 0 ]
  has "    === SKIP  bad"
  run "$PARATIA" policy verify shop --run '^own'
  [ "$status" = 1 ]
  run --separate-stderr "$PARATIA" policy verify shop --run 'a//b//c'
  [ "$status" = 2 ]
  [[ $stderr == *'at most one "//"'* ]]
  run --separate-stderr "$PARATIA" policy verify shop --run '('
  [ "$status" = 2 ]
  [[ $stderr == *'"(" is no regular expression: missing closing )'* ]]
  run --separate-stderr "$PARATIA" policy
  [ "$status" = 2 ]
  [[ $stderr == *"|test|verify"* ]]
}

@test "a folder, and all folders below it" {
  shop
  mkdir -p more/deep && cp -r shop more/deep/
  echo 'kind: Pod' >more/deep/other.yaml
  run "$PARATIA" policy verify more
  [ "$status" = 3 ]
  run "$PARATIA" policy verify more/...
  [ "$status" = 0 ]
  diff - <(plain) <<<$'ok\tmore/deep/shop/suite.yaml\tTIME\nPASS'
  run "$PARATIA" policy verify ./... shop
  [ "$status" = 0 ]
  [ "$(grep -c '^ok' <<<"$output")" = 3 ]
}

@test "what was not evaluated never counts as passed" {
  shop
  sed -i 's/  - name: owner/  - {name: grown, template: t, constraint: c, expansion: e.yaml}\n&/' shop/suite.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 3 ]
  has "--- NOT EVALUATED: grown"
  has "expansions are not evaluated"
  line "ok" "[not all was evaluated]"
  [ "${lines[-1]}" = "NOT EVALUATED" ]
  shop
  sed -i '/      rego: |/,$d' shop/template.yaml
  printf '      code: [{engine: K8sNativeValidation, source: {validations: []}}]\n' >>shop/template.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 3 ]
  has "shop/template.yaml:17: engine K8sNativeValidation: CEL is not evaluated"
  line $'NOT EVALUATED\tshop/suite.yaml'
  hasnt $'ok\t'
}

@test "nothing verified is no pass" {
  shop
  sed -i 's/    cases:/    skip: true\n&/' shop/suite.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 3 ]
  [ "${lines[-1]}" = "NOTHING WAS VERIFIED" ]
  mkdir empty
  run --separate-stderr "$PARATIA" policy verify empty
  [ "$status" = 3 ]
  [[ $stderr == *"no suite was found"* ]]
  run --separate-stderr "$PARATIA" policy verify shop/template.yaml
  [ "$status" = 3 ]
  [[ $stderr == *"not a Suite"* ]]
  run --separate-stderr "$PARATIA" policy verify nowhere
  [ "$status" = 3 ]
  run --separate-stderr "$PARATIA" policy verify
  [ "$status" = 2 ]
}

@test "files that are missing or broken are told" {
  shop
  rm shop/samples/bad.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 1 ]
  has "shop/samples/bad.yaml: cannot be read"
  printf 'a: [\n' >shop/samples/bad.yaml
  run "$PARATIA" policy verify shop
  [ "$status" = 1 ]
  line "shop/samples/bad.yaml:"
  printf 'test.gatekeeper.sh: [\n' >shop/suite.yaml
  run --separate-stderr "$PARATIA" policy verify shop
  [ "$status" = 3 ]
  [[ $stderr == *"shop/suite.yaml"* ]]
}

# proves: policy verify --timeout
@test "--timeout ends a policy that does not" {
  shop
  sed -i 's/package shop/&\n        violation[{"msg": "x"}] { some i, j; numbers.range(1, 90000)[i]; numbers.range(1, 90000)[j]; i == j - 100000 }/' shop/template.yaml
  run "$PARATIA" policy verify shop --timeout 100ms --run '//^good$'
  [ "$status" = 1 ]
  line "--- FAIL: good"
  line "it was not judged within 100 ms" "eval_cancel_error" "give it longer (--timeout)"
  sed -i 's/violations: no$/violations: yes/' shop/suite.yaml # nothing is known of it: that is no violation
  run "$PARATIA" policy verify shop --timeout 100ms --run '//^good$'
  [ "$status" = 1 ]
  has "it was not judged within 100 ms"
}

# proves: policy verify --json
@test "--json says the same" {
  shop
  sed -i 's/violations: 1$/violations: 2/' shop/suite.yaml
  run "$PARATIA" policy verify --json shop
  [ "$status" = 1 ]
  python3 - "$output" <<'PY'
import json, sys
got = json.loads(sys.argv[1])
assert (got["passed"], got["failed"], got["skipped"], got["not_evaluated"]) == (2, 1, 0, 0), got
suite = got["suites"][0]
assert suite["path"] == "shop/suite.yaml" and suite["outcome"] == "fail"
cases = suite["tests"][0]["cases"]
assert [c["outcome"] for c in cases] == ["pass", "fail", "pass"]
assert cases[1]["why"].startswith("unexpected number of violations: got 1")
PY
}

@test "a suite that cannot be read is not evaluated, among good ones too" {
  shop
  mkdir bad
  printf 'test.gatekeeper.sh: [\n' >bad/suite.yaml
  run --separate-stderr "$PARATIA" policy verify shop bad
  [ "$status" = 3 ]
  line $'ok\tshop/suite.yaml'
  line $'NOT EVALUATED\tbad/suite.yaml'
  [ "${lines[-1]}" = "NOT EVALUATED" ]
  [[ $stderr == *"bad/suite.yaml"* ]]
  run --separate-stderr "$PARATIA" policy verify --json shop bad nowhere
  [ "$status" = 3 ]
  jq -e '.not_evaluated == 2 and .passed == 3' <<<"$output"
  jq -e '.suites[1] | .path == "bad/suite.yaml" and .outcome == "not evaluated" and (.why | length > 0)' <<<"$output"
}

@test "policy check of Gatekeeper's templates names verify" {
  shop
  run --separate-stderr "$PARATIA" policy check shop
  [ "$status" = 3 ]
  [[ $stderr == *"there is no policy to check"*"paratia policy verify SUITE"* ]]
}
