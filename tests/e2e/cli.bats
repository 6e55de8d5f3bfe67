load lib
bats_require_minimum_version 1.5.0 # run -2

# proves: --help
# proves: --version
@test "no words show the help and are a usage error" {
  run "$PARATIA"
  [ "$status" = 2 ]
  has "sudo paratia audit"
  run "$PARATIA" --help
  [ "$status" = 0 ]
  run "$PARATIA" --version
  [[ $output =~ ^paratia\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "a mistyped verb or option offers the nearest word" {
  run "$PARATIA" audti
  [ "$status" = 2 ]
  has "try: paratia audit"
  run "$PARATIA" audit --fail-at high
  [ "$status" = 2 ]
  has "error: audit has no option --fail-at"
  has "try: --fail-on SEVERITY"
}

@test "values that are off name what is right" {
  local words
  for words in "--fail-on severe" "--color blue" "--output pdf=x" "--output html" "--only PT-NOPE" "--root" "--quiet=2"; do
    run "$PARATIA" audit --no-record $words
    [ "$status" = 2 ] || { echo "$words: $status $output"; return 1; }
    has "error: "
  done
}

# proves: audit --help
# proves: check --help
# proves: checks --help
# proves: explain --help
# proves: prove --help
# proves: ledger --help
@test "every verb's help has an example, defaults and exit codes, within 80 columns" {
  local verb
  for verb in audit check checks explain prove ledger; do
    run "$PARATIA" "$verb" --help
    [ "$status" = 0 ]
    has "paratia $verb"
    has "Exit   0 "
    has "2 usage   3 could not"
    [ "$(LC_ALL=C.UTF-8 wc -L <<<"$output")" -le 80 ]
  done
}

@test "the first line of every verb's help fits 80 columns" {
  local verb
  for verb in audit check checks db eval explain guard ledger policy prove sbom scan slim; do
    run "$PARATIA" "$verb" --help
    [ "$status" = 0 ]
    [ "$(LC_ALL=C.UTF-8 wc -L <<<"${lines[0]}")" -le 80 ] || { echo "${lines[0]}"; false; }
  done
}

# proves: ledger show --help
# proves: ledger verify --help
# proves: ledger key --help
# proves: ledger witness --help
@test "a subcommand has a page of its own, and takes its own options only" {
  local sub
  for sub in show verify key witness; do
    run "$PARATIA" ledger $sub --help
    [ "$status" = 0 ]
    has "paratia ledger $sub: "
    has "  paratia ledger $sub "
    has "  --state DIR"
    has "Exit   0 "
    [ "$(LC_ALL=C.UTF-8 wc -L <<<"$output")" -le 80 ]
    [ "$output" = "$("$PARATIA" ledger --help $sub)" ]
    [ "$output" = "$("$PARATIA" help ledger $sub)" ]
    run "$PARATIA" ledger --help
    has "  $sub "
    run "$PARATIA" --man ledger
    has ".SS ledger $sub"
  done
  run "$PARATIA" ledger show --help
  hasnt "--checkpoint"
  hasnt "--to"
  run "$PARATIA" ledger verify --help
  has "--checkpoint FILE"
  hasnt "--to"
  run "$PARATIA" ledger show --checkpoint saved.txt
  [ "$status" = 2 ]
  has "error: ledger show has no option --checkpoint"
  has "try: paratia ledger show --help"
}

@test "completion knows the subcommands and the options of each" {
  complete_bash() {
    bash -c 'source <("$PARATIA" --completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _paratia; printf "%s\n" "${COMPREPLY[@]}"' _ "$@"
  }
  run complete_bash paratia ledger ver
  [ "$output" = verify ]
  run complete_bash paratia ledger verify --
  line --checkpoint
  hasnt --to
  run complete_bash paratia ledger witness --
  line --to
  hasnt --checkpoint
  run complete_bash paratia ledger --
  line --state
  run "$PARATIA" --completion fish
  line "__fish_seen_subcommand_from ledger; and __fish_seen_subcommand_from verify' -l checkpoint -r"
  run "$PARATIA" --completion zsh
  line "(verify) compadd -- --key --checkpoint --witness --trust --state --help"
}

# proves: --man
# proves: --completion
@test "man pages and completions are made from the same table" {
  run "$PARATIA" --man audit
  [ "$status" = 0 ]
  has '\fB\-\-root\fR'
  local shell
  for shell in bash zsh fish; do
    run "$PARATIA" --completion $shell
    [ "$status" = 0 ]
    has audit
    has root
  done
  run bash -c 'source <("$PARATIA" --completion bash) ; COMP_WORDS=(paratia au); COMP_CWORD=1; _paratia; printf "%s\n" "${COMPREPLY[@]}"'
  line audit
}

# proves: checks
# proves: checks --count
# proves: checks --json
# proves: checks --only
@test "checks lists, counts and gives JSON" {
  run "$PARATIA" checks --only containers
  line PT-CTR-SOCKET critical
  hasnt PT-HOST-
  run bash -c '"$PARATIA" checks --json | jq length'
  local n=$output
  run "$PARATIA" checks --count
  line all "$n"
  run -2 "$PARATIA" checks --only bogus
  has "--only knows no check or area bogus"
  run -2 "$PARATIA" checks --only containers,PT-CTR-SOKCET --json
  has "try: PT-CTR-SOCKET"
  run -2 "$PARATIA" checks --only contaners --count
  has "try: containers; areas: host, "
}

# proves: explain
@test "explain gives why, when it passes, and the remedy" {
  run "$PARATIA" explain pt-ctr-socket
  [ "$status" = 0 ]
  has "Docker socket is mounted into the container"
  has "PT-CTR-SOCKET · critical · containers"
  has "- SOURCE:DESTINATION"
  run "$PARATIA" explain PT-CTR-SOKET
  [ "$status" = 2 ]
  has "try: paratia explain PT-CTR-SOCKET"
}

# proves: audit
# proves: --json
# proves: --quiet
# proves: --all
# proves: --only
# proves: --no-record
@test "one document on standard output with --json, one line with --quiet" {
  small_root root
  run bash -c '"$PARATIA" audit --no-record --root root --json | jq -e ".findings | length > 30"'
  [ "$status" = 0 ]
  run "$PARATIA" audit --no-record --root root --quiet
  [ "${#lines[@]}" = 1 ]
  has " not evaluated, "
  run "$PARATIA" audit --no-record --root root --only PT-HOST-UID0 --all
  line pass PT-HOST-UID0
  hasnt PT-HOST-ASLR
}

# proves: --fail-on
@test "the exit code follows --fail-on" {
  small_root root
  touch root/usr/sbin/sshd
  printf 'MaxAuthTries 10\nPasswordAuthentication no\n' >root/etc/ssh/sshd_config
  run "$PARATIA" audit --no-record --root root --only PT-HOST-SSH-TRIES
  [ "$status" = 0 ]
  run "$PARATIA" audit --no-record --root root --only PT-HOST-SSH-TRIES --fail-on low
  [ "$status" = 1 ]
  has "1 finding at or above low (--fail-on low)"
}

# on_terminal COLUMNS COMMAND…: in a terminal of that width; what it shows, without carriage returns.
on_terminal() {
  local columns=$1
  shift
  script -qec "stty cols $columns; $*" /dev/null | tr -d '\r'
}

# proves: --color
# proves: --ascii
@test "colour is for terminals, and NO_COLOR, --color and --ascii are heeded" {
  small_root root
  export LC_ALL=C.UTF-8 TERM=xterm
  local cmd="$PARATIA audit --no-record --root root"
  run on_terminal 80 "$cmd"
  has $'\x1b['
  NO_COLOR=1 run on_terminal 80 "$cmd"
  hasnt $'\x1b['
  run on_terminal 80 "$cmd --color never"
  hasnt $'\x1b['
  has "✗"
  run on_terminal 80 "$cmd --color never --ascii"
  hasnt "✗"
  run $cmd --color always
  has $'\x1b['
}

# proves: --color
@test "colour in a pipe is what a terminal of 80 columns shows" {
  small_root root
  touch root/usr/sbin/sshd
  printf 'PermitRootLogin yes\n' >root/etc/ssh/sshd_config
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: []}\n' >pod.yaml
  export LC_ALL=C.UTF-8 TERM=xterm
  local cmd timed='s/, [0-9.]+ m?s([^0-9]|$)/, N s\1/'
  for cmd in "audit --root root --only PT-HOST-SSH-ROOT,PT-HOST-UID0" "check pod.yaml"; do
    "$PARATIA" $cmd --no-record --color always 2>/dev/null | sed -E "$timed" >pipe || true
    on_terminal 80 "$PARATIA $cmd --no-record 2>/dev/null" | sed -E "$timed" >terminal || true
    diff pipe terminal
    [ -s pipe ]
    "$PARATIA" $cmd --no-record 2>/dev/null >plain || true
    ! grep -q $'\x1b' plain
    ! cmp -s plain pipe
    "$PARATIA" $cmd --no-record --color always --json 2>/dev/null | python3 -m json.tool >/dev/null
  done
}

@test "lines stay within the terminal at 48, 60, 80 and 120 columns" {
  small_root root
  touch root/usr/sbin/sshd
  printf 'PermitRootLogin yes\n' >root/etc/ssh/sshd_config
  export LC_ALL=C.UTF-8 TERM=xterm
  local columns
  for columns in 48 60 80 120; do
    run on_terminal $columns "$PARATIA audit --no-record --root root --color never --only PT-HOST-SSH-ROOT,PT-HOST-UID0,PT-HOST-ASLR"
    has "SSH lets root in with a password"
    # Commands are never cut; everything else fits.
    local long
    long=$(grep -vE '^ {5}(echo|systemctl)' <<<"$output" | LC_ALL=C.UTF-8 wc -L)
    [ "$long" -le $columns ] || { echo "at $columns: a line of $long in $output"; return 1; }
  done
}

# proves: --output
@test "reports go where --output says, and a bad place is one clear error" {
  small_root root
  run "$PARATIA" audit --no-record --root root --output json=report.json
  [ -s report.json ]
  jq -e '.verb == "audit"' report.json
  has "Report   report.json"
  run "$PARATIA" audit --no-record --root root --output json=/nonexistent/x.json
  [ "$status" = 3 ]
  has "at:  /nonexistent/x.json"
  run bash -c '"$PARATIA" audit --no-record --root root --output json=/dev/full'
  [ "$status" = 3 ]
  has "No space left on device"
}

@test "the second run says what is new, and what was seen before keeps its day" {
  small_root root
  touch root/usr/sbin/sshd
  echo 'PasswordAuthentication yes' >root/etc/ssh/sshd_config
  run bash -c "\"$PARATIA\" audit --state \"$PT_STATE\" --root root --json 2>/dev/null"
  first=$(jq -r '.findings[] | select(.check == "PT-HOST-SSH-PASSWORD") | .first_seen' <<<"$output")
  hasnt '"new"'
  echo 'PermitRootLogin yes' >>root/etc/ssh/sshd_config
  sleep 1.1
  run paratia audit --root root
  line fail PT-HOST-SSH-ROOT new
  line fail PT-HOST-SSH-PASSWORD " - "
  has " 1 new, "
  run bash -c "\"$PARATIA\" audit --state \"$PT_STATE\" --root root --json 2>/dev/null"
  [ "$(jq -r '.findings[] | select(.check == "PT-HOST-SSH-PASSWORD") | .first_seen' <<<"$output")" = "$first" ]
}

# bad_ssh: a root that fails one high check.
bad_ssh() {
  small_root root
  touch root/usr/sbin/sshd
  printf 'PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n' >root/etc/ssh/sshd_config
}

# proves: --config
@test "a waiver accepts until it expires, then fails loudly" {
  bad_ssh
  run "$PARATIA" audit --no-record --root root
  [ "$status" = 1 ]
  printf 'waivers:\n  - check: PT-HOST-SSH-ROOT\n    subject: fixture\n    reason: rescue console\n    owner: ada\n    expires: 2099-01-01\n' >paratia.yaml
  run "$PARATIA" audit --no-record --root root
  [ "$status" = 0 ]
  has "Waived 1."
  hasnt "SSH lets root in with a password  /"
  sed -i 's/2099/2020/' paratia.yaml
  run "$PARATIA" audit --no-record --root root
  [ "$status" = 1 ]
  has "warning: paratia.yaml:2: this waiver of ada has expired"
  line fail PT-HOST-SSH-ROOT exp
  sed -i '/owner/d' paratia.yaml
  run "$PARATIA" audit --no-record --root root
  [ "$status" -ge 2 ]
  has "it has no owner"
  has "paratia.yaml:2"
  mv paratia.yaml elsewhere.yaml
  run "$PARATIA" audit --no-record --root root --config none.yaml
  [ "$status" -ge 2 ]
  has "at:  none.yaml"
}

@test "settings that others may write are refused" {
  bad_ssh
  echo 'waivers: []' >paratia.yaml
  chmod 666 paratia.yaml
  run "$PARATIA" audit --no-record --root root
  [ "$status" -ge 2 ]
  has "others may write the settings"
}

# proves: --baseline
# proves: --against
@test "a baseline and the last run leave only what is new" {
  bad_ssh
  run paratia audit --root root --output json=before.json
  run paratia audit --root root --baseline before.json
  [ "$status" = 0 ]
  has "0 fail"
  echo 'toor:x:0:0::/root:/bin/sh' >>root/etc/passwd
  run paratia audit --root root --baseline before.json
  [ "$status" = 1 ]
  line critical fail PT-HOST-UID0
  hasnt "fail  fixture  PT-HOST-SSH-ROOT"
  sed -i '/toor/d' root/etc/passwd
  local other="$PWD/other"
  "$PARATIA" audit --state "$other" --root root >/dev/null || true
  echo 'toor:x:0:0::/root:/bin/sh' >>root/etc/passwd
  run "$PARATIA" audit --state "$other" --root root --against last
  [ "$status" = 1 ]
  line critical fail PT-HOST-UID0
  hasnt "fail  fixture  PT-HOST-SSH-ROOT"
  run paratia audit --root root --against yesterday
  [ "$status" = 2 ]
  echo '[]' >bad.json
  run paratia audit --root root --baseline bad.json
  [ "$status" = 2 ]
  has "at:  bad.json"
}

@test "explain tells of a finding by its fingerprint, since when and whether it is gone" {
  bad_ssh
  run bash -c "\"$PARATIA\" audit --state \"$PT_STATE\" --root root --json 2>/dev/null"
  local print
  print=$(jq -r '.findings[] | select(.check == "PT-HOST-SSH-ROOT") | .fingerprint' <<<"$output")
  run paratia explain "$print"
  [ "$status" = 0 ]
  has "fixture: fail"
  has "permitrootlogin = yes"
  has "SSH lets root in with a password"
  hasnt "gone"
  echo 'PermitRootLogin no' >root/etc/ssh/sshd_config
  run bash -c "\"$PARATIA\" audit --state \"$PT_STATE\" --root root --json 2>/dev/null"
  run paratia explain "$print"
  has "gone: the last run did not see it"
  run paratia explain 0123456789ab
  [ "$status" = 3 ]
  has "no kept run has a finding"
}

@test "another user's settings, or a folder that others may write to, accept nothing for root" {
  [ "$(id -u)" = 0 ] || skip "needs root to give a file away"
  bad_ssh
  printf 'waivers:\n  - {check: "PT-*", subject: "*", reason: r, owner: o, expires: 2099-01-01}\n' >paratia.yaml
  run "$PARATIA" audit --no-record --root root
  [ "$status" = 0 ]
  chown 65534 paratia.yaml
  run "$PARATIA" audit --no-record --root root
  [ "$status" = 3 ]
  has "belong to another user"
  SUDO_UID=65534 run "$PARATIA" audit --no-record --root root
  [ "$status" = 0 ]
  chown 0 paratia.yaml
  chmod 777 .
  run "$PARATIA" audit --no-record --root root
  [ "$status" = 3 ]
  has "others may put settings into this folder"
  run "$PARATIA" audit --no-record --root root --config ./paratia.yaml --quiet
  [ "$status" = 0 ]
  has " waived, "
}

@test "without a home, what needs one says so once, and how to do without" {
  [ "$(id -u)" = 0 ] || skip "needs root to become another user"
  chmod 755 . # of the test, for the user without a home
  cp "$PARATIA" paratia-copy
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: []}\n' >pod.yaml
  local words homeless=(setpriv --reuid 65534 --regid 65534 --clear-groups env -i "PATH=$PATH")
  for words in "check pod.yaml" "check pod.yaml --against last" "audit --only PT-HOST-ASLR" "audit --every 1h" \
    "ledger show" "ledger verify" "prove 0" "explain 0123456789ab"; do
    "${homeless[@]}" ./paratia-copy $words >out 2>err || true
    [ "$(grep -c "" err)" = 3 ] || { echo "$words"; cat err; false; }
    grep -qx "error: no folder for runs and the ledger is known" err
    grep -qx "  at:  neither XDG_STATE_HOME nor HOME holds an absolute path" err
    grep -qx "  try: set HOME, or name a folder: --state DIR" err
  done
  for words in "check pod.yaml" "check pod.yaml --against last"; do
    "${homeless[@]}" HOME=/nonexistent ./paratia-copy $words >out 2>err || true
    [ "$(grep -c "" err)" = 3 ] || { echo "$words"; cat err; false; }
    grep -q "^  at:  /nonexistent, mkdir: " err
  done
  "${homeless[@]}" ./paratia-copy check pod.yaml --no-record >out 2>err || true
  [ ! -s err ]
}
