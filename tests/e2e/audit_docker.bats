load lib

setup_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  docker run -d --name bad-privileged --privileged pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name bad-socket -v "$PT_E2E/docker.sock:/var/run/docker.sock" pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name bad-network --network host --pid host pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name bad-mount -v /etc:/host-etc:ro --cap-add SYS_ADMIN --security-opt seccomp=unconfined \
    -e DB_PASSWORD=hunter2hunter2 -p 18080:80 pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name bad-inherit --network container:bad-network --pid container:bad-network pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name good --user 10001:10001 --cap-drop ALL --read-only --memory 64m --cpus 0.5 --pids-limit 50 \
    --security-opt no-new-privileges --restart on-failure:3 --network none --health-cmd true --log-opt max-size=1m pt-base:1 /bin/sleep 600 >/dev/null
}

teardown_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  docker rm -f bad-privileged bad-socket bad-inherit bad-network bad-mount good >/dev/null
}

# proves: audit --docker
@test "audit shows the bad containers of a real dockerd" {
  need_docker
  run paratia audit --docker "$DOCKER_HOST"
  [ "$status" = 1 ]
  line critical fail bad-privileged PT-CTR-PRIVILEGED
  line critical fail bad-socket PT-CTR-SOCKET
  line high fail bad-network PT-CTR-NET-HOST
  line high fail bad-network PT-CTR-PID-HOST
  line high fail bad-mount PT-CTR-HOST-DIR /etc read-only
  line critical fail bad-mount PT-CTR-CAPS SYS_ADMIN
  line high fail bad-mount PT-CTR-SECCOMP seccomp=unconfined
  line high fail bad-mount PT-CTR-PORT-ANY 0.0.0.0:18080
  line high fail bad-mount PT-CTR-SECRET-ENV "ENV DB_PASSWORD, 14 characters"
  hasnt hunter2
}

@test "a hardened container has no failing check" {
  need_docker
  run paratia audit --docker "$DOCKER_HOST" --only containers --all
  line pass good PT-CTR-PRIVILEGED
  line pass good PT-CTR-MEM
  run bash -c '"$PARATIA" audit --no-record --docker "$DOCKER_HOST" --only containers | grep "fail  good"'
  [ "$status" = 1 ]
  [ -z "$output" ]
}

@test "a namespace of another container is judged as that one's, in a log and a network as they are" {
  need_docker
  run paratia audit --docker "$DOCKER_HOST" --only containers --all
  line high fail bad-inherit PT-CTR-NET-HOST "of container bad-network"
  line high fail bad-inherit PT-CTR-PID-HOST "of container bad-network"
  line pass bad-inherit PT-CTR-UTS-HOST
  line fail bad-mount PT-CTR-LOG-SIZE "json-file, max-size = unset"
  line pass good PT-CTR-LOG-SIZE
  line fail bad-mount PT-CTR-BRIDGE
  line pass good PT-CTR-BRIDGE
  line fail bad-mount PT-CTR-NNP "not among the security options"
}

@test "daemon checks judge file and flags of the running dockerd" {
  need_docker
  run paratia audit --docker "$DOCKER_HOST" --only docker --all
  line fail dockerd PT-DKR-ICC
  line fail dockerd PT-DKR-NNP "unset, which means false"
  line pass dockerd PT-DKR-TCP
  line pass dockerd PT-DKR-DEBUG
  line fail dockerd PT-DKR-LOG-SIZE "log-opts is unset"
  line info fail dockerd PT-DKR-ROOTLESS
  line pass dockerd PT-DKR-SWARM
  line "not applicable" dockerd PT-DKR-BASESIZE
  line "not applicable" dockerd PT-DKR-AUTOLOCK
}

@test "a swarm is judged by its managers, keys and networks, and is not applicable without one" {
  need_docker
  docker swarm init --advertise-addr 127.0.0.1 --cert-expiry 4000h >/dev/null
  docker network create --driver overlay open-overlay >/dev/null
  docker network create --driver overlay --opt encrypted shut-overlay >/dev/null
  run paratia audit --docker "$DOCKER_HOST" --only docker,networks --all
  local first=$output
  docker swarm update --autolock --cert-expiry 2160h >/dev/null
  run paratia audit --docker "$DOCKER_HOST" --only docker,networks --all
  docker network rm open-overlay shut-overlay >/dev/null
  docker swarm leave --force >/dev/null
  line pass dockerd PT-DKR-AUTOLOCK
  line pass dockerd PT-DKR-NODE-CERT "2160 h"
  output=$first
  line fail dockerd PT-DKR-MANAGERS "1 manager"
  line fail dockerd PT-DKR-AUTOLOCK
  line fail dockerd PT-DKR-NODE-CERT "4000 h"
  line info fail dockerd PT-DKR-SWARM
  line "not applicable" dockerd PT-DKR-LIVE-RESTORE
  line fail open-overlay PT-NET-ENCRYPT
  line pass shut-overlay PT-NET-ENCRYPT
  line fail ingress PT-NET-INGRESS
  line "not applicable" bridge PT-NET-ENCRYPT
  run paratia audit --docker "$DOCKER_HOST" --only docker --all
  line "not applicable" dockerd PT-DKR-MANAGERS
}

# What a mount reaches, however its source is written.
@test "mounts are judged by where they lead: volumes, links, detours, the daemon's own socket and data" {
  need_docker
  local links=$PT_E2E/links data
  data=$(docker info -f '{{.DockerRootDir}}')
  mkdir -p "$links/plain" && ln -sfn /etc "$links/etc" && ln -sfn "$PT_E2E" "$links/run" && ln -f "$PT_E2E/docker.sock" "$links/hard"
  docker volume create -o type=none -o o=bind -o device=/etc pt-etc >/dev/null
  docker volume create pt-plain >/dev/null
  local make="docker run -d --network none"
  $make --name m-volume -v pt-etc:/e pt-base:1 /bin/sleep 600 >/dev/null
  $make --name m-inline --mount "type=volume,dst=/e,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/etc" pt-base:1 /bin/sleep 600 >/dev/null
  $make --name m-plain -v pt-plain:/v -v "$links/plain:/p" --tmpfs /t --mount type=tmpfs,dst=/u pt-base:1 /bin/sleep 600 >/dev/null
  $make --name m-link -v "$links/etc:/e" pt-base:1 /bin/sleep 600 >/dev/null
  $make --name m-folder -v "$links/run:/r" pt-base:1 /bin/sleep 600 >/dev/null
  $make --name m-hard -v "$links/hard:/r" pt-base:1 /bin/sleep 600 >/dev/null
  $make --name m-data -v "$data:/r" pt-base:1 /bin/sleep 600 >/dev/null
  $make --name m-many -v /usr:/1:ro -v /etc:/2:ro -v /sys:/3:ro -v /etc:/0 pt-base:1 /bin/sleep 600 >/dev/null
  run paratia audit --docker "$DOCKER_HOST" --only PT-CTR-SOCKET,PT-CTR-HOST-DIR --all
  docker rm -f m-volume m-inline m-plain m-link m-folder m-hard m-data m-many >/dev/null
  docker volume rm pt-etc pt-plain >/dev/null
  rm -rf "$links"
  line fail m-many PT-CTR-HOST-DIR "/etc (read-write), /etc (read-only), /sys (read-only), /usr (read-only)"
  line fail m-volume PT-CTR-HOST-DIR "/etc (read-write)"
  line fail m-inline PT-CTR-HOST-DIR "/etc (read-write)"
  line fail m-link PT-CTR-HOST-DIR "/etc (read-write)"
  line fail m-folder PT-CTR-SOCKET "$PT_E2E"
  line fail m-hard PT-CTR-SOCKET
  line fail m-data PT-CTR-HOST-DIR "$data"
  line pass m-plain PT-CTR-HOST-DIR
  line pass m-plain PT-CTR-SOCKET
}

@test "no-new-privileges is read as Docker reads it, and masked paths that are gone are told" {
  need_docker
  docker run -d --name m-off --security-opt no-new-privileges:0 --security-opt systempaths=unconfined -e "DB=postgres://app:hunter22@db/x" \
    -e TOKEN_TTL=3600 pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name m-on --security-opt no-new-privileges=T -e TOKEN_TTL=3600 pt-base:1 /bin/sleep 600 >/dev/null
  run paratia audit --docker "$DOCKER_HOST" --only containers --all
  docker rm -f m-off m-on >/dev/null
  line fail m-off PT-CTR-NNP
  line pass m-on PT-CTR-NNP
  line high fail m-off PT-CTR-SYSTEMPATHS
  line pass m-on PT-CTR-SYSTEMPATHS
  line "not applicable" bad-privileged PT-CTR-SYSTEMPATHS
  line fail m-off PT-CTR-SECRET-ENV "ENV DB, "
  hasnt "ENV TOKEN_TTL"
  hasnt hunter22
  line pass m-on PT-CTR-SECRET-ENV
}

@test "the socket of a daemon in another place is judged by mode and owner" {
  need_docker
  run paratia audit --docker "$DOCKER_HOST" --only docker --all
  line pass dockerd PT-DKR-SOCKET-MODE
  chmod 666 "$PT_E2E/docker.sock"
  run paratia audit --docker "$DOCKER_HOST" --only docker --all
  chmod 660 "$PT_E2E/docker.sock"
  line critical fail dockerd PT-DKR-SOCKET-MODE "mode 0666"
}

@test "the environment's DOCKER_HOST is heeded" {
  need_docker
  run paratia audit --only PT-CTR-PRIVILEGED
  line critical fail bad-privileged PT-CTR-PRIVILEGED
}

@test "images are judged by their configuration" {
  need_docker
  run paratia audit --docker "$DOCKER_HOST" --only images
  line fail pt-base:1 PT-IMG-ROOT
  line fail pt-base:1 PT-IMG-HEALTH
}

# answer TEXT: a socket that gives every connection TEXT and closes; "" never answers.
answer() {
  python3 - "$BATS_TEST_TMPDIR/fake.sock" "$1" <<'PY' 3>&- &
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(8)
s.settimeout(30)
end = time.time() + 30
while time.time() < end:
    c, _ = s.accept()
    if not sys.argv[2]:
        time.sleep(30)
    try:
        c.recv(65536)
        c.sendall(sys.argv[2].encode())
    except OSError:
        pass
    c.close()
PY
  fake=$!
  for _ in $(seq 50); do [ -S "$BATS_TEST_TMPDIR/fake.sock" ] && break; sleep 0.1; done
}

@test "a socket that answers garbage leaves every Docker check not evaluated" {
  answer "SSH-2.0-OpenSSH_9.2"
  run paratia audit --docker "unix://$BATS_TEST_TMPDIR/fake.sock" --only docker
  kill $fake 2>/dev/null || true
  [ "$status" = 3 ]
  line "not evaluated" dockerd PT-DKR-TCP
  hasnt "  pass  "
  has "0 pass"
}

@test "a socket that answers JSON without its parts lets nothing pass" {
  answer $'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}'
  run paratia audit --docker "unix://$BATS_TEST_TMPDIR/fake.sock" --only docker,containers --all
  kill $fake 2>/dev/null || true
  hasnt "  pass  "
}

@test "a socket that never answers ends in time and says so" {
  answer ""
  run timeout 30 "$PARATIA" audit --no-record --docker "unix://$BATS_TEST_TMPDIR/fake.sock" --only docker
  kill $fake 2>/dev/null || true
  [ "$status" = 3 ]
  has "no answer in time"
}

@test "without Docker the host is judged and Docker is not applicable or not seen" {
  run paratia audit --docker "unix://$BATS_TEST_TMPDIR/none.sock"
  [ "$status" -le 1 ]
  line "not evaluated" dockerd PT-DKR-TCP
  line fail PT-HOST- || line "not evaluated" PT-HOST-
}

# turns FILE: which checks of the runs in it pass that did not in the first one.
turns() {
  awk -F'\t' '
    NR == 1 { n = split($2, p, " "); for (i = 1; i <= n; i++) ok[p[i]] = 1; next }
    { n = split($2, p, " "); for (i = 1; i <= n; i++) if (!(p[i] in ok)) print "without " $1 ": " p[i] " passes" }' "$1"
}

@test "no check turns to pass when an answer of the engine, or a key of one, is taken away" {
  "$BATS_TEST_DIRNAME/engine" "$PWD/e.sock" "$PARATIA" audit --no-record --json --all --docker "unix://$PWD/e.sock" \
    --only docker,containers,images,networks >passes.tsv
  [ "$(wc -l <passes.tsv)" -gt 160 ]
  run turns passes.tsv
  [ -z "$output" ] || { echo "$output"; return 1; }
}

@test "no check turns to pass when an answer of a recorded engine, or a key of one, is taken away" {
  local folder
  folder=$(ls -d "$BATS_TEST_DIRNAME"/recorded/*/ | tail -1)
  "$BATS_TEST_DIRNAME/engine" --recorded "$folder/answers.json" "$PWD/e.sock" "$PARATIA" audit --no-record --json --all \
    --docker "unix://$PWD/e.sock" --only docker,containers,images,networks >passes.tsv
  [ "$(wc -l <passes.tsv)" -gt 600 ]
  run turns passes.tsv
  [ -z "$output" ] || { echo "$output"; return 1; }
}

@test "the stand-in engine's bad container fails every check that it should" {
  "$BATS_TEST_DIRNAME/engine" "$PWD/e.sock" "$PARATIA" audit --no-record --json --docker "unix://$PWD/e.sock" \
    --only docker,containers,networks >passes.tsv
  run head -1 passes.tsv
  hasnt web/PT-CTR
  hasnt PT-NET
  hasnt PT-DKR-MANAGERS
  hasnt PT-DKR-AUTOLOCK
  hasnt PT-DKR-NODE-CERT
}

# -- over TCP, by contexts --------------------------------------------------------------------------

# remote WORD…: paratia audit with these words, in the daemon's network namespace, of the daemon alone.
remote() {
  run nsenter --net="$PT_NETNS" "$PARATIA" audit --no-record --only docker,containers --all "$@"
}

# relay: what stands on tcp://127.0.0.1:2375 hands everything to the daemon's Unix socket, in clear.
relay() {
  nsenter --net="$PT_NETNS" python3 - "$PT_E2E/docker.sock" <<'PY' 3>&- &
import socket, sys, threading
def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass
s = socket.create_server(("127.0.0.1", 2375))
s.settimeout(60)
while True:
    c, _ = s.accept()
    u = socket.socket(socket.AF_UNIX)
    u.connect(sys.argv[1])
    threading.Thread(target=pump, args=(c, u), daemon=True).start()
    threading.Thread(target=pump, args=(u, c), daemon=True).start()
PY
  relay=$!
  for _ in $(seq 50); do nsenter --net="$PT_NETNS" ss -Htln 2>/dev/null | grep -q 127.0.0.1:2375 && break; sleep 0.1; done
}

# context NAME HOST [FOLDER]: a docker context, with the TLS files of FOLDER.
context() {
  local id dir=$PWD/docker/contexts
  id=$(printf %s "$1" | sha256sum | cut -d' ' -f1)
  mkdir -p "$dir/meta/$id" "$dir/tls/$id/docker"
  printf '{"Name": "%s", "Metadata": {}, "Endpoints": {"docker": {"Host": "%s", "SkipTLSVerify": %s}}}' "$1" "$2" "${4:-false}" \
    >"$dir/meta/$id/meta.json"
  [ -z "${3:-}" ] || cp "$3"/*.pem "$dir/tls/$id/docker/"
  export DOCKER_CONFIG=$PWD/docker
}

@test "a daemon behind TLS is audited with its certificates, and this host's files are not its own" {
  need_docker
  export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$PT_E2E/tls/client
  remote --docker tcp://127.0.0.1:2376
  [ "$status" = 1 ]
  has "dockerd at tcp://127.0.0.1:2376"
  line critical fail bad-privileged PT-CTR-PRIVILEGED
  line "not evaluated" "dockerd at tcp://127.0.0.1:2376" PT-DKR-TCP "the daemon runs on another host"
  line "not evaluated" PT-DKR-PROXY "the daemon runs on another host"
  line fail PT-DKR-ICC
  remote --docker tcp://127.0.0.1:2376 --output json=report.json
  jq -e '.about | any(endswith("at tcp://127.0.0.1:2376 over TLS"))' report.json
  jq -e '.subject | endswith(" and tcp://127.0.0.1:2376")' report.json
  remote --docker tcp://localhost
  line critical fail bad-privileged PT-CTR-PRIVILEGED
  unset DOCKER_HOST
  DOCKER_HOST=tcp://127.0.0.1:2376 remote
  line critical fail bad-privileged PT-CTR-PRIVILEGED
}

@test "a certificate that does not verify, or none of ours, leaves every Docker check not evaluated" {
  need_docker
  export DOCKER_TLS_VERIFY=1
  local dir
  for dir in wrong none; do
    DOCKER_CERT_PATH=$PT_E2E/tls/$dir remote --docker tcp://127.0.0.1:2376
    [ "$status" = 3 ]
    line "not evaluated" dockerd PT-DKR-ICC
    line "not evaluated" "every container" PT-CTR-PRIVILEGED
    hasnt "  pass  "
    hasnt "  fail  "
    has "tcp://127.0.0.1:2376, GET /version"
  done
  DOCKER_CERT_PATH=$PT_E2E/tls/nowhere remote --docker tcp://127.0.0.1:2376
  line "not evaluated" dockerd PT-DKR-ICC "there is no ca.pem in"
  unset DOCKER_TLS_VERIFY
  remote --docker tcp://127.0.0.1:2376 # in clear, where TLS is spoken
  [ "$status" = 3 ]
  line "not evaluated" dockerd PT-DKR-ICC "status 400"
  has "DOCKER_TLS_VERIFY=1"
}

@test "a daemon in clear is audited, and that it is open is critical" {
  need_docker
  relay
  remote --docker tcp://127.0.0.1:2375
  kill $relay
  [ "$status" = 1 ]
  line critical fail "dockerd at tcp://127.0.0.1:2375" PT-DKR-TCP "answered in clear"
  line critical fail bad-privileged PT-CTR-PRIVILEGED
}

# proves: audit --context
@test "docker's contexts name the daemon: by option, by the environment, by config.json" {
  need_docker
  context far tcp://127.0.0.1:2376 "$PT_E2E/tls/client"
  context near "unix://$PT_E2E/docker.sock"
  context skips tcp://127.0.0.1:2376 "$PT_E2E/tls/client" true
  remote --context far
  line critical fail bad-privileged PT-CTR-PRIVILEGED
  has "dockerd at tcp://127.0.0.1:2376"
  remote --context near
  line critical fail bad-privileged PT-CTR-PRIVILEGED
  hasnt "dockerd at"
  remote --context skips
  [ "$status" = 3 ]
  line "not evaluated" dockerd PT-DKR-ICC "skips the verification of TLS"
  remote --context none
  [ "$status" = 2 ]
  has "docker has no context none"
  remote --context near --docker "$DOCKER_HOST"
  [ "$status" = 2 ]
  unset DOCKER_HOST
  DOCKER_CONTEXT=far remote
  has "dockerd at tcp://127.0.0.1:2376"
  echo '{"currentContext": "far"}' >docker/config.json
  remote
  has "dockerd at tcp://127.0.0.1:2376"
  DOCKER_HOST=unix://$PT_E2E/docker.sock remote
  hasnt "dockerd at"
}

@test "addresses of engines that are not spoken to are said to be off" {
  local address
  for address in ssh://host npipe:////./pipe/x fd:// host:2375 tcp://h:0; do
    run "$PARATIA" audit --no-record --docker "$address"
    [ "$status" = 2 ]
    has "try: "
  done
  DOCKER_HOST=ssh://host run "$PARATIA" audit --no-record --only docker
  [ "$status" = 3 ]
  line "not evaluated" dockerd PT-DKR-ICC
}

@test "the TLS files of the daemon are judged by mode and owner" {
  need_docker
  run paratia audit --only docker --all
  line pass PT-DKR-TLS-CA
  line pass PT-DKR-TLS-CERT
  line pass PT-DKR-TLS-KEY
  chmod 640 "$PT_E2E"/tls/{ca,server,server-key}.pem
  run paratia audit --only docker --all
  chmod 444 "$PT_E2E"/tls/{ca,server}.pem
  chmod 400 "$PT_E2E/tls/server-key.pem"
  line fail PT-DKR-TLS-CA "mode 0640"
  line fail PT-DKR-TLS-CERT
  line fail PT-DKR-TLS-KEY
}

# A process called sshd in a container: found in /proc, below the container's control group, and
# the engine is not asked for what runs.
@test "what runs in a container is read in /proc, exec'd programs and children too" {
  need_docker
  docker run -d --name pt-top pt-base:1 /bin/sh -c 'sleep 1000 & sleep 1000' >/dev/null
  run paratia audit --only PT-CTR-SSHD --all
  line pass pt-top PT-CTR-SSHD "not among 2 processes"
  echo 'int pause(void); int main(void) { return pause(); }' | cc -static -x c -o sshd -
  docker cp sshd pt-top:/tmp/sshd
  docker exec -d pt-top /tmp/sshd -D
  for _ in $(seq 30); do
    run paratia audit --only PT-CTR-SSHD
    [[ $output != *"  fail  "* ]] || break
    sleep 0.2
  done
  docker rm -f pt-top >/dev/null
  line fail pt-top PT-CTR-SSHD /tmp/sshd
  run paratia audit --only PT-CTR-SSHD --all --json
  ! grep -q "GET /containers/.*/top" <<<"$output"
  # Where /proc hides the processes of others, the engine is asked.
  run unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' sh "$PARATIA" audit --state "$PT_STATE" \
    --only PT-CTR-SSHD --all --json
  grep -q "GET /containers/.*/top" <<<"$output"
}

# The packet filter is that of the daemon's own network namespace, with Docker's real rules.
@test "published ports want a rule before Docker's, and the host a policy that refuses" {
  need_docker
  local ns=/run/netns/pt-e2e-$(basename "$PT_E2E")
  inside() { nsenter --net="$ns" "$@"; }
  look() { run inside "$PARATIA" audit --state "$PT_STATE" --only PT-HOST-FW-DOCKER,PT-HOST-FW-INPUT --all; }
  docker rm -f bad-mount >/dev/null # it publishes 18080
  look
  line "not applicable" PT-HOST-FW-DOCKER "no port is published"
  line fail PT-HOST-FW-INPUT
  docker run -d --name pt-fw -p 18081:81 -p 127.0.0.1:18082:82 pt-base:1 /bin/sleep 600 >/dev/null
  look
  line fail PT-HOST-FW-DOCKER "port 18081: no rule before Docker's"
  hasnt 18082
  inside iptables -I DOCKER-USER -i eth0 -j DROP
  inside nft add table inet t
  inside nft add chain inet t in '{ type filter hook input priority 0; policy drop; }'
  look
  inside nft delete table inet t
  inside iptables -D DOCKER-USER -i eth0 -j DROP
  docker rm -f pt-fw >/dev/null
  line pass PT-HOST-FW-DOCKER "port 18081 behind filter DOCKER-USER"
  line pass PT-HOST-FW-INPUT drop
}

# Podman's own service, of Debian's package: its containers and images are judged, a daemon is not.
@test "Podman's compatible socket is told apart" {
  command -v podman >/dev/null || skip "podman is not installed"
  [ "$(id -u)" = 0 ] || skip "needs root"
  podman --root "$PWD/root" --runroot "$PWD/run" --cgroup-manager cgroupfs --storage-driver vfs \
    --runtime "$BATS_TEST_DIRNAME/runtime" system service --time=60 "unix://$PWD/p.sock" >log 2>&1 3>&- &
  local service=$!
  for _ in $(seq 50); do [ -S p.sock ] && break; sleep 0.1; done
  run paratia audit --docker "unix://$PWD/p.sock" --only docker,containers,images --all
  kill "$service"
  line "not applicable" podman PT-DKR-AUTHZ "Podman has no daemon"
  hasnt "  fail  "
  hasnt "not evaluated  "
  run paratia audit --docker "unix://$PWD/p.sock" --only docker
  line "not evaluated" dockerd PT-DKR-AUTHZ # it is gone
}
