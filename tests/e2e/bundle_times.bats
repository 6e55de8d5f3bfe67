load lib

# A token may say until when, and from when on, it is good (RFC 7519: exp, nbf). `opa eval` 1.22.2 knows
# neither; who signed with one meant it.

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  openssl ecparam -name prime256v1 -genkey -noout -out k.pem && openssl ec -in k.pem -pubout -out k.pub
} 2>/dev/null

# signed CLAIMS: b, signed with them.
signed() {
  mkdir -p b
  printf 'package p\n\nq := 1\n' >b/p.rego
  echo "$1" >claims
  "$PARATIA" policy sign -b b --signing-key "$BATS_FILE_TMPDIR/k.pem" --signing-alg ES256 --claims-file claims -o b
}

verified() {
  run "$PARATIA" eval -f raw -b b --verification-key "$BATS_FILE_TMPDIR/k.pub" --signing-alg ES256 --verification-key-id default data.p.q
}

@test "a bundle whose signature is over is refused, by every verb that verifies" {
  local now
  now=$(date +%s)
  signed "{\"exp\": $((now + 3600)), \"nbf\": $((now - 1)), \"keyid\": \"default\"}"
  verified
  [ "$status" = 0 ] && [ "$output" = 1 ]
  signed '{"exp": 1700000000, "keyid": "default"}'
  verified
  [ "$status" = 2 ]
  has 'the signature is over since 2023-11-14T22:13:20Z (exp): the bundle has to be signed again'
  run "$PARATIA" policy check -b b --verification-key "$BATS_FILE_TMPDIR/k.pub" --signing-alg ES256
  [ "$status" = 1 ]
  has 'is over since'
  run "$PARATIA" policy build -b b --verification-key "$BATS_FILE_TMPDIR/k.pub" --signing-alg ES256 -o new.tar.gz
  [ "$status" = 1 ] && [ ! -e new.tar.gz ]
}

@test "one that is not good yet, and one that says no time, are refused" {
  signed "{\"nbf\": $(($(date +%s) + 3600)), \"keyid\": \"default\"}"
  verified
  [ "$status" = 2 ]
  has 'the signature is not good before '
  signed '{"exp": "tomorrow", "keyid": "default"}'
  verified
  [ "$status" = 2 ]
  has '"exp" is no time'
}
