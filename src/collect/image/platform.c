#include "collect/image/platform.h"

#include <sys/utsname.h>

typedef struct platform {
    pt_str part[3]; // system, architecture, variant
    size_t n;       // that are said
} platform;

enum {
    SYSTEM,
    ARCHITECTURE,
    VARIANT
};

// Other names, as containerd's library of platforms has them, and of uname.
static const struct {
    size_t part;
    const char *name, *is, *variant; // NULL: says none
} others[] = {
    {SYSTEM, "macos", "darwin", NULL},       {ARCHITECTURE, "x86_64", "amd64", NULL},
    {ARCHITECTURE, "x86-64", "amd64", NULL}, {ARCHITECTURE, "aarch64", "arm64", NULL},
    {ARCHITECTURE, "i386", "386", NULL},     {ARCHITECTURE, "i686", "386", NULL},
    {ARCHITECTURE, "armhf", "arm", "v7"},    {ARCHITECTURE, "armel", "arm", "v6"},
    {ARCHITECTURE, "armv7l", "arm", NULL},
};

// "" is what goes without saying.
static const struct {
    const char *architecture, *variant, *is;
} variants[] = {
    {"amd64", "v1", ""}, {"arm64", "8", ""}, {"arm64", "v8", ""}, {"arm", "", "v7"},
    {"arm", "5", "v5"},  {"arm", "6", "v6"}, {"arm", "7", "v7"},  {"arm", "8", "v8"},
};

static bool is_word(pt_str s, const char *word) {
    return pt_str_eq_nocase(s, pt_str_of(word));
}

// What is said, in the usual words. A variant that is not said stays so.
static void make_usual(platform *p) {
    for (size_t i = 0; i < PT_COUNT(others); i++) {
        pt_str *part = &p->part[others[i].part];
        if (!is_word(*part, others[i].name))
            continue;
        *part = pt_str_of(others[i].is);
        if (others[i].variant) {
            p->part[VARIANT] = pt_str_of(others[i].variant);
            p->n = PT_COUNT(p->part);
        }
    }
    for (size_t i = 0; p->n == PT_COUNT(p->part) && i < PT_COUNT(variants); i++)
        if (is_word(p->part[ARCHITECTURE], variants[i].architecture) &&
            is_word(p->part[VARIANT], variants[i].variant)) {
            p->part[VARIANT] = pt_str_of(variants[i].is);
            return;
        }
}

pt_str pt_platform_own(pt_arena *a) {
    struct utsname u;
    platform p = {.n = ARCHITECTURE + 1};
    if (uname(&u) == 0)
        p.part[ARCHITECTURE] = pt_str_of(u.machine);
    make_usual(&p);
    return pt_arena_printf(a, "linux/%.*s", PT_PRI(p.part[ARCHITECTURE]));
}

bool pt_platform_is(pt_value d, pt_str want) {
    static const char *const keys[] = {"os", "architecture", "variant"};
    platform its = {.n = PT_COUNT(keys)};
    platform asked = {0};
    bool same = true;
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        its.part[i] = pt_text(pt_getz(d, keys[i]));
    while (asked.n < PT_COUNT(keys) && pt_str_split(&want, '/', &asked.part[asked.n]))
        asked.n++;
    make_usual(&its);
    make_usual(&asked);
    for (size_t i = 0; i < asked.n; i++)
        same = same && pt_str_eq_nocase(its.part[i], asked.part[i]);
    return same && !want.n;
}

bool pt_platform_attests(pt_value descriptor) {
    pt_value p = pt_getz(descriptor, "platform");
    pt_value notes = pt_getz(descriptor, "annotations");
    return pt_defined(pt_getz(notes, "vnd.docker.reference.type")) &&
           pt_str_eqz(pt_text(pt_getz(p, "os")), "unknown") &&
           pt_str_eqz(pt_text(pt_getz(p, "architecture")), "unknown");
}

static pt_value platform_of(pt_value candidate, const char *key) {
    return key ? pt_getz(candidate, key) : candidate;
}

static bool is_silent(pt_value d) {
    return !pt_text(pt_getz(d, "os")).n || !pt_text(pt_getz(d, "architecture")).n;
}

size_t pt_platform_keep(pt_value *candidates, size_t n, const char *key, pt_str want) {
    size_t kept = 0;
    bool any = false;
    for (size_t i = 0; !any && i < n; i++)
        any = pt_platform_is(platform_of(candidates[i], key), want);
    for (size_t i = 0; any && i < n; i++) {
        pt_value d = platform_of(candidates[i], key);
        if (is_silent(d) || pt_platform_is(d, want))
            candidates[kept++] = candidates[i];
    }
    return kept;
}
