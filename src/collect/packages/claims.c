#include "collect/packages/claims.h"

#include <string.h>

#include "collect/packages/read_impl.h"

// A record: this, then `rest` bytes that follow the first `shared` ones of the path before, then
// `sum` bytes.
typedef struct record {
    uint32_t owner, mode;
    uint16_t flags, shared, rest, sum;
} record;
_Static_assert(sizeof(record) == 16, "no gaps: it goes through a pipe");

void pt_claims_begin(pt_claims *c) {
    c->last_n = 0;
    c->from = c->out.n;
    c->sums = 0;
}

static unsigned kind_of(pt_str sum) {
    static const struct {
        const char *begins;
        unsigned kind;
    } kinds[] = {{"md5:", PT_CLAIM_MD5}, {"sha1:", PT_CLAIM_SHA1}, {"sha256", PT_CLAIM_SHA256}};
    for (size_t i = 0; i < PT_COUNT(kinds); i++)
        if (pt_str_starts(sum, pt_str_of(kinds[i].begins)))
            return kinds[i].kind;
    return 0;
}

bool pt_path_is_local(pt_str path) {
    static const char *const folders[] = {"usr/local/", "home/", "root/",     "srv/", "tmp/",
                                          "run/",       "proc/", "sys/",      "dev/", "mnt/",
                                          "media/",     "app/",  "workspace/"};
    for (size_t i = 0; i < PT_COUNT(folders); i++)
        if (pt_str_starts(path, pt_str_of(folders[i])))
            return true;
    return false;
}

// "folder/name" in `room`; empty: nothing that can be a file's path.
static pt_str joined(char room[PT_CLAIM_PATH_MAX], pt_str folder, pt_str name) {
    folder = pt_path_plain(folder);
    name = pt_path_plain(name);
    size_t at = folder.n ? folder.n + 1 : 0;
    if (at + name.n > PT_CLAIM_PATH_MAX || !name.n || pt_str_eqz(name, "."))
        return (pt_str){0};
    if (folder.n) {
        memcpy(room, folder.p, folder.n);
        room[folder.n] = '/';
    }
    memcpy(room + at, name.p, name.n);
    return (pt_str){room, at + name.n};
}

static size_t shared_with(const pt_claims *c, pt_str path) {
    size_t n = 0;
    while (n < c->last_n && n < path.n && c->last[n] == path.p[n])
        n++;
    return n;
}

pt_code pt_claim_add(pt_read *r, const pt_claim_of *of, const pt_claim *c, pt_err *e) {
    char room[PT_CLAIM_PATH_MAX] __attribute__((uninitialized)); // zeroing it would cost the most
    pt_claims *to = r->claims;
    uint32_t owner = 0;
    if (!to || c->sum.n > PT_CLAIM_SUM_MAX)
        return PT_OK;
    pt_str path = joined(room, of->folder, of->name);
    if (!path.n)
        return PT_OK;
    size_t shared = shared_with(to, path);
    const record its = {.flags = (uint16_t)c->flags,
                        .mode = c->mode,
                        .shared = (uint16_t)shared,
                        .rest = (uint16_t)(path.n - shared),
                        .sum = (uint16_t)c->sum.n};
    if (sizeof its + its.rest + its.sum > to->out.max - to->out.n) {
        if (!to->cut)
            pt_fault_add(r, 0, "of more files than can be kept it says what they should be");
        to->cut = true;
        return PT_OK;
    }
    pt_code code = pt_owner_add(r, of->package, &owner, e);
    if (code)
        return code;
    record with = its;
    with.owner = owner;
    pt_buf_put(&to->out, (pt_str){(const char *)&with, sizeof with});
    pt_buf_put(&to->out, pt_str_sub(path, shared, path.n));
    pt_buf_put(&to->out, c->sum);
    memcpy(to->last + shared, path.p + shared, path.n - shared);
    to->last_n = path.n;
    unsigned kind = kind_of(c->sum);
    to->sums |= kind | (kind && pt_path_is_local(path) ? PT_CLAIM_LOCAL : 0);
    return to->out.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

bool pt_claim_next(pt_str *rest, pt_claim_last *last, pt_claim *ret, uint32_t *ret_owner) {
    record its;
    if (rest->n < sizeof its)
        return false;
    memcpy(&its, rest->p, sizeof its);
    size_t n = (size_t)its.shared + its.rest;
    if (its.shared > last->n || n > sizeof last->path ||
        rest->n - sizeof its < (size_t)its.rest + its.sum)
        return false;
    pt_str text = pt_str_sub(*rest, sizeof its, rest->n);
    if (its.rest) // the same path once more
        memcpy(last->path + its.shared, text.p, its.rest);
    last->n = n;
    *ret = (pt_claim){.path = {last->path, n},
                      .sum = pt_str_sub(text, its.rest, (size_t)its.rest + its.sum),
                      .mode = its.mode,
                      .flags = its.flags};
    *ret_owner = its.owner;
    *rest = pt_str_sub(text, (size_t)its.rest + its.sum, text.n);
    return true;
}

static bool all_hex(pt_str s) {
    size_t n = 0;
    while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || (s.p[n] >= 'a' && s.p[n] <= 'f')))
        n++;
    return n == s.n;
}

pt_str pt_claim_sum_text(pt_arena *a, pt_str hex) {
    static const struct {
        size_t n;
        const char *name;
    } kinds[] = {{32, "md5"}, {40, "sha1"}, {64, "sha256"}};
    for (size_t i = 0; i < PT_COUNT(kinds); i++)
        if (hex.n == kinds[i].n && all_hex(hex))
            return pt_arena_printf(a, "%s:%.*s", kinds[i].name, PT_PRI(hex));
    return (pt_str){0};
}
