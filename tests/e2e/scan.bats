load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan. Images are made by tests/e2e/images from the machine's own package database, from what
# a test writes, or by the tests' dockerd.

# image OUT SPEC: see tests/e2e/images.
image() { "$PT_REPO/tests/e2e/images" "$@"; }

scan() { "$PARATIA" scan --no-record "$@"; }

os='{"path":"etc/os-release","link":"../usr/lib/os-release"},{"path":"usr/lib/os-release","from":"/usr/lib/os-release"}'
status='{"path":"var/lib/dpkg/status","from":"/var/lib/dpkg/status"}'

# stanzas NAME=VERSION…: as a JSON string, without its quotes.
stanzas() {
  local p
  for p in "$@"; do printf 'Package: %s\\nStatus: install ok installed\\nArchitecture: amd64\\nVersion: %s\\n\\n' "${p%=*}" "${p#*=}"; done
}

# status_of NAME=VERSION…: an entry.
status_of() { printf '{"path":"var/lib/dpkg/status","text":"%s"}' "$(stanzas "$@")"; }

# layer ENTRY…: a layer of these entries.
layer() { local IFS=,; printf '{"entries":[%s]}' "$*"; }

# layers LAYER…: an image in ./img of them, scanned: "name=version@layer …".
layers() {
  local IFS=,
  rm -rf img
  image img "{\"layers\":[$*]}"
  scan img --json >doc.json
  local code=$?
  jq -r '[.packages[] | "\(.name)=\(.version)@\(.layer)"] | join(" ")' doc.json
  return $code
}

# schema_holds: doc.json is what the schema says.
schema_holds() {
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan.schema.json" doc.json
}

# own_packages: what dpkg-query says of this machine, as scan lists it.
own_packages() {
  dpkg-query -W -f '${db:Status-Status} deb  ${Package}  ${Version}  ${Architecture}  ${source:Package}  ${source:Version}  layer 1\n' |
    sed -nE '/^(not-installed|config-files) /!s/^[a-z-]+ //p' | LC_ALL=C sort
}

@test "a Debian's packages are those of dpkg-query, in every form of an image" {
  local form
  own_packages >want
  for form in oci-dir oci-tar docker docker-blobs; do
    image $form "{\"form\":\"$form\",\"names\":[\"shop/web:1\"],\"layers\":[{\"entries\":[$os,$status]}]}"
    scan $form >out
    grep '^deb  ' out | LC_ALL=C sort | diff - want
    [[ $(tail -1 out) == "0 fail, 1 not evaluated, $(wc -l <want) packages, 1 layer, "* ]]
    [[ $(head -1 out) == "Image shop/web:1"*" · Debian 1"*"$(wc -l <want) packages, 1 layer" ]]
  done
}

@test "an archive comes through a pipe, too, and leaves nothing behind" {
  mkdir tmp
  for form in oci-tar docker; do
    image $form "{\"form\":\"$form\",\"layers\":[{\"entries\":[$os,$status]}]}"
    TMPDIR=$PWD/tmp scan - --quiet < <(cat $form) >out
    TMPDIR=$PWD/tmp scan - --quiet <$form >>out
    [ "$(grep -c "^0 fail, 1 not evaluated, $(own_packages | wc -l) packages" out)" = 2 ]
    rm out
  done
  [ -z "$(ls -A tmp)" ]
}

# proves: scan --json
@test "the JSON says what came with which layer and which step, and from which file" {
  image img '{"names":["a:1"],"layers":['"$(layer "$os" "$(status_of a=1 b=1)")"',{"step":"RUN apt-get install c","compress":"zstd","entries":['"$(status_of a=1 b=2 c=1)"']}]}'
  run -0 --separate-stderr scan img --json
  [ -z "$stderr" ]
  jq -e '.format == "paratia-scan/1" and .verdict == "pass" and .problems == []' <<<"$output"
  jq -e '.image.names == ["a:1"] and .image.os == "linux" and .image.architecture == "amd64"' <<<"$output"
  jq -e '.os.id == "debian" and .os.file == "usr/lib/os-release" and .os.layer == 1' <<<"$output"
  jq -e '[.layers[].compression] == ["gzip", "zstd"] and .layers[1].step == "RUN apt-get install c" and .layers[1].entries == 1' <<<"$output"
  jq -e '[.packages[] | [.name, .version, .layer]] == [["a","1",1],["b","2",2],["c","1",2]]' <<<"$output"
  jq -e '.packages[0] | .type == "deb" and .architecture == "amd64" and .source == "a" and .source_version == "1" and .file == "var/lib/dpkg/status"' <<<"$output"
  cp /dev/null doc.json && echo "$output" >doc.json
  schema_holds
  for digest in $(jq -r '.layers[].digest, .image.config, .image.manifest' doc.json); do
    [ "$(sha256sum <"img/blobs/sha256/${digest#sha256:}")" = "${digest#sha256:}  -" ]
  done
}

@test "packages without dpkg: status.d of distroless, and Alpine's database" {
  image img '{"layers":[{"entries":[{"path":"var/lib/dpkg/status.d/base","text":"Package: base-files\nVersion: 12.4\nArchitecture: amd64\n"},
    {"path":"var/lib/dpkg/status.d/base.md5sums","text":"d41d8cd98f00b204e9800998ecf8427e  usr/bin/x\n"},
    {"path":"var/lib/dpkg/status.d/tzdata","text":"Package: tzdata\nVersion: 2024a-0\nArchitecture: all\n"}]}]}'
  run -0 scan img
  line "deb  base-files  12.4  amd64  base-files  12.4  layer 1"
  line "2 packages, 1 layer"
  image apk '{"layers":[{"format":"gnu","entries":[{"path":"etc/os-release","text":"ID=alpine\nVERSION_ID=3.20.1\nNAME=\"Alpine Linux\"\n"},
    {"path":"lib/apk/db/installed","text":"C:Q1abc=\nP:libssl3\nV:3.3.1-r0\nA:x86_64\no:openssl\nF:lib\nR:libssl.so.3\n\nP:musl\nV:1.2.5-r0\nA:x86_64\n"}]}]}'
  run -0 scan apk
  line "Image apk · sha256:" " · Alpine Linux 3.20.1 · "
  line "apk  libssl3  3.3.1-r0  x86_64  openssl  3.3.1-r0  layer 1"
  line "apk  musl  1.2.5-r0  x86_64  musl  1.2.5-r0  layer 1"
}

@test "an rpm system's packages are those of rpm" {
  command -v rpmbuild >/dev/null || skip "rpm is not installed"
  cat >thing.spec <<'SPEC'
Name: pt-thing
Epoch: 2
Version: 1.4
Release: 3.el9
Summary: a thing
License: none
BuildArch: noarch
%description
x
%package sub
Summary: a part of it
Epoch: 0
Version: 1.5
%description sub
x
%files
%files sub
SPEC
  rpmbuild -bb --define "_topdir $PWD/b" thing.spec >/dev/null 2>&1
  rpm --root "$PWD/root" --dbpath /var/lib/rpm --initdb
  rpm --root "$PWD/root" --dbpath /var/lib/rpm -i --nodeps --noscripts b/RPMS/noarch/*.rpm 2>/dev/null
  tar -C root -cf root.tar .
  image img '{"layers":[{"tar":"root.tar"}]}'
  scan img >out
  diff <(grep '^rpm  ' out) <(rpm --root "$PWD/root" --dbpath /var/lib/rpm -qa \
    --qf 'rpm  %{name}  %|epoch?{%{epoch}:}|%{version}-%{release}  %{arch}  pt-thing  1.4-3.el9  layer 1\n' | sed 's/  0:/  /' | sort)
  [ "$(grep -c pt-thing out)" = 2 ]
  image bad '{"layers":[{"entries":[{"path":"usr/lib/sysimage/rpm/rpmdb.sqlite","text":"SQLite format 3"}]}]}'
  run -3 scan bad
  has "not a sound SQLite database of rpm"
  image log '{"layers":[{"tar":"root.tar"},{"entries":[{"path":"var/lib/rpm/rpmdb.sqlite-wal","text":"rows that are newer"}]}]}'
  run -3 scan log
  has "not a log of a SQLite database, where rpm's is"
  line "2 packages"
}

@test "whiteouts and opaque folders hide lower layers, wherever they stand" {
  local a b
  a=$(layer "$(status_of a=1)") b=$(status_of b=1)
  [ "$(layers "$a" "$(layer '{"path":"x"}')")" = "a=1@1" ]
  [ "$(layers "$a" "$(layer "$b" '{"path":"var/lib/dpkg/.wh.status"}')")" = "b=1@2" ]
  [ "$(layers "$a" "$(layer "$b" '{"path":"var/lib/dpkg/.wh..wh..opq"}')")" = "b=1@2" ]
  [ "$(layers "$a" "$(layer '{"path":"var/.wh.lib"}')" "$(layer "$b")")" = "b=1@3" ]
  [ "$(layers "$a" "$(layer '{"path":"var/lib/apk/.wh..wh..opq"}')")" = "a=1@1" ]
  [ "$(layers "$a" "$(layer '{"path":"var/lib/.wh..wh.plnk"}')")" = "a=1@1" ]
  [ "$(layers "$(layer '{"path":"lib","link":"usr/lib"}' '{"path":"lib/apk/db/installed","text":"P:a\nV:1\n"}')")" = "a=1@1" ]
}

@test "a package list that was deleted is told, and is no pass" {
  run layers "$(layer "$(status_of a=1 b=1)")" "$(layer '{"path":"var/lib/dpkg/.wh.status"}')"
  [ "$status" = 3 ]
  jq -e '.verdict == "not evaluated" and (.problems | length) == 1 and .problems[0].layer == 2 and .problems[0].path == "var/lib/dpkg/status"' doc.json
  jq -e '.problems[0].what | contains("2 packages")' doc.json
  run -3 scan img
  line "Exit 3" "the list of packages may lack some"
  run layers "$(layer "$os")" # a system without a list is no system without packages
  [ "$status" = 3 ]
  jq -e '[.problems[].what] == ["A system, but no list of its packages"]' doc.json
  run layers "$(layer '{"path":"app","text":"one static program"}')"
  [ "$status" = 0 ] && [ -z "$output" ]
}

@test "what is not read is said: rpm, a link that leads away, a broken stanza" {
  run layers "$(layer "$(status_of a=1)" '{"path":"nix/var/nix/db/db.sqlite","text":"x"}')"
  [ "$status" = 3 ] && [ "$output" = "a=1@1" ]
  jq -e '.problems[0].what == "This file of nix lists packages, and is not read"' doc.json
  run layers "$(layer '{"path":"var/lib/dpkg","link":"/data"}' '{"path":"data/status","text":"x"}')"
  [ "$status" = 3 ]
  jq -e '.problems | map(.what) | index("A link leads to data, which is not read")' doc.json
  run layers "$(layer "{\"path\":\"var/lib/dpkg/status\",\"text\":\"Package: x\\n\\n$(stanzas a=1)\"}")"
  [ "$status" = 3 ] && [ "$output" = "a=1@1" ]
  jq -e '.problems[0].what | endswith("line 1: a package without a version")' doc.json
}

# hostile CODE TEXT SPOIL…: each makes exactly one problem (or one error) with the text.
hostile() {
  local code=$1 text=$2
  rm -rf img
  image img "{\"layers\":[$(layer "$(status_of a=1)"),$3]}"
  run scan img
  [ "$status" = "$code" ]
  has "$text"
  has "a  1  amd64" # the other layers are read as ever
  [ "$(grep -cE '  PT-IMG-(INTACT|READ)  ' <<<"$output")" = 1 ]
}

@test "a layer that is not what it should be is one problem, and the others are read" {
  local e='"entries":[{"path":"x","text":"some text"}]'
  hostile 1 "A layer's bytes are not what its digest says" "{$e,\"spoil\":\"digest\"}"
  hostile 1 "A layer's content is not what the configuration says" "{$e,\"spoil\":\"diff-id\"}"
  hostile 3 "it is cut off" "{$e,\"spoil\":\"cut\"}"
  hostile 3 "it is cut off" "{$e,\"spoil\":\"cut\",\"compress\":\"zstd\"}"
  hostile 3 "it is cut off" "{$e,\"spoil\":\"cut-tar\"}"
  hostile 3 "there is no such file" "{$e,\"spoil\":\"missing\"}"
  hostile 1 "A file's name leads out of the image" '{"entries":[{"path":"../../etc/os-release","text":"ID=x"}]}'
  hostile 1 "A whiteout hides nothing that can exist" '{"entries":[{"path":"var/.wh.","text":""}]}'
  hostile 3 "A link leads to var/lib/dpkg/other, which is not read" '{"entries":[{"path":"lib/apk/db/installed","hard":"var/lib/dpkg/other"}]}'
}

@test "links in a circle, folders without end and names beyond all measure do no harm" {
  hostile_layer '{"path":"opt","link":"srv"}' '{"path":"srv","link":"opt"}' '{"path":"self","hard":"self"}'
  [ "$status" = 0 ]
  hostile_layer '{"path":"usr/lib/apk","link":"../../lib/apk"}' '{"path":"lib/apk","link":"/usr/lib/apk"}' '{"path":"lib/apk/db/installed","text":"P:a\nV:1\n"}'
  [ "$status" = 3 ]
  has "Links lead in a circle"
  hostile_layer "{\"path\":\"$(printf 'd/%.0s' $(seq 30000))f\",\"text\":\"x\"}" "{\"path\":\"$(printf 'n%.0s' $(seq 60000))\",\"text\":\"x\"}"
  [ "$status" = 0 ]
  python3 - <<'PY'
import io, tarfile
with tarfile.open("many", "w") as t: # a file a block, and one database behind them
    for i in range(200000):
        t.addfile(tarfile.TarInfo("var/lib/dpkg/x%d" % i))
    i = tarfile.TarInfo("lib/apk/db/installed")
    i.size = 8
    t.addfile(i, io.BytesIO(b"P:z\nV:1\n"))
PY
  rm -rf img
  image img '{"layers":[{"tar":"many","compress":"zstd"}]}'
  run -0 scan img
  has "apk  z  1"
}

# hostile_layer ENTRY…: a good layer and one of these entries, scanned; the good one is read as ever.
hostile_layer() {
  local IFS=,
  rm -rf img
  image img <<<"{\"layers\":[$(layer "$(status_of a=1)"),{\"entries\":[$*]}]}"
  run scan img
  has "a  1  amd64"
}

@test "a reader that is missing, or is somebody else's, is not run" {
  mkdir bin
  cp "$PARATIA" bin/paratia
  image img '{"layers":[]}'
  run -3 bin/paratia scan img
  has "the program that reads images is missing"
  printf '#!/bin/sh\ntouch %s/ran\n' "$PWD" >bin/paratia-worker
  chmod 777 bin/paratia-worker
  run -3 bin/paratia scan img
  has "the program that reads images is somebody else's"
  chmod 755 bin/paratia-worker
  if [ "$(id -u)" = 0 ]; then
    chown 1000 bin/paratia-worker
    run -3 bin/paratia scan img
    has "is somebody else's"
  fi
  [ ! -e ran ]
  rm bin/paratia-worker && cp /bin/true bin/paratia-worker
  run -3 bin/paratia scan img
  has "cannot protect itself, so nothing is read"
}

@test "a reader that dies is a layer that was not read, and the others are" {
  local victim
  image img.tar "{\"form\":\"oci-tar\",\"layers\":[$(layer "$(status_of a=1)"),$(layer '{"path":"x"}'),$(layer "$(status_of a=1 b=1)")]}"
  mkfifo pipe
  "$PARATIA" scan --no-record - <pipe >out 3>&- &
  local ours=$!
  exec 4>pipe
  for _ in $(seq 100); do [ "$(pgrep -c -P $ours)" -ge "$(($(nproc) < 4 ? $(nproc) : 4))" ] && grep -q '^Seccomp:.*2' /proc/$ours/status && break; sleep 0.05; done
  victim=$(pgrep -P $ours | sed -n 2p)
  [ "$(pgrep -c -P $ours)" -gt 1 ] || skip "one processor, one worker"
  kill -9 "$victim"
  cat img.tar >&4
  exec 4>&-
  wait $ours || [ $? = 3 ]
  run cat out
  line "not evaluated" "the process that reads images is gone" "layer 2"
  line "deb  a  1"
}

@test "bombs are put out, sparse and endless files are no way around" {
  # 1.2 GiB of zeros in 120 KB
  head -c 16777216 /dev/zero | zstd -q -c >frame
  for _ in $(seq 75); do cat frame; done >bomb
  hostile_tar bomb
  has "as a bomb does"
  # a package database that says to be 8 EiB long, and one that is sparse
  python3 - <<'PY'
import tarfile
for name, size in (("huge", b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), ("sparse", b"00000000003\0")):
    i = tarfile.TarInfo("lib/apk/db/installed")
    i.type = b"S" if name == "sparse" else b"0"
    h = bytearray(i.tobuf(tarfile.GNU_FORMAT))
    h[124:136] = size
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    open(name, "wb").write(bytes(h) + b"abc" + b"\0" * 509 + b"\0" * 1024)
PY
  hostile_tar huge
  has "it is cut off"
  hostile_tar sparse
  has "A file could not be read: it is a sparse file"
}

# hostile_tar FILE: an image of one good layer and this one, which must be one problem and exit 3.
hostile_tar() {
  rm -rf img
  image img "{\"layers\":[$(layer "$(status_of a=1)"),{\"tar\":\"$1\",\"compress\":\"none\"}]}"
  run -3 scan img
  has "a  1  amd64"
  [ "$(grep -cE '  PT-IMG-(INTACT|READ)  ' <<<"$output")" = 1 ]
}

@test "an archive that is none, or no image, is an error that says so" {
  run -3 scan nowhere
  has "there is no such file or folder"
  mkdir empty other
  run -3 scan empty # a source tree in which nothing names packages
  has "Source tree empty · 0 packages"
  has "No lock file that is known: nothing says what is needed"
  echo '{"imageLayoutVersion":"1.0.0"}' >other/oci-layout
  run -3 scan other
  has "neither manifest.json nor index.json"
  echo nothing >file
  run -3 scan file
  has "not a sound tar archive"
  image img.tar '{"form":"oci-tar","layers":[]}'
  gzip -k img.tar
  run -3 scan img.tar.gz
  has "compressed as a whole"
  run -3 scan - < <(head -c 3000 img.tar)
  has "cut off"
  image twice.tar '{"form":"docker","twice":["manifest.json"],"layers":[]}'
  run -1 scan twice.tar
  has "The archive holds a file twice"
  run -2 scan
  run -2 scan a b
}

@test "a layout whose blobs are links out of it shows no file of ours" {
  image img "{\"layers\":[$(layer "$(status_of a=1)")]}"
  local blob
  blob=$(jq -r '.layers[0].digest' < <(scan img --json))
  ln -sf /etc/shadow "img/blobs/sha256/${blob#sha256:}"
  run -3 scan img
  has "it is a link, which is not followed"
  hasnt root:
}

# proves: scan --image
# proves: scan --platform
@test "of several images the one that was named is read, and none is guessed" {
  image two '{"platforms":["linux/amd64","linux/s390x"],"names":["a:1","b:2"],"attestation":true,"layers":['"$(layer "$(status_of a=1)")"']}'
  run -0 scan two --platform linux/s390x --json
  jq -e '.image.architecture == "s390x"' <<<"$output"
  run -2 scan two --platform windows/amd64
  has "no image in it fits"
  has "a:1 (linux/amd64), b:2 (linux/s390x)"
  run -0 scan two --image b:2 --json
  jq -e '.image.architecture == "s390x" and .image.names == ["b:2"]' <<<"$output"
  image same '{"platforms":["linux/s390x","linux/s390x"],"names":["a:1","b"],"nested":true,"layers":[]}'
  run -2 scan same
  has "it holds 2 images that fit"
  run -0 scan same --image b --quiet
  run -2 scan same --image c
}

@test "a key that other readers take for another one fails the image, and is named" {
  image img "{\"layers\":[$(layer "$(status_of a=1)")]}"
  cp img/index.json index.json
  jq '.Manifests = []' index.json >img/index.json
  run -1 scan img
  has 'the key "manifests" comes twice'
  has "index.json"
  jq '.manifests[0].annotations = {"a": "1", "A": "2"}' index.json >img/index.json
  scan img --quiet
  image docker "{\"form\":\"docker\",\"layers\":[$(layer "$(status_of a=1)")]}"
  mkdir unpacked
  tar -xf docker -C unpacked
  jq '.[0].LAYERS = .[0].Layers' unpacked/manifest.json >manifest.json
  mv manifest.json unpacked/manifest.json
  tar -cf docker -C unpacked .
  run -1 scan docker --json
  jq -e '.verdict == "fail" and (.problems[0] | .path == "manifest.json" and (.what | test("contradicts itself: the key \"Layers\"")))' <<<"$output"
}

@test "an image that an engine could take as well is never passed over" {
  image two '{"platforms":["linux/amd64","linux/s390x"],"layers":['"$(layer "$(status_of a=1)")"']}'
  cp two/index.json index.json
  run -0 scan two --platform Linux/x86_64 --json
  jq -e '.image.architecture == "amd64"' <<<"$output"
  local edit
  for edit in '.platform = {"os": "Linux", "architecture": "x86-64"}' 'del(.platform)' 'del(.platform.os)' \
    '.platform = {"os": "linux", "architecture": "amd64"} | .annotations = {"vnd.docker.reference.type": "attestation-manifest"}'; do
    jq ".manifests[1] |= ($edit)" index.json >two/index.json
    run -2 scan two --platform linux/amd64
    has "it holds 2 images that fit"
    has "$(jq -r '.manifests[1].digest' index.json)"
  done
  jq '.manifests[1] |= (.platform = {"os": "unknown", "architecture": "unknown"} | .annotations = {"vnd.docker.reference.type": "attestation-manifest"})' index.json >two/index.json
  scan two --quiet
}

# both OUT CLEAN INDEX: the layout INDEX with the manifest.json that docker save would write for CLEAN.
both() {
  local manifest
  rm -rf "$1"
  cp -r "$3" "$1"
  cp "$2"/blobs/sha256/* "$1/blobs/sha256/"
  manifest=$2/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' "$2/index.json")
  jq '[{Config: ("blobs/sha256/" + .config.digest[7:]), RepoTags: ["a:1"], Layers: [.layers[].digest | "blobs/sha256/" + .[7:]]}]' "$manifest" >"$1/manifest.json"
}

@test "manifest.json and index.json must lead to the same image where both are" {
  image clean "{\"layers\":[$(layer "$(status_of a=1)")]}"
  image other "{\"layers\":[$(layer "$(status_of a=1 b=1)")]}"
  both same clean clean
  scan same --quiet
  tar -cf same.tar -C same .
  scan same.tar --quiet
  # What is for another machine, or is not there, is no contradiction.
  jq '.manifests += [.manifests[0] | .digest = "sha256:" + ("1" * 64) | .platform.architecture = "s390x"]' same/index.json >index.json
  mv index.json same/index.json
  scan same --quiet
  both two clean other
  run -1 scan two --json
  jq -e '.verdict == "fail" and any(.problems[]; .what | test("manifest.json and index.json hold two images"))' <<<"$output"
  rm two/oci-layout
  run -1 scan two
  tar -cf two.tar -C two .
  run -1 scan two.tar
  run -1 scan two.tar --image a:1
}

@test "docker save's archive is read, with the layer that a package came with" {
  need_docker
  mkdir -p root/var/lib/dpkg root/etc
  printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n' >root/etc/os-release
  printf 'Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n' >root/var/lib/dpkg/status
  tar -C root -c . | docker import - pt-scan:base >/dev/null
  printf 'Package: b\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2\n\n' >>root/var/lib/dpkg/status
  mkdir build && cp root/var/lib/dpkg/status build/ && cp /dev/null build/none
  printf 'FROM pt-scan:base\nCOPY status /var/lib/dpkg/status\nCOPY none /none\nCOPY none /none2\n' >build/Dockerfile
  DOCKER_BUILDKIT=0 docker build -q -t pt-scan:1 build >/dev/null
  docker save pt-scan:1 | scan - >out
  run cat out
  line "Image pt-scan:1" "Debian 12 · " "2 packages, 4 layers"
  line "deb  a  1  amd64  a  1  layer 1"
  line "deb  b  2  amd64  b  2  layer 2"
  docker save pt-scan:1 -o saved.tar
  run -0 scan saved.tar --json
  jq -e '.layers[1].step | contains("/var/lib/dpkg/status")' <<<"$output"
  docker rmi -f pt-scan:1 pt-scan:base >/dev/null
}

# proves: scan --quiet
# proves: scan --color
# proves: scan --ascii
@test "a terminal gets a table of packages and layers, the summary last" {
  image img '{"names":["shop/web:1"],"layers":['"$(layer "$os" "$(status_of libc6=2.36-9 a=1)")"',{"step":"RUN '"$(printf '\\u001b[31m')"'apt-get install a very long list of packages, so that it is longer than the line","entries":[{"path":"nix/var/nix/db/db.sqlite","text":"x"}]}]}'
  run -3 env COLUMNS=80 LC_ALL=C.UTF-8 TERM=xterm "$PARATIA" scan --no-record img --color always
  has $'\e[1mImage shop/web:1\e[0m · sha256:'
  has "libc6     2.36-9   deb           1"
  hasnt $'\e[31m'
  has '\x1b[31mapt-get'
  has $'\e[35m?\e[0m This file of nix lists packages, and is not read'
  [[ ${lines[-1]} == "0 fail, 2 not evaluated, 2 packages, 2 layers, "* ]]
  while IFS= read -r l; do [ "$(sed -E 's/\x1b\[[0-9;]*m//g' <<<"$l" | wc -m)" -le 81 ] || { echo "too wide: $l"; false; }; done <<<"$output"
  run -3 scan img --color always --ascii
  LC_ALL=C hasnt "…"
  run -3 scan img --quiet
  [ "${#lines[@]}" = 1 ]
  run -2 scan img --color sometimes
}

# proves: scan --help
@test "scan opens no socket, and starts nothing but its worker" {
  command -v strace >/dev/null || skip "strace is not installed"
  image img "{\"layers\":[$(layer "$os" "$status")]}"
  strace -f -o trace -e trace=%network,execve,openat,openat2 "$PARATIA" scan --no-record img --quiet
  ! grep -E 'socket\(|connect\(|bind\(' trace
  [ "$(grep -c 'execve(' trace)" -le 5 ] && [ "$(grep 'execve(' trace | grep -vc paratia-worker)" = 1 ]
  run -0 scan --help
  has "docker save shop/web:1 | paratia scan -"
}

# proves: scan --root
@test "a root file system is read where it stands, without following a link out of it" {
  mkdir -p root/{etc,usr/lib,var/lib/dpkg/info,data,proc}
  own_packages >want
  cp /usr/lib/os-release root/usr/lib/ && ln -s ../usr/lib/os-release root/etc/os-release
  cp /var/lib/dpkg/status root/var/lib/dpkg/
  ln -s /var/lib/dpkg root/data/out && mkfifo root/data/pipe
  run -0 scan root
  [ "${lines[0]}" = "Root file system root · $(sed -n 's/^PRETTY_NAME="Debian GNU.Linux \([0-9]*\).*/Debian \1/p' /usr/lib/os-release) · $(wc -l <want) packages" ]
  [[ ${lines[-1]} == "0 fail, 1 not evaluated, $(wc -l <want) packages, "*" s" ]]
  diff <(grep '^deb  ' <<<"$output" | sed 's/  var.lib.dpkg.status$//' | LC_ALL=C sort) <(sed 's/  layer 1$//' want)
  scan root --json >doc.json
  jq -e '.kind == "root" and .os.file == "usr/lib/os-release" and .layers == [] and (has("image") | not) and all(.packages[]; has("layer") | not)' doc.json
  schema_holds
  for home in root/home/me/.local/share/{docker,containers/storage}; do # images of rootless engines
    mkdir -p $home/overlay2/x/node_modules/b
    echo '{"name":"b","version":"1"}' >$home/overlay2/x/node_modules/b/package.json
  done
  scan root --json | jq -e '[.packages[] | select(.type == "npm")] == []'
  mkdir -p root/usr/lib/apk/db && mkfifo root/usr/lib/apk/db/installed
  run -3 scan root
  has "No regular file, where a package database belongs"
  rm -r root/usr/lib/apk
  ln -s /etc/shadow root/var/lib/dpkg/info/x.list
  run -3 scan root
  has "A link leads to etc/shadow, which is not read"
  rm root/etc/os-release root/usr/lib/os-release root/var/lib/dpkg/info/x.list
  run -3 scan root --quiet # a source tree without a lock file
  [[ $output == *" 0 packages, "* ]]
  run -0 scan root --root --quiet
  [[ $output == *" $(wc -l <want) packages, "* ]]
}

@test "what of a root file system cannot be read is said" {
  [ "$(id -u)" = 0 ] || skip "only root can become somebody else"
  mkdir -p root/{etc,var/lib/dpkg,opt/closed}
  printf 'ID=x\n' >root/etc/os-release
  printf '%b' "$(stanzas a=1)" >root/var/lib/dpkg/status
  chmod 700 root/opt/closed && chmod 755 . root
  run setpriv --reuid 65534 --clear-groups "$PARATIA" scan --no-record root
  [ "$status" = 3 ] || skip "this test's folder is closed to others"
  has "A folder could not be read: Permission denied (root may: sudo paratia scan)"
  has "a  1  amd64"
}

@test "names beyond a header of tar, and files with two names, are read in a root file system" {
  local long
  long=$(printf 'd%.0s' $(seq 90))
  mkdir -p root/{etc,var/lib/dpkg/status.d,"$long/$long"}
  printf 'ID=x\n' >root/etc/os-release
  printf '%b' "$(stanzas a=1)" >"root/var/lib/dpkg/status.d/$long$long"
  ln "root/var/lib/dpkg/status.d/$long$long" root/var/lib/dpkg/status
  ln -s "$long/$long/nothing" root/link
  run -0 scan root
  line "a  1  amd64" "var/lib/dpkg/status"
  [[ $output == *"1 not evaluated, 1 package, "* ]]
}

# Files that installed packages of languages leave in any folder: an image of these layers, as
# "name@layer …".
npm() { printf '{"path":"%s/package.json","text":"{\\"name\\":\\"%s\\",\\"version\\":\\"1.0.0\\"}"}' "$1" "${1##*/}"; }
found() {
  local IFS=,
  rm -rf img
  image img "{\"layers\":[$*]}"
  scan img --json >doc.json
  jq -r '[.packages[] | "\(.name)@\(.layer)"] | join(" ")' doc.json
}
need_reader() { [ "$(found "$(layer "$(npm node_modules/probe)")")" = "probe@1" ] || skip "no reader of node_modules"; }

@test "packages in any folder go with what a layer deletes, empties, or puts in a folder's place" {
  need_reader
  local a b
  a=$(layer "$(npm srv/app/node_modules/a)" "$(npm srv/app/node_modules/b)")
  b=$(npm opt/x/node_modules/c)
  [ "$(found "$a" "$(layer "$b")")" = "a@1 b@1 c@2" ]
  [ "$(found "$a" "$(layer '{"path":"srv/app/node_modules/.wh.a"}')")" = "b@1" ]
  [ "$(found "$a" "$(layer '{"path":"srv/app/node_modules/a/.wh.package.json"}')")" = "b@1" ]
  [ "$(found "$a" "$(layer '{"path":"srv/.wh.app"}' "$(npm srv/app/node_modules/b)")")" = "b@2" ]
  [ "$(found "$a" "$(layer '{"path":"srv/app/.wh..wh..opq"}' "$(npm srv/app/node_modules/d)")")" = "d@2" ]
  [ "$(found "$a" "$(layer '{"path":"srv/app","text":"a file now"}')")" = "" ]
  [ "$(found "$a" "$(layer '{"path":"srv/app","link":"/opt"}')")" = "" ]
  [ "$(found "$a" "$(layer '{"path":"srv/app","dir":true}')")" = "a@1 b@1" ]
  [ "$(found "$a" "$(layer '{"path":"current","link":"srv/app"}')" "$(layer '{"path":"current/node_modules/.wh.a"}')")" = "b@1" ]
  [ "$(found "$a" "$(layer "$(npm srv/app/node_modules/a)")")" = "a@1 b@1" ] # the same version again
  schema_holds
}

@test "a hard link to what another name hides is read, as pnpm's store needs it" {
  need_reader
  local store='{"path":"store/v3/00/f00d","text":"{\"name\":\"a\",\"version\":\"1.0.0\"}"}'
  [ "$(found "$(layer "$store" '{"path":"app/node_modules/a/package.json","hard":"store/v3/00/f00d"}')")" = "a@1" ]
  [ "$(found "$(layer "$(npm node_modules/a)" '{"path":"other/node_modules/a/package.json","hard":"node_modules/a/package.json"}')")" = "a@1" ]
  [ "$(found "$(layer '{"path":"app/node_modules/a/package.json","hard":"store/v3/00/f00d"}')")" = "" ]
  jq -e '.verdict == "not evaluated" and .problems[0].what == "A link leads to store/v3/00/f00d, which is not read"' doc.json
}

@test "a package is found by the name that links give it, whichever layer has them" {
  need_reader
  local store='{"path":"store/x/package.json","text":"{\"name\":\"a\",\"version\":\"1.0.0\"}"}'
  [ "$(found "$(layer '{"path":"l","link":"srv/node_modules"}' "$(npm l/a)")")" = "a@1" ]
  [ "$(found "$(layer '{"path":"l","link":"srv/node_modules"}')" "$(layer "$(npm l/a)")")" = "a@2" ]
  [ "$(found "$(layer "$(status_of a=1)")" "$(layer '{"path":"m","link":"var/lib/dpkg"}' '{"path":"m/status","text":"'"$(stanzas b=1)"'"}')")" = "b@2" ]
  [ "$(found "$(layer "$store" '{"path":"srv/node_modules/a","link":"../../store/x"}')")" = "a@1" ]
  [ "$(found "$(layer "$store")" "$(layer '{"path":"srv/node_modules","link":"/store"}')")" = "a@1" ]
  [ "$(found "$(layer "$store" '{"path":"srv/store","link":"/store"}')")" = "" ]
  jq -e '.verdict == "pass"' doc.json
  mkdir -p tree/store/x tree/srv/node_modules
  printf '{"name":"a","version":"1.0.0"}' >tree/store/x/package.json
  ln -s ../../store/x tree/srv/node_modules/a
  [ "$(scan --root tree --json | jq -r '.packages[].file')" = store/x/package.json ]
}

@test "a link to a file that is read as another kind is read as its own name says, or told" {
  local json='{"path":"srv/vendor/composer/installed.json","text":"{\"name\":\"a\",\"version\":\"1.0.0\",\"packages\":[]}"}'
  [ "$(found "$(layer "$json" '{"path":"node_modules/a/package.json","hard":"srv/vendor/composer/installed.json"}')")" = "a@1" ]
  [ "$(found "$(layer "$json" '{"path":"node_modules/a/package.json","link":"/srv/vendor/composer/installed.json"}')")" = "" ]
  jq -e '.verdict == "not evaluated" and .problems[0].path == "node_modules/a/package.json"' doc.json
}

@test "a list of packages that is emptied, or that lacks a package whose list of files is there, is told" {
  local list='{"path":"var/lib/dpkg/info/b.list","text":"/usr/lib/b\n"}'
  run layers "$(layer "$(status_of a=1 b=1)" "$list")" "$(layer '{"path":"var/lib/dpkg/status","text":""}')"
  [ "$status" = 3 ]
  jq -e '.problems[0] | .path == "var/lib/dpkg/status" and .layer == 2 and (.what | contains("2 packages"))' doc.json
  run layers "$(layer "$(status_of a=1 b=1)" "$list")" "$(layer "$(status_of a=1)")"
  [ "$status" = 3 ] && [ "$output" = "a=1@1" ]
  jq -e '.problems[0].path == "var/lib/dpkg/info/b.list"' doc.json
  run layers "$(layer "$(status_of a=1 b=1)" "$list")"
  [ "$status" = 0 ]
}

@test "a package's file says which package of the system it belongs to, through links too" {
  need_reader
  local list='{"path":"var/lib/dpkg/info/node-a:all.list","text":"/.\n/lib/node_modules/a/package.json\n"}'
  found "$(layer '{"path":"lib","link":"usr/lib"}' "$(status_of node-a=1)" "$list" "$(npm usr/lib/node_modules/a)" "$(npm usr/lib/node_modules/b)")"
  jq -e '[.packages[] | select(.type == "npm") | [.name, .owner]] == [["a", {"name": "node-a", "type": "deb"}], ["b", null]]' doc.json
  local sums='{"path":"var/lib/dpkg/info/node-a:all.md5sums","text":"'$(printf '{"name":"a","version":"1.0.0"}' | md5sum | cut -d' ' -f1)'  lib/node_modules/a/package.json\n"}'
  found "$(layer '{"path":"lib","link":"usr/lib"}' "$(status_of node-a=1)" "$list" "$sums" "$(npm usr/lib/node_modules/a)")"
  jq -e '[.packages[] | select(.type == "npm") | .owner.content] == ["same"]' doc.json
  schema_holds
}

@test "a program of some hundred MiB is read, and one beyond a GiB is said not to be" {
  cp /bin/bash bash && truncate -s 300M bash
  tar -cf big.tar bash
  image img '{"layers":[{"tar":"big.tar","compress":"none"}]}'
  run scan img --json
  [ "$(jq -r '.packages[].name' <<<"$output")" = bash ] || skip "no reader of programs"
  truncate -s 1100M bash && mkdir -p root/etc && mv bash root/ && : >root/etc/os-release
  run -3 scan root
  line "A file could not be read: it is larger than 1 GiB" bash
}

@test "a hundred thousand packages in folders are listed within seconds" {
  need_reader
  python3 - <<'PY'
import io, tarfile
with tarfile.open("many", "w", format=tarfile.USTAR_FORMAT) as t:
    for i in range(100000):
        b = b'{"name":"p%d","version":"1.0.0","description":"%s"}' % (i, b"x" * 300)
        f = tarfile.TarInfo("app/node_modules/p%d/package.json" % i)
        f.size = len(b)
        t.addfile(f, io.BytesIO(b))
PY
  image img '{"layers":[{"tar":"many","compress":"none"},{"entries":[{"path":"app/node_modules/.wh.p7"}]}]}'
  run -0 timeout 60 "$PARATIA" scan --no-record img --quiet
  [[ $output == *" 99999 packages, 2 layers, "* ]]
}

@test "a source tree's lock files are read with what stands beside them, and nothing that is installed" {
  need_reader
  mkdir -p tree/{web,.git,web/node_modules/b,node_modules/c}
  printf '# yarn lockfile v1\n\n\na@^1.0.0:\n  version "1.3.0"\n' | tee tree/web/yarn.lock tree/.git/yarn.lock tree/node_modules/c/yarn.lock >/dev/null
  printf '{"name":"shop","version":"2.0.0","dependencies":{"a":"^1.0.0"}}' >tree/web/package.json
  printf '{"name":"b","version":"1.0.0"}' >tree/web/node_modules/b/package.json
  scan tree --json >doc.json
  jq -e '.kind == "tree" and .verdict == "pass" and (has("os") | not)' doc.json
  jq -e '[.packages[] | [.name, .version, .relationship, .file]] == [["a", "1.3.0", "direct", "web/yarn.lock"], ["shop", "2.0.0", "root", "web/yarn.lock"]]' doc.json
  schema_holds
  run -0 scan tree
  [ "${lines[0]}" = "Source tree tree · 2 packages" ]
  line "npm  a  1.3.0" "web/yarn.lock"
  scan tree --json | cmp - doc.json # the same again, byte for byte
  [ "$(id -u)" = 0 ] || { chmod 0 tree/web/yarn.lock; run -3 scan tree; has "A file could not be read: Permission denied (root may: sudo paratia scan)"; }
}

@test "what yarn has zipped says its licences, and in an image is what is installed" {
  mkdir -p tree/.yarn/cache node_modules/@s/a root/etc root/srv root/var/lib/dpkg
  printf '{"name":"@s/a","version":"1.0.0","license":"MIT"}' >node_modules/@s/a/package.json
  python3 -m zipfile -c tree/.yarn/cache/@s-a-npm-1.0.0-0123456789-8.zip node_modules/
  printf '__metadata:\n  version: 6\n\n"@s/a@npm:^1.0.0":\n  version: 1.0.0\n  resolution: "@s/a@npm:1.0.0"\n' >tree/yarn.lock
  scan tree --json >doc.json
  [ "$(jq -c '[.packages[] | [.name, .version, .file, .licences]]' doc.json)" = '[["@s/a","1.0.0","yarn.lock",["MIT"]]]' ]
  printf 'ID=debian\nVERSION_ID="12"\n' >root/etc/os-release
  printf 'Package: a\nStatus: install ok installed\nVersion: 1\n\n' >root/var/lib/dpkg/status
  cp -r tree/.yarn root/srv/
  scan root --root --json >doc.json
  [ "$(jq -c '[.packages[] | select(.type == "npm") | [.name, .version, .file, .licences]]' doc.json)" = '[["@s/a","1.0.0","srv/.yarn/cache/@s-a-npm-1.0.0-0123456789-8.zip",["MIT"]]]' ]
}

@test "what other files know of the system stands with its name" {
  mkdir -p root/etc root/root/buildinfo/content_manifests root/var/lib/dpkg
  printf 'ID=rhel\nVERSION_ID="9.4"\n' >root/etc/os-release
  echo '{"content_sets":["rhel-9-for-x86_64-baseos-rpms"]}' >root/root/buildinfo/content_manifests/ubi.json
  printf 'Package: a\nStatus: install ok installed\nVersion: 1\n\n' >root/var/lib/dpkg/status
  scan root --json >doc.json
  [ "$(jq -r '.os | "\(.id) \(.version) \(.content_sets[0])"' doc.json)" = "rhel 9.4 rhel-9-for-x86_64-baseos-rpms" ]
  schema_holds
}

@test "distroless images of rpm list what they had, Alpine's packages say licences, WordPress its version" {
  mkdir -p root/etc/apk root/var/lib/rpmmanifest root/lib/apk/db root/srv/wp-includes
  printf 'ID=alpine\nVERSION_ID=3.18.4\n' >root/etc/os-release
  printf 'https://h.example/alpine/v3.18/main\n@edge https://h.example/alpine/edge/testing\n' >root/etc/apk/repositories
  printf 'P:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\n\n' >root/lib/apk/db/installed
  printf 'libssl\t1.1-4.cm2\t1\t2\tMicrosoft\t(none)\t3\tx86_64\t0\topenssl-1.1-4.cm2.src.rpm\n' >root/var/lib/rpmmanifest/container-manifest-2
  printf "<?php\n\$wp_version = '6.4.2';\n" >root/srv/wp-includes/version.php
  scan root --root --json >doc.json
  [ "$(jq -c '[.packages[] | [.type, .name, .version, .source, .licences]]' doc.json)" = '[["rpm","libssl","1.1-4.cm2","openssl",null],["apk","musl","1.2.4-r2","musl",["MIT"]],["generic","wordpress","6.4.2",null,null]]' ]
  [ "$(jq -c .os.repositories doc.json)" = '["3.18","edge"]' ]
  schema_holds
}

@test "a root in which nothing is found is no pass" {
  mkdir empty
  run -3 scan empty --root --no-record
  has "Neither a system nor a package is in it"
}
