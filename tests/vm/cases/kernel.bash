# What the other cases stand on: a kernel with what this project's own machine may lack.
[ -r /sys/kernel/btf/vmlinux ]
grep -q bpf /sys/kernel/security/lsm
grep -q apparmor /sys/kernel/security/lsm
[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]
"$PARATIA" --version
