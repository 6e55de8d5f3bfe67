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
  d volume create plain >/dev/null
  d volume create -o type=none -o o=bind -o device=/ host-root >/dev/null
  d run -d --name quiet --network none "$IMAGE" /bin/busybox sleep 600 >/dev/null
  d run -d --name bad --privileged "$IMAGE" /bin/busybox sleep 600 >/dev/null
  d create --name bad-volumes -v /:/host "$IMAGE" >/dev/null
  mkdir -p "$GUARD/folders/kept" && ln -sfn / "$GUARD/folders/root" && ln -sfn "$GUARD/docker.sock" "$GUARD/folders/innocent"
}

teardown_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  d rm -f quiet bad bad-volumes >/dev/null 2>&1 || true
  guarded_dockerd_stop
}

setup() {
  need_docker
  cd "$BATS_TEST_TMPDIR" || return 1
}

# receipts: the entries of the ledger, one a line.
receipts() {
  local n i
  n=$("$PARATIA" ledger show --state "$GUARD/state" | sed -n 2p)
  for ((i = ${1:-0}; i < n; i++)); do "$PARATIA" prove "$i" --state "$GUARD/state" | sed -n 2p; done
}

# -- learning -----------------------------------------------------------------------------------------

# proves: guard
# proves: guard docker
# proves: guard --learn
# proves: guard --docker-root
# proves: guard --socket
@test "while it learns nothing is denied, and it says what would be" {
  guard --learn
  d run --rm --privileged -v /etc:/e:ro pt-base:1 true
  d run --rm --network none "$IMAGE" true
  run curl -s --unix-socket "$GUARD_SOCKET" -X POST -d '{"RequestMethod":' http://guard/AuthZPlugin.AuthZReq
  [ "$output" = '{"Allow":true}' ]
  guard_stop
  run cat "$GUARD/out"
  has "Would be denied"
  line PT-GRD-PRIVILEGED
  line PT-GRD-BIND-PATH
  line PT-GRD-IMAGE-TAG
  line "requests would be denied"
  hasnt "POST containers"
}

# proves: guard --ascii
# proves: guard --quiet
@test "SIGUSR1 says it too, while it goes on; quiet says the last line alone" {
  guard --learn --ascii
  d run --rm --privileged "$IMAGE" true
  kill -USR1 "$(cat "$GUARD/guard.pid")"
  for _ in $(seq 100); do grep -q "would be denied" "$GUARD/out" && break; sleep 0.02; done
  run cat "$GUARD/out"
  line "x privileged container"
  guard --learn --quiet
  d run --rm --privileged "$IMAGE" true
  guard_stop
  [ "$(wc -l <"$GUARD/out")" = 1 ]
  [ ! -s "$GUARD/err" ]
}

# -- enforcing ----------------------------------------------------------------------------------------

# proves: guard --enforce
@test "a plain container runs, from making to removing" {
  guard --enforce
  run d run --rm -i --network none -e A=1 -w /tmp --memory 64m -v plain:/v "$IMAGE" /bin/sh -c 'echo here; cat' <<<"input"
  [ "$status" = 0 ]
  has here
  has input
  d ps >/dev/null && d images >/dev/null && d info >/dev/null && d inspect quiet >/dev/null
  d run -d --name once "$IMAGE" /bin/busybox sleep 60 >/dev/null
  run d exec once /bin/sh -c 'echo inside'
  has inside
  d stop -t 0 once >/dev/null && d rm once >/dev/null
}

@test "what gives a container the host is denied, with the rule and the remedy" {
  guard --enforce
  denied PT-GRD-PRIVILEGED run --rm --privileged "$IMAGE" true
  has "run it without --privileged"
  has "Receipt "
  denied PT-GRD-CAPABILITIES run --rm --cap-add SYS_ADMIN "$IMAGE" true
  denied PT-GRD-CAPABILITIES run --rm --cap-add all "$IMAGE" true
  denied PT-GRD-DEVICES run --rm --device /dev/null "$IMAGE" true
  denied PT-GRD-DEVICE-CGROUP run --rm --device-cgroup-rule 'a *:* rwm' "$IMAGE" true
  denied PT-GRD-SECCOMP run --rm --security-opt seccomp=unconfined "$IMAGE" true
  denied PT-GRD-APPARMOR run --rm --security-opt apparmor=unconfined "$IMAGE" true
  denied PT-GRD-SELINUX run --rm --security-opt label=disable "$IMAGE" true
  denied PT-GRD-SYSTEM-PATHS run --rm --security-opt systempaths=unconfined "$IMAGE" true
  denied PT-GRD-SYSCTLS run --rm --sysctl kernel.shmmax=1 "$IMAGE" true
  denied PT-GRD-RUNTIME run --rm --runtime runc "$IMAGE" true
  denied PT-GRD-CGROUP-PARENT run --rm --cgroup-parent /x "$IMAGE" true
}

@test "namespaces of the host are denied, also through another container" {
  guard --enforce
  denied PT-GRD-NET-HOST run --rm --network host "$IMAGE" true
  denied PT-GRD-PID-HOST run --rm --pid host "$IMAGE" true
  denied PT-GRD-IPC-HOST run --rm --ipc host "$IMAGE" true
  denied PT-GRD-UTS-HOST run --rm --uts host "$IMAGE" true
  d run --rm --network none --userns host "$IMAGE" true # this daemon remaps no users
  guard --learn
  d run -d --name of-host --network host --pid host "$IMAGE" /bin/busybox sleep 600 >/dev/null
  guard --enforce
  denied PT-GRD-NET-HOST run --rm --network container:of-host "$IMAGE" true
  denied PT-GRD-PID-HOST run --rm --pid container:of-host "$IMAGE" true
  d rm -f of-host >/dev/null
}

@test "folders and sockets of the host are denied, by whatever way they are named" {
  guard --enforce
  denied PT-GRD-BIND-PATH run --rm -v /:/h "$IMAGE" true
  denied PT-GRD-BIND-PATH run --rm -v /etc:/h:ro "$IMAGE" true
  denied PT-GRD-BIND-PATH run --rm -v /srv/../etc:/h "$IMAGE" true
  denied PT-GRD-BIND-PATH run --rm --mount type=bind,src=/,dst=/h "$IMAGE" true
  denied PT-GRD-BIND run --rm -v "$GUARD/folders/root:/h" "$IMAGE" true
  denied PT-GRD-BIND run --rm -v "$GUARD/folders/root/etc:/h" "$IMAGE" true
  denied PT-GRD-BIND-PATH run --rm -v "$GUARD_DATA:/h" "$IMAGE" true
  denied PT-GRD-SOCKET run --rm -v "$GUARD/docker.sock:/s" "$IMAGE" true
  denied PT-GRD-SOCKET run --rm --mount "type=bind,src=$GUARD/folders/innocent,dst=/s" "$IMAGE" true
  denied PT-GRD-SOCKET run --rm -v "$GUARD_SOCKET:/s" "$IMAGE" true
}

@test "volumes that lead to the host are denied: made, inline, and those that were there" {
  guard --enforce
  denied PT-GRD-BIND-PATH volume create -o type=none -o o=bind -o device=/etc v1
  denied PT-GRD-VOLUME-OPTIONS volume create -o type=nfs -o o=addr=10.0.0.1 -o device=:/x v1
  denied PT-GRD-BIND-PATH run --rm --mount type=volume,src=v2,dst=/h,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/ "$IMAGE" true
  denied PT-GRD-BIND-PATH run --rm -v host-root:/h "$IMAGE" true
  denied PT-GRD-BIND-PATH run --rm --volumes-from bad-volumes "$IMAGE" true
  denied PT-GRD-VOLUME-DRIVER volume create -d other v3
  d volume create v4 >/dev/null && d volume rm v4 >/dev/null
}

@test "what was made before is judged when it is started or entered" {
  guard --enforce
  denied PT-GRD-BIND-PATH start bad-volumes
  denied PT-GRD-EXEC-PRIVILEGED exec --privileged quiet true
  denied PT-GRD-PRIVILEGED exec bad true
  denied PT-GRD-PRIVILEGED update --restart=always bad # the daemon starts it from then on, unasked
  d update --restart=no bad >/dev/null
  denied PT-GRD-COPY-IN cp /etc/hostname quiet:/tmp/x
  denied PT-GRD-COMMIT commit quiet forged:1
}

@test "images: by digest, from allowed registries, by no way that nobody sees" {
  guard --enforce
  denied PT-GRD-IMAGE-TAG run --rm pt-base:1 true
  denied PT-GRD-IMAGE-TAG pull 127.0.0.1:1/web:1
  run d import - forged:1 </dev/null
  has PT-GRD-IMAGE-IMPORT
  tar -c -T /dev/null >empty.tar
  denied PT-GRD-IMAGE-LOAD load -i empty.tar
  printf 'FROM scratch\n' >Dockerfile
  DOCKER_BUILDKIT=0 denied PT-GRD-BUILD build .
}

@test "plugins, the swarm and the daemon's own memory are denied" {
  guard --enforce --json
  denied PT-GRD-SWARM swarm init --advertise-addr 127.0.0.1
  denied PT-GRD-PLUGIN-DISABLE plugin disable paratia
  run curl -s --unix-socket "$GUARD/docker.sock" http://docker/debug/pprof/heap
  has PT-GRD-DEBUG
  guard_stop
  run cat "$GUARD/out"
  line '"kind":"guard docker: plugin off"' '"endpoint":"plugins/disable"'
}

# -- what is not Docker's client ----------------------------------------------------------------------

# refused JSON WORD: the plugin denies the document, and says WORD.
refused() {
  run ask "$1"
  [ "$(jq -r .Allow <<<"$output")" = false ] || { echo "allowed: $1"; return 1; }
  has "$2"
}

@test "a body that is missing, cut, twice, or of another form is denied" {
  guard --enforce
  local create=/v1.41/containers/create json=Content-Type=application/json
  refused "$(request POST $create)" PT-GRD-BODY
  refused "$(request POST $create '' $json Content-Length=0)" PT-GRD-BODY
  refused "$(request POST $create '{"Image":"'"$IMAGE"'"}' $json Content-Length=7)" PT-GRD-BODY
  refused "$(request POST $create '{"Image":' $json)" PT-GRD-BODY
  refused "$(request POST $create '{"Image":"'"$IMAGE"'"} {}' $json)" PT-GRD-BODY
  refused "$(request POST $create '{"Image":"a","HostConfig":{},"HostConfig":{}}' $json)" PT-GRD-BODY
  refused "$(request POST $create '{"Image":"a","HostConfig":{},"hostconfig":{}}' $json)" PT-GRD-BODY
  refused "$(request POST $create 'Image=a' Content-Type=application/x-www-form-urlencoded)" PT-GRD
  refused "$(request POST /v1.41/images/create 'fromImage=a' Content-Type=application/x-www-form-urlencoded)" PT-GRD
  refused '' PT-GRD-REQUEST
  refused '{}' PT-GRD
  refused 'null' PT-GRD-REQUEST
  refused '{"RequestMethod":"POST","RequestUri":"/v1.41/containers/create","RequestBody":"%%%"}' PT-GRD
}

@test "case, escapes and versions change nothing" {
  guard --enforce
  local json=Content-Type=application/json
  refused "$(request POST /containers/create '{"Image":"'"$IMAGE"'","hostconfig":{"PRIVILEGED":true}}' $json)" PT-GRD-PRIVILEGED
  refused "$(request POST /containers/create '{"Image":"'"$IMAGE"'","Ho\u017ftConfig":{"Privileged":true}}' $json)" PT-GRD-PRIVILEGED
  refused "$(request POST /v1.99/containers/create '{"HostConfig":{"Privileged":true}}' $json)" PT-GRD-PRIVILEGED
  refused "$(request POST /v1.0044/containers/%63reate '{"HostConfig":{"Privileged":true}}' $json)" PT-GRD-PRIVILEGED
  refused "$(request POST '/containers/create?x=/auth' '{"HostConfig":{"Privileged":true}}' $json)" PT-GRD-PRIVILEGED
  refused "$(request POST '/containers/create#x' '{"HostConfig":{"Privileged":true}}' $json)" PT-GRD
  refused "$(request POST //containers/create '{"HostConfig":{"Privileged":true}}' $json)" PT-GRD
  refused "$(request POST /x/../containers/create '{"HostConfig":{"Privileged":true}}' $json)" PT-GRD
  refused "$(request POST /containers/nothing)" PT-GRD-ENDPOINT
  refused "$(request PATCH /containers/json)" PT-GRD-ENDPOINT
}

@test "chunks are put together and judged; what is not one request is refused" {
  guard --enforce
  request POST /containers/create '{"HostConfig":{"Privileged":true}}' >document
  run curl -s --unix-socket "$GUARD_SOCKET" -H 'Transfer-Encoding: chunked' --data-binary @document http://guard/AuthZPlugin.AuthZReq
  has PT-GRD-PRIVILEGED
  run curl -s --unix-socket "$GUARD_SOCKET" -o /dev/null -w '%{http_code}' -H 'Transfer-Encoding: chunked' -H 'Content-Length: 5' \
    --data-binary @document http://guard/AuthZPlugin.AuthZReq
  [ "$output" = 400 ]
  head -c 13000000 /dev/zero >large
  run curl -s --unix-socket "$GUARD_SOCKET" -o /dev/null -w '%{http_code}' -H Expect: --data-binary @large http://guard/AuthZPlugin.AuthZReq
  [ "$output" = 413 ]
  { printf '{"RequestMethod":"POST","RequestUri":"/containers/create","RequestBody":"'; head -c 9000000 /dev/zero | tr '\0' A; printf '"}'; } >large
  run curl -s --unix-socket "$GUARD_SOCKET" -H Expect: --data-binary @large http://guard/AuthZPlugin.AuthZReq
  [ "$(jq -r .Allow <<<"$output")" = false ]
  for where in /AuthZPlugin.Other / /Plugin.Activate/x; do
    run curl -s --unix-socket "$GUARD_SOCKET" -o /dev/null -w '%{http_code}' -X POST "http://guard$where"
    [ "$output" = 404 ]
  done
  run curl -s --unix-socket "$GUARD_SOCKET" -X POST --data-binary @document http://guard/AuthZPlugin.AuthZRes
  [ "$output" = '{"Allow":true}' ] # it is done already
  [ "$(stat -c %a "$GUARD_SOCKET")" = 600 ]
}

# -- its life -----------------------------------------------------------------------------------------

# proves: guard --state
@test "without the guard the daemon refuses; with it again, it answers, and every receipt verifies" {
  guard --enforce
  guard_stop KILL
  run timeout 60 /usr/bin/docker -H "unix://$GUARD/docker.sock" ps
  [ "$status" != 0 ]
  guard_start --enforce
  d ps >/dev/null
  guard_stop
  run "$PARATIA" ledger verify --state "$GUARD/state"
  [ "$status" = 0 ]
  has "every entry is under the tree"
  guard_start --learn
}

# supervisor WORD…: holds the socket as systemd does, and starts the guard again whenever it ends. Its
# own end ends both.
supervisor() {
  python3 - "$GUARD_SOCKET" "$GUARD/guard.pid" "$PARATIA" guard docker --docker-root "$GUARD_DATA" --state "$GUARD/state" "$@" \
    >"$GUARD/out" 2>"$GUARD/err" 3>&- <<'PY' &
import os, signal, socket, subprocess, sys, time
path, pidfile, command = sys.argv[1], sys.argv[2], sys.argv[3:]
s = socket.socket(socket.AF_UNIX)
if os.path.exists(path):
    os.unlink(path)
os.umask(0o177)
s.bind(path)
s.listen(64)
def activate():
    os.dup2(s.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
ended = False
def end(*_):
    global ended
    ended = True
    child.send_signal(signal.SIGTERM)
signal.signal(signal.SIGTERM, end)
while not ended:
    child = subprocess.Popen(command, preexec_fn=activate, close_fds=False)
    with open(pidfile + ".new", "w") as f:
        f.write(str(child.pid))
    os.rename(pidfile + ".new", pidfile)
    child.wait()
PY
  SUPERVISOR=$!
  guard_wait
}

@test "killed under a supervisor it is back by itself, and who waited is answered" {
  guard_stop
  supervisor --enforce
  # A first life, a shot, and requests that come while nobody is there.
  local i before now back
  for i in 1 2 3; do
    before=$(cat "$GUARD/guard.pid")
    kill -9 "$before"
    run d run --rm --privileged "$IMAGE" true
    has PT-GRD-PRIVILEGED
    now=$(cat "$GUARD/guard.pid")
    [ "$now" != "$before" ]
  done
  back=$(python3 - "$GUARD_SOCKET" "$GUARD/guard.pid" <<'PY'
import os, signal, socket, sys, time
def ask():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(sys.argv[1])
    s.sendall(b"POST /Plugin.Activate HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    got = b""
    while part := s.recv(4096):
        got += part
    return b'"authz"' in got
times = []
for _ in range(5):
    os.kill(int(open(sys.argv[2]).read()), signal.SIGKILL)
    began = time.monotonic()
    while True:
        try:
            if ask():
                break
        except OSError:
            pass
    times.append(time.monotonic() - began)
    time.sleep(0.2)
print(round(sorted(times)[2] * 1000))
PY
  )
  echo "back after $back ms" >&3
  [ "$back" -lt 5000 ] # on a quiet machine it is some 40
  d ps >/dev/null
  kill "$SUPERVISOR"
  wait "$SUPERVISOR" || true
  guard_start --learn
}

# proves: guard --config
# proves: guard --allow
# proves: guard --deny
# proves: guard --allow-bind
# proves: guard --allow-tags
# proves: guard --registry
# proves: guard --protect
# proves: guard --level
@test "settings come from options and a file, which SIGHUP reads again, the old ones staying on an error" {
  printf 'allow: [PT-GRD-PIDS]\n' >guard.yaml
  chmod 644 guard.yaml
  guard --enforce --config guard.yaml --allow-tags --allow-bind "$GUARD/folders/kept" --protect quiet --deny PT-GRD-PORTS
  d run --rm --network none -v "$GUARD/folders/kept:/k" pt-base:1 true
  denied PT-GRD-BIND run --rm -v "$GUARD/folders:/k" pt-base:1 true
  denied PT-GRD-PROTECTED stop quiet
  denied PT-GRD-PORTS run --rm -p 80:80 pt-base:1 true
  denied PT-GRD-NET-HOST run --rm --network host pt-base:1 true
  printf 'allow: [PT-GRD-NET-HOST]\n' >guard.yaml
  kill -HUP "$(cat "$GUARD/guard.pid")"
  for _ in $(seq 100); do grep -q "settings read again" "$GUARD/err" && break; sleep 0.02; done
  d run --rm --network host pt-base:1 true
  printf 'allow: [PT-GRD-NET-HOSTS]\n' >guard.yaml
  kill -HUP "$(cat "$GUARD/guard.pid")"
  for _ in $(seq 100); do grep -q "stay in force" "$GUARD/err" && break; sleep 0.02; done
  run cat "$GUARD/err"
  has "there is no rule PT-GRD-NET-HOSTS"
  has "try: PT-GRD-NET-HOST"
  d run --rm --network host pt-base:1 true
  guard --enforce --level restricted
  denied 'violates PodSecurity "restricted:latest"' run --rm "$IMAGE" true
  guard --enforce --registry registry.example.org/ --allow-tags
  denied PT-GRD-IMAGE-REGISTRY run --rm pt-base:1 true
}

# proves: guard --policy
@test "Gatekeeper's policies judge the pod that a container is; what cannot be evaluated does not start" {
  mkdir policies
  cat >policies/team.yaml <<'YAML'
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: shopteam}
spec:
  crd: {spec: {names: {kind: ShopTeam}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package shop
        violation[{"msg": msg}] {
          not input.review.object.metadata.labels.team
          msg := sprintf("%v has no label team (%v)", [input.review.object.metadata.name, input.docker.endpoint])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: ShopTeam
metadata: {name: team}
spec: {match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}}
YAML
  chmod -R go-w policies
  guard --enforce --policy policies
  d run --rm --network none --label team=shop "$IMAGE" true
  denied "[team] web has no label team (containers/create)." run --rm --name web "$IMAGE" true
  denied "[team] quiet has no label team (containers/exec)." exec quiet true
  guard_stop
  run receipts
  line "deny  POST /containers/create  ShopTeam/team"
  run cat "$GUARD/out"
  line "Offence against policies" "2  --policy"
  sed -i 's/not input/not inputs/' policies/team.yaml
  run "$PARATIA" guard docker --enforce --policy policies --socket "$PWD/s" --state "$PWD/state"
  [ "$status" = 2 ]
  has "ConstraintTemplate shopteam is not evaluated: rego_unsafe_var_error"
  has "policies/team.yaml:1:1"
  has "try: repair it, or leave it out"
  chmod o+w policies/team.yaml
  run "$PARATIA" guard docker --enforce --policy policies --socket "$PWD/s" --state "$PWD/state"
  has "others may write policies/team.yaml"
  guard_start --learn
}

@test "many clients at once are answered, and the daemon's requests cost no receipt that fails" {
  guard --enforce
  local i pids=()
  for i in $(seq 12); do
    d run --rm --privileged "$IMAGE" true >"r$i" 2>&1 3>&- &
    pids+=($!)
  done
  for i in "${pids[@]}"; do ! wait "$i"; done
  for i in $(seq 12); do grep -q PT-GRD-PRIVILEGED "r$i"; done
  grep -q "Receipt " r*
  guard_stop
  run tail -1 "$GUARD/out"
  line "requests denied"
  run grep Receipts "$GUARD/out"
  line " 0 waiting, 0 lost"
  guard_start --learn
}

# proves: guard --json
@test "a receipt names method, path, rule and digest, and neither body, header nor user" {
  guard --enforce --json
  local document
  document=$(request POST /containers/create '{"Image":"secret-image","HostConfig":{"Privileged":true}}' X-Token=hunter2 |
    jq -c '. + {User: "alice", UserAuthNMethod: "TLS"}')
  run ask "$document"
  local n
  n=$(sed -nE 's/.*Receipt ([0-9]+)\..*/\1/p' <<<"$output")
  guard_stop
  run grep "\"receipt\":$n," "$GUARD/out"
  line '"user":"alice"' '"salt":"'
  hasnt hunter2
  local entry
  entry=$(find "$GUARD/state/ledger" -type f -exec grep -alF '"endpoint":"containers/create"' {} +)
  [ -n "$entry" ]
  find "$GUARD/state/ledger" -type f -exec cat {} + >all
  run grep -acE 'alice|hunter2|secret-image' all
  [ "$output" = 0 ]
  run "$PARATIA" prove "$n" --state "$GUARD/state"
  [ "$status" = 0 ]
  has "deny  POST /containers/create"
  has PT-GRD-PRIVILEGED
  has "Verified"
  guard_start --learn
}

# proves: guard --probe-listen
@test "Prometheus is told over a socket or a port of this host, and nobody else is" {
  local port socket=$PWD/metrics.sock
  guard --enforce --probe-listen "$socket"
  denied PT-GRD-PRIVILEGED run --rm --privileged "$IMAGE" true
  [ "$(stat -c %a "$socket")" = 600 ]
  run curl -s --unix-socket "$socket" http://guard/metrics
  line 'paratia_guard_requests_total{decision="deny"} '
  line 'paratia_guard_offences_total{rule="PT-GRD-PRIVILEGED",severity="critical"} 1'
  line 'paratia_guard_enforcing 1'
  line 'paratia_receipts_lost_total 0'
  line 'paratia_guard_request_duration_seconds_bucket{le="+Inf"} '
  [ "$(curl -s --unix-socket "$socket" http://guard/healthz)" = ok ]
  [ "$(curl -s --unix-socket "$socket" http://guard/readyz)" = ok ]
  [ "$(curl -s --unix-socket "$socket" -o /dev/null -w '%{http_code}' -X POST http://guard/metrics)" = 404 ]
  [ "$(curl -s --unix-socket "$socket" -o /dev/null -w '%{http_code}' -X POST http://guard/AuthZPlugin.AuthZReq)" = 404 ]
  [ "$(curl -s --unix-socket "$GUARD_SOCKET" -o /dev/null -w '%{http_code}' http://guard/metrics)" = 404 ]
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  guard --enforce --probe-listen "127.0.0.1:$port"
  run curl -s "http://127.0.0.1:$port/metrics"
  line 'paratia_guard_tenants 0'
  local where
  for where in 0.0.0.0:1 :8888 10.0.0.1:1 relative nowhere:x; do
    run "$PARATIA" guard docker --enforce --probe-listen "$where" --socket "$PWD/s" --state "$PWD/state"
    [ "$status" = 2 ]
    has "neither a path nor on this host alone"
  done
  guard --learn
}

@test "an audit is not alarmed by receipts that are of no run" {
  "$PARATIA" check --state "$GUARD/state" "$PT_REPO/docs/examples/pod.yaml" >/dev/null || true
  run ask "$(request POST /containers/create '{"HostConfig":{"Privileged":true}}')"
  guard_stop
  run bash -c '"$PARATIA" check --state "$1" "$2" 2>&1 >/dev/null' - "$GUARD/state" "$PT_REPO/docs/examples/pod.yaml"
  hasnt "does not know"
  guard_start --learn
}

# What the process may do, as tests/e2e/rights.bats says of the others.
@test "the guard keeps one right, no way to gain others, and talks over one socket" {
  guard --enforce
  run ask "$(request POST /containers/create '{"HostConfig":{"Privileged":true}}')" # all threads are there
  local task
  for task in /proc/"$(cat "$GUARD/guard.pid")"/task/*; do
    run cat "$task/status"
    line CapEff: 0000000000000004
    line CapPrm: 0000000000000004
    line CapBnd: 0000000000000000
    line NoNewPrivs: 1
    line Seccomp: 2
  done
}
