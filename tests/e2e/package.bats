load lib

# The package is built twice, in folders of different names and under different settings, from a copy
# of the work tree; all tests look at what came out.
setup_file() {
  command -v dpkg-buildpackage >/dev/null && command -v dh >/dev/null || return 0
  local one=$BATS_FILE_TMPDIR/one two=$BATS_FILE_TMPDIR/another/deeper
  copy_tree "$one/paratia"
  copy_tree "$two/tree"
  unset SOURCE_DATE_EPOCH # the caller's would hide that there is none
  (umask 022 && cd "$one/paratia" && LC_ALL=C.UTF-8 TZ=UTC build_package)
  (umask 077 && cd "$two/tree" && LC_ALL=C TZ=Asia/Kathmandu build_package)
}

# copy_tree DIR: what git would hold if all were added now.
copy_tree() {
  mkdir -p "$1"
  (cd "$PT_REPO" && git ls-files -z -co --exclude-standard | while IFS= read -r -d '' f; do
    [ -e "$f" ] && printf '%s\0' "$f"
  done | tar --null -T - -c) | tar -x -C "$1"
}

# The compiler's cache is off: it would give the second build what the first one made. The network is
# off where that is possible, so that a build that fetches something fails.
build_package() {
  local offline=()
  ! unshare -n true 2>/dev/null || offline=(unshare -n)
  CCACHE_DISABLE=1 "${offline[@]}" dpkg-buildpackage -b -us -uc >../log 2>&1 || { tail -30 ../log; return 1; }
}

setup() {
  command -v dpkg-buildpackage >/dev/null && command -v dh >/dev/null || skip "dpkg-dev and debhelper are not installed"
  cd "$BATS_TEST_TMPDIR" || return 1
  one=$(echo "$BATS_FILE_TMPDIR"/one/paratia_*.deb)
  two=$(echo "$BATS_FILE_TMPDIR"/another/deeper/paratia_*.deb)
}

# unpack: the package's files below root/.
unpack() {
  dpkg-deb -x "$one" root
}

@test "the package is the same bytes wherever and however it is built" {
  cmp "$one" "$two"
  cmp "${one/paratia_/paratia-dbgsym_}" "${two/paratia_/paratia-dbgsym_}"
  cmp "${one/paratia_/libparatia-policy0_}" "${two/paratia_/libparatia-policy0_}"
  cmp "${one/paratia_/libparatia-policy-dev_}" "${two/paratia_/libparatia-policy-dev_}"
}

@test "the package holds the program, its pages, completions and units, and nothing else" {
  local list verb f
  list=$(dpkg-deb -c "$one" | awk '$1 !~ /^d/ {print $1, $2, $6}')
  for f in bin/paratia libexec/paratia/paratia-worker libexec/paratia/paratia-sensor share/bash-completion/completions/paratia share/zsh/vendor-completions/_paratia \
    share/fish/vendor_completions.d/paratia.fish share/man/man1/paratia.1.gz share/doc/paratia/copyright; do
    grep -q " root/root ./usr/$f\$" <<<"$list" || { echo "no $f in: $list"; return 1; }
  done
  for f in paratia-{audit,scan}.{service,timer} paratia-watch.service; do
    grep -q "^-rw-r--r-- root/root ./lib/systemd/system/$f\$" <<<"$list" || { echo "no $f in: $list"; return 1; }
  done
  for verb in $("$PARATIA" --completion bash | sed -nE 's/^ *([a-z]+)\) words=.*/\1/p'); do
    grep -q "man1/paratia-$verb.1.gz\$" <<<"$list" || { echo "no page of $verb in: $list"; return 1; }
  done
  ! grep -vE '^-rw(-r--r--|xr-xr-x) root/root \./(usr/(bin/paratia$|libexec/paratia/paratia-(worker|sensor)$|share/)|lib/systemd/system/)' <<<"$list"
}

@test "the library's packages hold it, its header, page and example, and need what it links" {
  local list f
  [ "$(dpkg-deb -c "${one/paratia_/libparatia-policy0_}" | awk '$1 !~ /^d/ {print $6}' | grep -v /share/doc/)" = \
    "./usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)/libparatia-policy.so.0" ]
  list=$(dpkg-deb -c "${one/paratia_/libparatia-policy-dev_}")
  for f in usr/include/paratia/policy.h pkgconfig/paratia-policy.pc libparatia-policy.so man3/paratia-policy.3.gz \
    examples/policy.c; do
    grep -qE "/$f( ->|\$)" <<<"$list" || { echo "no $f in: $list"; return 1; }
  done
  run dpkg-deb -f "${one/paratia_/libparatia-policy0_}" Depends
  has libre2
  has libmpfr
}

@test "what is unpacked runs and audits" {
  unpack
  run root/usr/bin/paratia --version
  [ "$output" = "paratia $(dpkg-deb -f "$one" Version)" ]
  small_root fixture
  run root/usr/bin/paratia audit --root fixture --state "$PWD/state" --quiet
  [ "$status" = 0 ]
  has " not evaluated, "
  root/usr/bin/paratia ledger verify --state "$PWD/state"
  "$PT_REPO/tests/e2e/images" img '{"layers":[{"entries":[{"path":"lib/apk/db/installed","text":"P:a\nV:1\n"}]}]}'
  run root/usr/bin/paratia scan img
  [ "$status" = 0 ]
  line "apk  a  1"
}

@test "the program is hardened and names no folder it was built in" {
  unpack
  local program
  for program in bin/paratia libexec/paratia/paratia-{worker,sensor}; do
    run readelf -hldW "root/usr/$program"
    has "DYN (Position-Independent Executable file)"
    has GNU_RELRO
    has "BIND_NOW"
    hasnt RUNPATH
    line GNU_STACK "RW "
    run grep -qaF "$BATS_FILE_TMPDIR" "root/usr/$program"
    [ "$status" = 1 ]
  done
}

@test "the pages are good roff" {
  unpack
  local page
  for page in root/usr/share/man/man1/*.gz; do
    run bash -c "zcat $page | groff -K utf8 -man -Tutf8 -ww 2>&1 >/dev/null"
    [ -z "$output" ] || { echo "$page: $output"; return 1; }
  done
}

@test "the units are right, tightly boxed, and not enabled" {
  command -v systemd-analyze >/dev/null || skip "systemd is not installed"
  unpack
  mkdir units
  local unit script
  cp root/lib/systemd/system/paratia-{audit,scan,watch}.* units
  for unit in paratia-audit paratia-scan paratia-watch; do
    sed -i "s|/usr/bin/paratia|$PWD/root&|" "units/$unit.service" # it must be there to be verified
    run systemd-analyze verify --man=no units/"$unit".*
    [ "$status" = 0 ]
    hasnt "$unit"
    # The threshold is ten times the exposure level that it prints.
    run systemd-analyze security --offline=true --threshold=27 --no-pager "root/lib/systemd/system/$unit.service"
    [ "$status" = 0 ]
  done
  # What the sensor needs to load its programs, and nothing else.
  grep -qx 'CapabilityBoundingSet=CAP_BPF CAP_PERFMON CAP_SYS_ADMIN' root/lib/systemd/system/paratia-watch.service
  dpkg-deb -e "$one" control
  for script in control/p*; do sh -n "$script"; done
  ! grep -E 'systemctl.*(enable|start)|deb-systemd-invoke .*start' control/p*
}

@test "no option of the unit's sandbox changes what the audit sees" {
  # Each would turn a finding into a pass; the unit says how.
  run grep -E '^(PrivateTmp|NoNewPrivileges|PrivateNetwork|PrivateUsers|ProtectProc|ProcSubset|ProtectKernelModules|InaccessiblePaths|TemporaryFileSystem|RootDirectory|User|DynamicUser)=' \
    "$PT_REPO/deploy/systemd/paratia-audit.service"
  [ "$status" = 1 ]
}
