# paratia guard k8s over HTTP/2: many reviews at once on a connection.
load lib
load guard_k8s

setup_file() {
  mkdir -p "$K8S"
  k8s_policy >"$K8S/policy.yaml"
  echo '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"},"spec":{"containers":[{"name":"c","image":"web:1"}]}}' >"$K8S/pod.json"
  jq '.metadata.labels.owner = "jane"' "$K8S/pod.json" >"$K8S/owned.json"
}

teardown() { k8s_stop; }

# many N WORD…: asks for so many reviews, up to 100 at a time, of owned.review; answers go to answers/,
# and a line for each says its status, its protocol and how many connections were made for it.
many() {
  local n=$1
  shift
  mkdir -p answers
  curl -sZ --parallel-max 100 --cacert "$K8S/ca.crt" --connect-to "localhost:$K8S_PORT:127.0.0.1:$K8S_PORT" \
    --data-binary @owned.review -o 'answers/#1' -w '%{http_code} %{http_version} %{num_connects}\n' "$@" \
    "https://localhost:$K8S_PORT/v1/admit?timeout=10s&n=[1-$n]"
}

@test "a hundred reviews at once need one connection, and a denial among them is one" {
  k8s_start --enforce --policy "$K8S/policy.yaml"
  k8s_ca
  review "$K8S/owned.json" >owned.review
  review "$K8S/pod.json" >pod.review
  for n in $(seq 100); do
    data=owned.review && [ "$n" = 50 ] && data=pod.review
    printf 'cacert = "%s"\nconnect-to = "localhost:%s:127.0.0.1:%s"\ndata-binary = "@%s"\noutput = "%s.answer"\nwrite-out = "%%{http_code} %%{http_version} %%{num_connects}\\n"\nurl = "https://localhost:%s/v1/admit?timeout=10s"\nnext\n' \
      "$K8S/ca.crt" "$K8S_PORT" "$K8S_PORT" "$data" "$n" "$K8S_PORT"
  done | sed '$d' >config
  curl -sZ --parallel-max 100 -K config >lines
  run sort lines
  [ "$(wc -l <lines)" = 100 ]
  [ "$(grep -c '^200 2 ' lines)" = 100 ]
  [ "$(awk '{n += $3} END {print n}' lines)" = 1 ]
  run cat 50.answer
  refused "[must-have-owner] web has no owner"
  rm 50.answer
  [ "$(cat ./*.answer | jq -s 'map(select(.response.allowed)) | length')" = 99 ]
  [ "$(metric 'paratia_guard_answers_total{status="deny"')" = 1 ] || curl -s "http://127.0.0.1:$K8S_PROBES/metrics"
}

@test "who speaks HTTP/1.1 only is answered as before, and there is no upgrade" {
  k8s_start --enforce --policy "$K8S/policy.yaml"
  run admit --http1.1 -w ' %{http_version}' < <(review "$K8S/owned.json")
  [[ $output == *'"allowed":true'*' 1.1' ]]
  run admit --no-alpn -w ' %{http_version}' < <(review "$K8S/owned.json")
  [[ $output == *'"allowed":true'*' 1.1' ]]
  run curl -s --http2 -w '%{http_version} %{http_code}' "http://127.0.0.1:$K8S_PROBES/healthz" # asks for h2c
  has "1.1 200"
  run curl -s --http2-prior-knowledge --max-time 5 "http://127.0.0.1:$K8S_PROBES/healthz"
  [ "$status" != 0 ]
}

@test "what is too long is refused, and the connection goes on" {
  k8s_start --enforce --policy "$K8S/policy.yaml"
  k8s_ca
  head -c 9000000 /dev/zero | tr '\0' ' ' >large
  seq 101 | sed 's/.*/X-&: y/' >head
  review "$K8S/owned.json" >owned.review
  ask() { curl -s --cacert "$K8S/ca.crt" --connect-to "localhost:$K8S_PORT:127.0.0.1:$K8S_PORT" -w '%{http_code} %{http_version} %{num_connects}\n' -o answer "$@"; }
  run ask --data-binary @large "https://localhost:$K8S_PORT/v1/admit" --next --cacert "$K8S/ca.crt" --connect-to "localhost:$K8S_PORT:127.0.0.1:$K8S_PORT" \
    -w '%{http_code} %{http_version} %{num_connects}\n' --data-binary @owned.review -o answer "https://localhost:$K8S_PORT/v1/admit"
  [ "${lines[0]}" = "413 2 1" ]
  [ "${lines[1]}" = "200 2 0" ]
  run ask -H @head --data-binary @owned.review "https://localhost:$K8S_PORT/v1/admit"
  [[ $output == "431 2 "* ]]
  head -c 8000000 /dev/zero | tr '\0' ' ' >fits
  cat fits owned.review >fitting.review
  run ask --data-binary @fitting.review "https://localhost:$K8S_PORT/v1/admit"
  [ "$output" = "200 2 1" ]
  run cat answer
  allowed
}

# proves: guard --drain
@test "settings that are read again and a drain lose no review" {
  cp "$K8S/policy.yaml" policy.yaml
  k8s_start --enforce --policy policy.yaml --drain 120s
  k8s_ca
  review "$K8S/owned.json" >owned.review
  many 3000 >lines 3>&- &
  load=$!
  for _ in $(seq 200); do [ -s lines ] && break; sleep 0.05; done
  sed -i 's/has no owner/wants an owner/' policy.yaml
  for _ in $(seq 200); do grep -q "read again" "$K8S/err" && break; sleep 0.1; done
  wait "$load"
  [ "$(grep -c '^200 2 ' lines)" = 3000 ]
  many 3000 >lines 3>&- &
  load=$!
  for _ in $(seq 200); do [ -s lines ] && break; sleep 0.05; done
  kill -TERM "$(cat "$K8S/guard.pid")" # it serves on
  wait "$load"
  [ "$(grep -c '^200 2 ' lines)" = 3000 ]
  k8s_stop # and the second signal ends it
  run cat "$K8S/err"
  line "0 of 6000 reviews denied"
}

@test "what was begun when it ends is answered" {
  k8s_start --enforce --policy "$K8S/policy.yaml"
  k8s_ca
  review "$K8S/owned.json" >owned.review
  many 5000 --retry 0 >lines 3>&- &
  load=$!
  for _ in $(seq 200); do [ -s lines ] && break; sleep 0.05; done
  k8s_stop
  wait "$load" || true
  answered=$(grep -c '^200 2 ' lines)
  [ "$answered" -gt 0 ]
  run cat "$K8S/err"
  line "0 of $answered reviews denied"
}
