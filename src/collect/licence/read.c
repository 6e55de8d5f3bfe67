#include "base/buf.h"
#include "collect/licence/choices.h"
#include "collect/licence/found.h"
#include "collect/licence/licence.h"
#include "collect/licence/notices.h"
#include "collect/licence/unknown.h"
#include "fact/licence.h"

void pt_licence_found(pt_licences_found *f, pt_str expression) {
    if (!expression.n || pt_licence_has(f, expression))
        return;
    f->cut = f->cut || f->all.n == PT_LICENCE_FOUND_MAX;
    pt_str *one = f->cut ? NULL : PT_PUSH(f->a, &f->all);
    if (one)
        *one = pt_arena_str(f->a, expression);
}

bool pt_licence_has(const pt_licences_found *f, pt_str expression) {
    for (size_t i = 0; i < f->all.n; i++)
        if (pt_str_eq(f->all.v[i], expression))
            return true;
    return false;
}

// Every part that must hold, once.
static void flatten(const pt_licences_found *f, pt_licences_found *ret) {
    for (size_t i = 0; i < f->all.n; i++) {
        pt_licence l = {.tree = pt_undefined()};
        PT_IGNORE(pt_licence_parse(f->a, f->all.v[i], &l, NULL)); // it was made of parts that are
        pt_value all = pt_getz(l.tree, "all");
        for (size_t k = 0; k < pt_len(all); k++)
            pt_licence_found(ret, pt_licence_text(f->a, pt_at(all, k), true));
        if (!pt_len(all))
            pt_licence_found(ret, pt_licence_text(f->a, l.tree, true));
    }
}

pt_code pt_licences_join(const pt_licences_found *f, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_LICENCE_BYTES_MAX);
    pt_licences_found parts = {.a = f->a};
    pt_licence whole = {.text = {"", 0}};
    flatten(f, &parts);
    for (size_t i = 0; i < parts.all.n; i++) {
        pt_buf_putz(&b, i ? " AND " : "");
        pt_buf_put(&b, parts.all.v[i]);
    }
    if (f->a->full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (f->cut || parts.cut || b.full)
        return pt_err_set(e, PT_E_LIMIT, "it names more licences than can be told");
    pt_code code = b.n ? pt_licence_parse(f->a, pt_buf_str(&b), &whole, e) : PT_OK;
    if (!code)
        *ret = whole.text;
    return code;
}

// -- free text ------------------------------------------------------------------------------------

// "SPDX-License-Identifier: MIT OR Apache-2.0" says it all (SPDX 2.3, annex E).
static void take_tags(pt_licences_found *f, const pt_words *w, pt_str text, pt_spans *named) {
    static const pt_str tag = PT_STR("SPDX-License-Identifier:");
    for (size_t at = 0; at < text.n;) {
        pt_licence l = {0};
        at += pt_str_find_str(pt_str_sub(text, at, text.n), tag) + tag.n;
        pt_str rest = pt_str_sub(text, at, text.n);
        pt_str line = pt_str_trim(pt_str_sub(rest, 0, pt_str_find(rest, '\n')));
        if (pt_str_ends(line, PT_STR("*/")))
            line = pt_str_trim(pt_str_sub(line, 0, line.n - 2));
        if (!line.n || pt_licence_parse(f->a, line, &l, NULL) || !l.listed)
            continue;
        pt_licence_found(f, l.text);
        pt_span *one = PT_PUSH(f->a, named);
        if (one)
            *one = pt_words_line(w, (size_t)(line.p - text.p));
    }
}

// Of a choice that is named whole, the parts were named, too.
static void drop_parts(pt_licences_found *f) {
    static const char perl[] = "Artistic-1.0-Perl OR GPL-1.0-or-later";
    size_t n = 0;
    if (!pt_licence_has(f, pt_str_of(perl)))
        return;
    for (size_t i = 0; i < f->all.n; i++)
        if (!pt_str_eqz(f->all.v[i], "Artistic-1.0-Perl") &&
            !pt_str_eqz(f->all.v[i], "GPL-1.0-or-later") &&
            !pt_str_eqz(f->all.v[i], "GPL-1.0-only"))
            f->all.v[n++] = f->all.v[i];
    f->all.n = n;
}

pt_code pt_licence_recognise(pt_licences_found *f, pt_str text, pt_err *e) {
    pt_words w = {0};
    pt_texts_found texts = {0};
    pt_spans named = {0};
    pt_code code = pt_words_of(f->a, text, &w, e);
    if (!code)
        code = pt_licence_texts(f->a, &w, &texts, e);
    if (!code)
        code = pt_licence_choices(f->a, &w, &texts, e);
    if (!code)
        code = pt_licence_notices(f, &w, &texts, &named, e);
    if (code)
        return code;
    take_tags(f, &w, text, &named);
    drop_parts(f);
    return pt_licence_unknown(f, &w, text, &texts, &named, e);
}

// -- the whole -----------------------------------------------------------------------------------

static int64_t line_of(pt_str text, const char *at) {
    int64_t line = 1;
    for (const char *p = text.p; p < at; p++)
        line += *p == '\n';
    return line;
}

static pt_value unknown_of(const pt_licences_found *f, pt_str text) {
    pt_list l = {.a = f->a};
    for (size_t i = 0; i < f->unread.n; i++) {
        pt_obj o = {.a = f->a};
        pt_obj_set(&o, "licence", pt_string(f->unread.v[i].id));
        pt_obj_set(&o, "line", pt_int(line_of(text, f->unread.v[i].at)));
        pt_obj_set(&o, "begins", pt_string(f->unread.v[i].begins));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return f->unread.n ? pt_list_end(&l) : pt_undefined();
}

pt_code pt_licence_read(pt_arena *a, pt_licence_file kind, pt_str text, pt_licence_reading *ret,
                        pt_err *e) {
    pt_licence_reading reading = {.expression = {"", 0}};
    pt_licences_found f = {.a = a};
    bool dep5 = false;
    pt_code code = PT_OK;
    if (kind == PT_LICENCE_DEBIAN)
        code = pt_licence_dep5(&f, text, &dep5, e);
    dep5 = dep5 && f.all.n; // else its paragraphs are of no files
    if (!code && !dep5 && text.n > PT_LICENCE_TEXT_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "it is larger than %zu bytes", PT_LICENCE_TEXT_BYTES_MAX);
    if (!code && !dep5)
        code = pt_licence_recognise(&f, text, e);
    if (!code)
        code = pt_licences_join(&f, &reading.expression, e);
    reading.unknown = unknown_of(&f, text);
    if (!code && a->full)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code)
        *ret = reading;
    return code;
}

pt_code pt_licence_of_text(pt_arena *a, pt_str text, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena own = {.bytes_max = PT_LICENCE_ROOM};
    pt_licence_reading r = {0};
    pt_code code = pt_licence_read(&own, PT_LICENCE_TEXT, text, &r, NULL);
    *ret = pt_arena_str(a, code ? (pt_str){"", 0} : r.expression);
    return ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
