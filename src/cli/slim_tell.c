// What slim says, as a document:
//   {"format": "paratia-slim/1", "source", "image" (the new one's digest; none on a dry run),
//    "before": {"bytes", "files", "packages", "vulnerabilities"?}, "after": {…},
//    "packages": [{"type", "name", "files", "bytes"}] that are left out, the largest
//    first, "left_out": [{"path", "bytes", "package"}], "kept": [{"path", "need", "how", "by",
//    "traced"}], "missing": [{"name", "by"}], "doubts": [{"what", "path"}], "dockerfile": [lines]}
#include <stdlib.h>

#include "cli/slim.h"
#include "value/json.h"

enum {
    LINE_NAMES_MAX = 200, // packages in one step of a Dockerfile
};

static uint64_t size_of(const pt_file *f) {
    return S_ISREG(f->mode) && !f->hard ? f->size : 0;
}

typedef struct sums {
    uint64_t bytes, files, packages;
} sums;

// Vulnerabilities only where an index was asked.
static pt_value sums_of(pt_slim *x, const sums *s, uint64_t flaws) {
    pt_arena *a = &x->a;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "bytes", pt_int((int64_t)s->bytes));
    pt_obj_set(&o, "files", pt_int((int64_t)s->files));
    pt_obj_set(&o, "packages", pt_int((int64_t)s->packages));
    if (x->judged)
        pt_obj_set(&o, "vulnerabilities", pt_int((int64_t)flaws));
    return pt_obj_end(&o);
}

static pt_value kept(pt_slim *s, size_t i) {
    const pt_files *files = s->open->files;
    const pt_needed *n = &s->closure.of[i];
    pt_obj o = {.a = &s->a};
    pt_obj_set(&o, "path", pt_string(files->all.v[i].path));
    pt_obj_set(&o, "need", pt_stringz(pt_need_word(n->need)));
    if (n->how)
        pt_obj_set(&o, "how", pt_stringz(n->how));
    if (n->by)
        pt_obj_set(&o, "by", pt_string(files->all.v[n->by - 1].path));
    if (s->trace.n)
        pt_obj_set(&o, "traced", pt_bool(n->need == PT_NEED_TRACED));
    return pt_obj_end(&o);
}

static pt_value left_out(pt_slim *s, size_t i) {
    const pt_file *f = &s->open->files->all.v[i];
    pt_obj o = {.a = &s->a};
    pt_obj_set(&o, "path", pt_string(f->path));
    pt_obj_set(&o, "bytes", pt_int((int64_t)size_of(f)));
    if (f->owner.n)
        pt_obj_set(&o, "package", pt_string(f->owner));
    return pt_obj_end(&o);
}

// Of a list of packages the list says which; else the file that tells of it is there, or not.
bool pt_slim_stays(pt_slim *s, pt_value package) {
    const pt_files *files = s->open->files;
    const pt_value key[] = {pt_getz(package, "type"), pt_getz(package, "name")};
    const pt_file *f = pt_files_at(files, pt_text(pt_getz(package, "file")));
    bool there = !f || s->keep[f - files->all.v];
    return there && !pt_set_has(s->dropped, pt_array_of(&s->a, key, 2));
}

static uint64_t count_staying(pt_slim *s) {
    pt_value all = pt_getz(s->open->doc, "packages");
    uint64_t n = 0;
    for (size_t i = 0; i < pt_len(all); i++)
        n += pt_slim_stays(s, pt_at(all, i));
    return n;
}

static pt_value set_of(pt_slim *s, pt_value packages) {
    PT_VEC(pt_value) keys = {0};
    for (size_t i = 0; i < pt_len(packages); i++) {
        const pt_value key[] = {pt_getz(pt_at(packages, i), "type"),
                                pt_getz(pt_at(packages, i), "name")};
        pt_value *to = PT_PUSH(&s->a, &keys);
        if (!to)
            return pt_undefined();
        *to = pt_array_of(&s->a, key, 2);
    }
    return pt_set_of(&s->a, keys.v, keys.n);
}

// -- packages -------------------------------------------------------------------------------------

static int64_t number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it says none
    return n;
}

// With most vulnerabilities first, then the largest.
static int by_worth(const void *a, const void *b) {
    static const char *const keys[] = {"vulnerabilities", "bytes"};
    const pt_value *x = a;
    const pt_value *y = b;
    int order = 0;
    for (size_t i = 0; !order && i < PT_COUNT(keys); i++)
        order = (number_of(*x, keys[i]) < number_of(*y, keys[i])) -
                (number_of(*x, keys[i]) > number_of(*y, keys[i]));
    return order ? order : pt_cmp(pt_getz(*x, "name"), pt_getz(*y, "name"));
}

static pt_value packages_of(pt_slim *s) {
    static const char *const keys[] = {"type", "name", "files", "bytes"};
    pt_value all = s->closure.dropped;
    pt_list l = {.a = &s->a};
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_obj o = {.a = &s->a};
        for (size_t k = 0; k < PT_COUNT(keys); k++)
            pt_obj_set(&o, keys[k], pt_getz(pt_at(all, i), keys[k]));
        if (s->judged)
            pt_obj_set(&o, "vulnerabilities", pt_int((int64_t)pt_slim_flaws_of(s, pt_at(all, i))));
        pt_list_add(&l, pt_obj_end(&o));
    }
    if (l.items.n)
        qsort(l.items.v, l.items.n, sizeof(pt_value), by_worth);
    return pt_list_end(&l);
}

// A name that a shell takes as it stands.
static bool is_plain(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '+' || c == '_' || (c == '-' && i);
        if (!plain)
            return false;
    }
    return s.n > 0;
}

// What a Dockerfile would say. The package manager itself cannot take away what it needs: dpkg is
// asked to do it all the same.
static pt_value dockerfile(pt_slim *s, pt_value packages) {
    static const struct {
        const char *type, *step;
    } rows[] = {
        {"deb", "RUN dpkg --purge --force-all"},
        {"apk", "RUN apk del --no-cache"},
        {"rpm", "RUN rpm -e --nodeps"},
    };
    pt_list l = {.a = &s->a};
    for (size_t k = 0; k < PT_COUNT(rows); k++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
        size_t n = 0;
        for (size_t i = 0; i < pt_len(packages) && n < LINE_NAMES_MAX; i++) {
            pt_str name = pt_text(pt_getz(pt_at(packages, i), "name"));
            pt_str type = pt_text(pt_getz(pt_at(packages, i), "type"));
            if (!pt_str_eqz(type, rows[k].type) || !is_plain(name))
                continue;
            pt_buf_printf(&b, "%s%.*s", n++ ? " " : "", PT_PRI(name));
        }
        if (n)
            pt_list_add(&l,
                        pt_string(pt_arena_printf(&s->a, "%s %.*s", rows[k].step, (int)b.n, b.p)));
    }
    return pt_list_end(&l);
}

// -- the whole ------------------------------------------------------------------------------------

pt_code pt_slim_tell(pt_slim *s, pt_err *e) {
    const pt_files *files = s->open->files;
    pt_arena *a = &s->a;
    pt_list keeps = {.a = a};
    pt_list out = {.a = a};
    pt_obj o = {.a = a};
    sums before = {.files = files->all.n, .packages = pt_len(pt_getz(s->open->doc, "packages"))};
    s->dropped = set_of(s, s->closure.dropped);
    pt_code code = pt_slim_judge(s, e);
    if (code)
        return code;
    sums after = {.packages = count_staying(s)};
    for (size_t i = 0; i < files->all.n; i++) {
        uint64_t bytes = size_of(&files->all.v[i]);
        before.bytes += bytes;
        after.bytes += s->keep[i] ? bytes : 0;
        after.files += s->keep[i];
        if (s->keep[i])
            pt_list_add(&keeps, kept(s, i));
        else
            pt_list_add(&out, left_out(s, i));
    }
    pt_value packages = packages_of(s);
    pt_obj_set(&o, "format", pt_stringz("paratia-slim/1"));
    pt_obj_set(&o, "source", pt_string(s->source));
    if (s->manifest.n)
        pt_obj_set(&o, "image", pt_string(s->manifest));
    pt_obj_set(&o, "before", sums_of(s, &before, s->flaws));
    pt_obj_set(&o, "after", sums_of(s, &after, s->flaws - s->flaws_gone));
    pt_obj_set(&o, "packages", packages);
    pt_obj_set(&o, "dockerfile", dockerfile(s, packages));
    pt_obj_set(&o, "missing", pt_list_end(&s->closure.missing));
    pt_obj_set(&o, "doubts", pt_list_end(&s->closure.doubts));
    pt_obj_set(&o, "kept", pt_list_end(&keeps));
    pt_obj_set(&o, "left_out", pt_list_end(&out));
    s->told = pt_obj_end(&o);
    return pt_defined(s->told) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_slim_json(const pt_slim *s, pt_buf *b, pt_err *e) {
    pt_code code = pt_json_write(b, s->told, &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    if (!code && b->full)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    return code ? code : pt_put_json(pt_buf_str(b), e);
}
