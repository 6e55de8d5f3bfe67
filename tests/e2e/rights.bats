load lib
load watch

# What each process of ours may do, while it waits for somebody who never answers. Any change of these
# lists is a change of what a flaw in it is worth.

# silent: a socket at silent.sock and a TCP port in ./port that take connections and never answer.
silent() {
  python3 - <<'PY' 3>&- &
import os, socket, time
s = socket.socket(socket.AF_UNIX); s.bind("silent.sock"); s.listen(8)
t = socket.socket(); t.bind(("127.0.0.1", 0)); t.listen(8)
open("port.new", "w").write(str(t.getsockname()[1])); os.rename("port.new", "port")
time.sleep(60)
PY
  SILENT=$!
  for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
}

teardown() {
  local pid
  for pid in "${SILENT:-}" "${OURS:-}"; do [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; done
}

# settled PID: waits until it has its filter and no right to inspect others any more.
settled() {
  for _ in $(seq 600); do
    grep -q '^Seccomp:.*2' "/proc/$1/status" && ! grep -q '^CapEff:.*8000.$' "/proc/$1/status" && return 0
    sleep 0.05
  done
  return 1
}

# holds PID CAPABILITIES: these capabilities (of root), none to pass on, and the filter.
holds() {
  settled "$1"
  run cat "/proc/$1/status"
  line NoNewPrivs: 1
  line Seccomp: 2
  line CapInh: 0000000000000000
  line CapAmb: 0000000000000000
  [ "$(id -u)" != 0 ] || {
    line CapEff: "$2"
    line CapPrm: "$2"
    line CapBnd: 0000000000000000
  }
}

# libraries PID: the shared objects that it has loaded, one line.
libraries() { sed -nE 's|.*/(lib[a-z0-9_+-]+)[.-].*so.*|\1|p' "/proc/$1/maps" | sort -u | tr '\n' ' '; }

# descriptors PID: what it holds open beside the standard three, kinds and counts.
descriptors() {
  local fd
  for fd in "/proc/$1/fd"/*; do
    [ "${fd##*/}" -gt 2 ] || continue
    case $(readlink "$fd") in
      socket:*) echo socket ;;
      pipe:*) echo pipe ;;
      anon_inode:*) echo event ;;
      /) echo root ;;
      *.sock) echo peer ;;
      *) readlink "$fd" ;;
    esac
  done | sort | uniq -c | tr -s ' \n' ' '
}

# alone COMMAND…: with the standard three descriptors and no other; the shell's own would be counted.
alone() {
  local fd
  for fd in /proc/$BASHPID/fd/*; do
    [ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"
  done
  exec "$@"
}

core="libc libcap libcrypto libevent_core-2 libfyaml libgcc_s libgmp libm libmpfr libre2 libseccomp libsqlite3 libstdc++ libz "

@test "audit reads files, sees no other process any more, and talks to one socket" {
  silent
  alone "$PARATIA" audit --no-record --docker "unix://$PWD/silent.sock" >/dev/null &
  OURS=$!
  holds "$OURS" 0000000000000004
  for _ in $(seq 100); do [[ $(descriptors "$OURS") == *socket* ]] && break; sleep 0.05; done
  output=$(libraries "$OURS")
  has "libcurl "
  output=$(descriptors "$OURS")
  has "1 peer 1 root"
  [ -z "$(sed -E 's/[0-9]+ (event|socket|peer|root) ?//g; s/ //g' <<<"$output")" ]
}

@test "check reads files and has loaded nothing that speaks to a network" {
  mkfifo f
  sleep 30 >f 3>&- &
  SILENT=$!
  alone "$PARATIA" check --no-record - <f >/dev/null &
  OURS=$!
  holds "$OURS" 0000000000000004
  [ "$(libraries "$OURS")" = "$core" ]
  [ -z "$(descriptors "$OURS")" ]
}

@test "eval reads files and has loaded nothing that speaks to a network" {
  mkfifo f
  sleep 30 >f 3>&- &
  SILENT=$!
  alone "$PARATIA" eval -I 1 <f >/dev/null &
  OURS=$!
  holds "$OURS" 0000000000000004
  [ "$(libraries "$OURS")" = "$core" ]
  [ -z "$(descriptors "$OURS")" ]
}

@test "policy test reads files, and each of its threads has the filter" {
  cat >slow_test.rego <<'REGO'
package slow

n := numbers.range(1, 100000)

test_a if count([1 | some i in n; some j in n; i == j]) == 0

test_b if count([1 | some i in n; some j in n; i == j]) == 1
REGO
  alone "$PARATIA" policy test --parallel 2 --timeout 10s slow_test.rego >/dev/null &
  OURS=$!
  holds "$OURS" 0000000000000004
  for _ in $(seq 100); do [ "$(ls "/proc/$OURS/task" | wc -l)" = 2 ] && break; sleep 0.05; done
  run cat "/proc/$OURS"/task/*/status
  [ "$(grep -c '^Seccomp:.2' <<<"$output")" = 2 ]
  [ "$(grep -c '^NoNewPrivs:.1' <<<"$output")" = 2 ]
  [ -z "$(descriptors "$OURS")" ]
}

@test "the process that tells the web has no capability at all" {
  silent
  small_root root
  "$PARATIA" audit --state "$PT_STATE" --root root --quiet --notify "http://127.0.0.1:$(cat port)/" >/dev/null 2>&1 3>&- &
  OURS=$!
  local teller=
  for _ in $(seq 200); do
    teller=$(pgrep -P "$OURS" | head -1)
    [ -n "$teller" ] && [[ $(libraries "$teller") == *libcurl* ]] && break
    sleep 0.05
  done
  holds "$teller" 0000000000000000
}

@test "what reads images is nobody, with no right, no file and no call but those it needs" {
  mkfifo f
  sleep 30 >f 3>&- &
  SILENT=$!
  alone "$PARATIA" scan --no-record - <f >/dev/null &
  OURS=$!
  holds "$OURS" 0000000000000004
  [ "$(libraries "$OURS")" = "$core" ]
  kill "$OURS"
  # A process of its own becomes the program with its first job: one that is stopped in the middle of it.
  alone "$PARATIA" scan --no-record --no-cache --root / >/dev/null 2>&1 &
  OURS=$!
  local worker=
  for _ in $(seq 200); do
    worker=$(pgrep -P "$OURS" -x paratia-worker | head -1)
    [ -n "$worker" ] && grep -q '^Seccomp:.*2' "/proc/$worker/status" && break
    sleep 0.02
  done
  kill -STOP "$OURS"
  holds "$worker" 0000000000000000
  [ "$(id -u)" != 0 ] || line Uid: 65534 65534
  [ "$(libraries "$worker")" = "libc libcap libcrypto libexpat libfyaml libgcc_s libhs libisal libm libre2 libseccomp libsqlite3 libstdc++ libz libzstd " ]
  output=$(ls -l "/proc/$worker/fd" | sed -nE 's/.* ([0-9]+) -> ([a-z/]+).*/\1 \2/p' | tr '\n' ' ')
  [ "$output" = "0 socket 1 /dev/null 2 /dev/null " ] # its socket to us, and nothing else
  [ -z "$(tr '\0' ' ' <"/proc/$worker/environ" 2>/dev/null)" ]
  kill -KILL "$OURS"
}

# proves: guard --help
@test "the guard listens on one socket, keeps one right, and reads nothing before" {
  alone "$PARATIA" guard docker --learn --quiet --socket "$PWD/g.sock" --state "$PWD/state" >/dev/null &
  OURS=$!
  holds "$OURS" 0000000000000004
  run descriptors "$OURS" # of each of the 64 threads of the server a queue and a pipe of events
  local ledger=$PWD/state/ledger
  [ "$output" = " 1 $PWD/state/guard.docker 1 $ledger 1 $ledger/journal 1 $ledger/lock 67 event 128 pipe 1 root 1 socket " ]
  run libraries "$OURS"
  [ "$output" = "$core" ]
  "$PARATIA" guard docker --help | grep -q -- --enforce
}

# kinds PID: of what it holds open beside the standard three, without counts: how many rings there are
# and how often an engine is asked is the machine's.
kinds() { descriptors "$1" | sed -E 's/ ?[0-9]+ /\n/g' | sort -u | xargs; }

@test "a watch holds no right at all: rings of the kernel, its ledger, and the engine's socket" {
  need_sensor
  silent
  alone "$PARATIA" watch --quiet --engine "$PWD/silent.sock" --state "$PWD/state" >/dev/null &
  OURS=$!
  local sensor= state=$PWD/state
  holds "$OURS" 0000000000000000
  # What it holds in the long run: a receipt that is being sealed has a file more for a moment.
  local want="$state $state/alerts.jsonl $state/ledger $state/ledger/journal $state/ledger/lock $state/watch event peer socket"
  for _ in $(seq 200); do [ "$(kinds "$OURS")" = "$want" ] && break; sleep 0.05; done
  sensor=$(pgrep -P "$OURS" -x paratia-sensor)
  [ "$(pgrep -P "$OURS" | wc -l)" = 1 ]
  run cat "/proc/$OURS"/task/*/status
  [ "$(grep -c '^Seccomp:.2' <<<"$output")" = "$(ls "/proc/$OURS/task" | wc -l)" ]
  run kinds "$OURS"
  [ "$output" = "$want" ]
  # What loads programs into the kernel is the sensor's alone.
  output=$(libraries "$OURS")
  has "libcurl "
  hasnt libbpf
  hasnt libelf
  holds "$sensor" 0000000000000000
  [ "$(libraries "$sensor")" = "libbpf libc libcap libelf-0 libseccomp libz " ]
  [ "$(kinds "$sensor")" = event ]
  run bash -c "ls -l /proc/$sensor/fd | sed -nE 's/.* ([0-9]+) -> ([^:]*).*/\1 \2/p' | grep -E '^[012] ' | xargs"
  [ "$output" = "0 socket 1 /dev/null 2 /dev/null" ]
  [ -z "$(tr '\0' ' ' <"/proc/$sensor/environ")" ]
  kill "$OURS" && wait "$OURS"
  ! grep -q '^State:.[^Z]' "/proc/$sensor/status" # whoever is its parent now may not have looked yet
}

@test "a replay reads files, and has loaded nothing that speaks to a network or to the kernel" {
  mkfifo f
  sleep 30 >f 3>&- &
  SILENT=$!
  alone "$PARATIA" watch --replay f >/dev/null &
  OURS=$!
  holds "$OURS" 0000000000000000
  [ "$(libraries "$OURS")" = "$core" ]
  [ "$(kinds "$OURS")" = "$PWD/f event" ]
}
