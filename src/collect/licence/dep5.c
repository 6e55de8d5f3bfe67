// Debian's copyright files, format 1.0: paragraphs of fields, of which the first has Format.
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "collect/licence/found.h"
#include "collect/licence/licence.h"
#include "collect/packages/read.h"
#include "fact/licence.h"

enum {
    NAME_BYTES_MAX = 200,
    SYNOPSIS_BYTES_MAX = 4096,
    TEXTS_READ_MAX = PT_LICENCE_FOUND_MAX, // of licences
};

typedef struct paragraph {
    pt_str files, licence; // fields, all lines
    bool format, has_files;
} paragraph;

typedef struct reader {
    pt_licences_found *f;
    pt_arena *a;
    pt_map texts;    // hash of a name -> pt_str *, the text of a paragraph of its own
    unsigned read;   // texts
    pt_map resolved; // hash of a name -> pt_str *, an expression
    pt_err *e;
} reader;

// Names of DEP-5 and of its users that are not SPDX's, and what (fact/licence.h) does not know.
static const struct {
    const char *name, *id;
    bool loose; // it says no version: what the text says counts before
} names[] = {
    {"Artistic", "Artistic-1.0-Perl", false},
    {"Perl", "Artistic-1.0-Perl OR GPL-1.0-or-later", false},
    {"same-as-perl", "Artistic-1.0-Perl OR GPL-1.0-or-later", false},
    {"public-domain", "LicenseRef-public-domain", false},
    {"PD", "LicenseRef-public-domain", false},
    {"GPL", "GPL-1.0-or-later", true},
    {"GPL+", "GPL-1.0-or-later", true},
    {"LGPL", "LGPL-2.0-or-later", true},
    {"LGPL+", "LGPL-2.0-or-later", true},
    {"AGPL", "AGPL-3.0-or-later", true},
    {"GFDL", "GFDL-1.1-or-later", true},
    {"FDL-1.2+", "GFDL-1.2-or-later", false},
    {"FDL-1.3+", "GFDL-1.3-or-later", false},
    {"GFDL-NIV-1.2", "GFDL-1.2-no-invariants-only", false},
    {"GFDL-NIV-1.2+", "GFDL-1.2-no-invariants-or-later", false},
    {"GFDL-NIV-1.3", "GFDL-1.3-no-invariants-only", false},
    {"GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later", false},
    {"GFDL-1.2+-no-invariants", "GFDL-1.2-no-invariants-or-later", false},
    {"GFDL-1.3+-no-invariants", "GFDL-1.3-no-invariants-or-later", false},
    {"Apache", "Apache-1.0", true},
    {"CDDL", "CDDL-1.0", true},
    {"CPL", "CPL-1.0", true},
    {"EFL", "EFL-2.0", true},
    {"LPPL", "LPPL-1.0", true},
    {"MPL", "MPL-1.0", true},
    {"Python", "Python-2.0", true},
    {"QPL", "QPL-1.0", true},
    {"SIL-1.1", "OFL-1.1", false},
    {"SIL-OFL-1.1", "OFL-1.1", false},
    {"W3C-Software", "W3C", false},
    {"ZPL", "ZPL-1.1", true},
    {"Boost", "BSL-1.0", false},
    {"BSD-3-clause-generic", "BSD-3-Clause", false},
    {"BSD-2-clause-generic", "BSD-2-Clause", false},
};

// "with … exception": by the first word that says which, of one that begins as another the longer
// first. Of some there is another one for version 3 of the GNU licences.
static const struct {
    const char *word, *id, *of_3;
} exceptions[] = {
    {"autoconf", "Autoconf-exception-2.0", "Autoconf-exception-3.0"},
    {"bison", "Bison-exception-2.2", NULL},
    {"bootloader", "Bootloader-exception", NULL},
    {"classpath", "Classpath-exception-2.0", NULL},
    {"clisp", "CLISP-exception-2.0", NULL},
    {"ecos", "eCos-exception-2.0", NULL},
    {"fltk", "FLTK-exception", NULL},
    {"font", "Font-exception-2.0", NULL},
    {"freertos", "freertos-exception-2.0", NULL},
    {"gcc", "GCC-exception-2.0", "GCC-exception-3.1"},
    {"libtool", "Libtool-exception", NULL},
    {"linux-syscall-note", "Linux-syscall-note", NULL},
    {"llvm", "LLVM-exception", NULL},
    {"lzma", "LZMA-exception", NULL},
    {"mif", "mif-exception", NULL},
    {"occt", "OCCT-exception-1.0", NULL},
    {"ocaml", "OCaml-LGPL-linking-exception", NULL},
    {"openssl", "OpenSSL-exception", NULL},
    {"openvpn", "openvpn-openssl-exception", NULL},
    {"qt-gpl", "Qt-GPL-exception-1.0", NULL},
    {"qt", "Qt-LGPL-exception-1.1", NULL},
    {"qwt", "Qwt-exception-1.0", NULL},
    {"swift", "Swift-exception", NULL},
    {"u-boot", "u-boot-exception-2.0", NULL},
    {"wxwindows", "WxWindows-exception-3.1", NULL},
};

// -- paragraphs -----------------------------------------------------------------------------------

static bool is_blank(pt_str line) {
    return pt_str_trim(line).n == 0;
}

static bool is_field(pt_str line, const char *name) {
    size_t n = pt_str_find(line, ':');
    return n < line.n && pt_str_eq_nocase(pt_str_sub(line, 0, n), pt_str_of(name));
}

// Take the next one of *rest; false: there is none.
static bool next_paragraph(pt_str *rest, paragraph *ret) {
    pt_str line = {0};
    pt_str *field = NULL;
    bool any = false;
    *ret = (paragraph){0};
    while (pt_line_next(rest, &line)) {
        if (is_blank(line)) {
            if (any)
                return true;
            continue;
        }
        any = true;
        bool goes_on = line.p[0] == ' ' || line.p[0] == '\t';
        if (goes_on && field)
            field->n = (size_t)(line.p + line.n - field->p);
        if (goes_on || line.p[0] == '#')
            continue;
        field = is_field(line, "Files")     ? &ret->files
                : is_field(line, "License") ? &ret->licence
                                            : NULL;
        ret->has_files = ret->has_files || is_field(line, "Files");
        ret->format =
            ret->format || is_field(line, "Format") || is_field(line, "Format-Specification");
        size_t colon = pt_str_find(line, ':');
        if (field && colon < line.n)
            *field = (pt_str){line.p + colon + 1, line.n - colon - 1};
    }
    return any;
}

// Its first line that says something.
static pt_str synopsis_of(pt_str licence) {
    licence = pt_str_trim(licence);
    return pt_str_trim(pt_str_sub(licence, 0, pt_str_find(licence, '\n')));
}

static pt_str text_of(pt_str licence) {
    licence = pt_str_trim(licence);
    return pt_str_sub(licence, pt_str_find(licence, '\n'), licence.n);
}

static uint64_t key_of(reader *r, pt_str name) {
    return pt_path_hash(pt_arena_lower(r->a, name));
}

// -- names ----------------------------------------------------------------------------------------

// What the text of a name says; nothing, if there is none.
static pt_code read_text(reader *r, pt_str name, pt_licences_found *ret) {
    const pt_str *text = pt_map_get(&r->texts, key_of(r, name));
    *ret = (pt_licences_found){.a = r->a};
    if (!text || !text->n || text->n > PT_LICENCE_TEXT_BYTES_MAX || r->read++ >= TEXTS_READ_MAX)
        return PT_OK;
    return pt_licence_recognise(ret, *text, r->e);
}

static bool is_granted(const pt_licences_found *f, pt_str id) {
    for (size_t i = 0; i < f->granted.n; i++)
        if (pt_str_eq(f->granted.v[i], id))
            return true;
    return false;
}

static bool is_unread(const pt_licences_found *f, pt_str id) {
    for (size_t i = 0; i < f->unread.n; i++)
        if (pt_str_eq(f->unread.v[i].id, id))
            return true;
    return false;
}

// "GFDL-NIV-1.3", whose text says nothing of invariant sections.
static pt_str with_name(reader *r, pt_str granted, pt_str id) {
    static const pt_str niv = PT_STR("-no-invariants");
    size_t version = sizeof "GFDL-1.3" - 1;
    if (!pt_str_has(id, niv) || pt_str_has(granted, niv))
        return granted;
    return pt_arena_printf(r->a, "%.*s%.*s%.*s", PT_PRI(pt_str_sub(granted, 0, version)),
                           PT_PRI(niv), PT_PRI(pt_str_sub(granted, version, granted.n)));
}

// "LGPL-2.1-only" and "LGPL-2.0-or-later".
static bool is_family(pt_str one, pt_str other) {
    size_t n = pt_str_find(other, '-') + 1;
    return pt_str_eq(pt_str_sub(one, 0, n), pt_str_sub(other, 0, n));
}

// A text that grants no later versions may only be one that stands elsewhere.
static bool is_more_than(pt_str granted, pt_str id) {
    static const pt_str later = PT_STR("-or-later");
    return is_family(granted, id) && (pt_str_ends(granted, later) || !pt_str_ends(id, later));
}

// Of a name that is known, the text says which version is granted, and what else is.
static pt_code by_both(reader *r, pt_str name, pt_str *id) {
    pt_licences_found f = {0};
    pt_licences_found all = {.a = r->a};
    pt_licences_found beside = {.a = r->a};
    pt_licence l = {0};
    bool agrees = false;
    pt_code code = read_text(r, name, &f);
    if (code || !f.all.n || pt_licence_parse(r->a, *id, &l, NULL))
        return code;
    for (size_t i = 0; i < f.all.n; i++) {
        pt_str one = f.all.v[i];
        pt_licence part = {0};
        if (is_unread(&f, one) || pt_licence_parse(r->a, one, &part, NULL))
            continue;
        bool other = is_granted(&f, one) && !is_family(one, *id);
        if (other || !pt_licence_covers(l.tree, part.tree, true))
            pt_licence_found(&beside, one);
        else {
            agrees = true;
            if (l.single && is_granted(&f, one) && is_more_than(one, *id))
                pt_licence_found(&all, with_name(r, one, *id));
        }
    }
    if (!all.all.n)
        pt_licence_found(&all, *id);
    for (size_t i = 0; !agrees && i < beside.all.n; i++)
        pt_licence_found(&all, beside.all.v[i]);
    return pt_licences_join(&all, id, r->e);
}

// By what its text says; empty: it says nothing.
static pt_code by_text(reader *r, pt_str name, pt_str *ret) {
    pt_licences_found f = {0};
    pt_code code = read_text(r, name, &f);
    *ret = (pt_str){0};
    bool known = f.all.n > f.unread.n; // else its name says more than that it is unknown
    if (!code && known)
        code = pt_licences_join(&f, ret, r->e);
    for (size_t i = 0; !code && i < (known ? f.unread.n : 0); i++) {
        pt_licence_unread *one = PT_PUSH(r->a, &r->f->unread);
        if (one)
            *one = f.unread.v[i];
    }
    return code;
}

// "LicenseRef-NAME", of the letters that may be in it.
static pt_str reference(pt_arena *a, pt_str name) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(NAME_BYTES_MAX + 16);
    pt_buf_putz(&b, "LicenseRef-");
    for (size_t i = 0; i < name.n && i < NAME_BYTES_MAX; i++) {
        char c = name.p[i];
        bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    c == '.' || c == '-';
        pt_buf_put(&b, fits ? (pt_str){&c, 1} : PT_STR("-"));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_str by_table(reader *r, pt_str name, bool *ret_loose) {
    pt_licence l = {0};
    *ret_loose = false;
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eq_nocase(name, pt_str_of(names[i].name))) {
            *ret_loose = names[i].loose;
            return pt_str_of(names[i].id);
        }
    if (pt_licence_parse(r->a, name, &l, NULL) == PT_OK && l.listed && l.single)
        return l.text;
    return (pt_str){0};
}

// "BSD-3-clause-Foo": one of a kind, by its holder.
static pt_str by_kind(pt_str name) {
    static const char *const kinds[][2] = {{"BSD-2-Clause", "BSD-2-Clause"},
                                           {"BSD-3-Clause", "BSD-3-Clause"},
                                           {"BSD-4-Clause", "BSD-4-Clause"},
                                           {"Expat", "MIT"}};
    for (size_t i = 0; i < PT_COUNT(kinds); i++) {
        pt_str kind = pt_str_of(kinds[i][0]);
        if (pt_str_eq_nocase(pt_str_sub(name, 0, kind.n), kind))
            return pt_str_of(kinds[i][1]);
    }
    return (pt_str){0};
}

// Of a word that begins with its name, for the licence `of`; empty: nobody knows it.
static pt_str exception_of(pt_str word, pt_str of) {
    for (size_t i = 0; i < PT_COUNT(exceptions); i++) {
        pt_str key = pt_str_of(exceptions[i].word);
        bool version_3 = exceptions[i].of_3 && pt_str_has(of, PT_STR("-3"));
        bool same = pt_str_eq_nocase(pt_str_sub(word, 0, key.n), key);
        bool ends = word.n == key.n || (word.n > key.n && word.p[key.n] == '-');
        if (same && ends)
            return pt_str_of(version_3 ? exceptions[i].of_3 : exceptions[i].id);
    }
    return (pt_str){0};
}

// "GPL-3+-with-Bison-exception", "GPL-2+-libtool-exception": in one word. Empty: it is none.
static pt_str by_exception(reader *r, pt_str name) {
    static const pt_str ends[] = {PT_STR("-exception"), PT_STR("-exceptions")};
    static const pt_str with = PT_STR("-with");
    pt_str base = {0};
    bool loose = false;
    for (size_t i = 0; i < PT_COUNT(ends); i++)
        if (name.n > ends[i].n &&
            pt_str_eq_nocase(pt_str_sub(name, name.n - ends[i].n, name.n), ends[i]))
            base = pt_str_sub(name, 0, name.n - ends[i].n);
    for (size_t i = base.n; i-- > 1;) { // the first part that is an exception's name
        if (base.p[i] != '-')
            continue;
        pt_str exception = exception_of(pt_str_sub(base, i + 1, base.n), base);
        pt_str licence = pt_str_sub(base, 0, i);
        size_t cut = licence.n > with.n ? licence.n - with.n : 0;
        if (pt_str_eq_nocase(pt_str_sub(licence, cut, licence.n), with))
            licence = pt_str_sub(licence, 0, cut);
        pt_str id = exception.n ? by_table(r, licence, &loose) : (pt_str){0};
        if (id.n && !pt_str_has(id, PT_STR(" ")))
            return pt_arena_printf(r->a, "%.*s WITH %.*s", PT_PRI(id), PT_PRI(exception));
    }
    return (pt_str){0};
}

static pt_code find(reader *r, pt_str name, pt_str *ret) {
    bool loose = false;
    pt_str said = {0};
    *ret = by_table(r, name, &loose);
    pt_code code = loose || !ret->n ? by_text(r, name, &said) : by_both(r, name, ret);
    if (said.n)
        *ret = said;
    if (!ret->n)
        *ret = by_exception(r, name);
    if (!ret->n)
        *ret = by_kind(name);
    if (!ret->n)
        *ret = reference(r->a, name);
    return code;
}

static pt_code resolve(reader *r, pt_str name, pt_str *ret) {
    pt_str *known = pt_map_get(&r->resolved, key_of(r, name));
    if (known) {
        *ret = *known;
        return PT_OK;
    }
    pt_code code = find(r, name, ret);
    if (code)
        return code;
    known = PT_NEW(r->a, pt_str, 1);
    if (!known || !pt_map_put(&r->resolved, key_of(r, name), known))
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    *known = *ret;
    return PT_OK;
}

// -- expressions ----------------------------------------------------------------------------------

// A synopsis while it is read: "A or B, and C" is (A or B) and C, so that what stands between
// commas is made for itself. A name is of one word or (against the format) of several; "with
// KEYWORDS exception" may follow.
typedef struct synopsis {
    pt_buf whole, part, name;
    const char *joint; // before the part
    pt_str exception;
    bool with;
} synopsis;

static pt_code end_name(reader *r, synopsis *s) {
    pt_str expression = {0};
    if (!s->name.n)
        return PT_OK;
    pt_code code = resolve(r, pt_buf_str(&s->name), &expression);
    bool several = pt_str_has(expression, PT_STR(" "));
    pt_buf_printf(&s->part, several ? "(%.*s)" : "%.*s", PT_PRI(expression));
    if (s->exception.n && !several)
        pt_buf_printf(&s->part, " WITH %.*s", PT_PRI(s->exception));
    pt_buf_clear(&s->name);
    s->exception = (pt_str){0};
    s->with = false;
    return code;
}

static pt_code end_part(reader *r, synopsis *s, const char *joint) {
    pt_code code = end_name(r, s);
    if (s->part.n)
        pt_buf_printf(&s->whole, "%s(%.*s)", s->whole.n ? s->joint : "",
                      PT_PRI(pt_buf_str(&s->part)));
    pt_buf_clear(&s->part);
    s->joint = joint;
    return code;
}

static void take_exception(reader *r, synopsis *s, pt_str word) {
    if (s->exception.n || pt_str_eq_nocase(word, PT_STR("exception")))
        return;
    s->exception = exception_of(word, pt_buf_str(&s->name));
    if (s->exception.n)
        return;
    pt_str name = reference(r->a, word);
    s->exception = pt_arena_printf(r->a, "%.*s-exception",
                                   PT_PRI(pt_str_sub(name, sizeof "LicenseRef-" - 1, name.n)));
}

// "and", "or", "and/or"; NULL: another word.
static const char *operator_of(pt_str word) {
    static const char *const words[][2] = {
        {"and", " AND "}, {"or", " OR "}, {"and/or", " OR "}, {"|", " OR "}, {"&", " AND "}};
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (pt_str_eq_nocase(word, pt_str_of(words[i][0])))
            return words[i][1];
    return NULL;
}

static void take_word(reader *r, synopsis *s, pt_str word) {
    if (pt_str_eq_nocase(word, PT_STR("with")) && s->name.n) {
        s->with = true;
        return;
    }
    if (s->with) {
        take_exception(r, s, word);
        return;
    }
    pt_buf_putz(&s->name, s->name.n ? "-" : "");
    pt_buf_put(&s->name, word);
}

static pt_code put_synopsis(reader *r, pt_str text, synopsis *s) {
    pt_str word;
    pt_code code = PT_OK;
    bool comma = false; // before this word
    while (!code && pt_str_word(&text, &word)) {
        const char *joint = operator_of(word);
        bool ends = pt_str_ends(word, PT_STR(",")) || pt_str_ends(word, PT_STR(";"));
        word.n -= ends;
        if (comma)
            code = end_part(r, s, joint ? joint : " AND ");
        else if (joint && s->name.n) {
            code = end_name(r, s);
            pt_buf_putz(&s->part, joint);
        }
        if (!joint && word.n)
            take_word(r, s, word);
        comma = ends;
    }
    return code ? code : end_part(r, s, NULL);
}

static pt_code take_synopsis(reader *r, pt_str text) {
    synopsis s = {.whole = PT_BUF(PT_LICENCE_BYTES_MAX),
                  .part = PT_BUF(PT_LICENCE_BYTES_MAX),
                  .name = PT_BUF(SYNOPSIS_BYTES_MAX)};
    pt_licence l = {0};
    pt_code code = put_synopsis(r, text, &s);
    bool cut = s.whole.full || s.part.full || s.name.full;
    if (!code && (cut || pt_licence_parse(r->a, pt_buf_str(&s.whole), &l, NULL)))
        l.text = reference(r->a, text);
    pt_buf_done(&s.whole);
    pt_buf_done(&s.part);
    pt_buf_done(&s.name);
    if (!code)
        pt_licence_found(r->f, l.text);
    return code;
}

// -- the file -------------------------------------------------------------------------------------

// The packaging's own files are in no package that is installed.
static bool is_of_packaging(pt_str files) {
    pt_str word;
    size_t n = 0;
    for (; pt_str_word(&files, &word); n++)
        if (!pt_str_starts(word, PT_STR("debian/")))
            return false;
    return n > 0;
}

static bool is_of_all(pt_str files) {
    return pt_str_eqz(pt_str_trim(files), "*");
}

static pt_code keep_text(reader *r, pt_str licence) {
    pt_str *text = PT_NEW(r->a, pt_str, 1);
    pt_str name = synopsis_of(licence);
    if (!text)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    *text = text_of(licence);
    if (is_blank(*text) || pt_map_get(&r->texts, key_of(r, name)))
        return PT_OK;
    return pt_map_put(&r->texts, key_of(r, name), text)
               ? PT_OK
               : pt_err_set(r->e, PT_E_NOMEM, "out of memory");
}

// The texts of all licences; and behind the last paragraph that is of all files, what counts.
static pt_code look_ahead(reader *r, pt_str text, size_t *ret_first) {
    paragraph p;
    pt_code code = PT_OK;
    for (size_t i = 0; !code && next_paragraph(&text, &p); i++) {
        if (p.licence.n)
            code = keep_text(r, p.licence);
        if (p.has_files && is_of_all(p.files))
            *ret_first = i;
    }
    return code;
}

pt_code pt_licence_dep5(pt_licences_found *f, pt_str text, bool *ret, pt_err *e) {
    reader r = {.f = f, .a = f->a, .texts = {.a = f->a}, .resolved = {.a = f->a}, .e = e};
    pt_map seen = {.a = f->a};
    pt_str rest = text;
    paragraph p;
    size_t first = 0;
    *ret = next_paragraph(&rest, &p) && p.format;
    pt_code code = *ret ? look_ahead(&r, text, &first) : PT_OK;
    for (size_t i = 0; !code && *ret && next_paragraph(&text, &p); i++) {
        pt_str name = synopsis_of(p.licence);
        // The last paragraph that names a file is its, so that nothing before "*" counts.
        bool counts = p.has_files && i >= first && !is_of_packaging(p.files);
        if (!counts || !name.n || pt_map_get(&seen, key_of(&r, name)))
            continue;
        code = take_synopsis(&r, name);
        if (!code && !pt_map_put(&seen, key_of(&r, name), &seen))
            code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    return code;
}
