load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan and sbom of images that are no files: of an engine, by name.

scan() { "$PARATIA" scan --no-record "$@"; }

# root_of NAME=VERSION…: a Debian with these packages, in ./root.
root_of() {
  local p
  rm -rf root
  mkdir -p root/var/lib/dpkg root/etc
  printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n' >root/etc/os-release
  for p in "$@"; do
    printf 'Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: %s\n\n' "${p%=*}" "${p#*=}"
  done >root/var/lib/dpkg/status
}

# proves: scan --from
# proves: sbom --from
@test "an image of the engine is scanned by its name" {
  need_docker
  root_of a=1
  tar -C root -c . | docker import - pt-fetch/web:1 >/dev/null
  mkdir tmp
  export TMPDIR=$PWD/tmp
  run -0 scan pt-fetch/web:1
  line "Image pt-fetch/web:1" "Debian 12 · "
  line "deb  a  1  amd64  a  1  layer 1"
  run -0 scan pt-fetch/web:1 --from docker --quiet
  line "0 fail, 1 not evaluated, 1 package, 1 layer"
  run -0 scan "$(docker images -q pt-fetch/web:1)" --quiet
  run -0 "$PARATIA" sbom pt-fetch/web:1 --from docker
  jq -e '[.components[].name] | contains(["a"])' <<<"$output"
  DOCKER_HOST=tcp://127.0.0.1:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$PT_E2E/tls/client \
    run -0 nsenter --net="$PT_NETNS" "$PARATIA" scan --no-record pt-fetch/web:1 --quiet
  run -3 scan pt-fetch/nothing:1 --from docker
  has "the engine has no image of that name"
  has "paratia scan --from registry pt-fetch/nothing:1"
  run -3 scan pt-fetch/nothing:1
  has "there is no such file or folder, nor such an image in ${DOCKER_HOST#unix://}"
  mkdir -p pt-fetch/web:1 # what is a path is a path
  run -3 scan pt-fetch/web:1
  line "Source tree"
  run -0 scan pt-fetch/web:1 --from docker --quiet
  docker rmi -f pt-fetch/web:1 >/dev/null
  [ -z "$(ls -A tmp)" ]
}

@test "a container is scanned as it is now, and is not recorded as its image" {
  need_docker
  root_of a=1
  mkdir -p tmp root/data pkg/opt/node_modules/late
  tar -C root -c . | docker import -c 'USER shop' -c 'CMD ["/x"]' -c 'ENV A=1' - pt-fetch/base:1 >/dev/null
  docker create --name pt-fetch-ctr -v "$PWD/pkg:/data" --env B=2 pt-fetch/base:1 >/dev/null
  export TMPDIR=$PWD/tmp
  run -0 scan container:pt-fetch-ctr --json
  jq -e '.kind == "container" and .layers == [] and ([.packages[].name] == ["a"]) and (.image | has("config") | not)
    and (.container | .name == "pt-fetch-ctr" and .image == "pt-fetch/base:1" and .state == "created" and .mounts == ["/data"])' <<<"$output"
  [ "$(jq -r .container.image_id <<<"$output")" = "$(docker inspect -f '{{.Image}}' pt-fetch-ctr)" ]
  echo '{"name":"late","version":"2"}' >pkg/opt/node_modules/late/package.json
  docker cp pkg/opt pt-fetch-ctr:/ >/dev/null
  run -0 "$PARATIA" scan container:pt-fetch-ctr --state "$PT_STATE" --from docker
  line "Container pt-fetch-ctr" "Debian 12 · 2 packages"
  line "of pt-fetch/base:1" "created" "1 mount is not looked into: /data"
  line "npm  late  2"
  ! grep -q sha256: "$PT_STATE/images.db" 2>/dev/null # a guard asks for images
  run scan "container:$(docker inspect -f '{{.Id}}' pt-fetch-ctr)" --hardening --json
  jq -e '.image.settings | .user == "shop" and (.env | length) == 2' <<<"$output"
  run -0 "$PARATIA" sbom container:pt-fetch-ctr
  jq -e '[.components[].name] | contains(["a", "late"])' <<<"$output"
  run -3 scan container:pt-fetch-none
  has "the engine has no container of that name"
  has "docker ps -a"
  run -2 scan container:../images/json
  has "no name of a container"
  run -2 scan container:pt-fetch-ctr --platform linux/amd64
  run -2 scan container:pt-fetch-ctr --root
  docker rm -f pt-fetch-ctr >/dev/null
  docker rmi -f pt-fetch/base:1 >/dev/null
  [ -z "$(ls -A tmp)" ]
}

# engine_of DIR: an engine, of which little is there: ./sock answers each path with the file of that
# name in DIR.
engine_of() {
  python3 -c 'import http.server, socketserver, sys, os
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        b = open(os.path.join(sys.argv[1], self.path.split("/")[-1]), "rb").read()
        self.send_response(200); self.send_header("Content-Length", str(len(b))); self.end_headers(); self.wfile.write(b)
    def address_string(self): return "-"
    def log_message(self, *a): pass
s = socketserver.UnixStreamServer("sock", H)
open("ready", "w").write("1")
s.serve_forever()' "$1" >none 2>&1 3>&- &
  echo $! >engine.pid
  for _ in $(seq 100); do [ -s ready ] || sleep 0.05; done
  export DOCKER_HOST=unix://$PWD/sock
}

teardown() {
  [ ! -f containerd.pid ] || kill "$(cat containerd.pid)" || true
  [ ! -f engine.pid ] || kill "$(cat engine.pid)"
}

@test "a container's export that ends early is an error, and never a shorter list" {
  root_of a=1
  mkdir answers
  engine_of answers
  echo '{"Id":"c0","Name":"/web","Config":{},"Image":"sha256:0"}' >answers/json
  tar -C root -cf answers/export .
  run -0 scan container:web --quiet
  head -c 4096 answers/export >cut
  cat cut - <<<'{"message":"no space left"}' >answers/export
  run -3 scan container:web
  has "the engine's export of it is cut off"
  cp cut answers/export
  run -3 scan container:web
  has "the engine's export of it is cut off"
  echo '{"Id":"../../images/json"}' >answers/json
  run -3 scan container:web
  has "the engine says no id of the container"
}

@test "without an engine a name is said to be neither a file nor an image" {
  export DOCKER_HOST=unix://$PWD/none.sock
  run -3 scan nowhere
  has "none.sock"
  run -3 scan ./nowhere # can be no image's name
  has "there is no such file or folder"
  hasnt "none.sock"
  run -3 scan nowhere --from file
  has "there is no such file or folder"
  run -2 scan nowhere --from there
  has "--from does not know there"
  run -2 scan no/name/ --from docker
  has "it is no name of an image"
  run -2 scan nowhere --root
  has "--root is for folders"
}

@test "an image of Podman is scanned by its name" {
  local words=(--root "$PWD/p" --runroot "$PWD/r" --storage-driver vfs) pid
  command -v podman >/dev/null || skip "podman is not installed"
  [ "$(id -u)" = 0 ] || skip "needs root to import an image"
  root_of a=1
  tar -C root -cf root.tar .
  podman "${words[@]}" import root.tar pt-fetch/pod:1 >/dev/null 2>&1 || skip "podman cannot import an image here"
  export XDG_RUNTIME_DIR=$PWD/x
  mkdir -p x/podman
  podman "${words[@]}" system service --time 30 "unix://$PWD/x/podman/podman.sock" >service.out 2>&1 3>&- &
  pid=$!
  for _ in $(seq 100); do [ -S x/podman/podman.sock ] || sleep 0.05; done
  run scan pt-fetch/pod:1 --from podman
  podman "${words[@]}" create --name pt-pod pt-fetch/pod:1 /x >/dev/null 2>&1 &&
    scan container:pt-pod --from podman --json >pod.json 2>pod.err
  kill $pid
  wait $pid || true
  [ "$status" = 0 ] || { echo "$output"; cat service.out; return 1; }
  line "deb  a  1  amd64  a  1  layer 1"
  jq -e '.container.name == "pt-pod" and ([.packages[].name] == ["a"])' pod.json || { cat pod.err; return 1; }
  run -3 scan pt-fetch/pod:1 --from podman
}

# proves: scan --from
@test "an image of containerd is read from its content store, by its digest" {
  local digest store=$PWD/c/io.containerd.content.v1.content
  command -v containerd ctr >/dev/null || skip "containerd is not installed"
  [ "$(id -u)" = 0 ] || skip "needs root to start containerd"
  "$PT_REPO/tests/e2e/images" img '{"form":"oci-tar","names":["docker.io/pt/web:1"],"platforms":["linux/amd64","linux/arm64"],"layers":[{"entries":[
    {"path":"etc/os-release","text":"ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n"},
    {"path":"var/lib/dpkg/status","text":"Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"}]}]}'
  printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >config.toml
  containerd -c config.toml --root "$PWD/c" --state "$PWD/s" -a "$PWD/c.sock" >containerd.out 2>&1 3>&- &
  echo $! >containerd.pid
  for _ in $(seq 100); do ctr -a "$PWD/c.sock" version >none 2>&1 && break || sleep 0.1; done
  ctr -a "$PWD/c.sock" images import --all-platforms --no-unpack --digests img >imported 2>&1 || { cat imported containerd.out; return 1; }
  tar -xOf img index.json | jq -c '.mediaType = "application/vnd.oci.image.index.v1+json"' >index
  digest=sha256:$(sha256sum <index | cut -d' ' -f1)
  kill "$(cat containerd.pid)" # before it throws away what no image of its own names
  while kill -0 "$(cat containerd.pid)" 2>/dev/null; do sleep 0.05; done
  rm containerd.pid
  cp index "$store/blobs/sha256/${digest#*:}"
  run -0 scan "$store" --image "$digest" --platform linux/arm64 --json
  jq -e '.image.architecture == "arm64" and ([.packages[].name] == ["a"])' <<<"$output"
  stored() { unshare -m sh -c 'mkdir -p /var/lib/containerd && mount --bind "$1" /var/lib/containerd && shift && exec "$@"' - "$PWD/c" "$PARATIA" scan --no-record "$@"; }
  run -0 stored "web@${digest}" --from containerd --platform linux/amd64
  line "deb  a  1  amd64  a  1  layer 1"
  run -0 stored "${digest:7:16}" --from containerd --platform linux/amd64 --quiet
  run -0 stored "$(jq -r '.manifests[0].digest' index)" --from containerd --quiet # of one platform
  run -3 stored ffffffffffff --from containerd
  has "it holds no blob ffffffffffff"
  run -2 stored web:1 --from containerd
  has "no digest of an image"
  run -2 stored "$digest" --from containerd --root
  run -3 scan "$store"
  has "of a content store: --image DIGEST"
}
