// The statements of all documents, by the vulnerability that they are about.
#include "judge/vex/vex.h"

#include <stdlib.h>

#include "judge/vex/vex_impl.h"
#include "value/json.h"

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

const char *pt_vex_status_name(pt_vex_status s) {
    static const char *const names[] = {[PT_VEX_NOTHING] = "",
                                        [PT_VEX_AFFECTED] = "affected",
                                        [PT_VEX_NOT_AFFECTED] = "not_affected",
                                        [PT_VEX_FIXED] = "fixed",
                                        [PT_VEX_UNDER_INVESTIGATION] = "under_investigation"};
    return names[s];
}

pt_vex *pt_vex_new(pt_arena *a) {
    pt_vex *v = PT_NEW(a, pt_vex, 1);
    if (v)
        v->a = a;
    return v;
}

// -- reading --------------------------------------------------------------------------------------

pt_code pt_vex_time(pt_str text, pt_time_ns *ret, pt_err *e) {
    *ret = 0;
    if (text.n && !pt_time_parse(text, ret))
        return pt_err_set(e, PT_E_FORMAT, "\"%.*s\" is no time", PT_PRI(pt_str_sub(text, 0, 40)));
    return PT_OK;
}

// The registry of Docker has several names, and its own images need not name their library.
static pt_str repository(pt_arena *a, pt_str url) {
    static const char *const prefixes[] = {"https://", "index.", "registry-1.", "registry."};
    const pt_str hub = PT_STR("docker.io/");
    for (size_t i = 0; i < PT_COUNT(prefixes); i++) {
        pt_str prefix = pt_str_of(prefixes[i]);
        pt_str rest = pt_str_sub(url, prefix.n, url.n);
        if (pt_str_starts(url, prefix) && (i == 0 || pt_str_starts(rest, hub)))
            url = rest;
    }
    pt_str name = pt_str_sub(url, hub.n, url.n);
    if (pt_str_starts(url, hub) && pt_str_find(name, '/') == name.n)
        return pt_arena_printf(a, "docker.io/library/%.*s", PT_PRI(name));
    return url;
}

static pt_value with_repository(pt_arena *a, pt_value qualifiers) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(qualifiers); i++) {
        pt_str key = pt_text(pt_key_at(qualifiers, i));
        pt_value value = pt_val_at(qualifiers, i);
        bool is_it = pt_str_eqz(key, "repository_url");
        pt_obj_put(&o, key, is_it ? pt_string(repository(a, pt_text(value))) : value);
    }
    return pt_obj_end(&o);
}

pt_code pt_vex_purl(pt_arena *a, pt_str text, const pt_purl **ret, pt_err *e) {
    pt_purl *p = PT_NEW(a, pt_purl, 1);
    pt_err bad = {0};
    *ret = NULL;
    if (!p)
        return no_memory(e);
    pt_code code = pt_purl_parse(a, text, p, &bad);
    if (code == PT_E_NOMEM)
        return no_memory(e);
    if (code) // nobody's name
        return PT_OK;
    if (pt_str_eqz(p->type, "oci") && pt_defined(pt_getz(p->qualifiers, "repository_url"))) {
        p->qualifiers = with_repository(a, p->qualifiers);
        if (!pt_defined(p->qualifiers))
            return no_memory(e);
    }
    *ret = p;
    return PT_OK;
}

static pt_code enter(pt_vex *v, pt_str id, const pt_vex_statement *s, pt_err *e) {
    if (!id.n)
        return PT_OK;
    if (v->entries.n == PT_VEX_STATEMENTS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u statements", PT_VEX_STATEMENTS_MAX);
    pt_vex_entry *to = PT_PUSH(v->a, &v->entries);
    if (!to)
        return no_memory(e);
    *to = (pt_vex_entry){id, s};
    return PT_OK;
}

pt_code pt_vex_add(pt_vex_reading *r, const pt_vex_statement *s, pt_str id, pt_value ids,
                   pt_err *e) {
    if (!s->product) {
        r->document->unidentified++;
        return PT_OK;
    }
    pt_vex_statement *kept = PT_NEW(r->a, pt_vex_statement, 1);
    if (!kept)
        return no_memory(e);
    *kept = *s;
    kept->document = r->document;
    r->document->statements++;
    pt_code code = enter(r->v, id, kept, e);
    for (size_t i = 0; !code && i < pt_len(ids); i++)
        code = enter(r->v, pt_text(pt_at(ids, i)), kept, e);
    return code;
}

static int by_id(const void *a, const void *b) {
    return pt_str_cmp(((const pt_vex_entry *)a)->id, ((const pt_vex_entry *)b)->id);
}

static pt_vex_reader *reader_of(pt_value doc, const char **ret_format) {
    pt_value context = pt_getz(doc, "@context");
    pt_str first = pt_tag_of(context) == PT_ARRAY ? pt_text(pt_at(context, 0)) : pt_text(context);
    const struct {
        bool is;
        const char *format;
        pt_vex_reader *read;
    } formats[] = {
        {pt_str_starts(first, PT_STR("https://openvex.dev/ns")), "OpenVEX", pt_vex_read_openvex},
        {pt_defined(pt_getz(pt_getz(doc, "document"), "csaf_version")), "CSAF", pt_vex_read_csaf},
        {pt_str_eqz(pt_vex_text(doc, "bomFormat"), "CycloneDX"), "CycloneDX",
         pt_vex_read_cyclonedx},
    };
    for (size_t i = 0; i < PT_COUNT(formats); i++)
        if (formats[i].is) {
            *ret_format = formats[i].format;
            return formats[i].read;
        }
    return NULL;
}

static pt_code read_one(pt_vex *v, pt_str bytes, pt_vex_document *d, pt_err *e) {
    pt_vex_reading r = {.v = v, .a = v->a, .document = d};
    if (bytes.n > PT_VEX_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u bytes", PT_VEX_BYTES_MAX);
    pt_code code = pt_json_parse(v->a, bytes, NULL, &r.doc, e);
    if (code)
        return code;
    pt_vex_reader *read = reader_of(r.doc, &d->format);
    if (!read)
        return pt_err_set(e, PT_E_FORMAT, "no VEX document: not OpenVEX, CSAF or CycloneDX");
    return read(&r, e);
}

pt_code pt_vex_read(pt_vex *v, pt_str bytes, pt_str name, bool advice, pt_err *e) {
    size_t before = v->entries.n;
    pt_vex_document *d = PT_NEW(v->a, pt_vex_document, 1);
    if (!d)
        return no_memory(e);
    *d = (pt_vex_document){.name = name, .advice = advice};
    pt_code code = read_one(v, bytes, d, e);
    pt_vex_document **to = code ? NULL : PT_PUSH(v->a, &v->documents);
    if (to)
        *to = d;
    else // half of a document is none
        v->entries.n = before;
    if (v->entries.n)
        qsort(v->entries.v, v->entries.n, sizeof *v->entries.v, by_id);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(name));
    return code ? code : to ? PT_OK : no_memory(e);
}

pt_value pt_vex_about(const pt_vex *v, pt_arena *a) {
    pt_list l = {.a = a};
    pt_obj whole = {.a = a};
    for (size_t i = 0; i < v->documents.n; i++) {
        const pt_vex_document *d = v->documents.v[i];
        pt_obj o = {.a = a};
        pt_obj_set(&o, "name", pt_string(d->name));
        pt_obj_set(&o, "format", pt_stringz(d->format));
        pt_obj_maybe(&o, "id", d->id.n ? pt_string(d->id) : pt_undefined());
        pt_obj_maybe(&o, "author", d->author.n ? pt_string(d->author) : pt_undefined());
        pt_obj_set(&o, "statements", pt_int((int64_t)d->statements));
        pt_obj_set(&o, "unidentified", pt_int((int64_t)d->unidentified));
        pt_obj_set(&o, "advice", pt_bool(d->advice));
        pt_list_add(&l, pt_obj_end(&o));
    }
    pt_obj_set(&whole, "documents", pt_list_end(&l));
    return pt_obj_end(&whole);
}

// -- asking ---------------------------------------------------------------------------------------

static bool of_image(const pt_purl *pattern, const pt_vex_ask *ask) {
    if (ask->by_digest && !pattern->version.n)
        return false;
    for (size_t i = 0; i < ask->images_n; i++)
        if (pt_purl_answers(&ask->images[i], pattern))
            return true;
    return false;
}

static bool speaks_of(const pt_vex_statement *s, const pt_vex_ask *ask) {
    if (s->part)
        return pt_purl_answers(ask->package, s->part) && of_image(s->product, ask);
    return pt_purl_answers(ask->package, s->product) || of_image(s->product, ask);
}

static size_t first_of(const pt_vex *v, pt_str id) {
    size_t from = 0;
    size_t to = v->entries.n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (pt_str_cmp(v->entries.v[middle].id, id) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

// The formats' own words for why something does not matter.
static bool is_reason(const pt_vex_statement *s) {
    static const char *const words[] = {"component_not_present", "inline_mitigations_already_exist",
                                        "vulnerable_code_cannot_be_controlled_by_adversary",
                                        "vulnerable_code_not_in_execute_path",
                                        "vulnerable_code_not_present"};
    static const char *const of_cyclonedx[] = {"code_not_present",
                                               "code_not_reachable",
                                               "false_positive",
                                               "protected_at_perimeter",
                                               "protected_at_runtime",
                                               "protected_by_compiler",
                                               "protected_by_mitigating_control",
                                               "requires_configuration",
                                               "requires_dependency",
                                               "requires_environment"};
    bool cyclonedx = pt_str_eqz(pt_str_of(s->document->format), "CycloneDX");
    const char *const *of = cyclonedx ? of_cyclonedx : words;
    size_t n = cyclonedx ? PT_COUNT(of_cyclonedx) : PT_COUNT(words);
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(s->justification, of[i]))
            return true;
    return false;
}

// Is there more than blanks, those of Unicode and what has no width among them? (All of its general
// punctuation, U+2000 to U+207F, says nothing alone.)
static bool says_something(pt_str text) {
    static const pt_str nothing[] = {PT_STR("\xc2\xa0"), PT_STR("\xe2\x80"), PT_STR("\xe2\x81"),
                                     PT_STR("\xe3\x80\x80"), PT_STR("\xef\xbb\xbf")};
    for (size_t i = 0; i < text.n;) {
        pt_str rest = pt_str_sub(text, i, text.n);
        size_t k = 0;
        while (k < PT_COUNT(nothing) && !pt_str_starts(rest, nothing[k]))
            k++;
        bool control = (unsigned char)rest.p[0] <= ' ';
        if (k == PT_COUNT(nothing) && !control)
            return true;
        i += control ? 1 : nothing[k].p[0] == '\xc2' ? 2 : 3;
    }
    return false;
}

static bool is_reasoned(const pt_vex_statement *s) {
    return is_reason(s) || says_something(s->impact);
}

static pt_vex_said said(const pt_vex_statement *s, bool tie) {
    bool settles =
        s->status == PT_VEX_FIXED || (s->status == PT_VEX_NOT_AFFECTED && is_reasoned(s));
    return (pt_vex_said){
        .status = tie ? PT_VEX_UNDER_INVESTIGATION : s->status,
        .suppresses = settles && !tie && !s->document->advice,
        .tie = tie,
        .document = s->document->name,
        .author = s->document->author,
        .time = s->time_text,
        .justification =
            is_reason(s) || !says_something(s->impact) ? s->justification : (pt_str){0},
        .impact = s->impact,
    };
}

// Of two of one time and status, the one that gives a reason, and that is no advice.
static bool better(const pt_vex_statement *s, const pt_vex_statement *than) {
    if (s->document->advice != than->document->advice)
        return !s->document->advice;
    return is_reasoned(s) && !is_reasoned(than);
}

// What is said so far.
typedef struct hearing {
    const pt_vex_statement *best;   // the latest
    const pt_vex_statement *future; // one that nobody can have made yet
    unsigned futures;               // 1 << status of all of those
    bool tie;
} hearing;

static void hear(hearing *h, const pt_vex_statement *s, const pt_vex_ask *ask) {
    if (ask->now && s->time > ask->now + PT_VEX_AHEAD_NS) {
        h->future = s;
        h->futures |= 1u << s->status;
        return;
    }
    if (h->best && s->time < h->best->time)
        return;
    bool later = !h->best || s->time > h->best->time;
    h->tie = !later && (h->tie || s->status != h->best->status);
    if (later || better(s, h->best))
        h->best = s;
}

pt_vex_said pt_vex_ask_about(const pt_vex *v, const pt_vex_ask *ask) {
    hearing h = {0};
    for (size_t i = 0; i < ask->ids_n; i++)
        for (size_t k = first_of(v, ask->ids[i]);
             k < v->entries.n && pt_str_eq(v->entries.v[k].id, ask->ids[i]); k++)
            if (speaks_of(v->entries.v[k].of, ask))
                hear(&h, v->entries.v[k].of, ask);
    if (!h.best && !h.future)
        return (pt_vex_said){.status = PT_VEX_NOTHING};
    // It never wins; where it says otherwise, neither does what it contradicts.
    bool denied = h.best && (h.futures & ~(1u << h.best->status));
    pt_vex_said ret = said(h.best ? h.best : h.future, h.tie || denied);
    ret.future = h.futures != 0;
    ret.suppresses = ret.suppresses && h.best;
    return ret;
}
