load lib

@test "sshd's settings are those of the file that its unit names" {
  small_root root
  touch root/usr/sbin/sshd
  mkdir -p root/usr/lib/systemd/system root/etc/systemd/system/ssh.service.d root/etc/default root/srv/ssh
  printf '[Service]\nEnvironmentFile=-/etc/default/ssh\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n' >root/usr/lib/systemd/system/ssh.service
  echo 'PermitRootLogin no' >root/etc/ssh/sshd_config
  echo 'PermitRootLogin yes' >root/srv/ssh/other
  run paratia audit --root root --all
  line pass PT-HOST-SSH-ROOT
  echo 'SSHD_OPTS="-f /srv/ssh/other"' >root/etc/default/ssh
  run paratia audit --root root --all
  line fail PT-HOST-SSH-ROOT yes
  rm root/etc/default/ssh
  printf '[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -f /srv/ssh/gone\n' >root/etc/systemd/system/ssh.service.d/a.conf
  run paratia audit --root root --all
  line "not evaluated" PT-HOST-SSH-ROOT /srv/ssh/gone
  ln -sf /dev/null root/etc/systemd/system/ssh.service.d/a.conf
  run paratia audit --root root --all
  line "not evaluated" PT-HOST-SSH-ROOT
}

# proves: audit --root
@test "audit --root judges a mounted disk, and what needs a running kernel is not evaluated" {
  small_root root
  rm -r root/proc
  run paratia audit --root root --all
  [ "$status" -le 1 ]
  has "fixture"
  line "not evaluated" PT-HOST-ASLR "run paratia audit on the machine itself"
  line pass PT-HOST-UID0
  hasnt PT-DKR-
}

@test "distributions are told apart" {
  local id name version
  while read -r id version name; do
    small_root "root-$id"
    printf 'NAME="%s"\nID=%s\nVERSION_ID="%s"\n' "$name" "$id" "$version" >"root-$id/etc/os-release"
    run bash -c '"$PARATIA" audit --no-record --json --root "root-'"$id"'" | jq -r ".about[0]"'
    [ "$output" = "${name%% *} $version, Linux 6.1" ]
  done <<'OS'
debian 12 Debian GNU/Linux
ubuntu 24.04 Ubuntu
almalinux 9.4 AlmaLinux
rhel 9.4 Red Hat Enterprise Linux
OS
}

@test "sysctls, accounts and SSH settings of a bad root are found" {
  small_root root
  echo 0 >root/proc/sys/kernel/randomize_va_space
  echo 'toor:x:0:0::/root:/bin/sh' >>root/etc/passwd
  echo 'guest::19000::::::' >>root/etc/shadow
  sed -i 's/^docker:.*/docker:x:998:alice,bob/' root/etc/group
  touch root/usr/sbin/sshd
  mkdir root/etc/ssh/sshd_config.d
  printf 'Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication no\n' >root/etc/ssh/sshd_config
  printf 'PasswordAuthentication yes\nPermitRootLogin yes\n' >root/etc/ssh/sshd_config.d/50-cloud.conf
  printf 'quiet mitigations=off\n' >root/proc/cmdline
  chmod 666 root/etc/group
  run paratia audit --root root
  [ "$status" = 1 ]
  line critical fail PT-HOST-UID0 toor
  line high fail PT-HOST-PASSWORDLESS guest
  line high fail PT-HOST-ASLR 0
  line high fail PT-HOST-DOCKER-GROUP alice
  line high fail PT-HOST-SSH-PASSWORD yes
  line high fail PT-HOST-SSH-ROOT yes
  line high fail PT-HOST-MITIGATIONS off
  line high fail PT-HOST-GROUP-MODE "mode 0666"
}

@test "a Match block is not the global setting, and what it loosens is not evaluated" {
  small_root root
  touch root/usr/sbin/sshd
  printf 'PasswordAuthentication no\nMatch User backup\n  X11Forwarding no\n  PermitEmptyPasswords yes\n' >root/etc/ssh/sshd_config
  run paratia audit --root root --all
  line pass PT-HOST-SSH-ROOT prohibit-password
  line pass PT-HOST-SSH-X11
  line "not evaluated" PT-HOST-SSH-EMPTY "yes for some connections"
}

@test "set-uid programs are looked for on disks that are mounted below, and not through links" {
  [ "$(id -u)" = 0 ] || skip "needs root to mount"
  small_root root
  mkdir -p root/opt/disk elsewhere
  : >elsewhere/tool && chmod 4755 elsewhere/tool
  ln -s "$PWD/elsewhere" root/opt/link
  cat >mount.sh <<'SH'
ask() { "$PARATIA" audit --no-record --root root --all --only PT-HOST-SETUID || true; }
ask
mount -t tmpfs -o size=1m pt root/opt/disk && : >root/opt/disk/tool && chmod 4755 root/opt/disk/tool && ask
umount root/opt/disk && mount -t devpts pt root/opt/disk && ask
mount -o remount,bind,nosuid root/opt/disk && ask | sed 's/^/closed: /'
SH
  run unshare -m --propagation private sh -e mount.sh
  [ "$status" = 0 ]
  line pass PT-HOST-SETUID
  line high fail PT-HOST-SETUID "/opt/disk/tool (mode 4755, owner 0:0)"
  hasnt /opt/link
  line "not evaluated" PT-HOST-SETUID "/opt/disk is no local disk"
  line closed: pass PT-HOST-SETUID
}

@test "a file is no safer than the folders above it" {
  [ "$(id -u)" = 0 ] || skip "needs root to give folders away"
  small_root root
  mkdir -p root/etc/docker/certs.d/reg:5000
  : >root/etc/docker/daemon.json
  (umask 222 && : >root/etc/docker/certs.d/reg:5000/ca.crt)
  run paratia audit --root root --all
  line pass PT-HOST-DAEMON-JSON
  line pass PT-HOST-CERTS-MODE
  chown 1000 root/etc/docker
  run paratia audit --root root --all
  line fail PT-HOST-DAEMON-JSON "in /etc/docker (mode 0755, owner 1000)"
  line fail PT-HOST-CERTS-MODE "in /etc/docker (mode 0755, owner 1000)"
  chown 0 root/etc/docker
  chmod 777 root
  run paratia audit --root root --all
  line fail PT-HOST-PASSWD-MODE "in / (mode 0777, owner 0)"
}

@test "a symbolic link never leads out of the root" {
  small_root root
  echo 'toor:x:0:0::/root:/bin/sh' >outside
  rm root/etc/passwd
  ln -s "$PWD/outside" root/etc/passwd
  run paratia audit --root root --all
  hasnt "fail  fixture  PT-HOST-UID0"
  line "not evaluated" PT-HOST-UID0
}

@test "a FIFO in a file's place does not hang the audit" {
  small_root root
  rm root/etc/passwd
  mkfifo root/etc/passwd
  run timeout 10 "$PARATIA" audit --no-record --root root
  [ "$status" -le 1 ]
  line "not evaluated" PT-HOST-UID0 "not a regular file"
}

@test "nothing turns to pass when any single file is taken away" {
  small_root root
  echo 0 >root/proc/sys/kernel/randomize_va_space
  echo 0 >root/proc/sys/kernel/kptr_restrict
  printf 'mitigations=off' >root/proc/cmdline
  printf '7 3 0:1 / /tmp rw - tmpfs tmpfs rw\n' >root/proc/self-mountinfo
  touch root/usr/sbin/sshd
  printf 'PermitRootLogin yes\nPasswordAuthentication yes\nX11Forwarding yes\nPermitEmptyPasswords yes\n' >root/etc/ssh/sshd_config
  echo 'toor:x:0:0::/root:/bin/sh' >>root/etc/passwd
  echo 'guest::19000::::::' >>root/etc/shadow
  sed -i 's/^docker:.*/docker:x:998:alice/' root/etc/group
  passes() { "$PARATIA" audit --no-record --root root --all | awk '$2 == "pass" {print $4}' | sort; }
  passes >before
  local f
  for f in $(find root -type f -o -type d -path 'root/*'); do
    mv "$f" taken
    passes >after || true
    mv taken "$f"
    [ -z "$(comm -13 before after)" ] || { echo "without $f these pass: $(comm -13 before after)"; return 1; }
  done
}

@test "nothing turns to pass when any single file or folder may not be read" {
  [ "$(id -u)" = 0 ] || skip "needs root to become an ordinary user"
  small_root root
  echo 0 >root/proc/sys/kernel/randomize_va_space
  touch root/usr/sbin/sshd
  # What is bad stands behind folders whose absence would be good.
  mkdir root/etc/ssh/sshd_config.d root/etc/sudoers.d
  printf 'Include sshd_config.d/*.conf\nPermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n' >root/etc/ssh/sshd_config
  printf 'PermitRootLogin yes\n' >root/etc/ssh/sshd_config.d/50-bad.conf
  printf 'root ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n' >root/etc/sudoers
  printf 'bob ALL=(ALL) NOPASSWD: ALL\n' >root/etc/sudoers.d/bad
  chmod -R a+rX root
  chmod a+rx . "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")"
  cp "$PARATIA" paratia-copy
  passes() { setpriv --reuid 65534 --regid 65534 --clear-groups ./paratia-copy audit --no-record --root root --all | awk '$2 == "pass" && $4 !~ /-MODE$/ {print $4}' | sort; }
  passes >before
  [ -s before ]
  local f mode
  for f in $(find root -mindepth 1 -type f -o -mindepth 1 -type d); do
    mode=$(stat -c %a "$f")
    chmod 0 "$f"
    passes >after || true
    chmod "$mode" "$f"
    [ -z "$(comm -13 before after)" ] || { echo "with $f closed these pass: $(comm -13 before after)"; return 1; }
  done
}

@test "without root it works and says how to let it look" {
  [ "$(id -u)" = 0 ] || skip "needs root to become an ordinary user"
  cp "$PARATIA" paratia-copy
  chmod a+rx . "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")"
  run setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent ./paratia-copy audit
  [ "$status" -le 1 ]
  line "not evaluated" PT-HOST-PASSWORDLESS "needs root: sudo paratia audit"
  has "Receipt  none"
}

@test "a root that is no folder is one clear error" {
  run paratia audit --root /nonexistent
  [ "$status" = 3 ]
  has "error: cannot look below this root"
  has "at:  /nonexistent"
}

@test "an empty root lets nothing pass" {
  mkdir root
  run paratia audit --root root --all
  [ "$status" = 3 ]
  hasnt "  pass  "
  has "0 pass"
}

