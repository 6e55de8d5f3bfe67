#include "collect/packages/binary/go_version.h"

#include "base/buf.h"
#include "collect/packages/read.h"

enum {
    FLAGS_BYTES_MAX = 64 << 10,
    COMMIT_BYTES = 12,
};

static bool is_digit_at(pt_str s, size_t at) {
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

pt_str pt_go_toolchain_version(pt_arena *a, pt_str version) {
    if (!pt_str_starts(version, PT_STR("go")) || !is_digit_at(version, 2))
        return (pt_str){0};
    version = pt_str_sub(version, 2, version.n);
    version = pt_str_sub(version, 0, pt_str_find(version, ' '));
    version = pt_str_sub(version, 0, pt_str_find(version, '-'));
    return pt_arena_printf(a, "v%.*s", PT_PRI(version));
}

// -- flags ----------------------------------------------------------------------------------------

// As strconv.Quote wrote it, if it did.
static void put_unquoted(pt_buf *b, pt_str s) {
    bool quoted = s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
    if (quoted)
        s = pt_str_sub(s, 1, s.n - 1);
    for (size_t i = 0; i < s.n; i++) {
        if (quoted && s.p[i] == '\\' && i + 1 < s.n)
            i++;
        pt_buf_putc(b, s.p[i]);
    }
}

// The next flag; quotes keep blanks together, and are taken off where they are all around it.
static bool next_flag(pt_str *rest, pt_str *ret) {
    size_t n = 0;
    char quote = '\0';
    *rest = pt_str_trim(*rest);
    while (n < rest->n && (quote || pt_str_trim(pt_str_sub(*rest, n, n + 1)).n)) {
        quote = pt_quote_behind(quote, rest->p[n++]);
    }
    pt_str s = pt_str_sub(*rest, 0, n);
    *rest = pt_str_sub(*rest, n, rest->n);
    if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        s = pt_str_sub(s, 1, s.n - 1);
    *ret = s;
    return n > 0;
}

typedef enum rank { // of a variable, the best last
    NONE,
    ANY,
    OF_MODULE,
    OF_MAIN,
} rank;

static rank rank_of(pt_str key, pt_str path) {
    size_t dot = pt_str_rfind(key, '.');
    pt_str package = pt_str_sub(key, 0, dot);
    if (!pt_str_eq_nocase(pt_str_sub(key, dot + 1, key.n), PT_STR("version")))
        return NONE;
    if (pt_str_eqz(package, "main"))
        return OF_MAIN;
    return path.n && pt_str_starts(package, path) ? OF_MODULE : ANY;
}

// "v1.2", "1.2.3-rc.1+x": a number, a dot and a number, and no blanks.
static bool is_version(pt_str s) {
    size_t at = pt_str_starts(s, PT_STR("v")) ? 1 : 0;
    if (!is_digit_at(s, at) || pt_str_find(s, ' ') < s.n)
        return false;
    while (is_digit_at(s, at))
        at++;
    return at < s.n && s.p[at] == '.' && is_digit_at(s, at + 1);
}

typedef struct found {
    rank rank;
    pt_str value;
} found;

static void take_variable(found *f, pt_str set, pt_str path) {
    size_t equals = pt_str_find(set, '=');
    pt_str value = pt_str_sub(set, equals + 1, set.n);
    rank r = rank_of(pt_str_sub(set, 0, equals), path);
    if (r == NONE || r < f->rank || !is_version(value))
        return;
    if (r == f->rank && !pt_str_eq(value, f->value))
        value = (pt_str){0}; // which one is it?
    *f = (found){r, value};
}

pt_str pt_go_flags_version(pt_arena *a, pt_str flags, pt_str path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(FLAGS_BYTES_MAX);
    found f = {.rank = NONE};
    pt_str flag;
    put_unquoted(&b, flags);
    pt_str rest = pt_buf_str(&b);
    while (!b.full && next_flag(&rest, &flag)) {
        if (pt_str_eqz(flag, "-X") || pt_str_eqz(flag, "--X")) {
            if (next_flag(&rest, &flag))
                take_variable(&f, flag, path);
        } else if (pt_str_starts(flag, PT_STR("-X=")))
            take_variable(&f, pt_str_sub(flag, 3, flag.n), path);
    }
    if (!f.value.n)
        return f.value;
    return pt_arena_printf(a, "%s%.*s", f.value.p[0] == 'v' ? "" : "v", PT_PRI(f.value));
}

pt_str pt_go_pseudo_version(pt_arena *a, pt_str time, pt_str commit) {
    char digits[15];
    size_t n = 0;
    for (size_t i = 0; i < time.n && n < 14; i++)
        if (is_digit_at(time, i))
            digits[n++] = time.p[i];
    digits[n] = '\0';
    if (n < 14 || commit.n < COMMIT_BYTES)
        return (pt_str){0};
    return pt_arena_printf(a, "v0.0.0-%s-%.*s", digits, COMMIT_BYTES, commit.p);
}
