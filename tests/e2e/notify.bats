load lib

# receive KIND [CERT KEY]: starts a receiver; $PORT, $OUT and $RECEIVER are its port, file and pid.
receive() {
  local kind=$1
  shift
  OUT=$PWD/received
  rm -f port "$OUT"
  python3 -W ignore "$PT_REPO/tests/e2e/receiver" "$kind" port "$OUT" "$@" 3>&- &
  RECEIVER=$!
  for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
  PORT=$(cat port)
}

teardown() {
  [ -z "${RECEIVER:-}" ] || kill "$RECEIVER" 2>/dev/null || true
  [ -z "${STANDING:-}" ] || kill "$STANDING" 2>/dev/null || true
}

ssh_root() { # yes|no
  printf 'PermitRootLogin %s\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n' "$1" >root/etc/ssh/sshd_config
}

fixture() {
  small_root root
  touch root/usr/sbin/sshd
  ssh_root no
}

tell() { paratia audit --root root --quiet --notify "$@"; }

# proves: audit --notify
@test "a change is told once, with its receipt and the checkpoint, and silence is kept otherwise" {
  fixture
  receive http
  tell "http://127.0.0.1:$PORT/hook"
  [ "$(wc -l <"$OUT")" = 1 ] # the first word
  tell "http://127.0.0.1:$PORT/hook"
  [ "$(wc -l <"$OUT")" = 1 ]
  ssh_root yes
  run tell "http://127.0.0.1:$PORT/hook"
  [ "$status" = 1 ]
  [ "$(wc -l <"$OUT")" = 2 ]
  tail -1 "$OUT" >one.json
  jq -e '.new.count == 1 and .new.findings[0].check == "PT-HOST-SSH-ROOT" and .gone.count == 0 and .receipt == 2' one.json
  jq -e '.title | startswith("fixture: 1 new") | not' one.json # this host speaks of the fixture
  jq -er .checkpoint one.json >saved.txt
  paratia ledger verify --checkpoint saved.txt
  ssh_root no
  tell "http://127.0.0.1:$PORT/hook"
  tail -1 "$OUT" | jq -e '.new.count == 0 and .gone.count == 1 and .gone.findings[0].check == "PT-HOST-SSH-ROOT"'
  python3 - "$PT_REPO/docs/notice.schema.json" "$OUT" <<'PY'
import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
lines = open(sys.argv[2]).readlines()
assert len(lines) == 3
for line in lines:
    jsonschema.validate(json.loads(line), schema)
PY
}

@test "who could not be told is told with the next run, of all since the last word" {
  fixture
  receive http
  tell "http://127.0.0.1:$PORT/hook"
  echo 503 >"$OUT.status"
  ssh_root yes
  run tell "http://127.0.0.1:$PORT/hook"
  [ "$status" = 3 ]
  has "it answered with status 503"
  has "at:  http://127.0.0.1:$PORT"
  hasnt "/hook"
  rm "$OUT.status"
  run tell "http://127.0.0.1:$PORT/hook"
  [ "$status" = 1 ]
  tail -1 "$OUT" | jq -e '.new.count == 1'
}

# What kept the audit from being done is told when it comes and when it goes.
@test "an audit that cannot be done is told, once" {
  fixture
  receive http
  tell "http://127.0.0.1:$PORT/hook"
  mv root elsewhere
  for _ in 1 2; do
    run tell "http://127.0.0.1:$PORT/hook"
    [ "$status" = 3 ]
  done
  [ "$(wc -l <"$OUT")" = 2 ]
  tail -1 "$OUT" | jq -e '(.trouble | contains("exit code 3")) and (.title | endswith("the audit could not be done"))'
  mv elsewhere root
  tell "http://127.0.0.1:$PORT/hook"
  [ "$(wc -l <"$OUT")" = 3 ]
  tail -1 "$OUT" | jq -e '.title | contains("audited again")'
}

@test "a store that cannot be used is told, and one who is not reached keeps nobody from hearing" {
  fixture
  receive http
  run tell "http://127.0.0.1:1/gone" --notify "http://127.0.0.1:$PORT/hook"
  [ "$status" = 3 ]
  [ "$(wc -l <"$OUT")" = 1 ]
  rm "$PT_STATE"/runs.db*
  head -c 20000 /dev/zero | tr '\0' x >"$PT_STATE/runs.db"
  run tell "http://127.0.0.1:$PORT/hook"
  [ "$status" = 3 ]
  tail -1 "$OUT" | jq -e '.trouble | contains("store of runs cannot be used")'
}

@test "a notice says how the run ended, and what is new by severity" {
  fixture
  receive http
  tell "http://127.0.0.1:$PORT/hook"
  ssh_root yes
  run tell "http://127.0.0.1:$PORT/hook"
  [ "$status" = 1 ]
  tail -1 "$OUT" | jq -e '.exit == 1 and (.title | contains("1 new (1 high)"))'
}

@test "a store that was emptied is told, once" {
  fixture
  receive http
  for _ in 1 2 3; do tell "http://127.0.0.1:$PORT/hook"; done
  rm "$PT_STATE"/runs.db*
  run tell "http://127.0.0.1:$PORT/hook"
  has "warning: the ledger has 3 earlier runs"
  tell "http://127.0.0.1:$PORT/hook"
  [ "$(wc -l <"$OUT")" = 2 ]
  tail -1 "$OUT" | jq -e '.lost_runs == 3 and (.text | contains("The ledger has 3 earlier runs that the store of runs does not know"))'
  python3 - "$PT_REPO/docs/notice.schema.json" "$OUT" <<'PY'
import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
for line in open(sys.argv[2]):
    jsonschema.validate(json.loads(line), schema)
PY
}

@test "a notice says why something is not evaluated, and whose waiver has expired" {
  fixture
  ssh_root yes
  receive http
  waiver() {
    printf 'waivers:\n- {check: PT-HOST-SSH-ROOT, subject: fixture, reason: the old backup, owner: a.lindqvist, expires: %s}\n' "$1" >waivers.yaml
  }
  waiver "$(date -u -d '+3 seconds' +%FT%TZ)"
  told() { run tell "http://127.0.0.1:$PORT/hook" --config waivers.yaml --only PT-HOST-SSH-ROOT,PT-HOST-PASSWORDLESS; }
  told
  [ "$(wc -l <"$OUT")" = 1 ]
  tail -1 "$OUT" | jq -e '.new.count == 0'
  sleep 4
  told
  tail -1 "$OUT" | jq -e '.new.findings[0].waiver_expired == {reason: "the old backup", owner: "a.lindqvist"}'
  tail -1 "$OUT" | jq -r .text >text
  grep -qF "its waiver has expired: the old backup (a.lindqvist)" text
  mv root/etc/shadow shadow
  mkdir root/etc/shadow
  told
  tail -1 "$OUT" | jq -e '.blind.findings[0] | .check == "PT-HOST-PASSWORDLESS" and (.evidence | contains("/etc/shadow is not a regular file"))'
  tail -1 "$OUT" | jq -r .text >text
  grep -qF "/etc/shadow is not a regular file" text
  python3 - "$PT_REPO/docs/notice.schema.json" "$OUT" <<'PY'
import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
for line in open(sys.argv[2]):
    jsonschema.validate(json.loads(line), schema)
PY
}

# proves: audit --ca
@test "a web address is told over TLS that verifies, or not at all" {
  fixture
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
  receive https cert.pem key.pem
  run tell "https://localhost:$PORT/hook"
  [ "$status" = 3 ]
  has "certificate"
  [ ! -e "$OUT" ]
  tell "https://localhost:$PORT/hook" --ca cert.pem
  [ "$(wc -l <"$OUT")" = 1 ]
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key2.pem -out cert2.pem -days 2 \
    -subj /CN=other.example -addext subjectAltName=DNS:other.example 2>/dev/null
  kill "$RECEIVER"
  receive https cert2.pem key2.pem
  run tell "https://localhost:$PORT/hook" --ca cert2.pem # signed by whom we trust, of another name
  [ "$status" = 3 ]
  has "subject name"
}

@test "an address that is a secret comes from a file that nobody else reads, and is never shown" {
  fixture
  receive http
  echo "http://127.0.0.1:$PORT/s3cret" >hook
  chmod 644 hook
  run tell "file:$PWD/hook"
  [ "$status" = 2 ]
  has "others may read or change"
  chmod 600 hook
  tell "file:$PWD/hook"
  [ "$(wc -l <"$OUT")" = 1 ]
  run grep -ra s3cret "$PT_STATE"
  [ "$status" = 1 ]
  kill "$RECEIVER"
  ssh_root yes
  run tell "file:$PWD/hook"
  [ "$status" = 3 ]
  hasnt s3cret
  echo "gopher://s3cret" >hook
  run tell "file:$PWD/hook"
  [ "$status" = 2 ]
  hasnt s3cret
}

@test "what is no address to notify is a usage error that says what is one" {
  fixture
  for word in ops ftp://x.example/ "mailto:a b@example.org" mailto:-oQ@example.org "mailto:a@example.org,b@example.org" \
    mailto: "https://example.org/a b"; do
    run tell "$word"
    [ "$status" = 2 ]
    has "mailto:NAME@HOST"
  done
  run tell mailto:root --no-record
  [ "$status" = 2 ]
  run tell mailto:root --every soon
  [ "$status" = 2 ]
  has "--every 1h"
  run tell http://192.0.2.7/hook
  [ "$status" = 3 ]
  has "in clear"
}

# A mailer of Debian's, and a server that takes the mail: its sendmail stands in a mount namespace.
@test "mail goes through sendmail, whole and to nobody else" {
  [ "$(id -u)" = 0 ] || skip "needs root for a mount namespace"
  fixture
  ssh_root yes
  receive smtp
  mkdir sbin work
  printf '#!/bin/sh\nexec /usr/bin/msmtp --host=127.0.0.1 --port=%s --from=paratia@localhost "$@"\n' "$PORT" >sbin/sendmail
  chmod +x sbin/sendmail
  mkdir upper && cp sbin/sendmail upper/ && mount -t tmpfs none work 2>/dev/null
  cp -r upper work/upper && mkdir -p work/work
  unshare -m --propagation private sh -c '
    mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=work/upper,workdir=work/work /usr/sbin &&
    exec "$@"' sh "$PARATIA" audit --state "$PT_STATE" --root root --quiet --notify mailto:ops@example.org || code=$?
  umount work
  [ "${code:-0}" = 1 ]
  grep -q '^RCPT ops@example.org$' "$OUT"
  [ "$(grep -c '^RCPT' "$OUT")" = 1 ]
  python3 - "$OUT" <<'PY'
import email, email.policy, sys
raw = open(sys.argv[1], "rb").read().split(b"\n", 1)[1]
m = email.message_from_bytes(raw, policy=email.policy.default)
assert m["To"] == "ops@example.org", m["To"]
assert "fail" in m["Subject"], m["Subject"]
text = m.get_content()
assert "PT-HOST-SSH-ROOT" in text and "Receipt  0" in text, text
PY
}

# proves: audit --every
@test "again and again: it speaks when something changed, and only then" {
  fixture
  receive http
  "$PARATIA" audit --state "$PT_STATE" --root root --every 1s --notify "http://127.0.0.1:$PORT/hook" >said 2>&1 3>&- &
  STANDING=$!
  for _ in $(seq 100); do [ -s "$OUT" ] && break; sleep 0.1; done
  sleep 2.5
  [ "$(wc -l <"$OUT")" = 1 ]
  [ "$(grep -c '^Receipt\|  Receipt' said || true)" -le 1 ]
  cp said before
  ssh_root yes
  for _ in $(seq 60); do [ "$(wc -l <"$OUT")" = 2 ] && break; sleep 0.1; done
  sleep 1.5
  kill "$STANDING"
  wait "$STANDING" 2>/dev/null || true
  [ "$(wc -l <"$OUT")" = 2 ]
  tail -n "+$(($(wc -l <before) + 1))" said >later
  output=$(cat later)
  line PT-HOST-SSH-ROOT new
  [ "$(grep -c '  fail  ' later)" = 1 ]
  [ "$(grep -c '  fail  ' before)" -gt 5 ]
}
