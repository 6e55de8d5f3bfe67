load lib
load guard

# One daemon for all: it is made while the guard learns, and asked while it enforces.
setup_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  guarded_dockerd
  local root=$GUARD/image
  mkdir -p "$root/bin" "$root/etc" "$root/tmp"
  cp /bin/busybox "$root/bin/busybox" && ln -sf busybox "$root/bin/sh" && ln -sf busybox "$root/bin/true"
  tar -C "$root" -c . | d import -c 'CMD ["/bin/sh"]' -c 'ENV PATH=/bin' - pt-base:1 >/dev/null
  IMAGE=$(d image inspect -f '{{.Id}}' pt-base:1)
  export IMAGE
  d run -d --name quiet -v quiet-data:/q "$IMAGE" /bin/busybox sleep 600 >/dev/null
  d run -d --name bad --privileged "$IMAGE" /bin/busybox sleep 600 >/dev/null
  FOLDERS=$GUARD/folders
  export FOLDERS
  mkdir -p "$FOLDERS"/{top,read,volume}/x/y
  d volume create -o type=none -o o=bind -o "device=$FOLDERS/volume" of-folder >/dev/null
  d create --name nested -v "$FOLDERS/top/x/y:/y" "$IMAGE" >/dev/null
  d run -d --name user -u 1000 --cap-drop ALL --security-opt no-new-privileges "$IMAGE" /bin/busybox sleep 600 >/dev/null
  d create --name linker --link bad:b --link quiet:q "$IMAGE" >/dev/null
}

teardown_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  d rm -f quiet bad linker nested upper reader by-volume user reader-of-disk >/dev/null 2>&1 || true
  guarded_dockerd_stop
}

setup() {
  need_docker
  cd "$BATS_TEST_TMPDIR" || return 1
}

# engine METHOD PATH [BODY]: straight to the daemon.
engine() {
  curl -s --unix-socket "$GUARD/docker.sock" -X "$1" ${3:+-H 'Content-Type: application/json' -d "$3"} "http://docker/v1.41$2"
}

# forbidden RULE METHOD PATH [BODY]
forbidden() {
  run engine "${@:2}"
  has "authorization denied by plugin paratia"
  has "$1"
}

@test "a container is reached by its own name and id, not by the names of links" {
  guard --enforce --protect quiet
  forbidden PT-GRD-CONTAINER POST /containers/linker/b/exec '{"Cmd":["true"]}'
  forbidden PT-GRD-CONTAINER POST /containers/linker/b/start
  forbidden PT-GRD-CONTAINER POST /containers/linker%2fb/restart
  forbidden PT-GRD-PROTECTED POST /containers/linker/q/kill
  forbidden PT-GRD-PROTECTED POST /containers/linker/q/pause
  forbidden PT-GRD-PROTECTED POST '/containers/linker/q/rename?name=x'
  forbidden PT-GRD-PROTECTED POST '/containers/quiet/resize?h=1&w=1'
  forbidden PT-GRD-PROTECTED POST /networks/bridge/disconnect '{"Container":"linker/q"}'
  forbidden PT-GRD-VOLUMES-FROM POST /containers/create '{"Image":"'"$IMAGE"'","HostConfig":{"VolumesFrom":["linker/b"]}}'
  forbidden PT-GRD-PID-HOST POST /containers/create '{"Image":"'"$IMAGE"'","HostConfig":{"PidMode":"container:linker/b"}}'
  forbidden PT-GRD-CONTAINER POST /containers/create '{"Image":"'"$IMAGE"'","HostConfig":{"Links":["linker/b:x"]}}'
  denied PT-GRD-CONTAINER start nobody
}

@test "a container that may not be entered keeps its name" {
  guard --enforce
  denied PT-GRD-PRIVILEGED rename bad worse
  d rename quiet quieter && d rename quieter quiet
}

@test "no folder is bound below one that a container can write, nor such a one above it" {
  guard --enforce --allow-bind "$FOLDERS" --allow PT-GRD-BIND-DEPTH
  denied PT-GRD-BIND-NESTED run --rm -v "$FOLDERS/top:/t" "$IMAGE" true
  denied PT-GRD-BIND-NESTED run --rm --mount "type=bind,src=$FOLDERS/top/x,dst=/t" "$IMAGE" true
  d run --rm -v "$FOLDERS/top:/t:ro" "$IMAGE" true
  d run --rm -v "$FOLDERS/top/x/y:/t" "$IMAGE" true
  d start nested >/dev/null
  guard --learn
  d create --name upper -v "$FOLDERS/top:/t" "$IMAGE" >/dev/null
  guard --enforce --allow-bind "$FOLDERS" --allow PT-GRD-BIND-DEPTH
  denied PT-GRD-BIND-NESTED run --rm -v "$FOLDERS/top/x:/t:ro" "$IMAGE" true
  denied PT-GRD-BIND-NESTED start upper
  denied PT-GRD-BIND-NESTED restart nested
  d rm -f upper >/dev/null
  d restart -t 0 nested >/dev/null
  d create --name reader -v "$FOLDERS/read:/r:ro" -v "$FOLDERS/read/x:/x" "$IMAGE" >/dev/null
  denied PT-GRD-BIND-NESTED create -v "$FOLDERS/volume:/r" -v "$FOLDERS/volume/x:/x" "$IMAGE"
  d create --name by-volume -v of-folder:/v "$IMAGE" >/dev/null
  denied PT-GRD-BIND-NESTED run --rm -v "$FOLDERS/volume/x:/x" "$IMAGE" true
  denied PT-GRD-BIND-NESTED volume create -o type=none -o o=bind -o "device=$FOLDERS/volume/x" below
  denied PT-GRD-BIND-NESTED run --rm -v "$FOLDERS/read:/r" "$IMAGE" true
}

@test "a read-only bind does not count as one for what is mounted below it" {
  mkdir -p "$FOLDERS/disks/one"
  mount -t tmpfs -o mode=755 tmpfs "$FOLDERS/disks/one"
  mkdir -p "$FOLDERS/disks/one/x/y"
  guard --enforce --allow-bind "$FOLDERS" --allow PT-GRD-BIND-DEPTH
  denied PT-GRD-BIND-NESTED create -v "$FOLDERS/disks:/d:ro" -v "$FOLDERS/disks/one/x/y:/y" "$IMAGE"
  run d create --name reader-of-disk -v "$FOLDERS/disks/one/x:/d:ro" -v "$FOLDERS/disks/one/x/y:/y:ro" "$IMAGE"
  umount "$FOLDERS/disks/one"
  [ "$status" = 0 ]
}

@test "folders of the host are bound below /srv and /data only, unless the administrator names others" {
  guard --enforce
  local folder
  for folder in /var/lib/dpkg/info /var/lib/dpkg /var/lib/private /var/cache/apt /var/backups /var/mail /mnt /media /opt /work; do
    denied PT-GRD-BIND-PATH run --rm -v "$folder:/h" "$IMAGE" true
    has "--allow-bind"
  done
  denied PT-GRD-BIND-DEPTH run --rm -v /srv:/h:ro "$IMAGE" true
  denied PT-GRD-BIND-PATH run --rm -v "$FOLDERS/read:/h:ro" "$IMAGE" true
  guard --enforce --allow-bind "$FOLDERS/read"
  d run --rm -v "$FOLDERS/read:/h:ro" "$IMAGE" true
  denied PT-GRD-BIND-DEPTH run --rm -v "$FOLDERS/read/x:/h:ro" "$IMAGE" true
}

@test "of folders one below the other only one can be bound, whoever has had the other" {
  mkdir -p "$FOLDERS/alone"
  guard --enforce --allow-bind "$FOLDERS/*"
  d run --rm -v "$FOLDERS/alone:/h" "$IMAGE" true
  denied PT-GRD-BIND-DEPTH run --rm -v "$FOLDERS:/h:ro" "$IMAGE" true
  denied PT-GRD-BIND-DEPTH run --rm -v "$FOLDERS/read/x:/h" "$IMAGE" true
  denied PT-GRD-BIND-DEPTH volume create -o type=none -o o=bind -o "device=$FOLDERS/read/x" deep
}

@test "the volumes of a protected container are its own" {
  guard --enforce --protect quiet
  denied PT-GRD-PROTECTED run --rm -v quiet-data:/x "$IMAGE" true
  denied PT-GRD-PROTECTED run --rm --mount type=volume,src=quiet-data,dst=/x,readonly "$IMAGE" true
  denied PT-GRD-PROTECTED run --rm --volumes-from quiet "$IMAGE" true
  d run --rm -v other-data:/x "$IMAGE" true
}

@test "exec as root is seen in every spelling, and judged by the level" {
  guard --enforce --deny PT-GRD-EXEC-USER
  local user
  for user in 0 +0 -0 00 +0:1000 root toor; do
    denied PT-GRD-EXEC-USER exec -u "$user" user true
  done
  d exec -u 1001 user true
  guard --enforce --level restricted
  d exec user true
  d exec -u 1001 user true
  denied 'violates PodSecurity "restricted:latest"' exec -u 0 user true
  denied 'violates PodSecurity "restricted:latest"' exec -u +0 user true
}

@test "a container that the policy allows starts, with what the daemon itself adds to it" {
  guard --enforce --allow PT-GRD-PRIVILEGED,PT-GRD-PID-HOST
  d run -d --name helper --privileged --pid host "$IMAGE" /bin/busybox sleep 600 >/dev/null
  d restart -t 0 helper >/dev/null
  d exec helper true
  denied PT-GRD-SELINUX create --security-opt label=disable "$IMAGE"
  d rm -f helper >/dev/null
}

@test "volumes bind absolute paths without options that spread or change mounts; tags and logs keep their rules" {
  guard --enforce --registry registry.example.org/ --deny PT-GRD-READS
  local option
  for option in shared rshared remount suid; do
    denied PT-GRD-VOLUME-OPTIONS volume create -o type=none -o "o=bind,$option" -o device=/srv v
  done
  denied PT-GRD-VOLUME-OPTIONS volume create -o type=none -o o=bind -o device=srv v
  denied PT-GRD-IMAGE-RETAG tag pt-base:1 registry.example.org/base:1
  forbidden PT-GRD-READS POST '/containers/quiet/attach?logs=1&stdout=1'
  forbidden PT-GRD-READS GET '/containers/quiet/attach/ws?logs=true'
}
