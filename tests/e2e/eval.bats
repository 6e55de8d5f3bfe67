load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# The outputs below are those of `opa eval` 1.22.2 for the same words.

policy() {
  cat >policy.rego <<'REGO'
package authz

default allow := false

allow if {
	input.user in data.admins
	print("allowed:", input.user, {1, "a"}, input.nope)
}

roles contains r if some r in data.roles[input.user]

half := 1 / input.by
REGO
  echo '{"admins": ["ada"], "roles": {"ada": ["root", "<dev>"]}}' >data.json
  echo '{"user": "ada", "by": 0}' >input.json
}

# proves: eval
# proves: eval --data
# proves: eval --input
@test "a query gives what opa eval prints, byte for byte" {
  policy
  run --separate-stderr "$PARATIA" eval -d policy.rego -d data.json -i input.json 'x := data.authz.roles; data.authz.allow'
  [ "$status" = 0 ]
  [ "$stderr" = 'allowed: ada {1, "a"} <undefined>' ]
  diff - <(printf '%s\n' "$output") <<'JSON'
{
  "result": [
    {
      "expressions": [
        {
          "value": true,
          "text": "x := data.authz.roles",
          "location": {
            "row": 1,
            "col": 1
          }
        },
        {
          "value": true,
          "text": "data.authz.allow",
          "location": {
            "row": 1,
            "col": 24
          }
        }
      ],
      "bindings": {
        "x": [
          "\u003cdev\u003e",
          "root"
        ]
      }
    }
  ]
}
JSON
  run "$PARATIA" eval --data=policy.rego 'input.nope'
  [ "$output" = '{}' ]
}

# proves: eval --format
@test "every format is opa's" {
  local q='x := [1, "b"][_]; {"k": {x}}'
  run "$PARATIA" eval -f=raw '"a"; [1, {"b": "<"}]'
  [ "$output" = 'a [1,{"b":"\u003c"}]' ]
  run "$PARATIA" eval -f bindings "$q"
  [ "$output" = $'{\n  "x": 1\n}\n{\n  "x": "b"\n}' ]
  run "$PARATIA" eval --format values '1; "b"'
  [ "$output" = $'[\n  1,\n  "b"\n]' ]
  run "$PARATIA" eval -fdiscard 1
  [ "$output" = $'{\n  "result": "discarded"\n}' ]
  run "$PARATIA" eval -f pretty "$q"
  diff - <(printf '%s\n' "$output") <<'TABLE'
┌─────────────┬─────┐
│ {"k": {x}}  │  x  │
├─────────────┼─────┤
│ {"k":[1]}   │ 1   │
│ {"k":["b"]} │ "b" │
└─────────────┴─────┘
TABLE
  run "$PARATIA" eval -f pretty 'input.x'
  [ "$output" = undefined ]
  run "$PARATIA" eval -f nothing 1
  [ "$status" = 2 ]
  has "try: --format json, values, bindings, pretty, raw or discard"
}

# proves: eval --fail
# proves: eval --fail-defined
@test "the exit code says undefined, defined or wrong" {
  run "$PARATIA" eval --fail 'input.x'
  [ "$status" = 1 ]
  run "$PARATIA" eval --fail 'false'
  [ "$status" = 0 ]
  run "$PARATIA" eval --fail-defined 'input.x'
  [ "$status" = 0 ]
  run "$PARATIA" eval --fail-defined '1'
  [ "$status" = 1 ]
  run "$PARATIA" eval --fail 'x ='
  [ "$status" = 2 ]
  run "$PARATIA" eval --fail --fail-defined 1
  [ "$status" = 2 ]
}

@test "errors are one document on standard output, or text on standard error" {
  printf 'package b\np := \n' >bad.rego
  run --separate-stderr "$PARATIA" eval -d nope.json -d bad.rego data
  [ "$status" = 2 ]
  [ -z "$stderr" ]
  diff - <(printf '%s\n' "$output") <<'JSON'
{
  "errors": [
    {
      "message": "stat nope.json: no such file or directory"
    },
    {
      "message": "unexpected eof token",
      "code": "rego_parse_error",
      "location": {
        "file": "bad.rego",
        "row": 3,
        "col": 0
      },
      "details": {
        "line": "p := ",
        "idx": 3
      }
    },
    {
      "message": "unexpected eof token: expected rule value term (e.g., p := \u003cVALUE\u003e { ... })",
      "code": "rego_parse_error",
      "location": {
        "file": "bad.rego",
        "row": 3,
        "col": 0
      },
      "details": {
        "line": "p := ",
        "idx": 3
      }
    }
  ]
}
JSON
  run --separate-stderr "$PARATIA" eval -f raw 'x ='
  [ "$status" = 2 ]
  [ -z "$output" ]
  [ "$stderr" = $'1 error occurred: 1:3: rego_parse_error: unexpected eof token\n\tx =\n\t  ^' ]
  echo '{' >broken.json
  run "$PARATIA" eval -i broken.json 1
  [ "$status" = 2 ]
  has "broken.json:"
  run "$PARATIA" eval -i nope.json 1
  [ "$status" = 2 ]
  has "nope.json"
}

# proves: eval --bundle
@test "bundles are folders and archives, with roots" {
  mkdir -p b/x
  echo '{"v": 1}' >b/x/data.json
  echo '{"not": "read"}' >b/other.json
  printf 'package z\np := data.x.v\n' >b/z.rego
  tar -C b -czf b.tar.gz .
  run "$PARATIA" eval -f raw -b b data
  [ "$output" = '{"x":{"v":1},"z":{"p":1}}' ]
  run "$PARATIA" eval -f raw --bundle b.tar.gz data.z.p
  [ "$output" = 1 ]
  echo '{"roots": ["z"]}' >b/.manifest
  run "$PARATIA" eval -b b data
  [ "$status" = 2 ]
  has "manifest roots [z] do not permit data at path '/x' (hint: check bundle directory structure)"
  run "$PARATIA" eval -b b.tar.gz -b ./b.tar.gz data
  [ "$status" = 2 ]
  has "have overlapping roots"
}

# proves: eval --ignore
@test "what is ignored is not loaded" {
  mkdir -p d/.git d/x
  echo '{"a": 1}' | tee d/.git/a.json d/x/b.json d/x/c_test.json >/dev/null
  run "$PARATIA" eval -f raw -d d --ignore '.*,c_*' data
  [ "$output" = '{"x":{"a":1}}' ]
  run "$PARATIA" eval -f raw -d d --ignore x --ignore .git data
  [ "$output" = '{}' ]
}

# proves: eval --stdin
# proves: eval --stdin-input
@test "query or input come from standard input" {
  run "$PARATIA" eval --stdin -f raw <<<'1 + 1'
  [ "$output" = 2 ]
  run "$PARATIA" eval -If raw 'input.a[0]' <<<'a: [x]'
  [ "$output" = x ]
  run "$PARATIA" eval --stdin --stdin-input <<<1
  [ "$status" = 2 ]
  run "$PARATIA" eval
  [ "$status" = 2 ]
  has "eval needs a query, or --stdin"
}

# proves: eval --package
# proves: eval --import
@test "a query stands in a package and imports" {
  policy
  run "$PARATIA" eval -f raw -d policy.rego -d data.json -i input.json --package authz --import data.roles 'roles.ada; count(data.admins)'
  [ "$output" = '["root","\u003cdev\u003e"] 1' ]
}

# proves: eval --v0-compatible
# proves: eval --v1-compatible
@test "the language is the one that is asked for" {
  printf 'package p\nq { input.x == 1; y := 2 }\n' >old.rego
  run "$PARATIA" eval --v0-compatible -f raw -d old.rego 'data.p'
  [ "$output" = '{}' ]
  run "$PARATIA" eval --v1-compatible -d old.rego 'data.p'
  [ "$status" = 2 ]
  has '`if` keyword is required before rule body'
}

# proves: eval --strict
@test "strict mode refuses what is unused" {
  printf 'package p\nq if { input.x == 1; y := 2 }\n' >loose.rego
  run "$PARATIA" eval -d loose.rego 'data.p'
  [ "$status" = 0 ]
  run "$PARATIA" eval -S -d loose.rego 'data.p'
  [ "$status" = 2 ]
  has "assigned var y unused"
}

# proves: eval --strict-builtin-errors
@test "errors of functions are undefined, or the end" {
  policy
  run "$PARATIA" eval -d policy.rego -i input.json data.authz.half
  [ "$status" = 0 ]
  [ "$output" = '{}' ]
  run "$PARATIA" eval -d policy.rego -i input.json --strict-builtin-errors data.authz.half
  [ "$status" = 2 ]
  has '"message": "div: divide by zero"'
  has '"code": "eval_builtin_error"'
  has '"row": 12'
}

# proves: eval --timeout
# proves: eval --memory-max
@test "time and memory have an end" {
  local q='x := numbers.range(1, 4000); count([1 | some a in x; some b in x; a == b + 5000])'
  run timeout 20 "$PARATIA" eval --timeout 100ms "$q"
  [ "$status" = 2 ]
  has '"code": "eval_cancel_error"'
  run "$PARATIA" eval --timeout soon 1
  [ "$status" = 2 ]
  has "try: --timeout 5s, 100ms, 1m30s"
  run "$PARATIA" eval --memory-max 8 '[[y, y] | some y in numbers.range(1, 1000000)]'
  [ "$status" = 2 ]
  has '"code": "eval_limit_error"'
}

@test "a result that has no room is an error in every format, never null" {
  local f q='{"allow": false, "deny": {[i, x] | x := numbers.range(1, 1000); some i in numbers.range(1, 3000)}}'
  for f in raw json values bindings pretty discard; do
    run "$PARATIA" eval --memory-max 24 --fail -f "$f" "x := $q; x"
    [ "$status" = 2 ]
    has "the result is larger than --memory-max"
    hasnt null
  done
}

@test "what does not listen to --timeout is ended a second later" {
  mkfifo silent
  run timeout 20 "$PARATIA" eval --timeout 100ms -d silent 1
  [ "$status" = 2 ]
  [ "$output" = "paratia: --timeout is over: nothing was decided" ]
}

@test "an input is one document, and not nothing" {
  local text
  for text in '{"deny": false}{"deny": true}' $'{"a": 1}\n{"a": 2}\n' '{"a": 1} x' $'a: 1\n---\na: 2'; do
    printf '%s' "$text" >two.yaml
    run "$PARATIA" eval -i two.yaml -f raw input
    [ "$status" = 2 ]
    has "two.yaml:"
    run "$PARATIA" eval -d two.yaml -f raw data
    [ "$status" = 2 ]
    has "two.yaml:"
  done
  has "a second document follows"
  run bash -c '"$PARATIA" eval -I input </dev/null'
  [ "$status" = 2 ]
  has "the input is empty"
  printf -- '---\na: 1\n---\n' >one.yaml
  run "$PARATIA" eval -i one.yaml -f raw input
  [ "$output" = '{"a":1}' ]
}

@test "an empty file is no bundle" {
  : >b.tar.gz
  run "$PARATIA" eval -b b.tar.gz -f raw data
  [ "$status" = 2 ]
  has "b.tar.gz: bundle read failed: archive read failed: it is empty"
}

# proves: eval --metrics
# proves: eval --count
@test "metrics have opa's names and its statistics" {
  policy
  run bash -c '"$PARATIA" eval -d policy.rego --metrics 1 | jq -r ".metrics | keys | join(\" \")"'
  [ "$output" = "timer_rego_load_files_ns timer_rego_module_compile_ns timer_rego_query_compile_ns timer_rego_query_eval_ns timer_rego_query_parse_ns" ]
  run bash -c '"$PARATIA" eval --count 3 --metrics 1 | jq -c ".aggregated_metrics.timer_rego_query_eval_ns | [.count, (keys | length), .min <= .median, .median <= .max]"'
  [ "$output" = '[3,12,true,true]' ]
  run "$PARATIA" eval --count 0 1
  [ "$status" = 2 ]
}

@test "opa.runtime has the environment, and nothing leaves the host" {
  PT_PROBE=here run "$PARATIA" eval -f raw 'opa.runtime().env.PT_PROBE; opa.runtime().version'
  [[ $output =~ ^here\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
  local call
  for call in 'http.send({"method": "get", "url": "http://127.0.0.1/"})' 'net.lookup_ip_addr("localhost")'; do
    run "$PARATIA" eval --fail-defined "deny := $call" # undefined would pass
    [ "$status" = 2 ]
    has '"code": "eval_builtin_error"'
  done
}

# proves: eval --help
@test "eval's help has its example and fits 80 columns" {
  run "$PARATIA" eval -h
  [ "$status" = 0 ]
  has "Exit   0 done   1 --fail or --fail-defined   2 usage, errors"
  [ "$(LC_ALL=C.UTF-8 wc -L <<<"$output")" -le 80 ]
}

@test "README's example is what eval prints" {
  local top=$BATS_TEST_DIRNAME/../.. said
  said=$(sed -n '/^\$ paratia eval .*admission.rego/,/^```/p' "$top/README.md")
  local words=${said%%$'\n'*}
  run bash -c "cd '$top' && '$PARATIA' ${words#\$ paratia}"
  [ "$status" = 0 ]
  diff <(sed '1d;$d' <<<"$said") <(printf '%s\n' "$output")
}

# -- what evaluation tells of itself --------------------------------------------------------------

traced() {
  cat >traced.rego <<'REGO'
package t

p contains x if {
	some x in [1, 2]
	trace(sprintf("x is %d", [x]))
	x > 1
}

q := 1 if input.never
REGO
}

# proves: eval --explain
@test "evaluation can be followed: whole, to notes, to failures" {
  traced
  run "$PARATIA" eval -d traced.rego -f pretty --explain fails data.t.p
  diff - <(printf '%s\n' "$output") <<'TEXT'
query:1        Enter data.t.p
traced.rego:3  | Enter data.t.p
traced.rego:6  | | Fail x > 1
[
  2
]
TEXT
  run "$PARATIA" eval -d traced.rego -f pretty --explain notes data.t.p
  [[ $output == *'traced.rego:5  | | Note "x is 1"'* ]]
  [[ $output == *'traced.rego:5  | | Note "x is 2"'* ]]
  run "$PARATIA" eval -d traced.rego -f pretty --explain full data.t.p
  [[ $output == *'traced.rego:4  | | Redo some x in [1, 2]'* ]]
  "$PARATIA" eval -d traced.rego --explain full data.t.p >full.json
  jq -e '.explanation[0] == {op: "Enter", depth: 1, node: "data.t.p",
                             location: {file: "", row: 1, col: 1}}' full.json
  [ "$("$PARATIA" eval -d traced.rego --explain off data.t.p)" = "$("$PARATIA" eval -d traced.rego data.t.p)" ]
  run "$PARATIA" eval --explain everything 1
  [ "$status" = 2 ]
}

# proves: eval --profile
# proves: eval --profile-limit
# proves: eval --profile-sort
# proves: eval --coverage
@test "profiles count, coverage names lines" {
  traced
  "$PARATIA" eval -d traced.rego --profile --profile-sort num_eval --coverage data.t.p >told.json
  jq -e '.profile[0] | .num_eval == 4 and .location.row == 5 and .num_gen_expr == 2' told.json
  jq -e '.metrics | has("timer_rego_query_eval_ns")' told.json
  jq -e '.coverage.files["traced.rego"]
         | .covered_lines == 4 and .not_covered_lines == 1 and .coverage == 80' told.json
  "$PARATIA" eval -d traced.rego --profile-limit 1 data.t.p | jq -e '.profile | length == 1'
  run "$PARATIA" eval -d traced.rego --profile --coverage -f pretty data.t.p
  [[ $output == *"│ 4 of 5 │ 80.0%"* ]]
  [[ $output == *"│ traced.rego:5 │"* ]]
  run "$PARATIA" eval --profile-sort size 1
  [ "$status" = 2 ]
}

# proves: eval --data
@test "print says what is evaluated: a known key alone, a function once for the same operands" {
  cat >say.rego <<'REGO'
package say

set contains x if {
	some x in [1, 2]
	print("set", x)
}

f(x) := count(x) if print("f", x)

g(x) if {
	print("g", x)
	x > 2
}

asked := [set[1], set[1], set[2], [x | some x in [5, 5]; set[x]]]

called := [f([1]), f(array.concat([1], [])), [x | some x in [1, 1, 3, 3]; g(x)], [x | x := f([1]) with input as 2]]
REGO
  run --separate-stderr "$PARATIA" eval -f raw -d say.rego data.say.asked
  [ "$status" = 0 ]
  [ "$output" = '[1,1,2,[]]' ]
  [ "$stderr" = $'set 1\nset 2' ]
  run --separate-stderr "$PARATIA" eval -f raw -d say.rego data.say.called
  [ "$status" = 0 ]
  [ "$output" = '[1,1,[3,3],[1]]' ]
  [ "$stderr" = $'f [1]\ng 1\ng 1\ng 3\nf [1]' ]
}
