#!/usr/bin/env bats
# Rules of `paratia watch` against what really happens: real processes and containers do what a rule
# is for, and something close to it that is harmless. What they do and what must be said of it is
# data: watch_rules.tsv. The program that does it: act.c.
load lib

rows=$PT_REPO/tests/e2e/watch_rules.tsv
act=${PT_ACT:-$(dirname "$PARATIA")/tests/act}
corpus=${PT_FALCO_RULES:-$PT_REPO/../shared/corpus/falco/rules}

setup_file() {
  local why=
  [ "$(id -u)" = 0 ] || why="needs root to watch a host"
  [ -r /sys/kernel/btf/vmlinux ] || why="this kernel has no BTF"
  [ -x "$act" ] || why="tests/act was not built"
  export PT_NO_ACTS=${why:-${PT_NO_DOCKER:-}}
  [ -z "$PT_NO_ACTS" ] || return 0
  export PT_RUN=$$
  make_image
  # Where connections go to: nowhere, in the namespace of the tests' own daemon.
  inside ip link add act0 type veth peer name act1
  inside ip addr add 198.51.100.2/24 dev act0
  inside ip link set act1 up
  inside ip link set act0 up
  inside ip route add default via 198.51.100.1
}

teardown_file() {
  [ -z "$PT_NO_ACTS" ] || return 0
  inside ip link del act0
  docker rm -f $(docker ps -aq --filter name=pt-act-) >/dev/null 2>&1 || true
}

inside() { nsenter --net="$PT_NETNS" "$@"; }

# Every name that a row gives a program.
names_of_rows() {
  awk -F'\t' '!/^#/ && NF > 4 {print $5}' "$rows" | awk '{print $1} {for (i = 1; i <= NF; i++) if (sub("^%B/", "", $i)) print $i}' | sort -u
}

make_image() {
  local root=$BATS_FILE_TMPDIR/root name
  mkdir -p "$root"/{bin,data,etc,tmp,rows} "$root/run/secrets/kubernetes.io/serviceaccount" "$BATS_FILE_TMPDIR/tmp"
  cp "$act" "$root/bin/act"
  printf 'root:x:0:0::/:/bin/sh\ndaemon:x:1:1::/:/bin/sh\n' >"$root/etc/passwd"
  echo x | tee "$root/etc/shadow" "$root/data/x" >"$root/run/secrets/kubernetes.io/serviceaccount/token"
  for name in $(names_of_rows); do
    [ -e "$root/bin/$name" ] || ln "$root/bin/act" "$root/bin/$name"
  done
  tar -C "$root" -c . | docker import -c 'ENV PATH=/bin' - pt-act:1 >/dev/null
}

# rows_of KEY: line, kind, rule, where, act, fields.
rows_of() { awk -F'\t' -v OFS='\t' -v k="$1" '!/^#/ && $1 == k {print NR, $2, $3, $4, $5, $6}' "$rows"; }

# tag LINE: of this run alone; others may watch the same machine.
tag() { printf ':%s.%s:' "$PT_RUN" "$1"; }

# words LINE WHERE TEXT: with the tag of the row and with paths as they are there.
words() {
  local bin=/bin tmp=/tmp
  [[ $2 != host* ]] || bin=$BATS_FILE_TMPDIR/root/bin tmp=$BATS_FILE_TMPDIR/tmp
  local text=${3//@/$(tag "$1")}
  text=${text//%B/$bin}
  text=${text//%T/$tmp}
  printf '%s\n' "${text//%N/$PT_NETNS}"
}

# Until the watch has said the canary of that tag.
sing() {
  for _ in $(seq 150); do
    "$BATS_FILE_TMPDIR/root/bin/act" "$1" sleep 0
    ! grep -q "canary $1" alerts || return 0
    kill -0 "$watching" 2>/dev/null || break
    sleep 0.2
  done
  echo "no alert of the canary $1"
  cat said
  return 1
}

# One container for all rows with the same options; they all run at once.
run_containers() {
  local place n=0 line where text
  while IFS= read -r place; do
    n=$((n + 1))
    echo 'act :named: sleep 1500' >"batch.$n"
    while IFS=$'\t' read -r line _ _ where text _; do
      [ "$where" = "$place" ] || continue
      words "$line" "$where" "$text" >>"batch.$n"
      echo "pt-act-$n" >"name.$line"
    done < <(rows_of "$1")
    eval "docker run -d --name pt-act-$n -v $PWD/batch.$n:/rows/batch:ro ${place#run} pt-act:1 /bin/act :batch: batch /rows/batch /bin" >/dev/null
  done < <(rows_of "$1" | awk -F'\t' '$4 ~ /^run/ {print $4}' | sort -u)
  for n in $(seq "$n"); do
    timeout 60 docker wait "pt-act-$n" >/dev/null
    docker logs "pt-act-$n" 2>&1 | sed "s/^/pt-act-$n: /" >>acted
  done
}

# Rows that are the first process of a container.
run_firsts() {
  local line where text
  while IFS=$'\t' read -r line _ _ where text _; do
    [[ $where == pid1* ]] || continue
    echo "pt-act-first-$line" >"name.$line"
    text=$(words "$line" "$where" "$text")
    docker run --name "pt-act-first-$line" ${where#pid1} pt-act:1 ${text/#act/\/bin/act} >>acted 2>&1
  done < <(rows_of "$1")
}

# Rows that are started in a container that runs: as `docker exec` would.
run_execs() {
  local line where text
  docker run -d --name pt-act-exec pt-act:1 /bin/act :exec: sleep 60000 >/dev/null
  sleep 1
  while IFS=$'\t' read -r line _ _ where text _; do
    [[ $where == exec* ]] || continue
    echo pt-act-exec >"name.$line"
    text=$(words "$line" "$where" "$text")
    docker exec ${where#exec} pt-act-exec $text </dev/null >>acted 2>&1
  done < <(rows_of "$1")
}

run_host() {
  local line where text
  while IFS=$'\t' read -r line _ _ where text _; do
    [ "$where" != host ] || words "$line" "$where" "$text"
  done < <(rows_of "$1") >batch.host
  "$BATS_FILE_TMPDIR/root/bin/act" :batch: batch "$PWD/batch.host" "$BATS_FILE_TMPDIR/root/bin" >>acted 2>&1
}

# watch_rows KEY FILE: one watch over everything that the rows of KEY do; once more if the machine had
# so much else to do that events were lost.
watch_rows() {
  watch_once "$@" || return 1
  has_all || watch_once "$@" || return 1
  has_all || { echo "events were lost:"; cat said; return 1; }
}

has_all() { [[ $(tail -1 said) == *" 0 lost"* ]]; }

watch_once() {
  printf -- '- rule: Canary\n  desc: says that it looks\n  condition: evt.type = execve and proc.args startswith ":" and proc.args contains " sleep 0"\n  output: canary %%proc.args\n  priority: DEBUG\n' >canary.yaml
  : >acted
  "$PARATIA" watch --json --no-record --match all --engine "${DOCKER_HOST#unix://}" --rules "$2,canary.yaml" >alerts 2>said 3>&- &
  watching=$!
  sing ":$PT_RUN.ready:" || return 1
  run_containers "$1"
  run_execs "$1"
  run_firsts "$1"
  run_host "$1"
  sing ":$PT_RUN.done:" || return 1
  kill "$watching"
  wait "$watching"
  docker rm -f $(docker ps -aq --filter name=pt-act-) >/dev/null 2>&1
}

# same FIELDS ALERT LINE WHERE: each field as the row says, `*` is any text.
same() {
  local pair got want ok=0
  local IFS=';'
  for pair in $1; do
    got=$(jq -r --arg f "${pair%%=*}" '.output_fields[$f] // .[$f] | tostring' <<<"$2")
    want=$(words "$3" "$4" "${pair#*=}")
    want=${want//\~/ }
    [[ $got == $want ]] || { echo "$5: ${pair%%=*} is '$got', not '$want'"; ok=1; }
  done
  return $ok
}

# check_rows KEY: what was said of each row.
check_rows() {
  local line kind rule where text fields found place bad=0 n=0
  while IFS=$'\t' read -r line kind rule where text fields; do
    [ "$kind" != not ] || continue
    n=$((n + 1))
    place="watch_rules.tsv:$line: $rule"
    found=$(jq -c --arg r "$rule" --arg t "$(tag "$line")" 'select(.rule == $r and (.output | contains($t)))' alerts)
    [ "$fields" = - ] && fields=
    if [ "$kind" = no ]; then
      [ -z "$found" ] || { [ -n "$fields" ] && ! same "$fields" "$found" "$line" "$where" "$place" >/dev/null; } || { echo "$place: must not trigger: $text"; bad=1; }
      continue
    fi
    [ -n "$found" ] || { echo "$place: did not trigger: $text"; bad=1; continue; }
    found=${found%%$'\n'*}
    fields+=${fields:+;}
    [[ $found != *'"container.id"'* ]] || [ "$where" != host ] || fields+="container.id=host;"
    [[ $found != *'"container.name"'* ]] || [ "$where" = host ] || fields+="container.name=$(cat "name.$line");"
    same "$fields" "$found" "$line" "$where" "$place" || bad=1
  done < <(rows_of "$1")
  [ $bad = 0 ] || { cat acted said; return 1; }
  echo "# $n rows of $1" >&3
}

# Each rule that is switched on has a row that triggers it and one that is close, or a reason why not.
check_coverage() {
  local rule bad=0
  awk '/^- rule: /{if (r) print r; r = substr($0, 9)} /^  enabled: false/{r = ""} END{if (r) print r}' "$2" >rules
  while IFS= read -r rule; do
    rows_of "$1" | cut -f2,3 | grep -qxF "not	$rule" && continue
    for kind in yes no; do
      rows_of "$1" | cut -f2,3 | grep -qxF "$kind	$rule" || { echo "no row: $1 $kind $rule"; bad=1; }
    done
  done <rules
  return $bad
}

judged() { # KEY FILE
  [ -z "$PT_NO_ACTS" ] || skip "$PT_NO_ACTS"
  [ -r "$2" ] || skip "$2 is not there"
  check_coverage "$@"
  watch_rows "$@"
  check_rows "$1"
}

# proves: watch --rules
# proves: watch --engine
# proves: watch --match
@test "each shipped rule says what it is for, and not what is close to it" {
  judged paratia "$PT_REPO/policies/runtime/paratia.yaml"
}

@test "Falco's stable rules, unmodified, do as well" {
  judged stable "$corpus/falco_rules.yaml"
}

@test "Falco's incubating rules do as well" {
  judged incubating "$corpus/falco-incubating_rules.yaml"
}

@test "Falco's sandbox rules do as well" {
  judged sandbox "$corpus/falco-sandbox_rules.yaml"
}
