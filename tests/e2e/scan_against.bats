load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan --against OTHER.

image() { "$PT_REPO/tests/e2e/images" "$@"; }
scan() { "$PARATIA" scan "$@" --no-record --no-cache; }

schema_holds() {
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan.schema.json" "$1"
}

# stanzas NAME=VERSION…: as dpkg lists them, in JSON.
stanzas() {
  local p
  for p in "$@"; do
    printf 'Package: %s\\nStatus: install ok installed\\nArchitecture: amd64\\nSource: openssl\\nVersion: %s\\n\\n' "${p%=*}" "${p#*=}"
  done
}

base='{"step":"ADD file:1 in /","entries":[{"path":"etc/os-release","text":"ID=debian\nVERSION_ID=12\nNAME=Debian\n"},{"path":"etc/debian_version","text":"12"}]}'
key=AKIA$(printf %s IOSFODNN7EXAMPL3)

# two: ./old and ./new, two builds of one image.
two() {
  image old '{"layers":['"$base"',{"step":"RUN a","entries":[{"path":"var/lib/dpkg/status","text":"'"$(stanzas a=1.9 b=2.0 c=1)"'"},
    {"path":"app/x","text":"xxxx"},{"path":"app/m","text":"m"},{"path":"app/k","text":"'"$key"'\n"},{"path":"app/l","link":"x"}]}],
    "config":{"User":"app","Env":["A=1","TOKEN=hunter2"],"Cmd":["/app/x","-v"],"ExposedPorts":{"80/tcp":{}}}}'
  image new '{"layers":['"$base"',{"step":"RUN b","entries":[{"path":"var/lib/dpkg/status","text":"'"$(stanzas a=1.10 b=1.9 d=1)"'"},
    {"path":"app/x","text":"yyyy"},{"path":"app/m","text":"m","mode":2541},{"path":"app/n\u001b[2J","text":"n"},{"path":"app/l","link":"m"}]}],
    "config":{"Env":["A=1","TOKEN=hunter33"],"Cmd":["/app/x","-vv"],"ExposedPorts":{"80/tcp":{},"22/tcp":{}}}}'
}

# indexed: a flaw of openssl that 1.10 has no more, and one that everything has, in ./a.idx.
indexed() {
  local n fixed
  mkdir -p feeds
  for n in 1 2; do
    fixed=$([ $n = 2 ] || echo ',{"fixed":"1.10"}')
    printf '{"id":"CVE-2024-%s","modified":"%s","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":[{"package":{"ecosystem":"Debian:12","name":"openssl"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}%s]}]}]}' \
      $n "$(date -u +%FT%TZ)" "$fixed" >feeds/$n.json
  done
  "$PARATIA" db build feeds --out a.idx
}

# proves: scan --against
@test "what came and what went: packages, files, configuration, secrets, layers" {
  two
  run -0 scan new --against old --secrets
  line "gone  secret  critical  aws-access-key-id  app/k"
  line "changed  package  upgraded  deb  a  1.9 -> 1.10"
  line "changed  package  downgraded  deb  b  2.0 -> 1.9"
  line "added  package  deb  d  1"
  line "removed  package  deb  c  1"
  line "changed  file  app/x  content  layer 2"
  line "changed  file  app/m  mode  0644 -> 4755  layer 2"
  line "changed  file  app/l  target  layer 2"
  line "added  file  app/n\\x1b[2J  1 B  layer 2" # its bytes do not act on a terminal
  line "removed  file  app/k  21 B"
  hasnt "etc/debian_version"
  line "changed  setting  removed  user  app"
  line "changed  setting  changed  cmd  /app/x and 2 bytes of arguments -> /app/x and 3 bytes of arguments"
  line "changed  setting  changed  env  TOKEN  text, 7 bytes -> text, 8 bytes"
  line "changed  setting  added  ports  22/tcp"
  hasnt hunter
  line "added  layer  2  RUN b"
  line "not compared  part  vulnerabilities  there is no advisory index"
  scan new --against old --secrets --json >doc.json
  schema_holds doc.json
  [ "$(jq -c '.against | [.layers.same, .files.same, .packages.same, .secrets.same, .target]' doc.json)" = '[1,2,0,0,"old"]' ]
  hasnt "$key"
  # with itself there is no difference, and nothing is new
  run -0 scan new --against new --secrets --hardening --fail-on low
  hasnt "added"
  hasnt "changed  "
}

@test "the gate counts what is new; of a report lists are compared, and it is said what is not" {
  two
  indexed
  scan new --db a.idx --against old --json >doc.json
  schema_holds doc.json
  [ "$(jq -c '.against.vulnerabilities | [[.fixed[] | "\(.id) \(.package)"], [.new[] | "\(.id) \(.package)"], .same]' doc.json)" = \
    '[["CVE-2024-1 a","CVE-2024-1 c","CVE-2024-2 c"],["CVE-2024-1 b","CVE-2024-1 d","CVE-2024-2 d"],2]' ]
  run -1 scan new --db a.idx --against old --fail-on critical
  line "new  vulnerability  critical  CVE-2024-1  deb  d  1"
  line "Exit 1" "3 findings are as severe"
  run -0 scan new --db a.idx --against new --fail-on critical
  scan old --json --secrets >old.json
  run -1 scan new --db a.idx --against old.json --secrets --fail-on critical
  line "gone  secret  critical  aws-access-key-id"
  line "new  vulnerability  critical  CVE-2024-2  deb  d  1"
  line "not compared  part  files  a bill and a saved report have none"
  line "not compared  part  configuration"
  # so is what --output json=FILE wrote, which has more in it
  scan old --secrets --output json=report.json --quiet
  run -1 scan new --db a.idx --against report.json --secrets --fail-on critical
  line "gone  secret  critical  aws-access-key-id"
  line "changed  package  upgraded  deb  a  1.9 -> 1.10"
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open("report.json")))' "$PT_REPO/docs/report.schema.json"
  jq .scan report.json >doc.json
  schema_holds doc.json
  # a bill of one beside the image, and through a pipe
  run -0 bash -c '"$PARATIA" sbom old --no-cache | "$PARATIA" scan new --against - --no-record --no-cache'
  line "changed  package  upgraded  deb  a  1.9 -> 1.10"
}

@test "whichever of the two cannot be read is named" {
  two
  run -3 scan new --against nowhere/at/all
  line "at:  nowhere/at/all"
  run -3 scan nowhere/at/all --against new
  line "at:  nowhere/at/all"
  echo '{"format":"else"}' >else.json
  run -3 scan new --against else.json
  line "at:  else.json"
  line "try: of an earlier scan what --json or --output json=FILE writes is taken"
  # hostile: shapes that no report has
  echo '{"format":"paratia-scan/1","packages":[1,{"name":7},[]],"layers":{"a":1},"image":[],"secrets":[null],"os":"x"}' >else.json
  run -0 scan new --against else.json --secrets
  line "added  package  deb  d  1"
  run -2 scan - --against -
  has "both cannot come through standard input"
}
