load lib
load advisories
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia db push, pull: Debian's docker-registry on loopback. Everything that is started is stopped,
# even if the test fails.

db() { "$PARATIA" db "$@"; }

registry() { "$PT_REPO/tests/e2e/registry" "$@"; }

setup_file() {
  export HOME=$BATS_FILE_TMPDIR/home
  mkdir -p "$HOME"
}

teardown() {
  local pid
  for pid in $(cat pids 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
  for pid in $(cat pids 2>/dev/null); do
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  done
}

# docker_registry LINE…: with these lines of its configuration; $at is its address.
docker_registry() {
  local port=$((20000 + RANDOM % 20000)) _
  command -v docker-registry >/dev/null || skip "docker-registry is not installed"
  printf '%s\n' "version: 0.1" "storage:" "  filesystem:" "    rootdirectory: $PWD/store" "http:" "  addr: 127.0.0.1:$port" "$@" >registry.yml
  docker-registry serve registry.yml >registry.out 2>&1 3>&- &
  echo $! >>pids
  at=127.0.0.1:$port
  for _ in $(seq 200); do
    ! curl -s -o none "http://$at/v2/" || return 0
    sleep 0.05
  done
  cat registry.out
  return 1
}

# index FILE YEAR [OPTION…]: one that was made in this year; with --sign key ./vkey is the key's other half.
index() {
  mkdir -p "f$2/npm"
  printf '{"id":"X-1","modified":"%s-01-02T03:04:05Z","affected":[{"package":{"ecosystem":"npm","name":"left"},"versions":["1"]}]}' "$2" >"f$2/npm/X-1.json"
  [ -e key ] || (umask 077 && openssl rand 32 >key)
  db build "f$2" --out "$1" "${@:3}" 2>said >none
  grep -o 'paratia.invalid/advisories+.*' said >vkey || true
}

# proves: db push
# proves: db pull
# proves: db push --db
# proves: db pull --db
# proves: db pull --db-key
@test "an index goes through a registry, with its signature" {
  docker_registry
  index a.idx 2024 --sign key
  run --separate-stderr db push "$at/sec/advisories:1" --db a.idx
  [ "$status" = 0 ]
  line "pushed $at/sec/advisories:1@sha256:" MiB
  digest=$(grep -o 'sha256:[0-9a-f]*' <<<"$output")
  curl -s -H "Accept: application/vnd.oci.image.manifest.v1+json" "http://$at/v2/sec/advisories/manifests/1" >m.json
  [ "sha256:$(sha256sum <m.json | cut -d' ' -f1)" = "$digest" ]
  [ "$(jq -r '[.artifactType, (.layers | length), .annotations["paratia.advisories.sources"], .annotations["org.opencontainers.image.created"]] | join(" ")' m.json)" = \
    "application/vnd.paratia.advisories.v1 1 f2024/npm 2024-01-02T03:04:05Z" ]
  [ "$(jq -r '.annotations["paratia.advisories.digest"]' m.json)" = "$(db info --db a.idx --json 2>none | jq -r .digest)" ]
  run --separate-stderr db pull "registry:$at/sec/advisories:1" --db b.idx --db-key vkey
  [ "$status" = 0 ]
  line "pulled $at/sec/advisories:1@$digest"
  [[ ${lines[-1]} == *"1 advisory,"* ]]
  cmp a.idx b.idx
  cmp a.idx.sig b.idx.sig
  run --separate-stderr db pull "$at/sec/advisories@$digest" --db b.idx
  [ "$status" = 0 ]
  line "here already"
  [ ! -e b.idx.old ]
  [ -z "$(ls -A | grep -E 'new|part' || true)" ]
}

# proves: db push --chunk
# proves: db --chunk
@test "it is uploaded in pieces" {
  docker_registry
  index a.idx 2024
  for chunk in 100 1000000 0; do
    rm -rf store
    run --separate-stderr db push "$at/adv:$chunk" --db a.idx --chunk "$chunk"
    [ "$status" = 0 ]
    rm -f b.idx
    db pull "$at/adv:$chunk" --db b.idx
    cmp a.idx b.idx
  done
  run db push "$at/adv" --db a.idx --chunk many
  [ "$status" = 2 ]
}

# proves: db pull --older
# proves: db --older
@test "an older one is not taken unless it is asked for, and what was here is kept" {
  docker_registry
  index a.idx 2023
  index b.idx 2024
  db push "$at/adv:old" --db a.idx
  cp b.idx kept.idx
  run db pull "$at/adv:old" --db b.idx
  [ "$status" = 3 ]
  line "older than the index that is here"
  line "made 2023-01-02" "here 2024-01-02"
  line --older
  cmp b.idx kept.idx
  run db pull "$at/adv:old" --db b.idx --older
  [ "$status" = 0 ]
  cmp a.idx b.idx
  cmp kept.idx b.idx.old
}

@test "an index from the future is not taken, and keeps no other out" {
  docker_registry
  index a.idx 2024
  made_in 2099 a.idx b.idx
  db push "$at/adv:ahead" --db b.idx
  db push "$at/adv:now" --db a.idx
  run db pull "$at/adv:ahead" --db c.idx
  [ "$status" != 0 ]
  has "made in the future"
  [ ! -e c.idx ]
  run -0 db pull "$at/adv:now" --db b.idx
  cmp a.idx b.idx
}

# proves: db push --db-key
@test "what is damaged, unsigned, signed by another, or something else is not taken" {
  local notes
  docker_registry
  index a.idx 2024 --sign key
  cp vkey good.vkey
  rm key
  index c.idx 2024 --sign key # another's key
  cp a.idx here.idx && cp a.idx.sig here.idx.sig
  run db push "$at/adv:1" --db a.idx --db-key vkey
  [ "$status" != 0 ]
  db push "$at/adv:1" --db c.idx
  refused() { # refused TAG WORD [OPTION…]
    run db pull "$at/adv:$1" --db here.idx --db-key good.vkey
    [ "$status" != 0 ]
    line "$2"
    cmp a.idx here.idx
    cmp a.idx.sig here.idx.sig
    [ -z "$(ls -A | grep -E '[0-9].new' || true)" ]
  }
  refused 1 "is not signed by"
  rm c.idx.sig
  db push "$at/adv:2" --db c.idx
  refused 2 "nobody signed it"
  head -c 3000 /dev/zero | tr '\0' x >garbage
  registry artifact "http://$at" adv 3 garbage '{}'
  refused 3 "index"
  zstd -q garbage
  registry artifact "http://$at" adv 4 garbage.zst '{"paratia.advisories.bytes":"2999"}'
  refused 4 "larger than it may be"
  head -c 40 garbage.zst | head -c 14 >cut.zst
  registry artifact "http://$at" adv 5 cut.zst '{}'
  refused 5 "cut off"
  zstd -q a.idx
  notes=$(jq -n --rawfile s a.idx.sig '{"paratia.advisories.signature": $s, "paratia.advisories.digest": "sha256:0"}')
  registry artifact "http://$at" adv 6 a.idx.zst "$notes"
  refused 6 "not the index that its annotations name"
  printf 'x' | dd of=a.idx bs=1 seek=900 conv=notrunc status=none
  run db push "$at/adv:7" --db a.idx
  [ "$status" = 1 ]
  cp here.idx a.idx
  "$PT_REPO/tests/e2e/images" img '{"layers":[{"entries":[{"path":"a","text":"b"}]}]}'
  registry push img "http://$at" adv 8
  refused 8 "no such artifact"
}

# proves: db push --insecure-registry
# proves: db pull --insecure-registry
# proves: db --insecure-registry
@test "a registry with htpasswd gets the login of docker's files, and only that" {
  perl -e 'print "u:", crypt("se:cret", q($2y$05$abcdefghijklmnopqrstuu)), "\n"' >users
  docker_registry "auth:" "  htpasswd:" "    realm: tests" "    path: $PWD/users"
  index a.idx 2024
  run db push "$at/adv:1" --db a.idx
  [ "$status" = 3 ]
  line "wants a login"
  mkdir docker
  export DOCKER_CONFIG=$PWD/docker
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$at" "$(printf u:wrong | base64)" >docker/config.json
  run db push "$at/adv:1" --db a.idx
  [ "$status" = 3 ]
  line "refuses the login"
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$at" "$(printf u:se:cret | base64)" >docker/config.json
  db push "$at/adv:1" --db a.idx --insecure-registry
  db pull "$at/adv:1" --db b.idx --insecure-registry
  cmp a.idx b.idx
}

@test "names that are off, and what is not there" {
  docker_registry
  index a.idx 2024
  run db push "$at/adv@sha256:$(printf '0%.0s' $(seq 64))" --db a.idx
  [ "$status" = 2 ]
  line "pushed to a digest"
  run db push --db a.idx
  [ "$status" = 2 ]
  run db pull "$at/adv:none" --db b.idx
  [ "$status" = 3 ]
  line "no such artifact"
  run db pull
  [ "$status" = 2 ]
  [ ! -e b.idx ]
}
