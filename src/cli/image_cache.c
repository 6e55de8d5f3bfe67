#include "cli/image_cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"

// -- the options ----------------------------------------------------------------------------------

// "500M", "2G": a whole number of one unit.
static pt_code parse_size(const char *word, uint64_t *ret, pt_err *e) {
    static const struct {
        char unit;
        unsigned shift;
    } units[] = {{'M', 20}, {'G', 30}, {'T', 40}};
    pt_str s = pt_str_of(word);
    int64_t n = 0;
    for (size_t i = 0; i < PT_COUNT(units); i++)
        if (s.n > 1 && s.p[s.n - 1] == units[i].unit &&
            pt_str_int(pt_str_sub(s, 0, s.n - 1), 10, &n) && n > 0 && n < 1 << 20) {
            *ret = (uint64_t)n << units[i].shift;
            return PT_OK;
        }
    pt_code code = pt_err_set(e, PT_E_USAGE, "--cache-max does not know %s", word);
    pt_err_remedy(e, "a number and M, G or T: 500M");
    return code;
}

// The folder that nobody named; NULL: there is no place for one.
static const char *own_folder(pt_arena *a) {
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (cache && cache[0] == '/')
        return pt_arena_printf(a, "%s/paratia", cache).p;
    if (geteuid() == 0)
        return "/var/cache/paratia";
    if (!home || home[0] != '/')
        return NULL;
    pt_str parent = pt_arena_printf(a, "%s/.cache", home);
    if (parent.p)
        PT_IGNORE(mkdir(parent.p, 0700)); // where it cannot be made, what is below cannot either
    return pt_arena_printf(a, "%s/.cache/paratia", home).p;
}

static pt_code check_options(const pt_args *args, uint64_t *ret_bytes_max, pt_err *e) {
    static const char *const others[] = {"cache", "cache-max", "verify"};
    const char *size = pt_args_get(args, "cache-max");
    for (size_t i = 0; i < PT_COUNT(others) && pt_args_flag(args, "no-cache"); i++)
        if (pt_args_get(args, others[i]) || pt_args_flag(args, others[i]))
            return pt_err_set(e, PT_E_USAGE, "--no-cache and --%s contradict each other",
                              others[i]);
    return size ? parse_size(size, ret_bytes_max, e) : PT_OK;
}

static pt_code open_folder(const pt_args *args, pt_arena *a, pt_cache *c, pt_err *e) {
    const char *named = pt_args_get(args, "cache");
    uint64_t bytes_max = 0;
    pt_code code = check_options(args, &bytes_max, e);
    const char *path = named ? named : own_folder(a);
    if (code || pt_args_flag(args, "no-cache") || !path)
        return code;
    pt_err why = {0};
    code = pt_cache_open(c, path, bytes_max, &why);
    if (!code)
        return PT_OK;
    pt_err_at(&why, "%s", path);
    if (named) {
        *e = why;
        return code;
    }
    c->note = why;
    return PT_OK;
}

// -- what it is a cache of ------------------------------------------------------------------------

// The key stays with the folder, so that the same secret is known in what was kept, too. *ret: what
// tells apart answers that were made by other rules, or under another key.
static pt_code make_key(pt_arena *a, pt_cache *c, pt_image_rules *rules, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF((size_t)2 * PT_SHA256_BYTES);
    PT_AUTO(pt_buf_done) pt_buf of = PT_BUF(128);
    uint8_t key[PT_SHA256_BYTES];
    pt_cache_secret(c, key);
    const pt_str bytes = {(const char *)key, sizeof key};
    pt_hash256 hash = pt_sha256(&bytes, 1);
    pt_hex_put(&hex, bytes);
    pt_wipe(key, sizeof key);
    pt_buf_put(&of, (pt_str){(const char *)rules->digest.b, sizeof rules->digest.b});
    pt_buf_put(&of, (pt_str){(const char *)hash.b, sizeof hash.b});
    pt_buf_putc(&of, rules->trivy ? 't' : 'g');
    rules->key = pt_arena_str(a, pt_buf_str(&hex));
    *ret = pt_arena_str(a, pt_buf_str(&of));
    return rules->key.p && ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_image_cache_open(const pt_args *args, pt_arena *a, pt_image_rules *rules,
                            const char *program, pt_image_cache *ret, pt_err *e) {
    pt_str by = {0};
    pt_code code = open_folder(args, a, &ret->cache, e);
    if (!code && rules->fd >= 0)
        code = make_key(a, &ret->cache, rules, &by, e);
    if (!code && ret->cache.fd >= 0)
        code = pt_known_init(&ret->known, &ret->cache, program, by, e);
    ret->known.fresh = pt_args_flag(args, "verify");
    return code;
}

void pt_image_cache_done(pt_image_cache *c) {
    const pt_err *n = &c->cache.note;
    pt_cache_close(&c->cache);
    if (n->code)
        fprintf(stderr, "note: cache: %s%s%s\n", n->what, n->where[0] ? ": " : "", n->where);
}
