load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# `capabilities` of opa inspect 1.22.2: what modules need. The expected texts are its.

# needs TEXT OPTION…: of a module; the names of functions, then the rest.
needs() {
  printf 'package t\n\n%b\n' "$1" >t.rego
  "$PARATIA" policy inspect -f json "${@:2}" t.rego | jq -c '.capabilities | [[.builtins[]?.name], .features, .future_keywords]'
}

@test "inspect tells which functions, features and keywords modules need" {
  [ "$(needs 'p := 1')" = '[[],["rego_v1"],null]' ]
  [ "$(needs 'p if { x := input.y; x == 1 } else := count([])')" = '[["assign","count","eq","equal"],["rego_v1"],null]' ]
  [ "$(needs 'p if { every x in [1] { x > 0 } }')" = '[["eq"],["rego_v1"],null]' ]
  [ "$(needs 'p if print(count([1]))')" = '[["print"],["rego_v1"],null]' ]
  [ "$(needs 'p := $"a {upper("b")}"')" = '[["eq","internal.template_string","upper"],["rego_v1","template_strings"],null]' ]
  [ "$(needs 'p if data.other.f(1)')" = '[[],["rego_v1"],null]' ]
  [ "$(needs 'p if nope(1, count([]))')" = '[["count"],["rego_v1"],null]' ]
  [ "$(needs 'import future.keywords.not\np if not { input.x }')" = '[[],["rego_v1"],["not"]]' ]
  [ "$(needs 'import rego.v1\np.q.r if input.x' --v0-compatible)" = '[[],["rego_v1_import","rule_head_ref_string_prefixes"],null]' ]
  [ "$(needs 'import future.keywords.in\np.q[x] { x = 1 in [1] }' --v0-compatible)" = '[["eq","internal.member_2"],["rule_head_refs"],["in"]]' ]
}

@test "inspect gives the declarations of those functions" {
  mkdir b
  printf 'package b\n\np { 1 > 0 }\n\nq = json.match_schema({}, {})\n\nr = x { walk([], x); print() }\n\ns { all([]) }\n' >b/b.rego
  run -0 "$PARATIA" policy inspect --v0-compatible -f json b
  diff <(jq -Sc '.capabilities.builtins[]' <<<"$output") - <<'JSON'
{"decl":{"args":[{"of":[{"dynamic":{"type":"any"},"type":"array"},{"of":{"type":"any"},"type":"set"}],"type":"any"}],"result":{"type":"boolean"},"type":"function"},"deprecated":true,"name":"all"}
{"decl":{"args":[{"type":"any"},{"type":"any"}],"result":{"type":"boolean"},"type":"function"},"infix":">","name":"gt"}
{"decl":{"args":[{"of":[{"type":"string"},{"dynamic":{"key":{"type":"any"},"value":{"type":"any"}},"type":"object"}],"type":"any"},{"of":[{"type":"string"},{"dynamic":{"key":{"type":"any"},"value":{"type":"any"}},"type":"object"}],"type":"any"}],"result":{"static":[{"type":"boolean"},{"dynamic":{"static":[{"key":"desc","value":{"type":"string"}},{"key":"error","value":{"type":"string"}},{"key":"field","value":{"type":"string"}},{"key":"type","value":{"type":"string"}}],"type":"object"},"type":"array"}],"type":"array"},"type":"function"},"name":"json.match_schema","nondeterministic":true}
{"decl":{"type":"function","variadic":{"type":"any"}},"name":"print"}
{"decl":{"args":[{"type":"any"}],"result":{"static":[{"dynamic":{"type":"any"},"type":"array"},{"type":"any"}],"type":"array"},"type":"function"},"name":"walk","relation":true}
JSON
}

@test "what is wrong with modules is an error of inspect, as of opa's" {
  printf 'package t\n\np if { x := 1; x := 2 }\n' >t.rego
  run -1 "$PARATIA" policy inspect t.rego
  has 't.rego:3:16: rego_compile_error: var x assigned above'
  run -1 "$PARATIA" policy inspect -f json t.rego
}

@test "a folder's Wasm modules have the names of their files, in the manifest too" {
  mkdir b
  printf '\0asm' >b/policy.wasm
  echo '{"wasm": [{"entrypoint": "a/b", "module": "/policy.wasm"}]}' >b/.manifest
  run -0 "$PARATIA" policy inspect -f json b
  [ "$(jq -r '.manifest.wasm[0].module, .namespaces["data.a.b"][0], .wasm_modules[0].path' <<<"$output" | sort -u)" = b/policy.wasm ]
}
