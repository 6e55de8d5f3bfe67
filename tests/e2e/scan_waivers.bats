load lib
load advisories
bats_require_minimum_version 1.5.0 # run --separate-stderr

# What paratia scan shows can be accepted, and what is accepted, known or new can be told.

scan() { "$PARATIA" scan --no-record --no-cache "$@"; }
image() { "$PT_REPO/tests/e2e/images" "$@"; }

token=ghp_$(printf 'abcdefghijABCDEFGHIJ0123456789abcdef')

# bad OUT FORM: an image with each kind of finding; what was asked for stands in $asked.
asked=(--db a.idx --secrets --hardening --tampering --licences --deny libssl3 --policy p.rego)
bad() {
  local ok=0cc175b9c0f1b6a831c399e269772661 # of "a"
  image "$1" '{"form":"'"$2"'","names":["shop/web:1"],"layers":[{"entries":[
    {"path":"etc/os-release","text":"ID=debian\nVERSION_ID=12\n"},
    {"path":"var/lib/dpkg/status","text":"Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.1\n\n"},
    {"path":"var/lib/dpkg/info/libssl3.list","text":"/usr/bin/p\n"},{"path":"var/lib/dpkg/info/libssl3.md5sums","text":"'$ok'  usr/bin/p\n"},
    {"path":"usr/bin/p","text":"b","mode":493},{"path":"app/env","text":"T='$token'"},
    {"path":"app/node_modules/x/package.json","text":"{\"name\":\"x\",\"version\":\"1.0.0\",\"license\":\"CC-BY-NC-4.0\"}"}]},
    {"entries":[{"path":"y","text":"y"}],"spoil":"diff-id"}],"config":{"Env":["API_TOKEN='$token'"]}}'
  printf 'package main\ndeny_x contains "no  such \\"thing\\": at all" if input.packages\n' >p.rego
  indexed
}

# waivers: of $output's failures, check and subject as they are shown, in ./w.yaml.
waivers() {
  echo 'waivers:' >w.yaml
  awk -F '  +' '$2 == "fail" {printf "%s\t%s\n", $4, $3}' <<<"$output" | sort -u >shown
  jq -rR 'split("\t") | "  - {check: \(.[0] | tojson), subject: \(.[1] | tojson), reason: r, owner: me, expires: 2099-01-01}"' shown >>w.yaml
}

# kinds: of the checks in ./shown.
kinds() {
  local id
  for id in PT-IMG-INTACT CVE-2024-1 PT-IMG-SECRETS/github-pat PT-IMG-ROOT PT-IMG-CHANGED-PROG PT-IMG-LICENCE/CC-BY-NC-4.0 PT-IMG-DENIED PT-IMG-POLICY/deny_x; do
    grep -q "^$id	" shown || { echo "no $id"; cat shown; return 1; }
  done
}

@test "whatever is shown of an image in a file is waived by its check and subject as they are shown" {
  bad img oci-dir
  run -1 scan img "${asked[@]}"
  waivers
  kinds
  [ "$(cut -f2 shown | sort -u)" = img ]
  run -3 scan img "${asked[@]}" --config w.yaml --fail-on negligible # the layer is not what it says, so that not all was read
  line "0 fail, " " waived"
  [ "$(awk -F '  +' '$2 == "fail" && $5 != "waived"' <<<"$output")" = "" ]
  # The name that the archive gives itself accepts nothing.
  sed -i 's/subject: "img"/subject: "shop\/web:1"/' w.yaml
  run -1 scan img "${asked[@]}" --config w.yaml
  hasnt "  waived  "
}

@test "likewise of an image in a pipe, and of a root file system" {
  bad img.tar oci-tar
  run -1 scan - "${asked[@]}" < <(cat img.tar)
  waivers
  kinds
  [[ $(cut -f2 shown | sort -u) == sha256:* ]]
  run -3 scan - "${asked[@]}" --config w.yaml --fail-on negligible < <(cat img.tar)
  line "0 fail, " " waived"
  debian 3.0.15-1
  mkdir -p "root/a dir"
  mv root "a root"
  run -1 scan "a root" --db a.idx --deny libssl3 --fail-on low
  waivers
  [ "$(cut -f2 shown | sort -u)" = "a root" ]
  run -0 scan "a root" --db a.idx --deny libssl3 --fail-on low --config w.yaml
  line "0 fail, 3 waived"
}

@test "lines of a pipe are of one form: severity, verdict, subject, check, mark, title" {
  bad img oci-dir
  run -1 scan img "${asked[@]}"
  local findings
  findings=$(sed '1d;/^Exit /,$d' <<<"$output")
  [ "$(wc -l <<<"$findings")" -gt 10 ]
  [ -z "$(grep -vE '^(critical|high|medium|low|info)  (fail|not evaluated)  img  (PT-IMG-[A-Z0-9-]+(/[^ ]+)?|CVE-[0-9-]+)  -  [A-Z]' <<<"$findings")" ]
  line "critical  fail  img  CVE-2024-1  -  CVE-2024-1 in libssl3  var/lib/dpkg/status  libssl3 3.0.1, fixed in 3.0.99-1"
  line "fail  img  PT-IMG-SECRETS/github-pat  -  " "  app/env:1:1  " "layer 1"
  # With --full what is good or set aside, too.
  run -1 scan img "${asked[@]}" --full
  line "pass  img  PT-IMG-ADVISED  -  "
  line "not applicable  img  "
}

@test "what is new is marked, what is known steps back, in a pipe and on a terminal" {
  indexed
  debian 3.0.15-1
  run -0 "$PARATIA" scan root --db a.idx --state st --output json=known.json
  advisory CVE-2024-3 openssl 3.0.99-1 $little >feeds/3.json
  "$PARATIA" db build feeds --out a.idx
  run -0 "$PARATIA" scan root --db a.idx --against last --state st
  line "low  fail  root  CVE-2024-3  new  "
  hasnt CVE-2024-1
  line "1 fail, 1 new, 2 known"
  run -0 scan root --db a.idx --baseline known.json
  line "low  fail  root  CVE-2024-3  new  "
  hasnt CVE-2024-1
  line "1 fail, 1 new, 2 known"
  run -0 scan root --db a.idx --baseline known.json --full
  line "critical  fail  root  CVE-2024-1  known  "
  # An upgrade that closes nothing but what is known is not shown; of a new one it is said.
  run -0 script -qec "stty cols 80; '$PARATIA' scan --no-record root --db a.idx --color never --baseline known.json" /dev/null
  line "libssl3 of openssl" "1 low" "  new"
  line "CVE-2024-1" "1 known"
  hasnt "without a fix"
  rm feeds/3.json
  "$PARATIA" db build feeds --out a.idx
  run -0 script -qec "stty cols 80; '$PARATIA' scan --no-record root --db a.idx --color never --baseline known.json" /dev/null
  hasnt Upgrade
  line "0 fail, 0 new, 2 known"
}
