load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan --secrets. Images are made by tests/e2e/images. The secrets are of the tests' own making.

image() { "$PT_REPO/tests/e2e/images" "$@"; }
scan() { "$PARATIA" scan --no-record "$@"; }

# Put together here: a text that holds one would be found in this file, too.
token=ghp_$(printf 'abcdefghijABCDEFGHIJ0123456789abcdef')
password=s3cret-Pass

# secrets: of doc.json, "rule@layer file:line deleted_in".
secrets() {
  jq -r '.secrets[] | "\(.rule)@\(.layer // "-") \(.file // .config):\(.line) \(.deleted_in // "-")"' doc.json
}

# silent FILE…: no secret is in them.
silent() {
  ! grep -F -e "$token" -e "$password" -- "$@"
}

schema_holds() {
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan.schema.json" doc.json
}

# three_layers: ./img: a file with a token that layer 2 deletes; one that layer 3 replaces; a step with a password.
three_layers() {
  image img '{"names":["a:1"],"layers":[
    {"entries":[{"path":"app/env","text":"A=1\nTOKEN='$token' end\n"},{"path":"app/b","text":"T='$token'"},{"path":"app/c","text":"whatever"}]},
    {"step":"ENV DB=postgres://shop:'$password'@db.example.org/shop","entries":[{"path":"app/.wh.env","text":""}]},
    {"entries":[{"path":"app/b","text":"T=none"},{"path":"app/d","text":"'$token'"}]}]}'
}

# proves: scan --secrets
@test "secrets of every layer are found, also in files that a later one deletes" {
  three_layers
  scan img --secrets --json >doc.json
  schema_holds
  run secrets
  line github-pat@1 app/env:2 " 2"
  line github-pat@1 app/b:1 " 3"
  line github-pat@3 app/d:1 " -"
  line connection-string@- "history"
  [ "${#lines[@]}" = 4 ]
  [ "$(jq -r '[.secrets[] | select(.rule == "github-pat") | .fingerprint] | unique | length' doc.json)" = 1 ]
  [ "$(jq -r '[.secrets[].fingerprint] | unique | length' doc.json)" = 2 ]
}

@test "a secret is never told, on a terminal, in a pipe or as JSON" {
  three_layers
  scan img --secrets --json >doc.json
  scan img --secrets >plain
  script -qec "stty cols 80; '$PARATIA' scan --no-record img --secrets" /dev/null >screen
  scan img --secrets --fail-on low >over || [ $? = 1 ]
  silent doc.json plain screen over
  run cat plain
  line critical github-pat app/env:2 "layer 1" "TOKEN=****" "deleted in layer 2"
  line high connection-string "  history" "postgres://shop:****"
  has "4 secrets (3 critical, 1 high)"
  run cat screen
  line "Secrets"
  line "app/env:2, 40 bytes, deleted in layer 2"
}

@test "without the option nothing is searched, and no rule is compiled" {
  three_layers
  scan img --json >doc.json
  [ "$(jq 'has("secrets")' doc.json)" = false ]
}

@test "variables, labels, commands are searched, too" {
  image img '{"layers":[{"entries":[]}]}'
  python3 - "$token" "$password" <<'PY'
import glob, hashlib, json, os, sys
token, password = sys.argv[1:]
index = json.load(open("img/index.json"))
def blob(d): return "img/blobs/sha256/" + d["digest"][7:]
def put(v):
    b = json.dumps(v).encode()
    h = hashlib.sha256(b).hexdigest()
    open("img/blobs/sha256/" + h, "wb").write(b)
    return {"digest": "sha256:" + h, "size": len(b)}
m = json.load(open(blob(index["manifests"][0])))
c = json.load(open(blob(m["config"])))
c["config"] = {"Env": ["PATH=/bin", "TOKEN=" + token], "Labels": {"db": "postgres://shop:%s@h.example.org/x" % password},
               "Entrypoint": ["run", token], "Cmd": ["--token", token]}
m["config"].update(put(c))
index["manifests"][0].update(put(m))
json.dump(index, open("img/index.json", "w"))
PY
  scan img --secrets --json >doc.json
  silent doc.json
  run secrets
  line "github-pat@- Env TOKEN:1"
  line "connection-string@- Labels db:1"
  line "github-pat@- Entrypoint:1"
  line "github-pat@- Cmd:1"
}

@test "a secret that lies across windows of a large file is found once, with its line" {
  python3 - "$token" <<'PY'
import sys
line = "x" * 99 + "\n"
at = (1 << 20) - 20 # across the end of the first window
text = (line * (at // 100 + 1))[:at] + "\nT=" + sys.argv[1] + "\n" + line * 90000
open("large", "w").write(text)
PY
  image img '{"layers":[{"entries":[{"path":"app/large","from":"large"},{"path":"app/binary","from":"'"$PARATIA"'"}]}]}'
  scan img --secrets --json >doc.json
  [ "$(secrets)" = "github-pat@1 app/large:10487 -" ]
}

# proves: scan --secret-rules
@test "rules of gitleaks' and of Trivy's form are taken, and what is none is refused" {
  three_layers
  printf '[[rules]]\nid = "own"\nregex = "what(ever)"\nkeywords = ["whatever"]\nseverity = "low"\n' >own.toml
  scan img --secrets --secret-rules own.toml --json >doc.json
  [ "$(secrets)" = "own@1 app/c:1 -" ]
  printf 'enable-builtin-rules: [github-pat]\nrules:\n  - {id: own, title: Own, category: c, severity: HIGH, regex: "whatever"}\n' >own.yaml
  scan img --secrets --secret-rules own.yaml --json >doc.json
  run secrets
  line "own@1 app/c:1 -"
  printf '[[rules]]\nid = "own"\nregex = "("\n' >bad.toml
  run scan img --secrets --secret-rules bad.toml
  [ "$status" = 3 ]
  has 'rule "own": regex'
  has "bad.toml"
  : >empty.toml
  run scan img --secrets --secret-rules empty.toml
  [ "$status" = 3 ]
  has "there is no rule in it"
  run scan img --secret-rules own.toml
  [ "$status" = 2 ]
}

@test "a gate counts secrets by their severity, without an index" {
  image img '{"layers":[{"entries":[{"path":"a","text":"DB=postgres://shop:'$password'@db.example.org/shop"}]}]}'
  export HOME=$PWD XDG_DATA_HOME=
  run scan img --secrets
  [ "$status" = 0 ]
  run scan img --secrets --fail-on critical
  [ "$status" = 0 ]
  run scan img --secrets --fail-on high
  [ "$status" = 1 ]
  has "1 finding is as severe as --fail-on says"
}

@test "a folder's files are searched, whatever reads packages from them" {
  mkdir -p tree/app
  printf 'T=%s\n' "$token" >tree/app/env
  run -3 --separate-stderr scan tree --secrets --json # a tree without a lock file: its packages are not known
  printf '%s\n' "$output" >doc.json
  schema_holds
  [ "$(secrets)" = "github-pat@- app/env:1 -" ]
}

@test "a bill of materials has no secrets" {
  printf '{"bomFormat":"CycloneDX","specVersion":"1.5"}' >bill.json
  run scan bill.json --secrets
  [ "$status" = 2 ]
}

@test "secrets are found in UTF-16, in what gzip packed, and by the names of files" {
  mkdir -p root/app root/root/.ssh
  printf 'A=1\r\nTOKEN=%s end\r\n' "$token" | iconv -t UTF-16 >root/app/bom
  printf 'A=1\nTOKEN=%s end\n' "$token" | iconv -t UTF-16BE >root/app/big
  printf 'A=1\nTOKEN=%s end\n' "$token" | gzip >root/app/log.gz
  printf 'A=1\nTOKEN=%s end\n' "$token" | iconv -t UTF-16LE | gzip >root/app/little.gz
  head -c 20000 /dev/zero | gzip >root/app/zeros.gz
  head -c 300 /dev/zero >root/root/.ssh/id_rsa
  head -c 300 /dev/zero >root/app/store.kdbx
  tar -C root -cf root.tar app root
  image img '{"layers":[{"tar":"root.tar"}]}'
  scan img --secrets --json >doc.json
  run secrets
  line github-pat@1 app/bom:2
  line github-pat@1 app/big:2
  line github-pat@1 app/log.gz:2
  line github-pat@1 app/little.gz:2
  line generic-key-file@1 root/.ssh/id_rsa:1
  line keystore-file@1 app/store.kdbx:1
  [ "${#lines[@]}" = 6 ]
  [ "$(jq -r '[.secrets[] | select(.rule == "github-pat") | .fingerprint] | unique | length' doc.json)" = 1 ]
  silent doc.json
}

@test "below /usr/share the files of no package are looked at, in whichever layer" {
  image img '{"layers":[
    {"entries":[{"path":"var/lib/dpkg/status","text":"Package: p\nStatus: install ok installed\nVersion: 1\n"},
      {"path":"var/lib/dpkg/info/p.list","text":"/usr/share/p/owned\n"},
      {"path":"usr/share/p/owned","text":"T='$token'"},{"path":"usr/share/p/gone","text":"T='$token'"},
      {"path":"usr/share/p/examples/x","text":"T='$token'"},{"path":"usr/lib/p/x","text":"T='$token'"}]},
    {"entries":[{"path":"usr/share/p/planted","text":"T='$token'"},{"path":"usr/share/p/.wh.gone","text":""}]}]}'
  scan img --secrets --json >doc.json
  schema_holds
  run secrets
  line github-pat@1 usr/share/p/gone:1 " 2"
  line github-pat@2 usr/share/p/planted:1
  [ "${#lines[@]}" = 2 ]
}
