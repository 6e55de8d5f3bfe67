load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# Servers of our own on loopback: one in clear, one with TLS, one that wants a certificate.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  new() { # new NAME OPTION…: a key and a certificate for two days
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$1.key" -out "$1.pem" -subj "/CN=$1" "${@:2}" 2>/dev/null
  }
  new ca && new other && new server -CA ca.pem -CAkey ca.key -addext basicConstraints=CA:FALSE -addext subjectAltName=IP:127.0.0.1,DNS:tls.example &&
    new client -CA ca.pem -CAkey ca.key -addext basicConstraints=CA:FALSE || return 1
  serve clear && serve tls server.pem server.key && serve both server.pem server.key ca.pem
}

serve() { # serve NAME [CERT KEY [CA]]
  setsid "$PT_REPO/tests/e2e/web" "$1.port" "$1.log" "${@:2}" >/dev/null 2>&1 3>&- &
  echo $! >"$1.pid"
  for _ in $(seq 200); do [ -s "$1.port" ] && return; sleep 0.05; done
  return 1
}

teardown_file() {
  local pid
  for pid in "$BATS_FILE_TMPDIR"/*.pid; do kill "$(cat "$pid")"; done
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  web=http://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/clear.port")
  tls=https://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/tls.port")
  both=https://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/both.port")
  log=$BATS_FILE_TMPDIR/clear.log
}

# ask OPTION… -- PATH [FIELDS]: http.send as `x`, and what FORMAT shows of it.
ask() {
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  run timeout 30 "$PARATIA" eval --strict-builtin-errors -f raw "${options[@]}" "http.send({\"method\": \"get\", \"url\": \"$2\"${3:+, $3}})${4:-}"
}

# proves: eval --allow-net
@test "http.send asks a host that was named, and gives what opa gives" {
  run "$PARATIA" eval --allow-net 127.0.0.1 "x := http.send({\"method\": \"post\", \"url\": \"$web/echo?a=b\", \"headers\": {\"x-a\": \"b\"}, \"body\": {\"k\": [1]}})"
  [ "$status" = 0 ]
  jq -e '.result[0].bindings.x | .status == "200 OK" and .status_code == 200 and .headers["content-type"] == ["application/json"] and
    (.raw_body | fromjson) == .body and .body.method == "POST" and .body.path == "/echo?a=b" and .body.body == "{\"k\":[1]}" and
    .body.headers["x-a"] == "b"' <<<"$output"
}

@test "without the option, and to any other host or port, evaluation ends" {
  : >"$log"
  ask -- "$web/echo" '"raise_error": false'
  [ "$status" = 2 ]
  has "policies may not use the network"
  local url port=${web##*:}
  for url in "$web/echo" "http://127.0.0.2:$port/" "http://[::1]:$port/" "http://localhost:1@127.0.0.1:$port/" "http://127.0.0.1.:$port/"; do
    ask --allow-net localhost --allow-net 127.0.0.1:1 --allow-net 127.0.0.3 -- "$url" '"raise_error": false'
    [ "$status" = 2 ]
    has "disallowed host: "
  done
  for url in "http://0x7f.1:$port/" "http://2130706433:$port/" "http://0177.0.0.1:$port/" "file:///etc/passwd" "gopher://127.0.0.1:$port/"; do
    ask --allow-net 127.0.0.1 -- "$url"
    [ "$status" = 2 ]
    has eval_builtin_error
  done
  [ ! -s "$log" ]
}

@test "a name may be used, but not if it leads to an address that nobody named" {
  local port=${web##*:} name
  ask --allow-net localhost -- "http://LOCALHOST.:$port/echo" '' .body.headers.host
  [ "$status" = 0 ]
  [ "$output" = "localhost:$port" ]
  name=$(hostname)
  [[ $(getent ahosts "$name") == 127.* ]] || skip "$name is not on loopback"
  ask --allow-net "$name" -- "http://$name:$port/echo"
  [ "$status" = 2 ]
  has "an address that is not public"
  ask --allow-net "$name" --allow-net "$(getent ahosts "$name" | awk '{print $1; exit}')" -- "http://$name:$port/echo" '' .status_code
  [ "$output" = 200 ]
}

@test "redirects are followed if asked for, to hosts that were named, without secrets" {
  local port=${web##*:} secret='"headers": {"Authorization": "s", "X-Key": "s"}, "enable_redirect": true'
  ask --allow-net 127.0.0.1 -- "$web/to?to=/echo" '' .status_code
  [ "$output" = 302 ]
  ask --allow-net 127.0.0.1 -- "$web/to?to=/echo" "$secret" .raw_body
  has '"x-key": "s"'
  ask --allow-net 127.0.0.1 --allow-net localhost -- "$web/to?to=http://localhost:$port/echo" "$secret" .raw_body
  has "localhost:$port"
  hasnt '"s"'
  ask --allow-net 127.0.0.1 -- "$web/to?to=http://localhost:$port/echo" "$secret"
  [ "$status" = 2 ]
  has "refused: 127.0.0.1:$port redirects to disallowed host localhost:$port"
  run "$PARATIA" eval --allow-net 127.0.0.1 --fail-defined \
    "not http.send({\"method\": \"get\", \"url\": \"$web/to?to=http://localhost:$port/echo\", \"enable_redirect\": true, \"raise_error\": false}).status_code == 0"
  [ "$status" = 2 ] # a gate does not open
  run "$PARATIA" eval --allow-net localhost 'http.send({"method": "get", "url": "unix://localhost/x?socket=%2Fx"})'
  [ "$status" = 2 ]
  has "refused: unsupported protocol scheme"
  ask --allow-net 127.0.0.1 -- "$web/loop" "$secret"
  has "stopped after 10 redirects"
}

@test "TLS is verified, by authorities and names that the policy gives" {
  local ca
  ca='"tls_ca_cert_file": "'$BATS_FILE_TMPDIR'/ca.pem"'
  ask --allow-net 127.0.0.1 -- "$tls/echo" "$ca" .status_code
  [ "$output" = 200 ]
  ask --allow-net 127.0.0.1 -- "$tls/echo" '"tls_ca_cert_file": "'"$BATS_FILE_TMPDIR"'/other.pem"'
  [ "$status" = 2 ]
  ask --allow-net 127.0.0.1 -- "$tls/echo"
  [ "$status" = 2 ]
  ask --allow-net 127.0.0.1 -- "$tls/echo" '"tls_insecure_skip_verify": true' .status_code
  [ "$output" = 200 ]
  ask --allow-net 127.0.0.1 -- "$tls/echo" "$ca, \"tls_server_name\": \"tls.example\"" .body.headers.host
  [ "$output" = "${tls#https://}" ]
  ask --allow-net 127.0.0.1 -- "$tls/echo" "$ca, \"tls_server_name\": \"wrong.example\""
  [ "$status" = 2 ]
  CA=$(cat "$BATS_FILE_TMPDIR/ca.pem") ask --allow-net 127.0.0.1 -- "$tls/echo" '"tls_ca_cert_env_variable": "CA"' .status_code
  [ "$output" = 200 ]
  ask --allow-net 127.0.0.1 -- "$tls/echo" "\"tls_ca_cert\": $(jq -Rs . <"$BATS_FILE_TMPDIR/ca.pem")" .status_code
  [ "$output" = 200 ]
  ask --allow-net 127.0.0.1 -- "$tls/echo" '"tls_ca_cert": "none"'
  has "could not append certificates"
  ask --allow-net 127.0.0.1 -- "$both/echo" "$ca"
  [ "$status" = 2 ]
  ask --allow-net 127.0.0.1 -- "$both/echo" "$ca, \"tls_client_cert_file\": \"$BATS_FILE_TMPDIR/client.pem\", \"tls_client_key_file\": \"$BATS_FILE_TMPDIR/client.key\"" .status_code
  [ "$output" = 200 ]
}

@test "slow servers, cut bodies and large ones end by the limits" {
  local begin=$SECONDS
  ask --allow-net 127.0.0.1 -- "$web/slow" '"timeout": "200ms"'
  [ "$status" = 2 ]
  has "request timed out"
  ask --allow-net 127.0.0.1 -- "$web/drip" '"timeout": "300ms"'
  has "while reading body"
  ask --allow-net 127.0.0.1 --timeout 200ms -- "$web/slow" '"raise_error": false, "timeout": "1h"'
  has "eval_cancel_error"
  ask --allow-net 127.0.0.1 --timeout 200ms -- "$web/drip" '"raise_error": false, "timeout": 0'
  has "eval_cancel_error"
  ask --allow-net 127.0.0.1 -- "$web/bomb" '"raise_error": false'
  [ "$status" = 2 ]
  has "eval_limit_error"
  [ $((SECONDS - begin)) -lt 20 ]
}

@test "an answer is an error object where that was asked for" {
  ask --allow-net 127.0.0.1 -- "http://127.0.0.1:1/" '"raise_error": false'
  [ "$status" = 0 ]
  [ "$output" = '{"error":{"code":"eval_http_send_network_error","message":"Get \"http://127.0.0.1:1/\": dial tcp 127.0.0.1:1: connect: connection refused"},"status_code":0}' ]
}

@test "one evaluation sends the same request once" {
  : >"$log"
  run "$PARATIA" eval -f raw --allow-net 127.0.0.1 "[x | some i in [1, 2, 3]; x := http.send({\"method\": \"get\", \"url\": \"$web/echo?once\"}).status_code]"
  [ "$output" = "[200,200,200]" ]
  [ "$(cat "$log")" = "GET /echo?once" ]
}

@test "no proxy of the environment is asked, and gzip is unpacked" {
  http_proxy=http://127.0.0.1:1 HTTP_PROXY=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 ask --allow-net 127.0.0.1 -- "$web/gzip" '' .body
  [ "$status" = 0 ]
  [ "$output" = '{"packed":true}' ]
  ask --allow-net 127.0.0.1 -- "$web/cut" '"raise_error": false' .error.message
  has "unexpected EOF"
}

@test "what trails an answer ends, too" {
  ask --allow-net 127.0.0.1 -- "$web/trailers" '"raise_error": false' .error.message
  [ "$status" = 2 ]
  has "the answer is larger"
}

@test "net.lookup_ip_addr knows the names that were named" {
  run "$PARATIA" eval -f raw --allow-net localhost '"127.0.0.1" in net.lookup_ip_addr("localhost")'
  [ "$output" = true ]
  run "$PARATIA" eval --allow-net localhost 'net.lookup_ip_addr("example.org")'
  [ "$status" = 2 ]
  has "disallowed host: example.org"
}

@test "what is no host is a usage error" {
  local host
  for host in '*.example.org' 'http://a.example' 'a.example:0' 2130706433 ''; do
    run "$PARATIA" eval --allow-net "$host" true
    [ "$status" = 2 ]
    has "not a host"
  done
}

# proves: policy test --allow-net
@test "tests of policies may ask hosts that were named" {
  cat >web_test.rego <<REGO
package web_test

test_one if http.send({"method": "get", "url": "$web/echo?1"}).status_code == 200

test_two if http.send({"method": "get", "url": "$web/echo?2"}).status_code == 200
REGO
  run "$PARATIA" policy test --allow-net 127.0.0.1 web_test.rego
  [ "$status" = 0 ]
  run "$PARATIA" policy test web_test.rego
  [ "$status" = 1 ]
  has "policies may not use the network"
}
