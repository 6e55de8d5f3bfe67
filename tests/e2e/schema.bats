load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# What is said below is what `opa check` and `opa eval` 1.22.2 say for the same files.

schemas() {
  mkdir -p schemas/lists
  echo '{"type": "object", "properties": {"user": {"type": "string"}, "roles": {"type": "array", "items": {"type": "string"}}}}' >input.json
  cp input.json schemas/request.json
  printf 'type: object\nproperties:\n  admins:\n    items: {type: string}\n' >schemas/lists/acl-list.yaml
}

annotated() {
  cat >a.rego <<'REGO'
package a

# METADATA
# schemas:
# - input: schema.request
# - data.acl: schema.lists["acl-list"]
allow if {
	input.user == data.acl.admins[_]
	input.group == "x"
	data.acl.admins[_] == 1
}

other if input.group
REGO
}

# proves: policy --schema
@test "policy check knows the input by the schema that is a file" {
  schemas
  printf 'package a\n\np if input.name == "x"\n\nq if abs(input.user) == 1\n\nr if input.roles[_] == "dev"\n' >a.rego
  run --separate-stderr "$PARATIA" policy check --schema input.json a.rego
  [ "$status" = 1 ]
  output=$stderr
  has "2 errors occurred:"
  has $'a.rego:3:6: rego_type_error: undefined ref: input.name\n\tp if input.name == "x"\n\t     ^\n\tinput.name\n\t      ^\n\t      have: "name"\n\t      want (one of): ["roles" "user"]'
  has $'a.rego:5:6: rego_type_error: abs: invalid argument(s)'
  hasnt "a.rego:7"
  run "$PARATIA" policy check a.rego
  [ "$status" = 0 ]
}

@test "annotations choose from a folder of schemas, for their rule alone" {
  schemas
  annotated
  run --separate-stderr "$PARATIA" policy check -s schemas a.rego
  [ "$status" = 1 ]
  output=$stderr
  has "2 errors occurred:"
  has 'a.rego:9:2: rego_type_error: undefined ref: input.group'
  has $'a.rego:10:2: rego_type_error: match error'
  hasnt "a.rego:13"
  rm schemas/lists/acl-list.yaml
  run "$PARATIA" policy check -s schemas a.rego
  [ "$status" = 1 ]
  has 'a.rego:7:1: rego_type_error: undefined schema: schema.lists["acl-list"]'
  run "$PARATIA" policy check a.rego # names say nothing where no schemas are
  [ "$status" = 0 ]
}

@test "schemas within annotations count without the option, and their errors are told at the rule" {
  printf '# METADATA\n# scope: package\n# schemas:\n# - input: {properties: {n: {type: number}}}\npackage a\n\np if input.n == "x"\n' >a.rego
  run "$PARATIA" policy check a.rego
  [ "$status" = 1 ]
  has $'a.rego:7:6: rego_type_error: match error'
  has $'\tleft  : number\n\tright : string'
  printf 'package a\n\n# METADATA\n# schemas:\n# - input: {type: numbr}\np if input.n == "x"\n' >a.rego
  run "$PARATIA" policy check a.rego
  [ "$status" = 1 ]
  has 'a.rego:6:1: rego_type_error: unable to compile the schema: has a primitive type that is NOT VALID -- given: /numbr/'
  printf 'package a\n\n# METADATA\n# scope: document\n# title: a\np if 1 == 1\n\n# METADATA\n# scope: document\n# title: b\np if 2 == 2\n' >a.rego
  run "$PARATIA" policy check a.rego
  [ "$status" = 1 ]
  has 'a.rego:8:1: rego_type_error: document annotation redeclared: a.rego:3'
}

# proves: eval --schema
@test "eval refuses modules and queries that ask for what the schema has not" {
  schemas
  printf 'package a\n\np := input.user\n' >a.rego
  run --separate-stderr "$PARATIA" eval --schema input.json -d a.rego -i <(echo '{"user": "ada", "more": 1}') -f raw data.a.p
  [ "$status" = 0 ]
  [ "$output" = ada ]
  run --separate-stderr "$PARATIA" eval -s input.json -d a.rego 'input.more'
  [ "$status" = 2 ]
  diff - <(printf '%s\n' "$output") <<'JSON'
{
  "errors": [
    {
      "message": "undefined ref: input.more",
      "code": "rego_type_error",
      "location": {
        "file": "",
        "row": 1,
        "col": 1
      }
    }
  ]
}
JSON
  schemas
  annotated
  run --separate-stderr "$PARATIA" eval --schema schemas -d a.rego data.a.allow
  [ "$status" = 2 ]
  [ "$(jq -c '[.errors[] | [.message, .location.row]]' <<<"$output")" = '[["undefined ref: input.group",9],["match error",10]]' ]
}

@test "schemas that cannot be read, or ask for the network, are errors, each told" {
  printf 'package a\n\np if input.x\n' >a.rego
  run "$PARATIA" policy check --schema nope.json a.rego
  [ "$status" = 3 ]
  has "stat nope.json: no such file or directory"
  run "$PARATIA" eval --schema nope.json -d a.rego 1
  [ "$status" = 2 ]
  echo '{"type": ' >broken.json
  run "$PARATIA" policy check --schema broken.json a.rego
  [ "$status" = 1 ]
  has "broken.json: error converting YAML to JSON: "
  echo '{"properties": {"x": {"$ref": "https://schemas.example/x.json"}}}' >remote.json
  run "$PARATIA" policy check --schema remote.json a.rego
  [ "$status" = 1 ]
  has "rego_type_error: unable to compile the schema: remote reference loading disabled: https://schemas.example/x.json"
  truncate -s 100M huge.json
  run "$PARATIA" policy check --schema huge.json a.rego
  [ "$status" = 3 ]
  has "huge.json: larger than 33554432 bytes"
  python3 -c 'n = 100000; print("{\"items\": " * n + "1" + "}" * n)' >deep.json
  run "$PARATIA" policy check --schema deep.json a.rego
  [ "$status" = 3 ]
  has "deep.json: not valid JSON: nested too deeply"
}

@test "schemas that refer to themselves without end are refused, or gone round once" {
  printf 'package a\n\np if input.next.next.next.v == "x"\n\nq if input.next.nope\n' >a.rego
  echo '{"properties": {"next": {"$ref": "#"}, "v": {"type": "number"}}}' >round.json
  run "$PARATIA" policy check --schema round.json a.rego
  [ "$status" = 1 ]
  has "a.rego:3:6: rego_type_error: match error"
  has "a.rego:5:6: rego_type_error: undefined ref: input.next.nope"
  echo '{"allOf": [{"$ref": "#/definitions/a"}], "definitions": {"a": {"allOf": [{"$ref": "#/definitions/a"}]}}}' >round.json
  run "$PARATIA" policy check --schema round.json a.rego
  [ "$status" = 1 ]
  has "the schema is too deep, or says of itself what it is"
  python3 - >bomb.json <<'PY'
import json
n = 40
at = lambda i: {"allOf": [{"$ref": f"#/definitions/d{i}"}]}
defs = {f"d{i}": {"properties": {"a": at(i + 1), "b": at(i + 1)}} for i in range(n)}
print(json.dumps({"definitions": {**defs, f"d{n}": {}}, **at(0)}))
PY
  run timeout 20 "$PARATIA" policy check --schema bomb.json a.rego
  [ "$status" = 1 ]
  has "the schema is too large"
}

# proves: policy test --schema
# proves: policy bench --schema
@test "test and bench refuse what the schema has not" {
  echo '{"type": "object", "properties": {"user": {"type": "string"}}}' >input.schema.json
  printf 'package a\n\nok if input.user == "ada"\n\ntest_ok if ok with input as {"user": "ada"}\n' >good.rego
  printf 'package a\n\nok if input.usr == "ada"\n\ntest_ok if ok with input as {"user": "ada"}\n' >bad.rego
  echo '{"user": "ada"}' >input.json
  run "$PARATIA" policy test --schema input.schema.json good.rego
  [ "$status" = 0 ]
  run "$PARATIA" policy test --schema input.schema.json bad.rego
  [ "$status" = 1 ]
  [[ $output == *"undefined ref: input.usr"* ]]
  run "$PARATIA" policy bench data.a.ok -d good.rego -i input.json --schema input.schema.json --duration 10ms
  [ "$status" = 0 ]
  run "$PARATIA" policy bench data.a.ok -d bad.rego -i input.json --schema input.schema.json --duration 10ms
  [ "$status" = 1 ]
  [[ $output == *"undefined ref: input.usr"* ]]
}
