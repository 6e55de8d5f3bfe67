load lib

# browser WIDTH PAGE [OPTION…]: the document as it is after its script; complaints in browser.log. The
# page makes no request, and the browser is told to make none of its own.
browser() {
  command -v chromium >/dev/null || skip "chromium is not installed"
  local width=$1 page=$2
  shift 2
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync \
    --disable-background-networking --disable-component-update --user-data-dir="$PWD/profile" \
    --enable-logging=stderr --window-size="$width,900" "$@" --dump-dom "file://$PWD/$page" 2>browser.log
}

# report: of a system whose name bites; a finding of every verdict.
report() {
  small_root root
  touch root/usr/sbin/sshd
  printf 'PermitRootLogin yes\n' >root/etc/ssh/sshd_config
  echo '<img src=x onerror=alert(1)>' >root/etc/hostname
  run paratia audit --root root --output html=report.html
  [ -s report.html ]
}

# tags FILE: its markup, without its text.
tags() { grep -oE '<[a-z][^>]*>' "$1"; }

# proves: --output html
@test "the page says what the run says, whole and without any request" {
  report
  grep -q "Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-" report.html
  tags report.html >tags
  run grep -E '^<(img|link|iframe|base)| (src|style|on[a-z]+)=|href="[^#]' tags
  [ "$status" = 1 ] || { echo "$output"; return 1; }
  "$PARATIA" audit --no-record --root root --json >run.json || true
  run grep -c '<details class="f ' tags
  [ "$output" = "$(jq '.findings | length' run.json)" ]
  local id
  for id in $(jq -r '.findings[].fingerprint' run.json); do
    grep -q "<details class=\"f [^>]* id=\"$id\"" tags || { echo "no $id"; return 1; }
  done
}

@test "its script runs under its own policy, and nothing goes wrong" {
  report
  browser 1400 'report.html?theme=dark' >dom.html
  run head -2 dom.html
  has 'data-theme="dark"'
  has 'data-ready="fits"'
  hasnt 'no-js'
  run grep -E 'CONSOLE|Refused|Uncaught' browser.log
  [ "$status" = 1 ] || { echo "$output"; return 1; }
}

@test "at first it shows what fails and what was not evaluated, no more" {
  report
  local want
  want=$("$PARATIA" audit --no-record --root root --json |
    jq '[.findings[] | select(.verdict == "fail" or .verdict == "not evaluated")] | length')
  browser 1400 report.html >dom.html
  run grep -o 'id="count">[^<]*' dom.html
  [ "$output" = "id=\"count\">$want shown" ]
}

@test "a link with a fingerprint opens that finding, though the filters hide it" {
  report
  local id
  id=$(grep -oE '<details class="f [a-z]+ pass" id="[0-9a-f]{12}' report.html | head -1 | grep -oE '[0-9a-f]{12}$')
  browser 1400 "report.html#$id" >dom.html
  run grep -oE "<details [^>]*id=\"$id\"[^>]*>" dom.html
  has ' open=""'
  has ' tgt"'
  hasnt ' hidden='
}

# A window is never narrower than 500 px, a frame may be.
@test "no width makes it run out sideways" {
  report
  local width
  for width in 320 390 820 1400; do echo "<iframe width=$width height=900 src=report.html></iframe>"; done >frames.html
  cat >>frames.html <<'JS'
<script>
onload = () => document.querySelectorAll('iframe').forEach((f) => {
  document.body.append(f.width + ' ' + f.contentDocument.documentElement.dataset.ready + '.\n');
});
</script>
JS
  run browser 1500 frames.html --allow-file-access-from-files
  for width in 320 390 820 1400; do has "$width fits."; done
}
