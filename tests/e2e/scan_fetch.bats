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
  kill $pid
  wait $pid || true
  [ "$status" = 0 ] || { echo "$output"; cat service.out; return 1; }
  line "deb  a  1  amd64  a  1  layer 1"
  run -3 scan pt-fetch/pod:1 --from podman
}
