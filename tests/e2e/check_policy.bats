load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

policies() {
  mkdir -p pol/deep
  cat >pol/deep/template.yaml <<'YAML'
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: shopowner
  annotations:
    metadata.gatekeeper.sh/title: Owners are named
    description: Whoever is called at night must be known.
spec:
  crd: {spec: {names: {kind: ShopOwner}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package shop
        violation[{"msg": msg}] {
          not input.review.object.metadata.labels.owner
          msg := sprintf("%v has no owner on %v", [input.review.object.metadata.name, input.review.operation])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: ShopOwner
metadata: {name: owner}
spec: {match: {kinds: [{kinds: [Pod]}], namespaceSelector: {matchLabels: {env: prod}}}}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: ShopOwner
metadata: {name: owner-warn}
spec: {enforcementAction: warn, match: {kinds: [{kinds: [Namespace]}]}}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: ShopOwner
metadata: {name: owner-gator}
spec:
  enforcementAction: scoped
  scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: gator.gatekeeper.sh}]}]
YAML
  cat >pol/main.rego <<'REGO'
package main

# METADATA
# title: Images need a digest
# description: A tag can move.
deny_digest contains msg if {
	some c in input.spec.containers
	not contains(c.image, "@sha256:")
	msg := sprintf("%s has no digest", [c.image])
}

warn contains {"msg": "no team"} if not input.metadata.labels.team

exception contains ["digest"] if input.metadata.labels.trusted == "yes"
REGO
  printf 'package other\nviolation contains "of another package"\n' >pol/other.rego
  cat >app.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {team: a}}
spec: {containers: [{name: a, image: nginx}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {env: prod, team: a, owner: eve}}
YAML
}

check() { run "$PARATIA" check --no-record --policy pol app.yaml "$@"; }

# proves: check --policy
@test "policies of one's own stand in the report of the catalogue" {
  policies
  check
  [ "$status" = 1 ]
  line "high  fail  Pod shop/web  owner  -  Owners are named  app.yaml:1:1  web has no owner on CREATE"
  line "high  fail  Pod shop/web  main.deny_digest  -  Images need a digest" "nginx has no digest"
  line "medium  fail" PT-POD-IMAGE-TAG
  hasnt "owner-warn"
  hasnt "owner-gator"
  hasnt "of another package"
  check --all
  line "medium  pass  Namespace shop  owner-warn  -  Kept: Owners are named"
  line "medium  pass  Pod shop/web  main.warn"
}

@test "actions are severities" {
  policies
  sed -i 's/, owner: eve//; s/, team: a//' app.yaml
  check
  line "medium  fail  Namespace shop  owner-warn"
  line "medium  fail  Namespace shop  main.warn  -  Policy main.warn" "no team"
  sed -i 's/enforcementAction: warn/enforcementAction: dryrun/' pol/deep/template.yaml
  check
  line "low  fail  Namespace shop  owner-warn"
}

@test "exceptions of a rule" {
  policies
  sed -i 's/team: a}}$/team: a, trusted: "yes"}}/' app.yaml
  check --all
  line "not applicable" "Pod shop/web" main.deny_digest
}

# proves: check --namespace
@test "--namespace names packages, * is all" {
  policies
  check --namespace other
  line "high  fail" other.violation "of another package"
  hasnt main.deny_digest
  check --namespace '*'
  line "high  fail" other.violation
  line "high  fail" main.deny_digest
}

@test "what a policy needs to know and does not is not evaluated" {
  policies
  sed -i '/^---/,$d' app.yaml
  check
  line "high  not evaluated  Pod shop/web  owner" "the Namespace of the object is not known"
  hasnt "fail  Pod shop/web  owner"
}

@test "policies that are broken or need more are told, and strict counts them" {
  policies
  printf 'apiVersion: mutations.gatekeeper.sh/v1\nkind: Assign\nmetadata: {name: a}\n' >pol/assign.yaml
  printf 'apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Nobody\nmetadata: {name: n}\n' >pol/nobody.yaml
  printf 'a: [\n' >pol/broken.yaml
  printf 'package main\ndeny contains x\n' >pol/unsafe.rego
  check
  line "not evaluated  pol/assign.yaml  PT-POL-UNJUDGED" "Assign a: Assign is not evaluated"
  line "not evaluated  pol/nobody.yaml  PT-POL-UNJUDGED" "no template of the kind Nobody"
  line "not evaluated  pol/broken.yaml  PT-POL-UNJUDGED"
  line "not evaluated  pol/unsafe.rego  PT-POL-UNJUDGED" "pol/unsafe.rego:2:" "rego_unsafe_var_error"
  line "high  fail  Pod shop/web  owner" # the others are judged
  hasnt main.deny_digest
  check --fail-on critical
  [ "$status" = 3 ]
  line "Exit 3" "policies of --policy cannot be evaluated"
  check --fail-on critical --strict
  [ "$status" = 1 ]
  rm pol/{assign,nobody,broken}.yaml pol/unsafe.rego
  check --fail-on critical
  [ "$status" = 0 ]
}

@test "no policy is no pass" {
  policies
  mkdir empty
  run --separate-stderr "$PARATIA" check --no-record --policy empty app.yaml
  [ "$status" = 3 ]
  [[ $stderr == *"--policy names no policy"* ]]
  run --separate-stderr "$PARATIA" check --no-record --policy nowhere app.yaml
  [ "$status" = 3 ]
  [[ $stderr == *nowhere* ]]
  run "$PARATIA" check --no-record --policy pol/main.rego --policy pol/deep app.yaml
  [ "$status" = 1 ]
  line "high  fail" main.deny_digest
  line "high  fail" "  owner  "
}

@test "every format has them, with where they stand and the digest of the set" {
  policies
  run "$PARATIA" check --state st --policy pol app.yaml --output json=r.json --output sarif=r.sarif --output html=r.html
  [ "$status" = 1 ]
  jq -e '.about[0] | test("^policies: 3 constraints [(]sha256:[0-9a-f]{64}[)], 2 rules$")' r.json
  jq -e '[.findings[] | select(.check == "owner" and .verdict == "fail" and .severity == "high")] | length == 1' r.json
  jq -e '[.runs[0].tool.driver.rules[] | select(.id == "owner") | .fullDescription.text | test("called at night.*ShopOwner/owner [(]deny[)], pol/deep/template.yaml:")] == [true]' r.sarif
  grep -q "Images need a digest" r.html
  run "$PARATIA" explain --state st "$(jq -r '.findings[] | select(.check == "owner") | .fingerprint' r.json)"
  [ "$status" = 0 ]
  has "web has no owner"
  has "owner is none of the catalogue's checks but a policy of --policy"
  has "paratia explain owner --policy PATH"
  jq -e '[.runs[0].tool.driver.rules[] | select(.id == "owner") | .help.markdown | test("paratia explain owner --policy PATH`$")] == [true]' r.sarif
  jq -e '[.runs[0].tool.driver.rules[] | select(.id == "PT-POD-TOKEN") | .help.markdown | test("paratia explain PT-POD-TOKEN`$")] == [true]' r.sarif
  jq -e '[.findings[] | select(.check == "owner" and .verdict == "fail") | .remedy | test("^# Whoever is called at night must be known.\n# as the finding says; the policy: pol/deep/template.yaml:")] == [true]' r.json
}

@test "a waiver takes the name of a policy" {
  policies
  cat >paratia.yaml <<'YAML'
waivers:
  - check: owner
    subject: Pod shop/web
    reason: it is new
    owner: eve
    expires: 2199-01-01
YAML
  cat >>paratia.yaml <<'YAML'
  - {check: main.deny_digest, subject: '*', reason: r, owner: eve, expires: 2199-01-01}
  - {check: elsewhere, subject: '*', reason: r, owner: eve, expires: 2199-01-01}
YAML
  check
  [ "$status" = 0 ]
  line "high  fail  Pod shop/web  owner  waived"
  line "high  fail  Pod shop/web  main.deny_digest  waived"
  line "note: paratia.yaml:8: no check is called elsewhere, and no policy of this run"
  run "$PARATIA" check --no-record app.yaml
  [ "$status" = 0 ]
  sed -i s/elsewhere/PT-POD-TOKN/ paratia.yaml
  check
  [ "$status" = 3 ]
  has "there is no check PT-POD-TOKN"
}

# Two tenants; an annotation of the first decides how much a policy does.
tenants() {
  policies
  cat >app.yaml <<YAML
apiVersion: v1
kind: Pod
metadata: {name: greedy, namespace: a, annotations: {count: "$1"}}
spec: {containers: [{name: a, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: victim, namespace: b}
spec: {containers: [{name: a, image: nginx}]}
YAML
}

@test "a rule that one object makes too large is not evaluated there, and hides nothing" {
  tenants 100000000
  cat >pol/hog.rego <<'REGO'
package main
deny_a_hog contains "odd" if numbers.range(1, to_number(input.metadata.annotations.count))[_] == 0
REGO
  check
  line "high  not evaluated  Pod a/greedy  main.deny_a_hog" "it needs more than 256 MiB of memory"
  line "high  fail  Pod a/greedy  main.deny_digest"
  line "high  fail  Pod b/victim  main.deny_digest"
  hasnt "not evaluated  Pod b/victim  main.deny_a_hog"
  check --fail-on critical
  [ "$status" = 0 ]
  check --fail-on critical --strict
  [ "$status" = 1 ]
}

# proves: check --timeout
@test "policies that take too long are not evaluated, each and all together" {
  tenants 90000
  cat >pol/hog.rego <<'REGO'
package main
deny_a_hog contains "odd" if {
	r := numbers.range(1, to_number(input.metadata.annotations.count))
	some i, j
	r[i] + r[j] == -1
}
REGO
  check
  line "high  not evaluated  Pod a/greedy  main.deny_a_hog" "it took more than 10 s  let the policy do less"
  hasnt "caller cancelled"
  line "high  fail  Pod b/victim  main.deny_digest"
  check --timeout 500ms --strict --fail-on critical
  [ "$status" = 1 ]
  line "high  not evaluated  Pod a/greedy  main.deny_a_hog" "all policies together took more than 500ms  give more time"
  line "high  not evaluated  Pod b/victim  main.deny_digest" "all policies together took more than 500ms"
  run --separate-stderr "$PARATIA" check --no-record --policy pol app.yaml --timeout soon
  [ "$status" = 2 ]
}

@test "what a policy may not do is not evaluated, and needs no Namespace" {
  tenants 1
  rm -r pol/deep
  printf 'package main\ndeny_error contains "x" if f\nf := 1\nf := 2 if input.kind\n' >pol/error.rego
  check
  line "not evaluated  Pod b/victim  main.deny_error" "eval_conflict_error" "repair the policy"
  hasnt "such as the Namespace"
}

@test "a template that one object makes too large is not evaluated there, and hides nothing" {
  tenants 100000000
  cat >pol/hog.yaml <<'YAML'
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: ahog}
spec:
  crd: {spec: {names: {kind: AHog}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package hog
        violation[{"msg": "odd"}] {
          numbers.range(1, to_number(input.review.object.metadata.annotations.count))[_] == 0
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: AHog
metadata: {name: a-hog}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: ShopOwner
metadata: {name: owner-all}
YAML
  check
  line "high  not evaluated  Pod a/greedy  a-hog" "it needs more than 256 MiB of memory"
  line "high  fail  Pod a/greedy  owner-all"
  line "high  fail  Pod b/victim  owner-all"
  line "high  fail  Pod b/victim  main.deny_digest"
  check --all
  line "high  pass  Pod b/victim  a-hog"
}

# proves: check --only
@test "--only names policies as it names checks" {
  policies
  check --only owner
  [ "$status" = 1 ]
  line "high  fail  Pod shop/web  owner"
  hasnt main.deny_digest
  hasnt PT-POD
  check --only PT-POD-IMAGE-TAG,main.deny_digest
  line "medium  fail" PT-POD-IMAGE-TAG
  line "high  fail" main.deny_digest
  hasnt "  owner  "
  check --only PT-POD-TOKEN
  [ "$status" = 0 ]
  hasnt "  owner  "
  hasnt main.deny_digest
  check --only manifests
  line "high  fail  Pod shop/web  owner"
  check --only owners
  [ "$status" = 2 ]
  has "--only knows no check or area owners"
  printf 'apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Nobody\nmetadata: {name: lost}\n' >pol/lost.yaml
  check --only PT-POD-TOKEN
  hasnt PT-POL-UNJUDGED
  check --only owner
  line "not evaluated" PT-POL-UNJUDGED "no template of the kind Nobody"
  check --only lost
  [ "$status" = 3 ]
  line "not evaluated" PT-POL-UNJUDGED "no template of the kind Nobody"
}

@test "modules that nothing of the namespaces refers to are not compiled" {
  policies
  printf 'package shop.owner\nimport data.lib.pod\nviolation contains pod.complaint(1)\n' >pol/policy.rego
  check
  line "high  fail" main.deny_digest
  hasnt PT-POL-UNJUDGED
  check --namespace shop.owner
  line "not evaluated  pol/policy.rego  PT-POL-UNJUDGED" "pol/policy.rego:3:" "undefined function data.lib.pod.complaint"
}

@test "of a broken template its constraints only say where it is" {
  policies
  cp pol/deep/template.yaml good.yaml
  for fault in 's/name: shopowner$/name: shopowners/' 's/target: admission.k8s/target: other/' \
    's/msg := sprintf/msg := http.send({}); y := f/' 's/kind: ShopOwner}/&, validation: {openAPIV3Schema: {type: arrray}}/'; do
    sed "$fault" good.yaml >pol/deep/template.yaml
    printf -- '---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: ShopOwner\nmetadata: {name: more}\nspec: {parameters: {a: [1]}}\n' >>pol/deep/template.yaml
    check
    line PT-POL-UNJUDGED "ConstraintTemplate shopowner"
    line PT-POL-UNJUDGED "ShopOwner owner: its template is broken, see pol/deep/template.yaml:1  "
    line PT-POL-UNJUDGED "ShopOwner more: its template is broken, see pol/deep/template.yaml:1  "
    hasnt "unknown field"
    hasnt "must be of type arrray"
    hasnt "http.send:  "
  done
}

@test "a terminal says what was not evaluated, where and why" {
  policies
  printf 'apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Nobody\nmetadata: {name: none}\n' >pol/nobody.yaml
  sed -i '/^---/,$d' app.yaml
  run bash -c "script -qec \"stty cols 100; $PARATIA check --no-record --color never --policy pol app.yaml\" /dev/null | tr -d '\r'"
  line "? Policy cannot be evaluated" "repair the policy"
  line "    pol/nobody.yaml:1:1: Nobody none: no template of the kind Nobody"
  line "? Owners are named" "give what the policy needs to know"
  line "    app.yaml:1:1, Pod shop/web, owner: match.namespaceSelector: the Namespace of the object"
}

@test "what is wrong with a policy is told with its line, as verify does" {
  policies
  sed -i 's/msg := sprintf/msg := sprintff/' pol/deep/template.yaml
  check
  line "not evaluated" "pol/deep/template.yaml:16:11  ConstraintTemplate shopowner: rego_type_error: undefined function sprintff"
  policies
  sed -i 's/enforcementAction: warn/enforcementAction: wran/' pol/deep/template.yaml
  check
  line "not evaluated" "pol/deep/template.yaml:27:27" 'ShopOwner owner-warn: spec.enforcementAction: "wran" is none of'
  policies
  cat >pol/list.yaml <<'YAML'
apiVersion: v1
kind: List
items:
  - {apiVersion: constraints.gatekeeper.sh/v1beta1, kind: ShopOwner, metadata: {name: one}}
  - apiVersion: constraints.gatekeeper.sh/v1beta1
    kind: ShopOwner
    metadata: {name: two}
    spec:
      parameter: 1
YAML
  printf 'package main\nwarn_flag := true\n' >pol/flag.rego
  check
  line "not evaluated" "pol/list.yaml:9:18  ShopOwner two: spec.parameter: unknown field"
  line "not evaluated  pol/flag.rego" "pol/flag.rego:2:1  data.main.warn_flag holds no messages"
  hasnt ":0  "
}

@test "a name that YAML takes for something else is told" {
  policies
  printf 'apiVersion: mutations.gatekeeper.sh/v1\nkind: Assign\nmetadata: {name: y}\n' >pol/assign.yaml
  printf 'apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: ShopOwner\nmetadata: {}\n' >pol/nameless.yaml
  check
  line PT-POL-UNJUDGED "Assign (its name is boolean: quote it): Assign is not evaluated"
  line PT-POL-UNJUDGED "ShopOwner (no name): metadata.name: must be a DNS name"
}

# proves: explain --policy
# proves: explain --namespace
@test "explain says what a policy asks for" {
  policies
  run "$PARATIA" explain owner --policy pol
  [ "$status" = 0 ]
  has "Owners are named"
  line "owner · high · manifests"
  has "Whoever is called at night must be known."
  has "pol/deep/template.yaml:"
  run "$PARATIA" explain main.deny_digest --policy pol/main.rego
  [ "$status" = 0 ]
  has "A tag can move."
  run "$PARATIA" explain other.violation --policy pol --namespace other
  [ "$status" = 0 ]
  run --separate-stderr "$PARATIA" explain ownr --policy pol
  [ "$status" = 2 ]
  [[ $stderr == *"no policy of --policy is called ownr"* ]]
  run --separate-stderr "$PARATIA" explain owner
  [ "$status" = 2 ]
  [[ $stderr == *"paratia explain owner --policy PATH"* ]]
  run --separate-stderr "$PARATIA" explain owner --policy nowhere
  [ "$status" = 3 ]
}
