// A package as rpm keeps it, in every kind of its databases:
//   0 il u32 · 4 dl u32 · il entries {tag u32, type u32, offset u32, count u32} · dl bytes of data
// all big-endian; offsets are into the data. The first entry may be a region, the part that was
// signed: its data is a trailer, an entry whose offset is -16 times the region's entries. What rpm
// adds stands behind the region and overrides. rpm: lib/header.c, docs/manual/hregions.md.
#include <sys/stat.h>

#include "collect/packages/claims.h"
#include "collect/packages/os/rpm.h"

enum {
    TYPE_CHAR = 1,
    TYPE_INT16 = 3,
    TYPE_INT32 = 4,
    TYPE_STRING = 6,
    TYPE_BIN = 7,
    TYPE_STRINGS = 8,
    REGION_FIRST = 61,
    REGION_LAST = 63,
    ENTRY_BYTES = 16,
    ENTRIES_MAX = 65535,
    STRINGS_MAX = 1 << 20, // of one tag
};

typedef enum tag {
    NAME,
    VERSION,
    RELEASE,
    EPOCH,
    ARCH,
    SOURCE,
    VENDOR,
    LICENCE,
    MODULE,
    PROVIDES,
    REQUIRES,
    FILE_STATES,
    FILE_FOLDERS, // of each the number of its folder
    FILE_NAMES,
    FOLDERS,
    FILE_MODES,
    FILE_DIGESTS,
    FILE_TARGETS, // of links
    FILE_FLAGS,
    FILE_USERS,
    FILE_GROUPS,
    FILE_VERIFIES,
    TAGS
} tag;

static const struct {
    uint32_t number, type;
} tags[TAGS] = {
    [NAME] = {1000, TYPE_STRING},          [VERSION] = {1001, TYPE_STRING},
    [RELEASE] = {1002, TYPE_STRING},       [EPOCH] = {1003, TYPE_INT32},
    [ARCH] = {1022, TYPE_STRING},          [SOURCE] = {1044, TYPE_STRING},
    [VENDOR] = {1011, TYPE_STRING},        [LICENCE] = {1014, TYPE_STRING},
    [MODULE] = {5096, TYPE_STRING},        [PROVIDES] = {1047, TYPE_STRINGS},
    [REQUIRES] = {1049, TYPE_STRINGS},     [FILE_STATES] = {1029, TYPE_CHAR},
    [FILE_FOLDERS] = {1116, TYPE_INT32},   [FILE_NAMES] = {1117, TYPE_STRINGS},
    [FOLDERS] = {1118, TYPE_STRINGS},      [FILE_MODES] = {1030, TYPE_INT16},
    [FILE_DIGESTS] = {1035, TYPE_STRINGS}, [FILE_TARGETS] = {1036, TYPE_STRINGS},
    [FILE_FLAGS] = {1037, TYPE_INT32},     [FILE_USERS] = {1039, TYPE_STRINGS},
    [FILE_GROUPS] = {1040, TYPE_STRINGS},  [FILE_VERIFIES] = {1045, TYPE_INT32},
};

typedef struct header {
    pt_str value[TAGS];   // the data from where it begins; empty: there is none
    uint32_t count[TAGS]; // of its items
} header;

static uint32_t number_at(pt_str s, size_t at) {
    const unsigned char *p = (const unsigned char *)s.p + at;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// The region's trailer lies in the data and covers no more entries than there are.
static bool is_region_sound(pt_str entries, pt_str data) {
    uint32_t first = number_at(entries, 0);
    uint32_t offset = number_at(entries, 8);
    if (first < REGION_FIRST || first > REGION_LAST)
        return true; // of packages that are older than regions
    if (number_at(entries, 4) != TYPE_BIN || number_at(entries, 12) != ENTRY_BYTES ||
        data.n < ENTRY_BYTES || offset > data.n - ENTRY_BYTES)
        return false;
    uint32_t bytes = 0 - number_at(data, offset + 8);
    return bytes % ENTRY_BYTES == 0 && bytes >= ENTRY_BYTES && bytes <= entries.n;
}

static void take_entry(header *h, pt_str entry, pt_str data) {
    uint32_t number = number_at(entry, 0);
    uint32_t type = number_at(entry, 4);
    for (size_t t = 0; t < TAGS; t++)
        if (tags[t].number == number && tags[t].type == type) {
            h->value[t] = pt_str_sub(data, number_at(entry, 8), data.n);
            h->count[t] = number_at(entry, 12);
        }
}

static bool open_header(pt_str blob, header *ret) {
    if (blob.n < 8)
        return false;
    uint64_t entries_n = number_at(blob, 0);
    uint64_t data_n = number_at(blob, 4);
    if (entries_n == 0 || entries_n > ENTRIES_MAX || 8 + entries_n * ENTRY_BYTES + data_n > blob.n)
        return false;
    size_t at = 8 + (size_t)entries_n * ENTRY_BYTES;
    pt_str entries = pt_str_sub(blob, 8, at);
    pt_str data = pt_str_sub(blob, at, at + (size_t)data_n);
    if (!is_region_sound(entries, data))
        return false;
    *ret = (header){.count = {0}};
    for (at = 0; at < entries.n; at += ENTRY_BYTES)
        take_entry(ret, pt_str_sub(entries, at, at + ENTRY_BYTES), data);
    return true;
}

// The next string of a value, up to its NUL; false: it has no end, and is none.
static bool next_string(pt_str *rest, pt_str *ret) {
    size_t end = pt_str_find(*rest, '\0');
    if (end == rest->n)
        return false;
    *ret = pt_str_sub(*rest, 0, end);
    *rest = pt_str_sub(*rest, end + 1, rest->n);
    return true;
}

static pt_str string_of(const header *h, tag t) {
    pt_str rest = h->value[t];
    pt_str s = {0};
    return next_string(&rest, &s) ? s : (pt_str){0};
}

static pt_str copy_of(pt_arena *a, const header *h, tag t) {
    pt_str s = string_of(h, t);
    return s.n ? pt_arena_str(a, s) : s;
}

// Undefined: there are none.
static pt_value strings_of(pt_arena *a, const header *h, tag t) {
    pt_list l = {.a = a};
    pt_str rest = h->value[t];
    pt_str s;
    for (uint32_t i = 0; i < h->count[t] && i < STRINGS_MAX && next_string(&rest, &s); i++)
        pt_list_add(&l, pt_string(pt_arena_str(a, s)));
    return l.items.n ? pt_list_end(&l) : pt_undefined();
}

static pt_value more_of(pt_arena *a, const header *h) {
    static const struct {
        const char *key;
        tag tag;
    } texts[] = {{"vendor", VENDOR}, {"module", MODULE}};
    static const struct {
        const char *key;
        tag tag;
    } lists[] = {{"provides", PROVIDES}, {"requires", REQUIRES}};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        pt_str s = copy_of(a, h, texts[i].tag);
        if (s.n)
            pt_obj_set(&o, texts[i].key, pt_string(s));
    }
    for (size_t i = 0; i < PT_COUNT(lists); i++)
        pt_obj_maybe(&o, lists[i].key, strings_of(a, h, lists[i].tag));
    return o.pairs.n ? pt_obj_end(&o) : pt_undefined();
}

static pt_value licences_of(pt_arena *a, const header *h) {
    pt_value licence = pt_string(copy_of(a, h, LICENCE));
    return licence.n ? pt_array_of(a, &licence, 1) : pt_undefined();
}

// "2.32.1-42.el8", with "1:" before it if there is an epoch.
static pt_str whole_version(pt_arena *a, const header *h) {
    pt_str version = string_of(h, VERSION);
    pt_str release = string_of(h, RELEASE);
    uint32_t epoch = h->value[EPOCH].n >= 4 ? number_at(h->value[EPOCH], 0) : 0;
    if (!version.n || !release.n)
        return (pt_str){0};
    if (epoch)
        return pt_arena_printf(a, "%u:%.*s-%.*s", epoch, PT_PRI(version), PT_PRI(release));
    return pt_arena_printf(a, "%.*s-%.*s", PT_PRI(version), PT_PRI(release));
}

// "util-linux-2.32.1-42.el8.src.rpm": the name, then version and release. It never has the epoch.
void pt_rpm_source(pt_arena *a, pt_str file, pt_package *p) {
    pt_str s = file;
    const pt_str ends[] = {PT_STR(".src.rpm"), PT_STR(".nosrc.rpm")};
    for (size_t i = 0; i < PT_COUNT(ends); i++)
        if (pt_str_ends(s, ends[i]))
            s = pt_str_sub(s, 0, s.n - ends[i].n);
    size_t release = pt_str_rfind(s, '-');
    size_t version = pt_str_rfind(pt_str_sub(s, 0, release), '-');
    if (release == s.n || version >= release)
        return;
    p->source = pt_arena_str(a, pt_str_sub(s, 0, version));
    p->source_version = pt_arena_str(a, pt_str_sub(s, version + 1, s.n));
}

// -- files ----------------------------------------------------------------------------------------

// Is it on the disk: normal, or on a file system that others share? Replaced ones are another
// package's, excluded ones were never written (rpm: rpmfileState).
static bool is_there(const header *h, uint32_t i) {
    pt_str states = h->value[FILE_STATES];
    return i >= h->count[FILE_STATES] || i >= states.n || states.p[i] == 0 || states.p[i] == 3;
}

// Of a file's attributes (rpmfileAttrs), and which of them are to be verified (rpmVerifyAttrs).
enum {
    IS_CONFIG = 1 << 0,
    IS_TEXT = 1 << 1,
    MAY_MISS = 1 << 3,
    IS_GHOST = 1 << 6, // it is not in the package
    SUM = 1 << 0,
    TARGET = 1 << 2,
    USER = 1 << 3,
    GROUP = 1 << 4,
    MODE = 1 << 6,
};

// The lists that have one string a file, as they are walked together.
static const tag lists[] = {FILE_DIGESTS, FILE_TARGETS, FILE_USERS, FILE_GROUPS};
typedef struct walk {
    const header *h;
    pt_str rest[PT_COUNT(lists)], now[PT_COUNT(lists)];
} walk;

static void step(walk *w, uint32_t i) {
    for (size_t k = 0; k < PT_COUNT(lists); k++)
        if (i >= w->h->count[lists[k]] || !next_string(&w->rest[k], &w->now[k]))
            w->now[k] = (pt_str){0};
}

static uint32_t number_of(const header *h, tag t, uint32_t i, uint32_t otherwise) {
    bool has = i < h->count[t] && (size_t)i < h->value[t].n / 4;
    return has ? number_at(h->value[t], (size_t)i * 4) : otherwise;
}

static uint32_t mode_of(const header *h, uint32_t i) {
    pt_str s = h->value[FILE_MODES];
    if (i >= h->count[FILE_MODES] || (size_t)i >= s.n / 2)
        return 0;
    const unsigned char *p = (const unsigned char *)s.p + (size_t)i * 2;
    return (uint32_t)p[0] << 8 | p[1];
}

// What the package says of file `i`, as far as it wants it verified.
static pt_code put_claim(pt_read *r, const walk *w, const pt_claim_of *of, uint32_t i, pt_err *e) {
    uint32_t is = number_of(w->h, FILE_FLAGS, i, 0);
    uint32_t verify = number_of(w->h, FILE_VERIFIES, i, UINT32_MAX);
    uint32_t mode = mode_of(w->h, i);
    pt_claim c = {.flags = (is & IS_CONFIG ? PT_CLAIM_CONFIG : 0u) |
                           (is & IS_TEXT ? PT_CLAIM_TEXT : 0u) |
                           (is & MAY_MISS ? PT_CLAIM_MAYBE : 0u)};
    if (!r->claims || is & IS_GHOST)
        return PT_OK;
    if (S_ISREG(mode) && verify & SUM)
        c.sum = pt_claim_sum_text(r->a, w->now[0]);
    if (S_ISLNK(mode) && verify & TARGET)
        c.sum = pt_arena_printf(r->a, "link:%.*s", PT_PRI(w->now[1]));
    c.mode = mode & S_IFMT;
    if (verify & MODE)
        c.mode = mode;
    else
        c.flags |= PT_CLAIM_ANY_MODE;
    if (verify & USER && pt_str_eqz(w->now[2], "root"))
        c.flags |= PT_CLAIM_ROOTS;
    if (verify & GROUP && pt_str_eqz(w->now[3], "root"))
        c.flags |= PT_CLAIM_ROOT_GROUP;
    return pt_claim_add(r, of, &c, e);
}

static pt_code put_files(pt_read *r, const header *h, pt_str package, pt_err *e) {
    pt_code code = PT_OK;
    PT_VEC(pt_str) folders = {0};
    pt_str rest = h->value[FOLDERS];
    pt_str s;
    walk w = {.h = h};
    for (size_t k = 0; k < PT_COUNT(lists); k++)
        w.rest[k] = h->value[lists[k]];
    for (uint32_t i = 0; i < h->count[FOLDERS] && next_string(&rest, &s); i++) {
        pt_str *folder = PT_PUSH(r->a, &folders);
        if (!folder)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *folder = s;
    }
    rest = h->value[FILE_NAMES];
    for (uint32_t i = 0; !code && i < h->count[FILE_NAMES] && next_string(&rest, &s); i++) {
        uint32_t folder = number_of(h, FILE_FOLDERS, i, UINT32_MAX);
        step(&w, i);
        if (folder >= folders.n || !is_there(h, i))
            continue;
        const pt_claim_of of = {package, folders.v[folder], s};
        code = pt_owns(r, package, of.folder, s, e);
        if (!code)
            code = put_claim(r, &w, &of, i, e);
    }
    return code;
}

// -- packages -------------------------------------------------------------------------------------

pt_code pt_rpm_put(pt_rpm *w, pt_str blob, pt_err *e) {
    pt_arena *a = w->r->a;
    header h = {.count = {0}};
    pt_package p = {.name = {0}};
    bool sound = open_header(blob, &h);
    w->row++;
    if (sound && pt_str_eqz(string_of(&h, NAME), "gpg-pubkey"))
        return PT_OK; // keys are kept as if they were packages
    if (sound) {
        p.name = copy_of(a, &h, NAME);
        p.version = whole_version(a, &h);
        p.architecture = copy_of(a, &h, ARCH);
        pt_rpm_source(a, string_of(&h, SOURCE), &p);
    }
    if (!p.name.n || !p.version.n) {
        pt_fault_add(w->r, w->row,
                     sound ? "a package without a name or version" : "not a package's header");
        return PT_OK;
    }
    p.licences = licences_of(a, &h);
    p.more = more_of(a, &h);
    if (w->found.n == PT_PACKAGES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u packages", PT_PACKAGES_MAX);
    pt_package *kept = PT_PUSH(a, &w->found);
    if (!kept)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *kept = p;
    return put_files(w->r, &h, p.name, e);
}

bool pt_rpm_spend(pt_rpm *w, size_t n) {
    bool has = n <= w->budget;
    w->budget = has ? w->budget - n : 0;
    return has;
}
