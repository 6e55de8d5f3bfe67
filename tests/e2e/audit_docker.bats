load lib

setup_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  docker run -d --name bad-privileged --privileged pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name bad-socket -v "$PT_E2E/docker.sock:/var/run/docker.sock" pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name bad-network --network host --pid host pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name bad-mount -v /etc:/host-etc:ro --cap-add SYS_ADMIN --security-opt seccomp=unconfined \
    -e DB_PASSWORD=hunter2hunter2 -p 18080:80 pt-base:1 /bin/sleep 600 >/dev/null
  docker run -d --name good --user 10001:10001 --cap-drop ALL --read-only --memory 64m --cpus 0.5 --pids-limit 50 \
    --security-opt no-new-privileges --restart on-failure:3 --network none --health-cmd true pt-base:1 /bin/sleep 600 >/dev/null
}

teardown_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  docker rm -f bad-privileged bad-socket bad-network bad-mount good >/dev/null
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

@test "daemon checks judge file and flags of the running dockerd" {
  need_docker
  run paratia audit --docker "$DOCKER_HOST" --only docker --all
  line fail dockerd PT-DKR-ICC
  line fail dockerd PT-DKR-NNP "unset, which means false"
  line pass dockerd PT-DKR-TCP "no TCP listener" || line pass dockerd PT-DKR-TCP
  line pass dockerd PT-DKR-DEBUG
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

@test "no check turns to pass when an answer of the engine, or a key of one, is taken away" {
  "$BATS_TEST_DIRNAME/engine" "$PWD/e.sock" "$PARATIA" audit --no-record --json --all --docker "unix://$PWD/e.sock" \
    --only docker,containers,images >passes.tsv
  [ "$(wc -l <passes.tsv)" -gt 120 ]
  run awk -F'\t' '
    NR == 1 { n = split($2, p, " "); for (i = 1; i <= n; i++) ok[p[i]] = 1; next }
    { n = split($2, p, " "); for (i = 1; i <= n; i++) if (!(p[i] in ok)) print "without " $1 ": " p[i] " passes" }' passes.tsv
  [ -z "$output" ] || { echo "$output"; return 1; }
}

@test "the stand-in engine's bad container fails every check that it should" {
  "$BATS_TEST_DIRNAME/engine" "$PWD/e.sock" "$PARATIA" audit --no-record --json --docker "unix://$PWD/e.sock" \
    --only containers >passes.tsv
  run head -1 passes.tsv
  hasnt web/PT-CTR
}
