load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

suite() {
  mkdir p
  cat >p/authz.rego <<'REGO'
package authz

default allow := false

allow if {
	some role in input.roles
	role in data.admins
}

sum(a, b) := a + b

never if {
	input.never
}
REGO
  echo '{"admins": ["ada"]}' >p/data.json
  cat >p/authz_test.rego <<'REGO'
package authz_test

import data.authz

test_allowed if authz.allow with input as {"roles": ["ada"]}

test_sums[tc.note] if {
	some tc in [
		{"note": "one", "a": 1, "want": 2},
		{"note": "two", "a": 2, "want": 5},
	]
	got := authz.sum(tc.a, 1)
	got == tc.want
}

test_set if {
	print("looking")
	found := {r | some r in ["a", "b"]}
	count(found) == 2; found == {"a"}
}

todo_test_later if false
REGO
}

good() { # only what passes
  suite
  sed -i 's/"want": 5/"want": 3/; s/; found == .*//' p/authz_test.rego
}

# proves: policy test
# proves: policy test --ascii
@test "of each test that fails, the literal and what its terms were worth" {
  suite
  run --separate-stderr "$PARATIA" policy test --ascii p
  [ "$status" = 1 ]
  [ -z "$stderr" ]
  diff - <(sed -E 's/[0-9.]+ (us|ms)/TIME/' <<<"$output") <<'TEXT'
  x data.authz_test.test_sums  p/authz_test.rego:7  TIME
    x two
      p/authz_test.rego:13:2  got == tc.want
        got      3
        tc.want  5
  x data.authz_test.test_set  p/authz_test.rego:16  TIME
    p/authz_test.rego:19:21  found == {"a"}
      found  {"a", "b"}
    looking
  - data.authz_test.todo_test_later  p/authz_test.rego:22

Exit 1   2 of 4 tests did not pass
2 passed, 2 failed, 1 skipped, TIME
TEXT
}

@test "the example in README does what it shows" {
  cd "$BATS_TEST_DIRNAME/../.."
  run "$PARATIA" policy test --color never docs/examples/tests
  diff <(sed -n '/^\$ paratia policy test docs/,/^```/{/^[$`]/d;p}' README.md | sed -E 's/[0-9.]+ (us|ms)$/TIME/') \
    <(sed -E 's/[0-9.]+ (us|ms)$/TIME/' <<<"$output")
}

# proves: policy test --run
# proves: policy test --verbose
# proves: policy test --quiet
# proves: policy test --color
@test "tests are chosen by their names, and those that pass are shown on demand" {
  suite
  run "$PARATIA" policy test --color never -v --run 'authz_test\.test_allowed$' p
  [ "$status" = 0 ]
  [[ $output == *"✓ data.authz_test.test_allowed  p/authz_test.rego:5"* ]]
  [[ $output == *"1 passed, 0 failed, 0 skipped"* ]]
  run "$PARATIA" policy test --color always -r allowed -v p
  [[ $output == *$'\e[32m✓'* ]]
  run "$PARATIA" policy test --quiet p
  [ "${#lines[@]}" = 2 ]
  run "$PARATIA" policy test --run '(' p
  [ "$status" = 2 ]
  [[ $output == *"--run (: not a regular expression"* ]]
  run "$PARATIA" policy test --color perhaps p
  [ "$status" = 2 ]
}

# proves: policy test --coverage
# proves: policy test --threshold
@test "coverage names the lines that no test reached, and a threshold counts" {
  good
  run "$PARATIA" policy test --coverage p
  [ "$status" = 0 ]
  [[ $output == *"p/authz.rego "*"57.1 %  not covered: 3, 12-13"* ]]
  [[ $output == *"p/authz_test.rego "*"not covered: 22"* ]]
  run "$PARATIA" policy test --threshold 99.5 p
  [ "$status" = 1 ]
  [[ $output == *"are covered (--threshold 99.5)"* ]]
  run "$PARATIA" policy test --threshold 10 p
  [ "$status" = 0 ]
  run "$PARATIA" policy test --threshold 101 p
  [ "$status" = 2 ]
  "$PARATIA" policy test -c --json p >c.json
  jq -e '.coverage > 50 and .files["p/authz.rego"].not_covered_lines == 3
         and (.files["p/authz.rego"].covered | length) > 3 and (.tests | length) == 4' c.json
}

# proves: policy test --json
@test "JSON has opa's names, and where tests failed" {
  suite
  run --separate-stderr "$PARATIA" policy test --json p
  [ "$status" = 1 ]
  jq -e 'length == 4
    and .[0] == {location: {file: "p/authz_test.rego", row: 5, col: 1}, package: "data.authz_test",
                 name: "test_allowed", duration: .[0].duration}
    and .[1].fail and .[1].sub_results.two.fail and .[1].sub_results.one == {name: "one"}
    and .[1].sub_results.two.failed_at.values[0] == {text: "got", value: "3"}
    and (.[2].output | @base64d) == "looking\n" and .[2].failed_at.location.row == 19
    and .[3].skip' <<<"$output"
}

# proves: policy test --explain
@test "what a test did can be followed" {
  suite
  run "$PARATIA" policy test --explain full --run set p
  [[ $output == *"p/authz_test.rego:18  | | Eval found := {r | some r in [\"a\", \"b\"]}"* ]]
  [[ $output == *"| | Fail found == {\"a\"}"* ]]
  run "$PARATIA" policy test --explain all p
  [ "$status" = 2 ]
}

# proves: policy test --timeout
# proves: policy test --parallel
@test "a test that does not end is an error, and the others are run" {
  good
  printf 'package slow\n\ntest_slow if count([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i == j]) == 1\n' >p/slow_test.rego
  run "$PARATIA" policy test --timeout 200ms --parallel 2 --ascii p
  [ "$status" = 1 ]
  [[ $output == *"? data.slow.test_slow"*"eval_cancel_error"* ]]
  [[ $output == *"4 passed, 0 failed, 1 not judged, 1 skipped"* ]]
  run "$PARATIA" policy test --parallel 0 p
  [ "$status" = 2 ]
}

# proves: policy test --allow-empty
# proves: policy test --data
# proves: policy test --bundle
# proves: policy test --ignore
# proves: policy test --strict
# proves: policy test --v0-compatible
# proves: policy test --v1-compatible
@test "no tests, or policies that do not compile, never pass" {
  good
  run "$PARATIA" policy test --ignore '*_test.rego' p
  [ "$status" = 1 ]
  [[ $output == *"no test was run (--allow-empty)"* ]]
  run "$PARATIA" policy test --ignore '*_test.rego' --allow-empty p
  [ "$status" = 0 ]
  printf 'package z\n\ntodo_test_z if false\n' >z_test.rego
  run "$PARATIA" policy test z_test.rego
  [ "$status" = 1 ]
  run "$PARATIA" policy test -d p
  [ "$status" = 0 ]
  run "$PARATIA" policy test --bundle p
  [ "$status" = 0 ]
  printf 'package x\n\nimport data.authz\n\ntest_x if true\n' >p/x_test.rego
  run "$PARATIA" policy test --v1-compatible p
  [ "$status" = 0 ]
  run "$PARATIA" policy test --strict p
  [ "$status" = 1 ]
  [[ $output == *"p/x_test.rego:3"* ]]
  run "$PARATIA" policy test --v0-compatible p
  [ "$status" = 1 ]
  printf 'package y\n\ntest_y { 1 == 1 }\n' >y_test.rego
  run "$PARATIA" policy test --v0-compatible y_test.rego
  [ "$status" = 0 ]
  run "$PARATIA" policy test nowhere
  [ "$status" = 3 ]
  run "$PARATIA" policy test
  [ "$status" = 2 ]
  [[ $output == *"policy test needs a PATH"* ]]
}

# proves: policy test --help
@test "policy test's help has its example" {
  run "$PARATIA" policy test --help
  [ "$status" = 0 ]
  [[ $output == *"paratia policy test policies/ --coverage --threshold 80"* ]]
}

@test "a suite that does not compile is one JSON document, too, and a result that is not true is shown" {
  printf 'package a\n\ntest_x if nope(1)\n' >bad_test.rego
  run --separate-stderr "$PARATIA" policy test --json bad_test.rego
  [ "$status" = 1 ]
  jq -e '.errors[0].code == "rego_type_error" and .errors[0].location.row == 3' <<<"$output"
  printf 'package a\n\ntest_x := {"b", "a"}\n' >value_test.rego
  run "$PARATIA" policy test value_test.rego
  [[ $output == *'its value is {"a", "b"}, not true'* ]]
  run "$PARATIA" policy test --json value_test.rego
  jq -e '.[0].value == "{\"a\", \"b\"}"' <<<"$output"
}

@test "long lines hang below their beginning in a terminal" {
  printf 'package a\n\ntest_x if {\n\tx := "%s"\n\tx == "y"\n}\n' "$(printf 'word %.0s' $(seq 40))" >long_test.rego
  run "$PARATIA" policy test --color always long_test.rego
  [ "$(sed 's/\x1b\[[0-9;]*m//g' <<<"$output" | LC_ALL=C.UTF-8 wc -L)" -le 80 ]
  [[ $output == *$'\n         word word'* ]]
}

@test "a test that compares what nobody could finish ends at its deadline, and is not judged" {
  {
    printf 'package t\n\ntest_doubling if {\n\ta0 := [1]\n\tb0 := [1]\n'
    for i in $(seq 44); do printf '\ta%d := [a%d, a%d]\n\tb%d := [b%d, b%d]\n' "$i" $((i - 1)) $((i - 1)) "$i" $((i - 1)) $((i - 1)); done
    printf '\ta44 == b44\n}\n'
  } >doubling_test.rego
  run timeout 20 "$PARATIA" policy test --timeout 500ms doubling_test.rego
  [ "$status" = 1 ]
  [[ $output == *"doubling_test.rego:3: eval_cancel_error: caller cancelled query execution"* ]]
  [[ $output == *"0 passed, 0 failed, 1 not judged, 0 skipped"* ]]
}

@test "cases without a name, and several of one name, are not judged: opa test passes over them" {
  cat >cases_test.rego <<'REGO'
package cases_test

test_sum[c.note] if {
	some c in [{"note": "good", "n": 1}, {"n": 2}]
	c.n == 1
}

test_twice[c.note] if {
	some c in [{"note": "same", "n": 1}, {"note": "same", "n": 2}]
	c.n == 1
}
REGO
  run -1 "$PARATIA" policy test cases_test.rego
  has 'unnamed_case: 1 case whose name is undefined: not tested'
  has 'doubled_case: same: several cases have this name, and one that passes would hide the others'
  has '0 passed, 0 failed, 2 not judged, 0 skipped'
  run -1 "$PARATIA" policy test --json cases_test.rego
  [ "$(jq -c '[.[].error.code]' <<<"$output")" = '["unnamed_case","doubled_case"]' ]
}
