// Time zones from the system's tzdata (RFC 9636: TZif).
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "judge/policy/fn/time.h"

#define ZONES_DIR      "/usr/share/zoneinfo/"
#define ZONE_BYTES_MAX ((size_t)256 << 10)
#define NAME_BYTES_MAX 64

typedef struct kind { // of local time
    int32_t offset;
    bool dst;
    uint8_t name; // offset into `names`
} kind;

struct pt_zone {
    uint8_t *bytes;       // the file
    const uint8_t *times; // n_times big-endian int64, then a byte each: the kind from then on
    const uint8_t *kinds; // 6 bytes each: offset, dst, name
    const char *names;
    size_t n_times, n_kinds, n_names;
    pt_str tz; // the rule behind the last transition
};

static int64_t big_endian(const uint8_t *p, size_t n) {
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    if (n == 4)
        return (int32_t)(uint32_t)v;
    int64_t r;
    memcpy(&r, &v, sizeof r);
    return r;
}

static kind kind_at(const pt_zone *z, size_t i) {
    const uint8_t *p = z->kinds + 6 * i;
    return (kind){(int32_t)big_endian(p, 4), p[4] != 0, p[5]};
}

static int64_t time_at(const pt_zone *z, size_t i) {
    return big_endian(z->times + 8 * i, 8);
}

static size_t index_at(const pt_zone *z, size_t i) {
    return z->times[8 * z->n_times + i];
}

// -- reading a file -------------------------------------------------------------------------------

// A header and the sizes of what follows it:
//    0  "TZif", version ('2' or later), 15 bytes of zeros
//   20  six counts, big-endian: isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt
//   44  times (timecnt * w), their kinds (timecnt), kinds (typecnt * 6), names (charcnt),
//       leap seconds (leapcnt * (w + 4)), isstdcnt bytes, isutcnt bytes
typedef struct header {
    size_t utc, std, leap, times, kinds, names;
    size_t body;
} header;

static bool read_header(const uint8_t *p, size_t n, size_t width, header *h) {
    if (n < 44 || memcmp(p, "TZif", 4) != 0)
        return false;
    size_t *counts[] = {&h->utc, &h->std, &h->leap, &h->times, &h->kinds, &h->names};
    for (size_t i = 0; i < PT_COUNT(counts); i++) {
        int64_t v = big_endian(p + 20 + 4 * i, 4);
        if (v < 0 || (size_t)v > ZONE_BYTES_MAX)
            return false;
        *counts[i] = (size_t)v;
    }
    h->body =
        h->times * (width + 1) + h->kinds * 6 + h->names + h->leap * (width + 4) + h->std + h->utc;
    return h->body <= n - 44;
}

static bool sound(const pt_zone *z) {
    if (z->n_kinds == 0 || z->n_kinds > 256 || z->n_names == 0 || z->names[z->n_names - 1] != 0)
        return false;
    for (size_t i = 0; i < z->n_kinds; i++)
        if (kind_at(z, i).name >= z->n_names)
            return false;
    for (size_t i = 0; i < z->n_times; i++)
        if (index_at(z, i) >= z->n_kinds || (i && time_at(z, i - 1) >= time_at(z, i)))
            return false;
    return true;
}

static bool parse(pt_zone *z, size_t n) {
    const uint8_t *p = z->bytes;
    header h;
    if (!read_header(p, n, 4, &h) || p[4] < '2') // the first part has 32-bit times: passed over
        return false;
    p += 44 + h.body;
    n -= 44 + h.body;
    if (!read_header(p, n, 8, &h))
        return false;
    z->times = p + 44;
    z->n_times = h.times;
    z->kinds = z->times + 9 * h.times;
    z->n_kinds = h.kinds;
    z->names = (const char *)z->kinds + 6 * h.kinds;
    z->n_names = h.names;
    pt_str rest = {(const char *)p + 44 + h.body, n - 44 - h.body};
    if (rest.n > 2 && rest.p[0] == '\n' && rest.p[rest.n - 1] == '\n')
        z->tz = pt_str_sub(rest, 1, rest.n - 1);
    return sound(z);
}

static void drop(void *p) {
    pt_zone *z = p;
    if (z)
        free(z->bytes);
    free(z);
}

static size_t read_file(const char *path, uint8_t *ret, size_t room) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    size_t n = 0;
    while (n < room) {
        ssize_t got = read(fd, ret + n, room - n);
        if (got <= 0)
            return got == 0 ? n : 0;
        n += (size_t)got;
    }
    return 0; // larger than any zone
}

static pt_zone *load(const char *path) {
    pt_zone *z = calloc(1, sizeof *z);
    if (z)
        z->bytes = malloc(ZONE_BYTES_MAX);
    size_t n = z && z->bytes ? read_file(path, z->bytes, ZONE_BYTES_MAX) : 0;
    if (n && parse(z, n))
        return z;
    drop(z);
    return NULL;
}

// Letters, digits, '_', '+', '-' and '/' between: nothing that leaves the directory.
static bool name_ok(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool word = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
                    (ch >= '0' && ch <= '9') || ch == '_' || ch == '+' || ch == '-';
        bool slash = ch == '/' && i > 0 && i + 1 < s.n && s.p[i - 1] != '/';
        if (!word && !slash)
            return false;
    }
    return s.n > 0 && s.n <= NAME_BYTES_MAX;
}

const pt_zone *pt_zone_get(pt_call *c, pt_str name, pt_kept *k) {
    static const char zones;
    *k = (pt_kept){0};
    if (name.n == 0 || pt_str_eqz(name, "UTC") || pt_str_eqz(name, "Local"))
        return NULL; // a policy's answer does not depend on the host's zone: Local is UTC
    if (pt_str_has(name, PT_STR("..")) || name.p[0] == '/' || name.p[0] == '\\') {
        pt_call_fault(c, PT_FAULT_BUILTIN, "time: invalid location name");
        return NULL;
    }
    void *z = pt_fn_cache_get(c->cache, &zones, name);
    if (z) {
        k->thing = z;
        return z;
    }
    pt_str path = pt_arena_printf(c->arena, ZONES_DIR "%.*s", PT_PRI(name));
    z = name_ok(name) && path.p ? load(path.p) : NULL;
    struct stat st;
    if (!z && name_ok(name) && path.p && stat(path.p, &st) == 0 && S_ISDIR(st.st_mode))
        pt_call_fault(c, PT_FAULT_BUILTIN, "is a directory");
    else if (!z)
        pt_call_fault(c, PT_FAULT_BUILTIN, "unknown time zone %.*s", PT_PRI(name));
    *k = pt_kept_put(c, &zones, name, z, drop);
    return z;
}

// -- asking ---------------------------------------------------------------------------------------

static void answer(const pt_zone *z, size_t kind_i, pt_zone_at *ret) {
    kind k = kind_at(z, kind_i);
    ret->offset = k.offset;
    size_t n = strnlen(z->names + k.name, z->n_names - k.name);
    n = n < sizeof ret->name ? n : sizeof ret->name - 1;
    memcpy(ret->name, z->names + k.name, n);
    ret->name[n] = 0;
}

// The kind before the first transition, as tzcode chooses it.
static size_t first_kind(const pt_zone *z) {
    bool used = false;
    for (size_t i = 0; i < z->n_times && !used; i++)
        used = index_at(z, i) == 0;
    if (!used)
        return 0;
    if (z->n_times && kind_at(z, index_at(z, 0)).dst)
        for (size_t i = index_at(z, 0); i-- > 0;)
            if (!kind_at(z, i).dst)
                return i;
    for (size_t i = 0; i < z->n_kinds; i++)
        if (!kind_at(z, i).dst)
            return i;
    return 0;
}

void pt_zone_look(const pt_zone *z, int64_t seconds, pt_zone_at *ret) {
    *ret = (pt_zone_at){.name = "UTC", .from = INT64_MIN, .to = INT64_MAX};
    if (!z)
        return;
    if (z->n_times == 0 || seconds < time_at(z, 0)) {
        ret->to = z->n_times ? time_at(z, 0) : INT64_MAX;
        if (z->n_times || !z->tz.n || !pt_tz_look(z->tz, INT64_MIN, seconds, ret))
            answer(z, first_kind(z), ret);
        return;
    }
    size_t lo = 0;
    size_t hi = z->n_times;
    while (hi - lo > 1) {
        size_t m = (lo + hi) / 2;
        if (seconds < time_at(z, m))
            hi = m;
        else
            lo = m;
    }
    ret->from = time_at(z, lo);
    ret->to = hi < z->n_times ? time_at(z, hi) : INT64_MAX;
    if (hi < z->n_times || !z->tz.n || !pt_tz_look(z->tz, ret->from, seconds, ret))
        answer(z, index_at(z, lo), ret);
}
