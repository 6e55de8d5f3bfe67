// What is said of files, names, versions.
#include "judge/falco/rules_impl.h"

static void say(pt_falco_loader *l, pt_falco_says *to, const char *code,
                const pt_falco_about *about, pt_str message) {
    pt_falco_said *said = message.p ? PT_PUSH(l->a, to) : NULL;
    if (!said) {
        pt_falco_no_memory(l);
        return;
    }
    *said = (pt_falco_said){code,        pt_str_of(about->type), about->name, message, about->file,
                            about->line, about->column};
}

PT_FORMAT(2, 0) static pt_str printed(pt_falco_loader *l, const char *fmt, va_list ap) {
    pt_buf b = PT_BUF(1 << 16);
    pt_buf_vprintf(&b, fmt, ap);
    pt_str text = pt_arena_str(l->a, pt_buf_str(&b));
    pt_buf_done(&b);
    return text;
}

bool pt_falco_refuse(pt_falco_loader *l, const char *code, const pt_falco_about *about,
                     const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    say(l, &l->errors, code, about, printed(l, fmt, ap));
    va_end(ap);
    return false;
}

void pt_falco_warn(pt_falco_loader *l, const char *code, const pt_falco_about *about,
                   const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    say(l, l->warn_to, code, about, printed(l, fmt, ap));
    va_end(ap);
}

bool pt_falco_no_memory(pt_falco_loader *l) {
    if (!l->code)
        l->code = pt_err_set(l->e, PT_E_NOMEM, "out of memory");
    return false;
}

bool pt_falco_too_much(pt_falco_loader *l, const char *what) {
    if (!l->code)
        l->code = pt_err_set(l->e, PT_E_LIMIT, "%s", what);
    return false;
}

// -- names ----------------------------------------------------------------------------------------

typedef struct named {
    pt_str name;
    void *what;
    struct named *next; // of the same hash
} named;

void *pt_falco_find(const pt_falco_names *n, pt_str name) {
    const named *at = pt_map_get(&n->map, pt_hash(pt_string(name), 0));
    while (at && !pt_str_eq(at->name, name))
        at = at->next;
    return at ? at->what : NULL;
}

bool pt_falco_name(pt_falco_loader *l, pt_falco_names *n, pt_str name, void *what) {
    n->map.a = l->a;
    uint64_t hash = pt_hash(pt_string(name), 0);
    named *at = PT_NEW(l->a, named, 1);
    void **slot = at ? PT_PUSH(l->a, &n->all) : NULL;
    if (!slot)
        return pt_falco_no_memory(l);
    *slot = what;
    *at = (named){name, what, pt_map_get(&n->map, hash)};
    return pt_map_put(&n->map, hash, at) ? true : pt_falco_no_memory(l);
}

// -- versions -------------------------------------------------------------------------------------

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool pt_falco_version_of(pt_str text, pt_falco_version *ret) {
    pt_falco_version v = {0};
    for (size_t i = 0; i < 3; i++) {
        size_t n = 0;
        uint32_t part = 0;
        while (n < text.n && is_digit(text.p[n])) {
            if (__builtin_mul_overflow(part, 10u, &part) ||
                __builtin_add_overflow(part, (uint32_t)(text.p[n] - '0'), &part))
                return false;
            n++;
        }
        bool ends = i == 2 || (n < text.n && text.p[n] == '.');
        if (n == 0 || !ends)
            return false;
        v.part[i] = part;
        text = pt_str_sub(text, n + 1, text.n);
    }
    *ret = v;
    return true;
}

bool pt_falco_version_serves(pt_falco_version has, pt_falco_version wanted) {
    if (has.part[0] != wanted.part[0])
        return false;
    if (has.part[1] != wanted.part[1])
        return has.part[1] > wanted.part[1];
    return has.part[2] >= wanted.part[2];
}
