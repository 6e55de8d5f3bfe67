load lib

# Every row of host_checks.tsv: a root with these files, the check's verdict on it.
@test "every host check has a failing and a passing fixture" {
  [ "$(id -u)" = 0 ] || skip "needs root: fixtures belong to root"
  local id verdict files content more more_content file first got bad=0
  while IFS=$'\t' read -r id verdict files content more more_content; do
    [[ $id == \#* ]] && continue
    rm -rf root && small_root root
    first=
    for file in $files; do
      mkdir -p "root/$(dirname "$file")"
      if [[ $file == */ ]]; then mkdir -p "root/$file"; else [ -e "root/$file" ] || : >"root/$file"; fi
      first=${first:-$file}
    done
    [ -z "$more" ] || { mkdir -p "root/$(dirname "$more")" && printf '%b\n' "$more_content" >"root/$more"; }
    case $content in
      "") ;;
      "mode "*) chmod "${content#mode }" "root/$first" ;;
      *) printf '%b\n' "$content" >"root/$first" ;;
    esac
    [[ $first != sys/devices/* ]] || { mkdir -p root/sys/devices/system/cpu; echo 0 >root/sys/devices/system/cpu/online; }
    got=$("$PARATIA" audit --no-record --root root --all --only "$id" | awk -v id="$id" '$4 == id {print $2} $2 == "not" && $5 == id {print $2, $3}')
    [ "$got" = "$verdict" ] || { echo "$id: ${got:-nothing} instead of $verdict ($files: $content)"; bad=1; }
  done <"$BATS_TEST_DIRNAME/host_checks.tsv"
  [ $bad = 0 ]
}

@test "no host check lacks its fixtures" {
  local id missing=0
  for id in $("$PARATIA" checks --only host | awk '{print $1}'); do
    # What only a running kernel tells, or a disk, is tested on this machine, not on a fixture.
    [[ $id != PT-HOST-CGROUP && $id != PT-HOST-TIME-DRIFT && $id != PT-HOST-DISK-FREE && $id != PT-HOST-KERNEL-NEW && $id != PT-HOST-PORT-* && $id != PT-HOST-FW-* ]] || continue
    for verdict in fail pass; do
      grep -q "^$id	$verdict	" "$BATS_TEST_DIRNAME/host_checks.tsv" || { echo "$id has no row that makes it $verdict"; missing=1; }
    done
  done
  [ $missing = 0 ]
}

@test "listening sockets are judged by their address" {
  [ "$(id -u)" = 0 ] || skip "needs root to make a network namespace"
  cat >listen.py <<'PY'
import socket, subprocess, sys
held = []
for word in sys.argv[1].split(","):
    host, port = word.rsplit(":", 1)
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if ":" in host: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((host, int(port))); s.listen(); held.append(s)
sys.stdout.write(subprocess.run(sys.argv[2:], capture_output=True, text=True).stdout)
PY
  cmd=("$PARATIA" audit --no-record --all --only PT-HOST-PORT)
  run unshare -n sh -c "ip link set lo up; python3 listen.py 127.0.0.1:2375,::1:10255,127.0.0.1:2379 ${cmd[*]}"
  line pass PT-HOST-PORT-DOCKER
  line pass PT-HOST-PORT-KUBELET
  line pass PT-HOST-PORT-ETCD
  line pass PT-HOST-PORT-VXLAN "nothing listens"
  run unshare -n sh -c "ip link set lo up; python3 listen.py 0.0.0.0:2375,:::10255,0.0.0.0:2379 ${cmd[*]}"
  line critical fail PT-HOST-PORT-DOCKER "0.0.0.0:2375 python3"
  line high fail PT-HOST-PORT-KUBELET "[::]:10255 python3"
  line high fail PT-HOST-PORT-ETCD "0.0.0.0:2379 python3"
}

@test "a data root that is nearly full fails, by space and by inodes" {
  [ "$(id -u)" = 0 ] || skip "needs root to mount"
  small_root root
  mkdir root/var/lib/docker
  cat >fill.sh <<'SH'
mount -t tmpfs -o size=1m,nr_inodes=100 pt root && cp -a small/. root && mount -t tmpfs -o size=1m,nr_inodes=100 pt root/var/lib/docker || exit 9
ask() { "$PARATIA" audit --no-record --root root --all --only PT-HOST-DISK-FREE; }
ask
head -c 950000 /dev/zero >root/var/lib/docker/fill; ask
rm root/var/lib/docker/fill
for i in $(seq 90); do : >root/var/lib/docker/$i; done; ask
SH
  mv root small
  mkdir root
  run unshare -m --propagation private sh fill.sh
  line pass PT-HOST-DISK-FREE
  line medium fail PT-HOST-DISK-FREE "/var/lib/docker: 9 % of the space"
  line medium fail PT-HOST-DISK-FREE "/var/lib/docker: 100 % of the space, 9 % of the inodes"
}

@test "old lists of updates say what waits, and never that nothing waits" {
  small_root root
  mkdir -p root/var/lib/dpkg root/var/lib/apt/lists/partial
  list=root/var/lib/apt/lists/security.ubuntu.com_ubuntu_dists_noble-security_main_binary-amd64_Packages
  printf 'Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 2\n' >root/var/lib/dpkg/status
  printf 'Package: a\nArchitecture: all\nVersion: 2\n' >"$list"
  ask() { run "$PARATIA" audit --no-record --root root --all --only PT-HOST-PENDING; }
  touch -d "40 days ago" "$list" # the server's date: its packages have not changed since
  ask
  line pass PT-HOST-PENDING "asked 0 days ago" "$(date -u -d "40 days ago" +%F)"
  touch -d "9 days ago" root/var/lib/apt/lists root/var/lib/apt/lists/partial
  ask
  line "not evaluated" PT-HOST-PENDING "apt update was not run for 9 days"
  printf 'Package: a\nArchitecture: all\nVersion: 2.1\n' >"$list"
  ask
  line high fail PT-HOST-PENDING "1: a 2 -> 2.1"
}

@test "what is missing is said in words, with a way to it" {
  [ "$(id -u)" = 0 ] || skip "needs root: fixtures belong to root"
  small_root root
  mkdir -p root/proc/sys/kernel root/proc/1 root/boot root/usr/bin root/usr/sbin root/etc/audit/rules.d
  echo 6.1.0 >root/proc/sys/kernel/osrelease
  echo systemd >root/proc/1/comm
  : >root/proc/config.gz
  : >root/boot/vmlinuz
  printf 'root:x:0:0::/root:/bin/sh\n' >root/etc/passwd
  : >root/usr/bin/runc
  ln -s ../bin/runc root/usr/sbin/runc
  : >root/etc/audit/rules.d/a.rules
  ask() { run "$PARATIA" audit --no-record --root root --all --only "$1"; }
  ask PT-HOST-KERNEL-RWX
  line "not evaluated" PT-HOST-KERNEL-RWX "packed in /proc/config.gz"
  [[ $output == *'zcat /proc/config.gz > /boot/config-$(uname -r)'* ]]
  ask PT-HOST-UID0
  line pass PT-HOST-UID0 "none"
  ask PT-HOST-AUDITD
  line high fail PT-HOST-AUDITD "nothing called auditd runs"
  ask PT-HOST-AUDIT-DOCKER
  line medium fail PT-HOST-AUDIT-DOCKER "/usr/bin/runc"
  [[ $output != */usr/sbin/runc,* && $output != *", /usr/sbin/runc"* ]]
  echo "-w /usr/bin/runc -p wa" >root/etc/audit/rules.d/a.rules
  ask PT-HOST-AUDIT-DOCKER
  line pass PT-HOST-AUDIT-DOCKER
}
