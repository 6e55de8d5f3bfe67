# tests/e2e/run "$PWD/bench/audit/audit.bats": bench/run audit with the dockerd of the end-to-end tests
# and 20 containers that sleep.
setup() {
  [ -z "${PT_NO_DOCKER:-}" ] || skip "$PT_NO_DOCKER"
  for i in $(seq 20); do docker run -d --name "pt-bench-$i" --network none pt-base:1 sleep 3600 >/dev/null; done
}

teardown() {
  local ids
  ids=$(docker ps -aqf name=pt-bench-)
  [ -z "$ids" ] || docker rm -f $ids >/dev/null
}

@test "bench/run audit" {
  "$PT_REPO/bench/run" audit
}
