load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia db update: feeds of a server on loopback, in the forms that they are published in. No test
# asks any other. Everything that is started is stopped, even if the test fails.

db() { "$PARATIA" db "$@"; }

teardown() {
  local pid
  for pid in $(cat pids 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
}

# serve NAME DIR [KEY CERTIFICATE]: $at is its address, NAME.log what it was asked.
serve() {
  local _
  "$PT_REPO/tests/e2e/feeds" "$@" >"$1.out" 2>&1 3>&- &
  echo $! >>pids
  for _ in $(seq 200); do
    [ -s "$1" ] && break
    sleep 0.05
  done
  at=127.0.0.1:$(cat "$1")
}

# osv ID NAME FIXED
osv() {
  printf '{"id":"%s","modified":"2024-01-02T03:04:05Z","affected":[{"package":{"ecosystem":"npm","name":"%s"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"%s"}]}]}]}' "$@"
}

zip() { # zip FILE MEMBER…
  python3 -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    for f in sys.argv[2:]:
        z.write(f)' "$@"
}

# feeds: what five publishers serve, below ./srv, and a table of their addresses, ./t.toml.
feeds() {
  mkdir -p srv/osv/npm srv/vex
  echo '{"openssl":{"CVE-2024-2":{"releases":{"bookworm":{"status":"resolved","fixed_version":"3.0.9-1","urgency":"low"}}}}}' >srv/tracker
  osv GHSA-1 left 1.2.0 >GHSA-1.json
  zip srv/osv/npm/all.zip GHSA-1.json
  mkdir "srv/osv/Rocky Linux"
  osv RLSA-1 right 2.0.0 >RLSA-1.json
  zip "srv/osv/Rocky Linux/all.zip" RLSA-1.json
  osv X-1 packed 3.0.0 >X-1.json
  tar -c X-1.json | zstd -q >srv/vex/vex-2.tar.zst
  echo vex-2.tar.zst >srv/vex/latest.txt
  printf '#model_version:v1,score_date:2024-03-04T00:00:00+0000\ncve,epss,percentile\nCVE-2024-2,0.97,0.999\n' | gzip -n >srv/epss.csv.gz
  serve port srv
  ln -s "Rocky Linux" srv/osv/Rocky%20Linux # the server takes paths as they are
  printf '[[feed]]\nname="debian"\nurl="http://%s/tracker"\nfile="tracker.json"\ngzip=true\n' "$at" >t.toml
  printf '[[feed]]\nname="osv"\nurl="http://%s/osv/{}/all.zip"\neach=["npm","Rocky Linux"]\nfile="{}.zip"\n' "$at" >>t.toml
  printf '[[feed]]\nname="vex"\nlatest="http://%s/vex/latest.txt"\nfile="vex.tar.zst"\n' "$at" >>t.toml
  printf '[[feed]]\nname="epss"\nurl="http://%s/epss.csv.gz"\nmib_max=1\n' "$at" >>t.toml
}

update() { db update --feeds t.toml --db a.idx "$@"; }

said() { # said NAME: has every one of the packages this statement? For what is in the index.
  run --separate-stderr db find "$1" --db a.idx
  [ "$status" = 0 ]
}

# proves: db update
# proves: db update --feeds
# proves: db --feeds
# proves: db update --db
@test "feeds are fetched and compiled; what did not change is not fetched again" {
  feeds
  run --separate-stderr update
  [ "$status" = 0 ]
  line fetched debian
  line fetched osv/npm
  line fetched osv/Rocky-Linux
  line fetched vex
  line fetched epss
  [[ ${lines[-1]} == *"a.idx: 4 advisories"*"0 problems"* ]]
  run --separate-stderr db info --db a.idx --json
  [ "$(jq -r '[.sources[].name] | join(" ")' <<<"$output")" = "debian epss osv/Rocky-Linux.zip osv/npm.zip vex/vex.tar.zst" ]
  [ "$(jq -r '.sources[0].age_s >= 0' <<<"$output")" = true ]
  run --separate-stderr db info --db a.idx
  line debian "0 hours ago"
  line epss "2024-03-04" "days ago"
  : >port.log
  run --separate-stderr update
  [ "$status" = 0 ]
  line same debian "0 h old"
  line same vex
  hasnt fetched
  [ "$(grep -c '^304' port.log)" = 5 ]
  said packed
  line X-1
}

@test "what a server sends each time, since it marks no state, is compared" {
  feeds
  echo "/tracker bare" >srv.modes
  update --only debian
  run --separate-stderr update --only debian
  [ "$status" = 0 ]
  line same debian
  echo '{"openssl":{"CVE-2024-9":{"releases":{"bookworm":{"status":"resolved","fixed_version":"3.0.9-1","urgency":"low"}}}}}' >srv/tracker
  run --separate-stderr update --only debian
  line fetched debian
  said openssl
  line CVE-2024-9
}

# proves: db update --check
# proves: db --check
# proves: db update --json
@test "what is new is told, and nothing fetched" {
  feeds
  run --separate-stderr update --check
  [ "$status" = 0 ]
  line new debian
  line "5 of 5 files are new"
  [ ! -e a.idx ]
  [ "$(grep -v latest.txt port.log | grep -c GET)" = 0 ]
  update
  osv GHSA-1 left 1.3.0 >GHSA-1.json
  zip srv/osv/npm/all.zip GHSA-1.json
  run --separate-stderr update --check --json
  [ "$status" = 0 ]
  [ "$(jq -r '[.feeds[] | "\(.name)=\(.state)"] | join(" ")' <<<"$output")" = \
    "debian=same osv/npm=new osv/Rocky-Linux=same vex=same epss=same" ]
}

# proves: db update --only
# proves: db update --except
# proves: db --only
# proves: db --except
@test "of the feeds some can be asked for, or left out" {
  feeds
  run --separate-stderr update --only osv/npm,EPSS
  [ "$status" = 0 ]
  line "1 advisory,"
  run --separate-stderr update --only debian
  line "2 advisories" # what is here stays
  run --separate-stderr update --except osv/npm,vex
  [ "$status" = 0 ]
  line "2 advisories" # debian's and Rocky's
  run update --only nvd
  [ "$status" = 2 ]
  line "no feed is called nvd"
}

@test "the pointer of an archive leads to the next one" {
  feeds
  update --only vex
  osv X-2 packed 4.0.0 >X-2.json
  tar -c X-1.json X-2.json | zstd -q >srv/vex/vex-3.tar.zst
  echo vex-3.tar.zst >srv/vex/latest.txt
  run --separate-stderr update --only vex
  line fetched vex
  line "2 advisories"
  echo ../tracker >srv/vex/latest.txt
  run update --only vex
  [ "$status" = 3 ]
  line "names none"
  line failed vex kept
}

@test "a transfer that is cut is gone on with, within a run and over two" {
  feeds
  echo "/osv/npm/all.zip cut" >srv.modes
  run --separate-stderr update --only osv
  [ "$status" = 0 ]
  line fetched osv/npm resumed
  grep -q '^206 GET /osv/npm/all.zip range=bytes=' port.log
  said left
  line GHSA-1
  # What an update left that was killed.
  rm -r a.idx.feeds/feeds a.idx.feeds/state
  head -c 50 srv/osv/npm/all.zip >a.idx.feeds/part/osv-npm.zip
  printf '{"url":"http://%s/osv/npm/all.zip","etag":"\\"%s\\"","modified":"","fetched":"2024-01-01T00:00:00Z","bytes":0}' \
    "$at" "$(sha256sum <srv/osv/npm/all.zip | cut -c1-16)" >a.idx.feeds/part/osv-npm.zip.mark
  rm srv.modes
  run --separate-stderr update --only osv/npm
  [ "$status" = 0 ]
  line fetched osv/npm resumed
  grep -q 'range=bytes=50-' port.log
  cmp srv/osv/npm/all.zip a.idx.feeds/feeds/osv/npm.zip
}

@test "a file that changes while it comes is never half the old and half the new one" {
  local mode
  feeds
  osv GHSA-1 left 7.7.7 >GHSA-1.json
  osv GHSA-9 other 1 >GHSA-9.json
  zip srv/osv/npm/all.zip.next GHSA-1.json GHSA-9.json
  echo "/osv/npm/all.zip changed" >srv.modes
  run --separate-stderr update --only osv/npm
  [ "$status" = 0 ]
  cmp srv/osv/npm/all.zip.next a.idx.feeds/feeds/osv/npm.zip
  for mode in other weak; do
    rm -r a.idx.feeds
    echo "/osv/npm/all.zip $mode" >srv.modes
    run --separate-stderr update --only osv/npm
    [ "$status" = 0 ]
    hasnt resumed
    cmp srv/osv/npm/all.zip a.idx.feeds/feeds/osv/npm.zip
  done
}

@test "a feed that cannot be fetched is told, its older copy counts, the others go on" {
  feeds
  update
  mv srv/tracker srv/elsewhere
  echo "/epss.csv.gz page" >srv.modes
  echo '{"broken' >srv/osv/npm/all.zip
  osv RLSA-1 right 5.0.0 >RLSA-1.json
  zip "srv/osv/Rocky Linux/all.zip" RLSA-1.json
  run update
  [ "$status" = 3 ]
  line failed debian kept "0 h old"
  line "the server has no such file"
  line failed epss kept
  line "no feed of advisories"
  line failed osv/npm kept
  line fetched osv/Rocky-Linux
  [[ ${lines[-2]} == "Exit 3   3 of 5 files could not be fetched"* ]]
  [[ ${lines[-1]} == *"4 advisories"* ]]
  said left
  line GHSA-1
  said openssl
  line CVE-2024-2
  said right
  line "fixed 5.0.0"
  # What is remembered is of the copy that is here: mended, it is fetched.
  rm srv.modes
  zip srv/osv/npm/all.zip GHSA-1.json
  mv srv/elsewhere srv/tracker
  run --separate-stderr update
  [ "$status" = 0 ]
  line same debian
}

@test "one advisory that is broken is left out and told" {
  feeds
  echo '{"id":"X-7","affected":[' >broken.json
  zip srv/osv/npm/all.zip GHSA-1.json broken.json
  run update
  [ "$status" = 0 ]
  line "npm.zip, broken.json"
  [[ ${lines[-1]} == *"4 advisories"*"1 problem,"* ]]
}

@test "what is larger than it may be is not taken" {
  local mode
  feeds
  head -c 1100000 /dev/urandom >srv/epss.csv.gz
  for mode in none endless; do
    echo "/epss.csv.gz $mode" >srv.modes
    run update
    [ "$status" = 3 ]
    line "larger than 1 MiB"
    line failed epss "never fetched"
    [[ ${lines[-1]} == *"4 advisories"* ]]
  done
}

@test "a server that asks for patience gets it" {
  feeds
  echo "/tracker busy" >srv.modes
  run --separate-stderr update --only debian
  [ "$status" = 0 ]
  line fetched debian
}

# proves: db update --ca
# proves: db --ca
# proves: db update --insecure-feeds
# proves: db --insecure-feeds
@test "no server is asked without TLS, none with a certificate that nobody signed, no redirect leads away from it" {
  local plain
  feeds
  plain=$at
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout k.pem -out c.pem -subj /CN=x -addext subjectAltName=IP:127.0.0.1 2>none
  serve tls srv k.pem c.pem
  printf '[[feed]]\nname="debian"\nurl="https://%s/tracker"\nfile="tracker.json"\n' "$at" >t.toml
  run update
  [ "$status" = 3 ]
  line failed debian "never fetched"
  line certificate
  run --separate-stderr update --ca c.pem
  [ "$status" = 0 ]
  line fetched debian
  echo "/tracker to http://$plain/tracker" >srv.modes
  run update --ca c.pem
  [ "$status" = 3 ]
  line "it leads to http://$plain, without TLS"
  line failed debian kept
  echo "/tracker to /tracker" >srv.modes
  run update --ca c.pem
  [ "$status" = 3 ]
  line "leads elsewhere more than 5 times"
  printf '[[feed]]\nname="debian"\nurl="http://192.0.2.1/tracker"\n' >t.toml
  run update
  [ "$status" = 3 ]
  line "http://192.0.2.1, without TLS"
}

# proves: db update --mirror
# proves: db --mirror
# proves: db update --cache
# proves: db --cache
@test "what one machine fetched is a mirror for others" {
  feeds
  update --cache kept
  serve mirror kept/feeds
  run --separate-stderr update --cache other --mirror "http://$at/"
  [ "$status" = 0 ]
  line "4 advisories"
  diff -r kept/feeds other/feeds
  run update --mirror nowhere
  [ "$status" = 2 ]
  line "no http or https URL"
}

# proves: db update --sign
@test "a new index takes the place of the old one, which is kept, each with its signature" {
  feeds
  head -c 32 /dev/urandom >key && chmod 600 key
  run update --sign key
  [ "$status" = 0 ]
  grep -o 'paratia.invalid/advisories+.*' <<<"$output" >vkey
  db verify --db a.idx --db-key vkey
  cp a.idx first.idx
  osv GHSA-1 left 1.3.0 >GHSA-1.json
  zip srv/osv/npm/all.zip GHSA-1.json
  update --sign key
  cmp first.idx a.idx.old
  db verify --db a.idx --db-key vkey
  db verify --db a.idx.old --db-key vkey
  update --only debian
  [ ! -e a.idx.sig ] # nothing of another index stands beside it
}

# at TIME FILE…: when the server says that they last changed
at() { touch -d "$@"; }

# proves: db update --older
@test "a feed that is older than the copy that is here is not taken unless it is asked for" {
  feeds
  osv GHSA-1 left 1.2.0 | sed 's/2024-01-02/2024-05-06/' >GHSA-1.json
  osv GHSA-2 left 1.9.0 | sed 's/2024-01-02/2024-04-05/' >GHSA-2.json
  zip srv/osv/npm/all.zip GHSA-1.json GHSA-2.json
  at 2024-05-07 srv/tracker
  printf '#model_version:v1,score_date:2024-02-03T00:00:00+0000\ncve,epss,percentile\nCVE-2024-2,0.01,0.1\n' | gzip -n >old.gz
  update
  cp a.idx first.idx
  # A mirror of yesterday, or somebody who takes GHSA-1 back.
  zip srv/osv/npm/all.zip GHSA-2.json
  sed -i s/2024-01/2023-12/ X-1.json
  tar -c X-1.json | zstd -q >srv/vex/vex-2.tar.zst
  cp old.gz srv/epss.csv.gz
  echo '{"openssl":{}}' >srv/tracker
  sed s/3.0.9-1/3.0.1-1/ <a.idx.feeds/feeds/debian/tracker.json >srv/tracker # it has no date of its own
  at 2024-05-06 srv/tracker
  run update
  [ "$status" = 3 ]
  line failed debian kept
  line failed osv/npm kept
  line failed vex kept
  line failed epss kept
  line "older than what is here: its newest date is 2024-04-05T03:04:05Z, here 2024-05-06T03:04:05Z"
  line "older than what is here: its newest date is 2023-12-02T03:04:05Z, here 2024-01-02T03:04:05Z"
  line "older than what is here: its newest date is 2024-02-03T00:00:00Z, here 2024-03-04T00:00:00Z"
  line "older than what is here: it last changed Mon, 06 May 2024" "here Tue, 07 May 2024"
  line "try: does a mirror lag behind" "--older takes it"
  said left
  line GHSA-1
  [ ! -e a.idx.feeds/part/osv-npm.zip ]
  # What was remembered is gone: the copy itself says of when it is.
  rm a.idx.feeds/state/osv-npm.zip
  run update --only osv/npm
  [ "$status" = 3 ]
  line "older than what is here"
  # Without a copy the index tells.
  rm -r a.idx.feeds
  at now srv/tracker
  printf '[[feed]]\nname="osv"\nurl="http://%s/osv/{}/all.zip"\neach=["npm"]\nfile="{}.zip"\n' "$at" >npm.toml
  zip srv/osv/npm/all.zip GHSA-1.json GHSA-2.json
  db update --feeds npm.toml --db b.idx
  rm -r b.idx.feeds
  zip srv/osv/npm/all.zip GHSA-2.json
  run db update --feeds npm.toml --db b.idx
  [ "$status" = 3 ]
  line "it is older than the index that is here"
  line "b.idx: made 2024-04-05T03:04:05Z, here 2024-05-06T03:04:05Z"
  db find left --db b.idx | grep GHSA-1
  db update --feeds npm.toml --db b.idx --older
  run -1 grep GHSA-1 <(db find left --db b.idx)
}

@test "dates of the future keep no feed out, nor does a date that another address gives" {
  feeds
  osv GHSA-1 left 1.2.0 | sed 's/2024-01-02/2999-01-02/' >GHSA-1.json
  zip srv/osv/npm/all.zip GHSA-1.json
  at 2999-01-01 srv/tracker
  update --only osv/npm,debian
  osv GHSA-1 left 1.3.0 >GHSA-1.json
  zip srv/osv/npm/all.zip GHSA-1.json
  sed -i s/3.0.9-1/3.0.10-1/ srv/tracker
  cp srv/tracker srv/other
  at 2024-01-01 srv/other
  sed -i s,/tracker,/other, t.toml
  run --separate-stderr update --only osv/npm,debian
  [ "$status" = 0 ]
  said left
  line "fixed 1.3.0"
}

@test "a feed that is unpacked to a multiple of itself is refused before it fills the memory" {
  feeds
  python3 - <<'END'
import gzip
rest = gzip.compress(b" " * (16 << 20), 9)
open("srv/tracker", "wb").write(gzip.compress(b'{"openssl":{') + rest * 60)
END
  [ "$(stat -c %s srv/tracker)" -lt 2000000 ]
  run bash -c 'ulimit -v 700000; exec "$0" db update --feeds t.toml --db a.idx --only debian' "$PARATIA"
  [ "$status" = 3 ]
  line failed debian "never fetched"
  line "unpacked, it is larger than"
}

@test "an update without its end is made up for; two at once are none" {
  feeds
  update
  cp a.idx b.idx
  osv GHSA-1 left 1.3.0 >GHSA-1.json
  zip srv/osv/npm/all.zip GHSA-1.json
  update --db c.idx --cache a.idx.feeds # as if this one had been killed before its index
  rm -f c.idx
  run --separate-stderr update
  said left
  line "fixed 1.3.0"
  exec 7>a.idx.feeds/lock
  flock 7
  run update 7>&-
  [ "$status" = 3 ]
  line "another update is at work"
}

@test "a table that is off is told with its row" {
  printf '[[feed]]\nname="a"\nurl="https://h.example/f"\nsha="1"\n' >t.toml
  run update
  [ "$status" = 3 ]
  line 'no feed has "sha"'
  line t.toml 'feed 1 "a"'
  run db update --feeds missing.toml --db a.idx
  [ "$status" = 3 ]
}
