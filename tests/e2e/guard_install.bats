load lib

install() { mkdir -p root && run "$PARATIA" guard docker --root root "$@"; }

# proves: guard --install
# proves: guard --uninstall
# proves: guard --root
@test "install writes units and daemon.json below the root, twice the same, and says what to run" {
  mkdir -p root/etc/docker
  printf '{\n\t"icc": false,\n\t"log-level" : "info"\n}\n' >root/etc/docker/daemon.json
  cp root/etc/docker/daemon.json before
  install --install --learn --allow-bind /srv/data --protect edge
  [ "$status" = 0 ]
  has "systemctl daemon-reload"
  has "systemctl enable --now paratia-guard-docker.socket"
  grep -qx 'ExecStart=/usr/bin/paratia guard docker --learn --allow-bind "/srv/data" --protect "edge"' \
    root/etc/systemd/system/paratia-guard-docker.service
  grep -qx Type=notify root/etc/systemd/system/paratia-guard-docker.service
  grep -qx WatchdogSec=5s root/etc/systemd/system/paratia-guard-docker.service
  [ "$(jq -c . root/etc/docker/daemon.json)" = '{"authorization-plugins":["paratia"],"icc":false,"log-level":"info"}' ]
  grep -q $'^\t"log-level" : "info"$' root/etc/docker/daemon.json
  cmp before root/etc/docker/daemon.json.before-paratia
  find root -type f -exec sha256sum {} + | sort >one
  install --install --learn --allow-bind /srv/data --protect edge
  line "as it was" daemon.json
  find root -type f -exec sha256sum {} + | sort | cmp one
  install --uninstall
  [ "$status" = 0 ]
  has "systemctl reload docker"
  cmp before root/etc/docker/daemon.json
  [ "$(find root -type f)" = root/etc/docker/daemon.json ]
  install --uninstall
  [ "$status" = 0 ]
  [ "$output" = "Nothing of it is installed" ]
}

@test "uninstall takes away what enabling made, too, and names no unit that is gone to disable" {
  install --install --enforce
  mkdir -p root/etc/systemd/system/{multi-user,sockets}.target.wants
  ln -s ../paratia-guard-docker.service root/etc/systemd/system/multi-user.target.wants/
  ln -s ../paratia-guard-docker.socket root/etc/systemd/system/sockets.target.wants/
  install --uninstall
  [ -z "$(find root -type f -o -type l)" ]
  has "systemctl stop paratia-guard-docker.socket"
  hasnt "systemctl disable"
}

@test "what would not start is not installed: relative paths, policies that are none, a folder that is not there" {
  install --install --enforce --policy policies
  [ "$status" = 2 ]
  has "--policy policies: a service needs the whole path"
  mkdir policies
  printf 'apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: None\nmetadata: {name: x}\n' >policies/x.yaml
  chmod -R go-w policies
  install --install --enforce --policy "$PWD/policies"
  [ "$status" = 3 ]
  has "no template of the kind None"
  [ -z "$(find root -type f)" ]
  run "$PARATIA" guard docker --install --enforce --root nowhere
  [ "$status" = 2 ]
  [ ! -e nowhere ]
  install --install --enforce
  has "note: root/usr/bin/paratia is not there"
}

@test "options that exclude each other are told, not left out" {
  install --install --uninstall --enforce
  [ "$status" = 2 ]
  has "--install and --uninstall exclude each other"
  install --learn
  [ "$status" = 2 ]
  has "--root is of --install and --uninstall"
}

@test "install on a host without daemon.json leaves none behind" {
  install --install --enforce
  [ "$(jq -c . root/etc/docker/daemon.json)" = '{"authorization-plugins":["paratia"]}' ]
  install --uninstall
  [ -z "$(find root -type f)" ]
}

@test "install changes nothing where daemon.json is none, or a link, or the options are wrong" {
  mkdir -p root/etc/docker
  printf '{"authorization-plugins": "opa"}' >root/etc/docker/daemon.json
  install --install --enforce
  [ "$status" = 3 ]
  has "must be a list of texts"
  has "daemon.json"
  [ "$(cat root/etc/docker/daemon.json)" = '{"authorization-plugins": "opa"}' ]
  ln -sf /dev/null root/etc/docker/daemon.json
  install --install --enforce
  [ "$status" = 3 ]
  [ -L root/etc/docker/daemon.json ]
  install --install --enforce --allow PT-GRD-PRIVILEGD
  [ "$status" = 2 ]
  has "PT-GRD-PRIVILEGED"
  install --install
  [ "$status" = 2 ]
  install --install --enforce --state /x
  [ "$status" = 2 ]
}

@test "the units are right and tightly boxed" {
  command -v systemd-analyze >/dev/null || skip "systemd is not installed"
  install --install --enforce --registry 'registry.example.org/a%b$c "d'
  [ "$status" = 2 ] # a blank is in no registry
  install --install --enforce --registry 'registry.example.org/a%b$c"d'
  [ "$status" = 0 ]
  mkdir units
  cp root/etc/systemd/system/paratia-guard-docker.* units
  sed -i "s|=/usr/bin/paratia|=$PARATIA|" units/paratia-guard-docker.service # it must be there to be verified
  run systemd-analyze verify --man=no units/paratia-guard-docker.socket units/paratia-guard-docker.service
  [ "$status" = 0 ]
  hasnt paratia-guard
  # The threshold is ten times the exposure level that it prints.
  run systemd-analyze security --offline=true --threshold=27 --no-pager units/paratia-guard-docker.service
  [ "$status" = 0 ]
}

@test "metrics open the service's network for this host alone, and only where they are asked for" {
  local unit=root/etc/systemd/system/paratia-guard-docker.service
  install --install --enforce
  grep -qx PrivateNetwork=yes "$unit"
  grep -qx RestrictAddressFamilies=AF_UNIX "$unit"
  install --install --enforce --probe-listen 127.0.0.1:8888
  [ "$status" = 0 ]
  ! grep -q PrivateNetwork "$unit"
  grep -qx IPAddressAllow=localhost "$unit"
  grep -qx IPAddressDeny=any "$unit"
  install --install --enforce --probe-listen /run/paratia/metrics.sock
  [ "$status" = 0 ]
  grep -qx PrivateNetwork=yes "$unit"
  grep -qx RuntimeDirectory=paratia "$unit"
  for where in 0.0.0.0:8888 /tmp/metrics.sock; do
    install --install --enforce --probe-listen "$where"
    [ "$status" = 2 ]
    has "cannot be installed"
  done
}

# proves: guard --rules
@test "every rule is listed, and a mode must be chosen" {
  run "$PARATIA" guard docker --rules
  [ "$status" = 0 ]
  line critical PT-GRD-PRIVILEGED "run it without --privileged"
  run "$PARATIA" guard docker
  [ "$status" = 2 ]
  has "--learn or --enforce must be chosen"
  run "$PARATIA" guard docker --learn --enforce
  [ "$status" = 2 ]
  run "$PARATIA" guard podman
  [ "$status" = 2 ]
  has "paratia guard docker"
  run "$PARATIA" guard docker --enforce --level strict
  [ "$status" = 2 ]
  run "$PARATIA" guard docker --enforce --allow-bind /srv/../etc
  [ "$status" = 2 ]
  run "$PARATIA" guard docker --enforce --allow-bind /
  [ "$status" = 2 ]
}

@test "a socket that answers is not taken away, one that is dead is" {
  local words=(guard docker --learn --state "$PWD/state" --socket "$PWD/s.sock")
  "$PARATIA" "${words[@]}" >/dev/null 2>&1 3>&- &
  local first=$!
  for _ in $(seq 100); do [ -S s.sock ] && break; sleep 0.05; done
  run "$PARATIA" "${words[@]}"
  [ "$status" = 2 ]
  has "another process listens there"
  kill -9 "$first"
  wait "$first" || true
  [ -S s.sock ]
  "$PARATIA" "${words[@]}" >out 2>&1 3>&- &
  for _ in $(seq 100); do curl -sf --unix-socket s.sock -X POST http://x/Plugin.Activate >answer && break; sleep 0.05; done
  kill $!
  wait $! # ended by a signal it ends well
  [ "$(cat answer)" = '{"Implements":["authz"]}' ]
  touch plain
  run "$PARATIA" guard docker --learn --state "$PWD/state" --socket "$PWD/plain"
  [ "$status" = 2 ]
  has "no socket"
}

@test "settings that others may write, or that hold what is not known, are refused" {
  printf 'level: baseline\n' >g.yaml
  chmod 666 g.yaml
  run "$PARATIA" guard docker --learn --state "$PWD/state" --config g.yaml
  [ "$status" = 3 ]
  has "others may write g.yaml"
  chmod 644 g.yaml
  printf 'level: baseline\nalow: []\n' >g.yaml
  run "$PARATIA" guard docker --learn --state "$PWD/state" --config g.yaml
  [ "$status" = 2 ]
  has "there is no setting alow"
  has "g.yaml:2:"
  printf 'allow: PT-GRD-PRIVILEGED\n' >g.yaml
  run "$PARATIA" guard docker --learn --state "$PWD/state" --config g.yaml
  [ "$status" = 2 ]
  has "allow must be a list of texts"
  printf 'registry: []\n' >g.yaml
  run "$PARATIA" guard docker --learn --state "$PWD/state" --config g.yaml
  [ "$status" = 2 ]
  has "registry is empty: that would mean any"
  printf 'level: baseline\n---\nallow: []\n' >g.yaml
  run "$PARATIA" guard docker --learn --state "$PWD/state" --config g.yaml
  [ "$status" = 2 ]
  has "a second document begins"
  has "g.yaml:2"
  for text in '' '\n' '# level: baseline\n' 'null\n' '\n---\n'; do
    printf %b "$text" >g.yaml
    run "$PARATIA" guard docker --learn --state "$PWD/state" --config g.yaml
    [ "$status" = 2 ]
    has "the file is empty: nothing is set"
    has "{}"
  done
}

@test "a file of settings that is emptied changes nothing, one that says {} does" {
  printf 'level: baseline\n' >g.yaml
  chmod 644 g.yaml
  "$PARATIA" guard docker --learn --state "$PWD/state" --socket "$PWD/s.sock" --config g.yaml >out 2>err 3>&- &
  local guard=$!
  for _ in $(seq 100); do [ -S s.sock ] && break; sleep 0.05; done
  : >g.yaml
  kill -HUP "$guard"
  for _ in $(seq 100); do grep -q "stay in force" err && break; sleep 0.05; done
  echo '{}' >g.yaml
  kill -HUP "$guard"
  for _ in $(seq 100); do grep -q "settings read again" err && break; sleep 0.05; done
  kill "$guard"
  wait "$guard" || true
  run cat err
  has "the file is empty: nothing is set"
  has "the settings before it stay in force"
  has "settings read again"
}
