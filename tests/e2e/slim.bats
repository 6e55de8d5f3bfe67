load lib
load advisories
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia slim. The image of most tests is one file, made once: a Debian of programs of this machine.

slim() { "$PARATIA" slim "$@"; }

# put PATH…: files of this machine into ./root, through the links on their way.
put() {
  local f
  for f in "$@"; do
    mkdir -p "root$(dirname "$f")" && cp -L --preserve=mode "$f" "root$f"
  done
}

# libraries PROGRAM…: what the loader takes for them.
libraries() { ldd "$@" | grep -o '/[^ ]*' | grep -v ':$' | sort -u; }

# record NAME FILE…: a package of ./root, as dpkg keeps it.
record() {
  local name=$1
  shift
  printf 'Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n' "$name" >>root/var/lib/dpkg/status
  printf '%s\n' "$@" >"root/var/lib/dpkg/info/$name.list"
}

make_root() {
  mkdir -p root/{etc,app,tmp,var/cache/apt,usr/share/doc/{sed,gone}} root/var/lib/dpkg/info
  put /bin/sed /bin/date /bin/dash /bin/cat $(libraries /bin/sed /bin/date /bin/dash)
  ln -s dash root/bin/sh
  printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n' >root/etc/os-release
  printf 'root:x:0:0:root:/root:/bin/sh\n' | tee root/etc/passwd >root/app/data
  printf '#!/bin/sh\nset -e\nsed -n "s/root:x/said/p" "$(dirname "$0")/data"\n' | sed 's/\$(dirname "\$0")/\/app/' >root/app/run.sh
  chmod 755 root/app/run.sh && chmod 4755 root/bin/date
  ln root/bin/sed root/bin/sed-2
  echo cache >root/var/cache/apt/x.deb
  echo text | tee root/usr/share/doc/sed/copyright root/usr/share/doc/sed/changelog >root/usr/share/doc/gone/copyright
  record sed /bin/sed /usr/share/doc/sed/copyright /usr/share/doc/sed/changelog
  record gone /bin/date /usr/share/doc/gone/copyright
}

# make_image: ./img: what make_root makes, a second layer on it, started by a script.
make_image() {
  [ -d "$BATS_FILE_TMPDIR/img" ] || (
    cd "$BATS_FILE_TMPDIR" && make_root && tar -C root --owner 7:7 --group 7:7 --mtime @1600000000 -cf base.tar . &&
      python3 - <<'P'
import hashlib, json, os
os.makedirs("img/blobs/sha256")
def put(b):
    h = hashlib.sha256(b).hexdigest()
    open("img/blobs/sha256/" + h, "wb").write(b)
    return {"digest": "sha256:" + h, "size": len(b)}
layer = dict(put(open("base.tar", "rb").read()), mediaType="application/vnd.oci.image.layer.v1.tar")
config = {"architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z",
          "config": {"Entrypoint": ["/app/run.sh"], "Env": ["PATH=/usr/bin:/bin"], "User": "7", "Labels": {"a": "b"}},
          "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}, "history": [{"created_by": "ADD base.tar /"}]}
config = dict(put(json.dumps(config).encode()), mediaType="application/vnd.oci.image.config.v1+json")
manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": [layer]}
manifest = dict(put(json.dumps(manifest).encode()), mediaType=manifest["mediaType"])
json.dump({"schemaVersion": 2, "manifests": [manifest]}, open("img/index.json", "w"))
open("img/oci-layout", "w").write('{"imageLayoutVersion": "1.0.0"}')
P
  )
  ln -sfn "$BATS_FILE_TMPDIR/img" img
}

# unpack DIR: its layer, in ./new.
unpack() {
  local m
  m=$(jq -r '.manifests[0].digest[7:]' "$1/index.json")
  rm -rf new && mkdir new
  tar -xpf "$1/blobs/sha256/$(jq -r '.layers[0].digest[7:]' "$1/blobs/sha256/$m")" -C new
}

# proves: slim --output
# proves: slim --tag
@test "an image without what its entry point cannot need runs as before" {
  make_image
  run -0 slim img --output out --tag pt-slim/app:slim
  line "package  deb  gone"
  line "written  out  manifest  $(jq -r '.manifests[0].digest' out/index.json)"
  [[ ${lines[-1]} =~ ,\ [0-9.]+\ (B|KiB|MiB)\ became\ [0-9.]+\ (B|KiB|MiB)$ ]] # units as everywhere
  unpack out
  [ ! -e new/bin/date ]
  [ ! -e new/var/cache/apt/x.deb ]
  [ ! -e new/usr/share/doc/sed/changelog ]
  [ -x new/bin/sed ]
  [ -f new/usr/share/doc/sed/copyright ]
  [ "$(readlink new/bin/sh)" = dash ]
  [ "$(stat -c %u:%a:%Y new/app/run.sh)" = 7:755:1600000000 ]
  [ "$(chroot new /app/run.sh)" = "said:0:0:root:/root:/bin/sh" ]
  run -0 "$PARATIA" scan out --no-record --json # its digests hold, and its list of packages says what is there
  jq -e '.verdict == "pass" and ([.packages[].name] == ["sed"])' <<<"$output"
  need_docker
  tar -C out -c . | docker load >load.out
  grep -F pt-slim/app:slim load.out
  [ "$(docker run --rm --network none pt-slim/app:slim)" = "said:0:0:root:/root:/bin/sh" ]
  [ "$(docker inspect -f '{{.Config.User}} {{index .Config.Labels "a"}}' pt-slim/app:slim)" = "7 b" ]
  run -127 docker run --rm --network none --entrypoint /bin/date pt-slim/app:slim
}

@test "the same image gives the same bytes, and nothing is written over" {
  make_image
  run -0 slim img --output one --quiet
  run -0 slim img --output two --quiet --no-cache
  diff -r one two
  before=$(cat one/index.json)
  run -2 slim img --output one
  has "it is there already, and not an empty folder"
  [ "$(cat one/index.json)" = "$before" ]
  mkdir empty
  run -0 slim img --output empty --quiet
}

# proves: slim --dry-run
# proves: slim --json
@test "a dry run says what stays and why, and writes nothing" {
  make_image
  run -0 slim img --dry-run --json
  jq -e '.kept[] | select(.path == "bin/sed") | .need == "mentioned" and .by == "app/run.sh"' <<<"$output"
  jq -e '.kept[] | select(.path == "bin/sh") | .need == "needed" and .how == "interpreter"' <<<"$output"
  jq -e '[.left_out[].path] | contains(["bin/date", "var/cache/apt/x.deb"])' <<<"$output"
  jq -e '.dockerfile == ["RUN dpkg --purge --force-all gone"] and .after.bytes < .before.bytes and (has("image") | not)' <<<"$output"
  run -2 slim img
  has "where to is not said"
  run -2 slim img --dry-run --output x
  has "--dry-run writes nothing"
  [ ! -e x ]
}

# proves: slim --keep
# proves: slim --include-shell
# proves: slim --trace
@test "what is asked for or traced stays" {
  make_image
  echo /usr/share/doc/sed/changelog >trace
  run -0 slim img --output out --keep '/bin/da*' --keep /var/cache --trace trace --include-shell
  unpack out
  [ "$(stat -c %a new/bin/date)" = 4755 ]
  [ -f new/var/cache/apt/x.deb ]
  [ -f new/usr/share/doc/sed/changelog ]
  run -0 slim img --dry-run --trace trace --include-shell --json
  jq -e '.kept[] | select(.path == "usr/share/doc/sed/changelog") | .need == "traced" and .traced' <<<"$output"
  jq -e '.kept[] | select(.path == "bin/dash") | .traced == false' <<<"$output"
  run -2 slim img --dry-run --keep /none
  has "--keep /none: the image has no such file"
}

# proves: slim --full
# proves: slim --quiet
# proves: slim --color
# proves: slim --ascii
@test "one line is the summary; all files are listed if that is asked" {
  make_image
  run -0 slim img --dry-run --quiet --color never --ascii
  [ "${#lines[@]}" = 1 ]
  has "1 of 2 packages"
  run -0 slim img --dry-run --full
  line "file  /bin/date"
  run -2 slim img --dry-run --color purple
}

# proves: slim --image
# proves: slim --platform
# proves: slim --from
# proves: slim --insecure-registry
# proves: slim --help
@test "which image is chosen as scan chooses it" {
  "$PT_REPO/tests/e2e/images" two '{"names":["a:1","b:1"],"form":"docker","config":{"Cmd":["/x"]},"layers":[{"entries":[{"path":"x","text":"x","mode":493}]}]}'
  run -0 slim two --from file --image a:1 --dry-run --quiet
  run -2 slim two --image c:1 --dry-run --quiet
  run -2 slim two --platform plan9/mips --dry-run --quiet
  run -2 slim two --from nowhere --dry-run
  run -3 slim registry:127.0.0.1:1/x --insecure-registry --dry-run
  run -0 slim --help
  has "--include-shell"
}

# proves: slim --cache
# proves: slim --cache-max
# proves: slim --no-cache
# proves: slim --verify
@test "what layers hold is kept as by scan, and what is copied is verified" {
  make_image
  run -0 slim img --dry-run --quiet --cache "$PWD/kept" --cache-max 10M
  [ -n "$(find kept -type f)" ]
  run -0 slim img --dry-run --quiet --cache "$PWD/kept" --verify
  run -0 slim img --dry-run --quiet --no-cache
}

@test "hard links, attributes, long names and files of lower layers are copied as they are seen" {
  long=$(printf 'n%.0s' $(seq 120))
  "$PT_REPO/tests/e2e/images" img '{"config":{"Cmd":["/opt/app"]},"layers":[
    {"entries":[{"path":"opt/app","text":"old"},{"path":"opt/gone","text":"x"},{"path":"lib","link":"usr/lib"},{"path":"usr/lib/x","text":"x"},{"path":"opt/first","text":"same"}]},
    {"entries":[{"path":"opt/app","text":"new","mode":493,"uid":9,"pax":{"SCHILY.xattr.user.a":"b"}},{"path":"opt/.wh.gone","text":""},
      {"path":"lib/'"$long"'","text":"long"},{"path":"opt/second","hard":"opt/first"},{"path":"opt/fourth","hard":"opt/first"}]},
    {"entries":[{"path":"opt/third","text":"3"},{"path":"opt/.wh.first","text":""}],"compress":"zstd"}]}'
  run -0 slim img --output out --keep "/usr/lib/n*"
  unpack out
  [ "$(cat new/opt/app)" = new ]
  [ "$(stat -c %u:%a new/opt/app)" = 9:755 ]
  [ ! -e new/opt/gone ]
  [ ! -e new/opt/first ]
  [ "$(cat "new/usr/lib/$long")" = long ]
  [ ! -e new/usr/lib/x ]
  [ "$(cat new/opt/second new/opt/third)" = same3 ]
  [ new/opt/second -ef new/opt/fourth ]
  m=$(jq -r '.manifests[0].digest[7:]' out/index.json)
  jq -e '.annotations["paratia.slim.source"] | startswith("sha256:")' "out/blobs/sha256/$m"
  grep -q SCHILY.xattr.user.a=b "out/blobs/sha256/$(jq -r '.layers[0].digest[7:]' "out/blobs/sha256/$m")"
}

@test "an image that starts nothing, or cannot be read whole, is refused, and nothing is left of it" {
  "$PT_REPO/tests/e2e/images" none '{"layers":[{"entries":[{"path":"x","text":"x"}]}]}'
  run -3 slim none --output out
  has "it has no entry point"
  [ ! -e out ]
  "$PT_REPO/tests/e2e/images" other '{"config":{"Cmd":["/y"]},"layers":[{"entries":[{"path":"x","text":"x"}]}]}'
  run -3 slim other --output out
  has "the program that it starts is not in the image"
  "$PT_REPO/tests/e2e/images" cut '{"config":{"Cmd":["/x"]},"layers":[{"entries":[{"path":"x","text":"x"}],"spoil":"digest"}]}'
  run -3 slim cut --output out
  [ ! -e out ]
  mkdir folder
  run -2 slim folder --dry-run
  has "it is no image"
  [ ! -e out ]
}

# proves: slim --db
# proves: slim --db-key
# proves: slim --max-age
@test "vulnerabilities that go with what is left out are counted" {
  make_image
  mkdir feeds
  export MODIFIED=$(date -u -d '2 days ago' +%FT%TZ)
  advisory CVE-2024-1 gone "" $worst >feeds/1.json
  advisory CVE-2024-2 sed 2 $little >feeds/2.json
  "$PARATIA" db build feeds --out a.idx
  run --separate-stderr slim img --dry-run --db a.idx --max-age 1d
  [[ $stderr == *"the advisory index is 2 days old"* ]]
  run --separate-stderr slim img --dry-run --db a.idx --max-age 3d
  [ "$status" = 0 ]
  [ -z "$stderr" ]
  line "package  deb  gone" "1 vulnerability"
  line "1 of 2 packages, 1 of 2 vulnerabilities, "
  run -0 slim img --dry-run --db a.idx --json
  jq -e '.before.vulnerabilities == 2 and .after.vulnerabilities == 1 and .packages[0].vulnerabilities == 1' <<<"$output"
  run -3 slim img --dry-run --db none.idx
  run -3 slim img --dry-run --db a.idx --db-key none.pub
}
