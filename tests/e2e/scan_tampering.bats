load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia scan --tampering. The Debian is cut out of this machine's own packages; of rpm and apk what the test makes.

image() { "$PT_REPO/tests/e2e/images" "$@"; }
scan() { "$PARATIA" scan "$@"; }

# found DOC: "severity what package files@layer how".
found() {
  jq -r '.tampering.found[] | "\(.severity) \(.what) \(.package // "-") " + ([.files[] | "\(.path)@\(.layer // "-")"] | join(","))' "$1"
}

# is IMAGE CODE WANT: the scan's exit code, and what it found; ./doc.json holds the rest.
is() {
  local code=0
  scan "$1" --tampering --json >doc.json || code=$?
  diff <(found doc.json) <(printf '%s' "$3")
  [ "$code" = "$2" ]
}

schema_holds() {
  python3 -c 'import json, sys, jsonschema
jsonschema.Draft7Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$PT_REPO/docs/scan.schema.json" doc.json
}

debs="coreutils dash debianutils libc6 base-files"

# debian: ./debian.tar, with these packages' files and what dpkg says of them, and ./deb, an image of it.
debian() {
  local p f
  mkdir -p root/var/lib/dpkg/info
  for p in $debs; do
    dpkg-query -s "$p" | sed '$a\\'
    for f in /var/lib/dpkg/info/"$p".* /var/lib/dpkg/info/"$p":*; do [ ! -e "$f" ] || echo "$f" >&3; done
  done 3>files >root/var/lib/dpkg/status
  dpkg -L $debs | sort -u >>files
  echo /var/lib/dpkg/diversions >>files
  tar -C / --no-recursion -cf debian.tar -T <(sed -n 's,^/\(.\),\1,p' files | while read -r f; do [ ! -e "/$f" ] || echo "$f"; done)
  tar -C / --no-recursion -rf debian.tar bin lib lib64 sbin usr/lib/os-release
  tar -C root -rf debian.tar var/lib/dpkg/status
  rm -rf root files
  image deb '{"layers":[{"tar":"debian.tar"}]}'
}

# proves: scan --tampering
@test "of a Debian nothing is changed, and what a later layer changes is told with its step" {
  debian
  is deb 0 ''
  schema_holds
  [ "$(jq '.tampering.files > 500 and .tampering.packages == 5 and .tampering.without == []' doc.json)" = true ]
  run -0 scan deb --tampering --quiet
  has "files unchanged"
  local other
  other=$(sed "s,.*  bin/dash$,$(printf other | md5sum | cut -d' ' -f1)  bin/dash," /var/lib/dpkg/info/dash.md5sums | jq -Rs .)
  # changed, replaced by a link, deleted, configuration, of no package, documentation; a checksum with its file
  image bad '{"layers":[{"tar":"debian.tar","compress":"none"},
    {"step":"RUN patch","entries":[{"path":"usr/bin/cat","text":"#!/bin/sh\n"},{"path":"bin/true","link":"false"},
      {"path":"usr/share/base-files/motd","text":"hello"},{"path":"usr/bin/miner","text":"#!/bin/sh\n"},{"path":"usr/local/bin/own","text":"x"},
      {"path":"usr/sbin/policy-rc.d","text":"#!/bin/sh\nexit 101\n"},{"path":"etc/debian_version","text":"12\n"}]},
    {"step":"RUN rm","entries":[{"path":"usr/bin/.wh.ls","text":""},{"path":"usr/share/doc/.wh.coreutils","text":""}]},
    {"step":"RUN hide","entries":[{"path":"bin/dash","text":"other"},
      {"path":"var/lib/dpkg/info/dash.md5sums","text":'"$other"'}]}]}'
  is bad 0 'high changed program coreutils usr/bin/cat@2,usr/bin/true@2
medium changed file base-files usr/share/base-files/motd@2
medium program of no package - usr/bin/miner@2
medium changed checksums dash var/lib/dpkg/info/dash.md5sums@4
low missing file coreutils bin/ls@3
'
  schema_holds
  [ "$(jq -c '[.tampering.configuration, .tampering.left_out > 0]' doc.json)" = '[1,true]' ]
  run -1 scan bad --tampering --fail-on high
  line "high  fail  bad  PT-IMG-CHANGED-PROG  -  " "  usr/bin/cat, usr/bin/true; layer 2: RUN patch"
  [[ ${lines[-1]} == *"5 signs of tampering"* ]]
  run -0 scan bad --tampering --fail-on critical
  # a diversion, another package's word and a list of files make nothing of it right
  image hid '{"layers":[{"tar":"debian.tar","compress":"none"},
    {"step":"RUN hide","entries":[{"path":"var/lib/dpkg/diversions","text":"/usr/bin/env\n/usr/bin/env.d\n:\n"},{"path":"usr/bin/env","text":"x"},
      {"path":"var/lib/dpkg/status.d/evil","text":"Package: evil\nVersion: 1\n"},{"path":"usr/bin/wc","text":"other"},
      {"path":"var/lib/dpkg/status.d/evil.md5sums","text":"'"$(printf other | md5sum | cut -d' ' -f1)"' *usr/bin/wc\n"},
      {"path":"var/lib/dpkg/info/dash.list","text":"/usr/bin/mine\n"},{"path":"usr/bin/mine","text":"x"}]}]}'
  is hid 3 'high changed program coreutils usr/bin/wc@2
medium program of no package - usr/bin/env@2
medium changed list of files dash var/lib/dpkg/info/dash.list@2
low missing file coreutils usr/bin/env.d@-
'
  [ "$(jq -c '[.tampering.without, .tampering.unchecked]' doc.json)" = '[[],1]' ]
  # nobody asked: nothing is said, and nothing is read for it
  scan bad --json | jq -e 'has("tampering") | not'
}

@test "files changed in the layer that brought them; packages without checksums are not evaluated" {
  local ok=0cc175b9c0f1b6a831c399e269772661 # of "a"
  stanza() { printf 'Package: %s\\nStatus: install ok installed\\nVersion: 1\\n%s\\n' "$1" "${2:-}"; }
  image same '{"layers":[{"compress":"none","entries":[{"path":"etc/debian_version","text":"12\n"},
    {"path":"var/lib/dpkg/status","text":"'"$(stanza p 'Conffiles:\n /etc/p '$ok'\n')$(stanza q)"'"},
    {"path":"var/lib/dpkg/info/p.list","text":"/usr/lib/p.so\n/usr/lib/p.txt\n/etc/p\n"},
    {"path":"var/lib/dpkg/info/p.md5sums","text":"'$ok'  usr/lib/p.so\n'$ok'  usr/lib/p.txt\n'$ok'  usr/share/icons/p\n'$ok'  usr/bin/p\n"},
    {"path":"etc/dpkg/dpkg.cfg.d/slim","text":"path-exclude=/usr/share/icons/*\npath-exclude /usr/bin/*\n"},
    {"path":"usr/lib/p.so","text":"b"},{"path":"usr/lib/p.txt","text":"a"},{"path":"etc/p","text":"b"},
    {"path":"var/lib/dpkg/info/q.list","text":"/usr/lib/q\n"},{"path":"usr/lib/q","text":"a"}]}]}'
  is same 3 'high changed program p usr/lib/p.so@1
low missing file p usr/bin/p@-
'
  [ "$(jq -c '.tampering | [.without, .left_out, .configuration, .files]' doc.json)" = '[["deb q"],1,1,3]' ]
  run -3 scan same --tampering
  line "  not evaluated  same  PT-IMG-CHANGED  -  " "  1 package has no checksums (deb q), "
  # first names that tell nothing: it is read again when the packages' checksums are known
  image late '{"layers":[{"entries":[{"path":"usr/lib/p.so","text":"b"}]},{"entries":[
    {"path":"var/lib/dpkg/status","text":"'"$(stanza p)"'"},{"path":"var/lib/dpkg/info/p.list","text":"/usr/lib/p.so\n"},
    {"path":"var/lib/dpkg/info/p.md5sums","text":"'$ok'  usr/lib/p.so\n"}]}]}'
  is late 0 'high changed program p usr/lib/p.so@1
'
  # and where packages hardly put anything, if one does
  image local '{"layers":[{"entries":[{"path":"etc/debian_version","text":"12\n"},{"path":"usr/local/cuda/x.so","text":"b"},
    {"path":"var/lib/dpkg/status","text":"'"$(stanza p)"'"},{"path":"var/lib/dpkg/info/p.list","text":"/usr/local/cuda/x.so\n"},
    {"path":"var/lib/dpkg/info/p.md5sums","text":"'$ok'  usr/local/cuda/x.so\n"}]}]}'
  is local 0 'high changed program p usr/local/cuda/x.so@1
'
  # no package says anything of files: nothing can be compared
  image none '{"layers":[{"entries":[{"path":"bin/x","text":"a"}]}]}'
  is none 0 ''
  run -0 scan none --tampering
  has "no checksums of files"
  line "  not evaluated  none  PT-IMG-CHANGED-PROG  -  " "  no package says what its files are: nothing can be compared"
  run -1 scan none --tampering --strict
  has "1 not evaluated (--strict)"
  run -0 script -qec "stty cols 80; '$PARATIA' scan none --tampering --color never" /dev/null
  line "? No package says what its files are: nothing can be compared"
  # likewise of a source tree; a bill of materials has no files
  mkdir tree
  printf '{"name":"t","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"t","version":"1.0.0"}}}' >tree/package-lock.json
  run -1 scan tree --tampering --strict
  line "  not evaluated  tree  PT-IMG-CHANGED-PROG  -  "
  printf '{"bomFormat":"CycloneDX","specVersion":"1.5"}' >bill.json
  run -2 scan bill.json --tampering
  has "--tampering is for images; this is a bill"
}

@test "of an rpm system what rpm itself would say is changed, and its rights" {
  command -v rpmbuild >/dev/null || skip "rpm is not installed"
  cat >thing.spec <<'SPEC'
Name: pt-thing
Version: 1
Release: 1
Summary: a thing
License: none
BuildArch: noarch
%description
x
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/etc %{buildroot}/usr/share/doc/x %{buildroot}/var/log
for f in usr/bin/a usr/bin/b usr/bin/c usr/bin/d etc/conf usr/share/doc/x/text; do echo $f >%{buildroot}/$f; done
ln -s a %{buildroot}/usr/bin/link
%files
%attr(0755,root,root) /usr/bin/a
%attr(0755,root,root) /usr/bin/b
%attr(0755,root,root) /usr/bin/c
%attr(0755,root,root) /usr/bin/d
/usr/bin/link
%config /etc/conf
%doc /usr/share/doc/x/text
%ghost /var/log/ghost
SPEC
  rpmbuild -bb --define "_topdir $PWD/b" thing.spec >/dev/null 2>&1
  rpm --root "$PWD/root" --dbpath /var/lib/rpm --initdb
  rpm --root "$PWD/root" --dbpath /var/lib/rpm -i --nodeps --noscripts b/RPMS/noarch/*.rpm 2>/dev/null
  tar -C root -cf root.tar .
  image img '{"layers":[{"tar":"root.tar"}]}'
  is img 0 ''
  [ "$(jq -c '.tampering | [.files >= 7, .packages, .without]' doc.json)" = '[true,1,[]]' ]
  mkdir -p up/usr/bin up/etc
  echo other >up/usr/bin/a
  cp root/usr/bin/b root/usr/bin/c up/usr/bin
  chmod 4755 up/usr/bin/b
  chmod 755 up/usr/bin/a
  chown 1000 up/usr/bin/c
  ln -s /tmp/x up/usr/bin/link
  echo mine >up/etc/conf
  tar -C up -cf up.tar usr/bin/a usr/bin/b usr/bin/c usr/bin/link etc/conf
  image bad '{"layers":[{"tar":"root.tar"},{"tar":"up.tar","compress":"zstd"},
    {"entries":[{"path":"usr/bin/.wh.d","text":""},{"path":"usr/share/doc/.wh.x","text":""}]}]}'
  is bad 0 'high changed program pt-thing usr/bin/a@2,usr/bin/link@2
high changed rights pt-thing usr/bin/b@2,usr/bin/c@2
low missing file pt-thing usr/bin/d@3
'
  [ "$(jq -c '.tampering | [.configuration, .left_out]' doc.json)" = '[1,1]' ]
  [ "$(jq -r '.tampering.found[1].files[0] | "\(.how) \(.mode) \(.mode_was)"' doc.json)" = "rights 4755 0755" ]
  [ "$(jq -r '.tampering.found[1].files[1].how' doc.json)" = owner ]
  # the same of a root file system, which has no layers
  cp -a up/usr up/etc root
  mkdir -p root/etc && echo 'ID=x' >root/etc/os-release
  is root 0 'high changed program pt-thing usr/bin/a@-,usr/bin/link@-
high changed rights pt-thing usr/bin/b@-,usr/bin/c@-
'
}

@test "of an Alpine files, links and rights are compared, whichever checksum its apk writes" {
  local sum link cut
  b64() { python3 -c 'import base64, hashlib, sys
print("Q1" + base64.b64encode(getattr(hashlib, sys.argv[1])(sys.argv[2].encode()).digest()[:20]).decode())' "$@"; }
  sum=$(b64 sha1 a) link=$(b64 sha1 /bin/busybox) cut=$(b64 sha256 a)
  db='P:p\nV:1\nF:bin\nR:busybox\na:0:0:755\nZ:'$sum'\nR:sh\na:0:0:777\nZ:'$link'\nR:ls\na:0:0:777\nZ:'$link'\nF:etc\nR:passwd\nZ:'$sum'\n\nP:q\nV:1\nf:S\nF:usr/lib\nR:q.so\nZ:'$cut'\nR:w.so\nZ:'$cut'\n\n'
  alpine() { # NAME FILES…
    image "$1" '{"layers":[{"entries":[{"path":"etc/alpine-release","text":"3.20.0\n"},{"path":"lib/apk/db/installed","text":"'"$db"'"}'"$2"']}'"${3:-}"']}'
  }
  good=',{"path":"bin/busybox","text":"a","mode":493},{"path":"bin/sh","link":"/bin/busybox"},{"path":"bin/ls","link":"/bin/busybox"},{"path":"etc/passwd","text":"a"},{"path":"usr/lib/q.so","text":"a"},{"path":"usr/lib/w.so","text":"a"}'
  alpine clean "$good"
  is clean 0 ''
  [ "$(jq -c '.tampering | [.files, .packages, .without]' doc.json)" = '[6,2,[]]' ]
  alpine bad "$good" ',{"entries":[{"path":"bin/busybox","text":"b","mode":493},{"path":"bin/sh","link":"/tmp/sh"},{"path":"bin/ls","text":"a"},{"path":"etc/passwd","text":"b"},{"path":"usr/lib/w.so","text":"b"}]}'
  is bad 0 'high changed program p bin/busybox@2,bin/ls@2,bin/sh@2
high changed program q usr/lib/w.so@2
'
}
