# A dockerd of its own that asks the guard, for the tests of `paratia guard docker`. It lives in a
# network and a mount namespace that go with it; /run/docker is a folder of the test there.

GUARD=${PT_E2E:-/run/pt-e2e/none}/guard
GUARD_SOCKET=$GUARD/docker/plugins/paratia.sock

# d WORD…: Debian's docker client, at the guarded daemon.
d() { /usr/bin/docker -H "unix://$GUARD/docker.sock" "$@"; }

# guard_start WORD…: the guard with these options; the ledger is one for all of the file.
guard_start() {
  "$PARATIA" guard docker --socket "$GUARD_SOCKET" --docker-root "$GUARD_DATA" --engine "$GUARD/docker.sock" --state "$GUARD/state" "$@" \
    >"$GUARD/out" 2>"$GUARD/err" 3>&- &
  echo $! >"$GUARD/guard.pid"
  guard_wait
}

guard_wait() {
  for _ in $(seq 200); do
    curl -sf --unix-socket "$GUARD_SOCKET" -X POST http://guard/Plugin.Activate >/dev/null && return 0
    sleep 0.02
  done
  cat "$GUARD/err"
  return 1
}

guard_stop() { # [SIGNAL]
  local pid
  pid=$(cat "$GUARD/guard.pid" 2>/dev/null) || return 0
  rm -f "$GUARD/guard.pid"
  kill "-${1:-TERM}" "$pid" 2>/dev/null || return 0
  for _ in $(seq 500); do [ -d "/proc/$pid" ] || return 0; sleep 0.02; done
  kill -9 "$pid"
}

# guard WORD…: instead of the one that runs.
guard() {
  guard_stop
  guard_start "$@"
}

# guarded_dockerd [WORD…]: starts it, with these options more; the guard must be there before. Its data
# root is $GUARD_DATA. $GUARD/daemon.json is made unless it is there; one that is there names the plugin.
guarded_dockerd() {
  local plugin=(--authorization-plugin paratia)
  export GUARD_DATA=/var/tmp/pt-e2e-${PT_E2E##*/}/guard
  mkdir -p "$GUARD/docker/plugins" "$GUARD_DATA"
  if [ -e "$GUARD/daemon.json" ]; then plugin=(); else echo '{}' >"$GUARD/daemon.json"; fi
  guard_start --learn
  [ -d /run/docker ] || { mkdir /run/docker; touch "$GUARD/made-run-docker"; }
  printf '%s\n' "${plugin[@]}" "$@" >"$GUARD/dockerd.words"
  dockerd_start
}

dockerd_start() {
  local words
  mapfile -t words <"$GUARD/dockerd.words"
  # shellcheck disable=SC2016
  unshare --net --mount --propagation private bash -c '
    mount --bind "$1/docker" /run/docker && ip link set lo up && exec dockerd --config-file "$1/daemon.json" --data-root "$2" \
      --exec-root "$1/exec" --pidfile "$1/docker.pid" --bip 172.31.10.1/24 \
      --add-runtime "pt=$3/tests/e2e/runtime" --default-runtime pt -H "unix://$1/docker.sock" "${@:4}"' \
    - "$GUARD" "$GUARD_DATA" "$PT_REPO" "${words[@]}" >"$GUARD/dockerd.log" 2>&1 3>&- &
  for _ in $(seq 300); do
    d version >/dev/null 2>&1 && return 0
    kill -0 $! 2>/dev/null || break
    sleep 0.1
  done
  tail -5 "$GUARD/dockerd.log"
  return 1
}

dockerd_stop() {
  local pid
  pid=$(cat "$GUARD/docker.pid" 2>/dev/null) && kill "$pid" && for _ in $(seq 200); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
}

guarded_dockerd_stop() {
  dockerd_stop || true
  guard_stop
  rm -f "$GUARD/daemon.json"
  [ ! -e "$GUARD/made-run-docker" ] || rmdir /run/docker
}

# ask JSON: the plugin's answer to a document of AuthZReq.
ask() {
  curl -s --unix-socket "$GUARD_SOCKET" -X POST --data-binary @- http://guard/AuthZPlugin.AuthZReq <<<"$1"
}

# request METHOD URI [BODY [HEADER…]]: such a document. A header is NAME=VALUE.
request() {
  jq -cn --arg m "$1" --arg u "$2" --arg b "${3:-}" --args \
    '{RequestMethod: $m, RequestUri: $u, RequestHeaders: ([$ARGS.positional[] | split("=") | {(.[0]): .[1]}] | add // {})}
     + (if $b == "" then {} else {RequestBody: ($b | @base64)} end)' -- "${@:4}"
}

# denied RULE WORD…: the client is refused, and told the rule.
denied() {
  run d "${@:2}"
  [ "$status" != 0 ]
  has "authorization denied by plugin paratia"
  has "$1"
}
