load lib
load watch
bats_require_minimum_version 1.5.0 # run -3

# One recording for all that judge one: three programs and a file with the marker, and a shred of
# nothing, which is the shipped rules' business.
setup_file() {
  export MARK=pt-watch-$$ REC=$BATS_FILE_TMPDIR/rec
  if [ "$(id -u)" = 0 ] && ! "$PARATIA" watch --probe >"$BATS_FILE_TMPDIR/probe" 2>&1; then
    PT_NO_SENSOR=$(head -1 "$BATS_FILE_TMPDIR/probe")
    export PT_NO_SENSOR
  fi
  (need_sensor() { :; } && cd "$BATS_FILE_TMPDIR" && rules_of "$MARK" >rules.yaml &&
    export PT_STATE=$PWD/state && [ "$(id -u)" = 0 ] && [ -z "${PT_NO_SENSOR:-}" ] &&
    watch_begin --rules rules.yaml --match all --json --record rec --no-record && acts &&
    until_in out 'Marked file' && shred --version "$MARK" >/dev/null && until_in out "shred --version $MARK" && watch_end &&
    mv out live.json) || true
  export RULES=$BATS_FILE_TMPDIR/rules.yaml
}

# acts: what the rules of the marker see.
acts() {
  /bin/echo "$MARK" >/dev/null
  echo x >"file-$MARK"
  /bin/cat "file-$MARK" >/dev/null
}

teardown() { watch_stop; }

# need_recording: skips where none could be made.
need_recording() {
  need_sensor
  [ -s "$REC" ] && [ -s "$BATS_FILE_TMPDIR/live.json" ]
}

# replay OPTION…: judges the recording, the marker's rules unless others are given.
replay() {
  need_recording
  [[ " $* " == *" --rules "* ]] || set -- --rules "$RULES" "$@"
  run --separate-stderr "$PARATIA" watch --replay "$REC" "$@"
}

# alerts: how many of them stand in $output, which is in the form of text.
alerts() { grep -c ': \(Critical\|Warning\|Notice\) ' <<<"$output" || true; }

# -- the kernel ---------------------------------------------------------------------------------------

# proves: watch
# proves: watch --state
@test "what runs is told, leaves receipts, and a signal ends it with the summary as last line" {
  need_sensor
  rules_of "$MARK" >rules.yaml
  watch_begin --rules rules.yaml
  acts
  until_in out "command=cat file-$MARK"
  watch_end
  [ "$status" = 0 ]
  run tail -1 out
  [[ $output == *" alerts ("*" critical, "*" warning), "*" events, 0 lost, "*" s" ]]
  run cat out
  line "Warning Marked program" "command=echo $MARK" "container=host"
  line "Critical Marked file" "file=$PWD/file-$MARK"
  line "Receipts" " sealed, 0 waiting, 0 lost"
  paratia ledger verify | grep -q '^Verified'
  [ "$(stat -c %a "$PT_STATE"/alerts.jsonl)" = 600 ]
  # Each alert lies beside the log with its salt: their digest is what its entry holds.
  python3 - "$PT_STATE" >entries <<'PY'
import hashlib, json, sys
for line in open(sys.argv[1] + "/alerts.jsonl"):
    row = json.loads(line)
    alert = line[line.index('"alert":') + 8:-2]
    print(row["receipt"], hashlib.sha256((row["salt"] + alert).encode()).hexdigest(), row["alert"]["rule"], sep="\t")
PY
  [ "$(wc -l <entries)" -ge 4 ]
  local receipt digest rule
  while IFS=$'\t' read -r receipt digest rule; do
    run paratia prove "$receipt"
    [ "$status" = 0 ]
    line "watch: alert"
    line "$rule  host  alert sha256:$digest"
    [[ $output != *"$MARK"* ]] # no command line is in the log
  done <entries
  run paratia prove 0
  line "watch: started"
}

# proves: watch --no-record
# proves: watch --for
@test "--no-record leaves nothing behind, and --for ends it" {
  need_sensor
  rules_of "$MARK" >rules.yaml
  watch_begin --rules rules.yaml --no-record --for 1s
  grep -qx 'note: watching, no receipts are left' err
  wait "$WATCH"
  [ ! -e "$PT_STATE" ]
  [[ $(tail -1 out) == "0 alerts, "* ]]
  run -2 "$PARATIA" watch --for soon
  has "--for"
}

@test "SIGUSR1 says how it stands, SIGHUP that rules are read at the start" {
  need_sensor
  rules_of "$MARK" >rules.yaml
  watch_begin --rules rules.yaml --no-record
  kill -USR1 "$WATCH"
  until_in err "0 alerts, "
  kill -HUP "$WATCH"
  until_in err "note: rules are read when it starts"
  watch_end INT
  [ "$status" = 0 ]
}

# proves: watch --container
# proves: watch --engine
@test "containers are named by their engine, and --container watches them alone" {
  need_docker
  need_sensor
  rules_of "$MARK" >rules.yaml
  watch_begin --rules rules.yaml --engine "$PT_E2E/docker.sock" --container "$MARK,none" --json
  /bin/echo "$MARK" host >/dev/null
  docker run --rm --name "$MARK" --network none pt-base:1 /bin/busybox sh -c "sleep 1; /bin/busybox true $MARK"
  until_in out 'true pt-watch'
  watch_end
  run cat out
  hasnt "echo $MARK host"
  line "busybox true $MARK" "\"container.name\":\"$MARK\"" '"container.image.repository":"pt-base"'
  run cat err
  [[ $output =~ ,\ [1-9][0-9]*\ containers?,\  ]]
  run -3 "$PARATIA" watch --engine "$PWD/none.sock" --no-record
  has "--engine $PWD/none.sock: cannot be opened: No such file or directory"
}

@test "an engine that is started anew is asked again" {
  need_sensor
  rules_of "$MARK" >rules.yaml
  engine_of engine.sock
  watch_begin --rules rules.yaml --engine "$PWD/engine.sock" --no-record --for 20s
  until_in engine.log 'GET /events'
  kill "$(cat engine.pid)"
  rm engine.sock
  : >engine.log
  engine_of engine.sock
  until_in engine.log 'GET /events'
  kill "$(cat engine.pid)"
  watch_end
}

# engine_of SOCKET: answers 404 to everything, and says in engine.log what it was asked.
engine_of() {
  python3 - "$1" 3>&- <<'PY' &
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(8)
while True:
    c, _ = s.accept()
    asked = c.recv(4096).split(b"\r\n")[0].decode()
    with open("engine.log", "a") as log:
        print(asked, file=log)
    c.sendall(b"HTTP/1.1 404 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    c.close()
PY
  echo $! >engine.pid
  for _ in $(seq 100); do [ ! -S "$1" ] || return 0; sleep 0.05; done
  return 1
}

# proves: watch --probe
# proves: watch --color
# proves: watch --ascii
@test "--probe says what the kernel offers; --ascii and --color change its signs" {
  need_sensor
  run "$PARATIA" watch --probe
  [ "$status" = 0 ]
  line "✓ BTF" there
  [[ ${lines[-1]} =~ ^[0-9]+\ of\ [0-9]+\ there$ ]]
  hasnt $'\e['
  run "$PARATIA" watch --probe --ascii --color always
  line $'\e[32m+\e[0m BTF' there
  hasnt ✓
  run "$PARATIA" watch --probe --color never
  hasnt $'\e['
  run -2 "$PARATIA" watch --probe --color blue
}

@test "who may not load programs is told what is missing" {
  need_sensor
  run -3 setpriv --bounding-set -bpf,-perfmon,-sys_admin --inh-caps -bpf,-perfmon,-sys_admin "$PARATIA" watch --no-record --for 1s
  has "the kernel does not let the sensor"
  has "try: the sensor needs CAP_BPF, CAP_PERFMON"
}

@test "that events were lost is an alert with a receipt" {
  need_sensor
  rules_of "$MARK" >rules.yaml
  watch_begin --rules rules.yaml --json --fail-on warning
  # Who does not read while another makes more than its ring holds loses some of it.
  kill -STOP "$WATCH"
  python3 -c 'p = "/none/" + "/".join(["x" * 200] * 18)
for _ in range(40000):
    try: open(p)
    except OSError: pass'
  kill -CONT "$WATCH"
  until_in out '"rule":"Events were lost"'
  watch_end
  [ "$status" = 1 ]
  run jq -r 'select(.rule == "Events were lost") | .priority + " " + .source + " " + ((.output_fields["lost.events"] > 0) | tostring)' out
  [ "${lines[0]}" = "Warning syscall true" ]
  run cat err
  line "Lost " "events: the ring was full"
  run paratia prove 1
  line "Warning  Events were lost  alert sha256:"
}

# -- a recording --------------------------------------------------------------------------------------

# proves: watch --record
# proves: watch --replay
@test "a recording is replayed to the same alerts, byte for byte" {
  need_recording
  [ "$(stat -c %a "$REC")" = 600 ]
  replay --match all --json
  [ "$status" = 0 ]
  printf '%s\n' "$output" | diff - "$BATS_FILE_TMPDIR/live.json"
  [ ! -e "$PT_STATE" ]
  local word
  for word in "--record x" "--engine /x" "--for 1s"; do
    # shellcheck disable=SC2086
    run -2 "$PARATIA" watch --replay "$REC" $word
    has "--replay and ${word%% *} exclude each other"
  done
  head -c 50000 "$REC" >cut # what was read before is no less true
  run -3 "$PARATIA" watch --rules "$RULES" --replay cut
  has "the recording was cut off: what came then is not judged"
  echo none >text
  run -2 "$PARATIA" watch --rules "$RULES" --replay text
  has text
  run -3 "$PARATIA" watch --rules "$RULES" --replay "$PWD/none"
  has "--replay $PWD/none: cannot be opened"
}

# proves: watch --rules
@test "rules are files, folders, or the shipped ones; a faulty one is named by line and column" {
  replay
  [ "$(alerts)" = 5 ] # of two rules for one program the first
  mkdir folder
  cp "$RULES" folder/a.yaml
  echo notes >folder/notes.txt
  replay --rules folder
  [ "$(alerts)" = 5 ]
  mkdir none
  run -2 "$PARATIA" watch --rules none --replay "$REC"
  has "none: no file of rules is in it"
  run -3 "$PARATIA" watch --rules absent.yaml --replay "$REC"
  has "absent.yaml"
  run --separate-stderr "$PARATIA" watch --replay "$REC" --only 'Files destroyed'
  [ "$status" = 0 ]
  line Warning "Files are being destroyed" "shred --version $MARK"
  cat >faulty.yaml <<'YAML'
- rule: Faulty
  desc: Its condition names a field that nobody knows.
  condition: evt.type = open and proc.nam = x
  output: x
  priority: ERROR
YAML
  run -2 "$PARATIA" watch --rules faulty.yaml --replay "$REC"
  [[ ${lines[0]} =~ ^error:\ faulty.yaml:3:[0-9]+:\  ]]
  has "the rules cannot be used"
  has "try: "
}

# proves: watch --only
# proves: watch --skip
# proves: watch --tag
# proves: watch --priority
# proves: watch --match
@test "which rules judge: by name, tag and priority, the first of an event or all of them" {
  need_recording
  local words n
  while IFS=$'\t' read -r words n; do
    eval "set -- $words"
    replay "$@"
    [ "$status" = 0 ] && [ "$(alerts)" = "$n" ] || { echo "$words: $(alerts), not $n"; echo "$output$stderr"; return 1; }
  done <<'TSV'
--match first	5
--match all	8
--match all --only 'Marked program'	6
--match all --only '*again'	3
--match all --only 'Marked program, again'	6
--match all --skip 'Marked program'	2
--match all --tag second	3
--match all --tag second,third	5
--match all --tag pt --skip again	3
--match all --priority warning	5
--match all --priority CRITICAL	2
TSV
  run -2 "$PARATIA" watch --rules "$RULES" --replay "$REC" --priority high
  has "--priority high: no such priority"
  run -2 "$PARATIA" watch --rules "$RULES" --replay "$REC" --match most
  has "--match most: first or all"
  run -2 "$PARATIA" watch --rules "$RULES" --replay "$REC" --only nothing
  has "no rule is left that judges"
}

# proves: watch --output
# proves: watch --json
@test "alerts are text, Falco's JSON, OCSF or syslog, each where it is wanted" {
  replay --output text --output json=f.json --output ocsf=o.json --output syslog=s.log
  [ "$status" = 0 ]
  [ "$(alerts)" = 5 ]
  [ "$(stat -c %a f.json o.json s.log | sort -u)" = 600 ]
  [ "$(wc -l <f.json)" = 5 ]
  [ "$(jq -r 'select(.rule == "Marked program") | .priority + " " + .source + " " + (.tags | join(","))' f.json | sort -u)" = "Warning syscall first,pt" ]
  [ "$(jq -r '.class_uid' o.json | sort -u)" = 2004 ]
  grep -qE '^<12>1 [0-9TZ:.-]+ [^ ]+ paratia - Marked_program \[paratia@32473 rule="Marked program" ' s.log
  replay --output "json=f.json" # what is there is appended to
  [ "$(wc -l <f.json)" = 10 ]
  [ "$(alerts)" = 0 ]
  local first
  first=$(head -5 f.json)
  replay --json
  [ "$output" = "$first" ]
  [[ ${stderr##*$'\n'} == "5 alerts (2 critical, 3 warning), "* ]]
  replay --output json=-
  [ "${lines[0]}" = "$(head -1 f.json)" ]
  ln -s f.json link
  replay --output json=link
  [ "$status" = 3 ]
  replay --output xml
  [ "$status" = 2 ]
  [[ $stderr == *"--output xml: no such form"* ]]
  replay --output text=/dev/full
  [ "$status" = 3 ]
  [[ $output == *"Unsaid   5 alerts could not be written"* ]]
}

# proves: watch --quiet
# proves: watch --fail-on
@test "--quiet leaves the summary, --fail-on makes it exit 1" {
  replay --quiet
  [ "$status" = 0 ]
  [ "${#lines[@]}" = 1 ]
  [[ $output == "5 alerts (2 critical, 3 warning), "* ]]
  replay --fail-on error
  [ "$status" = 1 ]
  line "Exit 1" "an alert was Error or graver (--fail-on)"
  [[ ${lines[-1]} == "5 alerts"* ]]
  replay --fail-on alert
  [ "$status" = 0 ]
  run -2 "$PARATIA" watch --replay "$REC" --fail-on high
}

# proves: watch --help
@test "help of watch fits 80 columns" {
  run "$PARATIA" watch --help
  local l
  for l in "${lines[@]}"; do [ "${#l}" -le 80 ] || { echo "${#l}: $l"; return 1; }; done
  line "--rules PATH"
}
