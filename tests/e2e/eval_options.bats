load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# Options of `opa eval` beside what it loads and prints; outputs are those of opa 1.22.2.

wrong() {
  cat >wrong.rego <<'REGO'
package p

a := 1 / input.by

b contains x if { some x in ["1", "q", "z"]; to_number(x) > 0 }
REGO
  echo '{"by": 0}' >input.json
}

# proves: eval --show-builtin-errors
@test "errors of functions are collected, and shown beside the result" {
  wrong
  run --separate-stderr "$PARATIA" eval -d wrong.rego -i input.json --show-builtin-errors data.p
  [ "$status" = 0 ]
  [ -z "$stderr" ]
  diff <(jq -c '.errors[] | [.message, .code, .location.file, .location.row, .location.col]' <<<"$output") - <<'JSON'
["div: divide by zero","eval_builtin_error","wrong.rego",3,6]
["to_number: strconv.ParseFloat: parsing \"q\": invalid syntax","eval_builtin_error","wrong.rego",5,46]
["to_number: strconv.ParseFloat: parsing \"z\": invalid syntax","eval_builtin_error","wrong.rego",5,46]
JSON
  [ "$(jq -c '.result[0].expressions[0].value' <<<"$output")" = '{"b":["1"]}' ]
  [ "$(jq -c 'keys_unsorted' <<<"$output")" = '["errors","result"]' ]
}

@test "where a format has no place for both, errors stand alone on standard error" {
  wrong
  for format in pretty raw values bindings; do
    run --separate-stderr "$PARATIA" eval -d wrong.rego -i input.json --show-builtin-errors data.p -f "$format"
    [ "$status" = 0 ]
    [ -z "$output" ]
    [ "${stderr_lines[0]}" = '3 errors occurred:' ]
    [ "${stderr_lines[1]}" = 'wrong.rego:3: eval_builtin_error: div: divide by zero' ]
  done
  run --separate-stderr "$PARATIA" eval -d wrong.rego -i input.json --show-builtin-errors data.p -f discard
  [ "$(jq -c '[(.errors | length), .result]' <<<"$output")" = '[3,"discarded"]' ]
}

@test "an error says how evaluation got there" {
  cat >calls.rego <<'REGO'
package calls

allow if {
	some x in input.all
	whole(x) > 0
}

whole(text) := n if {
	n := to_number(text)
}

clash := 1 if allow

clash := 2
REGO
  run --separate-stderr "$PARATIA" eval -d calls.rego -I --strict-builtin-errors data.calls.allow <<<'{"all":["1x"]}'
  [ "$status" = 2 ]
  diff <(jq -c '.errors[0].stack_trace[].location | [.file, .row, .col]' <<<"$output") - <<'JSON'
["calls.rego",9,7]
["calls.rego",5,2]
["",1,1]
JSON
  run --separate-stderr "$PARATIA" eval -d calls.rego -I --show-builtin-errors -f pretty data.calls.allow <<<'{"all":["1x","2x"]}'
  [ "$stderr" = '2 errors occurred:
calls.rego:9: eval_builtin_error: to_number: strconv.ParseFloat: parsing "1x": invalid syntax

Traceback:
  calls.rego:9
  calls.rego:5
  1:1
calls.rego:9: eval_builtin_error: to_number: strconv.ParseFloat: parsing "2x": invalid syntax

Traceback:
  calls.rego:9
  calls.rego:5
  1:1' ]
  run --separate-stderr "$PARATIA" eval -d calls.rego -I data.calls.clash <<<'{"all":["1"]}'
  [ "$(jq -c '.errors[0].stack_trace | length' <<<"$output")" = 2 ]
}

@test "errors of functions leave the exit code to the result, unless something else is wrong" {
  wrong
  run -1 "$PARATIA" eval -d wrong.rego -i input.json --show-builtin-errors --fail data.p.a
  run -0 "$PARATIA" eval -d wrong.rego -i input.json --show-builtin-errors --fail-defined data.p.a
  run -2 "$PARATIA" eval -d wrong.rego --show-builtin-errors 'startswith("a")'
  run -2 "$PARATIA" eval -d wrong.rego -i input.json --show-builtin-errors --strict-builtin-errors data.p
  has 'do not go together'
  echo 'package p
b := 1
b := 2 if 1 / 0 == 1
c = x if some x in [1, 2]' >conflict.rego
  run -2 --separate-stderr "$PARATIA" eval -d conflict.rego --show-builtin-errors 'data.p'
  [ "$(jq -c '[.errors[].code], has("result")' <<<"$output" | paste -sd' ')" = '["eval_conflict_error","eval_builtin_error"] false' ]
}

# caps FILTER: the capabilities of a small OPA, changed by jq.
caps() {
  jq "$1" >caps.json <<'JSON'
{"builtins": [{"name": "eq"}, {"name": "assign"}, {"name": "count"}, {"name": "http.send"},
              {"name": "gt"}, {"name": "print"}, {"name": "sum"}],
 "features": ["keywords_in_refs", "rego_v1", "template_strings"], "future_keywords": ["not"]}
JSON
}

few() {
  cat >few.rego <<'REGO'
package few

a := count([1])

b if { sum([1]) > 0 }

count_of(x) := count(x)

c if { count_of([1]) == 1 with http.send as 7 }
REGO
}

# proves: eval --capabilities
@test "a built-in function that the capabilities do not list is unknown" {
  few
  caps '.builtins += [{"name": "equal"}]'
  run -0 --separate-stderr "$PARATIA" eval --capabilities caps.json -d few.rego -f pretty data.few.c
  [ "$output" = true ]
  caps 'del(.builtins[] | select(.name == "count" or .name == "http.send"))'
  run -2 --separate-stderr "$PARATIA" eval --capabilities caps.json -d few.rego -f pretty data.few
  diff - <(printf '%s\n' "$stderr") <<'TXT'
4 errors occurred:
few.rego:3: rego_type_error: undefined function count
few.rego:7: rego_type_error: undefined function count
few.rego:9: rego_type_error: undefined function equal
few.rego:9: rego_type_error: with keyword target must reference existing input, data, or a function
TXT
  run -2 --separate-stderr "$PARATIA" eval --capabilities caps.json 'count([1]) > sum([2])' -f pretty
  [ "${stderr_lines[0]}" = '1 error occurred: 1:1: rego_type_error: undefined function count' ]
}

# proves: policy --capabilities
@test "policy check, test and build hold policies to the capabilities" {
  few
  caps '.builtins += [{"name": "equal"}]'
  printf 'package few_test\n\ntest_c if data.few.c\n' >few_test.rego
  run -0 "$PARATIA" policy check --capabilities caps.json few.rego
  run -0 "$PARATIA" policy test --capabilities caps.json few.rego few_test.rego
  run -0 "$PARATIA" policy build --capabilities caps.json few.rego
  caps '.'
  for verb in check test build; do
    run -1 "$PARATIA" policy "$verb" --capabilities caps.json few.rego
    has 'few.rego:9:8: rego_type_error: undefined function equal'
  done
}

@test "keywords, template strings and the version of the language are capabilities" {
  caps 'del(.features)'
  run -2 --separate-stderr "$PARATIA" eval --capabilities caps.json 1 -f pretty
  [ "$stderr" = '1 error occurred: rego_parse_error: illegal capabilities: rego_v1 feature required for parsing v1 Rego' ]
  caps '.features = ["rego_v1"]'
  printf 'package a\n\np := data.if.x\n\nq := $"a {1}"\n' >syntax.rego
  run -2 --separate-stderr "$PARATIA" eval --capabilities caps.json -d syntax.rego data.a -f pretty
  diff - <(printf '%s\n' "$stderr") <<'TXT'
2 errors occurred:
syntax.rego:3: rego_parse_error: unexpected if keyword: expected identifier
	p := data.if.x
	          ^
syntax.rego:5: rego_parse_error: template strings are not supported by current capabilities
	q := $"a {1}"
	     ^
TXT
  caps '.features = [] | .future_keywords = ["in"]'
  printf 'package a\nimport future.keywords.in\nimport future.keywords.every\nimport rego.v1\n' >old.rego
  run -2 --separate-stderr "$PARATIA" eval --v0-compatible --capabilities caps.json -d old.rego data.a -f pretty
  [ "${stderr_lines[1]}" = 'old.rego:3: rego_parse_error: unexpected keyword: every is not one of the capabilities' ]
  [ "${stderr_lines[4]}" = 'old.rego:4: rego_parse_error: invalid import, `rego.v1` is not supported by current capabilities' ]
  printf 'package a\np.b.c = 1\n' >heads.rego
  run -2 "$PARATIA" eval --v0-compatible --capabilities caps.json -d heads.rego data.a -f pretty
  has 'heads.rego:2: rego_compile_error: rule heads with refs are not supported'
}

@test "a host has to be in the capabilities, too" {
  echo 'package n
p := http.send({"url": "http://127.0.0.1:1/", "method": "get", "raise_error": false}).status_code' >net.rego
  caps '.'
  run -0 --separate-stderr "$PARATIA" eval --allow-net 127.0.0.1 --capabilities caps.json -d net.rego -f pretty data.n.p
  [ "$output" = 0 ]
  caps '.allow_net = ["example.org"]'
  run -2 --separate-stderr "$PARATIA" eval --allow-net 127.0.0.1 --capabilities caps.json -d net.rego -f pretty data.n.p
  [[ $stderr == *'disallowed host: 127.0.0.1:1'* ]]
  printf 'package n_test\n\ntest_p if data.n.p > -1\n' >net_test.rego
  run -1 "$PARATIA" policy test --allow-net 127.0.0.1 --capabilities caps.json net.rego net_test.rego
  has 'disallowed host: 127.0.0.1:1'
}

@test "a file that is none of capabilities is refused, with what to do" {
  run -2 "$PARATIA" eval --capabilities v1.0.0 1
  has 'try: a file, not a version'
  for bad in '[]' '{"builtins": [{"name": 1}]}' '{"features": "x"}' '{' '{"future_keywords": ["soon"]}'; do
    echo "$bad" >bad.json
    run -2 "$PARATIA" eval --capabilities bad.json 1
    has 'at:  bad.json'
  done
  has 'illegal capabilities: unknown keyword: soon'
}

@test "flags take true and false behind a sign of equality; the last one counts" {
  run -0 "$PARATIA" eval --fail=true --fail=false '1 == 2; true'
  run -1 "$PARATIA" eval --fail=0 --fail=T '1 == 2; true'
  run -0 "$PARATIA" eval --fail --fail=f '1 == 2; true'
  run -0 "$PARATIA" eval -S=false 'x := 1'
  run -2 "$PARATIA" eval --fail=maybe 1
  has '--fail is on or off, not maybe'
  printf 'package a\n\nimport data.b\n' >unused.rego
  run -1 "$PARATIA" policy check -S=1 unused.rego
  run -0 "$PARATIA" policy check --strict=False unused.rego
  run -0 "$PARATIA" checks --json=false
  hasnt '{'
}

# proves: eval --target
# proves: eval --optimize
# proves: eval --disable-indexing
# proves: eval --disable-early-exit
# proves: eval --optimize-store-for-read-speed
# proves: eval --pretty-limit
@test "options of opa eval that change no answer are taken, others are refused with the reason" {
  run -0 "$PARATIA" eval -t rego -O 0 --disable-indexing --disable-early-exit --optimize-store-for-read-speed \
    --pretty-limit 5 -f pretty 'x := "longer than five"'
  has '"longer than five"'
  for option in --partial -p '--unknowns input' '-u input' --shallow-inlining '--disable-inlining data.a'; do
    run -2 "$PARATIA" eval $option 1
    has 'there is no partial evaluation'
  done
  run -2 "$PARATIA" eval -e a/b 1
  has 'no optimized bundle is made'
  run -2 "$PARATIA" eval --instrument 1
  has '--metrics, --profile'
  run -2 "$PARATIA" eval --target wasm 1
  has '--target wasm is not there'
  run -2 "$PARATIA" eval -O 1 1
  has '--optimize 1 is not there'
}

@test "what print says cannot act on a terminal; line feeds and tabs stay" {
  printf '"\\u001b[2Jred\\r\\n\\u0009\\u009b\\u202e ok"' >input.json
  echo 'package p
p if print(input, {"\u001b": 1})' >print.rego
  run -0 --separate-stderr "$PARATIA" eval -d print.rego -i input.json -f raw data.p.p
  [ "$output" = true ]
  diff - <(printf '%s\n' "$stderr") <<'TXT'
\x1b[2Jred\x0d
	\u{009b}\u{202e} ok {"\x1b": 1}
TXT
}

@test "a pipe gets raw bytes, a terminal nothing that acts on it" {
  printf '"\\u001b[2J\\n\\u009bx"' >input.json
  run -0 --separate-stderr "$PARATIA" eval -i input.json -f raw input
  [ "$output" = "$(printf '\033[2J\n\302\233x')" ]
  run -0 script -qec "'$PARATIA' eval -i input.json -f raw input" /dev/null
  [ "$(tr -d '\r' <<<"$output")" = "$(printf '%s\n%s' '\x1b[2J' '\u{009b}x')" ]
  printf '"\\u009b"' >input.json
  run -0 script -qec "'$PARATIA' eval -i input.json -f pretty '[input, 1]'" /dev/null
  has '"\u{009b}",'
  echo 'package p
p if to_number(input)' >fault.rego
  run -2 script -qec "'$PARATIA' eval -d fault.rego -i input.json -f pretty --strict-builtin-errors data.p.p" /dev/null
  has 'parsing "\u009b"'
}

# A value of forty lines, 2^40 long when it is written out; what ends late is ended by force, and says so.
@test "--timeout ends what compares, sorts, remembers or writes values that hardly end" {
  local name i q f
  echo 'package p' >long.rego
  for name in a b; do
    printf '%s := x40 if {\n\tx0 := [1]\n' "$name"
    for i in {1..40}; do printf '\tx%d := [x%d, x%d]\n' "$i" $((i - 1)) $((i - 1)); done
    echo '}'
  done >>long.rego
  for q in 'data.p.a == data.p.b' 'x := {data.p.a, data.p.b}' 'x := {data.p.a: 1, data.p.b: 2}' 'sort([data.p.a, data.p.b])' \
    'json.marshal(data.p.a)' 'sprintf("%v", [data.p.a])' 'object.subset({1: data.p.a}, {1: data.p.b})'; do
    run -2 timeout 20 "$PARATIA" eval --timeout 200ms --memory-max 100000 -d long.rego -f pretty "$q"
    [ "$output" = "1 error occurred: 1:1: eval_cancel_error: caller cancelled query execution" ]
  done
  for f in json values bindings pretty raw discard; do
    run -2 timeout 20 "$PARATIA" eval --timeout 200ms --memory-max 100000 -d long.rego -f "$f" data.p.a
    has 'eval_cancel_error'
  done
}
