// Core metadata: headers as in a mail, up to the first empty line; lines that begin with a blank go
// on.
#include "base/buf.h"
#include "collect/packages/python/python.h"
#include "fact/licence.h"

enum {
    NAME,
    VERSION,
    EXPRESSION,
    LICENSE,
    KEYS,
};
static const char *const keys[KEYS] = {"Name", "Version", "License-Expression", "License"};

typedef struct metadata {
    pt_read *r;
    pt_str field[KEYS];
    pt_list classified, files; // licences
    pt_list classifiers;       // … as they are written
} metadata;

// "License :: OSI Approved :: MIT License"; "OSI Approved" alone names none.
static void put_classifier(metadata *m, pt_str value) {
    pt_str rest = value;
    pt_str last = value;
    if (!pt_str_starts(value, PT_STR("License ::")))
        return;
    for (size_t at; (at = pt_str_find_str(rest, PT_STR("::"))) < rest.n;)
        last = rest = pt_str_trim(pt_str_sub(rest, at + 2, rest.n));
    if (!last.n || pt_str_eqz(last, "OSI Approved"))
        return;
    pt_list_add(&m->classified, pt_string(last));
    pt_list_add(&m->classifiers, pt_string(value));
}

static void put_file(metadata *m, pt_str value) {
    pt_str file = pt_arena_printf(m->r->a, "file://%.*s", PT_PRI(value));
    pt_list_add(&m->files, file.p ? pt_string(file) : pt_undefined());
}

// The first one counts.
static void put_field(metadata *m, pt_str key, pt_str value) {
    if (pt_str_eq_nocase(key, PT_STR("Classifier")))
        put_classifier(m, value);
    else if (pt_str_eq_nocase(key, PT_STR("License-File")))
        put_file(m, value);
    for (size_t i = 0; i < KEYS; i++)
        if (pt_str_eq_nocase(key, pt_str_of(keys[i])) && !m->field[i].n)
            m->field[i] = value;
}

// A value over several lines is one, with a blank between them.
static pt_str unfold(pt_arena *a, pt_str value) {
    if (pt_str_find(value, '\n') == value.n)
        return value;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(value.n + 1);
    pt_str word;
    while (pt_str_word(&value, &word)) {
        pt_buf_putz(&b, b.n ? " " : "");
        pt_buf_put(&b, word);
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static bool goes_on(pt_str text) {
    return text.n && (text.p[0] == ' ' || text.p[0] == '\t');
}

// A header with the lines that go on with it. Its value begins and ends with no blank.
static bool next_header(pt_str *text, pt_str *ret_key, pt_str *ret_value) {
    pt_str whole = *text;
    pt_str line;
    if (!pt_line_next(text, &line) || !line.n)
        return false;
    while (goes_on(*text))
        PT_IGNORE(pt_line_next(text, &line)); // there is one
    whole = pt_str_sub(whole, 0, whole.n - text->n);
    size_t colon = pt_str_find(whole, ':');
    *ret_key = pt_str_sub(whole, 0, colon);
    *ret_value = pt_str_trim(pt_str_sub(whole, colon + 1, whole.n));
    return true;
}

// Is none of the classifiers the licence that is said to be all?
static bool is_contradicted(metadata *m, pt_str said) {
    pt_licence all = {0};
    bool other = false;
    if (pt_licence_named(m->r->a, said, &all, NULL) || !all.listed)
        return false;
    for (size_t i = 0; i < m->classifiers.items.n; i++) {
        pt_licence hint = {0};
        if (pt_licence_named(m->r->a, pt_text(m->classifiers.items.v[i]), &hint, NULL))
            continue;
        if (pt_licence_covers(hint.tree, all.tree, true) ||
            pt_licence_covers(all.tree, hint.tree, true))
            return false;
        other = true;
    }
    return other;
}

// The one that is said to be all, before what is only a hint; what contradicts it stands beside it.
static pt_value licences_of(metadata *m) {
    pt_str said = m->field[EXPRESSION].n ? m->field[EXPRESSION] : m->field[LICENSE];
    if (said.n) {
        said = unfold(m->r->a, said);
        pt_list all = {.a = m->r->a};
        pt_list_add(&all, pt_string(said));
        size_t n = is_contradicted(m, said) ? m->classifiers.items.n : 0;
        for (size_t i = 0; i < n; i++) {
            pt_licence hint = {0};
            pt_value one = m->classifiers.items.v[i];
            if (pt_licence_named(m->r->a, pt_text(one), &hint, NULL) == PT_OK)
                pt_list_add(&all, one);
        }
        return pt_list_end(&all);
    }
    if (m->classified.items.n)
        return pt_list_end(&m->classified);
    return m->files.items.n ? pt_list_end(&m->files) : pt_undefined();
}

bool pt_python_metadata(pt_read *r, pt_str text, pt_package *ret) {
    metadata m = {
        .r = r, .classified = {.a = r->a}, .files = {.a = r->a}, .classifiers = {.a = r->a}};
    pt_str key;
    pt_str value;
    while (next_header(&text, &key, &value))
        put_field(&m, key, value);
    *ret = (pt_package){.name = m.field[NAME], .version = m.field[VERSION]};
    if (!ret->name.n || !ret->version.n) {
        pt_fault_add(r, 1,
                     ret->name.n ? "a package without a version" : "a package without a name");
        return false;
    }
    ret->licences = licences_of(&m);
    return true;
}

pt_code pt_read_python_metadata(pt_read *r, pt_str text, pt_err *e) {
    pt_package p = {0};
    return pt_python_metadata(r, text, &p) ? pt_package_add(r, &p, e) : PT_OK;
}
