load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

bundle() { # a folder b with a policy, data and a file that is neither
  mkdir -p b/a
  printf 'package p\n\nq := data.a.x\n' >b/p.rego
  printf '{ "x": 1.0 }\n' >b/a/data.json
  echo hi >b/README
}

keys() { # k.pem and k.pub, other.pub, and a secret
  openssl ecparam -name prime256v1 -genkey -noout -out k.pem
  openssl ec -in k.pem -pubout -out k.pub
  openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -out other.pub
  echo "not a secret" >secret
} 2>/dev/null

url64() { base64 -w0 | tr '+/' '-_' | tr -d =; }
sha() { sha256sum | cut -d' ' -f1; }

# by_hand PREFIX: b/.signatures.json for names that begin with PREFIX, made without paratia.
by_hand() {
  local text
  text=$(printf '{"alg":"HS256"}' | url64).$(printf '{"files":[%s,%s,%s]}' \
    "{\"name\":\"$1p.rego\",\"hash\":\"$(sha <b/p.rego)\",\"algorithm\":\"SHA-256\"}" \
    "{\"name\":\"$1README\",\"hash\":\"$(sha <b/README)\",\"algorithm\":\"SHA-256\"}" \
    "{\"name\":\"$1a/data.json\",\"hash\":\"$(printf '{"x":1.0}' | sha)\",\"algorithm\":\"SHA-256\"}" | url64)
  printf '{"signatures":["%s.%s"]}' "$text" \
    "$(printf %s "$text" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(od -An -tx1 secret | tr -d ' \n')" -binary | url64)" >b/.signatures.json
}

# -- verifying ------------------------------------------------------------------------------------

# proves: eval --verification-key
# proves: eval --signing-alg
# proves: policy --verification-key
# proves: policy --signing-alg
@test "a bundle is used only if the key signed all of it, be it a folder or an archive" {
  bundle && keys && by_hand b/
  run "$PARATIA" eval -f raw -b b --verification-key secret --signing-alg HS256 data.p.q
  [ "$status" = 0 ] && [ "$output" = 1.0 ]
  run "$PARATIA" policy check -b b --verification-key secret --signing-alg HS256
  [ "$status" = 0 ]
  echo x >b/new # added after signing: neither data nor a policy
  run "$PARATIA" eval -f pretty -b b --verification-key secret --signing-alg HS256 data.p.q
  [ "$status" = 2 ]
  has "bundle b: file b/new not included in bundle signature"
  run "$PARATIA" policy check -b b --verification-key secret --signing-alg HS256
  [ "$status" = 1 ]
  has "bundle b: file b/new not included in bundle signature"
  rm b/new
  by_hand ""
  (cd b && tar czf ../b.tar.gz p.rego README a/data.json .signatures.json)
  run "$PARATIA" eval -f raw -b b.tar.gz --verification-key secret --signing-alg HS256 data.p.q
  [ "$status" = 0 ] && [ "$output" = 1.0 ]
  run "$PARATIA" eval -f raw -d b.tar.gz --verification-key secret --signing-alg HS256 data.p.q
  [ "$status" = 0 ] && [ "$output" = 1.0 ]
  (cd b && tar czf ../b.tar.gz --hard-dereference p.rego README a/data.json .signatures.json a/data.json)
  run "$PARATIA" eval -f raw -d b.tar.gz --verification-key secret --signing-alg HS256 data.p.q
  [ "$status" = 2 ]
  has "file a/data.json not included in bundle signature" # once it is
}

@test "a signature that nobody looked at is told, and the output stays as it is" {
  bundle && keys && by_hand b/
  run --separate-stderr "$PARATIA" eval -f raw -b b data.p.q
  [ "$status" = 0 ] && [ "$output" = 1.0 ]
  [ "$stderr" = "paratia: bundle b is signed, and the signature was not verified: --verification-key FILE verifies it" ]
  run --separate-stderr "$PARATIA" policy check --json -b b
  [ "$(jq -c . <<<"$output")" = '{"errors":[]}' ]
  [[ $stderr = *"bundle b is signed, and the signature was not verified"* ]]
  rm b/.signatures.json
  run --separate-stderr "$PARATIA" eval -f raw -b b data.p.q
  [ -z "$stderr" ]
  run "$PARATIA" eval -f pretty -b b --verification-key secret --signing-alg HS256 data.p.q
  [ "$status" = 2 ]
  has "bundle b: bundle missing .signatures.json file"
  run "$PARATIA" eval -f pretty -d b/p.rego --verification-key k.pub data.p.q
  [ "$status" = 2 ]
  has "no bundle was loaded: there is nothing to verify"
}

@test "keys come from files, and are of their algorithm" {
  bundle && keys && by_hand b/
  run "$PARATIA" eval -f pretty -b b --verification-key "not a secret" --signing-alg HS256 data.p.q
  [ "$status" = 2 ]
  has "a secret, too, is taken from a file only"
  hasnt "not a secret"
  run "$PARATIA" eval -f pretty -b b --verification-key k.pub --signing-alg HS256 data.p.q
  has "a PEM text is no secret for HS256"
  run "$PARATIA" eval -f pretty -b b --verification-key k.pub data.p.q
  has "algorithm is HS256, and the key's is RS256"
  run "$PARATIA" eval -f pretty -b b --verification-key k.pub --signing-alg none data.p.q
  has "unknown signature algorithm: none"
  : >empty
  run "$PARATIA" eval -f pretty -b b --verification-key empty --signing-alg HS256 data.p.q
  has "the secret is empty"
  for option in "--scope x" "--verification-key-id x" "--signing-alg RS256" "--exclude-files-verify x"; do
    # shellcheck disable=SC2086 # two words
    run "$PARATIA" eval -b b $option data.p.q
    [ "$status" = 2 ]
    has "${option% *} means nothing without --verification-key"
  done
}

# proves: eval --exclude-files-verify
# proves: policy --exclude-files-verify
@test "files that are excluded need not be as they were signed" {
  bundle && keys && by_hand b/
  echo ho >b/README && echo new >b/new
  run "$PARATIA" eval -f raw -b b --verification-key secret --signing-alg HS256 --exclude-files-verify b/READ*,b/n data.p.q
  [ "$status" = 2 ]
  run "$PARATIA" eval -f raw -b b --verification-key secret --signing-alg HS256 --exclude-files-verify b/READ*,b/new data.p.q
  [ "$status" = 0 ]
  run "$PARATIA" policy check -b b --verification-key secret --signing-alg HS256 --exclude-files-verify b/READ* --exclude-files-verify b/new
  [ "$status" = 0 ]
}

# attack SAYS: the archive of b, as it is by now, is refused.
attack() {
  run "$PARATIA" eval -f pretty -b b.tar.gz --verification-key secret --signing-alg HS256 data
  [ "$status" = 2 ] && [ "$(wc -l <<<"$output")" = 1 ] && has "bundle b.tar.gz: $1"
}

@test "nothing gets into a signed archive, or out of it" {
  bundle && keys && by_hand ""
  pack() { (cd b && tar czf ../b.tar.gz "$@" p.rego README a/data.json .signatures.json); }
  pack --transform 's,^p.rego,P.rego,'
  attack "file P.rego not included in bundle signature"
  pack --transform 's,^a/,./a/,'
  attack "file ./a/data.json not included in bundle signature"
  pack -P --transform 's,^README,../README,'
  attack "bundle read failed: the name of file '../README' leads elsewhere"
  pack
  head -c 300 b.tar.gz >cut && mv cut b.tar.gz
  attack "bundle read failed: "
  (cd b && tar czf ../b.tar.gz p.rego README .signatures.json)
  attack "file(s) [a/data.json] specified in bundle signatures but not found in the target bundle"
  echo '{"x": 1}' >b/a/data.json # 1.0 was signed
  pack
  attack "a/data.json: digest mismatch (want: "
  printf '{"x":\n1.0}' >b/a/data.json # says the same
  pack
  run "$PARATIA" eval -f raw -b b.tar.gz --verification-key secret --signing-alg HS256 data.p.q
  [ "$output" = 1.0 ]
  cp b/a/data.json b/data.yaml
  pack data.yaml
  attack "file data.yaml not included in bundle signature"
  mkdir b/z && cp b/.signatures.json b/z
  pack z/.signatures.json
  attack 'bundle contains multiple signatures files: "z/.signatures.json" and ".signatures.json"'
  ln -s p.rego b/q.rego # a link is no file: it is not loaded either
  pack q.rego
  run "$PARATIA" eval -f raw -b b.tar.gz --verification-key secret --signing-alg HS256 data.p.q
  [ "$output" = 1.0 ]
  head -c 200000 /dev/zero | tr '\0' '[' >b/a/data.json
  pack
  run "$PARATIA" eval -f pretty -b b.tar.gz --verification-key secret --signing-alg HS256 data
  [ "$status" = 2 ] && has "a/data.json: "
}

@test "a broken or huge signature is one error that names the file" {
  bundle && keys
  head -c 100000000 /dev/zero | tr '\0' '[' >b/.signatures.json
  run "$PARATIA" eval -f pretty -b b --verification-key secret --signing-alg HS256 data.p.q
  [ "$status" = 2 ]
  has ".signatures.json: larger than 67108864 bytes"
  tar czf b.tar.gz -C b .signatures.json
  run "$PARATIA" eval -f pretty -b b.tar.gz --verification-key secret --signing-alg HS256 data.p.q
  [ "$status" = 2 ]
  has "b.tar.gz: .signatures.json: larger than 67108864 bytes"
  head -c 100000 /dev/zero | tr '\0' '[' >b/.signatures.json
  run "$PARATIA" eval -f pretty -b b --verification-key secret --signing-alg HS256 data.p.q
  has "bundle load failed on signatures decode: .signatures.json"
}

# proves: eval --scope
# proves: eval --verification-key-id
# proves: policy --scope
# proves: policy --verification-key-id
@test "a signature's scope and its key's name have to be the ones that are wanted" {
  bundle && keys
  echo '{"scope": "write", "keyid": "one", "iss": "me"}' >claims
  "$PARATIA" policy sign -b b --signing-key k.pem --signing-alg ES256 --claims-file claims -o b
  for verb in "eval -f pretty data.p.q" "policy check"; do
    # shellcheck disable=SC2086 # several words
    {
      run "$PARATIA" $verb -b b --verification-key k.pub --signing-alg ES256 --scope write
      [ "$status" = 0 ]
      run "$PARATIA" $verb -b b --verification-key k.pub --signing-alg ES256 --scope read
      [ "$status" != 0 ] && has "bundle b: scope mismatch"
      run "$PARATIA" $verb -b b --verification-key k.pub --signing-alg ES256
      [ "$status" != 0 ] && has "bundle b: scope mismatch"
      run "$PARATIA" $verb -b b --verification-key k.pub --signing-alg ES256 --scope write --verification-key-id one
      [ "$status" = 0 ]
      run "$PARATIA" $verb -b b --verification-key k.pub --signing-alg ES256 --scope write --verification-key-id two
      [ "$status" != 0 ] && has "verification key corresponding to ID one not found"
    }
  done
}

# -- signing --------------------------------------------------------------------------------------

token() { # what .signatures.json $1 says: field $2 of header, payload
  jq -r --argjson n "$2" '.signatures[0] | split(".")[$n] | gsub("-"; "+") | gsub("_"; "/") | @base64d' "$1"
}

# proves: policy sign
# proves: policy --signing-key
# proves: policy --claims-file
# proves: policy --output-file-path
@test "sign lists every file of folders and archives, and the key's owner is believed" {
  bundle && keys
  run "$PARATIA" policy sign -b b --signing-key secret --signing-alg HS256
  [ "$status" = 0 ] && [ -z "$output" ]
  mv .signatures.json signed
  by_hand b/
  [ "$(token signed 0)" = '{"alg":"HS256","typ":"JWT"}' ]
  [ "$(token signed 1 | jq -cS '.files | sort')" = "$(token b/.signatures.json 1 | jq -cS '.files | sort')" ]
  mv signed b/.signatures.json
  run "$PARATIA" eval -f raw -b b --verification-key secret --signing-alg HS256 data.p.q
  [ "$status" = 0 ]
  tar czf b.tar.gz -C b p.rego a/data.json
  echo '{"iss": "me", "n": 1.50}' >claims
  run "$PARATIA" policy sign b.tar.gz -b b --signing-key k.pem --signing-alg ES256 --claims-file claims --output-file-path a
  [ "$status" = 3 ]
  has "a/.signatures.json"
  mkdir a
  run "$PARATIA" policy sign b.tar.gz -b b --signing-key k.pem --signing-alg ES256 --claims-file claims --output-file-path a
  [ "$status" = 0 ]
  [ "$(token a/.signatures.json 1 | jq -c '[.files[].name] | sort')" = '["a/data.json","b/README","b/a/data.json","b/p.rego","p.rego"]' ]
  [ "$(token a/.signatures.json 1 | jq -c '[.iss, .n]')" = '["me",1.5]' ]
}

@test "what cannot sign is told, and a secret is not repeated" {
  bundle && keys
  run "$PARATIA" policy sign -b b
  [ "$status" = 2 ] && has "policy sign needs --bundle and --signing-key"
  run "$PARATIA" policy sign b --signing-key k.pem
  [ "$status" = 2 ] && has "policy sign needs --bundle and --signing-key"
  run "$PARATIA" policy sign -b b --signing-key s3cret --signing-alg HS256
  [ "$status" = 3 ] && has "a secret, too, is taken from a file only"
  hasnt s3cret
  run "$PARATIA" policy sign -b b --signing-key k.pub --signing-alg ES256
  [ "$status" = 1 ] && has "the key does not sign: a private key does"
  run "$PARATIA" policy sign -b b --signing-key k.pem
  [ "$status" = 1 ] && has "the key is of another kind than RS256 wants"
  echo '{"files": []}' >claims
  run "$PARATIA" policy sign -b b --signing-key k.pem --signing-alg ES256 --claims-file claims
  [ "$status" = 1 ] && has 'claims: they are an object without "files"'
  echo '{' >b/a/data.json
  run "$PARATIA" policy sign -b b --signing-key k.pem --signing-alg ES256
  [ "$status" = 1 ] && has "b/a/data.json: "
  [ ! -e .signatures.json ]
}

# -- building -------------------------------------------------------------------------------------

# in_bundle FILE PATH: what PATH of an archive holds
in_bundle() { tar xzOf "$1" --absolute-names "$2"; }

# proves: policy build
# proves: policy --output
# proves: policy --revision
@test "build makes one bundle of files or bundles, the same bytes each time" {
  bundle
  printf '{"revision": "1", "roots": ["p", "a"], "metadata": {"by": "me"}}' >b/.manifest
  run "$PARATIA" policy build -b b
  [ "$status" = 0 ] && [ -z "$output" ]
  [ "$(tar tzf bundle.tar.gz --absolute-names | tr '\n' ' ')" = "/data.json /b/p.rego /.manifest " ]
  [ "$(in_bundle bundle.tar.gz /data.json)" = '{"a":{"x":1.0}}' ]
  [ "$(in_bundle bundle.tar.gz /.manifest)" = '{"metadata":{"by":"me"},"rego_version":1,"revision":"1","roots":["a","p"]}' ]
  run "$PARATIA" eval -f raw -b bundle.tar.gz data.p.q
  [ "$output" = 1.0 ]
  touch -d @0 b/p.rego
  run "$PARATIA" policy build -b b --output again.tar.gz
  cmp bundle.tar.gz again.tar.gz
  run "$PARATIA" policy build -b again.tar.gz --revision "" -o third.tar.gz
  [ "$(in_bundle third.tar.gz /.manifest | jq -r .revision)" = "" ]
  [ "$(tar tzf third.tar.gz --absolute-names | sed -n 2p)" = "/again.tar.gz/b/p.rego" ]
  mkdir c && printf '{"roots": ["c"], "rego_version": 0}' >c/.manifest
  printf 'package c\np { true }\n' >c/c.rego
  printf 'package c.d\nimport rego.v1\np if {true}\n' >c/d.rego # is of v0 all the same
  run "$PARATIA" policy build -b b c
  [ "$status" = 0 ]
  [ "$(in_bundle bundle.tar.gz /.manifest)" = '{"file_rego_versions":{"/c/c.rego":0,"/c/d.rego":0},"rego_version":1,"revision":"","roots":["a","c","p"]}' ]
  run "$PARATIA" eval -f raw -b bundle.tar.gz data.c.p
  [ "$output" = true ]
  run --separate-stderr "$PARATIA" policy build b -o files.tar.gz
  [ "$status" = 0 ] && [ "$stderr" = "paratia: b/.manifest is ignored: --bundle heeds it" ]
  [ "$(in_bundle files.tar.gz /.manifest)" = '{"rego_version":1,"revision":"","roots":[""]}' ]
}

@test "build signs what it makes, after it verified what it takes" {
  bundle && keys
  "$PARATIA" policy sign -b b --signing-key k.pem --signing-alg ES256 -o b
  run "$PARATIA" policy build -b b --verification-key other.pub --signing-key k.pem --signing-alg ES256
  [ "$status" = 1 ] && has "bundle b: failed to verify JWT signature"
  [ ! -e bundle.tar.gz ]
  run "$PARATIA" policy build -b b --verification-key k.pub --signing-key k.pem --signing-alg ES256 -o o.tar.gz
  [ "$status" = 0 ]
  run "$PARATIA" eval -f raw -b o.tar.gz --verification-key k.pub --signing-alg ES256 --verification-key-id default data.p.q
  [ "$output" = 1.0 ]
  run --separate-stderr "$PARATIA" policy build -b b -o unsigned.tar.gz # an old signature would not hold
  [ "$status" = 0 ]
  run "$PARATIA" eval -f pretty -b unsigned.tar.gz --verification-key k.pub --signing-alg ES256 data.p.q
  has "bundle missing .signatures.json file"
}

# proves: policy --target
# proves: policy --optimize
# proves: policy --entrypoint
@test "build refuses what it cannot do, and policies that are wrong" {
  bundle
  run "$PARATIA" policy build -b b -t rego -O 0
  [ "$status" = 0 ]
  run "$PARATIA" policy build -b b --target wasm
  [ "$status" = 2 ] && has "--target wasm is not supported"
  run "$PARATIA" policy build -b b --optimize 1
  [ "$status" = 2 ] && has "--optimize 1 is not supported"
  run "$PARATIA" policy build -b b --entrypoint p/q
  [ "$status" = 2 ] && has "--entrypoint p/q is not supported"
  run "$PARATIA" policy build b --signing-key k.pem
  [ "$status" = 2 ] && has "files are not verified, signed or patched"
  run "$PARATIA" policy build
  [ "$status" = 2 ] && has "policy build needs a PATH, or --bundle"
  printf 'package p\n\nr := nope(1)\n' >b/r.rego
  run "$PARATIA" policy build -b b -o wrong.tar.gz
  [ "$status" = 1 ] && has "b/r.rego:3:6: rego_type_error: undefined function nope"
  [ ! -e wrong.tar.gz ]
  run "$PARATIA" policy build -b nope
  [ "$status" = 3 ] && has "nope"
}

# -- manifests ------------------------------------------------------------------------------------

@test "a manifest that cannot be heeded is refused, not passed over" {
  bundle
  while IFS='|' read -r manifest says; do
    echo "$manifest" >b/.manifest
    run "$PARATIA" eval -f pretty -b b data.p.q
    [ "$status" = 2 ] && has "bundle b: $says"
  done <<'END'
{"ROOTS": ["z"]}|manifest roots [z] do not permit 'package p' in module 'b/p.rego'
{"rootſ": ["z"]}|manifest roots [z] do not permit 'package p' in module 'b/p.rego'
{"roots": ["p", "a"], "Roots": [""]}|bundle load failed on manifest decode: it says roots twice
{"wasm": [{"entrypoint": "p/q", "module": "policy.wasm"}]}|wasm modules are not supported (manifest: entrypoint 'p/q')
{"rego_version": 2}|manifest has unknown rego-version 2
{"file_rego_versions": {"x": 3}}|manifest has unknown rego-version 3 for file 'x'
{"revision": 1}|bundle load failed on manifest decode: json: cannot unmarshal number into Go struct field Manifest.revision of type string
[]|bundle load failed on manifest decode: json: cannot unmarshal array into Go value of type bundle.Manifest
END
  echo '{"roots": null, "revision": null, "more": 1}' >b/.manifest
  run "$PARATIA" eval -f raw -b b data.p.q
  [ "$output" = 1.0 ]
}

# -- delta bundles --------------------------------------------------------------------------------

delta() { # delta PATCH…: a folder d
  mkdir -p d
  printf '{"roots": ["p", "a"], "revision": "2"}' >d/.manifest
  printf '{"data": [%s]}' "$1" >d/patch.json
}

# proves: policy --patch
@test "a delta bundle changes the data of a bundle that is built" {
  bundle
  printf '{"roots": ["a", "p"], "revision": "1"}' >b/.manifest
  echo '{"x": {"y": 1, "l": [1, 2, 3]}}' >b/a/data.json
  delta '{"op": "upsert", "path": "/a/x/z", "value": 2}, {"op": "replace", "path": "a/x/y", "value": 7},
    {"op": "remove", "path": "/a/x/l/0"}, {"op": "upsert", "path": "/a/x/l/-", "value": 9}, {"op": "upsert", "path": "/a/x/l/1", "value": [5]},
    {"op": "upsert", "path": "/a/new/deep/er", "value": 1}, {"op": "upsert", "path": "/a/x~1y/p%20q"}'
  run "$PARATIA" policy build -b b --patch d -o n.tar.gz
  [ "$status" = 0 ]
  [ "$(in_bundle n.tar.gz /data.json)" = '{"a":{"new":{"deep":{"er":1}},"x":{"l":[2,[5],3,9],"y":7,"z":2},"x/y":{"p q":null}}}' ]
  [ "$(in_bundle n.tar.gz /.manifest | jq -r .revision)" = 2 ]
  tar czf d.tar.gz -C d patch.json .manifest
  run "$PARATIA" policy build -b b --patch d.tar.gz -o m.tar.gz
  cmp n.tar.gz m.tar.gz
  while IFS='|' read -r patch says; do
    delta "$patch"
    run "$PARATIA" policy build -b b --patch d -o wrong.tar.gz
    [ "$status" = 1 ] && has "bundle d: $says"
    [ ! -e wrong.tar.gz ]
  done <<'END'
{"op": "replace", "path": "/a/nope", "value": 1}|patch '/a/nope': document does not exist
{"op": "remove", "path": "/a/x/l/7"}|patch '/a/x/l/7': document does not exist
{"op": "upsert", "path": "/a/x/y/z", "value": 1}|patch '/a/x/y/z': what stands above it is no object
{"op": "upsert", "path": "/b", "value": 1}|manifest roots do not permit data patch at path '/b'
{"op": "upsert", "path": "/%62", "value": 1}|manifest roots do not permit data patch at path '/%62'
{"op": "upsert", "path": "/", "value": {}}|manifest roots do not permit data patch at path '/'
{"op": "upsert", "path": "/a/%", "value": 1}|error parsing patch path '/a/%'
{"op": "add", "path": "/a/q", "value": 1}|bad patch operation: add
1|bad patch operation:
|it is no delta bundle: a patch.json is wanted
END
}

@test "a delta bundle is of one bundle with its roots, and is nothing by itself" {
  bundle && keys
  printf '{"roots": ["a", "p"]}' >b/.manifest
  delta '{"op": "upsert", "path": "/a/z", "value": 2}'
  run "$PARATIA" eval -f pretty -b d data
  [ "$status" = 2 ] && has "bundle d: it is a delta bundle, and there is nothing that it could change"
  run "$PARATIA" policy build b --patch d
  [ "$status" = 2 ] && has "files are not verified, signed or patched"
  printf '{"roots": ["a"]}' >d/.manifest
  run "$PARATIA" policy build -b b --patch d
  [ "$status" = 1 ] && has "bundle d: delta bundle has manifest roots that are different"
  rm d/.manifest
  run "$PARATIA" policy build -b b --patch d
  [ "$status" = 1 ] && has "bundle d: delta bundle has manifest roots that are different"
  delta '{"op": "upsert", "path": "/a/z", "value": 2}'
  "$PARATIA" policy sign -b b --signing-key k.pem --signing-alg ES256 -o b
  run "$PARATIA" policy build -b b --patch d --verification-key k.pub --signing-alg ES256
  [ "$status" = 1 ] && has "bundle d: delta bundles do not support signature verification"
  echo '{}' >d/data.json
  run "$PARATIA" policy build -b b --patch d
  [ "$status" = 1 ] && has "delta bundle expected to contain only patch file but data files found"
  echo '{"data": []}' >b/patch.json # no delta: a bundle
  run "$PARATIA" eval -f raw -b b data.p.q
  [ "$status" = 0 ]
}

# -- looking into bundles -------------------------------------------------------------------------

described() { # a folder i with a bundle that says much of itself
  mkdir -p i/a/b i/c
  cat >i/a/b/p.rego <<'END'
# METADATA
# title: All of it
# description: |
#  Two
#  lines
# organizations: [Acme]
# authors:
# - Ada <ada@example.org>
# - name: Bob
# related_resources:
# - ref: https://example.org
#   description: why
# schemas:
# - input: schema.request
# - input.x: {type: string}
# custom:
#  level: 3
#  owner: me
package a.b

# METADATA
# entrypoint: true
allow if input.x == 1
END
  printf 'package a["b-c"]\n' >i/c/q.rego
  printf '\n# METADATA\n# title: deep\ng.h[x].j if x := 1\n' >>i/c/q.rego
  echo '{}' >i/a/b/data.json
  printf '{"revision": "7", "roots": ["a", "c/"], "metadata": {"by": ["me"]}, "rego_version": 1}' >i/.manifest
}

# proves: policy inspect
@test "inspect shows manifest, namespaces and the signature, which it does not verify" {
  described && keys
  echo '{"scope": "write", "keyid": "old"}' >claims
  "$PARATIA" policy sign -b i --signing-key k.pem --signing-alg ES256 --claims-file claims -o i
  run "$PARATIA" policy inspect i
  [ "$status" = 0 ]
  [ "$output" = "$(cat <<'END'
MANIFEST:
┌──────────────┬───────────────┐
│    FIELD     │     VALUE     │
├──────────────┼───────────────┤
│ Rego Version │ 1             │
│ Revision     │ 7             │
│ Roots        │ a             │
│              │ c             │
│ Metadata     │ {"by":["me"]} │
└──────────────┴───────────────┘
SIGNATURE (not verified):
┌────────────────┬───────┐
│     FIELD      │ VALUE │
├────────────────┼───────┤
│ Algorithm      │ ES256 │
│ Key ID (claim) │ old   │
│ Scope          │ write │
│ Files          │ 4     │
└────────────────┴───────┘
NAMESPACES:
┌───────────────┬─────────────────┐
│   NAMESPACE   │      FILE       │
├───────────────┼─────────────────┤
│ data.a.b      │ i/a/b/p.rego    │
│               │ i/a/b/data.json │
│ data.a["b-c"] │ i/c/q.rego      │
└───────────────┴─────────────────┘
END
)" ]
  tar czf i.tar.gz -C i .manifest a c
  run "$PARATIA" policy inspect i.tar.gz
  line data.a.b a/b/p.rego
  hasnt SIGNATURE
  run "$PARATIA" policy inspect i/c/q.rego
  [ "$status" = 0 ]
  line 'data.a["b-c"]' i/c/q.rego
  hasnt MANIFEST
}

# proves: policy --annotations
# proves: policy --format
@test "inspect shows annotations, and all of it as JSON" {
  described
  run "$PARATIA" policy inspect -a i/a/b/p.rego
  [ "$status" = 0 ]
  [ "${output#*ANNOTATIONS:$'\n'}" = "$(cat <<'END'
All of it
=========

Two
lines


Package:  a.b
Location: i/a/b/p.rego:19
Scope: package

Organizations:
 Acme

Authors:
 Ada <ada@example.org>
 Bob

Schemas:
 input:   schema.request
 input.x: {"type":"string"}

Related Resources:
 https://example.org why

Custom:
 level: 3
 owner: "me"

a.b.allow
=========

Package:  a.b
Rule:     allow
Location: i/a/b/p.rego:23
Scope: document
Entrypoint: true
END
)" ]
  run "$PARATIA" policy inspect --annotations --format json i
  [ "$status" = 0 ]
  [ "$(jq -c '.manifest, .signatures_config, .namespaces' <<<"$output")" = '{"metadata":{"by":["me"]},"rego_version":1,"revision":"7","roots":["a","c"]}
{}
{"data.a.b":["i/a/b/p.rego","i/a/b/data.json"],"data.a[\"b-c\"]":["i/c/q.rego"]}' ]
  [ "$(jq -c '.annotations | map(.path | map(.value) | join("/"))' <<<"$output")" = '["data/a/b","data/a/b/allow","data/a/b-c/g/h"]' ]
  [ "$(jq -c '.annotations[0].annotations.schemas' <<<"$output")" = '[{"path":[{"type":"var","value":"input"}],"schema":[{"type":"var","value":"schema"},{"type":"string","value":"request"}]},{"definition":{"type":"string"},"path":[{"type":"var","value":"input"},{"type":"string","value":"x"}]}]' ]
  [ "$(jq -c '.annotations[1].location' <<<"$output")" = '{"col":1,"file":"i/a/b/p.rego","row":23}' ]
  run "$PARATIA" policy inspect --format table i
  [ "$status" = 2 ] && has "there is no format table"
  run "$PARATIA" policy inspect
  [ "$status" = 2 ] && has "policy inspect needs one PATH"
  run "$PARATIA" policy inspect nope
  [ "$status" = 3 ] && has nope
  printf 'package x\np := \n' >i/bad.rego
  run "$PARATIA" policy inspect i
  [ "$status" = 1 ] && has "i/bad.rego:3: rego_parse_error"
}

@test "inspect shows Wasm modules and deltas, and writes out what acts on terminals" {
  mkdir w && printf '{"revision": "a\\u001b[2Jb", "wasm": [{"entrypoint": "a/b", "module": "/policy.wasm"}]}' >w/.manifest && echo x >w/policy.wasm
  run "$PARATIA" policy inspect w -f json
  [ "$(jq -c .wasm_modules <<<"$output")" = '[{"entrypoints":["data.a.b"],"path":"w/policy.wasm","url":"w/policy.wasm"}]' ]
  run "$PARATIA" policy inspect w
  [ "$status" = 0 ]
  has '\x1b[2J'
  line data.a.b w/policy.wasm
  bundle && delta '{"op": "upsert", "path": "/a/z", "value": 2}'
  run "$PARATIA" policy inspect d
  [ "$status" = 0 ]
  line Revision 2
}

# proves: policy test --verification-key
# proves: policy bench --verification-key
@test "test and bench use bundles only if the key signed them, too" {
  bundle && keys
  printf 'package p\n\ntest_q if q == 1\n' >b/p_test.rego
  "$PARATIA" policy sign -b b --signing-key k.pem --signing-alg ES256 --output-file-path b
  for words in "test" "bench data.p.q --duration 10ms"; do
    run "$PARATIA" policy $words --bundle b --verification-key k.pub --signing-alg ES256
    [ "$status" = 0 ]
    run "$PARATIA" policy $words --bundle b --verification-key other.pub --signing-alg ES256
    [ "$status" = 1 ]
    has "bundle b: "
    run "$PARATIA" policy $words --bundle b
    [ "$status" = 0 ]
    has "bundle b is signed, and the signature was not verified"
  done
}

@test "a bundle that holds nothing opens no gate" {
  mkdir empty
  tar cf - -T /dev/null | gzip >empty.tar.gz
  for bundle in empty empty.tar.gz; do
    run "$PARATIA" eval -b "$bundle" --fail-defined 'data.deny[_]'
    [ "$status" = 2 ]
    has "bundle $bundle holds nothing: no policy, no data, no manifest"
  done
  echo '{}' >empty/.manifest # who says so means it
  run "$PARATIA" eval -b empty 1
  [ "$status" = 0 ]
}

@test "what is no regular file stays what it is" {
  bundle && keys
  mkfifo pipe
  ln -s elsewhere link
  for place in pipe link; do
    run "$PARATIA" policy build -b b -o "$place"
    [ "$status" = 2 ]
    has "it is there, and no regular file"
  done
  [ -p pipe ] && [ -L link ] && [ ! -e elsewhere ]
  ln -s elsewhere b/.signatures.json
  run "$PARATIA" policy sign -b b --signing-key k.pem --signing-alg ES256 --output-file-path b
  [ "$status" != 0 ] && [ -L b/.signatures.json ]
  touch private && chmod 600 private
  "$PARATIA" policy build p b -o private 2>/dev/null || "$PARATIA" policy build b/p.rego -o private
  [ "$(stat -c %a private)" = 600 ]
}
