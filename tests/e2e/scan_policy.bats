load lib
load advisories
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan --policy, --deny. The policies of docs/scan-policy.md are the ones that are tried.

scan() { "$PARATIA" scan --no-record "$@"; }

# example NAME: of the documentation, in ./policy.
example() {
  mkdir -p policy
  sed -n "/^<!-- example: $1 -->/,/^\`\`\`\$/p" "$PT_REPO/docs/scan-policy.md" | sed '1,2d;$d' >"policy/$1"
  [ -s "policy/$1" ]
}

# made DATE USER: ./shop.tar, an image of Alpine that was made then.
made() {
  "$PT_REPO/tests/e2e/images" shop.tar "$(jq -nc --arg created "$1" --arg user "$2" '{form: "oci-tar", created: $created,
    names: ["shop:1"], config: {User: $user}, layers: [{entries: [{path: "etc/os-release", text: "ID=alpine\nVERSION_ID=3.20\n"},
      {path: "lib/apk/db/installed", text: "P:musl\nV:1.2.5-r0\nA:x86_64\n\n"}]}]}')"
}

node() {
  mkdir -p "root/app/node_modules/$1"
  printf '{"name":"%s","version":"%s"}' "$1" "$2" >"root/app/node_modules/$1/package.json"
}

schema_holds() {
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan.schema.json" "$1"
}

# proves: scan --policy
@test "rules of one's own judge flaws: deny fails the scan, warn is for the gate" {
  example flaws.rego
  indexed
  debian 3.0.15-1
  run -1 scan root --db a.idx --policy policy
  line "critical  fail  root  PT-IMG-POLICY/deny_fixable  -  A rule of your own is broken  CVE-2024-1 in libssl3 has a fix: 3.0.99-1"
  has "your own rules do not let it pass"
  has ", policy: 1 fail"
  run -1 scan root --db a.idx --policy policy/flaws.rego --json --output json=report.json --output sarif=report.sarif
  echo "$output" >doc.json
  schema_holds doc.json
  [ "$(jq -r '[.policy[] | "\(.rule) \(.verdict) \(.severity)"] | join(", ")' doc.json)" = "deny_fixable fail critical, warn_high pass medium" ]
  grep -q PT-IMG-POLICY/deny_fixable report.json
  grep -q PT-IMG-POLICY/deny_fixable report.sarif
  # What is known, or waived, does not fail it.
  run -0 scan root --db a.idx --policy policy --baseline report.json
  hasnt "  fail  root  PT-IMG-POLICY/deny_fixable"
  has " known, "
  printf 'waivers:\n  - {check: PT-IMG-POLICY/deny_fixable, subject: "*", reason: r, owner: me, expires: 2099-01-01}\n' >w.yaml
  run -0 scan root --db a.idx --policy policy --config w.yaml
  line "PT-IMG-POLICY/deny_fixable  waived  "
  debian 3.0.99-1
  run -0 scan root --db a.idx --policy policy
  has ", policy: 0 fail"
  # What a finding of it shows can be asked for.
  run -0 "$PARATIA" explain PT-IMG-POLICY/deny_fixable --policy policy
  line "main.deny_fixable" "high"
  run -0 "$PARATIA" explain PT-IMG-POLICY/deny_fixable --scan doc.json
  line "doc.json · critical · fail"
  line "CVE-2024-1 in libssl3 has a fix"
  line "rule data.main.deny_fixable"
  line "policy/flaws.rego:"
  run -0 "$PARATIA" explain PT-IMG-POLICY/deny_fixable
  line "PT-IMG-POLICY · high"
  line "--policy PATH says what it asks for"
  run -2 "$PARATIA" explain PT-IMG-POLICY/deny_none --policy policy
  has "no policy of --policy is called main.deny_none"
  debian 3.0.15-1
  run -1 "$PARATIA" scan root --db a.idx --policy policy --state st --quiet
  run -0 "$PARATIA" explain "$(jq -r '.findings[] | select(.check == "PT-IMG-POLICY/deny_fixable") | .fingerprint' report.json)" --state st
  line "CVE-2024-1 in libssl3 has a fix"
  printf 'package main\nwarn contains {"msg": "w", "severity": "HIGH"}\n' >warn.rego
  run -0 scan root --db a.idx --policy warn.rego
  line "high  fail  root  PT-IMG-POLICY/warn  -  " "  w"
  run -1 scan root --db a.idx --policy warn.rego --fail-on high
}

@test "rules of one's own judge the image itself, its settings and its age" {
  example house.rego
  example age.rego
  made "$(date -u -d '10 days ago' +%FT%TZ)" 1000
  run -0 scan shop.tar --hardening --policy policy
  has ", policy: 0 fail"
  made 2020-01-01T00:00:00Z root
  run -1 scan shop.tar --hardening --policy policy
  line "high  fail  shop.tar  PT-IMG-POLICY/deny_age  " "  it was made " " days ago"
  line "medium  fail  shop.tar  PT-IMG-POLICY/deny_root  " "  the process is root"
  hasnt deny_system
  mkdir -p other/etc
  printf 'ID=fedora\nVERSION_ID=40\n' >other/etc/os-release
  run -1 scan other --hardening --policy policy/house.rego
  line "high  fail  other  PT-IMG-POLICY/deny_system  -  System is not ours  fedora is no system of ours"
}

@test "what is wrong with a policy is told before the image is read" {
  mkdir policy
  printf 'package main\n\ndeny contains "x" if {\n' >policy/broken.rego
  run -3 scan nothing.tar --policy policy
  has "the policy cannot be evaluated: rego_parse_error"
  has "policy/broken.rego:4"
  printf 'package main\ndeny contains "x" if input.secrets[_].rule == "x"\n' >asks.rego
  run -2 scan nothing.tar --policy asks.rego
  has "asks.rego:2"
  has "try: add --secrets"
  printf 'package main\nallow := true\n' >none.rego
  run -3 scan nothing.tar --policy none.rego
  has "--policy names no rule"
  mkdir empty
  run -2 scan nothing.tar --policy empty
  has "there is no policy in Rego"
  run -3 scan nothing.tar --policy gone.rego
  has "gone.rego"
}

@test "a member that no document of a scan has is an error of the policy, with the nearest name" {
  indexed
  debian 3.0.15-1
  printf 'package main\n\ndeny contains "x" if some p in input.pakages\n' >p.rego
  run -3 --separate-stderr scan root --db a.idx --policy p.rego
  [[ $stderr == *"the policy cannot be evaluated: rego_type_error: undefined ref: input.pakages"*"p.rego:3:32"*'try: "packages"'* ]]
  [ -z "$output" ]
  local path
  for path in 'input.packages[_].nmae|name' 'input.vulnerabilities[_].severty|severity' 'input.vulnerabilities[_].package.versoin|version' \
    'input.image.settings.usr|user' 'input.coverage[_].knwon|known' 'input.layers[_].steps|step' 'input.tamperin.found|tampering'; do
    printf 'package main\n\ndeny contains "x" if %s == "x"\n' "${path%|*}" >p.rego
    run -3 scan root --db a.idx --hardening --policy p.rego
    has "undefined ref: ${path%%[|[]*}"
    has "try: \"${path#*|}\""
  done
  # The same behind a variable, and in the older language.
  printf 'package main\n\ndeny contains p.name if {\n\tsome p in input.packages\n\tp.typ == "deb"\n}\n' >p.rego
  run -3 scan root --policy p.rego
  has p.rego:5
  has 'try: "type"'
  printf 'package main\n\ndeny[msg] {\n\tmsg := input.pakages[_].name\n}\n' >p.rego
  run -3 scan root --policy p.rego
  has 'try: "packages"'
  # What the rules say themselves, and the other image, no rule sees: neither is of the input.
  printf 'package main\n\ndeny contains "x" if input.policy\n' >p.rego
  run -3 scan root --policy p.rego
  has "undefined ref: input.policy"
  # Every member that a document can have may be asked for.
  jq -r '.properties | keys[] | select(. != "policy" and . != "against" and . != "waste")' "$PT_REPO/docs/scan.schema.json" |
    sed 's/.*/deny contains "x" if { input.&; false }/' | sed '1i package main' >p.rego
  run scan root --db a.idx --vex <(echo '{"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"us","timestamp":"2024-05-01T00:00:00Z","version":1,"statements":[]}') \
    --policy p.rego --deny telnetd --licences --secrets --tampering --hardening
  has ", policy: 0 fail"
}

@test "a rule that cannot be evaluated is not evaluated, and no pass" {
  debian 3.0.15-1
  indexed
  printf 'package main\ndeny_a contains "a" if {\n\tx := input.packages[_].name\n\tto_number(x)\n\tfalse\n}\ndeny_b contains 7\n' >p.rego
  printf 'package main\ndeny_c contains "x" if {\n\tsome x in numbers.range(1, 100000000)\n\tx < 0\n}\ndeny_d contains {"msg": "d", "severity": "urgent"}\n' >q.rego
  run -3 scan root --db a.idx --policy p.rego --policy q.rego
  line "  not evaluated  root  PT-IMG-POLICY/deny_b  -  " "it holds something that is neither a string nor an object" "(p.rego:7)"
  line "  not evaluated  root  PT-IMG-POLICY/deny_c  " "  it "
  line "  not evaluated  root  PT-IMG-POLICY/deny_d  " "  d (its severity is none"
  has "not every rule of --policy or --deny could be asked"
}

# proves: scan --deny
@test "packages that are denied fail the scan, by name and by range" {
  indexed
  debian 3.0.15-1
  node event-stream 3.3.6
  node @evil/x 1.0.0
  run -0 scan root --deny telnetd --deny 'npm/event-stream@<3.3.6'
  has ", 0 denied"
  run -1 scan root --deny 'npm/event-stream@3.3.6' --deny '@evil/*' --deny 'deb/libssl3@<3.0.16-1' --json
  echo "$output" >doc.json
  schema_holds doc.json
  [ "$(jq -r '[.denied[] | .message] | join(", ")' doc.json)" = "npm event-stream 3.3.6, npm @evil/x 1.0.0, deb libssl3 3.0.15-1" ]
  run -1 scan root --deny 'npm/event-*'
  line "critical  fail  root  PT-IMG-DENIED  -  Image holds a package that is denied  app/node_modules/event-stream/package.json" "npm event-stream 3.3.6 (--deny npm/event-*)"
  printf 'waivers:\n  - {check: PT-IMG-DENIED, subject: "*", reason: r, owner: me, expires: 2099-01-01}\n' >w.yaml
  run -0 scan root --deny 'npm/event-*' --config w.yaml
  node event-stream next
  run -3 scan root --deny 'npm/event-stream@<4'
  line "  not evaluated  root  PT-IMG-DENIED  " "(--deny npm/event-stream@<4)"
  run -2 scan root --deny npx/x
  has "no such type"
  run -2 scan root --deny 'npm/x@<one'
  has "is no range of npm"
  # A policy may ask who is denied.
  printf 'package main\ndeny contains r.rule if some r in input.denied\n' >p.rego
  run -1 scan root --deny '@evil/*' --policy p.rego
  line "high  fail  root  PT-IMG-POLICY/deny  " "  @evil/*"
}
