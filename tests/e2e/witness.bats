load lib

# start_witness: a log of two entries, and a witness of it at $AT.
start_witness() {
  small_root root
  paratia audit --root root --quiet || true
  paratia audit --root root --quiet || true
  mkdir w
  make_authority
  python3 "$PT_REPO/tests/e2e/witness" w "$(paratia ledger key)" 3>&- &
  WITNESS=$!
  for _ in $(seq 100); do [ -s w/port ] && break; sleep 0.05; done
  AT=http://127.0.0.1:$(cat w/port)
}

# An authority whose certificate may sign time stamps and nothing else.
make_authority() {
  local new="openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
  $new -keyout w/ca.key -out w/ca.pem -subj "/CN=Authority of the tests" 2>/dev/null
  $new -keyout w/tsa.key -out w/tsa.pem -CA w/ca.pem -CAkey w/ca.key -subj "/CN=Stamps of the tests" \
    -addext extendedKeyUsage=critical,timeStamping -addext keyUsage=critical,digitalSignature -addext basicConstraints=CA:FALSE 2>/dev/null
  echo 01 >w/serial
  cat >w/tsa.cnf <<CNF
[tsa]
default_tsa = t
[t]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
crypto_device = builtin
CNF
  sed -i "s|tsa.pem|$PWD/w/tsa.pem|; s|tsa.key|$PWD/w/tsa.key|; s|= serial|= $PWD/w/serial|" w/tsa.cnf
}

teardown() {
  [ -z "${WITNESS:-}" ] || kill "$WITNESS" 2>/dev/null || true
  [ -z "${AGENT:-}" ] || kill "$AGENT" 2>/dev/null || true
}

# proves: ledger witness
# proves: ledger --to
# proves: ledger --witness
# proves: prove --witness
@test "a witness signs, is remembered, and is verified with its key" {
  start_witness
  run paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
  [ "$status" = 0 ]
  has "✓ cosigned  2 entries"
  paratia audit --root root --quiet || true
  run paratia ledger witness --to "$AT/prefix/" --witness "$(cat w/witness.vkey)"
  [ "$status" = 0 ]
  has "✓ cosigned  3 entries"
  run paratia ledger verify --witness w/witness.vkey
  [ "$status" = 0 ]
  has "✓ Witness   3 entries cosigned "
  run paratia prove 0 --witness w/witness.vkey # the oldest word that covers it
  [ "$status" = 0 ]
  has "✓ Witness   2 entries cosigned "
  run paratia prove 0
  has "not verified: --witness VKEY"
  run paratia audit --root root
  has "not yet witnessed; the first 3 were, "
  has ", by witness.test/w1"
  run paratia audit --root root --json
  jq -e '.receipt.witness.by == "witness.test/w1" and .receipt.witness.size == 3' <<<"$(sed -n '/^{/,$p' <<<"$output")"
}

@test "a witness that forgot is told the whole way, one that knows more is an alarm" {
  start_witness
  paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
  rm -r "$PT_STATE/ledger/witness" # ours forgot: the witness says where it stands
  paratia audit --root root --quiet || true
  run paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
  [ "$status" = 0 ]
  rm w/seen # the witness forgot
  run paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
  [ "$status" = 0 ]
  echo larger >w/mode
  run paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
  [ "$status" = 1 ]
  has "has seen 1000 entries, and here are 3: this ledger was rolled back"
}

@test "a witness's answer that does not hold is not kept" {
  start_witness
  for m in forge garbage; do
    echo $m >w/mode
    run paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
    [ "$status" = 1 ]
    rm -f w/seen
  done
  [ ! -e "$PT_STATE/ledger/witness" ]
  rm w/mode
  run paratia ledger witness --to "$AT/other" --witness w/witness.vkey
  [ "$status" = 3 ]
  has "status 404: nothing here"
  run paratia ledger witness --to "$AT/prefix"
  [ "$status" = 2 ]
  has "--witness VKEY"
  run paratia ledger witness --to "$AT/prefix" --witness "$(paratia ledger key)"
  [ "$status" = 2 ]
  run paratia ledger witness
  [ "$status" = 2 ]
  has "--to https://WITNESS"
  run paratia ledger witness --to nobody
  [ "$status" = 2 ]
}

# proves: ledger --trust
# proves: prove --trust
# proves: ledger --ca
@test "an authority's time stamp is verified by the certificates that are trusted" {
  start_witness
  run paratia ledger witness --to "tsa:$AT/tsa" --trust w/ca.pem
  [ "$status" = 0 ]
  has "✓ stamped   2 entries"
  run paratia prove 1 --trust w/ca.pem
  [ "$status" = 0 ]
  has "✓ Witness   2 entries stamped "
  # What is kept is what openssl itself verifies.
  jq -r .token "$PT_STATE"/ledger/witness/*.json | base64 -d >t.tsr
  jq -j .checkpoint "$PT_STATE"/ledger/witness/*.json >t.txt
  openssl ts -verify -in t.tsr -data t.txt -CAfile w/ca.pem
  run paratia ledger witness --to "tsa:$AT/tsa"
  [ "$status" = 1 ]
  has "--trust FILE"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -out other.pem -days 2 -subj /CN=Other 2>/dev/null
  run paratia ledger verify --trust other.pem
  [ "$status" = 1 ]
  has "does not verify"
  run paratia ledger witness --to "tsa:$AT/tsa" --trust w/serial
  [ "$status" = 2 ]
  echo garbage >w/mode
  run paratia ledger witness --to "tsa:$AT/tsa" --trust w/ca.pem
  [ "$status" = 3 ]
  has "no answer of a time stamping authority"
  run paratia ledger witness --to "https://127.0.0.1:${AT##*:}/prefix" --witness w/witness.vkey --ca w/ca.pem
  [ "$status" = 3 ]
}

@test "copies go to a file and a web address, and are what show prints" {
  start_witness
  run paratia ledger witness --to "file:$PWD/copy.txt" --to "copy:$AT/keep"
  [ "$status" = 0 ]
  [ "$(grep -c '✓ copied' <<<"$output")" = 2 ]
  paratia ledger show >show.txt
  cmp show.txt copy.txt
  cmp show.txt w/kept
  run paratia ledger verify --checkpoint copy.txt
  [ "$status" = 0 ]
  run paratia ledger witness --to "file:$PWD/none/copy.txt" --to "file:$PWD/again.txt"
  [ "$status" = 3 ] # one failed, the other was done
  cmp show.txt again.txt
}

# Root goes back to a copy and writes another history with the host's own key.
@test "a log that was rewritten does not extend what a witness saw" {
  start_witness
  cp -a "$PT_STATE/ledger" copy
  paratia audit --root root --quiet || true
  paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
  mv "$PT_STATE/ledger" old
  mv copy "$PT_STATE/ledger"
  for _ in 1 2; do paratia audit --root root --quiet || true; done
  cp -r old/witness "$PT_STATE/ledger/"
  run paratia ledger verify --witness w/witness.vkey
  [ "$status" = 1 ]
  has "Not verified"
  rm -r "$PT_STATE/ledger/witness" # and forgets it: the witness does not
  run paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
  [ "$status" = 3 ]
  has "422"
}

# The files that are kept are root's to edit: what is signed in them counts, and nothing else.
@test "what was kept of a witness cannot be made to say more, nor be taken away in silence" {
  start_witness
  paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
  paratia audit --root root --quiet || true
  local kept=$PT_STATE/ledger/witness
  cp -a "$kept" kept
  sed -i 's/"size": 2/"size": 3/' "$kept"/*
  run paratia prove 2 --witness w/witness.vkey
  [ "$status" = 1 ]
  has "it is of 2 entries"
  rm -r "$kept" && cp -a kept "$kept"
  sed -i 's/"by": ".*"/"by": "trusted \\u001b[32m\\u202e"/' "$kept"/*
  run paratia ledger verify
  hasnt $'\e'
  hasnt $'\u202e'
  run paratia ledger verify --witness w/witness.vkey
  [ "$status" = 1 ]
  has "nothing that witness.test/w1 signed"
  rm -r "$kept"
  for args in "verify --witness w/witness.vkey" "verify --trust w/ca.pem"; do
    run paratia ledger $args
    [ "$status" = 1 ]
    has "Not verified"
  done
  run paratia prove 2 --witness w/witness.vkey # the witness never saw it
  [ "$status" = 1 ]
}

@test "a file that holds a checkpoint is replaced only by what extends it" {
  start_witness
  paratia ledger witness --to "file:$PWD/copy.txt"
  cp -a "$PT_STATE" back
  paratia audit --root root --quiet || true
  paratia ledger witness --to "file:$PWD/copy.txt"
  cp copy.txt newest.txt
  rm -r "$PT_STATE" && cp -a back "$PT_STATE"
  run paratia ledger witness --to "file:$PWD/copy.txt"
  [ "$status" = 1 ]
  has "does not extend the checkpoint that is kept there"
  cmp copy.txt newest.txt
  echo hello >notes.txt
  run paratia ledger witness --to "file:$PWD/notes.txt"
  [ "$status" = 2 ]
  grep -qx hello notes.txt
}

@test "nothing is recorded on top of a log that a witness has seen longer" {
  start_witness
  cp -a "$PT_STATE/ledger" back
  paratia audit --root root --quiet || true
  paratia ledger witness --to "$AT/prefix" --witness w/witness.vkey
  rm -rf "$PT_STATE/ledger/"[!w]*
  cp -a back/* "$PT_STATE/ledger/"
  run paratia audit --root root --quiet
  [ "$status" = 3 ]
  has "ledger/witness"
  [ "$(paratia ledger show | sed -n 2p)" = 2 ]
}

# The field's own witness (filippo.io/torchwood), where somebody has put it on the path.
@test "litewitness, where it is there, signs what we send" {
  command -v litewitness >/dev/null || skip "no litewitness on the path (filippo.io/torchwood/cmd/litewitness)"
  small_root root
  for _ in 1 2 3; do paratia audit --root root --quiet || true; done
  ssh-keygen -q -t ed25519 -N '' -f key
  AGENT=$(ssh-agent -a "$PWD/agent" | sed -n 's/^SSH_AGENT_PID=\([0-9]*\);.*/\1/p')
  SSH_AUTH_SOCK=$PWD/agent ssh-add -q key
  local port=$((20000 + RANDOM % 20000))
  litewitness -db w.db -name witness.test/w2 -key "$(ssh-keygen -lf key.pub | awk '{print $2}')" -listen "127.0.0.1:$port" \
    -ssh-agent "$PWD/agent" 2>log 3>&- &
  WITNESS=$!
  for _ in $(seq 100); do grep -q listening log && break; sleep 0.05; done
  paratia ledger key >pub
  python3 - <<'PY'
import base64, hashlib, sqlite3
vkey = open("pub").read().strip()
db = sqlite3.connect("w.db")
db.execute("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)",
           (vkey.split("+")[0], base64.b64encode(hashlib.sha256(b"").digest()).decode()))
db.execute("INSERT INTO key (origin, key) VALUES (?, ?)", (vkey.split("+")[0], vkey))
db.commit()
PY
  sed -n 's/.*vkey=\([^ ]*\).*/\1/p' log >w.vkey
  for n in 3 4; do
    run paratia ledger witness --to "http://127.0.0.1:$port" --witness w.vkey
    [ "$status" = 0 ]
    has "✓ cosigned  $n entries"
    paratia audit --root root --quiet || true
  done
  run paratia prove 3 --witness w.vkey
  has "✓ Witness   4 entries cosigned "
}
