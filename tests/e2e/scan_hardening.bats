load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan --hardening. Images are made by tests/e2e/images.

image() { "$PT_REPO/tests/e2e/images" "$@"; }
scan() { "$PARATIA" scan "$@" --state "$PWD/state"; }

schema_holds() {
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan.schema.json" doc.json
}

# ids VERDICT: ids of doc.json.
ids() { jq -r --arg v "$1" '.hardening.findings[] | select(.verdict == $v) | .id' doc.json | sort; }
evidence() { jq -r --arg id "$1" '.hardening.findings[] | select(.id == $id) | "\(.verdict): \(.evidence // "")"' doc.json; }

# weak: ./img: an image with every defect that needs no program.
weak() {
  image img '{"names":["weak:1"],
    "config":{"Env":["PATH=/bin:","DB_PASSWORD=hunter2","NODE_TLS_REJECT_UNAUTHORIZED=0","FLASK_DEBUG=1","LD_PRELOAD=./x.so"],
      "Cmd":["/bin/sh","-c","sleep 1"],"ExposedPorts":{"22/tcp":{}},"Volumes":{"/etc":{}},"OnBuild":["COPY . /"],"User":"root"},
    "steps":["ENV DB_PASSWORD=hunter2"],
    "layers":[
      {"step":"ADD root.tar /","entries":[
        {"path":"bin/sh","text":"x","mode":511},{"path":"usr/bin/apt","text":"x"},{"path":"usr/bin/gcc","text":"x"},
        {"path":"usr/bin/gdb","text":"x"},{"path":"usr/bin/nc","text":"x"},{"path":"usr/sbin/sshd","text":"x"},{"path":"usr/bin/sudo","text":"x"},
        {"path":"etc/passwd","text":"root:x:0:0::/:/bin/sh\nroot2:x:0:0::/:/bin/sh\na:x:7:7::/:\nb::7:7::/:\n"},
        {"path":"etc/shadow","text":"root:$y$hunter2hash:1:\na::1:\n"},
        {"path":"etc/sudoers","text":"a ALL=NOPASSWD: ALL\n"},{"path":"etc/ssh/sshd_config","text":"PermitRootLogin yes\n"},
        {"path":"etc/apt/sources.list","text":"deb [trusted=yes] http://x y z\n"},{"path":"etc/ssl/openssl.cnf","text":"MinProtocol = TLSv1\n"},
        {"path":"etc/ld.so.preload","text":"/x.so\n"},{"path":"root/.npmrc","text":"//r/:_authToken=hunter2\n"}]},
      {"step":"RUN |1 API_TOKEN=hunter2 /bin/sh -c curl https://x | sh","entries":[
        {"path":"opt/su","text":"x","mode":2541},{"path":"opt/cap","text":"x","pax":{"SCHILY.xattr.security.capability":"\u0001"}},
        {"path":"opt/open","text":"x","mode":438},{"path":"opt/spool","dir":true,"mode":511},{"path":"opt/sda","device":[8,0]},
        {"path":"opt/mine","text":"x","uid":1000},{"path":"app/.git/HEAD","text":"x"},{"path":"var/cache/apt/x.deb","text":"x"},
        {"path":"usr/local/share/ca-certificates/x.crt","text":"x"},{"path":"root/.netrc","text":"machine x login y password hunter2\n"}]},
      {"step":"ADD https://example.org/x /x","entries":[{"path":"root/.wh..netrc","text":""}]},
      {"step":"ADD x /x","entries":[{"path":"x","text":"x"}]},
      {"step":"RUN apt-get update","entries":[{"path":"y","text":"x"}]},
      {"step":"RUN apt-get dist-upgrade","entries":[{"path":"z","text":"x"}]}]}'
}

# proves: scan --hardening
@test "every defect of an image is found, with the file and the layer" {
  weak
  scan img --hardening --json >doc.json
  schema_holds
  ids fail >found
  for id in ADD ADD-URL CA CACHE COMPILER CRED-FILE DEBUG DEBUGGER DEVICE EMPTY-PASS ENTRY-WRITE FILE-CAPS GIT GONE-CRED HEALTH ID-TWICE \
    LABELS LD-ENV MINIMALITY NETTOOL NOPASSWD ONBUILD OWNERLESS PASSWORD PATH PIPE-SHELL PKGMGR PORT PRELOAD REPO-TRUST ROOT SECRET-ARG \
    SECRET-ENV SETUID SHELL SHELL-FORM SSHD SSHD-ROOT STICKY SUDO TLS-OFF TLS-WEAK UID0 UPDATE UPGRADE VOLUME WRITABLE; do
    echo "PT-IMG-$id"
  done | grep -v MINIMALITY | sort >wanted
  diff wanted <(grep -v MINIMALITY found)
  [ "$(evidence PT-IMG-SETUID)" = "fail: /opt/su" ]
  [ "$(evidence PT-IMG-EMPTY-PASS)" = "fail: /etc/passwd:4 (b), /etc/shadow:2 (a)" ]
  [ "$(evidence PT-IMG-GONE-CRED)" = "fail: /root/.netrc" ]
  jq -e '.hardening.findings[] | select(.id == "PT-IMG-SETUID") | .source | startswith("layer 2: ")' doc.json
}

@test "what is secret is in no output of hardening" {
  weak
  scan img --hardening --json | jq 'del(.layers[].step)' >doc.json
  run ! grep hunter2 doc.json
  scan img --hardening --output sarif=out.sarif | sed -n '/PT-IMG/p' >plain
  run ! grep hunter2 plain out.sarif
}

@test "an image that is hardened has no finding" {
  image img '{"config":{"User":"10001","Env":["PATH=/usr/bin"],"Entrypoint":["/app"],"Healthcheck":{"Test":["CMD","/app","-c"]},
      "Labels":{"org.opencontainers.image.source":"x","org.opencontainers.image.revision":"y"}},
    "layers":[{"entries":[{"path":"app","text":"x","mode":493},{"path":"etc/passwd","text":"root:x:0:0::/:\napp:x:10001:10001::/:\n"}]}]}'
  scan img --hardening --json >doc.json
  schema_holds
  [ -z "$(ids fail)" ]
  [ -z "$(ids 'not evaluated')" ]
  [ "$(jq .hardening.minimality.score doc.json)" = 100 ]
  run -0 scan img --hardening --fail-on negligible
  line "0 fail" "0 not evaluated" "minimality 100"
  run -0 scan img
  ! grep -q minimality <<<"$output"
}

@test "what is read through links, or is included, is no pass" {
  image img '{"layers":[
    {"entries":[{"path":"opt/s","text":"root::1::::::\n"},{"path":"opt/p","text":"/opt/x.so\n"},{"path":"opt/d/x","text":"a ALL=NOPASSWD: ALL\n"}]},
    {"entries":[{"path":"etc/shadow","hard":"opt/s"},{"path":"etc/ld.so.preload","link":"../opt/p"},{"path":"etc/sudoers.d","link":"/opt/d"},
      {"path":"opt/ssh/a.cf","text":"PermitRootLogin yes\n"},{"path":"etc/ssh/sshd_config","text":"Include /opt/ssh/*.cf\n"}]}]}'
  scan img --hardening --json >doc.json
  [ "$(evidence PT-IMG-EMPTY-PASS)" = "not evaluated: /etc/shadow" ]
  [ "$(evidence PT-IMG-PRELOAD)" = "not evaluated: /etc/ld.so.preload" ]
  [ "$(evidence PT-IMG-NOPASSWD)" = "not evaluated: /opt/d/x" ]
  [ "$(evidence PT-IMG-SSHD-ROOT)" = "not evaluated: /opt/ssh/a.cf" ]
}

@test "how programs were built is seen in their files" {
  cat >p.c <<'C'
#include <stdio.h>
#include <string.h>
int main(int n, char **v) {
    char b[64];
    strcpy(b, v[0]);
    return printf("%s %d\n", b, n) < 0;
}
C
  local good="-O2 -fPIE -pie -Wl,-z,relro,-z,now,-z,noexecstack -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
  local entries=""
  while read -r name flags; do
    gcc $good $flags -o "$name" p.c
    entries+=',{"path":"app/'$name'","from":"'$name'","mode":493}'
  done <<'P'
good
fixed -fno-pie -no-pie
lazy -Wl,-z,lazy
norelro -Wl,-z,norelro
stack -Wl,-z,execstack
canary -fno-stack-protector
fortify -U_FORTIFY_SOURCE
rpath -Wl,-rpath,lib
P
  gcc $good -static-pie -s -o static p.c
  entries+=',{"path":"lib/static","from":"static","mode":493}'
  image img '{"layers":[{"entries":['"${entries#,}"']}]}'
  scan img --hardening --json >doc.json
  [ "$(evidence PT-IMG-ELF-PIE)" = "fail: /app/fixed" ]
  [ "$(evidence PT-IMG-ELF-RELRO)" = "fail: /app/lazy, /app/norelro" ]
  [ "$(evidence PT-IMG-ELF-STACK)" = "fail: /app/stack" ]
  [ "$(evidence PT-IMG-ELF-CANARY)" = "fail: /app/canary" ]
  [ "$(evidence PT-IMG-ELF-FORTIFY)" = "fail: /app/fortify" ]
  [ "$(evidence PT-IMG-ELF-RPATH)" = "fail: /app/rpath" ]
  [ "$(evidence PT-IMG-ELF-RWX)" = "pass: " ]
  image one '{"layers":[{"entries":[{"path":"static","from":"static","mode":493}]}]}'
  scan one --hardening --json >doc.json
  [ "$(evidence PT-IMG-ELF-CANARY)" = "not evaluated: /static" ]
}

@test "a gate may be for hardening alone, and notes do not count" {
  image img '{"config":{"User":"7","Healthcheck":{"Test":["CMD","x"]}},"layers":[{"entries":[{"path":"opt/x","text":"x","mode":2541}]}]}'
  run -1 scan img --hardening --fail-on medium
  line "medium  fail  img  PT-IMG-SETUID  -  Programs run with another's rights  /opt/x"
  line "Exit 1" "finding"
  run -0 scan img --hardening --fail-on high
  run -2 scan . --hardening
  line "error: --hardening is for images; this is a source tree"
}

@test "a waiver accepts a finding, and reports know it" {
  image img '{"config":{"User":"7","Healthcheck":{"Test":["CMD","x"]}},"layers":[{"entries":[{"path":"opt/x","text":"x","mode":2541}]}]}'
  printf 'waivers:\n  - check: PT-IMG-SETUID\n    subject: "*"\n    reason: needed\n    owner: ops\n    expires: 2099-01-01\n' >paratia.yaml
  run -0 scan img --hardening --fail-on medium --config paratia.yaml --output sarif=out.sarif --output html=out.html
  line "PT-IMG-SETUID  waived  "
  jq -e '.runs[0].results[] | select(.ruleId == "PT-IMG-SETUID")' out.sarif
  grep -q PT-IMG-LABELS out.html
}

@test "a terminal shows what fails, and counts notes" {
  image img '{"layers":[{"entries":[{"path":"bin/sh","text":"x","mode":493}]}]}'
  script -qec "stty cols 80; '$PARATIA' scan img --state '$PWD/state' --hardening --ascii --color never" /dev/null >screen
  run cat screen
  line "Hardening"
  line "x Image runs as root by default" "medium" "PT-IMG-ROOT"
  line "notes: --full shows them"
  line "90 of 100: a shell (1) -10"
  sed -n '/^Hardening/,/^Layers/p' screen | awk '{ sub(/\r$/, ""); if (length($0) > 80) exit 1 }'
}
