// The command line of a component of Kubernetes, or of etcd: Go's flags in all their forms.
#include <string.h>

#include "collect/host/kube.h"

// Of the flags that checks ask for: those that take no further word, and those whose values are
// lists, which grow when the flag comes again.
static const char booleans[] =
    "anonymous-auth|profiling|service-account-lookup|service-account-extend-token-expiration|"
    "use-service-account-credentials|client-cert-auth|peer-client-cert-auth|auto-tls|"
    "peer-auto-tls|protect-kernel-defaults|make-iptables-util-chains|rotate-certificates|"
    "seccomp-default";
static const char lists[] = "authorization-mode|enable-admission-plugins|disable-admission-plugins|"
                            "tls-cipher-suites|cipher-suites|feature-gates";

typedef struct flag {
    pt_str name, value;
} flag;
typedef PT_VEC(flag) flags;

static bool among(pt_str name, const char *names) {
    return pt_str_in_list(name, pt_str_of(names), '|');
}

// Components take "--anonymous_auth" for "--anonymous-auth".
static pt_str with_dashes(pt_arena *a, pt_str name) {
    char *out = pt_arena_take(a, name.n + 1);
    for (size_t i = 0; out && i < name.n; i++)
        out[i] = name.p[i];
    for (size_t i = 0; out && i < name.n; i++)
        if (out[i] == '_')
            out[i] = '-';
    return (pt_str){out, out ? name.n : 0};
}

static bool set(pt_arena *a, flags *all, flag f) {
    for (size_t i = 0; i < all->n; i++) {
        flag *old = &all->v[i];
        if (!pt_str_eq(old->name, f.name))
            continue;
        bool grows = among(f.name, lists) && old->value.n;
        old->value =
            grows ? pt_arena_printf(a, "%.*s,%.*s", PT_PRI(old->value), PT_PRI(f.value)) : f.value;
        return true;
    }
    flag *slot = PT_PUSH(a, all);
    if (slot)
        *slot = f;
    return slot != NULL;
}

// May the word be a flag's value? Go takes any; of flags that are not known here some are booleans,
// so that another flag behind them is none.
static bool is_value(pt_str word) {
    int64_t number;
    return !pt_str_starts(word, PT_STR("-")) || word.n == 1 || pt_str_int(word, 10, &number);
}

// "--flag=value", "--flag value", "--boolean"; etcd also takes one dash.
static bool read(pt_arena *a, const pt_words *argv, flags *ret) {
    for (size_t i = 1; i < argv->n; i++) {
        pt_str word = argv->v[i];
        if (pt_str_eqz(word, "--"))
            break; // what follows are no flags
        if (!pt_str_starts(word, PT_STR("-")) || word.n < 3)
            continue;
        word = pt_str_sub(word, pt_str_starts(word, PT_STR("--")) ? 2 : 1, word.n);
        size_t eq = pt_str_find(word, '=');
        flag f = {with_dashes(a, pt_str_sub(word, 0, eq)), pt_str_sub(word, eq + 1, word.n)};
        bool more = i + 1 < argv->n && is_value(argv->v[i + 1]);
        if (eq == word.n && among(f.name, booleans))
            f.value = PT_STR("true");
        else if (eq == word.n && more)
            f.value = argv->v[++i];
        if (!set(a, ret, f))
            return false;
    }
    return true;
}

// As strconv.ParseBool; another word stays a text, which no test takes for an answer.
static pt_value boolean(pt_str s) {
    if (pt_str_in_list(s, PT_STR("1|t|T|true|TRUE|True"), '|'))
        return pt_bool(true);
    return pt_str_in_list(s, PT_STR("0|f|F|false|FALSE|False"), '|') ? pt_bool(false)
                                                                     : pt_string(s);
}

static pt_value list(pt_arena *a, pt_str s) {
    pt_list l = {.a = a};
    pt_str one;
    while (pt_str_split(&s, ',', &one))
        if (pt_str_trim(one).n)
            pt_list_add(&l, pt_string(pt_str_trim(one)));
    return pt_list_end(&l);
}

// A flag without a value ("--client-ca-file=") is unset.
pt_value pt_kube_flags(pt_arena *a, const pt_words *argv) {
    flags all = {0};
    PT_VEC(pt_value) pairs = {0};
    if (!read(a, argv, &all))
        return pt_undefined();
    for (size_t i = 0; i < all.n; i++) {
        flag f = all.v[i];
        if (!f.value.n)
            continue;
        pt_value v = among(f.name, booleans) ? boolean(f.value)
                     : among(f.name, lists)  ? list(a, f.value)
                                             : pt_host_number_or_text(f.value);
        const pt_value pair[] = {pt_string(f.name), v};
        for (size_t k = 0; k < 2; k++) {
            pt_value *slot = PT_PUSH(a, &pairs);
            if (!slot)
                return pt_undefined();
            *slot = pair[k];
        }
    }
    return pt_object_of(a, pairs.v, pairs.n / 2, NULL);
}
