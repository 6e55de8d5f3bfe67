load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan --licences, paratia sbom --licences. The copyright files are this machine's own, the others made here.

scan() { "$PARATIA" scan --no-record "$@"; }

# package NAME: a package in ./root's dpkg database.
package() {
  printf 'Package: %s\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n' "$1" >>root/var/lib/dpkg/status
}

# copyright NAME TEXT: of a package in ./root, which is installed.
copyright() {
  package "$1"
  mkdir -p "root/usr/share/doc/$1"
  printf '%b' "$2" >"root/usr/share/doc/$1/copyright"
}

# node NAME LICENCE [TEXT]: a module of npm's in ./root, and its LICENSE.
node() {
  mkdir -p "root/app/node_modules/$1"
  printf '{"name":"%s","version":"1.0.0","license":"%s"}' "$1" "$2" >"root/app/node_modules/$1/package.json"
  [ -z "${3:-}" ] || printf '%b' "$3" >"root/app/node_modules/$1/LICENSE"
}

apache='Licensed under the Apache License, Version 2.0'
dep5='Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense:'

small_system() {
  mkdir -p root/etc root/var/lib/dpkg
  printf 'ID=debian\nVERSION_ID=12\n' >root/etc/os-release
  copyright free "$dep5 Expat\n"
  copyright gnu "$dep5 GPL-3+\n"
  copyright net "$dep5 AGPL-3 or SSPL-1.0\n"
  copyright nobody 'Ask me.\n'
  package linked
  ln -s gnu root/usr/share/doc/linked
  node noncommercial CC-BY-NC-4.0
  node intext 'SEE LICENSE IN LICENSE' "$apache"
}

# rows: of doc.json, "verdict expression: packages".
rows() {
  jq -r '.licences[] | "\(.verdict) \(.expression // "-"): \([.packages[].name] | join(" "))"' doc.json
}

schema_holds() {
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan.schema.json" doc.json
}

# proves: scan --licences
@test "every package's licence is judged, the worst first" {
  small_system
  run -1 scan root --licences --json
  printf '%s\n' "$output" >doc.json
  schema_holds
  run rows
  [ "${lines[0]}" = 'fail CC-BY-NC-4.0: noncommercial' ]
  line 'not evaluated AGPL-3.0-only OR SSPL-1.0: net'
  line 'not evaluated -: nobody'
  line 'pass MIT: free'
  line 'pass GPL-3.0-or-later: gnu linked'
  line 'pass Apache-2.0: intext'
  [ "${#lines[@]}" = 6 ]
  [ "$(jq -r '.licences[] | select(.expression == "GPL-3.0-or-later").packages[1].source' doc.json)" = usr/share/doc/gnu/copyright ]
  [ "$(jq -r '.packages[] | select(.name == "intext").recognised.file' doc.json)" = app/node_modules/intext/LICENSE ]
}

@test "in a pipe a line says it all, on a terminal a row, and what is allowed is counted" {
  small_system
  run -1 scan root --licences
  line '  fail  root  PT-IMG-LICENCE/CC-BY-NC-4.0  -  ' '  CC-BY-NC-4.0 is non-commercial: denied (hoster.yaml:'
  line '  not evaluated  root  PT-IMG-LICENCE  -  ' '  no licence is known'
  hasnt GPL-3.0-or-later
  run -1 scan root --licences --full
  line '  pass  root  PT-IMG-LICENCE/GPL-3.0-or-later  -  The policy allows the licence  '
  has 'Exit 1   the licence policy denies what is in it'
  has 'licences: 1 denied, 2 not evaluated'
  script -qec "stty cols 80; '$PARATIA' scan --no-record root --licences" /dev/null >screen || true
  run cat screen
  line Licences verdict
  line CC-BY-NC-4.0 '1 package' denied
  line 'all others' '4 packages' allowed
  [ "$(tr -d '\r' <screen | sed 's/\x1b\[[0-9;]*m//g' | sed '$d' | awk 'length > 80' | wc -l)" = 0 ]
}

@test "what nobody decided is no pass, and a policy decides" {
  small_system
  rm -r root/app
  run -3 scan root --licences --quiet
  has 'licences: 0 denied, 2 not evaluated'
  run -0 scan root --quiet
  hasnt licences
}

# proves: scan --licence-policy
@test "a policy of one's own names licences, categories and packages" {
  small_system
  cat >policy.yaml <<'Y'
allowed: [permissive, strong-copyleft]
denied: [GPL-3.0-or-later]
packages:
  - package: no*
    verdict: allowed
    why: bought
  - {package: net, licence: AGPL-3.0-only, verdict: allowed, why: we give its source}
Y
  run -1 scan root --licences --licence-policy policy.yaml --json
  printf '%s\n' "$output" >doc.json
  run rows
  [ "${lines[0]}" = 'fail GPL-3.0-or-later: gnu linked' ]
  [ "$(grep -c ^pass <<<"$output")" = 5 ]
  [ "$(jq -r '.licences[] | select(.packages[0].name == "nobody").why' doc.json)" = 'no licence is known: allowed (policy.yaml:4), bought' ]
}

@test "a policy that is wrong is told with its line, before anything is read" {
  small_system
  printf 'allowed:\n  - MIT\n  - MTI\n' >policy.yaml
  run -3 scan root --licences --licence-policy policy.yaml
  has 'policy.yaml:3:5'
  has 'SPDX has no licence MTI'
  run -2 scan root --licence-policy policy.yaml
  has '--licence-policy is of --licences'
  run -3 scan root --licences --licence-policy none.yaml
  has 'none.yaml'
}

@test "policies that are shipped can be read" {
  small_system
  for p in "$PT_REPO"/policies/licences/*.yaml; do
    run -1 scan root --licences --licence-policy "$p" --quiet
  done
}

@test "of an image, by the layers that are left" {
  "$PT_REPO/tests/e2e/images" img '{"names":["a:1"],"layers":[
    {"entries":[{"path":"var/lib/dpkg/status","text":"Package: a\nStatus: install ok installed\nVersion: 1\n\n"},
      {"path":"usr/share/doc/a/copyright","text":"'"$apache"'"}]},
    {"entries":[{"path":"usr/share/doc/a/copyright","text":"licensed under the MIT license"}]},
    {"entries":[{"path":"b/node_modules/b/package.json","text":"{\"name\":\"b\",\"version\":\"1\"}"},
      {"path":"b/node_modules/b/LICENSE","text":"'"$apache"'"}]},
    {"entries":[{"path":"b/node_modules/b/.wh.LICENSE","text":""}]}]}'
  run -3 scan img --licences --json
  printf '%s\n' "$output" >doc.json
  schema_holds
  run rows
  line 'pass MIT: a'
  line 'not evaluated -: b'
}

@test "a text counts that metadata names, or that stands where a lock file's package is installed" {
  mkdir -p tree/node_modules/a/sub root/s/b-1.dist-info/licenses/sub root/etc
  printf 'ID=debian\nVERSION_ID=12\n' >root/etc/os-release
  printf '{"name":"me","version":"1","dependencies":{"a":"^1.0.0"}}' >tree/package.json
  printf '# yarn lockfile v1\n\na@^1.0.0:\n  version "1.0.0"\n' >tree/yarn.lock
  printf '{"name":"a","version":"1.0.0","license":"SEE LICENSE IN sub/LICENSE"}' >tree/node_modules/a/package.json
  printf '%s' "$apache" >tree/node_modules/a/sub/LICENSE
  printf 'licensed under the MIT license' >tree/node_modules/a/LICENSE
  scan tree --licences --json >doc.json || [ $? = 3 ]
  run rows
  line 'pass Apache-2.0: a'
  [ "$(jq -r '.packages[] | select(.name == "a").recognised.file' doc.json)" = node_modules/a/sub/LICENSE ]
  printf 'Name: b\nVersion: 1\nLicense-File: sub/COPYING\n' >root/s/b-1.dist-info/METADATA
  printf '%s' "$apache" >root/s/b-1.dist-info/licenses/sub/COPYING
  scan root --licences --json >doc.json || [ $? = 3 ]
  run rows
  line 'pass Apache-2.0: b'
}

@test "words that permit and are of no licence are never allowed unseen, and a policy decides of these words alone" {
  local words='\n\nCopyright 2020 me\n\nYou may copy and use this as long as you are kind.\n'
  mkdir -p root/etc root/var/lib/dpkg
  printf 'ID=debian\nVERSION_ID=12\n' >root/etc/os-release
  copyright half "$apache$words"
  copyright whole "$apache\n"
  run -3 scan root --licences --json
  printf '%s\n' "$output" >doc.json
  schema_holds
  run rows
  [[ "$output" =~ 'not evaluated Apache-2.0 AND '(LicenseRef-unknown-[0-9a-f]{16})': half' ]]
  local id=${BASH_REMATCH[1]}
  line 'pass Apache-2.0: whole'
  [ "$(jq -r '.licences[0].packages[0].place' doc.json)" = usr/share/doc/half/copyright:5 ]
  [ "$(jq -r '.packages[] | select(.name == "half").recognised.unknown[0].begins' doc.json)" = 'you may copy and use this as long as you are kind' ]
  run -3 scan root --licences
  line 'not evaluated' "$id" 'usr/share/doc/half/copyright:5'
  script -qec "stty cols 120; '$PARATIA' scan --no-record root --licences" /dev/null >screen || true
  run cat screen
  has 'half (usr/share/doc/half/copyright:5)'
  printf 'allowed: [permissive, %s]\n' "$id" >policy.yaml
  run -0 scan root --licences --licence-policy policy.yaml
  sed -i 's/kind/cruel/' root/usr/share/doc/half/copyright
  run -3 scan root --licences --licence-policy policy.yaml
}

@test "what is declared and what the files say are both judged, and if they contradict, somebody looks" {
  mkdir -p root/etc root/s/p-1.dist-info
  printf 'ID=debian\nVERSION_ID=12\n' >root/etc/os-release
  node same Apache-2.0 "$apache"
  node more MIT "licensed under the MIT license\n\n$apache"
  node other MIT "$apache"
  node worse MIT 'licensed under the GPLv3\n'
  printf 'Name: p\nVersion: 1\nLicense: MIT\nClassifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)\n' >root/s/p-1.dist-info/METADATA
  run -3 scan root --licences --json
  printf '%s\n' "$output" >doc.json
  schema_holds
  run rows
  line 'pass Apache-2.0: same'
  line 'pass MIT AND Apache-2.0: more'
  line 'not evaluated MIT AND Apache-2.0: other'
  line 'not evaluated MIT AND GPL-3.0-only: p worse'
  [ "$(jq -r '.licences[] | select(.packages[0].name == "other") | "\(.declared) \(.found)"' doc.json)" = 'MIT Apache-2.0' ]
  run -3 scan root --licences
  line 'not evaluated' 'it declares MIT, and beside that stands GPL-3.0-only: for review'
  printf 'allowed: [permissive]\ndenied: [GPL-*]\npackages:\n  - {package: other, verdict: allowed, why: they said so}\n' >policy.yaml
  run -1 scan root --licences --licence-policy policy.yaml
  line fail 'GPL-3.0-only is strong-copyleft: denied' 'it declares MIT, and beside that stands GPL-3.0-only: p, worse'
  hasnt 'PT-IMG-LICENCE/MIT'
}

# scan_licences.tsv was made of what the program says of packages of Debian 12. Each file was then read without looking at
# it, and a row with which the reading differs was taken out (docs/licences.md, "How it was checked").
@test "what Debian's own copyright files say is what a second reading found in them" {
  mkdir -p root/etc root/var/lib/dpkg
  printf 'ID=debian\nVERSION_ID=12\n' >root/etc/os-release
  local name expected n=0
  while IFS=$'\t' read -r name expected; do
    [ -e "/usr/share/doc/$name/copyright" ] || continue
    package "$name"
    mkdir -p "root/usr/share/doc/$name"
    cp -L "/usr/share/doc/$name/copyright" "root/usr/share/doc/$name/copyright"
    printf '%s\t%s\n' "$name" "$expected" >>wanted
    n=$((n + 1))
  done <"$PT_REPO/tests/e2e/scan_licences.tsv"
  scan root --licences --json >doc.json || [ $? = 3 ]
  jq -r '.packages[] | "\(.name)\t\(.recognised.expression)"' doc.json | sort >got
  sort wanted | diff - got
  [ "$n" -ge 25 ]
}

# proves: sbom --licences
@test "a bill says what was recognised, and that nobody declared it" {
  small_system
  "$PARATIA" sbom root --licences -o bill.json
  jq -e '.components[] | select(.name == "gnu").licenses == [{"license": {"acknowledgement": "concluded", "id": "GPL-3.0-or-later"}}]' bill.json
  jq -e '.components[] | select(.name == "intext").evidence.licenses[0].license.id == "Apache-2.0"' bill.json
  "$PARATIA" sbom root --licences --format spdx -o bill.spdx.json
  jq -e '.packages[] | select(.name == "gnu") | .licenseConcluded == "GPL-3.0-or-later" and .licenseDeclared == "NOASSERTION"' bill.spdx.json
}
