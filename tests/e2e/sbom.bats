load lib
bats_require_minimum_version 1.5.0 # run --separate-stderr

# paratia sbom. Images are made by tests/e2e/images; bills are validated by the conformance suite,
# against the formats' own schemas.

image() { "$PT_REPO/tests/e2e/images" "$@"; }

sbom() { "$PARATIA" sbom "$@"; }

SCHEMAS=$PT_REPO/../shared/corpus/sbom

# valid FILE: against the schema of what it says it is.
valid() {
  [ -d "$SCHEMAS" ] || return 0
  rm -rf suite && mkdir -p suite/cyclonedx/cases suite/spdx/examples
  if grep -q '"bomFormat"' "$1"; then
    local version
    version=$(jq -r .specVersion "$1")
    mkdir "suite/cyclonedx/cases/$version"
    cp "$SCHEMAS"/cyclonedx/*.json suite/cyclonedx
    cp "$1" "suite/cyclonedx/cases/$version/valid-it.json"
  else
    cp "$SCHEMAS"/spdx/*.json suite/spdx
    cp "$1" suite/spdx/examples/it.json
  fi
  "$(dirname "$PARATIA")/conformance" sbom suite
}

os='{"path":"etc/os-release","link":"../usr/lib/os-release"},{"path":"usr/lib/os-release","from":"/usr/lib/os-release"}'
status='{"path":"var/lib/dpkg/status","from":"/var/lib/dpkg/status"}'

# own_image NAME: this machine's packages, in a layer.
own_image() {
  image "$1" '{"names":["ghcr.io/acme/shop:1"],"layers":[{"entries":['"$os,$status"']}]}'
}

@test "an image's packages are all in its bill, in both formats, and the bill is valid" {
  own_image img
  "$PARATIA" scan --no-record img --json >doc.json
  jq -r '.packages[] | "\(.name) \(.version)"' doc.json | LC_ALL=C sort >want
  run -0 --separate-stderr sbom img
  [ -z "$stderr" ]
  echo "$output" >cdx.json
  valid cdx.json
  jq -r '.components[] | select(.type == "library") | "\(.name) \(.version)"' cdx.json | LC_ALL=C sort | diff - want
  jq -e '.components[0] | .type == "operating-system" and .name == "debian"' cdx.json
  jq -e '.metadata.component | .type == "container" and .name == "ghcr.io/acme/shop:1" and (.purl | startswith("pkg:oci/shop@sha256:"))' cdx.json
  jq -e '.compositions[0].aggregate == "unknown"' cdx.json
  sbom img --format spdx >spdx.json
  valid spdx.json
  jq -r '.packages[] | select(.primaryPackagePurpose == "LIBRARY") | "\(.name) \(.versionInfo)"' spdx.json | LC_ALL=C sort | diff - want
  jq -e '[.packages[].SPDXID] | length == (unique | length)' spdx.json
  jq -e '. as $d | [.relationships[] | .spdxElementId, .relatedSpdxElement] - [$d.SPDXID, $d.packages[].SPDXID] == []' spdx.json
}

# proves: sbom --format
# proves: sbom --output
@test "the same image gives the same bytes, dated by SOURCE_DATE_EPOCH or by itself" {
  own_image img
  local format
  for format in cyclonedx spdx; do
    sbom img --format $format --output one
    sbom img -f $format >two
    cmp one two
    SOURCE_DATE_EPOCH=7 sbom img --format $format --output one
    grep -q '"1970-01-01T00:00:07Z"' one
    ! cmp -s one two
  done
  SOURCE_DATE_EPOCH=soon run -2 sbom img
  has "SOURCE_DATE_EPOCH is no number of seconds: soon"
  run -2 sbom img --format swid
  has "--format does not know swid"
  run -3 sbom img --output none/here
}

@test "what is not to be read is in the bill, and the exit code says so" {
  image img '{"layers":[{"entries":[{"path":"etc/os-release","text":"ID=x\nVERSION_ID=1\n"},{"path":"var/lib/rpm/rpmdb.sqlite","text":"no database"}]}]}'
  run "$PARATIA" scan --no-record img
  [ "$status" = 3 ]
  local format
  for format in cyclonedx spdx; do
    run -3 --separate-stderr sbom img --format $format
    [[ $stderr == "paratia: the bill is not of all there is: it names "* ]]
    echo "$output" >bill.json
    valid bill.json
    grep -q "not evaluated: " bill.json
    run -3 sbom bill.json # and a bill of that bill, too
    has "not evaluated: "
  done
  sbom img >cdx.json || true
  jq -e '.compositions[0].aggregate == "incomplete"' cdx.json
}

@test "a bill of one format becomes one of the other, and nothing is lost" {
  own_image img
  sbom img --output cdx.json
  sbom img --format spdx --output spdx.json
  local from
  for from in cdx spdx; do
    sbom $from.json --format spdx --output $from-spdx.json
    sbom $from.json --format cyclonedx --output $from-cdx.json
    valid $from-spdx.json
    valid $from-cdx.json
    diff <(jq -r '.components[].purl' $from-cdx.json | LC_ALL=C sort) <(jq -r '.components[].purl' cdx.json | LC_ALL=C sort)
    diff <(jq -r '.packages[].externalRefs[]?.referenceLocator' $from-spdx.json | LC_ALL=C sort) <(jq -r '.packages[].externalRefs[]?.referenceLocator' spdx.json | LC_ALL=C sort)
    jq -e '.metadata.component.name == "ghcr.io/acme/shop:1"' $from-cdx.json
    jq -e '.components[0].name == "debian"' $from-cdx.json
    "$PARATIA" scan $from-spdx.json --json >a.json # through SPDX, and through both
    "$PARATIA" scan $from-cdx.json --json >b.json
    diff <(jq -S '.os | del(.file)' a.json) <(jq -S '.os | del(.file)' b.json)
  done
}

@test "bills of other programs are read, in UTF-16 too, and what is no bill is refused" {
  cat >syft.json <<'JSON'
{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[
 {"bom-ref":"a","type":"library","name":"a","version":"1","purl":"pkg:npm/%40x/a@1","licenses":[{"license":{"id":"MIT"}}]},
 {"bom-ref":"b","type":"library","name":"b","version":"2","purl":"pkg:npm/b@2","licenses":[{"license":{"name":"Own terms"}}]}],
 "dependencies":[{"ref":"a","dependsOn":["b"]}]}
JSON
  iconv -f utf-8 -t utf-16 syft.json >wide.json
  local file
  for file in syft wide; do
    sbom $file.json --format spdx --output out.json
    valid out.json
    jq -e '[.relationships[].relationshipType] == ["DESCRIBES","CONTAINS","DEPENDS_ON","CONTAINS"]' out.json
    jq -e '.hasExtractedLicensingInfos[0].name == "Own terms" and .packages[1].licenseDeclared == "MIT"' out.json
  done
  jq '.components[0].purl = "pkg:deb/ubuntu/a@1?distro=ubuntu-22.04"' syft.json >deb.json
  "$PARATIA" scan deb.json | grep -q "ubuntu 22.04"
  jq '.components += [{"type":"library","name":"mine"}]' syft.json >more.json
  run -3 sbom more.json
  has "nothing tells which package this is: mine"
  echo '{"kind":"Pod"}' >pod.json
  run -3 sbom pod.json
  has "neither CycloneDX in JSON nor SPDX"
  printf 'SPDXVersion: SPDX-2.3\nDocumentName: x\n\nPackageName: a\nSPDXID: SPDXRef-a\nPackageVersion: 1\nExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1\n' >x.spdx
  sbom x.spdx | jq -e '.components[0].purl == "pkg:npm/a@1"'
  sbom - <syft.json >out.json
  cat syft.json | sbom - | cmp - out.json # through a pipe
  mkfifo pipe
  cat syft.json >pipe 3>&- &
  "$PARATIA" scan pipe --json | jq -e '.kind == "bill" and ([.packages[].name] == ["@x/a", "b"])'
  jq '.components[0].name = "\u009b31m"' syft.json >esc.json
  script -qec "'$PARATIA' sbom esc.json" /dev/null </dev/null >screen
  ! grep -qP '\xc2\x9b|\x1b\[3' screen
  run -2 sbom syft.json --image x
  has "--image and --platform are for images; this is a bill"
}

# proves: sbom --image
# proves: sbom --platform
@test "of several images the one that was named is written" {
  image two '{"platforms":["linux/amd64","linux/s390x"],"names":["a:1","b:2"],"layers":[{"entries":[{"path":"var/lib/dpkg/status","text":"Package: a\nStatus: install ok installed\nVersion: 1\n"}]}]}'
  sbom two --platform linux/s390x | jq -e '.metadata.component.purl | contains("arch=s390x")'
  sbom two --image b:2 | jq -e '.metadata.component.name == "b:2"'
  run -2 sbom two --image c
}

# proves: sbom --help
@test "help of sbom fits eighty columns" {
  run -0 sbom --help
  has "paratia sbom TARGET"
  [ "$(wc -L <<<"$output")" -le 80 ]
}

# proves: sbom --root
@test "a folder is a root file system if that is said, also without an os-release" {
  mkdir -p root/var/lib/dpkg
  printf 'Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n' >root/var/lib/dpkg/status
  run --separate-stderr "$PARATIA" sbom root --root
  [ "$status" = 0 ]
  [ "$(jq -r '[.components[] | select(.name == "a") | .version] | join(" ")' <<<"$output")" = 1 ]
}
