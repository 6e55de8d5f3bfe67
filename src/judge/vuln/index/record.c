// What is kept of a document for who asks about a flaw.
#include "judge/vuln/index/build_impl.h"
#include "value/json.h"

static bool is_text(pt_value v) {
    return pt_tag_of(v) == PT_STRING && v.n;
}

// The texts of a list; undefined if there are none.
static pt_value texts(pt_arena *a, pt_value list) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(list); i++)
        if (is_text(pt_at(list, i)))
            pt_list_add(&l, pt_at(list, i));
    return l.items.n ? pt_list_end(&l) : pt_undefined();
}

static pt_value references(pt_arena *a, pt_value list) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_obj o = {.a = a};
        pt_obj_maybe(&o, "type", pt_getz(pt_at(list, i), "type"));
        pt_obj_maybe(&o, "url", pt_getz(pt_at(list, i), "url"));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return l.items.n ? pt_list_end(&l) : pt_undefined();
}

// -- severity -------------------------------------------------------------------------------------

static void add_severity(pt_list *l, pt_value one) {
    static const char *const keys[] = {"type", "score", "source"};
    pt_obj o = {.a = l->a};
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        if (is_text(pt_getz(one, keys[i])))
            pt_obj_set(&o, keys[i], pt_getz(one, keys[i]));
    pt_value v = pt_obj_end(&o);
    for (size_t i = 0; i < l->items.n; i++)
        if (pt_eq(l->items.v[i], v))
            return;
    if (pt_len(v))
        pt_list_add(l, v);
}

static void add_vector(pt_list *l, pt_value vector) {
    pt_str text = pt_text(vector);
    pt_obj o = {.a = l->a};
    if (!pt_str_starts(text, PT_STR("CVSS:")))
        return;
    pt_obj_set(&o, "type",
               pt_stringz(pt_str_starts(text, PT_STR("CVSS:4")) ? "CVSS_V4" : "CVSS_V3"));
    pt_obj_set(&o, "score", vector);
    add_severity(l, pt_obj_end(&o));
}

// Of the flaw, and of it in each package, where RustSec has it.
static pt_value severity(pt_arena *a, pt_value doc) {
    pt_list l = {.a = a};
    pt_value own = pt_getz(doc, "severity");
    pt_value entries = pt_getz(doc, "affected");
    for (size_t i = 0; i < pt_len(own); i++)
        add_severity(&l, pt_at(own, i));
    for (size_t i = 0; i < pt_len(entries); i++) {
        pt_value of = pt_getz(pt_at(entries, i), "severity");
        for (size_t k = 0; k < pt_len(of); k++)
            add_severity(&l, pt_at(of, k));
        add_vector(&l, pt_getz(pt_getz(pt_at(entries, i), "database_specific"), "cvss"));
    }
    return pt_list_end(&l);
}

// -- what databases add to the schema -------------------------------------------------------------

// The word of the source: where each of them writes it.
static pt_value label(pt_arena *a, pt_value doc) {
    static const char *const in[] = {"ecosystem_specific", "database_specific"};
    static const char *const keys[] = {"severity", "urgency", "ubuntu_priority"};
    pt_value first = pt_at(pt_getz(doc, "affected"), 0);
    pt_value v = pt_getz(pt_getz(doc, "database_specific"), "severity");
    for (size_t i = 0; i < PT_COUNT(in); i++)
        for (size_t k = 0; !is_text(v) && k < PT_COUNT(keys); k++)
            v = pt_getz(pt_getz(first, in[i]), keys[k]);
    return is_text(v) ? pt_string(pt_arena_lower(a, pt_text(v))) : pt_undefined();
}

static pt_value informational(pt_value doc) {
    pt_value first = pt_at(pt_getz(doc, "affected"), 0);
    pt_value v = pt_getz(pt_getz(first, "database_specific"), "informational");
    return is_text(v) ? v : pt_undefined();
}

pt_code pt_ix_record_put(pt_buf *b, pt_arena *a, pt_value doc, pt_err *e) {
    static const char *const plain[] = {"id",        "summary",  "details",
                                        "published", "modified", "withdrawn"};
    static const char *const lists[] = {"aliases", "upstream", "related"};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(plain); i++)
        if (is_text(pt_getz(doc, plain[i])))
            pt_obj_set(&o, plain[i], pt_getz(doc, plain[i]));
    for (size_t i = 0; i < PT_COUNT(lists); i++)
        pt_obj_maybe(&o, lists[i], texts(a, pt_getz(doc, lists[i])));
    pt_obj_maybe(&o, "cwes", texts(a, pt_getz(pt_getz(doc, "database_specific"), "cwe_ids")));
    pt_obj_maybe(&o, "references", references(a, pt_getz(doc, "references")));
    pt_obj_maybe(&o, "label", label(a, doc));
    pt_obj_maybe(&o, "informational", informational(doc));
    pt_obj_set(&o, "severity", severity(a, doc));
    pt_value record = pt_obj_end(&o);
    if (!pt_defined(record))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    return pt_json_write(b, record, NULL, e);
}
