#include "collect/sbom/impl.h"

pt_str pt_bill_text(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

pt_value pt_bill_list(pt_value v, const char *key) {
    pt_value list = pt_getz(v, key);
    return pt_tag_of(list) == PT_ARRAY ? list : pt_undefined();
}

void pt_bill_put(pt_obj *o, const char *key, pt_str s) {
    pt_obj_maybe(o, key, s.n ? pt_string(s) : pt_undefined());
}

pt_bill_item *pt_bill_add(pt_bill *b) {
    b->too_many = b->too_many || b->items.n >= PT_BILL_PACKAGES_MAX;
    pt_bill_item *i = b->too_many ? NULL : PT_PUSH(b->a, &b->items);
    b->full = b->full || !i;
    if (i)
        *i = (pt_bill_item){.lines = pt_undefined(),
                            .more = pt_undefined(),
                            .licences = {.a = b->a},
                            .needs = {.a = b->a}};
    return i;
}

void pt_bill_edge_add(pt_bill *b, pt_str from, pt_str to, bool holds) {
    pt_bill_edge *e = from.n && to.n ? PT_PUSH(b->a, &b->edges) : NULL;
    b->full = b->full || (from.n && to.n && !e);
    if (e)
        *e = (pt_bill_edge){from, to, holds};
}

void pt_bill_holder_add(pt_bill *b, pt_str ref, pt_str file) {
    pt_bill_holder *h = PT_PUSH(b->a, &b->holders);
    b->full = b->full || !h;
    if (h)
        *h = (pt_bill_holder){ref, file};
}

static void problem(pt_bill *b, const char *verdict, pt_str what) {
    if (b->problems.items.n >= PT_BILL_PROBLEMS_MAX)
        return; // that there are problems is told
    pt_obj o = {.a = b->a};
    pt_obj_set(&o, "verdict", pt_stringz(verdict));
    pt_obj_set(&o, "what", what.p ? pt_string(what) : pt_undefined());
    pt_list_add(&b->problems, pt_obj_end(&o));
}

void pt_bill_problem(pt_bill *b, pt_str what) {
    problem(b, "not evaluated", what);
}

void pt_bill_told(pt_bill *b, pt_str told) {
    static const char *const verdicts[] = {"not evaluated", "fail"};
    for (size_t i = 0; i < PT_COUNT(verdicts); i++) {
        pt_str verdict = pt_str_of(verdicts[i]);
        if (!pt_str_starts(told, verdict) || told.n < verdict.n + 3 || told.p[verdict.n] != ':')
            continue;
        problem(b, verdicts[i], pt_str_sub(told, verdict.n + 2, told.n));
        b->fails = b->fails || i == 1;
        return;
    }
    if (told.n)
        pt_bill_problem(b, told);
}

void pt_bill_unmapped(pt_bill *b, pt_str name) {
    enum {
        TOLD_MAX = 10
    };
    if (++b->unmapped <= TOLD_MAX)
        pt_bill_problem(b, pt_arena_printf(b->a, "nothing tells which package this is: %.*s",
                                           PT_PRI(name.n ? name : PT_STR("(no name)"))));
}

pt_str pt_bill_path(pt_str path) {
    while (path.n && path.p[0] == '/')
        path = pt_str_sub(path, 1, path.n);
    return path;
}

// -- package URLs ---------------------------------------------------------------------------------

static bool of_system(pt_str type) {
    static const char *const types[] = {"deb", "apk", "rpm", "alpm", "opkg"};
    for (size_t i = 0; i < PT_COUNT(types); i++)
        if (pt_str_eqz(type, types[i]))
            return true;
    return false;
}

static pt_str name_of(pt_arena *a, const pt_purl *p) {
    bool maven = pt_str_eqz(p->type, "maven");
    if (pt_str_eqz(p->type, "cocoapods") && p->subpath.n)
        return pt_arena_printf(a, "%.*s/%.*s", PT_PRI(p->name), PT_PRI(p->subpath));
    if (!p->space.n || of_system(p->type))
        return p->name;
    return pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(p->space), maven ? ":" : "/", PT_PRI(p->name));
}

// "glibc", "glibc@2.36-9" or "perl-5.26-1.src.rpm".
static void put_upstream(pt_bill_item *i, pt_str s) {
    size_t at = pt_str_rfind(s, '@');
    if (pt_str_ends(s, PT_STR(".src.rpm"))) {
        s = pt_str_sub(s, 0, s.n - 8);
        size_t release = pt_str_rfind(s, '-');
        at = pt_str_rfind(pt_str_sub(s, 0, release), '-');
        at = release < s.n && at < release ? at : s.n;
    }
    i->source = pt_str_sub(s, 0, at);
    i->source_version = pt_str_sub(s, at + 1, s.n);
}

// "debian-12": what the packages are of, unless the bill has a better word for it.
static void put_distro(pt_bill *b, const pt_purl *p) {
    pt_str s = pt_bill_text(p->qualifiers, "distro");
    size_t dash = pt_str_rfind(s, '-');
    if (!s.n || b->os.pairs.n)
        return;
    bool digit = s.p[0] >= '0' && s.p[0] <= '9';
    pt_bill_put(&b->os, "id", digit ? p->space : pt_str_sub(s, 0, dash));
    pt_bill_put(&b->os, "version", digit ? s : pt_str_sub(s, dash + 1, s.n));
}

bool pt_bill_purl(pt_bill *b, pt_bill_item *i, pt_str text) {
    pt_purl p = {0};
    if (!text.n || pt_purl_parse(b->a, text, &p, NULL))
        return false;
    pt_str epoch = pt_bill_text(p.qualifiers, "epoch");
    pt_str module = pt_bill_text(p.qualifiers, "rpmmod");
    i->purl = text;
    i->type = p.type;
    i->name = name_of(b->a, &p);
    i->version = p.version;
    if (!of_system(p.type))
        return true;
    if (epoch.n && !pt_str_eqz(epoch, "0"))
        i->version = pt_arena_printf(b->a, "%.*s:%.*s", PT_PRI(epoch), PT_PRI(p.version));
    i->architecture = pt_bill_text(p.qualifiers, "arch");
    i->source = i->name; // until it is told otherwise
    i->source_version = i->version;
    pt_str upstream = pt_bill_text(p.qualifiers, "upstream");
    if (upstream.n) {
        put_upstream(i, upstream);
        i->source_version = i->source_version.n ? i->source_version : i->version;
    }
    if (module.n) {
        pt_obj o = {.a = b->a};
        pt_bill_put(&o, "module", module);
        i->more = pt_obj_end(&o);
    }
    put_distro(b, &p);
    return true;
}

pt_str pt_bill_image_purl(pt_bill *b, pt_str text) {
    pt_purl p = {0};
    if (!text.n || pt_purl_parse(b->a, text, &p, NULL))
        return (pt_str){0};
    pt_bill_put(&b->image, "architecture", pt_bill_text(p.qualifiers, "arch"));
    return p.version;
}

void pt_bill_digest(pt_bill *b, pt_bill_item *i, pt_str algorithm, pt_str hex) {
    static const struct {
        const char *name, *ours;
        size_t digits;
    } known[] = {{"sha256", "sha256", 64},   {"sha-256", "sha256", 64}, {"sha512", "sha512", 128},
                 {"sha-512", "sha512", 128}, {"sha1", "sha1", 40},      {"sha-1", "sha1", 40},
                 {"md5", "md5", 32}};
    for (size_t k = 0; k < PT_COUNT(known); k++)
        if (pt_str_eq_nocase(algorithm, pt_str_of(known[k].name)) && hex.n == known[k].digits &&
            !pt_str_starts(i->digest, PT_STR("sha256:"))) {
            pt_str lower = pt_arena_lower(b->a, hex);
            i->digest = pt_arena_printf(b->a, "%s:%.*s", known[k].ours, PT_PRI(lower));
        }
}

// -- the document ---------------------------------------------------------------------------------

static pt_value index_of(pt_bill *b) {
    size_t n = b->items.n + b->holders.n;
    pt_value *pairs = PT_NEW(b->a, pt_value, 2 * n);
    for (size_t i = 0; pairs && i < n; i++) {
        bool item = i < b->items.n;
        pt_str ref = item ? b->items.v[i].ref : b->holders.v[i - b->items.n].ref;
        pairs[2 * i] = pt_string(ref);
        pairs[2 * i + 1] = pt_int((int64_t)i);
    }
    return pairs ? pt_object_of(b->a, pairs, n, NULL) : pt_undefined();
}

static void put_edges(pt_bill *b) {
    pt_value index = index_of(b);
    for (size_t k = 0; k < b->edges.n; k++) {
        const pt_bill_edge *e = &b->edges.v[k];
        int64_t from = 0;
        int64_t to = 0;
        bool known = pt_to_int(pt_get(index, e->from), &from) &&
                     pt_to_int(pt_get(index, e->to), &to) && (size_t)to < b->items.n;
        if (!known)
            continue;
        pt_bill_item *target = &b->items.v[to];
        if ((size_t)from >= b->items.n) {
            pt_str file = b->holders.v[(size_t)from - b->items.n].file;
            target->file = target->file.n ? target->file : file;
        } else if (!e->holds)
            pt_list_add(&b->items.v[from].needs, pt_string(e->to));
    }
    b->full = b->full || !pt_defined(index);
}

static pt_value some(pt_list *l) {
    pt_value v = pt_list_end(l);
    return pt_len(v) ? v : pt_undefined();
}

static pt_value sorted(pt_bill *b, pt_list *l) {
    pt_value set = l->items.n ? pt_set_of(b->a, l->items.v, l->items.n) : pt_undefined();
    return pt_len(set) ? pt_array_of(b->a, pt_vals(set), pt_len(set)) : pt_undefined();
}

static pt_value owner(pt_bill *b, pt_str said, pt_str content) {
    size_t slash = pt_str_find(said, '/');
    pt_obj o = {.a = b->a};
    if (slash + 1 >= said.n)
        return pt_undefined();
    pt_obj_set(&o, "type", pt_string(pt_str_sub(said, 0, slash)));
    pt_obj_set(&o, "name", pt_string(pt_str_sub(said, slash + 1, said.n)));
    pt_bill_put(&o, "content", content);
    return pt_obj_end(&o);
}

static pt_value package(pt_bill *b, pt_bill_item *i) {
    pt_obj o = {.a = b->a};
    pt_obj_set(&o, "type", pt_string(i->type));
    pt_obj_set(&o, "name", pt_string(i->name));
    pt_bill_put(&o, "version", i->version);
    pt_bill_put(&o, "architecture", i->architecture);
    pt_bill_put(&o, "source", i->source);
    pt_bill_put(&o, "source_version", i->source_version);
    pt_bill_put(&o, "purl", i->purl);
    pt_bill_put(&o, "id", i->ref);
    pt_bill_put(&o, "relationship", i->relationship);
    pt_bill_put(&o, "file", i->file);
    pt_bill_put(&o, "digest", i->digest);
    pt_obj_maybe(&o, "layer", i->layer > 0 ? pt_int(i->layer) : pt_undefined());
    pt_obj_maybe(&o, "dev", i->dev ? pt_bool(true) : pt_undefined());
    pt_obj_maybe(&o, "lines", i->lines);
    pt_obj_maybe(&o, "owner", owner(b, i->owner, i->owner_content));
    pt_obj_maybe(&o, "more", i->more);
    pt_obj_maybe(&o, "licences", some(&i->licences));
    pt_obj_maybe(&o, "depends", sorted(b, &i->needs));
    return pt_obj_end(&o);
}

static bool has_system_packages(const pt_bill *b) {
    for (size_t i = 0; i < b->items.n; i++)
        if (of_system(b->items.v[i].type))
            return true;
    return false;
}

static pt_value packages(pt_bill *b) {
    pt_list l = {.a = b->a};
    for (size_t i = 0; i < b->items.n; i++)
        pt_list_add(&l, package(b, &b->items.v[i]));
    return pt_list_end(&l);
}

static pt_value about(pt_bill *b) {
    pt_obj o = {.a = b->a};
    pt_obj_set(&o, "format", pt_stringz(b->format));
    pt_obj_set(&o, "version", pt_string(b->version));
    pt_bill_put(&o, "name", b->name);
    return pt_obj_end(&o);
}

static pt_value image(pt_bill *b) {
    if (!b->is_image)
        return pt_undefined();
    pt_obj_set(&b->image, "names", pt_list_end(&b->names));
    return pt_obj_end(&b->image);
}

pt_value pt_bill_document(pt_bill *b) {
    put_edges(b);
    if (!b->os.pairs.n && has_system_packages(b))
        pt_bill_problem(b, PT_STR("the bill does not say of which system its packages are"));
    if (b->unmapped)
        pt_bill_problem(b,
                        pt_arena_printf(b->a, "of %zu components nothing tells which package it is",
                                        b->unmapped));
    pt_obj o = {.a = b->a};
    pt_list none = {.a = b->a};
    bool pass = b->problems.items.n == 0;
    pt_obj_set(&o, "format", pt_stringz("paratia-scan/1"));
    pt_obj_set(&o, "verdict", pt_stringz(pass ? "pass" : b->fails ? "fail" : "not evaluated"));
    pt_obj_set(&o, "bill", about(b));
    pt_obj_set(&o, "kind", pt_stringz("bill"));
    pt_obj_maybe(&o, "image", image(b));
    if (b->os.pairs.n)
        pt_obj_set(&o, "os", pt_obj_end(&b->os));
    pt_obj_set(&o, "layers", pt_list_end(&none));
    pt_obj_set(&o, "packages", packages(b));
    pt_obj_set(&o, "problems", pt_list_end(&b->problems));
    return b->full ? pt_undefined() : pt_obj_end(&o);
}
