load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

policies() {
  mkdir -p p/lib
  printf 'package a\n\nallow if {\n\tinput.user == "ada"\n}\n' >p/a.rego
  printf 'package lib\n\np := 1\n' >p/lib/lib.rego
  echo '{"not": "a policy' >p/data.json
}

loose() { # what `opa fmt` makes of it is in tight
  printf 'package a\nallow{\n  input.user=="ada" # why\n}\n' >"$1"
}

tight() {
  printf 'package a\n\nallow {\n\tinput.user == "ada" # why\n}\n'
}

# -- check ----------------------------------------------------------------------------------------

# proves: policy
# proves: policy check
@test "policies that are right are worth no word" {
  policies
  run --separate-stderr "$PARATIA" policy check p
  [ "$status" = 0 ]
  [ -z "$output$stderr" ]
  run --separate-stderr "$PARATIA" policy check p/a.rego p/lib
  [ "$status" = 0 ]
}

@test "nothing to check is no pass" {
  mkdir empty
  run "$PARATIA" policy check empty
  [ "$status" = 3 ]
  has "there is no policy to check"
}

@test "what does not parse and what does not compile are told at once, with places, lines and hints" {
  policies
  printf 'package b\n\np := {1,\n' >p/b.rego
  printf 'package c\n\np if {\n\tx := count(1, 2)\n\tnope(x)\n}\n' >p/c.rego
  printf 'package d\nimport data.foo.if\n' >p/d.rego
  run --separate-stderr "$PARATIA" policy check p
  [ "$status" = 1 ]
  [ -z "$output" ]
  output=$stderr
  has "errors occurred:"
  has $'p/b.rego:4: rego_parse_error: unexpected eof token\n\tp := {1,\n\t       ^'
  has $'p/d.rego:2:17: rego_parse_error: unexpected import path, must not end with a keyword, got: if (hint: import a different path or use an alias)\n\timport data.foo.if\n\t                ^'
  has $'p/c.rego:4:7: rego_type_error: '
  has $'\n\tx := count(1, 2)\n\t     ^'
  hasnt "undefined function nope" # a module that does not parse may have it
  rm p/b.rego p/d.rego
  run "$PARATIA" policy check p
  [ "$status" = 1 ]
  has $'p/c.rego:5:2: rego_type_error: undefined function nope\n\tnope(x)\n\t^'
}

# proves: policy --json
@test "policy check --json is one document on standard output" {
  policies
  run --separate-stderr "$PARATIA" policy check --json p
  [ "$status" = 0 ]
  [ "$(jq -c . <<<"$output")" = '{"errors":[]}' ]
  printf 'package b\n\np := {1,\n\nq if nope(1)\n' >p/b.rego
  printf 'package c\n\nq if nope(1)\n' >c.rego
  run --separate-stderr "$PARATIA" policy check c.rego --json
  [ "$status" = 1 ]
  [ -z "$stderr" ]
  [ "$(jq -c '.errors[0]' <<<"$output")" = '{"message":"undefined function nope","code":"rego_type_error","location":{"file":"c.rego","row":3,"col":6}}' ]
  run --separate-stderr "$PARATIA" policy check p --json
  [ "$status" = 1 ]
  [ "$(jq -r '.errors[0].location.file' <<<"$output")" = p/b.rego ]
}

# proves: policy --strict
@test "policy check --strict refuses what is unused" {
  printf 'package a\n\nimport data.foo\n\np := 1\n' >a.rego
  run "$PARATIA" policy check a.rego
  [ "$status" = 0 ]
  run "$PARATIA" policy check -S a.rego
  [ "$status" = 1 ]
  has $'a.rego:3:1: rego_compile_error: import data.foo unused\n\timport data.foo\n\t^'
}

# proves: policy --data
# proves: policy --bundle
@test "policy check loads data and bundles as eval does" {
  mkdir -p d b/x
  printf 'package a.b\n\np := 1\n' >m.rego
  echo '{"a": {"b": {"p": 2}}}' >d/data.json
  run "$PARATIA" policy check m.rego
  [ "$status" = 0 ]
  run "$PARATIA" policy check m.rego -d d
  [ "$status" = 1 ]
  has "conflicting rule for data path a/b/p found"
  printf 'package x\n\np := nope(1)\n' >b/x/p.rego
  echo '{"roots": ["x"]}' >b/.manifest
  run "$PARATIA" policy check --bundle b
  [ "$status" = 1 ]
  has "p.rego:3:6: rego_type_error: undefined function nope"
  tar -czf b.tar.gz -C b .
  run "$PARATIA" policy check -b b.tar.gz
  [ "$status" = 1 ]
}

# proves: policy --ignore
@test "policy check and fmt leave out what is ignored" {
  policies
  echo nonsense >p/x_test.rego
  run "$PARATIA" policy check p
  [ "$status" = 1 ]
  run "$PARATIA" policy check --ignore '.*,*_test.rego' p
  [ "$status" = 0 ]
  run "$PARATIA" policy fmt --list p
  [ "$status" = 1 ]
  run "$PARATIA" policy fmt --list --ignore '.*,*_test.rego' p
  [ "$status" = 0 ]
}

# proves: policy --v0-compatible
# proves: policy --v1-compatible
@test "the language of policies is the one that is asked for" {
  loose a.rego
  run "$PARATIA" policy check a.rego
  [ "$status" = 1 ]
  has '`if` keyword is required before rule body'
  run "$PARATIA" policy check --v0-compatible a.rego
  [ "$status" = 0 ]
  run "$PARATIA" policy fmt --v1-compatible a.rego
  [ "$status" = 1 ]
  run --separate-stderr "$PARATIA" policy fmt --v0-compatible a.rego
  [ "$status" = 0 ]
  [ "$output" = "$(tight)" ]
  run "$PARATIA" policy check --v0-compatible --v1-compatible a.rego
  [ "$status" = 2 ]
}

@test "what cannot be read is exit 3, what is asked wrongly 2" {
  run "$PARATIA" policy check nope.rego
  [ "$status" = 3 ]
  has "nope.rego: no such file or directory"
  run "$PARATIA" policy fmt nope.rego
  [ "$status" = 3 ]
  has "nope.rego"
  run "$PARATIA" policy check
  [ "$status" = 2 ]
  run "$PARATIA" policy lint p
  [ "$status" = 2 ]
  has "try: paratia policy bench, build, check, fmt, inspect, sign, test or verify"
  run "$PARATIA" policy check --diff p
  [ "$status" = 2 ]
}

# -- fmt ------------------------------------------------------------------------------------------

# proves: policy fmt
@test "policy fmt writes to standard output what opa fmt does, and touches no file" {
  loose a.rego
  cp a.rego before
  run --separate-stderr "$PARATIA" policy fmt --v0-compatible a.rego
  [ "$status" = 0 ]
  [ "$output" = "$(tight)" ]
  cmp a.rego before
  [ "$("$PARATIA" policy fmt --v0-compatible <a.rego)" = "$(tight)" ]
  [ "$("$PARATIA" policy fmt --v0-compatible - <a.rego)" = "$(tight)" ]
  [ "$(tight | "$PARATIA" policy fmt --v0-compatible)" = "$(tight)" ]
}

# proves: policy --write
@test "policy fmt --write replaces what has to change, and keeps modes and links" {
  mkdir p
  loose p/a.rego
  tight >p/b.rego
  chmod 640 p/a.rego
  ln -s a.rego p/c.rego
  local inode
  inode=$(stat -c %i p/b.rego)
  run --separate-stderr "$PARATIA" policy fmt -w --v0-compatible p
  [ "$status" = 0 ]
  [ -z "$output$stderr" ]
  tight | cmp - p/a.rego
  [ "$(stat -c %a p/a.rego)" = 640 ]
  [ "$(stat -c %i p/b.rego)" = "$inode" ]
  [ -L p/c.rego ]
  [ "$(ls p)" = $'a.rego\nb.rego\nc.rego' ]
  loose p/a.rego
  "$PARATIA" policy fmt -w --v0-compatible p/c.rego # a link that is named is followed
  [ -L p/c.rego ]
  tight | cmp - p/a.rego
}

@test "policy fmt --write leaves what is wrong as it is" {
  printf 'package a\np := {1,\n' >a.rego
  printf 'package b\np:=1\n' >b.rego
  cp a.rego before
  run "$PARATIA" policy fmt -w a.rego b.rego
  [ "$status" = 1 ]
  has "a.rego:3: rego_parse_error: unexpected eof token"
  cmp a.rego before
  [ "$(cat b.rego)" = $'package b\n\np := 1' ] # the others are done
  run "$PARATIA" policy fmt -w
  [ "$status" = 2 ]
  run "$PARATIA" policy fmt -w -l b.rego
  [ "$status" = 2 ]
}

# proves: policy --list
# proves: policy --fail
@test "policy fmt --list names what would change, --fail says so in the exit code" {
  mkdir p
  loose p/a.rego
  tight >p/b.rego
  run --separate-stderr "$PARATIA" policy fmt -l --v0-compatible p
  [ "$status" = 0 ]
  [ "$output" = p/a.rego ]
  run --separate-stderr "$PARATIA" policy fmt --list --fail --v0-compatible p
  [ "$status" = 1 ]
  [ "$output" = p/a.rego ]
  run --separate-stderr "$PARATIA" policy fmt --fail --v0-compatible p
  [ "$status" = 1 ]
  run --separate-stderr "$PARATIA" policy fmt --fail --v0-compatible p/b.rego
  [ "$status" = 0 ]
}

# proves: policy --diff
@test "policy fmt --diff is a patch" {
  loose a.rego
  run --separate-stderr "$PARATIA" policy fmt -d --v0-compatible a.rego
  [ "$status" = 0 ]
  diff - <(printf '%s\n' "$output") <<'DIFF'
--- a/a.rego
+++ b/a.rego
@@ -1,4 +1,5 @@
 package a
-allow{
-  input.user=="ada" # why
+
+allow {
+	input.user == "ada" # why
 }
DIFF
  patch -s a.rego <<<"$output"
  tight | cmp - a.rego
  run "$PARATIA" policy fmt -d --v0-compatible a.rego
  [ "$status" = 0 ]
  [ -z "$output" ]
}

@test "a module that would lose a comment is refused, with the place" {
  printf 'package test\n\np  # j\n:= [x | walk(data.a, [_, x]# e\n)]\n' >a.rego
  run --separate-stderr "$PARATIA" policy fmt a.rego
  [ "$status" = 1 ]
  [ -z "$output" ]
  output=$stderr
  has "a.rego:3:4: rego_format_error: cannot be formatted: this comment would be lost (hint: move it to a line of its own"
}

# proves: policy --help
@test "the help of policy and of its parts has examples and fits 80 columns" {
  for words in "" bench build check fmt inspect sign test; do
    run "$PARATIA" policy $words --help
    [ "$status" = 0 ]
    has "  paratia policy "
    has "Exit   0 "
    [ "$(LC_ALL=C.UTF-8 wc -L <<<"$output")" -le 80 ]
  done
}
