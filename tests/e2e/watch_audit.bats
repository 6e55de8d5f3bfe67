load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia watch --audit-log: rules of the source k8s_audit on logs of the tests' own making.

watch() { "$PARATIA" watch --rules rules.yaml "$@"; }

# event ID VERB RESOURCE NAME [MORE]: one line of an API server's log.
event() {
  printf '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"%s","stage":"ResponseComplete",' "$1"
  printf '"requestURI":"/api/v1/namespaces/shop/%s","verb":"%s","user":{"username":"mallory"},' "$3" "$2"
  printf '"objectRef":{"resource":"%s","namespace":"shop","name":"%s","apiVersion":"v1"},"responseStatus":{"code":201},' "$3" "$4"
  printf '"stageTimestamp":"2026-11-30T10:00:0%s.250000Z"%s}\n' "${1: -1}" "${5:-}"
}

setup() {
  cd "$BATS_TEST_TMPDIR"
  cat >rules.yaml <<'YAML'
- required_plugin_versions:
    - {name: k8saudit, version: 0.11.0}
    - {name: json, version: 0.7.0}
- rule: Privileged pod
  desc: A pod asks for all rights.
  condition: ka.verb = create and ka.target.resource = pods and ka.req.pod.containers.privileged intersects (true)
  output: Privileged pod | user=%ka.user.name pod=%ka.target.name ns=%ka.target.namespace
  priority: CRITICAL
  source: k8s_audit
- rule: Secret was read
  desc: Somebody reads a secret.
  condition: ka.verb = get and ka.target.resource = secrets
  output: Secret was read | user=%ka.user.name secret=%jevt.value[/objectRef/name]
  priority: NOTICE
  source: k8s_audit
- rule: Anything runs
  desc: Of the host, not of the cluster.
  condition: evt.type = execve
  output: "%proc.name"
  priority: INFO
YAML
  {
    event id-1 create pods web ',"requestObject":{"spec":{"containers":[{"image":"a"},{"image":"b","securityContext":{"privileged":true}}]}}'
    event id-2 create pods plain ',"requestObject":{"spec":{"containers":[{"image":"a"}]}}'
    event id-3 get secrets db
  } >audit.log
}

# proves: watch --audit-log
@test "an audit log is judged by the rules of its source, and it ends" {
  watch --audit-log audit.log >out
  [ "$(sed -n 1p out)" = "$(TZ= date -d 2026-11-30T10:00:01Z +%H:%M:%S).250000000: Critical Privileged pod | user=mallory pod=web ns=shop" ]
  [[ $(sed -n 2p out) = *": Notice Secret was read | user=mallory secret=db" ]]
  [[ $(tail -1 out) = "2 alerts (1 critical, 1 notice), 3 events, 0 refused, "* ]]
  run ! watch --audit-log audit.log --fail-on critical
  [ "$status" = 1 ]
  [ ! -e "$BATS_TEST_TMPDIR/ledger" ]
}

@test "alerts are Falco's JSON, and say the source and the event's time" {
  watch --audit-log audit.log --json --only "Privileged pod" >out.json 2>err
  jq -e '.source == "k8s_audit" and .priority == "Critical" and .time == "2026-11-30T10:00:01.250000000Z"
    and .output_fields["ka.user.name"] == "mallory"' out.json
}

@test "a webhook's list and standard input are read, too" {
  { printf '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":['; paste -sd, audit.log; echo ']}'; } >list.json
  watch --audit-log - <list.json >out
  [[ $(tail -1 out) = "2 alerts (1 critical, 1 notice), 3 events, 0 refused, "* ]]
  jq . list.json | watch --audit-log - >out
  [[ $(tail -1 out) = "2 alerts (1 critical, 1 notice), 3 events, 0 refused, "* ]]
}

@test "what is no event is refused, counted and told; the rest is judged" {
  {
    echo '{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"cut off'
    cat audit.log
    event id-4 get secrets x | sed 's/"auditID":"id-4",//'
    echo '{"kind":"Pod","apiVersion":"v1"}'
    event id-5 create pods cut ',"annotations":{"audit.k8s.io/truncated":"true"}'
  } >broken.log
  local code=0
  watch --audit-log broken.log >out || code=$?
  [ "$code" = 3 ] # what could not be read is no pass
  grep -x "Refused  1 entry: not JSON, or broken off" out
  grep -x "Refused  1 entry: no audit event" out
  grep -x "Refused  1 entry: without an auditID" out
  grep "^Cut      1 .*not judged" out
  [[ $(tail -1 out) = "2 alerts (1 critical, 1 notice), 4 events, 3 refused, "* ]]
}

@test "an audit log that nothing can judge, or that is not there, is an error" {
  run --separate-stderr watch --audit-log audit.log --only "Anything runs"
  [ "$status" = 2 ]
  [[ $stderr = *"no rule of the source k8s_audit is left that judges"* ]]
  run --separate-stderr watch --audit-log missing.log
  [ "$status" = 3 ]
  [[ $stderr = *"--audit-log missing.log: cannot be opened"* ]]
  run --separate-stderr watch --audit-log .
  [ "$status" = 3 ]
  run --separate-stderr watch --audit-log audit.log --replay x
  [ "$status" = 2 ]
  [[ $stderr = *"--replay and --audit-log exclude each other"* ]]
  run --separate-stderr watch --audit-log audit.log --container web
  [ "$status" = 2 ]
}

@test "a pipe that stays open ends with a signal" {
  mkfifo pipe
  "$PARATIA" watch --rules rules.yaml --audit-log - <pipe >out 3>&- &
  pid=$!
  exec 9>pipe
  cat audit.log >&9
  for _ in $(seq 100); do grep -q "Secret was read" out && break; sleep 0.1; done
  kill -TERM $pid
  wait $pid
  exec 9>&-
  [[ $(tail -1 out) = "2 alerts (1 critical, 1 notice), 3 events, 0 refused, "* ]]
}
