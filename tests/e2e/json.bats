load lib

@test "the JSON report keeps its documented schema" {
  small_root root
  touch root/usr/sbin/sshd
  echo 'PermitRootLogin yes' >root/etc/ssh/sshd_config
  printf 'waivers:\n  - {check: PT-HOST-SSH-ROOT, subject: "*", reason: r, owner: o, expires: 2099-01-01}\n' >paratia.yaml
  mkdir d
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: []}\n' >d/a.yaml
  printf 'a: [\n' >d/broken.yaml
  paratia audit --root root d --json >one.json 2>/dev/null || true
  paratia audit --root root d --json --against last >two.json 2>/dev/null || true
  "$PARATIA" check --no-record d --json >three.json || true
  python3 - "$PT_REPO/docs/report.schema.json" one.json two.json three.json <<'PY'
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
for name in sys.argv[2:]:
    report = json.load(open(name))
    jsonschema.validate(report, schema)
    assert report["findings"], name
PY
  jq -e '[.findings[].verdict] | unique | length == 4' one.json
  jq -e '.findings[] | select(.waiver.state == "accepted" and .waiver.owner == "o" and .waiver.reason == "r")' one.json
  jq -e '.findings[] | select(.known)' two.json
}
