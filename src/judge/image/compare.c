// One file against what its packages say of it.
#include "crypto/crypto.h"
#include "judge/image/tampering_impl.h"

enum {
    RIGHTS = 07777,
    RIGHT_MAX = 8, // of one file's claims those that are right and asked whether they vouch
};

// -- paths ----------------------------------------------------------------------------------------

static bool begins_with_one(pt_str path, const char *const *folders) {
    for (; *folders; folders++)
        if (pt_str_starts(path, pt_str_of(*folders)))
            return true;
    return false;
}

bool pt_path_is_bin(pt_str path) {
    static const char *const folders[] = {"bin/", "sbin/", "usr/bin/", "usr/sbin/", NULL};
    return begins_with_one(path, folders);
}

bool pt_path_is_lib(pt_str path) {
    static const char *const folders[] = {"lib/",         "lib32/",     "lib64/",     "libx32/",
                                          "usr/lib/",     "usr/lib32/", "usr/lib64/", "usr/libx32/",
                                          "usr/libexec/", NULL};
    return begins_with_one(path, folders);
}

bool pt_path_is_spare(pt_str path) {
    static const char *const folders[] = {"usr/share/doc/",      "usr/share/doc-base/",
                                          "usr/share/man/",      "usr/share/info/",
                                          "usr/share/locale/",   "usr/share/lintian/",
                                          "usr/share/linda/",    "usr/share/groff/",
                                          "usr/share/help/",     "usr/share/gtk-doc/",
                                          "usr/share/bug/",      "usr/share/gnome/help/",
                                          "usr/share/licenses/", NULL};
    return begins_with_one(path, folders) || pt_str_ends(path, PT_STR(".pyc"));
}

bool pt_file_is_program(pt_str path, uint32_t mode) {
    size_t cut = pt_str_rfind(path, '/');
    pt_str name = pt_str_sub(path, cut < path.n ? cut + 1 : 0, path.n);
    bool library = pt_str_ends(name, PT_STR(".so")) || pt_str_has(name, PT_STR(".so."));
    return pt_path_is_bin(path) || library || (S_ISREG(mode) && (mode & 0111));
}

bool pt_pattern_fits(pt_str pattern, pt_str path) {
    size_t p = 0;
    size_t n = 0;
    size_t star = SIZE_MAX; // behind the last one
    size_t from = 0;        // where its bytes end so far
    while (n < path.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = ++p;
            from = n;
        } else if (p < pattern.n && (pattern.p[p] == '?' || pattern.p[p] == path.p[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star;
            n = ++from;
        } else
            return false;
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

// -- comparing ------------------------------------------------------------------------------------

static bool is_target(const pt_file *f, pt_str sum) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64);
    pt_hash160 h = pt_sha1(f->link);
    pt_buf_putz(&b, "sha1:");
    pt_hex_put(&b, (pt_str){(const char *)h.b, sizeof h.b});
    if (pt_str_eq(pt_buf_str(&b), sum))
        return true;
    pt_hash256 whole = pt_sha256(&f->link, 1);
    size_t bytes = pt_str_starts(sum, PT_STR("sha256-160:")) ? 20 : PT_SHA256_BYTES;
    pt_buf_clear(&b);
    pt_hex_put(&b, (pt_str){(const char *)whole.b, bytes});
    return pt_str_eq(pt_buf_str(&b), pt_str_sub(sum, pt_str_find(sum, ':') + 1, sum.n));
}

static pt_how compare_link(const pt_file *f, const pt_claim *c) {
    pt_str link = PT_STR("link:");
    if (pt_str_starts(c->sum, link))
        return pt_str_eq(f->link, pt_str_sub(c->sum, link.n, c->sum.n)) ? PT_HOW_SAME
                                                                        : PT_HOW_TARGET;
    if (c->flags & PT_CLAIM_TARGET)
        return !c->sum.n ? PT_HOW_UNKNOWN : is_target(f, c->sum) ? PT_HOW_SAME : PT_HOW_LINKED;
    if (S_ISLNK(c->mode) || S_ISDIR(c->mode)) // a folder that is a link is where it leads
        return PT_HOW_SAME;
    return PT_HOW_LINKED;
}

static pt_how compare_content(const pt_file *f, const pt_claim *c) {
    if (!c->sum.n || !f->sum.n)
        return PT_HOW_UNKNOWN;
    if (pt_str_in_list(c->sum, f->sum, ' '))
        return PT_HOW_SAME;
    pt_str kind = pt_str_sub(c->sum, 0, pt_str_find(c->sum, ':') + 1);
    return pt_str_has(f->sum, kind) ? PT_HOW_CONTENT : PT_HOW_UNKNOWN;
}

// In an image they are where engines mount something, whatever their mode.
static bool is_mounted_on(const pt_file *f) {
    static const char *const paths[] = {"proc", "sys", "dev", "run", "tmp"};
    for (size_t i = 0; S_ISDIR(f->mode) && i < PT_COUNT(paths); i++)
        if (pt_str_eqz(f->path, paths[i]))
            return true;
    return false;
}

static pt_how compare_rights(const pt_file *f, const pt_claim *c) {
    if (is_mounted_on(f))
        return PT_HOW_SAME;
    bool said = (c->mode & ~(uint32_t)S_IFMT) || S_ISREG(c->mode) || S_ISDIR(c->mode);
    if (said && !(c->flags & PT_CLAIM_ANY_MODE) && ((c->mode ^ f->mode) & RIGHTS))
        return PT_HOW_RIGHTS;
    if ((c->flags & PT_CLAIM_ROOTS && f->uid) || (c->flags & PT_CLAIM_ROOT_GROUP && f->gid))
        return PT_HOW_OWNER;
    return PT_HOW_SAME;
}

static pt_how compare(const pt_file *f, const pt_claim *c) {
    uint32_t kind = c->mode & S_IFMT;
    if (S_ISLNK(f->mode))
        return compare_link(f, c);
    // What says a checksum and no kind is a file.
    if ((kind && kind != (f->mode & S_IFMT)) || (!kind && c->sum.n && !S_ISREG(f->mode)))
        return PT_HOW_KIND;
    pt_how how = S_ISREG(f->mode) ? compare_content(f, c) : PT_HOW_SAME;
    pt_how rights = compare_rights(f, c);
    return how > PT_HOW_UNKNOWN || rights == PT_HOW_SAME ? how : rights;
}

// Whether another claim is right enough for this one. Rights of folders that packages share, and
// configuration, differ without harm.
static bool is_excused(const pt_claim *wrong, pt_how how, const pt_vouch *vouch,
                       const pt_claim *const *right, size_t n) {
    if (n && (how >= PT_HOW_RIGHTS || wrong->flags & PT_CLAIM_CONFIG || !wrong->sum.n))
        return true;
    for (size_t i = 0; i < n; i++)
        if (vouch->may(vouch->arg, right[i], wrong))
            return true;
    return false;
}

pt_how pt_file_compare(const pt_file *f, const pt_vouch *vouch, const pt_claim **ret_by) {
    const pt_claim *right[RIGHT_MAX];
    size_t n = 0;
    *ret_by = f->said;
    for (const pt_claim *c = f->said; c && n < RIGHT_MAX; c = c->other)
        if (compare(f, c) == PT_HOW_SAME)
            right[n++] = c;
    for (const pt_claim *c = n && !f->said->other ? NULL : f->said; c; c = c->other) {
        pt_how how = compare(f, c);
        if (how == PT_HOW_UNKNOWN && c->sum.n)
            *ret_by = c;
        if (how <= PT_HOW_UNKNOWN || is_excused(c, how, vouch, right, n))
            continue;
        *ret_by = c;
        return how;
    }
    if (n)
        *ret_by = right[0];
    return n ? PT_HOW_SAME : PT_HOW_UNKNOWN;
}
