# What cases share. A case runs with set -e in a folder of its own, as root, on a machine that is
# thrown away.
skip() { echo "# SKIP $*"; exit 0; }

# wait_until SECONDS COMMAND…
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "never: $*"; return 1; }
    sleep 0.1
  done
}

# A real Docker daemon under systemd, and an image from nothing: busybox:1.
docker_up() {
  systemctl start docker
  wait_until 90 docker info
  local root
  root=$(mktemp -d)
  mkdir -p "$root"/{bin,etc,proc,sys,tmp}
  cp /bin/busybox "$root/bin/"
  for name in sh cat ls sleep id mount; do ln -s busybox "$root/bin/$name"; done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  tar -C "$root" -c . | docker import -c 'CMD ["/bin/sh"]' -c 'ENV PATH=/bin' - busybox:1 >/dev/null
}
