# tests/e2e/run "$PWD/bench/guard/guard.bats": bench/run guard, with the dockerd of the end-to-end tests
# and another one that asks the guard.
load ../../tests/e2e/guard

setup() {
  [ -z "${PT_NO_DOCKER:-}" ] || skip "$PT_NO_DOCKER"
  guarded_dockerd
  docker save pt-base:1 | d load >/dev/null
  mkdir -p "$GUARD/folder"
  guard --enforce --quiet --allow-tags --allow-bind "$GUARD/folder"
  cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
  guarded_dockerd_stop
}

@test "bench/run guard" {
  request POST '/v1.41/containers/create?name=web' "$(sed "s|FOLDER|$GUARD/folder|" <<'JSON'
{"Hostname":"","User":"10001","Env":["A=1","PATH=/bin"],"Cmd":["/bin/busybox","httpd"],"Image":"pt-base:1","Labels":{"team":"shop"},
"HostConfig":{"Binds":["plain:/v","FOLDER:/srv:ro"],"NetworkMode":"default","PortBindings":{"8080/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]},
"RestartPolicy":{"Name":"on-failure"},"CapDrop":["ALL"],"SecurityOpt":["no-new-privileges"],"Memory":67108864,"PidsLimit":100,"ReadonlyRootfs":true},
"NetworkingConfig":{"EndpointsConfig":{"default":{}}}}
JSON
  )" Content-Type=application/json >create.json
  request GET /_ping >ping.json
  d ps >/dev/null # the guard knows then which daemon asks
  run ask "$(cat create.json)"
  [ "$output" = '{"Allow":true}' ]
  PT_GUARD_SOCKET=$GUARD_SOCKET PT_GUARDED=unix://$GUARD/docker.sock PT_GUARD_DOCUMENTS=$PWD "$PT_REPO/bench/run" guard
}
