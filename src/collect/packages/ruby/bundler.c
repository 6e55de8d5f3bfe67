// Gemfile.lock (bundler's lib/bundler/lockfile_parser.rb): sections, whose names stand at the
// beginning of a line. Each level within is two blanks deeper:
//
//   GEM
//     remote: https://example.org/
//     specs:
//       nokogiri (1.13.6-x86_64-linux)     one line for each platform
//         racc (~> 1.4)
//
//   DEPENDENCIES
//     nokogiri!                            what the project asks for; "!": from this very source
#include "collect/packages/lock/lock.h"
#include "collect/packages/ruby/ruby.h"

typedef struct gem {
    pt_package p;
    PT_VEC(pt_str) needs; // names
} gem;

typedef struct bundle {
    pt_lock lock;
    PT_VEC(gem) gems;
    PT_VEC(pt_str) asked; // names
    pt_value ids;         // by name
    bool specs;           // within a section's gems
    bool dependencies;    // within what the project asks for
    bool told;            // it is told what the project asks for
    bool any;             // there was a section of gems
} bundle;

// "name (version)", "name!"; *ret_version without parentheses.
static pt_str take_name(pt_str line, pt_str *ret_version) {
    pt_str name = {0};
    PT_IGNORE(pt_str_word(&line, &name)); // the line is not blank
    line = pt_str_trim(line);
    bool has = pt_str_starts(line, PT_STR("(")) && pt_str_ends(line, PT_STR(")"));
    *ret_version = has ? pt_str_sub(line, 1, line.n - 1) : (pt_str){0};
    return pt_str_ends(name, PT_STR("!")) ? pt_str_sub(name, 0, name.n - 1) : name;
}

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// "1.13.6-x86_64-linux": a version has no hyphen.
static pt_code put_gem(bundle *b, pt_str line, uint32_t at, pt_err *e) {
    pt_str version;
    pt_str name = take_name(line, &version);
    gem *g = PT_PUSH(b->lock.r->a, &b->gems);
    if (!g)
        return no_memory(e);
    version = pt_str_sub(version, 0, pt_str_find(version, '-'));
    *g = (gem){.p = {.name = name, .version = version, .line = at, .line_end = at}};
    if (!name.n || !version.n) {
        pt_fault_add(b->lock.r, at, "a gem without a name and version");
        b->gems.n--;
    }
    return PT_OK;
}

static pt_code put_name(bundle *b, pt_str line, bool of_gem, pt_err *e) {
    pt_arena *a = b->lock.r->a;
    pt_str version;
    pt_str name = take_name(line, &version);
    gem *last = b->gems.n ? &b->gems.v[b->gems.n - 1] : NULL;
    if (of_gem && !last)
        return PT_OK; // of one that could not be read
    pt_str *own = of_gem ? PT_PUSH(a, &last->needs) : PT_PUSH(a, &b->asked);
    if (!own)
        return no_memory(e);
    *own = name;
    return PT_OK;
}

static pt_code read_line(bundle *b, pt_str line, uint32_t at, pt_err *e) {
    size_t indent = 0;
    while (indent < line.n && line.p[indent] == ' ')
        indent++;
    pt_str rest = pt_str_trim(line);
    if (!rest.n)
        return PT_OK;
    if (indent == 0) {
        b->specs = false;
        b->dependencies = pt_str_eqz(rest, "DEPENDENCIES");
        b->told |= b->dependencies;
        if (rest.p[0] < 'A' || rest.p[0] > 'Z')
            pt_fault_add(b->lock.r, at, "not the name of a section");
    } else if (indent == 2 && b->dependencies)
        return put_name(b, rest, false, e);
    else if (indent == 2) {
        b->specs = pt_str_eqz(rest, "specs:");
        b->any |= b->specs;
    } else if (indent == 4 && b->specs)
        return put_gem(b, rest, at, e);
    else if (indent == 6 && b->specs)
        return put_name(b, rest, true, e);
    return PT_OK;
}

// Of the platforms of a gem the last one's id is as good as any.
static bool index_names(bundle *b) {
    pt_arena *a = b->lock.r->a;
    pt_value *pairs = PT_NEW(a, pt_value, 2 * b->gems.n);
    for (size_t i = 0; pairs && i < b->gems.n; i++) {
        pt_package *p = &b->gems.v[i].p;
        p->id = pt_arena_printf(a, "%.*s@%.*s", PT_PRI(p->name), PT_PRI(p->version));
        pairs[2 * i] = pt_string(p->name);
        pairs[2 * i + 1] = pt_string(p->id);
    }
    b->ids = pairs ? pt_object_of(a, pairs, b->gems.n, NULL) : pt_undefined();
    return pt_defined(b->ids);
}

static pt_code put_all(bundle *b, pt_err *e) {
    pt_code code = PT_OK;
    b->lock.rooted = b->told;
    b->lock.dev_told = true;
    for (size_t i = 0; !code && i < b->asked.n; i++)
        code = pt_lock_root(&b->lock, pt_text(pt_get(b->ids, b->asked.v[i])), false, e);
    for (size_t i = 0; !code && i < b->gems.n; i++) {
        gem *g = &b->gems.v[i];
        pt_list ids = {.a = b->lock.r->a};
        for (size_t k = 0; k < g->needs.n; k++) {
            pt_value id = pt_get(b->ids, g->needs.v[k]);
            if (pt_defined(id)) // bundler itself is not listed
                pt_list_add(&ids, id);
        }
        g->p.depends = pt_list_end(&ids);
        code = pt_lock_put(&b->lock, &g->p, e);
    }
    return code ? code : pt_lock_end(&b->lock, e);
}

pt_code pt_read_gemfile_lock(pt_read *r, pt_str text, pt_err *e) {
    bundle b = {.lock = {.r = r}};
    pt_code code = PT_OK;
    pt_str line;
    for (uint32_t at = 1; !code && pt_line_next(&text, &line); at++)
        code = read_line(&b, line, at, e);
    if (!code && !b.any && !b.told)
        pt_fault_add(r, 1, "no section of gems");
    if (!code && !index_names(&b))
        code = no_memory(e);
    return code ? code : put_all(&b, e);
}
