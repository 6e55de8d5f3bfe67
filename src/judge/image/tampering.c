#include "judge/image/tampering.h"

#include <stdlib.h>

#include "base/map.h"
#include "judge/image/rights.h"
#include "judge/image/tampering_impl.h"
#include "judge/vuln/version.h"

enum {
    FILES_SHOWN_MAX = 1000, // of one group; its count is of all
    PATTERNS_MAX = 32,      // of what dpkg was told to leave out
    CHAIN_MAX = 100,        // packages of one hash: more only somebody makes who wants to
};

typedef enum what {
    PROGRAM,
    FILE_,
    RIGHTS,
    PLANTED,
    LIBRARY,
    SUMS,
    LIST,
    MISSING,
    WHATS,
} what;

static const struct {
    const char *word, *severity, *grave; // `grave`: of what runs with the rights of its owner
} whats[WHATS] = {
    [PROGRAM] = {"changed program", "high", "critical"},
    [FILE_] = {"changed file", "medium", "medium"},
    [RIGHTS] = {"changed rights", "medium", "high"},
    [PLANTED] = {"program of no package", "medium", "high"},
    [LIBRARY] = {"library of no package", "medium", "high"},
    [SUMS] = {"changed checksums", "medium", "medium"},
    [LIST] = {"changed list of files", "medium", "medium"},
    [MISSING] = {"missing file", "low", "low"},
};

static const char *const hows[PT_HOW_COUNT] = {
    [PT_HOW_CONTENT] = "content",
    [PT_HOW_LINKED] = "a link is in its place",
    [PT_HOW_KIND] = "no file is in its place",
    [PT_HOW_TARGET] = "the link leads elsewhere",
    [PT_HOW_RIGHTS] = "rights",
    [PT_HOW_OWNER] = "owner",
};

typedef struct item {
    what what;
    pt_str type, owner, path;
    uint32_t layer; // which did it; 0: nobody can say
    pt_how how;
    uint32_t mode, said; // of rights: as they are, as they were
    bool grave;
} item;

// A package of the system, as its files are met.
typedef struct package {
    pt_str type, name, source, version;
    pt_str replaces; // what its stanza says; of dpkg's status alone
    bool claims, files;
    bool unlisted; // dpkg knows it, and there is no list of its files
    int64_t bare;  // files that are its own, of which nothing is said
    uint32_t layer;
    struct package *next; // of the same hash
} package;

typedef struct telling {
    const pt_files *files;
    pt_value doc;
    pt_arena *a;
    PT_VEC(item) items;
    PT_VEC(package *) packages;
    pt_map map; // hash of a package -> package *
    pt_str patterns[PATTERNS_MAX];
    size_t n_patterns;
    int64_t compared, unchecked, configuration, left_out;
    pt_rights rights;
    bool lists; // of packages' files: what is in none is nobody's
    bool full;
} telling;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static item *add(telling *t, item one) {
    item *at = PT_PUSH(t->a, &t->items);
    t->full = t->full || !at;
    if (at)
        *at = one;
    return at;
}

// -- packages -------------------------------------------------------------------------------------

static uint64_t hashed(uint64_t h, pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t key_of(pt_str type, pt_str name) {
    return hashed(hashed(UINT64_C(0xcbf29ce484222325), type), name) | 1;
}

static package *package_at(const telling *t, pt_str type, pt_str name) {
    unsigned steps = 0;
    for (package *p = pt_map_get(&t->map, key_of(type, name)); p; p = p->next)
        if ((pt_str_eq(p->type, type) && pt_str_eq(p->name, name)) || ++steps == CHAIN_MAX)
            return p;
    return NULL;
}

// Made if it is not known yet; NULL: no memory.
static package *package_of(telling *t, pt_str type, pt_str name) {
    uint64_t h = key_of(type, name);
    package *first = pt_map_get(&t->map, h);
    package *known = package_at(t, type, name);
    if (known)
        return known;
    package *p = PT_NEW(t->a, package, 1);
    package **at = p ? PT_PUSH(t->a, &t->packages) : NULL;
    if (!at) {
        t->full = true;
        return NULL;
    }
    *p = (package){.type = type, .name = name, .next = first};
    *at = p;
    t->full = !pt_map_put(&t->map, h, p) || t->full;
    return p;
}

// "NAME[:ARCH]END" in one of dpkg's folders: NAME.
static pt_str package_named(pt_str path, const char *end) {
    static const pt_str folders[] = {PT_STR("var/lib/dpkg/info/"),
                                     PT_STR("var/lib/dpkg/status.d/")};
    pt_str tail = pt_str_of(end);
    for (size_t i = 0; i < PT_COUNT(folders); i++) {
        if (!pt_str_starts(path, folders[i]) || !pt_str_ends(path, tail) ||
            path.n < folders[i].n + tail.n)
            continue;
        pt_str name = pt_str_sub(path, folders[i].n, path.n - tail.n);
        return pt_str_sub(name, 0, pt_str_find(name, ':'));
    }
    return (pt_str){0};
}

// Where there is no dpkg, in status.d, the checksums are the list.
static pt_str list_of(pt_str path) {
    bool piece = pt_str_starts(path, PT_STR("var/lib/dpkg/status.d/"));
    return package_named(path, piece ? ".md5sums" : ".list");
}

static void take_packages(telling *t) {
    pt_value all = pt_getz(t->doc, "packages");
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_value v = pt_at(all, i);
        int64_t layer = 0;
        pt_str type = text_of(v, "type");
        bool systems = pt_str_in_list(type, PT_STR("deb rpm apk"), ' ');
        package *p = systems ? package_of(t, type, text_of(v, "name")) : NULL;
        if (!p)
            continue;
        if (pt_to_int(pt_getz(v, "layer"), &layer) && layer > p->layer)
            p->layer = (uint32_t)layer;
        p->source = text_of(v, "source");
        p->version = text_of(v, "version");
        pt_str file = text_of(v, "file"); // chisel's is another one, and says nothing of files
        p->unlisted = pt_str_eqz(type, "deb") && (pt_str_ends(file, PT_STR("/status")) ||
                                                  pt_str_has(file, PT_STR("/status.d/")));
        if (pt_str_eqz(file, "var/lib/dpkg/status"))
            p->replaces = text_of(pt_getz(v, "more"), "replaces");
    }
    for (size_t i = 0; i < t->files->all.n; i++) {
        pt_str name = list_of(t->files->all.v[i].path);
        package *p = name.n ? package_of(t, PT_STR("deb"), name) : NULL;
        if (p)
            p->unlisted = false;
        t->lists = t->lists || p;
    }
}

// -- files of packages ----------------------------------------------------------------------------

static bool is_grave(uint32_t mode) {
    return S_ISREG(mode) && (mode & (S_ISUID | S_ISGID)) != 0;
}

static void take_difference(telling *t, const pt_file *f, const pt_claim *by, pt_how how) {
    bool rights = how == PT_HOW_RIGHTS || how == PT_HOW_OWNER;
    bool program = pt_file_is_program(f->path, f->mode | by->mode);
    if (by->flags & PT_CLAIM_CONFIG && !(rights && is_grave(f->mode))) {
        t->configuration++;
        return;
    }
    add(t, (item){.what = rights    ? RIGHTS
                          : program ? PROGRAM
                                    : FILE_,
                  .type = by->type,
                  .owner = by->owner,
                  .path = f->path,
                  .layer = f->layer,
                  .how = how,
                  .mode = f->mode,
                  .said = by->mode,
                  .grave = is_grave(f->mode) || f->capability.n});
}

static void meet_claims(telling *t, const pt_claim *c) {
    package *p = c->sum.n ? package_of(t, c->type, c->owner) : NULL;
    if (p)
        p->claims = true;
}

static void meet_file(telling *t, const pt_file *f) {
    package *p = f->owner.n && S_ISREG(f->mode) ? package_of(t, f->owner_type, f->owner) : NULL;
    if (!p)
        return;
    p->files = true;
    p->bare += !f->said;
}

// dpkg says nothing of modes; the package's own layer does.
static void take_rights(telling *t, const pt_file *f, const pt_claim *by) {
    const pt_file *was = NULL;
    if (is_grave(f->mode) && pt_rights_added(&t->rights, f, &was) && was && !is_grave(was->mode))
        add(t, (item){.what = RIGHTS,
                      .type = by->type,
                      .owner = by->owner,
                      .path = f->path,
                      .layer = f->layer,
                      .how = PT_HOW_RIGHTS,
                      .mode = f->mode,
                      .said = was->mode,
                      .grave = true});
}

// Does what `by` replaces name `p` in the version that is there (deb-control(5): "a (<< 2), b")?
// Its files of the same path then take the place of theirs, and dpkg leaves the others' checksums
// as they were.
static bool replaces(const package *by, const package *p) {
    pt_str rest = by->replaces;
    pt_str one;
    while (rest.n && pt_str_split(&rest, ',', &one)) {
        size_t open = pt_str_find(one, '(');
        pt_str name = pt_str_trim(pt_str_sub(one, 0, open));
        pt_str range = pt_str_trim(pt_str_sub(one, open + 1, pt_str_find(one, ')')));
        bool in = !range.n;
        if (pt_str_starts(range, PT_STR("<<")) || pt_str_starts(range, PT_STR(">>")))
            range = pt_str_sub(range, 1, range.n); // else written as elsewhere
        if (!pt_str_eq(pt_str_sub(name, 0, pt_str_find(name, ':')), p->name))
            continue;
        if (!in && pt_version_in(PT_VERSION_DEB, p->version, range, &in, NULL))
            in = false; // nobody can say
        if (in)
            return true;
    }
    return false;
}

// Files go from one package to another of the same source, or that replaces it, and rpm's packages
// of one name may be there twice. Of dpkg's the architectures of one package have the same file, if
// they have one.
static bool may_vouch(const void *arg, const pt_claim *right, const pt_claim *wrong) {
    const telling *t = arg;
    if (!pt_str_eq(right->type, wrong->type))
        return false;
    if (pt_str_eq(right->owner, wrong->owner))
        return !pt_str_eqz(right->type, "deb");
    const package *a = package_at(t, right->type, right->owner);
    const package *b = package_at(t, wrong->type, wrong->owner);
    return a && b && ((a->source.n && pt_str_eq(a->source, b->source)) || replaces(a, b));
}

static void take_owned(telling *t, const pt_file *f) {
    const pt_vouch vouch = {may_vouch, t};
    const pt_claim *by = NULL;
    for (const pt_claim *c = f->said; c; c = c->other)
        meet_claims(t, c);
    meet_file(t, f);
    if (!f->said)
        return;
    pt_how how = pt_file_compare(f, &vouch, &by);
    t->compared += how != PT_HOW_UNKNOWN;
    t->unchecked += how == PT_HOW_UNKNOWN && by->sum.n;
    if (how > PT_HOW_UNKNOWN)
        take_difference(t, f, by, how);
    else
        take_rights(t, f, by);
}

// -- what is missing ------------------------------------------------------------------------------

static bool is_left_out(const telling *t, const pt_claim *c) {
    static const char *const folders[] = {"var/cache/", "var/log/", "run/", "tmp/", "var/run/"};
    if (c->flags & (PT_CLAIM_TEXT | PT_CLAIM_MAYBE) || pt_path_is_spare(c->path))
        return true;
    for (size_t i = 0; i < PT_COUNT(folders); i++)
        if (pt_str_starts(c->path, pt_str_of(folders[i])))
            return true;
    if (pt_path_is_bin(c->path)) // nobody leaves those out so
        return false;
    for (size_t i = 0; i < t->n_patterns; i++)
        if (pt_pattern_fits(t->patterns[i], c->path))
            return true;
    return false;
}

static void take_missing(telling *t, const pt_claim *c) {
    meet_claims(t, c);
    if (S_ISDIR(c->mode))
        return;
    if (is_left_out(t, c))
        t->left_out++;
    else if (c->flags & PT_CLAIM_CONFIG)
        t->configuration++;
    else
        add(t, (item){.what = MISSING,
                      .type = c->type,
                      .owner = c->owner,
                      .path = c->path,
                      .layer = c->gone_by});
}

// -- files of no package --------------------------------------------------------------------------

// What languages' package managers install, which are in the list of packages; and policy-rc.d(8),
// which whoever makes an image puts there so that installing starts nothing: no package has it.
static bool is_others(pt_str path) {
    static const char *const parts[] = {"/site-packages/", "/dist-packages/", "/node_modules/",
                                        "/gems/",          "/jvm/",           "/__pycache__/"};
    for (size_t i = 0; i < PT_COUNT(parts); i++)
        if (pt_str_has(path, pt_str_of(parts[i])))
            return true;
    return pt_str_eqz(path, "usr/sbin/policy-rc.d");
}

// What runs with other rights than its user's, or in the place of a package's file, is told
// wherever it lies.
static void take_unowned(telling *t, const pt_file *f) {
    const pt_file *to = f->hard ? pt_files_at(t->files, f->link) : NULL;
    bool grave = is_grave(f->mode) || f->capability.n;
    bool lib = pt_path_is_lib(f->path);
    bool systems = (lib || pt_path_is_bin(f->path)) && !is_others(f->path);
    if (f->owner.n || f->said || !S_ISREG(f->mode) || !(systems || grave || f->diverted))
        return;
    if (!pt_file_is_program(f->path, f->mode) || (to && to->owner.n))
        return;
    add(t, (item){.what = lib ? LIBRARY : PLANTED,
                  .path = f->path,
                  .layer = f->layer,
                  .mode = f->mode,
                  .grave = grave});
}

// -- checksums ------------------------------------------------------------------------------------

// What dpkg keeps of each package, which nobody rewrites as long as the package stays.
static const struct {
    const char *end;
    what what;
} kept[] = {{".md5sums", SUMS}, {".list", LIST}};

static const package *package_of_kept(const telling *t, const pt_file *f, size_t k) {
    pt_str name = package_named(f->path, kept[k].end);
    return name.n ? package_at(t, PT_STR("deb"), name) : NULL;
}

// A package that came with this layer and took files of `p` over: dpkg takes those off p's list.
static bool is_replaced_in(const telling *t, const package *p, uint32_t layer) {
    for (size_t i = 0; i < t->packages.n; i++)
        if (t->packages.v[i]->layer == layer && replaces(t->packages.v[i], p))
            return true;
    return false;
}

// One that a layer put in the place of the package's own, or beside it, while the package stayed;
// `own`: NULL: there was none of this name.
static void take_kept(telling *t, const package *p, size_t k, const pt_file *f,
                      const pt_file *own) {
    bool same = own && (!own->sum.n || !f->sum.n || pt_str_eq(own->sum, f->sum));
    if (same || !p->layer || p->layer >= f->layer)
        return;
    if (kept[k].what == LIST && is_replaced_in(t, p, f->layer))
        return;
    add(t, (item){.what = kept[k].what,
                  .type = p->type,
                  .owner = p->name,
                  .path = f->path,
                  .layer = f->layer});
}

// Of all that stood in its place, the package's own is the last one that came with it or before.
static void take_all_kept(telling *t, size_t k) {
    pt_map own = {.a = t->a};
    for (size_t i = 0; i < t->files->gone.n; i++) {
        pt_file *was = &t->files->gone.v[i];
        const package *p = package_of_kept(t, was, k);
        if (p && was->layer <= p->layer)
            t->full = !pt_map_put(&own, key_of((pt_str){0}, was->path), was) || t->full;
    }
    for (size_t i = 0; i < t->files->all.n; i++) {
        const pt_file *f = &t->files->all.v[i];
        const package *p = package_of_kept(t, f, k);
        const pt_file *was = p ? pt_map_get(&own, key_of((pt_str){0}, f->path)) : NULL;
        if (p)
            take_kept(t, p, k, f, was && pt_str_eq(was->path, f->path) ? was : NULL);
    }
}

// -- the document ---------------------------------------------------------------------------------

static int by_group(const void *a, const void *b) {
    const item *x = a;
    const item *y = b;
    int order = (x->what > y->what) - (x->what < y->what);
    order = order ? order : pt_str_cmp(x->type, y->type);
    order = order ? order : pt_str_cmp(x->owner, y->owner);
    return order ? order : pt_str_cmp(x->path, y->path);
}

static bool same_group(const item *a, const item *b) {
    return a->what == b->what && pt_str_eq(a->type, b->type) && pt_str_eq(a->owner, b->owner);
}

static pt_value octal(telling *t, uint32_t mode) {
    return pt_string(pt_arena_printf(t->a, "%04o", mode & 07777));
}

static pt_value file_value(telling *t, const item *i) {
    pt_obj o = {.a = t->a};
    bool layers = pt_str_eqz(text_of(t->doc, "kind"), "image");
    pt_obj_set(&o, "path", pt_string(i->path));
    if (hows[i->how])
        pt_obj_set(&o, "how", pt_stringz(hows[i->how]));
    if (i->how == PT_HOW_RIGHTS) {
        pt_obj_set(&o, "mode", octal(t, i->mode));
        pt_obj_set(&o, "mode_was", octal(t, i->said));
    }
    if (layers && i->layer)
        pt_obj_set(&o, "layer", pt_int(i->layer));
    return pt_obj_end(&o);
}

// The items of one group, from `i` on; *ret_n of them.
static pt_value group_value(telling *t, const item *i, size_t n) {
    pt_obj o = {.a = t->a};
    pt_list files = {.a = t->a};
    bool grave = false;
    for (size_t k = 0; k < n; k++) {
        grave = grave || i[k].grave;
        if (k < FILES_SHOWN_MAX)
            pt_list_add(&files, file_value(t, &i[k]));
    }
    pt_obj_set(&o, "what", pt_stringz(whats[i->what].word));
    pt_obj_set(&o, "severity", pt_stringz(grave ? whats[i->what].grave : whats[i->what].severity));
    if (i->owner.n) {
        pt_obj_set(&o, "type", pt_string(i->type));
        pt_obj_set(&o, "package", pt_string(i->owner));
    }
    pt_obj_set(&o, "count", pt_int((int64_t)n));
    pt_obj_set(&o, "files", pt_list_end(&files));
    return pt_obj_end(&o);
}

static pt_value groups(telling *t) {
    pt_list l = {.a = t->a};
    if (t->items.n)
        qsort(t->items.v, t->items.n, sizeof(item), by_group);
    for (size_t from = 0, to = 0; from < t->items.n; from = to) {
        while (to < t->items.n && same_group(&t->items.v[from], &t->items.v[to]))
            to++;
        pt_list_add(&l, group_value(t, &t->items.v[from], to - from));
    }
    return pt_list_end(&l);
}

static int by_name(const void *a, const void *b) {
    const package *const *x = (const package *const *)a;
    const package *const *y = (const package *const *)b;
    int order = pt_str_cmp((*x)->type, (*y)->type);
    return order ? order : pt_str_cmp((*x)->name, (*y)->name);
}

// Whoever writes a path into dpkg's list of a package gives it no checksum by that: of a package
// that has some, all but configuration has one. Without any it is told as a whole.
static pt_value without_sums(telling *t, int64_t *ret_with) {
    pt_list l = {.a = t->a};
    if (t->packages.n)
        qsort((void *)t->packages.v, t->packages.n, sizeof(package *), by_name);
    for (size_t i = 0; i < t->packages.n; i++) {
        const package *p = t->packages.v[i];
        *ret_with += p->claims;
        t->unchecked += p->claims && pt_str_eqz(p->type, "deb") ? p->bare : 0;
        if ((p->files || p->unlisted) && !p->claims)
            pt_list_add(&l, pt_string(pt_arena_printf(t->a, "%.*s %.*s", PT_PRI(p->type),
                                                      PT_PRI(p->name))));
    }
    return pt_list_end(&l);
}

// -- all of it ------------------------------------------------------------------------------------

static void take_patterns(telling *t, const pt_file *f) {
    pt_value all = pt_getz(f->seen, "left_out");
    for (size_t i = 0; i < pt_len(all) && t->n_patterns < PATTERNS_MAX; i++)
        t->patterns[t->n_patterns++] = pt_text(pt_at(all, i));
}

static void take_all(telling *t) {
    take_packages(t);
    pt_rights_find(&t->rights, t->files, t->doc, t->a);
    for (size_t i = 0; i < t->files->all.n; i++) {
        const pt_file *f = &t->files->all.v[i];
        t->lists = t->lists || f->owner.n;
        take_patterns(t, f);
        take_owned(t, f);
    }
    for (size_t i = 0; t->lists && i < t->files->all.n; i++)
        take_unowned(t, &t->files->all.v[i]);
    for (size_t i = 0; !t->files->cut && i < t->files->missing.n; i++)
        take_missing(t, t->files->missing.v[i]);
    for (size_t k = 0; k < PT_COUNT(kept); k++)
        take_all_kept(t, k);
}

pt_code pt_tampering(const pt_files *files, pt_value doc, pt_arena *a, pt_value *ret, pt_err *e) {
    telling t = {.files = files, .doc = doc, .a = a, .map = {.a = a}};
    pt_obj o = {.a = a};
    int64_t with = 0;
    take_all(&t);
    pt_value without = without_sums(&t, &with);
    pt_obj_set(&o, "files", pt_int(t.compared));
    pt_obj_set(&o, "packages", pt_int(with));
    pt_obj_set(&o, "configuration", pt_int(t.configuration));
    pt_obj_set(&o, "left_out", pt_int(t.left_out));
    pt_obj_set(&o, "unchecked", pt_int(t.unchecked));
    pt_obj_set(&o, "without", without);
    if (files->cut)
        pt_obj_set(&o, "cut", pt_bool(true));
    pt_obj_set(&o, "found", groups(&t));
    pt_value v = pt_obj_end(&o);
    if (t.full || t.rights.full || a->full || !pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = v;
    return PT_OK;
}
