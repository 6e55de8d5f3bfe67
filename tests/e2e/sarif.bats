load lib

# proves: --output sarif
@test "SARIF keeps the official schema and has a place and a fingerprint for each result" {
  small_root root
  touch root/usr/sbin/sshd
  printf 'PermitRootLogin yes\n' >root/etc/ssh/sshd_config
  run paratia audit --root root --output sarif=report.sarif
  jq -e '.runs[0].results | length > 5 and all(.locations[0].physicalLocation.artifactLocation.uri | startswith("host/"))' report.sarif
  jq -e '[.runs[0].results[].partialFingerprints.primaryLocationLineHash] | unique | length == ([.[]] | length)' report.sarif
  jq -e '.runs[0].results | all(.kind == "fail" or .kind == "open" or .kind == "pass")' report.sarif
  local schema=$PT_REPO/../shared/corpus/sbom/sarif/sarif-schema-2.1.0.json
  [ -f "$schema" ] || skip "no ../shared/corpus/sbom/sarif"
  python3 -c 'import jsonschema' || skip "python3-jsonschema is not installed"
  run python3 - "$schema" report.sarif <<'PY'
import json, sys
import jsonschema
schema, report = (json.load(open(path)) for path in sys.argv[1:])
validator = jsonschema.validators.validator_for(schema)
for error in validator(schema, format_checker=validator.FORMAT_CHECKER).iter_errors(report):
    print(list(error.path), error.message[:300])
PY
  [ "$status" = 0 ]
  [ -z "$output" ] || { echo "$output"; return 1; }
}
