#include "base/buf.h"
#include "collect/licence/licence.h"
#include "collect/licence/places.h"
#include "collect/packages/python/python.h"
#include "collect/packages/zip.h"

enum {
    TEXT_BYTES_MAX = 1 << 20,
    FOLDERS = 2, // of pt_licence_places
};

typedef struct egg {
    pt_read *r;
    pt_unzip *unzip;
    pt_licence_places places;
    pt_zip_entry named[PT_LICENCE_FILES_MAX]; // of places.files
    size_t which[PT_LICENCE_FILES_MAX];       // … of its paths, + 1; 0: it is not there
    pt_zip_entry texts[FOLDERS][PT_LICENCE_FILES_MAX + 1];
    size_t n[FOLDERS];
} egg;

// In the reader's arena.
static pt_code content_of(const egg *g, const pt_zip *z, const pt_zip_entry *n, pt_str *ret,
                          pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf room = PT_BUF(TEXT_BYTES_MAX);
    pt_str content = {0};
    pt_code code = pt_zip_read(z, n, g->unzip, &room, &content, e);
    if (code)
        return code;
    *ret = pt_arena_str(g->r->a, content);
    return ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- its licence ----------------------------------------------------------------------------------

// Of a file that may stand in several places, the first one counts.
static void take_named(egg *g, const pt_zip_entry *n) {
    for (size_t i = 0; i < g->places.n; i++)
        for (size_t k = 0; k < PT_COUNT(g->places.files[i].at); k++)
            if (pt_str_eq(n->name, g->places.files[i].at[k]) &&
                (!g->which[i] || k + 1 < g->which[i])) {
                g->named[i] = *n;
                g->which[i] = k + 1;
            }
}

static void take_text(egg *g, const pt_zip_entry *n) {
    pt_str folder = pt_str_sub(n->name, 0, pt_str_rfind(n->name, '/'));
    for (size_t i = 0; i < FOLDERS; i++)
        if (pt_str_eq(folder, g->places.folders[i]) && g->n[i] <= PT_LICENCE_FILES_MAX &&
            pt_licence_file_of(n->name) == PT_LICENCE_TEXT)
            g->texts[i][g->n[i]++] = *n;
}

// A text that cannot be read says nothing that is known.
static pt_code ask(const egg *g, const pt_zip *z, const pt_zip_entry *n, pt_licence_saying *all,
                   pt_err *e) {
    pt_err its = {0};
    pt_str text = {0};
    pt_str says = {0};
    pt_code code = content_of(g, z, n, &text, &its);
    if (!code)
        code = pt_licence_of_text(g->r->a, text, &says, &its);
    if (code == PT_E_NOMEM)
        return pt_err_set(e, PT_E_NOMEM, "%s", its.what);
    const pt_licence_said one = {.file = n->name, .expression = says, .unknown = pt_undefined()};
    pt_licence_says(all, &one);
    return PT_OK;
}

static pt_code ask_all(const egg *g, const pt_zip *z, pt_licence_saying *all, pt_err *e) {
    pt_code code = PT_OK;
    all->cut = g->places.cut;
    for (size_t i = 0; !code && i < g->places.n; i++)
        if (g->which[i])
            code = ask(g, z, &g->named[i], all, e);
    for (size_t f = 0; f < FOLDERS && !all->n; f++)
        for (size_t i = 0; !code && i < g->n[f]; i++)
            code = ask(g, z, &g->texts[f][i], all, e);
    return code;
}

// By the texts within it, where its metadata knows no more than their names.
static pt_code recognise(egg *g, pt_zip z, pt_package *p, pt_err *e) {
    pt_arena *a = g->r->a;
    pt_zip_entry n;
    pt_err bad = {0};
    bool end = false;
    pt_licence_saying all = {0};
    if (pt_defined(p->licences) && !pt_licence_names_file(p->licences))
        return PT_OK;
    g->places = pt_licence_places_of(a, PT_STR("EGG-INFO"), p->licences);
    while (!pt_zip_next(&z, &n, &end, &bad) && !end) {
        take_named(g, &n);
        take_text(g, &n);
    }
    pt_code code = ask_all(g, &z, &all, e);
    pt_licence_said said = pt_licence_together(a, &all);
    if (!code && said.file.n) {
        said.file = pt_arena_printf(a, "%.*s/%.*s", PT_PRI(g->r->path), PT_PRI(said.file));
        p->recognised = pt_licence_recognised(a, &said);
    }
    return code;
}

// -- its metadata ---------------------------------------------------------------------------------

// The entry of this name. PT_E_FORMAT: there is none, or the directory is broken.
static pt_code find(pt_zip *z, pt_str name, pt_zip_entry *ret, pt_err *e) {
    bool end = false;
    pt_code code = PT_OK;
    while (!code && !end) {
        code = pt_zip_next(z, ret, &end, e);
        if (!code && !end && pt_str_eq(ret->name, name))
            return PT_OK;
    }
    return code ? code : pt_err_set(e, PT_E_FORMAT, "an egg without metadata");
}

pt_code pt_read_egg(pt_read *r, pt_str text, pt_err *e) {
    egg g = {.r = r, .unzip = pt_unzip_new(r->a)};
    pt_err bad = {0};
    pt_zip z = {0};
    pt_zip_entry n;
    pt_str content = {0};
    pt_package p = {0};
    if (!g.unzip)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_zip_open(&z, text, &bad);
    pt_zip whole = z;
    if (!code)
        code = find(&z, PT_STR("EGG-INFO/PKG-INFO"), &n, &bad);
    if (!code)
        code = content_of(&g, &z, &n, &content, &bad);
    if (code == PT_E_NOMEM)
        return pt_err_set(e, PT_E_NOMEM, "%s", bad.what);
    if (code) {
        pt_fault_add(r, 1, bad.what);
        return PT_OK;
    }
    if (!pt_python_metadata(r, content, &p))
        return PT_OK;
    code = recognise(&g, whole, &p, e);
    return code ? code : pt_package_add(r, &p, e);
}
