load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# What paratia scan keeps of images for the next time. Each test has a cache of its own, which knows
# nothing (XDG_CACHE_HOME in lib).

image() { "$PT_REPO/tests/e2e/images" "$@"; }
scan() { "$PARATIA" scan "$@"; }

token=ghp_$(printf 'abcdefghijABCDEFGHIJ0123456789abcdef') # put together here: else it would be found in this file
debian='{"path":"etc/os-release","text":"ID=debian\nVERSION_ID=\"12\"\n"},{"path":"var/lib/dpkg/status","text":"Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"}'
own=$BATS_TEST_TMPDIR/paratia

# two_layers [FORM]: an image in ./img with the packages a and b and a token.
two_layers() {
  rm -rf img
  image img '{"form":"'"${1:-oci-dir}"'","names":["a:1"],"layers":[{"entries":['"$debian"',{"path":"app/env","text":"TOKEN='$token' end\n"}]},
    {"entries":[{"path":"opt/x/package.json","text":"{}"},{"path":"opt/node_modules/b/package.json","text":"{\"name\":\"b\",\"version\":\"2\"}"}]}]}'
}

# asked WORD…: a scan with these words, and how often a worker was asked, in $jobs.
asked() {
  command -v strace >/dev/null || skip "strace is not installed"
  strace -f -o trace -e trace=sendmsg "$PARATIA" scan "$@" >out 2>err || return
  jobs=$(grep -c 'sendmsg(' trace || true)
}

@test "a second scan asks no worker, and says the same to the last byte" {
  local form
  for form in oci-dir oci-tar docker docker-blobs; do
    two_layers $form
    mv img $form
  done
  sleep 3.1 # an archive whose file has just changed may change again without looking so
  for form in oci-dir oci-tar docker docker-blobs; do
    asked $form --json --verify
    cp out first
    [ "$jobs" -gt 0 ]
    asked $form --json
    [ "$jobs" = 0 ]
    [ ! -s err ]
    diff first out
    jq -e '.verdict == "pass" and ([.packages[].name] == ["a", "b"])' out
  done
}

@test "a layer that another image has, too, is read once" {
  two_layers
  asked img
  image other '{"layers":[{"entries":['"$debian"',{"path":"app/env","text":"TOKEN='$token' end\n"}]},
    {"entries":[{"path":"opt/node_modules/c/package.json","text":"{\"name\":\"c\",\"version\":\"2\"}"}]}]}'
  asked other --json
  [ "$jobs" = 4 ] # index, manifest, configuration, the upper layer
  jq -e '[.packages[] | [.name, .layer]] == [["a", 1], ["c", 2]]' out
}

@test "bytes that were altered under an honest name are found out" {
  local blob at
  two_layers
  run -0 scan img --quiet
  run -0 scan img --quiet
  for at in 30 60; do
    blob=img/blobs/sha256/$(jq -r '.layers[0].digest[7:]' <(scan img --json --no-cache))
    cp -p "$blob" was
    printf x | dd of="$blob" bs=1 seek=$at conv=notrunc status=none
    touch -r was "$blob" # its time is what it was
    run scan img
    [ "$status" != 0 ]
    has "layer 1"
    run scan img
    [ "$status" != 0 ]
    cp -p was "$blob"
    run -0 scan img --quiet
  done
  # Another layer, whole and well, under that name.
  cp "$(ls -S img/blobs/sha256/* | tail -1)" other
  image evil '{"layers":[{"entries":[{"path":"var/lib/dpkg/status","text":""}]}]}'
  cp "evil/blobs/sha256/$(jq -r '.layers[0].digest[7:]' <(scan evil --json --no-cache))" "$blob"
  run -1 scan img
  line "A layer's bytes are not what its digest says"
  cp -p was "$blob"
  run -0 scan img --quiet
}

@test "a configuration that says another content of a known layer is contradicted" {
  two_layers
  run -0 scan img --quiet
  image spoilt '{"layers":[{"spoil":"diff-id","entries":['"$debian"']}]}'
  run -1 scan spoilt
  line "A layer's content is not what the configuration says"
  image well '{"layers":[{"entries":['"$debian"']}]}'
  run -0 scan well
  run -1 scan spoilt
  line "A layer's content is not what the configuration says"
}

@test "secrets are known again under the same rules, and never kept in clear" {
  two_layers
  scan img --secrets --json >first
  asked img --secrets --json
  [ "$jobs" = 0 ]
  diff first out
  jq -e '.secrets | length == 1 and .[0].fingerprint != null' out
  ! grep -rqF "$token" "$own"
  [ "$(stat -c %a "$own")" = 700 ]
  [ -z "$(find "$own" -type f ! -perm 600)" ]
  asked img --json # without them: other answers
  [ "$jobs" -gt 0 ]
  jq -e 'has("secrets") | not' out
  printf '[[rules]]\nid = "mine"\ndescription = "d"\nregex = "TOKEN=[a-z_A-Z0-9]+"\n' >rules.toml
  run -0 scan img --secrets --secret-rules rules.toml --json
  jq -e '[.secrets[].rule] == ["mine"]' <<<"$output"
  printf '[[rules]]\nid = "none"\ndescription = "d"\nregex = "TOCKEN=[a-z_A-Z0-9]+"\n' >rules.toml
  run -0 scan img --secrets --secret-rules rules.toml --json
  jq -e '.secrets == []' <<<"$output"
  scan img --secrets --json --verify >out
  diff first out # the key stays
  rm "$own/key"
  scan img --secrets --json >out
  [ "$(jq -r '.secrets[0].fingerprint' out)" != "$(jq -r '.secrets[0].fingerprint' first)" ]
}

# proves: scan --no-cache
# proves: sbom --no-cache
# proves: scan --verify
# proves: sbom --verify
@test "without a cache nothing is known or kept; to verify is to read all anew" {
  two_layers
  run -0 scan img --no-cache --quiet
  run -0 "$PARATIA" sbom img --no-cache
  [ ! -e "$own" ]
  run -0 "$PARATIA" sbom img --verify
  [ -n "$(ls "$own")" ]
  asked img
  [ "$jobs" = 0 ]
  asked img --verify
  [ "$jobs" -gt 0 ]
  asked img --no-cache
  [ "$jobs" -gt 0 ]
  run -2 scan img --no-cache --verify
  run -2 scan img --no-cache --cache x
}

# proves: scan --cache
# proves: sbom --cache
@test "a folder of somebody else's, or that others may write to, is refused, or left alone" {
  two_layers
  run -0 "$PARATIA" sbom img --cache mine
  run -0 scan img --cache mine
  [ -n "$(ls mine)" ] && [ ! -e "$own" ]
  chmod 777 mine
  run -3 scan img --cache mine
  has "others may write to the cache's folder"
  has "chmod 700"
  run -3 scan img --cache img/none/below
  mkdir "$own"
  chown 65534 "$own"
  run -0 --separate-stderr scan img --quiet
  [[ $stderr == "note: cache: the cache is somebody else's folder: $own" ]]
  [ -z "$(ls "$own")" ]
  rm -r "$own"
  mkdir -m 500 "$own" # ours, but there is no writing to it
  run -0 --separate-stderr scan img --quiet
  [[ $stderr == "note: cache: nothing can be kept in it: "* ]]
  chmod 700 "$own"
}

@test "what is damaged is told, and made anew" {
  two_layers
  scan img --json >first
  for file in "$own"/*; do printf x | dd of="$file" bs=1 seek=50 conv=notrunc status=none; done
  run -0 --separate-stderr scan img --json
  diff first - <<<"$output"
  [[ $stderr == "note: cache: a damaged entry was found, and is made anew: "* ]]
  run -0 --separate-stderr scan img --json
  [ -z "$stderr" ]
  diff first - <<<"$output"
  rm -r "$own"
  run -0 --separate-stderr scan img --json
  [ -z "$stderr" ]
}

# proves: scan --cache-max
# proves: sbom --cache-max
@test "a cache grows no larger than it may" {
  local i n
  for i in 1 2 3; do
    for n in $(seq 5000); do printf 'Package: p%s-%s\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.%s\n\n' $i $n $n; done >status
    rm -rf img
    image img '{"layers":[{"entries":['"$debian"']},{"entries":[{"path":"var/lib/dpkg/status","from":"status"}]}]}'
    run -0 scan img --quiet --cache-max 1M
    [ "$(du -sk "$own" | cut -f1)" -le 1100 ]
  done
  asked img
  [ "$jobs" = 0 ] # what was used last stays
  run -0 "$PARATIA" sbom img --cache-max 1G
  run -2 scan img --cache-max 2
  has "a number and M, G or T: 500M"
}

@test "twenty scans at once, some of them killed, agree" {
  local i pids=()
  two_layers
  scan img --json --no-cache >first
  for i in $(seq 20); do
    scan img --json >"out.$i" 2>"err.$i" &
    pids+=($!)
  done
  kill -9 "${pids[3]}" "${pids[11]}" 2>/dev/null || true
  for i in $(seq 20); do
    wait "${pids[i - 1]}" 2>/dev/null || [ "$i" = 4 ] || [ "$i" = 12 ]
    [ "$i" = 4 ] || [ "$i" = 12 ] || diff first "out.$i"
  done
  [ -z "$(cat err.*)" ]
  asked img --json
  [ "$jobs" = 0 ]
  diff first out
}

@test "an engine's image that is known is not exported again, until its name means another" {
  need_docker
  mkdir -p root/etc root/var/lib/dpkg ctx
  printf 'ID=debian\nVERSION_ID="12"\n' >root/etc/os-release
  printf 'Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n' >root/var/lib/dpkg/status
  tar -C root -c . | docker import - pt-cache/web:1 >/dev/null
  scan pt-cache/web:1 --json >first
  printf 'FROM pt-cache/web:1\nCOPY Dockerfile /x\n' >ctx/Dockerfile
  docker build -q -t pt-cache/next:1 ctx >/dev/null
  TMPDIR=/nonexistent run -0 scan pt-cache/web:1 --json # there is nowhere to put it
  diff first - <<<"$output"
  TMPDIR=/nonexistent run -3 scan pt-cache/next:1
  run -0 scan pt-cache/next:1 --json
  jq -e '.layers | length == 2' <<<"$output"
  docker tag pt-cache/next:1 pt-cache/web:1
  run -0 scan pt-cache/web:1 --json
  jq -e '.layers | length == 2' <<<"$output"
  TMPDIR=/nonexistent run -3 scan pt-cache/web:1 --verify
  docker rmi -f pt-cache/web:1 pt-cache/next:1 >/dev/null
}
