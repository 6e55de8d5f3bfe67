# What every end-to-end test shares.

setup() {
  export PT_STATE=$BATS_TEST_TMPDIR/state
  export XDG_CACHE_HOME=$BATS_TEST_TMPDIR # of a scan: each test knows nothing
  cd "$BATS_TEST_TMPDIR" || return 1
}

# need_docker: skips, with the reason, where no daemon could be started.
need_docker() {
  [ -z "${PT_NO_DOCKER:-}" ] || skip "$PT_NO_DOCKER"
}

# paratia VERB …: with a state folder of the test's own.
paratia() {
  local verb=$1
  shift
  "$PARATIA" "$verb" --state "$PT_STATE" "$@"
}

# has TEXT: $output holds it; says what it was if not.
has() {
  [[ $output == *"$1"* ]] || { printf 'missing: %s\nin:\n%s\n' "$1" "$output"; return 1; }
}
hasnt() {
  [[ $output != *"$1"* ]] || { printf 'unwanted: %s\nin:\n%s\n' "$1" "$output"; return 1; }
}

# line WORD…: one line of $output holds all the words.
line() {
  local l w ok
  while IFS= read -r l; do
    ok=1
    for w in "$@"; do [[ $l == *"$w"* ]] || ok=0; done
    [ $ok = 0 ] || return 0
  done <<<"$output"
  printf 'no line with: %s\nin:\n%s\n' "$*" "$output"
  return 1
}

# small_root DIR: the least that is a Debian system to an audit.
small_root() {
  mkdir -p "$1"/{etc/ssh,usr/sbin,proc/sys/kernel,run,var/lib}
  printf 'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n' >"$1/etc/os-release"
  printf 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n' >"$1/etc/passwd"
  printf 'root:x:0:\ndocker:x:998:\n' >"$1/etc/group"
  printf 'root:*:19000::::::\nalice:!:19000::::::\n' >"$1/etc/shadow"
  chmod 640 "$1/etc/shadow"
  echo fixture >"$1/etc/hostname"
  echo Linux >"$1/proc/sys/kernel/ostype"
  echo 6.1.0-1-amd64 >"$1/proc/sys/kernel/osrelease"
}
