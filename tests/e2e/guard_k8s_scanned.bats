# paratia guard k8s --scanned: pods of images that were scanned and passed.
load lib
load guard_k8s
load advisories

scan() { "$PARATIA" scan --state "$K8S/state" --db "$K8S/a.idx" "$@"; }

# layout NAME VERSION: an OCI layout in $K8S/NAME with this version of openssl; its manifest's digest.
layout() {
  "$PT_REPO/tests/e2e/images" "$K8S/$1" "$(jq -cn --arg v "$2" '{layers: [{entries: [
    {path: "etc/os-release", text: "ID=debian\nVERSION_ID=\"12\"\n"},
    {path: "var/lib/dpkg/status", text: "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: \($v)\n\n"}]}]}')"
  jq -r '.manifests[0].digest' "$K8S/$1/index.json"
}

# pod IMAGE [LIST]: a pod whose list of containers has it.
pod() {
  jq -n --arg i "$1" --arg l "${2:-containers}" \
    '{apiVersion: "v1", kind: "Pod", metadata: {name: "web", namespace: "shop"}, spec: ({containers: []} + {($l): [{name: "c", image: $i}]})}' >pod.json
  review pod.json
}

setup_file() {
  mkdir -p "$K8S" && cd "$K8S" || return 1
  indexed >/dev/null
  GOOD=web@$(layout good 3.0.99-1) BAD=web@$(layout bad 3.0.15-1)
  export GOOD BAD
}

teardown() { k8s_stop; }

# proves: guard k8s
@test "a pod comes in once the images that its digests name were scanned and passed" {
  k8s_start --enforce --scanned 7d
  run admit < <(pod "$GOOD")
  refused "its scan is not known: nothing was scanned yet"
  run cat "$K8S/err"
  has "no image will be let in"
  run scan "$K8S/bad" --quiet
  run admit < <(pod "$GOOD")
  refused "[scanned] containers c: image $GOOD: nobody has scanned it"
  run scan "$K8S/good" --quiet
  run admit < <(pod "$GOOD")
  allowed
  run admit < <(pod "$BAD")
  refused "its last scan has 1 finding at or above high"
  run admit < <(pod "$BAD" initContainers)
  refused "[scanned] initContainers c"
  run admit < <(pod web:1)
  refused "a tag may lead to any image: name its digest"
  k8s_stop
  run cat "$K8S/out"
  line deny "CREATE pods" shop/web scanned
}

# proves: guard --scanned-by-name
@test "a tag is as good as its last image where that was said, and exceptions have reasons" {
  run scan "$K8S/good" --quiet
  k8s_start --enforce --scanned 7d --scanned-by-name --scanned-except "registry.example.org/base/=signed"
  run admit < <(pod web:1) # an archive's own name counts for nothing
  refused "nobody has scanned it"
  run admit < <(pod registry.example.org/base/web:1)
  allowed
  k8s_stop
  k8s_start --enforce --scanned 7d --scanned-warn
  run admit < <(pod "$BAD")
  allowed
  has "[scanned] containers c"
}

@test "an audit of a cluster has no part in it" {
  run "$PARATIA" guard k8s --audit --scanned 7d --kubeconfig none
  [ "$status" = 2 ]
  has "--scanned says nothing in an audit"
}
