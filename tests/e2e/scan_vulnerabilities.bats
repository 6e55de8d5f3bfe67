load lib
load advisories
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan with an advisory index. Feeds and root file systems are written by each test.

scan() { "$PARATIA" scan --no-record "$@"; }

root() { debian "$@"; }

# ids MEMBER: of doc.json, with their severities.
ids() { jq -r "[.$1[] | \"\(.id)=\(.severity)\"] | join(\" \")" doc.json; }

# proves: scan --db
@test "what is wrong is told, with the package, the fix and the advisory that says so" {
  indexed
  root 3.0.15-1
  run --separate-stderr scan root --db a.idx
  [ "$status" = 0 ]
  [ -z "$stderr" ]
  line critical CVE-2024-1 "libssl3 3.0.15-1, fixed in 3.0.99-1"
  line low CVE-2024-2 "libssl3 3.0.15-1, no fix: affected"
  has "2 vulnerabilities (1 critical, 1 low), 1 fixable"
  hasnt "deb  libssl3"
  scan root --db a.idx --json >doc.json
  [ "$(ids vulnerabilities)" = "CVE-2024-1=critical CVE-2024-2=low" ]
  [ "$(jq -r '.vulnerabilities[0].matched[0] | "\(.name) \(.as) \(.version) \(.fixed)"' doc.json)" = "openssl source 3.0.15-1 3.0.99-1" ]
  [ "$(jq -r '.fixes.upgrades[0] | "\(.source) \(.to) \(.removes)"' doc.json)" = "openssl 3.0.99-1 1" ]
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan.schema.json" doc.json
}

@test "a flaw that nobody has weighed counts as medium at the gate" {
  mkdir feeds
  advisory CVE-2024-3 openssl "" $worst | python3 -c 'import json, sys
a = json.load(sys.stdin)
del a["severity"]
print(json.dumps(a))' >feeds/3.json
  "$PARATIA" db build feeds --out a.idx
  root 3.0.15-1
  scan root --db a.idx --json >doc.json
  [ "$(ids vulnerabilities)" = "CVE-2024-3=unknown" ]
  local on
  for on in critical high; do run -0 scan root --db a.idx --fail-on $on; done
  for on in medium low negligible; do run -1 scan root --db a.idx --fail-on $on; done
}

@test "a version with the fix has only what has none" {
  indexed
  root 3.0.99-1
  scan root --db a.idx --json >doc.json 2>/dev/null
  [ "$(ids vulnerabilities)" = "CVE-2024-2=low" ]
}

# proves: scan --packages
@test "the packages are listed beside it if that is asked for" {
  indexed
  root 3.0.15-1
  run --separate-stderr scan root --db a.idx --packages
  line deb libssl3 3.0.15-1 amd64
  has "CVE-2024-1"
}

# proves: scan --fail-on
# proves: scan --ignore-unfixed
@test "gates fail from a severity on, and can leave out what nobody has fixed" {
  indexed
  root 3.0.15-1
  run --separate-stderr scan root --db a.idx --fail-on high
  [ "$status" = 1 ]
  has "1 finding is as severe as --fail-on says"
  run --separate-stderr scan root --db a.idx --fail-on low
  [ "$status" = 1 ]
  has "2 findings are as severe as --fail-on says"
  root 3.0.99-1
  run --separate-stderr scan root --db a.idx --fail-on high
  [ "$status" = 0 ]
  run --separate-stderr scan root --db a.idx --fail-on low --ignore-unfixed
  [ "$status" = 0 ]
  run scan root --db a.idx --fail-on bad
  [ "$status" = 2 ]
  has "--fail-on does not know bad"
  has "critical, high, medium, low, negligible (info), or none"
  run scan root --db a.idx --ignore-unfixed
  [ "$status" = 2 ]
  # Capitals do not matter, and none is what it is without.
  root 3.0.15-1
  run -1 scan root --db a.idx --fail-on HIGH
  run -1 scan root --db a.idx --fail-on Info
  run -0 scan root --db a.idx --fail-on none
  export HOME=$PWD XDG_DATA_HOME=
  run -0 scan root --fail-on none # it asks for no index
}

@test "a release of which the index knows nothing is no pass" {
  indexed
  root 3.0.15-1 99
  run --separate-stderr scan root --db a.idx
  [ "$status" = 3 ]
  has "not every package could be judged"
  has "Debian:99"
}

@test "an index that is asked for and not there fails; without one the packages are listed" {
  root 3.0.15-1
  export HOME=$PWD XDG_DATA_HOME=
  run --separate-stderr scan root --fail-on high --db none.idx
  [ "$status" = 3 ]
  [[ $stderr == *"paratia db update makes one"* ]]
  printf 'no index' >bad.idx
  run --separate-stderr scan root --db bad.idx
  [ "$status" = 3 ]
}

# proves: scan --max-age
@test "an index that is old is said to be" {
  MODIFIED=$(date -u -d '20 days ago' +%FT%TZ) indexed
  root 3.0.15-1
  run --separate-stderr scan root --db a.idx
  [[ $stderr == *"is 20 days old: what is newer is not in it"* ]]
  # What is newer nobody has judged: with --strict it counts.
  line "  not evaluated  root  PT-IMG-ADVISED  -  " "the advisory index is 20 days old: what is newer is not in it"
  run -1 scan root --db a.idx --strict
  has "1 not evaluated (--strict)"
  scan root --db a.idx --json 2>/dev/null >doc.json
  [ "$(jq .index.outdated doc.json)" = 20 ]
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open("doc.json")))' "$PT_REPO/docs/scan.schema.json"
  run --separate-stderr scan root --db a.idx --max-age 30d --strict
  [ "$status" = 0 ]
  [ -z "$stderr" ]
}

# proves: scan --vex
@test "a statement that a flaw does not matter here suppresses it, visibly" {
  indexed
  root 3.0.15-1
  cat >vex.json <<'END'
{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.org/1","author":"us","timestamp":"2024-05-01T00:00:00Z","version":1,
 "statements":[{"vulnerability":{"name":"CVE-2024-1"},"products":[{"@id":"pkg:deb/debian/libssl3"}],"status":"not_affected","justification":"vulnerable_code_not_in_execute_path"}]}
END
  run --separate-stderr scan root --db a.idx --vex vex.json --fail-on high
  [ "$status" = 0 ]
  has "suppressed"
  scan root --db a.idx --vex vex.json --json >doc.json 2>/dev/null
  [ "$(ids vulnerabilities)" = "CVE-2024-2=low" ]
  [ "$(ids suppressed)" = "CVE-2024-1=critical" ]
  [ "$(jq -r '.suppressed[0].suppressed_by.kind' doc.json)" = vex ]
  [ "$(jq -r '.vex.documents[0] | "\(.name) \(.author) \(.statements)"' doc.json)" = "vex.json us 1" ]
  printf '{"a":1}' >bad.json
  run --separate-stderr scan root --db a.idx --vex bad.json
  [ "$status" = 3 ]
  [[ $stderr == *"bad.json"* ]]
}

# proves: scan --state
# proves: scan --no-record
@test "a scan leaves a receipt that binds the document, its verdict and the index to the ledger" {
  local sum
  indexed
  root 3.0.15-1
  run -1 --separate-stderr "$PARATIA" scan root --db a.idx --fail-on high --json --state "$PWD/state"
  echo "$output" >doc.json
  [[ $stderr == "note: a new ledger begins in "* ]]
  sum=$(sha256sum doc.json | cut -d' ' -f1)
  run -0 --separate-stderr "$PARATIA" prove 0 --state "$PWD/state"
  has "$sum"
  cmp doc.json "state/runs/$sum.json"
  run -0 "$PARATIA" ledger verify --state "$PWD/state"
  scan root --db a.idx --state "$PWD/state"
  [ "$(ls state/runs | wc -l)" = 1 ]
  mkdir -m 555 shut # a scan needs no folder of its own
  run -0 --separate-stderr setpriv --reuid 65534 --clear-groups "$PARATIA" scan root --db a.idx --state "$PWD/shut/state"
  line critical CVE-2024-1
  [[ $stderr == *"note: no receipt is left: "*Permission\ denied* ]]
}

# accept ID: a waiver for every subject, in ./w.yaml.
accept() {
  printf 'waivers:\n  - check: %s\n    subject: "*"\n    reason: not reachable\n    owner: a.lindqvist\n    expires: %s\n' "$1" "${2:-2099-01-01}" >w.yaml
}

# proves: scan --config
@test "what is waived leaves the gate and stays visible" {
  indexed
  root 3.0.15-1
  accept CVE-2024-1
  run -0 --separate-stderr scan root --db a.idx --fail-on high --config w.yaml
  line "CVE-2024-1  waived  CVE-2024-1 in libssl3"
  line "1 fail, 1 waived, 0 not evaluated, 1 package, 2 vulnerabilities"
  run -0 script -qec "$PARATIA scan --no-record root --db a.idx --color never --full --config w.yaml" /dev/null
  has "not reachable (a.lindqvist, until 2099-01-01)"
  accept CVE-2099-1 # of another image, perhaps: nothing to speak of
  run -0 --separate-stderr scan root --db a.idx --config w.yaml
  [ -z "$stderr" ]
  accept CVE-2024-1 2020-01-01
  run -1 --separate-stderr scan root --db a.idx --fail-on high --config w.yaml
  [[ $stderr == *"this waiver of a.lindqvist has expired"* ]]
  line "fail  root  CVE-2024-1  exp  "
  line "2 fail, 1 with an expired waiver, "
  # It counts again: as much as without a waiver, and without a gate nothing fails the scan.
  run -0 scan root --db a.idx --config w.yaml
  line "fail  root  CVE-2024-1  exp  "
  run -0 script -qec "stty cols 80; '$PARATIA' scan --no-record root --db a.idx --color never --config w.yaml" /dev/null
  line "libssl3 of openssl" "1 critical" "  exp"
}

# proves: scan --output
# proves: scan --baseline
# proves: scan --against
@test "only what is new counts against a baseline or the last scan, whatever versions moved" {
  indexed
  root 3.0.15-1
  run -1 "$PARATIA" scan root --db a.idx --state st --fail-on low --output json=known.json
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open("known.json")))' "$PT_REPO/docs/report.schema.json"
  root 3.0.16-1
  run -0 scan root --db a.idx --fail-on low --baseline known.json
  hasnt "  CVE-2024-1  "
  scan root --db a.idx --json >doc.json # what is on standard output is a baseline, too
  run -0 --separate-stderr scan root --db a.idx --fail-on low --baseline doc.json
  line "0 fail, 0 new, 2 known, 0 not evaluated"
  [ -z "$stderr" ]
  echo '{"format":"else"}' >else.json
  run -2 scan root --db a.idx --baseline else.json
  has "this is no JSON report of Paratia"
  run -0 "$PARATIA" scan root --db a.idx --state st --fail-on low --against last
  line "0 fail, 0 new, 2 known, 0 not evaluated"
  advisory CVE-2024-3 openssl "" $little >feeds/3.json
  "$PARATIA" db build feeds --out a.idx
  run -1 "$PARATIA" scan root --db a.idx --state st --fail-on low --against last
  line "1 fail, 1 new, 2 known, 0 not evaluated"
  root 3.0.99-1
  run -1 "$PARATIA" scan root --db a.idx --state st --fail-on low
  line "2 fail, 0 new, 1 gone, 0 not evaluated"
}

@test "a scan's reports: a page, SARIF, GitLab's and Trivy's" {
  indexed
  root 3.0.15-1
  accept CVE-2024-2
  scan root --db a.idx --config w.yaml --output html=r.html --output sarif=r.sarif --output gitlab=g.json --output trivy=t.json
  grep -q '<h2>Upgrades</h2>' r.html
  [ "$(jq -r '.runs[0].results[0].locations[0].logicalLocations[0].name' r.sarif)" = libssl3 ]
  [ "$(jq -c '[.version, .scan.type, (.vulnerabilities | length), .vulnerabilities[0].location.dependency]' g.json)" = '["15.0.7","container_scanning",1,{"package":{"name":"libssl3"},"version":"3.0.15-1"}]' ]
  [ "$(jq -c '[.SchemaVersion, .Results[0].Class, .Results[0].Vulnerabilities[0].VulnerabilityID, .Results[0].ExperimentalModifiedFindings[0].Finding.VulnerabilityID]' t.json)" = '[2,"os-pkgs","CVE-2024-1","CVE-2024-2"]' ]
  local format
  for format in html json sarif gitlab trivy openvex; do
    run -2 --separate-stderr scan root --db a.idx --output $format=-
    [[ $stderr == *"--output writes files: $format=- names none"*"try: --output $format=FILE"* ]]
    [ ! -e - ]
  done
  run -2 --separate-stderr "$PARATIA" audit --output gitlab=g.json # which are of scans alone
  [[ $stderr == *"--output does not know gitlab=g.json"*"html"* ]]
}

# gitlab_holds: g.json is what GitLab takes.
gitlab_holds() {
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open("g.json")))' "$PT_REPO/tests/e2e/gitlab.schema.json"
}

@test "GitLab's report holds what GitLab asks for, whatever the advisories and the image say" {
  indexed
  root 3.0.15-1
  scan root --db a.idx --output gitlab=g.json --quiet
  gitlab_holds
  [ "$(jq -c '[.scan.status, (.vulnerabilities | length), .vulnerabilities[0].location.operating_system]' g.json)" = '["success",2,"debian:12"]' ]
  # scores of every version, some of which are none; links that are none; names beyond all bounds
  advisory CVE-2024-4 openssl "" $worst | python3 -c 'import json, sys
a = json.load(sys.stdin)
v3 = "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
a["severity"] = [{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}, {"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P/E:POC/RL:OF/RC:C"},
  {"type": "CVSS_V3", "score": "CVSS:3.0/" + v3 + "/E:P/RL:O/RC:C"}, {"type": "CVSS_V3", "score": "CVSS:3.1/" + v3 + "/" + "MAV:N/" * 20 + "MAC:L"},
  {"type": "CVSS_V3", "score": "CVSS:3.1/" + v3 + "/"}, {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}, {"type": "CVSS_V3", "score": "high"},
  {"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}]
a["references"] = [{"type": "WEB", "url": u} for u in ("https://example.org/a", "javascript:alert(1)", "ftp://example.org/b", "//example.org", "")]
a["summary"] = "x\u202e\0" * 1000
a["details"] = "y" * 2000000
a["aliases"] = ["", "-", "GHSA-", "CWE-", "no dash"]
a["database_specific"] = {"cwe_ids": ["CWE-79", "CWE-", ""]}
print(json.dumps(a))' >feeds/4.json
  "$PARATIA" db build feeds --out a.idx --keep-going
  mkdir -p root/app/node_modules/x
  printf '{"name":"x","version":"1.0.0"}' >root/app/node_modules/x/package.json
  printf 'ID=debian\n' >root/etc/os-release # no version: nobody can judge it
  scan root --db a.idx --output gitlab=g.json --quiet || [ $? = 3 ]
  gitlab_holds
  [ "$(jq -c '[.scan.status, (.scan.messages | length > 0)]' g.json)" = '["failure",true]' ]
  root 3.0.15-1
  "$PT_REPO/tests/e2e/images" img '{"names":["shop/web:1"],"layers":[{"entries":[{"path":"etc/os-release","text":"ID=debian\nVERSION_ID=12\n"},
    {"path":"var/lib/dpkg/status","text":'"$(jq -Rs . root/var/lib/dpkg/status)"'}]}]}'
  scan img --db a.idx --output gitlab=g.json --quiet
  gitlab_holds
  [ "$(jq '.vulnerabilities | length' g.json)" = 3 ]
  [ "$(jq -r '[.vulnerabilities[].cvss_vectors // [] | length] | max > 0' g.json)" = true ]
}

# proves: explain --scan
@test "explain shows who says so, the range, the comparison and the file that proves the package" {
  indexed
  root 3.0.15-1
  run -0 "$PARATIA" scan root --db a.idx --state st --output json=r.json
  scan root --db a.idx --json >doc.json
  run -0 "$PARATIA" explain CVE-2024-1 --scan doc.json
  line "CVE-2024-1 in libssl3"
  line "of the source package openssl 3.0.15-1"
  line "Proved by" var/lib/dpkg/status
  line Advisory "CVE-2024-1 of feeds, about the source package openssl of Debian:12"
  line Versions "all before 3.0.99-1"
  line Compared "openssl 3.0.15-1 < 3.0.99-1, dpkg's order"
  line Remedy "upgrade to 3.0.99-1"
  run -0 "$PARATIA" explain "$(jq -r '.findings[] | select(.check == "CVE-2024-2") | .fingerprint' r.json)" --state st
  line Versions "all; no version without it is known"
  line "Last seen"
  run -3 --separate-stderr "$PARATIA" explain CVE-2024-9 --scan doc.json
  [[ $stderr == *"the scan says nothing of CVE-2024-9"*"try: "* ]]
  run -0 "$PARATIA" explain CVE-2024-1 --scan r.json # a report has the document in it
  line Compared "openssl 3.0.15-1 < 3.0.99-1, dpkg's order"
  jq 'del(.scan)' r.json >bare.json
  run -3 "$PARATIA" explain CVE-2024-1 --scan bare.json
  has "this is no document of a scan"
  sed -i s/3.0.99-1/3.0.98-1/ st/runs/*.json # what was kept is proved before it is believed
  run -3 "$PARATIA" explain "$(jq -r '.findings[0].fingerprint' r.json)" --state st
  has "the document is not the one that was kept"
}

@test "waivers with a status become OpenVEX, which suppresses what they waived" {
  indexed
  root 3.0.15-1
  accept CVE-2024-1
  printf '    status: not_affected\n    justification: vulnerable_code_not_in_execute_path\n' >>w.yaml
  scan root --db a.idx --config w.yaml --output openvex=vex.json
  [ "$(jq -c '[.author, (.statements | length), .statements[0].status, .statements[0].vulnerability.name, .statements[0].impact_statement]' vex.json)" = '["a.lindqvist",1,"not_affected","CVE-2024-1","not reachable"]' ]
  scan root --db a.idx --vex vex.json --json >doc.json
  [ "$(ids suppressed)" = "CVE-2024-1=critical" ]
  sed -i s/not_in_execute_path/unlikely/ w.yaml
  run -3 --separate-stderr scan root --db a.idx --config w.yaml
  [[ $stderr == *"needs a justification of OpenVEX"* ]]
}

# proves: scan --strict
@test "with --strict what nobody could judge counts" {
  root 3.0.15-1
  run -0 scan root
  run -1 scan root --strict
  has "1 not evaluated (--strict)"
}

# proves: scan --full
@test "on a terminal --full lists what no upgrade removes, and what is suppressed" {
  indexed
  root 3.0.15-1
  run script -qec "$PARATIA scan --no-record root --db a.idx --color never" /dev/null
  has "--full lists them"
  hasnt CVE-2024-2
  run script -qec "$PARATIA scan --no-record root --db a.idx --color never --full" /dev/null
  has CVE-2024-2
  run script -qec "$PARATIA scan --no-record root --color never" /dev/null
  line "there is no advisory index"
  line "try: paratia db update"
}

@test "JSON on a terminal holds nothing that could move its cursor" {
  root 3.0.15-1
  printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian \302\233\342\200\256\342\200\250\342\200\213\177"\n' >root/etc/os-release
  scan root --json >doc.json
  grep -q $'\u202e' doc.json
  script -qec "'$PARATIA' scan --no-record root --json" /dev/null </dev/null | tr -d '\r' >shown.json
  run -1 grep -P '[\x00-\x08\x0b-\x1f\x7f]' shown.json
  run -1 grep -E $'\u009b|\u202e|\u2028|\u200b' shown.json
  diff <(jq -S . doc.json) <(jq -S . shown.json)
}
