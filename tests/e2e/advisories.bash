# Advisories and root file systems that they are about, for the tests of scans.

worst=AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
little=AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N

# advisory ID NAME FIXED SCORE: of Debian 12. FIXED empty: there is no fix.
advisory() {
  local behind=
  [ -z "$3" ] || behind=",{\"fixed\":\"$3\"}"
  printf '{"id":"%s","modified":"%s","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/%s"}],"affected":[{"package":{"ecosystem":"Debian:12","name":"%s"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}%s]}]}]}' \
    "$1" "${MODIFIED:-$(date -u +%FT%TZ)}" "$4" "$2" "$behind"
}

# indexed: feeds of two flaws of openssl, one of them without a fix, in ./a.idx.
indexed() {
  mkdir -p feeds
  advisory CVE-2024-1 openssl 3.0.99-1 $worst >feeds/1.json
  advisory CVE-2024-2 openssl "" $little >feeds/2.json
  "$PARATIA" db build feeds --out a.idx
}

# debian VERSION [RELEASE]: ./root with one package of openssl.
debian() {
  mkdir -p root/etc root/var/lib/dpkg
  printf 'ID=debian\nVERSION_ID="%s"\nNAME="Debian GNU/Linux"\n' "${2:-12}" >root/etc/os-release
  printf 'Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: %s\n\n' "$1" >root/var/lib/dpkg/status
}

# made_in YEAR IN OUT: the index IN, as if it had been made then.
made_in() {
  python3 -c 'import calendar, hashlib, struct, sys
b = bytearray(open(sys.argv[2], "rb").read())
b[24:32] = struct.pack("<q", calendar.timegm((int(sys.argv[1]), 1, 1, 0, 0, 0)) * 10**9)
n = 96 + 16 * struct.unpack("<I", b[12:16])[0]
b[64:96] = bytes(32)
b[64:96] = hashlib.sha256(b[:n]).digest()
open(sys.argv[3], "wb").write(b)' "$@"
}
