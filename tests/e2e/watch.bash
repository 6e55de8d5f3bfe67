# A watch of this host, for the tests of `paratia watch`.

# need_sensor: skips, with the reason, where no program may be loaded into the kernel.
need_sensor() {
  [ "$(id -u)" = 0 ] || skip "needs root to load the sensor"
  [ -r /sys/kernel/btf/vmlinux ] || skip "this kernel has no BTF"
  [ -z "${PT_NO_SENSOR:-}" ] || skip "$PT_NO_SENSOR"
}

# rules_of MARKER: rules that see only programs with this word among their arguments, and files of it.
rules_of() {
  cat <<YAML
- macro: marked
  condition: (evt.type in (execve, execveat) and evt.rawres = 0 and proc.args contains "$1")

- rule: Marked program
  desc: A program was started with the marker.
  condition: marked
  output: Marked program | command=%proc.cmdline container=%container.id name=%container.name image=%container.image.repository
  priority: WARNING
  tags: [first, pt]

- rule: Marked program, again
  desc: The same, by another name.
  condition: marked
  output: Marked again | command=%proc.cmdline
  priority: NOTICE
  tags: [second, pt]

- rule: Marked file
  desc: A file with the marker in its name was opened.
  condition: evt.type in (open, openat, openat2) and evt.rawres >= 0 and fd.name contains "$1"
  output: Marked file | file=%fd.name command=%proc.cmdline
  priority: CRITICAL
  tags: [third]
YAML
}

# watch_begin OPTION…: in the background, until it watches: out, err, the process in $WATCH.
watch_begin() {
  # Descriptors of bats are not its own: whoever inherits them keeps the run from ending.
  "$PARATIA" watch --state "$PT_STATE" "$@" >out 2>err 3>&- &
  WATCH=$!
  echo $! >watch.pid
  for _ in $(seq 600); do
    ! grep -q '^note: watching' err || return 0
    kill -0 "$WATCH" 2>/dev/null || break
    sleep 0.05
  done
  echo "it does not watch:"; cat err
  return 1
}

# watch_end [SIGNAL]: $status is its exit code.
watch_end() {
  kill "-${1:-TERM}" "$WATCH"
  status=0
  wait "$WATCH" || status=$?
  rm -f watch.pid
}

watch_stop() { # for teardown: whatever happened
  local pid
  pid=$(cat watch.pid 2>/dev/null) || return 0
  kill -KILL "$pid" 2>/dev/null || true
}

# until_in FILE TEXT: at most ten seconds.
until_in() {
  for _ in $(seq 200); do
    # By the shell itself: a program that is called with the text is what some rules look for.
    [[ $(<"$1") != *"$2"* ]] || return 0
    sleep 0.05
  done
  echo "never in $1: $2"; cat "$1"
  return 1
}
