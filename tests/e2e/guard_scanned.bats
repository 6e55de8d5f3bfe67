load lib
load guard
load advisories

# paratia guard docker --scanned: what was not scanned does not start. One daemon for all.

scan() { DOCKER_HOST=unix://$GUARD/docker.sock "$PARATIA" scan --state "$GUARD/state" --db "$GUARD/a.idx" "$@"; }

# image NAME VERSION: in the guarded daemon, a Debian with this version of openssl that can run.
image() {
  rm -rf root
  debian "$2"
  mkdir -p root/bin root/tmp
  cp /bin/busybox root/bin/sh
  tar -C root -c . | d import -c 'CMD ["/bin/sh"]' - "$1" >/dev/null
}

setup_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  guarded_dockerd
  cd "$BATS_FILE_TMPDIR" || return 1
  indexed >/dev/null
  cp a.idx "$GUARD/a.idx"
  image pt/good:1 3.0.99-1
  image pt/bad:1 3.0.15-1
  image pt/other:1 3.0.98-1
}

teardown_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  guarded_dockerd_stop
}

setup() {
  need_docker
  cd "$BATS_TEST_TMPDIR" || return 1
  rm -f "$GUARD/state/images.db"
}

run_it() { d run --rm --network none "$@" /bin/sh -c 'echo runs'; }

# proves: guard --scanned
@test "an image runs once it was scanned and passed, and not while it was not" {
  guard --enforce --allow-tags --scanned 7d --json
  run cat "$GUARD/err"
  has "no image will be let in"
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/good:1 /bin/sh
  has "its scan is not known: nothing was scanned yet"
  run scan pt/bad:1 --quiet
  [ "$status" = 0 ]
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/good:1 /bin/sh
  has "pt/good:1: nobody has scanned it"
  has "paratia scan NAME"
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/bad:1 /bin/sh
  has "its last scan has 1 finding at or above high"
  run scan pt/good:1 --quiet
  local n id
  n=$(scan --all --json | jq '.images[] | select(.names == ["pt/good:1"]) | .receipt')
  run run_it pt/good:1
  has runs
  # The receipt of the decision names that of the scan.
  id=$(d image inspect -f '{{.Id}}' pt/good:1)
  guard_stop
  jq -es --arg i "$id" --argjson n "$n" 'any(.[]; .decision == "allow" and .scans == [{image: $i, receipt: $n}])' "$GUARD/out"
}

@test "a scan that failed, or whose index or itself is too old, lets nothing in" {
  guard --enforce --allow-tags --scanned 7d --scanned-fail-on critical
  run scan pt/good:1 --fail-on low --quiet
  [ "$status" = 1 ]
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/good:1 /bin/sh
  has "its last scan failed: 1 at or above low (--fail-on)"
  run scan --all --fail-on high
  run run_it pt/good:1
  has runs
  guard --enforce --allow-tags --scanned 1s
  sleep 2.1
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/good:1 /bin/sh
  has "its last scan is 0 hours old"
  mkdir old && cd old
  MODIFIED=2020-01-01T00:00:00Z indexed >/dev/null
  guard --enforce --allow-tags --scanned 7d
  run scan --all --db a.idx
  has "0 unchanged"
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/good:1 /bin/sh
  has "the advisory index of its last scan is"
}

@test "a tag that moved, and a container that was made before, are judged by what they are" {
  guard --learn
  run scan pt/good:1 --quiet
  run scan pt/bad:1 --quiet
  d tag pt/good:1 pt/moves:1
  d create --name of-bad --network none pt/bad:1 /bin/sh >/dev/null
  d create --name of-good --network none pt/good:1 /bin/sh >/dev/null
  guard --enforce --allow-tags --scanned 7d
  run run_it pt/moves:1
  has runs
  d tag pt/other:1 pt/moves:1
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/moves:1 /bin/sh
  has "nobody has scanned it"
  d tag pt/good:1 pt/bad:1.was-bad
  denied PT-GRD-IMAGE-SCAN start of-bad
  has "container of-bad, Image"
  denied PT-GRD-IMAGE-SCAN restart of-bad
  d start of-good >/dev/null
  run d run --rm pt/nowhere:1 /bin/sh # the client is told that it is not there, and pulls
  hasnt PT-GRD-IMAGE-SCAN
  d rm -f of-bad of-good >/dev/null
  d rmi pt/moves:1 pt/bad:1.was-bad >/dev/null
}

@test "without its record, or with one that others may write, nothing is let in" {
  run scan pt/good:1 --quiet
  guard --enforce --allow-tags --scanned 7d
  run run_it pt/good:1
  has runs
  chmod 666 "$GUARD/state/images.db"
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/good:1 /bin/sh
  has "others may change the record of scans"
  chmod 600 "$GUARD/state/images.db"
  head -c 3000 /dev/zero | dd of="$GUARD/state/images.db" bs=1 seek=60 conv=notrunc status=none
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/good:1 /bin/sh
  has "its scan is not known: the record of scans"
  rm "$GUARD/state/images.db"
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/good:1 /bin/sh
  has "its scan is not known: nothing was scanned yet"
  guard_stop
  run cat "$GUARD/err" "$GUARD/out"
  line deny PT-GRD-IMAGE-SCAN "nothing was scanned yet"
}

# proves: guard --scanned-fail-on
# proves: guard --scanned-ignore-unfixed
# proves: guard --scanned-except
# proves: guard --scanned-warn
@test "where the line is, what is excepted, and a guard that only warns" {
  local id
  guard --learn
  id=$(d image inspect -f '{{.Id}}' pt/bad:1)
  run scan --all --quiet
  guard --enforce --allow-tags --scanned 7d --scanned-fail-on low
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/good:1 /bin/sh
  has "its last scan has 1 finding at or above low"
  guard --enforce --allow-tags --scanned 7d --scanned-fail-on low --scanned-ignore-unfixed
  run run_it pt/good:1
  has runs
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/bad:1 /bin/sh
  guard --enforce --allow-tags --scanned 7d --scanned-except "$id=until the next release"
  run run_it pt/bad:1
  has runs
  guard --enforce --allow-tags --scanned 7d --scanned-except "docker.io/pt/=anybody can tag"
  denied PT-GRD-IMAGE-SCAN run --rm --network none pt/bad:1 /bin/sh
  printf 'allow-tags: true\nscanned: 7d\nscanned-warn: true\n' >guard.yaml
  guard --enforce --config guard.yaml --json
  run run_it pt/bad:1
  has runs
  run jq -c 'select(.notes // [] | index("PT-GRD-IMAGE-SCAN")) | .decision' "$GUARD/out"
  has allow
}

@test "settings of scans that say nothing are refused" {
  run "$PARATIA" guard docker --learn --scanned 7 --socket x
  [ "$status" = 2 ]
  has "--scanned does not know 7"
  run "$PARATIA" guard docker --learn --scanned-warn --socket x
  [ "$status" = 2 ]
  has "what is asked of scans needs --scanned"
  run "$PARATIA" guard docker --learn --scanned 7d --scanned-fail-on bad --socket x
  [ "$status" = 2 ]
  has "--scanned-fail-on does not know bad"
  run "$PARATIA" guard docker --learn --scanned 7d --scanned-except registry.example.org/ --socket x
  [ "$status" = 2 ]
  has "not an exception"
}
