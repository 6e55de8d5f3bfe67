load lib
bats_require_minimum_version 1.5.0

# paratia scan: databases of rpm that are written to, and programs that say what they were made of.

image() { "$PT_REPO/tests/e2e/images" "$@"; }

scan() { "$PARATIA" scan --no-record "$@"; }

@test "rows of rpm's database that stand in its log are read, and deleted ones are not" {
  command -v rpmbuild >/dev/null || skip "rpm is not installed"
  printf '%s\n' 'Name: pt-a' 'Version: 1' 'Release: 1' 'Summary: x' 'License: MIT' 'Vendor: Example' 'BuildArch: noarch' \
    '%description' x '%package b' 'Summary: x' '%description b' x '%files' '%files b' >a.spec
  for i in $(seq 50); do printf '%%package s%d\nSummary: x\nRequires: pt-a\n%%description s%d\nx\n%%files s%d\n' "$i" "$i" "$i"; done >>a.spec
  rpmbuild -bb --define "_topdir $PWD/b" a.spec >/dev/null 2>&1
  rpm --root "$PWD/root" --dbpath /var/lib/rpm --initdb
  rpm --root "$PWD/root" --dbpath /var/lib/rpm -i --nodeps --noscripts b/RPMS/noarch/*.rpm 2>/dev/null
  mkdir -p now/var/lib/rpm
  python3 - <<'PY'
import shutil, sqlite3
db = sqlite3.connect("root/var/lib/rpm/rpmdb.sqlite", isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA wal_autocheckpoint = 0")
rows = [(bytes(b).replace(b"pt-a-b\0", b"pt-new\0"),) for (b,) in db.execute("SELECT blob FROM Packages") if b"pt-a-b\0" in bytes(b)]
db.executemany("INSERT INTO Packages (blob) VALUES (?)", rows)
db.execute("DELETE FROM Packages WHERE instr(blob, CAST('pt-a-s7' || x'00' AS BLOB))")
for end in ("", "-wal"):
    shutil.copy("root/var/lib/rpm/rpmdb.sqlite" + end, "now/var/lib/rpm/rpmdb.sqlite" + end)
PY
  tar -C now -cf now.tar .
  image img '{"layers":[{"tar":"now.tar"}]}'
  run -0 scan img --json
  jq -e '[.packages[] | .name] | index("pt-new") != null and index("pt-a-s7") == null and length == 52' <<<"$output"
  jq -e '.packages[] | select(.name == "pt-a-s9") | .licences == ["MIT"] and .depends == ["pt-a@1-1"] and .more.vendor == "Example"' <<<"$output"
}

@test "packages that chisel cut out are those of its manifest" {
  printf '%s\n' '{"jsonwall":"1.0","schema":"1.0","count":2}' '{"kind":"package","name":"libc6","version":"2.39-0ubuntu8","sha256":"ab","arch":"amd64"}' |
    zstd -q >wall
  image img '{"layers":[{"entries":[{"path":"etc/lsb-release","text":"DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\n"},
    {"path":"var/lib/chisel/manifest.wall","from":"'$PWD/wall'"}]}]}'
  run -0 scan img --json
  jq -e '.os.id == "ubuntu" and .os.version == "24.04"' <<<"$output"
  jq -e '[.packages[] | "\(.type) \(.name) \(.version) \(.architecture)"] == ["deb libc6 2.39-0ubuntu8 amd64"]' <<<"$output"
}

@test "a program of Go lists its modules, and whose file it is" {
  local go=/usr/bin/containerd
  [ -x $go ] || skip "no program of Go"
  image img '{"layers":[{"entries":[{"path":"usr/local/bin/tool","from":"'$go'"},
    {"path":"usr/bin/owned","from":"'$go'"},{"path":"var/lib/dpkg/info/a.list","text":"/usr/bin/owned\n"},
    {"path":"var/lib/dpkg/status","text":"Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n"}]}]}'
  run -0 scan img --json
  jq -e '[.packages[] | select(.name == "stdlib" and .type == "golang" and (.version | startswith("v1.")))] | length == 2' <<<"$output"
  jq -e '.packages[] | select(.file == "usr/bin/owned") | .owner.name == "a"' <<<"$output"
  jq -e '.packages[] | select(.file == "usr/local/bin/tool") | has("owner") | not' <<<"$output"
}

@test "software that nobody installed is told by what stands in it" {
  [ -x /bin/bash ] || skip "no bash"
  image img '{"layers":[{"entries":[{"path":"opt/bin/bash","from":"/bin/bash"},{"path":"opt/bin/other","from":"/bin/bash"}]}]}'
  run scan img --json
  jq -e '[.packages[] | select(.type == "generic") | "\(.name) \(.version) \(.file)"] == ["bash '"${BASH_VERSION%%(*}"' opt/bin/bash"]' <<<"$output"
}
