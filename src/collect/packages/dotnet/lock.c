// packages.lock.json (learn.microsoft.com, "PackageReference in project files", lock files): for
// each framework, and for each of its platforms ("net8.0/linux-x64"), the packages by name. Those
// of several frameworks are listed once.
#include "collect/packages/dotnet/dotnet.h"
#include "collect/packages/ids.h"
#include "collect/packages/members.h"

enum {
    NAMES_MAX = 4096, // that are compared without their case
};

typedef struct listed {
    pt_package p;
    pt_list needs;
} listed;

typedef struct lock {
    pt_read *r;
    pt_value frameworks;
    pt_ids ids;
    PT_VEC(listed) packages;
} lock;

// The framework's member of that name, *name as it is written there: case does not count, and
// who asks for a package may write its name in his own way.
static pt_value member_of(const lock *l, pt_str framework, pt_str *name) {
    pt_value packages = pt_get(l->frameworks, framework);
    pt_value p = pt_get(packages, *name);
    for (size_t i = 0; !pt_defined(p) && i < pt_len(packages) && i < NAMES_MAX; i++) {
        pt_str own = pt_text(pt_key_at(packages, i));
        if (!pt_str_eq_nocase(own, *name))
            continue;
        *name = own;
        p = pt_val_at(packages, i);
    }
    return p;
}

// The version that the framework resolved *name to; of a platform that does not say, its
// framework's.
static pt_str version_of(const lock *l, pt_str framework, pt_str *name) {
    pt_value p = member_of(l, framework, name);
    size_t slash = pt_str_find(framework, '/');
    if (!pt_defined(p))
        p = member_of(l, pt_str_sub(framework, 0, slash), name);
    return pt_text(pt_getz(p, "resolved"));
}

static void add_needs(lock *l, listed *at, pt_str framework, pt_value needs) {
    for (size_t i = 0; i < pt_len(needs); i++) {
        pt_str name = pt_text(pt_key_at(needs, i));
        pt_str version = version_of(l, framework, &name);
        if (version.n)
            pt_list_add(&at->needs, pt_string(pt_arena_printf(l->r->a, "%.*s@%.*s", PT_PRI(name),
                                                              PT_PRI(version))));
    }
}

// The place of the package; a new one is filled in. NULL: out of memory.
static listed *place(lock *l, const pt_package *p) {
    pt_str id = pt_arena_printf(l->r->a, "%.*s@%.*s", PT_PRI(p->name), PT_PRI(p->version));
    uint32_t n = pt_ids_add(&l->ids, id);
    listed *at = NULL;
    if (n != PT_IDS_NONE && n < l->packages.n)
        return l->packages.v + n;
    if (n != PT_IDS_NONE)
        at = PT_PUSH(l->r->a, &l->packages);
    if (at)
        *at = (listed){.p = *p, .needs = {.a = l->r->a}};
    return at;
}

static bool take(lock *l, pt_str framework, const pt_member *m) {
    pt_str type = pt_text(pt_getz(m->value, "type"));
    pt_package p = {.name = pt_text(m->key),
                    .version = pt_text(pt_getz(m->value, "resolved")),
                    .digest = pt_nuget_digest(l->r->a, pt_text(pt_getz(m->value, "contentHash"))),
                    .relationship = PT_STR("indirect"),
                    .line = m->line,
                    .line_end = m->line_end};
    bool direct = pt_str_eq_nocase(type, PT_STR("Direct"));
    if (pt_str_eq_nocase(type, PT_STR("Project")))
        return true; // of the solution: it has a lock file of its own
    if (!p.name.n || !p.version.n) {
        pt_fault_add(l->r, m->line, "a package without a version");
        return true;
    }
    listed *at = place(l, &p);
    if (!at)
        return false;
    if (direct)
        at->p.relationship = PT_STR("direct");
    add_needs(l, at, framework, pt_getz(m->value, "dependencies"));
    return true;
}

pt_code pt_read_nuget_lock(pt_read *r, pt_str text, pt_err *e) {
    pt_value doc;
    pt_member framework;
    pt_member m;
    pt_code code = pt_read_json(r, &text, &doc, e);
    if (code || !pt_defined(doc))
        return code;
    lock l = {.r = r, .frameworks = pt_getz(doc, "dependencies"), .ids = {.a = r->a}};
    if (pt_tag_of(l.frameworks) != PT_OBJECT)
        pt_fault_add(r, 1, "no list of dependencies");
    pt_members all = pt_members_at(r->a, text, "dependencies");
    while (pt_members_next(&all, &framework)) {
        pt_members packages = pt_members_in(&all, &framework);
        while (pt_members_next(&packages, &m))
            if (!take(&l, pt_text(framework.key), &m))
                return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; !code && i < l.packages.n; i++) {
        listed *at = l.packages.v + i;
        at->p.depends = pt_ids_sorted(&at->needs);
        code = pt_package_add(r, &at->p, e);
    }
    return code;
}
