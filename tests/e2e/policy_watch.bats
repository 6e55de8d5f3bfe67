load lib
bats_require_minimum_version 1.5.0 # run -3

# wait_for TEXT: until the log has it.
wait_for() {
  for _ in $(seq 200); do
    ! grep -q -- "$1" log || return 0
    sleep 0.05
  done
  echo "never: $1"; cat log
  return 1
}

start() {
  "$PARATIA" policy test --watch "$@" >>log 2>&1 3>&- &
  echo $! >pid
}

teardown() {
  [ ! -e pid ] || kill "$(cat pid)" 2>/dev/null || true
}

# proves: policy test --watch
@test "--watch runs the tests again after each change, also in new folders, and ends with Ctrl-C" {
  mkdir p
  printf 'package a_test\n\ntest_x if 1 == 1\n' >p/a_test.rego
  start p
  wait_for '1 passed, 0 failed'
  wait_for '-- waiting for changes; Ctrl-C ends'
  : >log
  printf 'package a_test\n\ntest_x if 1 == 2\n' >p/new && mv p/new p/a_test.rego # as editors do
  wait_for '0 passed, 1 failed'
  wait_for 'waiting for changes'
  : >log
  mkdir p/below
  wait_for 'waiting for changes'
  : >log
  printf 'package b_test\n\ntest_y if true\n' >p/below/b_test.rego
  wait_for '1 passed, 1 failed'
  wait_for 'waiting for changes'
  : >log
  echo notes >p/notes.txt # no test reads it
  sleep 0.4
  [ ! -s log ]
  rm p/a_test.rego
  wait_for '1 passed, 0 failed'
  wait_for 'waiting for changes'
  kill -INT "$(cat pid)"
  wait "$(cat pid)"
  rm pid
}

@test "--watch of a single file, which is wrong at first" {
  echo 'package a_test' >a_test.rego
  echo 'test_x if' >>a_test.rego
  start a_test.rego
  wait_for 'rego_parse_error'
  wait_for 'waiting for changes'
  : >log
  printf 'package a_test\n\ntest_x if true\n' >a_test.rego
  wait_for '1 passed, 0 failed'
  wait_for 'waiting for changes'
  kill -TERM "$(cat pid)"
  wait "$(cat pid)"
  rm pid
  run -3 "$PARATIA" policy test --watch nowhere
}
