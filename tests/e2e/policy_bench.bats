load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

policy() {
  printf 'package a\n\nallow if input.n > data.least\n' >a.rego
  echo '{"least": 1}' >data.json
  echo 'n: 3' >in.yaml
}

# proves: policy bench
# proves: policy bench --data
# proves: policy bench --input
# proves: policy bench --duration
@test "a query is evaluated again and again, and its times are told" {
  policy
  run --separate-stderr "$PARATIA" policy bench data.a.allow -d a.rego -d data.json -i in.yaml --duration 50ms
  [ "$status" = 0 ]
  [ -z "$stderr" ]
  [[ ${lines[0]} =~ ^Evaluations\ \ [1-9][0-9]*\ in\ 0\.[0-9]\ s,\ 1\ at\ a\ time$ ]]
  [[ ${lines[-1]} =~ ^[1-9][0-9]*\ evaluations\ in\ a\ second$ ]]
  [ "${#lines[@]}" = 8 ]
}

# proves: policy bench --json
# proves: policy bench --parallel
# proves: policy bench --bundle
@test "JSON for machines, and several threads" {
  policy
  mkdir b && cp a.rego data.json b
  "$PARATIA" policy bench data.a.allow --bundle b -i in.yaml --duration 50ms --parallel 3 --json >bench.json
  jq -e '.parallel == 3 and .evaluations >= 3 and .query == "data.a.allow" and .duration_ns >= 50000000
         and .median_ns <= .p90_ns and .p90_ns <= .p99_ns and .p99_ns <= .max_ns and .memory_bytes > 0' bench.json
}

# proves: policy bench --ignore
# proves: policy bench --strict
# proves: policy bench --v0-compatible
# proves: policy bench --v1-compatible
# proves: policy bench --help
@test "what is undefined or wrong is not measured" {
  policy
  run --separate-stderr "$PARATIA" policy bench data.a.allow -d a.rego -i in.yaml
  [ "$status" = 1 ]
  [ -z "$output" ]
  [[ $stderr == *"the query is undefined: nothing was measured"* ]]
  run --separate-stderr "$PARATIA" policy bench 'data.a.allow' -d a.rego -d data.json --ignore data.json -i in.yaml
  [ "$status" = 0 ] # a file that is named is not ignored
  mkdir d && cp a.rego data.json d
  run "$PARATIA" policy bench data.a.allow -d d --ignore data.json -i in.yaml
  [ "$status" = 1 ]
  run "$PARATIA" policy bench '1 / 0 ==' -d a.rego
  [ "$status" = 1 ]
  [[ $output == *rego_parse_error* ]]
  run "$PARATIA" policy bench 'data.a.nope(1)' -d a.rego
  [ "$status" = 1 ]
  printf 'package b\n\nx := 1 if { y := 2; true }\n' >b.rego
  run "$PARATIA" policy bench data.b.x -d b.rego --strict
  [ "$status" = 1 ]
  run "$PARATIA" policy bench data.b.x -d b.rego --v1-compatible --duration 10ms
  [ "$status" = 0 ]
  printf 'package c\n\nx { true }\n' >c.rego
  run "$PARATIA" policy bench data.c.x -d c.rego --v0-compatible --duration 10ms
  [ "$status" = 0 ]
  run "$PARATIA" policy bench
  [ "$status" = 2 ]
  run "$PARATIA" policy bench a b
  [ "$status" = 2 ]
  run "$PARATIA" policy bench 'x := [1, "a"][_]; x' -d nowhere
  [ "$status" = 3 ]
  run "$PARATIA" policy bench --help
  [[ $output == *"paratia policy bench data.authz.allow -d policy.rego -i request.json"* ]]
}

# proves: policy bench --timeout
@test "an evaluation that takes longer than --timeout ends the measurement" {
  printf 'package slow\n\nn := count([1 | some i in numbers.range(1, 3000); some j in numbers.range(1, 3000); i == j])\n' >slow.rego
  run -1 timeout 20 "$PARATIA" policy bench data.slow.n -d slow.rego --timeout 50ms
  has 'eval_cancel_error'
  has 'try: a longer --timeout'
  policy
  run -0 "$PARATIA" policy bench data.a.allow -d a.rego -d data.json -i in.yaml --duration 50ms --timeout 10s
  run -2 "$PARATIA" policy bench data.a.allow --timeout soon
}
