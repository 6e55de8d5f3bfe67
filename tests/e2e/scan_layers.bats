load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan --layers, --max-waste.

image() { "$PT_REPO/tests/e2e/images" "$@"; }
scan() { "$PARATIA" scan "$@" --no-record --no-cache; }

schema_holds() {
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan.schema.json" doc.json
}

# wasteful: ./img writes, copies, installs and deletes in steps of its own.
wasteful() {
  image img '{"layers":[
    {"step":"ADD file:1 in /","entries":[{"path":"lib/apk/db/installed","text":""},{"path":"usr/lib/big","text":"'"$(printf %029d 0)"'"}]},
    {"step":"COPY . /src # buildkit","entries":[{"path":"src/a","text":"0123456789"},{"path":"src/b\u001b[31m","text":"0123456789"},
      {"path":"src/c","text":"sixsix"}]},
    {"step":"RUN /bin/sh -c apk add x","entries":[{"path":"var/cache/apk/x","text":"twelve bytes"},{"path":"src/a","text":"0123456789","uid":7}]},
    {"step":"RUN rm","entries":[{"path":"usr/lib/.wh.big","text":""},{"path":"src/.wh.c","text":""}]}]}'
}

# proves: scan --layers
@test "each layer's step, size and waste: which step wrote it, which took it away" {
  wasteful
  run -0 scan img --layers
  line "layer  2  26 "
  has "  3  16  COPY . /src # buildkit"
  line "waste  deleted  layer 1  by 4  29  1  usr/lib/big"
  line "waste  same content  layer 2  by 3  10  1  src/a"
  line "waste  deleted  layer 2  by 4  6  1  src/c"
  line "twice  10  2  src/a, src/b\\x1b[31m" # its bytes do not act on a terminal
  line "cache  apk  layer 3  12  1  var/cache/apk/"
  line "order  layer 2  before 3  22  RUN /bin/sh -c apk add x"
  [[ ${lines[-1]} == *", 45 B wasted, "* ]]
  scan img --layers --json >doc.json
  schema_holds
  [ "$(jq -c '.waste | [.wasted, .written - ([.layers[].bytes] | add), .removed_n, (.layers | map(.gone))]' doc.json)" = '[45,0,3,[1,2,0,0]]' ]
  [ "$(jq '.layers[0].stored' doc.json)" = "$(stat -c %s "img/blobs/sha256/$(jq -r '.layers[0].digest | .[7:]' doc.json)")" ]
  # nobody asked: nothing is said
  scan img --json | jq -e 'has("waste") | not'
}

# proves: scan --max-waste
@test "a limit in bytes or of a hundred is exit code 1" {
  wasteful
  run -1 scan img --layers --max-waste 44
  line "Exit 1   the layers waste more than --max-waste says"
  run -0 scan img --layers --max-waste 45
  run -1 scan img --layers --max-waste 30%
  run -0 scan img --layers --max-waste 99.5%
  run -0 scan img --layers --max-waste 1K
  run -2 scan img --max-waste 5%
  has "add --layers"
  for word in 5.25% 101% -1 x 1T '' %; do
    run -2 scan img --layers --max-waste "$word"
    has "--max-waste does not know $word"
  done
}

@test "what has no layers is refused" {
  mkdir -p root/etc
  echo ID=alpine >root/etc/os-release
  run -2 scan root --layers
  has "--layers is for images"
  echo '{"bomFormat":"CycloneDX","specVersion":"1.5","components":[]}' >bill.json
  run -2 scan bill.json --layers
  has "--layers is for images; this is a bill"
}
