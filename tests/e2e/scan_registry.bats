load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan and sbom of images of a registry: Debian's docker-registry on loopback, and one of the
# tests' own that misbehaves. Everything that is started is stopped, even if the test fails.

scan() { "$PARATIA" scan --no-record "$@"; }

image() { "$PT_REPO/tests/e2e/images" "$@"; }

setup_file() {
  export HOME=$BATS_FILE_TMPDIR/home
  mkdir -p "$HOME"
}

teardown() {
  local pid
  for pid in $(cat pids 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
  for pid in $(cat pids 2>/dev/null); do
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  done
}

# started FILE COMMAND…: starts it, and waits until the file is there.
started() {
  local file=$1 _
  "${@:2}" >"$file.out" 2>&1 3>&- &
  echo $! >>pids
  for _ in $(seq 200); do
    [ ! -s "$file" ] || return 0
    sleep 0.05
  done
  cat "$file.out"
  return 1
}

# fake MODE: the tests' own registry with ./img; $at is its address.
fake() {
  rm -f port
  started port "$PT_REPO/tests/e2e/registry" fake port img "$1"
  at=127.0.0.1:$(cut -d' ' -f1 port)
}

# layout [PLATFORM…]: an image in ./img with the package a and a layer of 40 kB more.
layout() {
  local IFS=, p=("${@:-linux/amd64}")
  head -c 30000 /dev/urandom | base64 -w0 >noise
  rm -rf img
  image img '{"platforms":['"$(printf '"%s"\n' "${p[@]}" | paste -sd,)"'],"layers":[{"entries":[
    {"path":"etc/os-release","text":"ID=debian\nVERSION_ID=\"12\"\nNAME=Debian\n"},
    {"path":"var/lib/dpkg/status","text":"Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"}]},
    {"entries":[{"path":"noise","from":"noise"}]}]}'
}

# index FILTER: ./img's index, changed by jq.
index() { jq -c "$1" img/index.json >index.json && mv index.json img/index.json; }

# docker_registry AUTH…: Debian's, with these lines below auth; $at is its address.
docker_registry() {
  local port=$((20000 + RANDOM % 20000)) _
  command -v docker-registry >/dev/null || skip "docker-registry is not installed"
  printf '%s\n' "version: 0.1" "storage:" "  filesystem:" "    rootdirectory: $PWD/store" "http:" "  addr: 127.0.0.1:$port" "$@" >registry.yml
  docker-registry serve registry.yml >registry.out 2>&1 3>&- &
  echo $! >>pids
  at=127.0.0.1:$port
  for _ in $(seq 200); do
    ! curl -s -o none "http://$at/v2/" || return 0
    sleep 0.05
  done
  cat registry.out
  return 1
}

push() { "$PT_REPO/tests/e2e/registry" push "$@"; }

# proves: scan --from
# proves: sbom --from
@test "an image of docker-registry is scanned by its name, tag or digest" {
  local digest
  docker_registry
  layout
  push img "http://$at" shop/web 1
  mkdir tmp
  export TMPDIR=$PWD/tmp
  run -0 scan "registry:$at/shop/web:1"
  line "Image $at/shop/web:1" " · Debian"
  line "deb  a  1  amd64  a  1  layer 1"
  line "0 fail, 1 not evaluated, 1 package, 2 layers"
  digest=$(jq -r '.manifests[0].digest' img/index.json)
  run -0 scan "$at/shop/web@$digest" --from registry --json
  jq -e --arg d "$digest" '.image.manifest == $d and .verdict == "pass"' <<<"$output"
  run -0 "$PARATIA" sbom "registry:$at/shop/web:1"
  jq -e '[.components[].name] | contains(["a"])' <<<"$output"
  run -0 "$PARATIA" sbom "$at/shop/web:1" --from registry
  run -3 scan "registry:$at/shop/web:2"
  has "the registry has no such image"
  run -3 scan "registry:$at/shop/none"
  has "the registry has no such image"
  run -3 scan "registry:127.0.0.1:1/shop/web"
  has "127.0.0.1:1"
  run -2 scan "registry:$at/Shop/web"
  has "no repository's name"
  run -2 scan "registry:$at/shop/web:1" --image x
  run -2 scan "registry:$at/shop/web:1" --root
  [ -z "$(ls -A tmp)" ]
}

@test "of several platforms the wanted one is fetched, and none is guessed" {
  docker_registry
  layout linux/s390x linux/arm64
  push img "http://$at" multi 1
  run -2 scan "registry:$at/multi:1"
  has "it has no image for linux/"
  has "there are: linux/s390x, linux/arm64"
  run -0 scan "registry:$at/multi:1" --platform linux/arm64 --json
  jq -e '.image.architecture == "arm64"' <<<"$output"
  # A note alone makes no attestation of an image, and one without a platform could be taken.
  index '.manifests[1].annotations["vnd.docker.reference.type"] = "attestation-manifest"'
  push img "http://$at" noted 1
  run -0 scan "registry:$at/noted:1" --platform linux/arm64 --json
  jq -e '.image.architecture == "arm64"' <<<"$output"
  index 'del(.manifests[0].platform)'
  push img "http://$at" silent 1
  run -2 scan "registry:$at/silent:1" --platform linux/arm64
  has "it has 2 images that may be for linux/arm64"
  has "REPOSITORY@DIGEST names one; there are: $(jq -r '.manifests[0].digest' img/index.json), linux/arm64"
  layout linux/arm64
  push img "http://$at" one 1
  run -0 scan "registry:$at/one:1" --quiet
  run -0 scan "registry:$at/one:1" --platform linux/arm64 --quiet
  run -2 scan "registry:$at/one:1" --platform linux/amd64 --quiet
  has "there is only one, for linux/arm64"
}

@test "a registry with htpasswd gets the login of docker's files and helpers" {
  perl -e 'print "u:", crypt("se:cret", q($2y$05$abcdefghijklmnopqrstuu)), "\n"' >users
  docker_registry "auth:" "  htpasswd:" "    realm: tests" "    path: $PWD/users"
  layout
  push img "http://$at" shop/web 1 u:se:cret
  export DOCKER_CONFIG=$PWD/docker
  mkdir docker bin
  run -3 scan "registry:$at/shop/web:1"
  has "the registry wants a login"
  has "docker login $at"
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$at" "$(printf u:wrong | base64)" >docker/config.json
  run -3 scan "registry:$at/shop/web:1"
  has "the registry refuses the login of $PWD/docker/config.json"
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$at" "$(printf u:se:cret | base64)" >docker/config.json
  run -0 scan "registry:$at/shop/web:1" --quiet
  cp docker/config.json auth.json
  rm docker/config.json
  REGISTRY_AUTH_FILE=$PWD/auth.json run -0 scan "registry:$at/shop/web:1" --quiet
  printf '#!/bin/sh\nread -r host\nprintf "{\\"ServerURL\\":\\"%%s\\",\\"Username\\":\\"u\\",\\"Secret\\":\\"$OF_TEST\\"}" "$host"\n' >bin/docker-credential-pt
  chmod +x bin/docker-credential-pt
  echo '{"credsStore":"pt"}' >docker/config.json
  export PATH=$PWD/bin:$PATH
  OF_TEST=se:cret run -0 scan "registry:$at/shop/web:1" --quiet
  OF_TEST=no run -3 scan "registry:$at/shop/web:1" --quiet
  has "docker-credential-pt"
  echo '{"credsStore":"none"}' >docker/config.json
  run -3 scan "registry:$at/shop/web:1" --quiet
  has "there is no docker-credential-none in PATH"
}

@test "a registry that wants tokens gets those of the server that it names" {
  local realm
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem -subj /CN=pt-tests 2>none
  started port "$PT_REPO/tests/e2e/registry" tokens port key.pem cert.pem u:secret
  realm=http://127.0.0.1:$(cat port)/token
  docker_registry
  layout
  push img "http://$at" shop/web 1
  kill "$(tail -1 pids)"
  docker_registry "auth:" "  token:" "    realm: $realm" "    service: tests" "    issuer: pt-tests" "    rootcertbundle: $PWD/cert.pem"
  export DOCKER_CONFIG=$PWD/docker
  mkdir docker
  run -3 scan "registry:$at/shop/web:1"
  has "the registry wants a login"
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$at" "$(printf u:secret | base64)" >docker/config.json
  run -0 scan "registry:$at/shop/web:1" --quiet
  grep -q "GET /token?service=tests&scope=repository%3Ashop%2Fweb%3Apull auth=Basic" port.log
  printf '{"auths":{"%s":{"identitytoken":"refresh-me"}}}' "$at" >docker/config.json
  run -0 scan "registry:$at/shop/web:1" --quiet
  grep -q "POST /token auth=- .*grant_type=refresh_token" port.log
}

@test "what is cut off goes on, what is busy is asked again, what is elsewhere gets no login" {
  layout
  fake cut
  run -0 scan "registry:$at/x" --quiet
  grep -q "range=bytes=700-" port.log
  fake whole
  run -0 scan "registry:$at/x" --quiet
  fake busy
  run -0 scan "registry:$at/x" --quiet
  fake elsewhere
  export DOCKER_CONFIG=$PWD/docker
  mkdir docker
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$at" "$(printf u:secret | base64)" >docker/config.json
  run -0 scan "registry:$at/x" --quiet
  grep -q "GET /sha256:.*auth=-" port.log
}

# fails MODE TEXT: the fake registry makes it fail, with this in the error.
fails() {
  fake "$1"
  run -3 scan "registry:$at/x"
  has "$2"
}

@test "a registry that lies or leads astray is an error that says so" {
  layout
  mkdir tmp
  export TMPDIR=$PWD/tmp
  fails range "another range than was asked for"
  fails other "the manifest is not the one of its digest"
  fails long "a blob is larger than the manifest says"
  fails short "a blob is smaller than the manifest says"
  fails realm "it leads to http://10.0.0.5, without TLS"
  fails digest "a login by other means than Basic and Bearer"
  fails inside "what is no http or https URL"
  fails loop "the registry answers 307"
  fails down "the registry answers 500: out of \\x1b[31morder"
  [ -z "$(ls -A tmp)" ]
}

@test "a layer that is not what its digest says is never a pass" {
  local layer
  layout
  layer=$(jq -r '.manifests[0].digest' img/index.json)
  layer=$(jq -r '.layers[1].digest' "img/blobs/sha256/${layer#sha256:}")
  printf X | dd of="img/blobs/sha256/${layer#sha256:}" bs=1 seek=200 conv=notrunc status=none
  fake sound
  run scan "registry:$at/x" --quiet
  [ "$status" != 0 ]
}

# proves: scan --insecure-registry
# proves: sbom --insecure-registry
@test "without TLS only this machine is spoken to, unless it is allowed" {
  local own
  own=$(hostname -I | tr ' ' '\n' | grep -v '^$' | head -1)
  [ -n "$own" ] || skip "this machine has no address but loopback"
  layout
  fake sound
  python3 -c 'import socket, sys, threading
def pipe(a, b):
    while d := a.recv(65536): b.sendall(d)
    b.shutdown(socket.SHUT_WR)
s = socket.create_server((sys.argv[1], 0), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
open("outer", "w").write(str(s.getsockname()[1]))
while True:
    c = s.accept()[0]; u = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    for x in ((c, u), (u, c)): threading.Thread(target=pipe, args=x, daemon=True).start()' "$own" "${at#*:}" >none 2>&1 3>&- &
  echo $! >>pids
  for _ in $(seq 100); do [ -s outer ] || sleep 0.05; done
  [[ $own != *:* ]] || own="[$own]"
  at=$own:$(cat outer)
  run -3 scan "registry:$at/x"
  has "--insecure-registry"
  run -0 scan "registry:$at/x" --insecure-registry --quiet
  run -0 "$PARATIA" sbom "registry:$at/x" --insecure-registry
  run -2 scan ./x --insecure-registry
  has "--insecure-registry is of --from registry"
}

@test "TLS is verified, by the system's list and docker's certs.d" {
  [ "$(id -u)" = 0 ] || skip "needs root to lay a folder over /etc/docker"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout ca-key.pem -out ca.pem -subj /CN=pt-ca 2>none
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout key.pem -out cert.pem -subj /CN=pt \
    -CA ca.pem -CAkey ca-key.pem -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=CA:FALSE 2>none
  layout
  docker_registry
  push img "http://$at" shop/web 1
  kill "$(tail -1 pids)"
  docker_registry "  tls:" "    certificate: $PWD/cert.pem" "    key: $PWD/key.pem"
  run -3 scan "registry:$at/shop/web:1"
  has "certificate"
  has "/etc/docker/certs.d/HOST/ca.crt"
  run -3 scan "registry:$at/shop/web:1" --insecure-registry # it is no leave to believe anybody
  mkdir -p /etc/docker
  signed() { unshare -m sh -c 'mount -t tmpfs none /etc/docker && mkdir -p "/etc/docker/certs.d/$1" && cp ca.pem "/etc/docker/certs.d/$1/ca.crt" && shift && exec "$@"' - "$@"; }
  run -0 signed "$at" "$PARATIA" scan --no-record "registry:$at/shop/web:1" --quiet
  run -3 signed 127.0.0.1:1 "$PARATIA" scan --no-record "registry:$at/shop/web:1" --quiet
}

@test "a layer that is known is not fetched again" {
  docker_registry
  layout
  push img "http://$at" shop/web 1
  run -0 scan "registry:$at/shop/web:1" --json
  cp /dev/stdin first <<<"$output"
  : >registry.out
  run -0 scan "registry:$at/shop/web:1" --json
  diff first - <<<"$output"
  [ "$(grep -c '"GET /v2/shop/web/blobs/' registry.out)" = 1 ] # the configuration
  : >registry.out
  run -0 scan "registry:$at/shop/web:1" --json --verify
  diff first - <<<"$output"
  [ "$(grep -c '"GET /v2/shop/web/blobs/' registry.out)" = 3 ]
}

# laid FOLDER FILE COMMAND…: with a folder of its own at that path, which holds ./laid as FILE.
laid() { unshare -m sh -c 'mkdir -p "$1" && mount -t tmpfs none "$1" && mkdir -p "$(dirname "$1/$2")" && cp laid "$1/$2" && shift 2 && exec "$@"' - "$@"; }

@test "mirrors of containerd are asked in their order, by digest or tag, and get no login but theirs" {
  local digest host=registry.invalid:5000
  [ "$(id -u)" = 0 ] || skip "needs root to lay a folder over /etc/containerd"
  layout
  fake other
  printf 'server = "https://registry.invalid:5000"\n[host."http://127.0.0.1:1"]\n  capabilities = ["pull", "resolve"]\n[host."http://%s/deep"]\n[host."http://127.0.0.1:2"]\n  capabilities = ["push"]\n' "$at" >laid
  docker_registry
  push img "http://$at" shop/web 1
  printf '[host."http://%s/v2"]\n  override_path = true\n  capabilities = ["pull"]\n' "$at" >>laid
  export DOCKER_CONFIG=$PWD/docker
  mkdir docker
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$host" "$(printf u:secret | base64)" >docker/config.json
  digest=$(jq -r '.manifests[0].digest' img/index.json)
  web() { laid /etc/containerd "certs.d/$1/hosts.toml" "$PARATIA" scan --no-record "${@:2}"; }
  run -0 --separate-stderr web registry.invalid:5000 "registry:$host/shop/web@$digest"
  line "Image $host/shop/web@$digest"
  line "from $at, a mirror by /etc/containerd/certs.d/$host/hosts.toml"
  hasnt "mirror's word"
  [[ $stderr == *"note: mirror 127.0.0.1:1: "*"note: mirror 127.0.0.1:"*": the manifest is not the one of its digest"* ]]
  grep -q "GET /deep/v2/shop/web/manifests/$digest?ns=$host auth=-" port.log
  ! grep -q Basic port.log
  # A tag: who may not resolve is not asked; another mirror's word is told as that.
  sed -i 's/  capabilities = \["pull"\]$//' laid
  fake down
  run -0 --separate-stderr web _default "registry:$host/shop/web:1" --json
  jq -e --arg at "${output:+$(grep -o '127[^/]*/v2' laid | cut -d/ -f1)}" '.image.mirror | .host == $at and .tag == "1" and .of == "registry.invalid:5000"' <<<"$output"
  run -0 web _default "registry:$host/shop/web:1"
  line "what the tag means is the mirror's word"
  : >laid # nobody else
  run -3 web _default "registry:$host/shop/web:1"
  has "registry.invalid"
  echo '[host' >laid
  run -3 web _default "registry:$host/shop/web:1"
  has "/etc/containerd/certs.d/_default/hosts.toml"
}

@test "registries.conf says by the longest prefix who is asked, and who never" {
  docker_registry
  layout
  push img "http://$at" copy/web 1
  export CONTAINERS_REGISTRIES_CONF=$PWD/registries.conf
  printf '[[registry]]\nlocation = "registry.invalid"\nblocked = true\n[[registry]]\nprefix = "registry.invalid/shop"\nlocation = "other.invalid/copy"\n[[registry.mirror]]\nlocation = "%s/copy"\ninsecure = true\n' "$at" >registries.conf
  run -0 scan registry:registry.invalid/shop/web:1
  line "Image registry.invalid/shop/web:1"
  line "from $at, a mirror by $PWD/registries.conf" "what the tag means is the mirror's word"
  run -3 scan registry:registry.invalid/shopping/web:1
  has "this registry is blocked here"
  has "registries.conf"
  sed -i "s/$at/127.0.0.1:1/" registries.conf
  run -3 scan registry:registry.invalid/shop/web:1
  has "note: mirror 127.0.0.1:1"
  has "other.invalid"
}

@test "mirrors of dockerd are for Docker Hub only" {
  [ "$(id -u)" = 0 ] || skip "needs root to lay a folder over /etc/docker"
  docker_registry
  layout
  push img "http://$at" library/web 1
  printf '{"registry-mirrors":["http://%s/"]}' "$at" >laid
  run -0 laid /etc/docker daemon.json "$PARATIA" scan --no-record registry:docker.io/library/web:1
  line "Image docker.io/library/web:1"
  line "from $at, a mirror by /etc/docker/daemon.json"
  run -3 laid /etc/docker daemon.json "$PARATIA" scan --no-record registry:registry.invalid/library/web:1
  hasnt "mirror"
}
