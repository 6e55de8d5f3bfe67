// What is kept of a document for who asks about a flaw. Written as text at once, key by key in
// their order: half a million of them are made in a build.
#include "judge/vuln/index/build_impl.h"
#include "value/json.h"

typedef struct record {
    pt_buf *b;
    pt_arena *a;
    pt_value doc;
} record;

static bool is_text(pt_value v) {
    return pt_tag_of(v) == PT_STRING && v.n;
}

static void put_key(pt_buf *b, const char *key) {
    bool first = b->n && (b->p[b->n - 1] == '{' || b->p[b->n - 1] == '[');
    pt_buf_putz(b, first ? "\"" : ",\"");
    pt_buf_putz(b, key);
    pt_buf_putz(b, "\":");
}

static void put_text(record *r, const char *key, pt_value v) {
    if (!is_text(v))
        return;
    put_key(r->b, key);
    pt_json_put_string(r->b, pt_text(v), NULL);
}

// The texts of a list, if there are any.
static void put_texts(record *r, const char *key, pt_value list) {
    bool any = false;
    for (size_t i = 0; i < pt_len(list); i++) {
        if (!is_text(pt_at(list, i)))
            continue;
        if (!any)
            put_key(r->b, key);
        pt_buf_putc(r->b, any ? ',' : '[');
        pt_json_put_string(r->b, pt_text(pt_at(list, i)), NULL);
        any = true;
    }
    if (any)
        pt_buf_putc(r->b, ']');
}

// {"type", "url"}, {"score", "source", "type"}: the texts of an object.
static void put_object(record *r, pt_value v, const char *const *keys, size_t n) {
    pt_buf_putc(r->b, '{');
    for (size_t i = 0; i < n; i++)
        put_text(r, keys[i], pt_getz(v, keys[i]));
    pt_buf_putc(r->b, '}');
}

static void put_references(record *r, pt_value list) {
    static const char *const keys[] = {"type", "url"};
    if (!pt_len(list))
        return;
    put_key(r->b, "references");
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_buf_putc(r->b, i ? ',' : '[');
        put_object(r, pt_at(list, i), keys, PT_COUNT(keys));
    }
    pt_buf_putc(r->b, ']');
}

// -- severity -------------------------------------------------------------------------------------

// Each of them once. False: out of memory.
static bool add_severity(pt_list *l, pt_value one) {
    for (size_t i = 0; i < l->items.n; i++)
        if (pt_eq(l->items.v[i], one))
            return true;
    pt_list_add(l, one);
    return !l->full;
}

static pt_value vector_of(pt_arena *a, pt_value vector) {
    pt_obj o = {.a = a};
    bool v4 = pt_str_starts(pt_text(vector), PT_STR("CVSS:4"));
    pt_obj_set(&o, "type", pt_stringz(v4 ? "CVSS_V4" : "CVSS_V3"));
    pt_obj_set(&o, "score", vector);
    return pt_obj_end(&o);
}

// Of the flaw, and of it in each package, where RustSec has it.
static bool put_severity(record *r) {
    static const char *const keys[] = {"score", "source", "type"};
    pt_list l = {.a = r->a};
    pt_value own = pt_getz(r->doc, "severity");
    pt_value entries = pt_getz(r->doc, "affected");
    bool ok = true;
    for (size_t i = 0; ok && i < pt_len(own); i++)
        ok = add_severity(&l, pt_at(own, i));
    for (size_t i = 0; ok && i < pt_len(entries); i++) {
        pt_value of = pt_getz(pt_at(entries, i), "severity");
        for (size_t k = 0; ok && k < pt_len(of); k++)
            ok = add_severity(&l, pt_at(of, k));
        pt_value cvss = pt_getz(pt_getz(pt_at(entries, i), "database_specific"), "cvss");
        if (ok && pt_str_starts(pt_text(cvss), PT_STR("CVSS:")))
            ok = add_severity(&l, vector_of(r->a, cvss));
    }
    put_key(r->b, "severity");
    pt_buf_putc(r->b, '[');
    for (size_t i = 0; i < l.items.n; i++) {
        pt_buf_putz(r->b, i ? "," : "");
        put_object(r, l.items.v[i], keys, PT_COUNT(keys));
    }
    pt_buf_putc(r->b, ']');
    return ok;
}

// -- what databases add to the schema -------------------------------------------------------------

// The word of the source: where each of them writes it.
static pt_value label_of(const record *r) {
    static const char *const in[] = {"ecosystem_specific", "database_specific"};
    static const char *const keys[] = {"severity", "urgency", "ubuntu_priority"};
    pt_value first = pt_at(pt_getz(r->doc, "affected"), 0);
    pt_value v = pt_getz(pt_getz(r->doc, "database_specific"), "severity");
    for (size_t i = 0; i < PT_COUNT(in) && !is_text(v); i++) {
        pt_value of = pt_getz(first, in[i]);
        for (size_t k = 0; k < PT_COUNT(keys) && !is_text(v); k++)
            v = pt_getz(of, keys[k]);
    }
    return is_text(v) ? pt_string(pt_arena_lower(r->a, pt_text(v))) : pt_undefined();
}

static pt_value informational_of(const record *r) {
    pt_value first = pt_at(pt_getz(r->doc, "affected"), 0);
    return pt_getz(pt_getz(first, "database_specific"), "informational");
}

pt_code pt_ix_record_put(pt_buf *b, pt_arena *a, pt_value doc, pt_err *e) {
    record r = {b, a, doc};
    pt_buf_putc(b, '{');
    put_texts(&r, "aliases", pt_getz(doc, "aliases"));
    put_texts(&r, "cwes", pt_getz(pt_getz(doc, "database_specific"), "cwe_ids"));
    put_text(&r, "details", pt_getz(doc, "details"));
    put_text(&r, "id", pt_getz(doc, "id"));
    put_text(&r, "informational", informational_of(&r));
    put_text(&r, "label", label_of(&r));
    put_text(&r, "modified", pt_getz(doc, "modified"));
    put_text(&r, "published", pt_getz(doc, "published"));
    put_references(&r, pt_getz(doc, "references"));
    put_texts(&r, "related", pt_getz(doc, "related"));
    bool ok = put_severity(&r);
    put_text(&r, "summary", pt_getz(doc, "summary"));
    put_texts(&r, "upstream", pt_getz(doc, "upstream"));
    put_text(&r, "withdrawn", pt_getz(doc, "withdrawn"));
    pt_buf_putc(b, '}');
    return ok && !b->full ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
