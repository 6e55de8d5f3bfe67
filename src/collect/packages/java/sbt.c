// sbt-dependency-lock's build.sbt.lock, version 1. What no configuration but those of tests has is
// not listed.
#include "collect/packages/java/java.h"
#include "collect/packages/members.h"

static bool is_used(pt_value configurations) {
    bool used = pt_len(configurations) == 0;
    for (size_t i = 0; !used && i < pt_len(configurations); i++) {
        pt_str c = pt_text(pt_at(configurations, i));
        used = pt_str_eqz(c, "compile") || pt_str_eqz(c, "runtime");
    }
    return used;
}

static pt_code take(pt_read *r, const pt_member *m, pt_err *e) {
    pt_str group = pt_text(pt_getz(m->value, "org"));
    pt_str artifact = pt_text(pt_getz(m->value, "name"));
    pt_value artifacts = pt_getz(m->value, "artifacts");
    pt_package p = {
        .version = pt_text(pt_getz(m->value, "version")), .line = m->line, .line_end = m->line_end};
    if (!is_used(pt_getz(m->value, "configurations")))
        return PT_OK;
    if (!group.n || !artifact.n || !p.version.n) {
        pt_fault_add(r, m->line, "a dependency without org, name or version");
        return PT_OK;
    }
    p.name = pt_arena_printf(r->a, "%.*s:%.*s", PT_PRI(group), PT_PRI(artifact));
    p.id = pt_arena_printf(r->a, "%.*s:%.*s", PT_PRI(p.name), PT_PRI(p.version));
    if (pt_len(artifacts) == 1)
        p.digest = pt_text(pt_getz(pt_at(artifacts, 0), "hash"));
    return p.name.n ? pt_package_add(r, &p, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_read_sbt(pt_read *r, pt_str text, pt_err *e) {
    pt_value doc;
    pt_member m;
    int64_t version = 0;
    pt_code code = pt_read_json(r, &text, &doc, e);
    if (code || !pt_defined(doc))
        return code;
    if (!pt_to_int(pt_getz(doc, "lockVersion"), &version) || version != 1) {
        pt_fault_add(r, 1, "a version of the lock file that is not known");
        return PT_OK;
    }
    if (pt_tag_of(pt_getz(doc, "dependencies")) != PT_ARRAY)
        pt_fault_add(r, 1, "no list of dependencies");
    pt_members all = pt_members_at(r->a, text, "dependencies");
    while (!code && pt_members_next(&all, &m))
        code = take(r, &m, e);
    return code;
}
