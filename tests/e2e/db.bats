load lib
load advisories
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia db. Feeds are written by each test.

db() { "$PARATIA" db "$@"; }

# osv ID ECOSYSTEM NAME FIXED [MORE]: an advisory, from the first version on; MORE: further fields.
osv() {
  printf '{"id":"%s","modified":"2024-01-02T03:04:05Z",%s"affected":[{"package":{"ecosystem":"%s","name":"%s"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"%s"}]}]}]}' \
    "$1" "${5:-}" "$2" "$3" "$4"
}

# feeds: one of each kind, below ./feeds.
feeds() {
  mkdir -p feeds/{npm,yaml,debian,alpine,use}
  osv GHSA-1 npm left 1.2.0 '"aliases":["CVE-2024-1"],"database_specific":{"severity":"HIGH"},' >feeds/npm/GHSA-1.json
  osv GHSA-2 npm left 9.0.0 '"withdrawn":"2024-02-02T00:00:00Z",' >feeds/npm/GHSA-2.json
  printf 'id: PYSEC-1\nmodified: "2024-01-02T00:00:00Z"\naffected:\n- package: {ecosystem: PyPI, name: Some_Name}\n  versions: ["1.0", "1.1"]\n' >feeds/yaml/PYSEC-1.yaml
  echo '{"openssl":{"CVE-2024-2":{"releases":{"bookworm":{"status":"resolved","fixed_version":"3.0.9-1","urgency":"low"},"trixie":{"status":"resolved","fixed_version":"0","urgency":"low"}}},"CVE-2024-3":{"releases":{"bookworm":{"status":"open","urgency":"low","nodsa_reason":"ignored"}}}}}' >feeds/debian/tracker.json
  echo '{"distroversion":"v3.20","reponame":"main","urlprefix":"https://a.example","packages":[{"pkg":{"name":"openssl","secfixes":{"3.3.1-r0":["CVE-2024-2"],"0":["CVE-2024-4"]}}}]}' >feeds/alpine/main.json
  echo '{"catalogVersion":"1","dateReleased":"2024-03-01T00:00:00Z","vulnerabilities":[{"cveID":"CVE-2024-1","dateAdded":"2024-02-01","knownRansomwareCampaignUse":"Known"}]}' >feeds/use/kev.json
  printf '#model_version:v1,score_date:2024-03-04T00:00:00+0000\ncve,epss,percentile\nCVE-2024-1,0.97,0.999\n' | gzip -n >feeds/use/epss.csv.gz
}

# proves: db build
# proves: db build --out
# proves: db --out
# proves: db info
# proves: db info --json
# proves: db --json
# proves: db --db
@test "feeds of every kind become one index that says what it is made of" {
  feeds
  run --separate-stderr db build feeds --out a.idx
  [ "$status" = 0 ]
  has "7 advisories"
  has "the use of 1 flaw"
  has "0 problems"
  run --separate-stderr db info --db a.idx --json --max-age 366d
  [ "$status" = 0 ]
  [ "$(jq -r '[.sources[] | "\(.name)=\(.kind)"] | join(" ")' <<<"$output")" = \
    "feeds/alpine=secdb feeds/debian=debian feeds/npm=osv feeds/use=epss feeds/use=kev feeds/yaml=osv" ]
  [ "$(jq -r '.sources[] | select(.kind == "epss").date' <<<"$output")" = 2024-03-04T00:00:00Z ]
  run --separate-stderr db info --db a.idx
  line feeds/npm osv "2 advisories"
}

# proves: db find
# proves: db find --ecosystem
# proves: db find --version
# proves: db --ecosystem
# proves: db --version
@test "it tells what it knows of a package, state by state" {
  feeds
  db build feeds --out a.idx
  run --separate-stderr db find openssl --db a.idx
  line CVE-2024-2 Debian:12 affected "fixed 3.0.9-1"
  line CVE-2024-2 Debian:13 "not affected"
  line CVE-2024-3 Debian:12 "won't fix"
  line CVE-2024-4 Alpine:v3.20 "not affected"
  has "5 statements"
  run --separate-stderr db find openssl --db a.idx --ecosystem Debian:12 --version 3.0.9-1
  [ "$status" = 0 ]
  hasnt CVE-2024-2
  line CVE-2024-3
  run --separate-stderr db find openssl --db a.idx --ecosystem Debian --version 3.0.8-1
  line CVE-2024-2 Debian:12
  run --separate-stderr db find some.NAME --db a.idx --version 1.1.0
  line PYSEC-1 PyPI affected
  run --separate-stderr db find left --db a.idx --version 1.1.9 --json
  [ "$(jq -r '.statements[] | "\(.advisory.id) \(.state) \(.advisory.label) \(.range.fixed) \(.advisory.kev.ransomware) \(.advisory.epss.score)"' <<<"$output" | head -1)" = \
    "GHSA-1 affected high 1.2.0 true 0.97" ]
  run --separate-stderr db find left --db a.idx --version 'not one'
  line GHSA-1 "not evaluated"
}

# As Red Hat, SUSE and Chainguard publish them.
@test "feeds in tars, packed or not, are read like those in folders" {
  local way
  mkdir -p feeds/a tars
  osv X-1 npm left 1.2.0 >feeds/a/X-1.json
  osv X-2 npm left 1.3.0 >feeds/a/X-2.json
  osv "" npm left 1.4.0 >feeds/a/nameless.json
  echo hello >feeds/a/README.md
  for way in none gzip zstd bzip2; do
    rm -rf tars/* a.idx
    if [ $way = none ]; then tar -C feeds -cf tars/a.tar a; else tar -C feeds -c a | $way -c >tars/a.tar.x; fi
    run db build tars --out a.idx --keep-going
    [ "$status" = 0 ]
    has "2 advisories"
    line "tars/a.tar" "a/nameless.json" "it has no id"
    line "tars/a.tar" "a/README.md"
    has "1 problem,"
    run --separate-stderr db find left --db a.idx --ecosystem npm
    line X-2 "fixed 1.3.0"
    run --separate-stderr db info --db a.idx --json
    [ "$(jq -r '.sources[0].digest' <<<"$output")" = "sha256:$(sha256sum tars/a.tar* | cut -d' ' -f1)" ]
  done
  truncate -s -20 tars/a.tar.x
  run db build tars --out b.idx
  [ "$status" = 3 ]
  line "tars/a.tar.x" "cut off"
}

@test "a withdrawn advisory is told as such" {
  feeds
  db build feeds --out a.idx
  run --separate-stderr db find left --db a.idx
  line GHSA-2 withdrawn
}

@test "an ecosystem that nothing is known of is no ecosystem without flaws" {
  feeds
  db build feeds --out a.idx
  run db find left --db a.idx --ecosystem Hex
  [ "$status" = 3 ]
  has "has nothing about Hex"
  run --separate-stderr db find right --db a.idx --ecosystem npm
  [ "$status" = 0 ]
  has "0 statements"
}

# proves: db build --keep-going
# proves: db --keep-going
@test "what is broken is told with file and place, and no index is made unless it is left out" {
  feeds
  printf '{"id":"X-1",\n"affected":[}' >feeds/npm/broken.json
  osv "" npm x 1 >feeds/npm/nameless.json
  printf '{"id":"X-2","affected":[{"package":{"name":"x"}}]}' >feeds/npm/half.json
  echo hello >feeds/README.md
  run db build feeds --out a.idx
  [ "$status" = 3 ]
  line "feeds/npm/broken.json, line 2"
  line "feeds/npm/half.json, affected[0]" "without an ecosystem"
  has "feeds/README.md"
  line "feeds/npm/nameless.json" "it has no id"
  has "3 things cannot be read"
  [ ! -e a.idx ]
  run db build feeds --out a.idx --keep-going
  [ "$status" = 0 ]
  has "7 advisories"
  has "3 problems"
  run --separate-stderr db info --db a.idx --json
  [ "$(jq '.sources[] | select(.name == "feeds/npm").problems' <<<"$output")" = 3 ]
}

@test "ranges that have no order are told" {
  feeds
  osv X-1 Elsewhere x 1 >feeds/npm/X-1.json
  run db build feeds --out a.idx
  [ "$status" = 0 ]
  has "1 ranges have no order"
}

@test "nothing in it is no index, and the old one stays" {
  feeds
  db build feeds --out a.idx
  mkdir empty
  echo hello >empty/README.md
  cp a.idx b.idx
  run db build empty --out a.idx
  [ "$status" = 3 ]
  has "no advisories are there"
  cmp a.idx b.idx
  run db build missing --out a.idx
  [ "$status" = 3 ]
  has missing
}

@test "the same advisories give the same bytes, whatever their place and order" {
  feeds
  db build feeds --out a.idx
  mkdir -p else
  cp -rp feeds else/feeds
  mv else/feeds/npm/GHSA-1.json else/feeds/npm/zzz.json
  db build else/feeds --out b.idx
  cmp a.idx b.idx
}

@test "a dump says what its files say" {
  feeds
  db build feeds/npm --out a.idx
  mkdir dump
  (cd feeds/npm && python3 -c 'import sys, zipfile
with zipfile.ZipFile("../../dump/all.zip", "w", zipfile.ZIP_DEFLATED) as z:
    [z.write(p) for p in sys.argv[1:]]' GHSA-2.json GHSA-1.json)
  db build dump --out b.idx
  db find left --db a.idx --json --max-age 366d 2>/dev/null | jq 'del(.. | .source?)' >a.json
  db find left --db b.idx --json --max-age 366d 2>/dev/null | jq 'del(.. | .source?)' >b.json
  diff a.json b.json
  printf 'PK\3\4 rubbish' >dump/cut.zip
  run db build dump --out c.idx
  [ "$status" = 3 ]
  has "dump/cut.zip"
}

# proves: db info --max-age
# proves: db --max-age
@test "a stale index warns" {
  mkdir new
  osv A-1 npm x 1.0.0 | sed "s/2024-01-02T03:04:05Z/$(date -u -d '3 days ago' +%FT%TZ)/" >new/A-1.json
  db build new --out a.idx
  run db info --db a.idx
  hasnt warning
  run db info --db a.idx --max-age 2d
  [ "$status" = 0 ]
  has "warning: the advisory index is 3 days old"
  run db info --db a.idx --max-age soon
  [ "$status" = 2 ]
}

@test "a date that has not come makes no index young, and neither does what is known to be exploited" {
  mkdir -p feeds/old feeds/use
  osv A-1 npm x 1.0.0 >feeds/old/1.json
  osv A-2 npm y 1.0.0 | sed s/2024-01-02T03:04:05Z/2099-01-01T00:00:00Z/ >feeds/old/2.json
  printf '{"catalogVersion":"1","dateReleased":"%s","vulnerabilities":[{"cveID":"CVE-2024-1","dateAdded":"2024-02-01"}]}' "$(date -u +%FT%TZ)" >feeds/use/kev.json
  db build feeds --out a.idx
  run db info --db a.idx
  line "Made     2024-01-02T03:04:05Z, "
  has "warning: the advisory index is "
  rm feeds/old/1.json # nothing but 2099: nobody knows, which is not "now"
  db build feeds --out a.idx
  run db info --db a.idx
  line "Made     1970-01-01"
  made_in 2099 a.idx b.idx
  run --separate-stderr db info --db b.idx
  line "Made     2099-01-01" "its age is not known"
  [[ $stderr == *"made in the future"* ]]
  run --separate-stderr db info --db b.idx --json
  [ "$(jq 'has("age_s")' <<<"$output")" = false ]
}

# proves: db verify
@test "a damaged index is found" {
  feeds
  db build feeds --out a.idx
  run db verify --db a.idx
  [ "$status" = 0 ]
  has "verified"
  printf X | dd of=a.idx bs=1 seek=$(($(stat -c %s a.idx) - 60)) conv=notrunc status=none
  run db verify --db a.idx
  [ "$status" = 1 ]
  has "damaged"
  head -c 300 a.idx >b.idx
  run db info --db b.idx
  [ "$status" = 1 ]
  run db info --db feeds/npm/GHSA-1.json
  [ "$status" = 3 ]
  has "no advisory index"
  run db info --db none.idx
  [ "$status" = 3 ]
  has "there is no advisory index"
}

# proves: db build --sign
# proves: db --sign
# proves: db verify --db-key
# proves: db --db-key
@test "a signed index is told from another one" {
  feeds
  (umask 077 && head -c 32 /dev/urandom >key && head -c 32 /dev/urandom >other)
  db build feeds --out a.idx --sign key 2>err
  sed -n 's/^signed by //p' err >pub
  run --separate-stderr db verify --db a.idx --db-key pub
  [ "$status" = 0 ]
  run --separate-stderr db find left --db a.idx --db-key "$(cat pub)"
  [ "$status" = 0 ]
  # another key's, another index, none
  db build feeds/npm --out b.idx --sign other
  run db verify --db b.idx --db-key pub
  [ "$status" = 1 ]
  cp a.idx.sig b.idx.sig
  run db find left --db b.idx --db-key pub
  [ "$status" = 1 ]
  has "another index was signed"
  rm b.idx.sig
  run db info --db b.idx --db-key pub
  [ "$status" = 3 ]
  chmod 644 key
  run db build feeds --out c.idx --sign key
  [ "$status" = 3 ]
  has "others may read the key"
}

# proves: db export
# proves: db import
# proves: scan --db-key
@test "with a key nothing is answered from an index whose body was changed" {
  feeds
  (umask 077 && head -c 32 /dev/urandom >key)
  db build feeds --out a.idx --sign key 2>err
  sed -n 's/^signed by //p' err >pub
  mkdir tree
  echo '{"lockfileVersion":3,"packages":{"":{"name":"shop","version":"1.0.0"}}}' >tree/package-lock.json
  run -0 "$PARATIA" scan --no-record tree --db a.idx --db-key pub
  python3 -c 'b = open("a.idx", "rb").read(); open("b.idx", "wb").write(b[:-60] + b"X" + b[-59:])'
  cp a.idx.sig b.idx.sig
  local verb
  for verb in "db find left" "db info" "db verify"; do
    run --separate-stderr $PARATIA $verb --db b.idx --db-key pub
    [ "$status" = 1 ]
    [ -z "$output" ]
    [[ $stderr == *damaged* ]]
  done
  run -3 "$PARATIA" scan --no-record tree --db b.idx --db-key pub
  has "damaged"
  run -3 "$PARATIA" scan --no-record tree --db none.idx --db-key pub
}

# proves: db import --db-key
@test "an index goes to where there is no network" {
  feeds
  (umask 077 && head -c 32 /dev/urandom >key)
  db build feeds --out a.idx --sign key 2>err
  sed -n 's/^signed by //p' err >pub
  run db export stick.idx --db a.idx
  [ "$status" = 0 ]
  cmp a.idx stick.idx
  run db import stick.idx --db there.idx --db-key pub
  [ "$status" = 0 ]
  run db verify --db there.idx --db-key pub
  [ "$status" = 0 ]
  # one without a signature leaves none of the old one's
  db build feeds/npm --out b.idx
  run db import b.idx --db there.idx --db-key pub
  [ "$status" = 3 ]
  cmp a.idx there.idx
  db import b.idx --db there.idx
  [ ! -e there.idx.sig ]
  head -c 1000 a.idx >cut.idx
  run db import cut.idx --db there.idx
  [ "$status" = 1 ]
  cmp b.idx there.idx
  run db export
  [ "$status" = 2 ]
}

@test "without --db it is the user's own" {
  [ "$(id -u)" = 0 ] || skip "needs root to be somebody else"
  local own
  own=$(mktemp -d)
  chmod 777 "$own"
  (cd "$own" && feeds)
  nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_DATA_HOME HOME="$own" "$@"; }
  if ! nobody "$PARATIA" --version; then
    rm -rf "$own"
    skip "another user cannot run it"
  fi
  run nobody "$PARATIA" db build "$own/feeds"
  [ "$status" = 0 ]
  [ -s "$own/.local/share/paratia/advisories.idx" ]
  run nobody "$PARATIA" db find left --max-age 366d
  line GHSA-1
  rm -rf "$own"
}

@test "words that are off are told" {
  run db
  [ "$status" = 2 ]
  run db burn
  [ "$status" = 2 ]
  run db build
  [ "$status" = 2 ]
  run db find --db a.idx
  [ "$status" = 2 ]
  run db inof
  [ "$status" = 2 ]
  has "db has no inof"
  has "try: paratia db info"
  for verb in info verify update; do
    run db $verb a.idx
    [ "$status" = 2 ]
    has "db $verb takes no a.idx"
  done
}

# proves: db --help
@test "help of db fits eighty columns, and names what it does" {
  local verb
  for verb in "" build info verify find export import; do
    run db $verb --help
    [ "$status" = 0 ]
    [ "$(wc -L <<<"$output")" -le 80 ]
  done
  has "advisory index"
}
