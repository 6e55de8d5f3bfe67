load lib

# What real engines of several versions answered to the same bad and good containers in a swarm of
# one (recorded/VERSION/answers.json, by ./record), judged again: no daemon is needed.

# recorded VERSION: audit its answers.
recorded() {
  run "$BATS_TEST_DIRNAME/replay" "$BATS_TEST_DIRNAME/recorded/$1/answers.json" "$PWD/r.sock" \
    "$PARATIA" audit --no-record --docker "unix://$PWD/r.sock" --only docker,networks,containers,images --all
}

each() { # each COMMAND…: for every recorded version
  local folder
  for folder in "$BATS_TEST_DIRNAME"/recorded/*/; do
    recorded "$(basename "$folder")"
    "$@" || { echo "of $folder"; return 1; }
  done
}

bad_ones_fail() {
  line critical fail bad-privileged PT-CTR-PRIVILEGED &&
    line critical fail bad-socket PT-CTR-SOCKET "/run/docker.sock" &&
    line critical fail bad-mount PT-CTR-CAPS SYS_ADMIN &&
    line high fail bad-mount PT-CTR-HOST-DIR &&
    line high fail bad-mount PT-CTR-SECCOMP seccomp=unconfined &&
    line high fail bad-mount PT-CTR-PORT-ANY "0.0.0.0:18080, [::]:18080" &&
    line high fail bad-mount PT-CTR-SECRET-ENV &&
    line high fail bad-network PT-CTR-NET-HOST &&
    line high fail bad-inherit PT-CTR-PID-HOST "of container bad-network" &&
    line medium fail bad-mount PT-CTR-PIDS &&
    line low fail bad-mount PT-CTR-LOG-SIZE &&
    line info fail bad-mount PT-CTR-BRIDGE &&
    line medium fail dockerd PT-DKR-ICC &&
    line medium fail dockerd PT-DKR-MANAGERS "1 manager" &&
    line low fail dockerd PT-DKR-AUTOLOCK &&
    line medium fail open-overlay PT-NET-ENCRYPT &&
    line medium fail pt-base:1 PT-IMG-ROOT
}

good_ones_pass() {
  line pass good PT-CTR-MEM && line pass good PT-CTR-LOG-SIZE && line pass good PT-CTR-NNP &&
    line pass good PT-CTR-PIDS && line pass good PT-CTR-BRIDGE && line pass good PT-CTR-HEALTH &&
    line pass dockerd PT-DKR-SECCOMP && line pass dockerd PT-DKR-INSECURE-REG && line pass dockerd PT-DKR-NODE-CERT &&
    line pass shut-overlay PT-NET-ENCRYPT && hasnt "fail  good"
}

# The replayed daemon is not dockerd itself: its configuration is not this host's.
configuration_is_unknown() {
  line "not evaluated" dockerd PT-DKR-PROXY "not dockerd itself" && line "not evaluated" dockerd PT-DKR-TCP &&
    line "not evaluated" bad-mount PT-CTR-NNP "the daemon's default is not known"
}

@test "recorded engines: every bad container, network and swarm fails" {
  each bad_ones_fail
}

@test "recorded engines: what is good passes" {
  each good_ones_pass
}

@test "recorded engines: the configuration of another's daemon is not evaluated" {
  each configuration_is_unknown
}

# changed FILTER: the newest recording, changed by jq, audited.
changed() {
  local folder
  folder=$(ls -d "$BATS_TEST_DIRNAME"/recorded/*/ | tail -1)
  jq "$1" "$folder/answers.json" >answers.json
  run "$BATS_TEST_DIRNAME/replay" answers.json "$PWD/r.sock" \
    "$PARATIA" audit --no-record --docker "unix://$PWD/r.sock" --only docker,containers --all
}

@test "a rootless engine enforces no limit with cgroups v1, whatever containers were given" {
  local rootless='."GET /info".SecurityOptions += ["name=rootless"] | ."GET /info".CgroupDriver = "systemd"'
  changed "$rootless | .\"GET /info\".CgroupVersion = \"1\""
  line fail good PT-CTR-MEM "no limit is enforced"
  line fail good PT-CTR-CPU "no limit is enforced"
  line fail good PT-CTR-PIDS "no limit is enforced"
  line pass dockerd PT-DKR-USERNS
  line pass dockerd PT-DKR-ROOTLESS
  changed "$rootless | .\"GET /info\".CgroupVersion = \"2\""
  line pass good PT-CTR-MEM
}

@test "the daemon's no-new-privileges holds for containers that do not say otherwise" {
  changed '."GET /info".SecurityOptions += ["name=no-new-privileges"] |
    (.[] | objects | select(.Name == "/bad-socket") | .HostConfig.SecurityOpt) = ["no-new-privileges=false"]'
  line pass dockerd PT-DKR-NNP
  line pass bad-mount PT-CTR-NNP "the daemon's default"
  line fail bad-socket PT-CTR-NNP "no-new-privileges=false"
}

@test "on a worker what only managers tell is not evaluated" {
  changed '."GET /info".Swarm.ControlAvailable = false'
  line "not evaluated" dockerd PT-DKR-MANAGERS "this node is a worker"
  line "not evaluated" dockerd PT-DKR-AUTOLOCK "this node is a worker"
  line info fail dockerd PT-DKR-SWARM
}

@test "the socket of a user's own engine is found where the session has it" {
  [ ! -e /run/docker.sock ] || skip "this machine has a /run/docker.sock of its own"
  local folder
  folder=$(ls -d "$BATS_TEST_DIRNAME"/recorded/*/ | tail -1)
  unset DOCKER_HOST DOCKER_CONTEXT
  XDG_RUNTIME_DIR=$PWD HOME=$PWD run "$BATS_TEST_DIRNAME/replay" "$folder/answers.json" "$PWD/docker.sock" \
    "$PARATIA" audit --no-record --only containers
  line critical fail bad-privileged PT-CTR-PRIVILEGED
  rm docker.sock
  mkdir podman
  XDG_RUNTIME_DIR=$PWD HOME=$PWD run "$BATS_TEST_DIRNAME/replay" "$folder/answers.json" "$PWD/podman/podman.sock" \
    "$PARATIA" audit --no-record --only containers
  line critical fail bad-privileged PT-CTR-PRIVILEGED
}
