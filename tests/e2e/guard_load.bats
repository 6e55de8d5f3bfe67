load lib
load guard

# The guard under requests that are made to be slow, large and many; and when its ledger is full.
setup_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  guarded_dockerd
}

teardown_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  guarded_dockerd_stop
}

setup() {
  need_docker
  cd "$BATS_TEST_TMPDIR" || return 1
}

# create JSON-FILE: asks the daemon for a container as it stands there; its answer is the output.
create() {
  curl -s --max-time 60 --unix-socket "$GUARD/docker.sock" -H 'Content-Type: application/json' \
    --data-binary "@$1" http://docker/v1.41/containers/create
}

# many NAME N MAPPING: a creation with a list of N entries.
many() {
  jq -cn --arg name "$1" --argjson n "$2" \
    "{Image: \"x@sha256:$(printf 'a%.0s' {1..64})\", HostConfig: {(\$name): [range(\$n) | $3]}}"
}

# answers_within MS: the client's list comes in time.
answers_within() {
  local began=${EPOCHREALTIME/./}
  d ps >/dev/null
  (((${EPOCHREALTIME/./} - began) / 1000 < $1))
}

lives() { [ -d "/proc/$(cat "$GUARD/guard.pid")" ]; }

@test "lists of thousands are refused, and the guard lives" {
  guard --enforce
  many VolumesFrom 55000 '"n\(.)"' >from
  many Binds 95000 '"/srv:/h"' >binds
  run create from
  has "HostConfig.VolumesFrom has more than 1000 items"
  local pids=()
  for _ in 1 2 3 4 5 6 7 8; do create binds >/dev/null & pids+=($!); done
  wait "${pids[@]}"
  run create binds
  has "HostConfig.Binds has more than 1000 items"
  answers_within 1000
  lives
}

@test "judgements that are late end, and what is harmless is answered meanwhile" {
  guard --enforce
  local i folder pids=()
  head -c 1000000 /dev/zero | tr '\0' x >pad
  for i in $(seq 100 159); do # containers as the daemon stores them, with large labels
    folder=$GUARD_DATA/containers/$(printf "$i%.0s" {1..21})0
    mkdir -p "$folder"
    { printf '{"Name":"/large%s","Config":{"Labels":{"x":"' "$i"; cat pad; printf '"}}}'; } >"$folder/config.v2.json"
    echo '{}' >"$folder/hostconfig.json"
  done
  many VolumesFrom 33 '"n\(.)"' >from
  run create from
  has "more than 32 containers are named"
  many VolumesFrom 32 '"n\(.)"' >from
  for i in $(seq 24); do create from >"answer$i" & pids+=($!); done
  sleep 0.5
  answers_within 5000
  wait "${pids[@]}"
  answers_within 1000
  run cat answer1
  has "could not be judged in time"
  sleep 1
  lives
  (($(awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$GUARD/guard.pid")/status") < 500000))
  rm -rf "$GUARD_DATA"/containers/1[0-5][0-9]1*
}

# small_guard WORD…: the guard, with a state folder of one megabyte that is its own.
small_guard() {
  guard_stop
  mkdir -p "$GUARD/small"
  # shellcheck disable=SC2016
  unshare --mount --propagation private sh -c 'mount -t tmpfs -o size=1m none "$0" && exec "$@"' "$GUARD/small" \
    "$PARATIA" guard docker --socket "$GUARD_SOCKET" --docker-root "$GUARD_DATA" --state "$GUARD/small" "$@" \
    >"$GUARD/out" 2>"$GUARD/err" 3>&- &
  echo $! >"$GUARD/guard.pid"
  guard_wait
  SMALL=/proc/$!/root$GUARD/small
}

# pause: what the daemon answers to a change that the guard allows (404: there is no such container).
pause() {
  curl -s -w '%{http_code}' --max-time 20 --unix-socket "$GUARD/docker.sock" -X POST http://docker/v1.41/containers/nobody/pause
}

# proves: guard --receipts
@test "without room for receipts nothing is changed, until there is room again" {
  small_guard --enforce
  run pause
  has 404
  dd if=/dev/zero of="$SMALL/fill" bs=4k status=none || true
  for _ in $(seq 40); do pause >/dev/null; done # its receipts wait
  for _ in $(seq 80); do
    run pause
    case $output in *403) break ;; esac
    sleep 0.1
  done
  has 403
  has "the ledger takes no receipts"
  has "make room for it"
  answers_within 1000
  rm "$SMALL/fill"
  for _ in $(seq 50); do
    run pause
    case $output in *404) break ;; esac
    sleep 0.1
  done
  has 404
  run grep -c "the ledger takes receipts again" "$GUARD/err"
  [ "$output" = 1 ]
  small_guard --enforce --receipts best-effort
  pause >/dev/null
  dd if=/dev/zero of="$SMALL/fill" bs=4k status=none || true
  for _ in $(seq 40); do pause >/dev/null; done
  sleep 6
  run pause
  has 404
  guard --learn
  run "$PARATIA" guard docker --enforce --receipts sometimes --socket "$PWD/s" --state "$PWD/state"
  [ "$status" = 2 ]
  has "--receipts does not know sometimes"
}

@test "a guard that was killed leaves a gap that the next one tells" {
  guard --enforce
  guard_stop
  guard --enforce
  guard_stop KILL
  guard --enforce
  guard_stop
  started() { find "$GUARD/state/ledger" -type f -exec grep -aohE '"says":"the guard before it[^"]*"' {} +; }
  run started
  line "ended by itself"
  line "did not end by itself: receipts may be missing"
  local n
  n=$("$PARATIA" ledger show --state "$GUARD/state" | sed -n 2p)
  run "$PARATIA" prove $((n - 1)) --state "$GUARD/state"
  # Behind it the engine may have been looked at.
  grep -q "guard docker: started" <<<"$output" || run "$PARATIA" prove $((n - 2)) --state "$GUARD/state"
  has "guard docker: started"
  has "did not end by itself"
  guard_start --learn
}

# signs: how often systemd heard that the guard lives.
signs() { grep -c WATCHDOG=1 heard || true; }

# hears WORD: systemd is told it within five seconds.
hears() {
  for _ in $(seq 100); do ! grep -qx "$1" heard || return 0; sleep 0.05; done
  cat heard
  return 1
}

@test "systemd is told that the guard is ready and lives, and hears nothing of one that is stopped" {
  perl -MSocket -e 'socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[0])) or die; $| = 1;
    while (defined recv(S, $m, 99, 0)) { print "$m\n" }' "$PWD/notify" >heard 3>&- &
  local listener=$! n
  for _ in $(seq 100); do [ -S notify ] && break; sleep 0.02; done
  guard_stop
  NOTIFY_SOCKET=$PWD/notify WATCHDOG_USEC=1000000 guard_start --enforce
  hears READY=1
  hears WATCHDOG=1
  kill -STOP "$(cat "$GUARD/guard.pid")"
  sleep 0.2
  n=$(signs)
  sleep 1
  [ "$(signs)" = "$n" ]
  kill -CONT "$(cat "$GUARD/guard.pid")"
  for _ in $(seq 100); do [ "$(signs)" -gt "$n" ] && break; sleep 0.05; done
  [ "$(signs)" -gt "$n" ]
  guard_stop
  hears STOPPING=1
  kill "$listener"
  wait "$listener" || true
  # What it asks itself would be counted, and not denied. All that may be there was denied: the daemon may
  # send again, emptied, what it asked of the guard before.
  tail -1 "$GUARD/out" | grep -qE "^([0-3]) of \1 requests"
  guard_start --learn
}
