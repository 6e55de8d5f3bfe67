# The guard under systemd, as `--install` sets it up: Docker asks it, a guard that is killed is back
# and who asked meanwhile is answered, and the way back leaves Docker as it was.
docker_up
docker run --rm busybox:1 cat /proc/self/attr/current | grep -q 'docker-default (enforce)' # AppArmor is there
cp /etc/docker/daemon.json before.json 2>/dev/null || : >none

paratia guard docker --install --enforce --allow-tags
systemd-analyze verify --man=no /etc/systemd/system/paratia-guard-docker.{socket,service} 2>&1 | tee verify
[ ! -s verify ]
systemctl daemon-reload
systemctl enable --now paratia-guard-docker.socket
systemctl restart docker
wait_until 60 docker info

docker run --rm busybox:1 true
denied() { ! docker run --rm "$@" busybox:1 true 2>said && grep -q PT-GRD said; }
denied --privileged
denied -v /:/host
denied --security-opt apparmor=unconfined

# Killed: the socket stays, so that whoever asks waits. Five times, each of them answered.
main() { systemctl show -p MainPID --value paratia-guard-docker.service; }
for _ in $(seq 5); do
  old=$(main)
  begin=$(date +%s%N)
  kill -9 "$old"
  docker version >/dev/null
  echo "answered after $((($(date +%s%N) - begin) / 1000000)) ms"
  wait_until 30 eval '[ "$(main)" != 0 ] && [ "$(main)" != '"$old"' ]'
done
denied --privileged
paratia ledger verify

# With users of their own for containers nothing else is allowed than before.
echo '{"authorization-plugins": ["paratia"], "userns-remap": "default"}' >/etc/docker/daemon.json
systemctl restart docker
wait_until 60 docker info
docker info | grep -q userns
denied --privileged
denied --userns host
denied -v /:/host

paratia guard docker --uninstall --root / >way 2>&1 || true
systemctl stop docker
