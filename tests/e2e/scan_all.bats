load lib
load advisories
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan --all, and the record of scans. Each test has its own images in the engine of all tests.

scan() { "$PARATIA" scan --state "$PWD/state" "$@"; }

setup() {
  need_docker
  cd "$BATS_TEST_TMPDIR" || return 1
  docker images -q --no-trunc | sort -u | xargs -r docker rmi -f >/dev/null
  indexed
  image pt-all/bad:1 3.0.15-1
  image pt-all/good:1 3.0.99-1
}

teardown_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  docker images -q --no-trunc | sort -u | xargs -r docker rmi -f >/dev/null
  tar -C "$PT_E2E/image" -c . | docker import -c 'CMD ["/bin/sh"]' -c 'ENV PATH=/bin' - pt-base:1 >/dev/null
}

# image NAME VERSION: in the engine, a Debian with this version of openssl.
image() {
  debian "$2"
  tar -C root -c . | docker import - "$1" >/dev/null
}

# proves: scan --all
@test "every image of the engine is scanned, and only what changed is done again" {
  run --separate-stderr scan --all --db a.idx --fail-on high
  [ "$status" = 1 ]
  line "fail  critical  1  " "  read  pt-all/bad:1  1 at or above high (--fail-on)"
  line "pass  low  0  " "  read  pt-all/good:1"
  has "2 images: 1 fail, 0 not evaluated, 1 pass; 2 read, 0 judged anew, 0 unchanged"
  [ "$(stat -c %a state/images.db)" = 600 ]
  # Nothing is read from here on: there is no place where an image could be kept.
  export TMPDIR=$PWD/none
  run -1 scan --all --db a.idx --fail-on high --json
  echo "$output" >all.json
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan-all.schema.json" all.json
  jq -e '[.images[] | [.how, .verdict]] | sort == [["unchanged", "fail"], ["unchanged", "pass"]]' <<<"$output"
  advisory CVE-2024-9 openssl 3.1-1 "$worst" >feeds/9.json
  "$PARATIA" db build feeds --out a.idx >/dev/null
  run -1 scan --all --db a.idx --fail-on high
  line "fail  critical  2  " "  judged  pt-all/bad:1  2 at or above high (--fail-on)"
  line "fail  critical  1  " "  judged  pt-all/good:1"
  has "0 read, 2 judged anew, 0 unchanged"
  # What was not looked for is not known.
  run -3 scan --all --db a.idx --secrets
  has "2 images: 0 fail, 2 not evaluated, 0 pass; 0 read, 0 judged anew"
}

@test "a policy of one's own that changed judges anew what was read; a broken one scans nothing" {
  mkdir own
  printf 'package main\ndeny contains "x" if input.os.id == "debian"\n' >own/p.rego
  run -1 scan --all --db a.idx --policy own
  line "fail  " "  read  pt-all/good:1  a rule of --policy or --deny"
  run -1 scan --all --db a.idx --policy own
  has "0 read, 0 judged anew, 2 unchanged"
  printf 'package main\ndeny contains "x" if input.os.id == "none"\n' >own/p.rego
  run -0 scan --all --db a.idx --policy own
  has "0 read, 2 judged anew, 0 unchanged"
  printf 'package main\ndeny contains' >own/p.rego
  run -3 scan --all --db a.idx --policy own
  has "at:  own/p.rego:"
  hasnt pt-all
}

# overs: how each image of all.json was scanned, and its findings from low on.
overs() { jq -c '[.images | sort_by(.names)[] | [.how, .over.low]]' all.json; }

@test "what was found in the files themselves stays found when only the index is new" {
  local before
  scan --all --db a.idx --hardening --json >all.json
  before=$(overs)
  advisory CVE-2024-9 nothing 1 "$worst" >feeds/9.json
  "$PARATIA" db build feeds --out a.idx >/dev/null
  TMPDIR=$PWD/none scan --all --db a.idx --hardening --json >all.json
  [ "$(overs)" = "${before//read/judged}" ]
  scan --all --db a.idx --json >all.json
  [ "$(overs)" != "$before" ] # without it there is less
}

@test "an image that cannot be scanned is told, and the others go on" {
  scan --all --db a.idx --quiet >/dev/null
  image pt-all/new:1 3.0.16-1
  TMPDIR=$PWD/none run --separate-stderr scan --all --db a.idx
  [ "$status" = 3 ]
  line "not evaluated  -  0  " "  failed  pt-all/new:1  cannot keep the image in"
  line "  unchanged  pt-all/bad:1"
  line "  unchanged  pt-all/good:1"
  [[ $stderr == *"pt-all/new:1"* ]]
  run -0 scan --all --db a.idx
  line "  read  pt-all/new:1"
  run -0 "$PARATIA" prove 2 --state state
}

@test "a single scan is recorded, too, and a table is shown on a terminal" {
  run -1 scan pt-all/bad:1 --db a.idx --fail-on high --quiet
  run -1 scan --all --db a.idx --fail-on high
  line "  unchanged  pt-all/bad:1"
  line "  read  pt-all/good:1"
  run -1 script -qec "stty cols 100; $PARATIA scan --all --db a.idx --fail-on high --state state --color never" /dev/null
  line "Image" "size" "verdict" "worst" "fixable"
  line "pt-all/bad:1" "fail" "critical" "unchanged"
}

# records FILTER: of what guards hear of the last scan of each image.
records() {
  python3 -c 'import sqlite3
for record, in sqlite3.connect("state/images.db").execute("SELECT record FROM image ORDER BY record"): print(record)' | jq -r "$1"
}

verdicts() { records '"\(.verdict) \(.over.critical)"'; }

@test "a baseline and an earlier run quieten a scan, and not its record" {
  run -1 scan pt-all/bad:1 --db a.idx --fail-on high --quiet --output json=base.json
  [ "$(verdicts)" = "fail 1" ]
  run -0 scan pt-all/bad:1 --db a.idx --fail-on high --quiet --against last
  [ "$(verdicts)" = "fail 1" ]
  run -0 scan pt-all/bad:1 --db a.idx --fail-on high --quiet --baseline base.json
  [ "$(verdicts)" = "fail 1" ]
  run -0 scan pt-all/bad:1 --db a.idx --fail-on high --quiet --against pt-all/bad:1
  [ "$(verdicts)" = "fail 1" ]
  run -1 scan --all --db a.idx --fail-on high --against last
  line "fail  critical  1  " "  pt-all/bad:1  1 at or above high (--fail-on)"
}

@test "the record is as old as the oldest source that speaks of the image's system, and of no other" {
  mkdir -p feeds/osv feeds/still feeds/npm
  mv feeds/1.json feeds/2.json feeds/osv
  MODIFIED=2025-01-01T00:00:00Z advisory CVE-2020-1 nothing 1 "$little" >feeds/still/1.json
  MODIFIED=2020-01-01T00:00:00Z advisory CVE-2020-2 nothing 1 "$little" | sed s/Debian:12/npm/ >feeds/npm/1.json
  "$PARATIA" db build feeds --out b.idx
  run -0 scan pt-all/good:1 --db b.idx --quiet
  [ "$(records '.index_made')" = 2025-01-01T00:00:00Z ]
  run -0 scan pt-all/good:1 --db a.idx --quiet
  [ "$(records '.index_made | fromdate > now - 3600')" = true ]
}

# spoil IN OUT: the same archive with another version in a layer.
spoil() {
  python3 -c 'import io, sys, tarfile
with tarfile.open(sys.argv[1]) as old, tarfile.open(sys.argv[2], "w") as new:
    for m in old:
        data = old.extractfile(m).read() if m.isfile() else b""
        at = data.find(b"3.0.99-1") if b"ustar" in data else -1
        if at >= 0: data = data[:at] + b"3.0.11-1" + data[at + 8:]
        new.addfile(m, io.BytesIO(data))' "$1" "$2"
}

@test "an archive with other bytes under an image's id does not change what is known of that image" {
  run -0 scan pt-all/good:1 --db a.idx --fail-on high --quiet
  [ "$(verdicts)" = "pass 0" ]
  docker save pt-all/good:1 -o good.tar
  spoil good.tar spoiled.tar
  run -1 scan spoiled.tar --db a.idx --fail-on high
  has "guards are not told"
  [ "$(verdicts)" = "pass 0" ]
  run -1 scan good.tar --db a.idx --fail-on negligible --quiet
  [ "$(verdicts)" = "fail 0" ]
}

# accept SUBJECT: a waiver, in ./w.yaml.
accept() {
  printf 'waivers:\n  - check: CVE-2024-1\n    subject: "%s"\n    reason: r\n    owner: o\n    expires: 2099-01-01\n' "$1" >w.yaml
}

@test "a waiver of an image holds for who was asked for it, by digest and by path, and not for an archive that says its name" {
  docker save pt-all/bad:1 -o bad.tar
  accept pt-all/bad:1
  run -0 scan pt-all/bad:1 --db a.idx --fail-on high --config w.yaml --quiet
  [ "$(verdicts)" = "pass 0" ]
  run -1 scan bad.tar --db a.idx --fail-on high --config w.yaml --quiet
  [ "$(verdicts)" = "fail 1" ]
  run -1 scan - --db a.idx --fail-on high --config w.yaml --quiet <bad.tar
  accept "$(scan bad.tar --json --no-record --db a.idx | jq -r .image.config)"
  run -0 scan - --db a.idx --fail-on high --config w.yaml --quiet <bad.tar
  accept "*.tar"
  run -0 scan bad.tar --db a.idx --fail-on high --config w.yaml --quiet
}

@test "the record is refused where others may write it, and a damaged one is told" {
  scan --all --db a.idx --quiet >/dev/null
  chmod 666 state/images.db
  run -3 scan --all --db a.idx
  has "others may change the record of scans"
  run -3 scan pt-all/bad:1 --db a.idx
  has "others may change the record of scans"
  chmod 600 state/images.db
  printf 'not a database at all, not in any way whatever' >state/images.db
  run -3 scan --all --db a.idx
  has "the record of scans is damaged"
}

@test "what is of one image is refused with --all" {
  run -2 scan
  has "scan needs a TARGET"
  run -2 scan --all pt-all/bad:1
  has "--all is every image"
  run -2 scan --all --root
  has "--root is of one image"
  run -2 scan --all --from registry --db a.idx
  has "--all is of an engine"
  run -3 scan --all --db none.idx
  has none.idx
}
