load lib

# The library as a program finds it: installed below a folder, by its pkg-config file.
setup_file() {
  DESTDIR=$BATS_FILE_TMPDIR/root meson install -C "$(dirname "$PARATIA")" --no-rebuild >"$BATS_FILE_TMPDIR/log" 2>&1 ||
    { cat "$BATS_FILE_TMPDIR/log"; return 1; }
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  root=$BATS_FILE_TMPDIR/root
  pc=$(find "$root" -name paratia-policy.pc)
  lib=$(dirname "$(dirname "$pc")")
  export LD_LIBRARY_PATH=$lib
}

flags() {
  PKG_CONFIG_PATH=$(dirname "$pc") PKG_CONFIG_SYSROOT_DIR=$root pkg-config "$@" paratia-policy
}

# proves: libparatia-policy
@test "a program of thirty lines compiles with the pkg-config file and judges a pod" {
  # shellcheck disable=SC2046
  cc -Wall -Wextra -Werror -o policy "$PT_REPO/docs/examples/policy.c" $(flags --cflags --libs)
  run ./policy
  [ "$status" = 0 ]
  [ "$output" = '[{"bindings":{},"expressions":[{"text":"data.admission.deny","value":["shop is from elsewhere.example"]}]}]' ]
}

@test "a program loads a bundle only if the key signed it" {
  mkdir b && printf 'package p\n\nx := data.least + 1\n' >b/p.rego && echo '{"least": 2}' >b/data.json
  openssl ecparam -name prime256v1 -genkey -noout -out k.pem && openssl ec -in k.pem -pubout -out k.pub
  openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -out other.pub
  "$PARATIA" policy sign -b b --signing-key k.pem --signing-alg ES256 -o b
  cat >load.c <<'C'
#include <paratia/policy.h>
#include <stdio.h>

int main(int argc, char **argv) {
    char pem[1024];
    FILE *f = fopen(argv[argc - 1], "r");
    paratia_key key = {NULL, "ES256", pem, f ? fread(pem, 1, sizeof pem, f) : 0};
    paratia_error e;
    paratia_answers a;
    paratia_policy *p = paratia_policy_new();
    bool ok = paratia_policy_load(p, "b", true, &key, 1, &e) && paratia_policy_compile(p, true, &e);
    paratia_query *q = ok ? paratia_query_new(p, "data.p.x == 3", &e) : NULL;
    ok = q && paratia_query_eval(q, NULL, 0, NULL, &a, &e);
    puts(ok ? a.json : e.message);
    return !ok;
}
C
  # shellcheck disable=SC2046
  cc -Wall -Wextra -Werror -o load load.c $(flags --cflags --libs)
  run ./load k.pub
  [ "$status" = 0 ]
  has '"value":true'
  run ./load other.pub
  [ "$status" = 1 ]
  has 'bundle b: '
  echo '{"least": 3}' >b/data.json
  run ./load k.pub
  [ "$status" = 1 ]
  has 'b/data.json: digest mismatch'
}

@test "the header is C++ as well" {
  echo '#include <paratia/policy.h>
int main() { return paratia_policy_version()[0] == 0; }' >version.cc
  # shellcheck disable=SC2046
  c++ -Wall -Wextra -Werror -o version version.cc $(flags --cflags --libs)
  ./version
}

@test "the library exports its header's functions, versioned, and nothing else" {
  local declared exported
  declared=$(grep -oE '\bparatia_[a-z_]+\(' "$root"/usr*/*/include/paratia/policy.h "$root"/usr/include/paratia/policy.h 2>/dev/null |
    sed 's/.*://; s/($//' | grep -vx paratia_function | sort -u)
  exported=$(nm -D --defined-only "$lib/libparatia-policy.so.0" | awk '$2 == "T" {print $3}' | sort)
  [ "$(sed 's/$/@@PARATIA_POLICY_0/' <<<"$declared")" = "$exported" ] || { echo "$exported"; return 1; }
  ! nm -D --defined-only "$lib/libparatia-policy.so.0" | awk '$2 != "T" && $3 != "PARATIA_POLICY_0"' | grep .
  readelf -dW "$lib/libparatia-policy.so.0" | grep -q 'SONAME.*\[libparatia-policy.so.0\]'
}

@test "its page is good roff and names every function" {
  command -v groff >/dev/null || skip "groff is not installed"
  local page name
  page=$(find "$root" -name paratia-policy.3)
  run groff -K utf8 -man -Tutf8 -ww "$page"
  hasnt "warning"
  for name in $(nm -D --defined-only "$lib/libparatia-policy.so.0" | sed -nE 's/.* T (.*)@@.*/\1/p'); do
    grep -q "$name" "$page" || { echo "nothing about $name"; return 1; }
  done
}

@test "each allocation that fails is an error with a message, never a crash" {
  cat >fail.c <<'C'
#include <stddef.h>
#include <stdlib.h>
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
static int hit(void) {
  static long n, at;
  if (n++ == 0) at = atol(getenv("FAIL_AT"));
  return n == at;
}
void *malloc(size_t n) { return hit() ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return hit() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return hit() ? NULL : __libc_realloc(p, n); }
C
  cc -shared -fPIC -o fail.so fail.c
  # shellcheck disable=SC2046
  cc -o policy "$PT_REPO/docs/examples/policy.c" $(flags --cflags --libs)
  local n failed=0
  for n in $(seq 60); do
    FAIL_AT=$n LD_PRELOAD=$PWD/fail.so run ./policy
    [ "$status" -le 1 ] && [ -n "$output" ] || { echo "allocation $n: $status"; return 1; }
    failed=$((failed + status))
  done
  [ "$status" = 0 ] && [ "$failed" -gt 10 ] # the last one passes untouched
}
