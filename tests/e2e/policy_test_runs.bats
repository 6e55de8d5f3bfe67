load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# How often tests run, in which order they are told, and how long they take.

tests() {
  cat >a_test.rego <<'REGO'
package a_test

test_quick if 1 == 1

test_slow if count([x | some x in numbers.range(1, 2000)]) == 2000

todo_test_later if false

test_many[n] if some n in ["a", "b"]
REGO
}

# proves: policy test --count
@test "--count runs tests so often, and ends with the first run that does not pass" {
  tests
  run -0 "$PARATIA" policy test --count 3 a_test.rego
  has '4 passed, 0 failed, 1 skipped, run 3, '
  printf 'package b_test\n\ntest_flaky if rand.intn("x", 50) > 0\n' >b_test.rego
  run -1 "$PARATIA" policy test --count 100000 b_test.rego
  has 'data.b_test.test_flaky'
  has '0 passed, 1 failed'
  run -2 "$PARATIA" policy test --count 0 a_test.rego
}

# proves: policy test --sort
# proves: policy test --format
@test "--sort duration tells the slowest test first, as JSON and as text" {
  tests
  run -0 "$PARATIA" policy test --sort duration -f json a_test.rego
  [ "$(jq -r '.[0].name, .[-1].name' <<<"$output" | paste -sd' ')" = 'test_slow todo_test_later' ]
  jq -e '[.[].duration] | . == (sort | reverse)' <<<"$output"
  run -0 "$PARATIA" policy test --sort duration -v a_test.rego
  [[ ${lines[0]} == *data.a_test.test_slow* ]]
  run -0 "$PARATIA" policy test --sort none -f json a_test.rego
  [ "$(jq -r '.[0].name' <<<"$output")" = test_quick ]
  run -2 "$PARATIA" policy test --sort name a_test.rego
  run -2 "$PARATIA" policy test --format xml a_test.rego
}

# proves: policy test --bench
# proves: policy test --benchmem
@test "--bench measures tests that pass, as opa's does; tools for Go's benchmarks read it" {
  tests
  printf 'package b_test\n\ntest_bad if 1 == 2\n' >b_test.rego
  run -1 "$PARATIA" policy test --bench --duration 20ms a_test.rego b_test.rego
  local tab=$'\t'
  [[ ${lines[0]} =~ ^data\.a_test\.test_quick$tab\ +[1-9][0-9]*$tab\ +[1-9][0-9]*\ ns/op$tab\ +[1-9][0-9]*\ B/op$ ]]
  [[ ${lines[2]} == data.a_test.test_many$'\t'* ]]
  has 'data.b_test.test_bad'
  has '4 passed, 1 failed, 1 skipped'
  hasnt "test_bad$tab"
  run -0 "$PARATIA" policy test --bench --benchmem=false --format gobench --count 2 --duration 20ms --run 'a_test.test_quick$' a_test.rego
  [[ ${lines[0]} =~ ^BenchmarkDataATestTestQuick$tab\ +[1-9][0-9]*$tab\ +[1-9][0-9]*\ ns/op$ ]]
  [[ ${lines[1]} == BenchmarkDataATestTestQuick* ]]
  run -0 "$PARATIA" policy test --bench --json --duration 20ms --run quick a_test.rego
  jq -e '.[0].benchmark_result | .N > 0 and .T >= 20000000 and .MemBytes > 0' <<<"$output"
  run -2 "$PARATIA" policy test --format gobench a_test.rego
  run -2 "$PARATIA" policy test --bench --coverage a_test.rego
}
