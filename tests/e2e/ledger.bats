load lib

audit() {
  paratia audit --root root --quiet || true
}

# proves: --state
# proves: prove
# proves: prove --key
# proves: prove --checkpoint
# proves: ledger show
# proves: ledger key
# proves: ledger verify
# proves: ledger --key
# proves: ledger --checkpoint
@test "a receipt can be verified offline with a key and a checkpoint kept elsewhere" {
  small_root root
  audit
  paratia ledger show >saved.txt
  paratia ledger key >host.pub
  audit
  run paratia prove 0 --key host.pub --checkpoint saved.txt
  [ "$status" = 0 ]
  has "✓ Included"
  has "✓ Extends"
  has "Verified: entry 0 is in the log and unchanged."
  run paratia ledger verify --key host.pub --checkpoint saved.txt
  [ "$status" = 0 ]
  has "Verified: every entry"
  # The findings lie beside the log under the digest that the entry holds.
  local sha
  sha=$(paratia prove 1 --key host.pub | sed -nE 's/.*sha256:([0-9a-f]{64})/\1/p')
  [ "$(sha256sum <"$PT_STATE/runs/$sha.json" | cut -c1-64)" = "$sha" ]
}

@test "a changed entry, a rewritten log and a foreign key are found" {
  small_root root
  audit
  paratia ledger show >saved.txt
  paratia ledger key >host.pub
  local entries
  entries=$(find "$PT_STATE/ledger/tile/entries" -type f)
  cp -r "$PT_STATE" kept
  sed -i 's/"fail":[0-9]*/"fail":0/' "$entries"
  run paratia ledger verify --key host.pub
  [ "$status" = 1 ]
  has "Not verified"
  rm -rf "$PT_STATE"
  audit
  run paratia prove 0 --key host.pub --checkpoint saved.txt
  [ "$status" != 0 ]
  run paratia ledger verify --state kept --key host.pub --checkpoint saved.txt
  [ "$status" = 0 ]
}

@test "two audits at once both get a receipt" {
  small_root root
  audit >/dev/null
  local i
  for i in 1 2 3 4; do audit >"out$i" 3>&- & done
  wait
  run paratia ledger verify
  [ "$status" = 0 ]
  has "Entries   5"
}

@test "a full disk under the ledger is one clear error, and the report still comes" {
  [ "$(id -u)" = 0 ] || skip "needs root to mount a small tmpfs"
  small_root root
  mkdir small
  run unshare -m --propagation private bash -c '
    mount -t tmpfs -o size=256k tmpfs small
    head -c 240k /dev/zero >small/fill 2>/dev/null
    "$PARATIA" audit --root root --state small/state'
  has "No space left on device"
  has "Receipt  none"
  has " not evaluated, "
}

@test "the key is made once, for its owner alone" {
  small_root root
  audit
  [ "$(stat -c %a "$PT_STATE/ledger/key")" = 600 ]
  [ "$(stat -c %a "$PT_STATE/ledger")" = 700 ]
  chmod 644 "$PT_STATE/ledger/key"
  run paratia audit --root root
  has "error: "
  has "Receipt  none"
}

@test "there is no proof of what is not there" {
  small_root root
  audit
  run paratia prove 99
  [ "$status" = 3 ]
  run paratia prove x
  [ "$status" = 2 ]
  run paratia ledger frobnicate
  [ "$status" = 2 ]
  run paratia prove 0 --state "$PWD/none"
  [ "$status" = 3 ]
  has "error: "
}

@test "changed findings beside the log are found, missing ones are said" {
  small_root root
  audit
  run paratia prove 0
  has "✓ Findings"
  sed -i 's/"fail"/"pass"/' "$PT_STATE"/runs/*.json
  run paratia prove 0
  [ "$status" = 1 ]
  has "✗ Findings"
  rm "$PT_STATE"/runs/*.json
  run paratia prove 0
  [ "$status" = 0 ]
  has "? Findings  not beside the log"
}

@test "an empty checkpoint is no checkpoint" {
  small_root root
  audit
  : >empty
  run paratia ledger verify --checkpoint empty
  [ "$status" = 3 ]
  has "the saved checkpoint is empty"
  run paratia prove 0 --checkpoint empty
  [ "$status" = 3 ]
}

@test "a damaged ledger makes the run fail loudly" {
  small_root root
  audit
  sed -i '3s/^./~/' "$PT_STATE/ledger/checkpoint"
  run paratia audit --root root
  [ "$status" = 3 ]
  has "the ledger is damaged"
}

@test "verify compares the kept findings of every run, not one" {
  small_root root
  for _ in 1 2 3; do paratia audit --root root --quiet || true; done
  run paratia ledger verify
  [ "$status" = 0 ]
  has "✓ Findings  beside the log: 3 as they were, 0 not there any more"
  local file
  file=$(ls "$PT_STATE"/runs/*.json | head -1)
  cp "$file" kept.json
  sed -i 's/high/info/' "$file"
  run paratia ledger verify
  [ "$status" = 1 ]
  has "not those that the entry names"
  rm "$file"
  run paratia ledger verify
  [ "$status" = 0 ]
  has "? Findings  beside the log: 2 as they were, 1 not there any more"
}

@test "an emptied or older store is said while the ledger knows the runs" {
  small_root root
  again() { run paratia audit --root root --only PT-HOST-ASLR,PT-HOST-UID0 "$@"; }
  again
  hasnt "does not know"
  again
  hasnt "does not know"
  cp "$PT_STATE/runs.db" older.db
  again --against last
  again
  rm "$PT_STATE"/runs.db*
  again --against last
  has "warning: the ledger has 4 earlier runs that $PT_STATE/runs.db does not know: it was emptied or replaced"
  again
  hasnt "does not know"
  rm "$PT_STATE"/runs.db*
  cp older.db "$PT_STATE/runs.db"
  again
  has "warning: the ledger has 4 earlier runs that"
  again
  hasnt "does not know"
  again --no-record
  hasnt "does not know"
}
