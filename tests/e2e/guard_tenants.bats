load lib
load guard

# One daemon that two tenants share, set up as `--install --tenants` writes it down.
setup_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  mkdir -p "$GUARD/root" "$GUARD/wrong"
  export TENANTS=$GUARD/tenants.yaml TENANT_STATE=$GUARD/root/var/lib/paratia
  tenants
  "$PARATIA" guard docker --install --enforce --root "$GUARD/root" --tenants "$TENANTS" >"$GUARD/installed" 2>&1
  sed "s|/etc/docker/paratia/|$GUARD/root&|" "$GUARD/root/etc/docker/daemon.json" >"$GUARD/daemon.json"
  guarded_dockerd -H tcp://127.0.0.1:2376
  local root=$GUARD/image user
  mkdir -p "$root/bin" "$root/etc" "$root/tmp"
  cp /bin/busybox "$root/bin/busybox" && ln -sf busybox "$root/bin/sh" && ln -sf busybox "$root/bin/true"
  tar -C "$root" -c . | d import -c 'CMD ["/bin/sh"]' -c 'ENV PATH=/bin' - pt-base:1 >/dev/null
  IMAGE=$(d image inspect -f '{{.Id}}' pt-base:1)
  export IMAGE
  for user in alice bob olga dora; do issue "$user" >/dev/null; done
  guard --enforce --tenants "$TENANTS"
  t alice network create --label paratia.tenant=shop shop.net >/dev/null
  t bob network create --label paratia.tenant=acme acme.net >/dev/null
  t alice volume create --label paratia.tenant=shop shop.data >/dev/null
  t bob volume create --label paratia.tenant=acme acme.data >/dev/null
  t alice run -d --name shop.web --label paratia.tenant=shop --network shop.net -v shop.data:/d "$IMAGE" /bin/busybox sleep 900 >/dev/null
  t bob run -d --name acme.web --label paratia.tenant=acme --network acme.net -v acme.data:/d "$IMAGE" /bin/busybox sleep 900 >/dev/null
}

teardown_file() {
  [ -z "${PT_NO_DOCKER:-}" ] || return 0
  d ps -aq | xargs -r /usr/bin/docker -H "unix://$GUARD/docker.sock" rm -f >/dev/null 2>&1 || true
  guarded_dockerd_stop
}

setup() {
  need_docker
  cd "$BATS_TEST_TMPDIR" || return 1
}

# tenants [LINE…]: the file, with these lines at its end.
tenants() {
  cat >"$TENANTS" <<'YAML'
operators: [olga]
tenants:
  shop: {users: [alice], labels: {plan: small}}
  acme: {users: [bob]}
  dodo: {users: [dora]}
YAML
  [ $# = 0 ] || printf '%s\n' "$@" >>"$TENANTS"
  chmod 644 "$TENANTS"
}

# again: the guard reads the file again.
again() {
  local n
  n=$(grep -c "settings read again" "$GUARD/err" || true)
  kill -HUP "$(cat "$GUARD/guard.pid")"
  for _ in $(seq 200); do [ "$(grep -c "settings read again" "$GUARD/err" || true)" -gt "$n" ] && return 0; sleep 0.02; done
  cat "$GUARD/err"
  return 1
}

# issue USER [WORD…]: into $GUARD/tls-USER.
issue() { "$PARATIA" guard docker --tenants "$TENANTS" --issue "$1" --to "$GUARD/tls-$1" --state "$TENANT_STATE" "${@:2}"; }

# inside WORD…: in the network of the daemon.
inside() { nsenter --net="/proc/$(cat "$GUARD/docker.pid")/ns/net" -- "$@"; }

# t USER WORD…: Docker's client with the certificate of USER.
t() { DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$GUARD/tls-$1 inside /usr/bin/docker -H tcp://127.0.0.1:2376 "${@:2}"; }

# engine USER METHOD PATH [BODY]: straight to the daemon.
engine() {
  inside curl -s --max-time 20 --cacert "$GUARD/tls-$1/ca.pem" --cert "$GUARD/tls-$1/cert.pem" --key "$GUARD/tls-$1/key.pem" \
    -X "$2" ${4:+-H 'Content-Type: application/json' -d "$4"} "https://127.0.0.1:2376/v1.41$3"
}

# kept_out USER RULE WORD…: the client is refused, and told the rule.
kept_out() {
  run t "$1" "${@:3}"
  [ "$status" != 0 ] || { echo "$1 may: ${*:3}"; return 1; }
  has "authorization denied by plugin paratia"
  has "$2"
}

# forbidden USER RULE METHOD PATH [BODY]
forbidden() {
  run engine "$1" "${@:3}"
  has "authorization denied by plugin paratia" || { echo "$1 may: ${*:3}"; return 1; }
  has "$2"
}

# -- certificates -------------------------------------------------------------------------------------

# proves: guard --issue
# proves: guard --to
# proves: guard --life
@test "a certificate is short-lived, its key is the user's alone, it leaves a receipt and overwrites nothing" {
  run issue alice
  [ "$status" = 3 ]
  has "tls-alice/key.pem: "
  has "a certificate is there already, and stays"
  rm -rf "$GUARD/tls-new"
  run "$PARATIA" guard docker --tenants "$TENANTS" --issue alice --to "$GUARD/tls-new" --state "$TENANT_STATE" --life 1h
  [ "$status" = 0 ]
  line "alice, tenant shop: serial " ", receipt "
  local serial n
  serial=$(sed -nE 's/.*: serial ([0-9a-f]+),.*/\1/p' <<<"$output")
  n=$(sed -nE 's/.*receipt ([0-9]+)$/\1/p' <<<"$output")
  [ "$(stat -c %a "$GUARD/tls-new")" = 700 ]
  [ "$(stat -c %a "$GUARD/tls-new/key.pem")" = 600 ]
  run openssl verify -purpose sslclient -CAfile "$GUARD/tls-new/ca.pem" "$GUARD/tls-new/cert.pem"
  [ "$status" = 0 ]
  openssl x509 -noout -checkend 3700 -in "$GUARD/tls-new/cert.pem" && return 1
  openssl x509 -noout -checkend 3000 -in "$GUARD/tls-new/cert.pem" >/dev/null
  run "$PARATIA" prove "$n" --state "$TENANT_STATE"
  [ "$status" = 0 ]
  has "certificate issued"
  run grep -rla alice "$TENANT_STATE/ledger"
  [ -z "$output" ]
  grep -rqa "\"serial\":\"$serial\"" "$TENANT_STATE/ledger"
  [ "$(stat -c %a "$TENANT_STATE/docker-certs/ca.key")" = 600 ]
  rm -rf "$GUARD/tls-new"
}

@test "who has no tenant gets no certificate; a life longer than the authority's is refused; nothing is made then" {
  run "$PARATIA" guard docker --tenants "$TENANTS" --issue alicf --to new --state "$TENANT_STATE"
  [ "$status" = 2 ]
  has "alicf has no tenant"
  has "try: alice"
  run "$PARATIA" guard docker --tenants "$TENANTS" --issue alice --to new --state "$TENANT_STATE" --life 366d
  [ "$status" = 2 ]
  has "the authority lives until"
  run "$PARATIA" guard docker --tenants "$TENANTS" --issue alice --to new --state "$PWD/empty"
  [ "$status" = 3 ]
  has "--install makes it"
  [ ! -e new ]
  run "$PARATIA" guard docker --issue alice
  [ "$status" = 2 ]
  run "$PARATIA" guard docker --tenants "$TENANTS" --enforce --life 1h
  [ "$status" = 2 ]
  has "--life is of --issue"
}

# proves: guard --tls-listen
# proves: guard --tls-name
# proves: guard --ca-life
@test "install writes dockerd's TLS, and the way back leaves nothing that is open" {
  mkdir -p root/etc/docker
  printf '{\n\t"icc": false\n}\n' >root/etc/docker/daemon.json
  cp root/etc/docker/daemon.json before
  local words=(guard docker --root root --enforce --tenants "$TENANTS")
  run "$PARATIA" "${words[@]}" --install --tls-listen 10.0.0.5:2376 --tls-name docker.example.org --ca-life 90d
  [ "$status" = 0 ]
  has "systemctl restart docker.socket docker"
  [ "$(jq -c . root/etc/docker/daemon.json)" = '{"tlsverify":true,"tlscacert":"/etc/docker/paratia/ca.pem","tlscert":"/etc/docker/paratia/server.pem","tlskey":"/etc/docker/paratia/server-key.pem","authorization-plugins":["paratia"],"icc":false}' ]
  grep -qx ListenStream=10.0.0.5:2376 root/etc/systemd/system/docker.socket.d/paratia-tls.conf
  grep -qx "ExecStart=/usr/bin/paratia guard docker --enforce --tenants \"$TENANTS\"" root/etc/systemd/system/paratia-guard-docker.service
  run openssl x509 -noout -ext subjectAltName -in root/etc/docker/paratia/server.pem
  has "DNS:docker.example.org, IP Address:10.0.0.5"
  openssl verify -purpose sslserver -CAfile root/etc/docker/paratia/ca.pem root/etc/docker/paratia/server.pem >/dev/null
  [ "$(stat -c %a root/etc/docker/paratia/server-key.pem)" = 600 ]
  run "$PARATIA" guard docker --root root --enforce --install
  [ "$status" = 2 ]
  has "would be taken for who operates it"
  run "$PARATIA" "${words[@]}" --install --tls-listen nowhere
  [ "$status" = 2 ]
  run "$PARATIA" guard docker --root root --uninstall
  [ "$status" = 0 ]
  has "until then tenants reach it"
  cmp before root/etc/docker/daemon.json
  [ -z "$(find root/etc -type f ! -name daemon.json)" ]
  printf '{"tlscacert": "/etc/mine.pem"}' >root/etc/docker/daemon.json
  run "$PARATIA" "${words[@]}" --install
  [ "$status" = 3 ]
  has "tlscacert is set already"
  [ "$(cat root/etc/docker/daemon.json)" = '{"tlscacert": "/etc/mine.pem"}' ]
  [ ! -e root/etc/systemd/system/docker.socket.d/paratia-tls.conf ]
}

# -- the file -----------------------------------------------------------------------------------------

# refuses TEXT WORD…: the file is not taken, and the error says so.
refuses() {
  printf '%b' "$1" >x.yaml
  chmod 644 x.yaml
  run "$PARATIA" guard docker --enforce --tenants x.yaml --socket "$PWD/s" --state "$PWD/state"
  [ "$status" = 2 ] || [ "$status" = 3 ]
  local word
  for word in "${@:2}"; do has "$word"; done
}

# proves: guard --tenants
@test "a file of tenants that is not understood is refused with its line" {
  refuses 'tenants:\n  shop:\n    user: [alice]\n' "there is no setting user" x.yaml:3
  refuses 'tenants:\n  shop: {users: [alice]}\n  acme:\n    users: [bob, alice]\n' "the user alice is one of " x.yaml:
  refuses 'tenants:\n  Shop: {users: [alice]}\n' "not the name of a tenant: Shop" x.yaml:2
  refuses 'tenants:\n  sh.op: {users: [alice]}\n' "not the name of a tenant: sh.op"
  refuses 'tenants:\n  shop: {users: [a/b]}\n' 'not the name of a user: "a/b"'
  refuses 'operators: [alice]\ntenants:\n  shop: {users: [alice]}\n' "one of operators already"
  refuses 'tenants:\n  shop: {users: [alice]}\noperators: [alice]\n' "already"
  refuses 'tenants:\n  shop: {allow: [PT-GRD-TENANT-OWN]}\n' "PT-GRD-TENANT-OWN cannot be allowed" x.yaml:2
  refuses 'tenants:\n  shop: {allow: [PT-GRD-PRIVILEGD]}\n' "try: PT-GRD-PRIVILEGED"
  refuses 'tenants:\n  shop: {labels: {a: 1}}\n' "labels must be a map of texts"
  refuses 'tenants:\n  shop: {policy: [x]}\n' "there is no setting policy"
  refuses 'tenants: [shop]\n' "tenants must be a map"
  refuses 'socket: anybody\n' "socket does not know anybody" x.yaml:1
  refuses 'revoked: [hello]\n' "not a serial number: hello"
  refuses 'revoked: ["0123456789abcdef0123456789abcdef0123456789abcdef"]\n' "not a serial number"
  refuses 'tenants:\n  shop: {users: [alice]}\n  acme: {users: [Alice]}\n' "differs from Alice" "in capitals alone" x.yaml:2
  refuses 'tenants:\n  shop: {users: [alice, ALICE]}\n' "in capitals alone" x.yaml:2
  refuses 'operators: [olga]\ntenants:\n  shop: {users: [Olga]}\n' "differs from olga, who is one of operators"
  refuses 'tenants:\n  shop: {allow-bind: [/srv/shop]}\n  acme: {allow-bind: [/srv/shop/a]}\n' \
    "/srv/shop overlaps /srv/shop/a of the tenant acme" x.yaml:2
  refuses 'tenants:\n  shop: {allow-bind: [/srv/shop/a]}\n  acme: {allow-bind: ["/srv/*"]}\n' "overlaps"
  refuses 'tenants:\n  shop: {networks: [host]}\n' "host cannot be lent" x.yaml:2
  refuses 'tenants:\n  shop: {networks: [none]}\n' "none cannot be lent"
  refuses 'tenants:\n  shop: {}\n  acme: {networks: [shop.net]}\n' "shop.net is the tenant shop's own" x.yaml:2
  refuses 'tenants:\n  shop: {networks: [acme.net]}\n  acme: {}\n' "acme.net is the tenant acme's own" x.yaml:2
  # What is strange is told, and means the stricter one; the wrong word after it ends the guard.
  refuses 'tenants:\n  shop: {registry: []}\nrevoked: ["123456789012"]\nwrong: 1\n' \
    "note: tenants: shop has an empty registry: no image may be run" "is it a decimal number?"
  refuses 'tenants:\n  shop: {allow-bind: [/srv/shop]}\n  acme: {allow-bind: [/srv/shop2]}\nwrong: 1\n' "there is no setting wrong"
  refuses 'tenant: {}\n' "there is no setting tenant" x.yaml:1
  refuses '' "the file is empty"
  printf 'tenants: {}\n' >x.yaml
  chmod 666 x.yaml
  run "$PARATIA" guard docker --enforce --tenants x.yaml --socket "$PWD/s" --state "$PWD/state"
  [ "$status" = 3 ]
  has "others may write x.yaml"
  mkdir -p folder && printf 'tenants: {shop: {}}\n' >folder/a.yaml && printf 'tenants: {shop: {}}\n' >folder/b.yaml && chmod -R go-w folder
  run "$PARATIA" guard docker --enforce --tenants folder --socket "$PWD/s" --state "$PWD/state"
  has "the tenant shop stands twice"
  has "folder/b.yaml:1"
  run "$PARATIA" guard docker --enforce --allow PT-GRD-TENANT --socket "$PWD/s" --state "$PWD/state"
  [ "$status" = 2 ]
  has "cannot be allowed"
}

# -- each with his own --------------------------------------------------------------------------------

@test "a tenant does with his own what he wants" {
  run t alice exec shop.web /bin/sh -c 'echo inside; echo kept >/d/f'
  [ "$status" = 0 ]
  has inside
  t alice inspect shop.web >/dev/null && t alice logs shop.web && t alice top shop.web >/dev/null
  t alice exec -d shop.web /bin/true
  run t alice run --rm --name shop.r1 -i --label paratia.tenant=shop --network none -v shop.data:/d "$IMAGE" /bin/sh -c 'cat; cat /d/f' <<<"input"
  [ "$status" = 0 ]
  has input
  has kept
  t alice run --rm --name shop.r2 --label paratia.tenant=shop --network none --pid container:shop.web --volumes-from shop.web "$IMAGE" /bin/true
  t alice create --name shop.other --label paratia.tenant=shop --network shop.net "$IMAGE" /bin/true >/dev/null
  t alice rename shop.other shop.another && t alice start shop.another && t alice wait shop.another >/dev/null
  t alice network disconnect shop.net shop.another && t alice network connect shop.net shop.another
  t alice cp shop.web:/etc - >/dev/null
  t alice rm -f shop.another >/dev/null
  t alice volume create --label paratia.tenant=shop shop.more >/dev/null
  t alice volume inspect shop.more >/dev/null && t alice volume rm shop.more >/dev/null
  t alice info >/dev/null && t alice version >/dev/null
  t alice pause shop.web && t alice unpause shop.web
}

@test "lists are told with the tenant's label alone, and are his own then" {
  local kind
  for kind in "ps -a" "network ls" "volume ls"; do
    # shellcheck disable=SC2086
    kept_out alice PT-GRD-TENANT-LIST $kind
    # shellcheck disable=SC2086
    kept_out alice PT-GRD-TENANT-LIST $kind --filter label=paratia.tenant=acme
    # shellcheck disable=SC2086
    run t alice $kind --filter label=paratia.tenant=shop
    [ "$status" = 0 ]
    has shop.
    hasnt acme
  done
  kept_out alice PT-GRD-TENANT-LIST ps --filter label=paratia.tenant=shop --filter before=acme.web
  kept_out alice PT-GRD-TENANT-LIST container prune -f
  kept_out alice PT-GRD-TENANT-LIST volume prune -f
  kept_out alice PT-GRD-TENANT-LIST events --since 0 --until 1
  run t alice events --since 1 --until "$(date +%s)" --filter label=paratia.tenant=shop
  [ "$status" = 0 ]
  has shop.web
  hasnt acme
  t alice container prune -f --filter label=paratia.tenant=shop >/dev/null
  d inspect acme.web >/dev/null
  kept_out alice PT-GRD-TENANT-ENDPOINT images
  kept_out alice PT-GRD-TENANT-ENDPOINT system df
}

# others NAME: every way to call acme's container.
others() {
  local id
  id=$(d inspect -f '{{.Id}}' acme.web)
  printf '%s\n' acme.web "$id" "${id:0:12}" "${id:0:4}" "%61cme.web" "/acme.web"
}

@test "another's container is out of reach: every verb, by name, id and parts of it" {
  local who
  while read -r who; do
    local path=${who#/}
    forbidden alice PT-GRD-TENANT-OWN GET "/containers/$path/json"
    forbidden alice PT-GRD-TENANT-OWN GET "/containers/$path/logs?stdout=1"
    forbidden alice PT-GRD-TENANT-OWN GET "/containers/$path/top"
    forbidden alice PT-GRD-TENANT-OWN GET "/containers/$path/stats?stream=0"
    forbidden alice PT-GRD-TENANT-OWN GET "/containers/$path/changes"
    forbidden alice PT-GRD-TENANT-OWN GET "/containers/$path/export"
    forbidden alice PT-GRD-TENANT-OWN GET "/containers/$path/archive?path=/"
    forbidden alice PT-GRD-TENANT-OWN PUT "/containers/$path/archive?path=/"
    forbidden alice PT-GRD-TENANT-OWN GET "/containers/$path/attach/ws?logs=1"
    forbidden alice PT-GRD-TENANT-OWN POST "/containers/$path/attach?stream=1&stdout=1"
    forbidden alice PT-GRD-TENANT-OWN POST "/containers/$path/exec" '{"Cmd":["/bin/true"]}'
    forbidden alice PT-GRD-TENANT-OWN POST "/containers/$path/update" '{"Memory":10000000}'
    forbidden alice PT-GRD-TENANT-OWN POST "/containers/$path/rename?name=shop.mine"
    local verb
    for verb in start stop restart kill pause unpause wait resize; do
      forbidden alice PT-GRD-TENANT-OWN POST "/containers/$path/$verb?h=1&w=1"
    done
    forbidden alice PT-GRD-TENANT-OWN DELETE "/containers/$path?force=1"
    forbidden alice PT-GRD-TENANT-ENDPOINT POST "/commit?container=$path&repo=mine"
    forbidden alice PT-GRD-TENANT-ENDPOINT GET "/containers/$path/checkpoints"
  done < <(others)
  run engine alice GET /containers/acme.web/json
  local told=$output
  run engine alice GET /containers/nobody.at-all/json
  # the receipt is named if it was sealed in time
  [ "$(sed 's/ Receipt [0-9]*[.]//' <<<"${told//acme.web/X}")" = "$(sed 's/ Receipt [0-9]*[.]//' <<<"${output//nobody.at-all/X}")" ]
  [ "$(d inspect -f '{{.State.Running}}' acme.web)" = true ]
  run t bob exec acme.web /bin/sh -c 'echo still here'
  has "still here"
  kept_out bob PT-GRD-TENANT-OWN stop shop.web
  kept_out bob PT-GRD-TENANT-OWN cp shop.web:/d/f -
}

@test "no way leads into another's namespaces, volumes and networks" {
  local own=(run --rm --name shop.own --label paratia.tenant=shop) what id
  id=$(d inspect -f '{{.Id}}' acme.web)
  for what in acme.web "$id" "${id:0:12}"; do
    kept_out alice PT-GRD-TENANT-OWN "${own[@]}" --network "container:$what" "$IMAGE" true
    kept_out alice PT-GRD-TENANT-OWN "${own[@]}" --network none --pid "container:$what" "$IMAGE" true
    kept_out alice PT-GRD-TENANT-OWN "${own[@]}" --network none --ipc "container:$what" "$IMAGE" true
    kept_out alice PT-GRD-TENANT-OWN "${own[@]}" --network none --volumes-from "$what" "$IMAGE" true
    forbidden alice PT-GRD-TENANT-OWN POST /containers/create \
      '{"Image":"'"$IMAGE"'","Labels":{"paratia.tenant":"shop"},"HostConfig":{"NetworkMode":"none","Links":["'"$what"':x"]}}'
    kept_out alice PT-GRD-TENANT-OWN network connect shop.net "$what"
    kept_out alice PT-GRD-TENANT-OWN network disconnect shop.net "$what"
  done
  kept_out alice PT-GRD-TENANT-OWN "${own[@]}" --network none -v acme.data:/d "$IMAGE" true
  kept_out alice PT-GRD-TENANT-OWN "${own[@]}" --network none --mount src=acme.data,dst=/d "$IMAGE" true
  kept_out alice PT-GRD-TENANT-OWN volume inspect acme.data
  kept_out alice PT-GRD-TENANT-OWN volume rm acme.data
  kept_out alice PT-GRD-TENANT-NAME volume create --label paratia.tenant=shop acme.data
  for what in acme.net bridge host "$(d network inspect -f '{{.Id}}' acme.net)"; do
    kept_out alice PT-GRD-TENANT-NETWORK "${own[@]}" --network "$what" "$IMAGE" true
    kept_out alice PT-GRD-TENANT-NETWORK network connect "$what" shop.web
    kept_out alice PT-GRD-TENANT-NETWORK network inspect "$what"
    kept_out alice PT-GRD-TENANT-NETWORK network rm "$what"
  done
  kept_out alice PT-GRD-TENANT-NETWORK "${own[@]}" "$IMAGE" true
  kept_out alice PT-GRD-BIND-PATH "${own[@]}" --network none -v /srv/anything:/d "$IMAGE" true
}

@test "names and addresses that others rely on are nobody's to take" {
  # The daemon would join the alias to the name as a path: it would be acme.q.
  forbidden alice PT-GRD-LINK-NAME POST "/containers/create?name=shop.taker" \
    '{"Image":"'"$IMAGE"'","Labels":{"paratia.tenant":"shop"},"HostConfig":{"NetworkMode":"none","Links":["shop.web:../acme.q"]}}'
  run d create --link shop.web:../acme.q "$IMAGE" true
  has PT-GRD-LINK-NAME
  tenants '  fair: {users: [fred], networks: [market]}'
  again
  [ -e "$GUARD/tls-fred" ] || issue fred >/dev/null
  d network create market >/dev/null
  kept_out fred PT-GRD-TENANT-NETWORK run --rm --name fair.a --label paratia.tenant=fair --network market --hostname db "$IMAGE" true
  has "make it without --hostname"
  t fred run --rm --name fair.a --label paratia.tenant=fair --network market "$IMAGE" true
  t fred network create --label paratia.tenant=fair fair.net >/dev/null
  t fred create --name fair.b --label paratia.tenant=fair --network fair.net --hostname db "$IMAGE" true >/dev/null
  kept_out fred PT-GRD-TENANT-NETWORK network connect market fair.b
  d network connect market fair.b
  kept_out fred PT-GRD-TENANT-NETWORK start fair.b
  d rm -f fair.b >/dev/null
  d network rm market fair.net >/dev/null
  kept_out alice PT-GRD-TENANT-NETWORK network create --label paratia.tenant=shop --subnet 10.99.0.0/16 shop.chosen
  has "the daemon chooses addresses"
  [ -z "$(d ps -aqf name=shop.taker)" ]
  tenants
  again
}

@test "what is stored is looked at again: a name that came to another leads nowhere" {
  # The operator's container gets the name by which the tenant's stored one calls another.
  t alice run -d --name shop.first --label paratia.tenant=shop --network none "$IMAGE" /bin/busybox sleep 900 >/dev/null
  t alice create --name shop.second --label paratia.tenant=shop --network none --pid container:shop.first "$IMAGE" /bin/true >/dev/null
  t alice rm -f shop.first >/dev/null
  d run -d --name shop.first --network none "$IMAGE" /bin/busybox sleep 900 >/dev/null
  kept_out alice PT-GRD-TENANT-OWN start shop.second
  d rm -f shop.first shop.second >/dev/null
}

@test "what is made says whose it is, and by its name it is nobody else's" {
  kept_out alice PT-GRD-TENANT-LABEL run --rm --name shop.r3 --network none "$IMAGE" true
  has "give it --label paratia.tenant=TENANT"
  has "paratia.tenant=shop is needed"
  kept_out alice PT-GRD-TENANT-LABEL run --rm --name shop.r4 --label paratia.tenant=acme --network none "$IMAGE" true
  kept_out alice PT-GRD-TENANT-NAME run --rm --name acme.evil --label paratia.tenant=shop --network none "$IMAGE" true
  kept_out alice PT-GRD-TENANT-NAME run --rm --label paratia.tenant=shop --network none "$IMAGE" true
  kept_out alice PT-GRD-TENANT-NAME rename shop.web acme.mine
  kept_out alice PT-GRD-TENANT-LABEL run --rm --name shop.v --label paratia.tenant=shop --network none \
    --mount src=shop.v3,dst=/d,volume-label=paratia.tenant=acme "$IMAGE" true
  t alice run --rm --name shop.v --label paratia.tenant=shop --network none \
    --mount src=shop.v3,dst=/d,volume-label=paratia.tenant=shop "$IMAGE" true
  t alice volume rm shop.v3 >/dev/null
  kept_out alice PT-GRD-TENANT-LABEL network create shop.n2
  kept_out alice PT-GRD-TENANT-LABEL volume create shop.v2
  kept_out alice PT-GRD-TENANT-NAME network create --label paratia.tenant=shop n2
}

@test "an exec is its maker's: its id is of no use to others, nor is one that was not seen" {
  local id other
  id=$(engine bob POST /containers/acme.web/exec '{"Cmd":["/bin/true"]}' | jq -r .Id)
  [ "${#id}" = 64 ]
  forbidden alice PT-GRD-TENANT-OWN GET "/exec/$id/json"
  forbidden alice PT-GRD-TENANT-OWN POST "/exec/$id/start" '{"Detach":true}'
  forbidden alice PT-GRD-TENANT-OWN POST "/exec/$id/resize?h=1&w=1"
  forbidden alice PT-GRD-TENANT-OWN GET "/exec/${id:0:12}/json"
  other=$(curl -s --unix-socket "$GUARD/docker.sock" -X POST -H 'Content-Type: application/json' -d '{"Cmd":["/bin/true"]}' \
    http://docker/v1.41/containers/acme.web/exec | jq -r .Id)
  forbidden bob PT-GRD-TENANT-OWN POST "/exec/$other/start" '{"Detach":true}'
  run engine bob GET "/exec/$id/json"
  hasnt denied
  engine bob POST "/exec/$id/start" '{"Detach":true}'
  id=$(engine bob POST /containers/acme.web/exec '{"Cmd":["/bin/true"]}' | jq -r .Id)
  guard --enforce --tenants "$TENANTS" # what it remembered is gone, and then it is nobody's
  forbidden bob PT-GRD-TENANT-OWN POST "/exec/$id/start" '{"Detach":true}'
}

@test "the daemon itself, its images, builds and the swarm are no tenant's" {
  forbidden alice PT-GRD-TENANT-ENDPOINT POST /swarm/init '{"ListenAddr":"127.0.0.1"}'
  forbidden alice PT-GRD-TENANT-ENDPOINT GET /swarm
  forbidden alice PT-GRD-TENANT-ENDPOINT POST /services/create '{"Name":"x"}'
  forbidden alice PT-GRD-TENANT-ENDPOINT GET /tasks
  forbidden alice PT-GRD-TENANT-ENDPOINT POST '/build?remote=x'
  forbidden alice PT-GRD-TENANT-ENDPOINT POST /session
  forbidden alice PT-GRD-TENANT-ENDPOINT POST /build/prune
  forbidden alice PT-GRD-TENANT-ENDPOINT POST /images/load
  forbidden alice PT-GRD-TENANT-ENDPOINT POST '/images/create?fromSrc=-&repo=pt-base&tag=1'
  forbidden alice PT-GRD-TENANT-ENDPOINT POST "/images/$IMAGE/tag?repo=acme&tag=1"
  forbidden alice PT-GRD-TENANT-ENDPOINT DELETE /images/pt-base:1
  forbidden alice PT-GRD-TENANT-ENDPOINT POST /images/prune
  forbidden alice PT-GRD-TENANT-ENDPOINT GET "/images/$IMAGE/get"
  forbidden alice PT-GRD-TENANT-ENDPOINT POST /plugins/paratia/disable
  forbidden alice PT-GRD-TENANT-ENDPOINT GET /distribution/nginx/json
}

# -- who --------------------------------------------------------------------------------------------

@test "who is not in the file any more, or whose certificate was revoked, is denied at once" {
  t dora info >/dev/null
  sed -i '/dodo/d' "$TENANTS"
  again
  kept_out dora PT-GRD-TENANT info
  has "dora has no tenant"
  kept_out dora PT-GRD-TENANT ps
  tenants "revoked: [\"$(openssl x509 -noout -serial -in "$GUARD/tls-dora/cert.pem" | cut -d= -f2)\"]"
  again
  kept_out dora PT-GRD-TENANT info
  has "it has been revoked"
  tenants
  again
  t dora info >/dev/null
}

@test "a revoked serial number that was never issued here is said, at the start and when it is read again" {
  serial=$(openssl x509 -noout -serial -in "$GUARD/tls-dora/cert.pem" | cut -d= -f2)
  note="note: revoked: no certificate with this serial number was issued here: "
  printf 'tenants:\n  shop: {users: [alice]}\nrevoked: ["%s", "3F:00:A1"]\n' "$serial" >x.yaml
  chmod 644 x.yaml
  "$PARATIA" guard docker --learn --tenants x.yaml --socket "$PWD/s" --state "$TENANT_STATE" 2>err >out 3>&- &
  pid=$!
  in_err() { for _ in $(seq 250); do [ "$(grep -cFx -- "$1" err)" = "$2" ] && return 0; sleep 0.02; done; cat err; return 1; }
  in_err "${note}3f00a1" 1
  kill -HUP $pid
  in_err "${note}3f00a1" 2
  printf 'tenants:\n  shop: {users: [alice]}\nrevoked: ["%s"]\n' "$serial" >x.yaml
  kill -HUP $pid
  in_err "note: settings read again" 2
  kill $pid
  wait $pid
  [ "$(grep -c "issued here" err)" = 2 ]
}

@test "an operator's certificate and the Unix socket are not parted; the socket may be nobody's" {
  t olga ps -a >/dev/null
  t olga inspect acme.web shop.web >/dev/null
  d ps -a >/dev/null
  tenants "socket: nobody"
  again
  run d ps -a
  [ "$status" != 0 ]
  has PT-GRD-TENANT
  has "none was shown"
  t olga ps -a >/dev/null
  tenants
  again
  d ps -a >/dev/null
}

@test "a forged name, another authority and no certificate at all do not reach the daemon" {
  cd "$GUARD/wrong"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout ca-key.pem -out ca.pem -subj "/CN=paratia guard docker" 2>/dev/null
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout key.pem -out cert.pem -subj /CN=olga -CA ca.pem -CAkey ca-key.pem 2>/dev/null
  # A client's certificate signs no other.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout sub-key.pem -out sub.pem -subj /CN=olga \
    -CA "$GUARD/tls-alice/cert.pem" -CAkey "$GUARD/tls-alice/key.pem" 2>/dev/null
  cat sub.pem "$GUARD/tls-alice/cert.pem" >sub-chain.pem
  local pair
  for pair in "cert.pem key.pem" "sub-chain.pem sub-key.pem"; do
    # shellcheck disable=SC2086
    set -- $pair
    run inside curl -s --cacert "$GUARD/tls-alice/ca.pem" --cert "$1" --key "$2" https://127.0.0.1:2376/containers/json?all=1
    [ "$status" != 0 ]
    hasnt Id
  done
  run inside curl -s --cacert "$GUARD/tls-alice/ca.pem" https://127.0.0.1:2376/_ping
  [ "$status" != 0 ]
  run inside curl -s http://127.0.0.1:2376/containers/json
  hasnt '"Id"'
  # Nor does a header make anybody somebody else.
  run inside curl -s --cacert "$GUARD/tls-alice/ca.pem" --cert "$GUARD/tls-alice/cert.pem" --key "$GUARD/tls-alice/key.pem" \
    -H 'Authz-User: olga' -H 'User: olga' 'https://olga:x@127.0.0.1:2376/containers/json?all=1'
  has PT-GRD-TENANT-LIST
}

@test "a certificate that ends while its connection is open ends its rights" {
  rm -rf "$GUARD/tls-short"
  "$PARATIA" guard docker --tenants "$TENANTS" --issue alice --to "$GUARD/tls-short" --state "$TENANT_STATE" --life 4s >/dev/null
  run inside python3 - "$GUARD/tls-short" <<'PY'
import http.client, json, ssl, sys, time
folder = sys.argv[1]
context = ssl.create_default_context(cafile=folder + "/ca.pem")
context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
c = http.client.HTTPSConnection("127.0.0.1", 2376, context=context)
first = None
for _ in range(600):
    c.request("GET", "/v1.41/containers/shop.web/json")
    r = c.getresponse()
    body = r.read().decode()
    first = first or r.status
    if r.status != 200:
        break
    time.sleep(0.05)
print(first, r.status, body)
PY
  has "200 403"
  has "it has ended"
}

# -- what else judges ---------------------------------------------------------------------------------

@test "a tenant has settings of his own, and what the guard's forbid is forbidden to him" {
  tenants '  zoo: {users: [zoe], networks: [bridge], allow-tags: true, level: baseline, deny: [PT-GRD-PORTS], allow-bind: ["/srv/zoo"]}'
  again
  [ -e "$GUARD/tls-zoe" ] || issue zoe >/dev/null
  t zoe run --rm --name zoo.r5 --label paratia.tenant=zoo pt-base:1 true
  kept_out zoe PT-GRD-PORTS run --rm --name zoo.r6 --label paratia.tenant=zoo -p 80:80 pt-base:1 true
  kept_out zoe PT-GRD-TENANT-NETWORK network inspect bridge
  kept_out alice PT-GRD-IMAGE-TAG run --rm --name shop.r7 --label paratia.tenant=shop --network none pt-base:1 true
  guard --enforce --tenants "$TENANTS" --allow-tags --deny PT-GRD-MEMORY --allow PT-GRD-COMMIT
  kept_out alice PT-GRD-IMAGE-TAG run --rm --name shop.r8 --label paratia.tenant=shop --network none pt-base:1 true
  kept_out alice PT-GRD-MEMORY run --rm --name shop.r9 --label paratia.tenant=shop --network none "$IMAGE" true
  tenants
  guard --enforce --tenants "$TENANTS"
}

@test "policies see whose it is: the namespace, its labels, and who asks" {
  mkdir policies
  cat >policies/plan.yaml <<'YAML'
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: shopplan}
spec:
  crd: {spec: {names: {kind: ShopPlan}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package plan
        violation[{"msg": msg}] {
          space := data.inventory.cluster.v1.Namespace[input.review.namespace]
          space.metadata.labels.tenant == input.docker.tenant
          msg := sprintf("%v of %v has the plan %v", [input.docker.user, input.review.object.metadata.namespace, space.metadata.labels.plan])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: ShopPlan
metadata: {name: plan}
spec: {match: {kinds: [{apiGroups: [""], kinds: [Pod]}], namespaceSelector: {matchLabels: {tenant: shop}}}}
YAML
  chmod -R go-w policies
  guard --enforce --tenants "$TENANTS" --policy "$PWD/policies" --json
  kept_out alice "[plan] alice of shop has the plan small" run --rm --name shop.r10 --label paratia.tenant=shop --network none "$IMAGE" true
  t bob run --rm --name acme.r11 --label paratia.tenant=acme --network none "$IMAGE" true
  guard_stop
  run grep ShopPlan "$GUARD/out"
  line '"tenant":"shop"' '"user":"alice"'
  guard_start --enforce --tenants "$TENANTS"
}

@test "an operator who runs an image that says it is a tenant's is told" {
  tar -C "$GUARD/image" -c . >image.tar
  guard --learn --tenants "$TENANTS"
  d import -c 'LABEL paratia.tenant=shop' - claims:1 <image.tar >/dev/null
  local id
  id=$(d image inspect -f '{{.Id}}' claims:1)
  guard --enforce --tenants "$TENANTS"
  denied PT-GRD-TENANT-LABEL run --rm --network none "$id" /bin/true
  d run --rm --network none --label paratia.tenant= "$id" /bin/true
}

# -- the engine ---------------------------------------------------------------------------------------

# told WORD: the guard says it.
told() {
  for _ in $(seq 400); do grep -qF -- "$1" "$GUARD/err" && return 0; sleep 0.05; done
  cat "$GUARD/err"
  return 1
}

metric() { curl -s --unix-socket "$GUARD/metrics.sock" http://guard/metrics | sed -n "s/^$1 //p"; }

# proves: guard --engine
@test "the engine is looked at when it comes, and what it lacks is said with what that costs" {
  guard --enforce --tenants "$TENANTS" --probe-listen "$GUARD/metrics.sock"
  told "note: engine: Docker "
  told "users are not remapped (userns-remap): root in a container that breaks out is root of the host"
  told "live-restore is off: containers end when dockerd is restarted"
  run cat "$GUARD/err"
  hasnt "takes clients without certificates"
  hasnt "without asking" # though connections to the guard before it broke
  [ "$(metric paratia_guard_engine_reachable)" = 1 ]
  [ "$(metric paratia_guard_engine_asks)" = 1 ]
  tenants "socket: nobody"
  guard --enforce --tenants "$TENANTS" --probe-listen "$GUARD/metrics.sock"
  told "live-restore is off"
  run d info
  [ "$status" != 0 ]
  run curl -s --unix-socket "$GUARD/docker.sock" 'http://docker/info?paratia=0123456789abcdef0123456789abcdef'
  has PT-GRD-TENANT
  tenants
  guard --enforce --tenants "$TENANTS" --quiet --probe-listen "$GUARD/metrics.sock"
  for _ in $(seq 400); do [ "$(metric paratia_guard_engine_remarks)" = 0 ] || break; sleep 0.05; done
  [ ! -s "$GUARD/err" ]
}

@test "a daemon that asks no more is an event with a receipt, and so is one that asks again" {
  guard --enforce --tenants "$TENANTS" --probe-listen "$GUARD/metrics.sock"
  told "note: engine: Docker "
  cp "$GUARD/daemon.json" kept.json
  jq 'del(."authorization-plugins")' kept.json >"$GUARD/daemon.json"
  kill -HUP "$(cat "$GUARD/docker.pid")"
  told "it answers without asking this guard: nothing is judged"
  [ "$(metric paratia_guard_engine_reachable)" = 1 ]
  [ "$(metric paratia_guard_engine_asks)" = 0 ]
  [ "$(metric paratia_guard_engine_ignored_total)" = 1 ]
  cp kept.json "$GUARD/daemon.json"
  kill -HUP "$(cat "$GUARD/docker.pid")"
  told "it asks the guard from now on"
  guard_stop
  grep -rqa '"says":"it does not ask the guard"' "$GUARD/state/ledger"
  grep -rqa '"says":"it asks the guard from now on"' "$GUARD/state/ledger"
  guard_start --enforce --tenants "$TENANTS"
}

@test "an engine that is started anew is looked at anew" {
  guard --enforce --tenants "$TENANTS" --probe-listen "$GUARD/metrics.sock"
  told "live-restore is off"
  d ps -aq | xargs -r /usr/bin/docker -H "unix://$GUARD/docker.sock" rm -f >/dev/null
  dockerd_stop
  told "it does not answer"
  [ "$(metric paratia_guard_engine_reachable)" = 0 ]
  printf '%s\n' --live-restore -H tcp://127.0.0.1:2375 >"$GUARD/dockerd.words"
  jq 'del(.tlsverify, .tlscacert, .tlscert, .tlskey)' "$GUARD/daemon.json" >plain.json && cp plain.json "$GUARD/daemon.json"
  dockerd_start
  told "tcp://127.0.0.1:2375 takes clients without certificates: who reaches such an address cannot be told from the Unix socket"
  [ "$(grep -c "live-restore is off" "$GUARD/err")" = 1 ]
  guard_stop
  grep -rqa '"lacks":\[[^]]*"open-tcp"' "$GUARD/state/ledger"
  grep -rqa '"says":"it does not answer"' "$GUARD/state/ledger"
  guard_start --enforce --tenants "$TENANTS"
}
