#include "collect/advisories/feed.h"

#include "collect/advisories/feed_impl.h"
#include "http/gunzip.h"
#include "value/json.h"
#include "value/yaml.h"

const char *pt_feed_kind_name(pt_feed_kind kind) {
    static const char *const names[] = {"none", "osv", "debian", "secdb", "csaf", "kev", "epss"};
    static_assert(PT_COUNT(names) == PT_FEED_KINDS, "a name for each");
    pt_assert(kind < PT_FEED_KINDS);
    return names[kind];
}

// -- what readers share ---------------------------------------------------------------------------

static pt_value event(pt_arena *a, const char *what, pt_str version) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, what, pt_string(version));
    return pt_obj_end(&o);
}

pt_value pt_feed_affected(pt_feed *f, pt_str ecosystem, pt_str name, const char *state,
                          pt_str fixed) {
    pt_arena *a = &f->each;
    pt_obj package = {.a = a};
    pt_obj range = {.a = a};
    pt_obj entry = {.a = a};
    pt_value events[] = {event(a, "introduced", PT_STR("0")), event(a, "fixed", fixed)};
    pt_value ranges;
    pt_obj_set(&package, "ecosystem", pt_string(ecosystem));
    pt_obj_set(&package, "name", pt_string(name));
    pt_obj_set(&range, "type", pt_stringz("ECOSYSTEM"));
    pt_obj_set(&range, "events", pt_array_of(a, events, fixed.n ? 2 : 1));
    ranges = pt_obj_end(&range);
    pt_obj_set(&entry, "package", pt_obj_end(&package));
    if (state)
        pt_obj_set(&entry, "state", pt_stringz(state));
    pt_obj_set(&entry, "ranges", pt_array_of(a, &ranges, 1));
    return pt_obj_end(&entry);
}

pt_value pt_feed_flaw_of(pt_feed *f, const pt_feed_flaw *flaw) {
    pt_obj own = {.a = &f->each};
    pt_obj o = {.a = &f->each};
    pt_obj_set(&o, "id", pt_string(flaw->id));
    if (flaw->details.n)
        pt_obj_set(&o, "details", pt_string(flaw->details));
    if (flaw->severity.n) {
        pt_obj_set(&own, "severity", pt_string(flaw->severity));
        pt_obj_set(&o, "database_specific", pt_obj_end(&own));
    }
    pt_obj_set(&o, "affected", flaw->affected);
    return pt_obj_end(&o);
}

pt_code pt_feed_put(pt_feed *f, pt_str place, pt_value doc, pt_err *e) {
    pt_code code = PT_OK;
    if (f->each.full)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    else
        code = f->document(f->ctx, doc, e);
    if (code == PT_E_FORMAT) {
        f->problem(f->ctx, place.n ? place.p : "", e);
        *e = (pt_err){0};
        code = PT_OK;
    }
    pt_arena_clear(&f->each);
    return code;
}

// -- OSV ------------------------------------------------------------------------------------------

// Two of what the schema asks for, so that one without its id is a broken one.
static bool is_osv(pt_value doc) {
    static const char *const keys[] = {"id", "affected", "modified", "withdrawn", "schema_version"};
    size_t n = 0;
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        n += pt_defined(pt_getz(doc, keys[i]));
    return n > 1;
}

static bool is_osv_list(pt_value doc) {
    return pt_tag_of(doc) == PT_ARRAY && pt_len(doc) && is_osv(pt_at(doc, 0));
}

static pt_code read_osv(pt_feed *f, pt_value doc, pt_err *e) {
    return pt_feed_put(f, PT_STR(""), doc, e);
}

static pt_code read_osv_list(pt_feed *f, pt_value doc, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(doc); i++)
        code = pt_feed_put(f, pt_arena_printf(&f->each, "[%zu]", i), pt_at(doc, i), e);
    return code;
}

// -- which one it is ------------------------------------------------------------------------------

static bool is_kev(pt_value doc) {
    return pt_defined(pt_getz(doc, "catalogVersion")) &&
           pt_defined(pt_getz(doc, "vulnerabilities"));
}

static bool is_secdb(pt_value doc) {
    return pt_defined(pt_getz(doc, "packages")) && pt_defined(pt_getz(doc, "urlprefix")) &&
           pt_defined(pt_getz(doc, "reponame"));
}

static bool is_csaf(pt_value doc) {
    return pt_defined(pt_getz(pt_getz(doc, "document"), "csaf_version"));
}

// {source: {flaw: {"releases": …}}}
static bool is_debian(pt_value doc) {
    pt_value flaws = pt_tag_of(doc) == PT_OBJECT ? pt_val_at(doc, 0) : pt_undefined();
    pt_value flaw = pt_tag_of(flaws) == PT_OBJECT ? pt_val_at(flaws, 0) : pt_undefined();
    return pt_defined(pt_getz(flaw, "releases"));
}

static const struct {
    pt_feed_kind kind;
    bool (*is)(pt_value doc);
    pt_feed_reader *read;
} feeds[] = {
    {PT_FEED_OSV, is_osv, read_osv},       {PT_FEED_OSV, is_osv_list, read_osv_list},
    {PT_FEED_KEV, is_kev, pt_feed_kev},    {PT_FEED_SECDB, is_secdb, pt_feed_secdb},
    {PT_FEED_CSAF, is_csaf, pt_feed_csaf}, {PT_FEED_DEBIAN, is_debian, pt_feed_debian},
};

static pt_code read_value(pt_feed *f, pt_value doc, pt_err *e) {
    for (size_t i = 0; i < PT_COUNT(feeds); i++)
        if (feeds[i].is(doc)) {
            f->kind = feeds[i].kind;
            return feeds[i].read(f, doc, e);
        }
    return PT_OK;
}

static char first_of(pt_str bytes) {
    pt_str trimmed = pt_str_trim(bytes);
    char first = '\0';
    if (trimmed.n)
        first = trimmed.p[0];
    return first;
}

// Lines that begin with "id:" and "affected:" or "modified:", as OSV in YAML has them.
static bool is_osv_yaml(pt_str bytes) {
    bool id = pt_str_starts(bytes, PT_STR("id:")) || pt_str_has(bytes, PT_STR("\nid:"));
    return id &&
           (pt_str_starts(bytes, PT_STR("affected:")) || pt_str_has(bytes, PT_STR("\naffected:")) ||
            pt_str_has(bytes, PT_STR("\nmodified:")));
}

static pt_code read_yaml(pt_feed *f, pt_str bytes, pt_err *e) {
    pt_yaml_stream s = {.bytes = bytes, .dialect = PT_YAML_CORE};
    pt_yaml_doc doc = {.value = pt_undefined()};
    pt_code code = pt_yaml_next(&s, f->a, &doc, e);
    pt_yaml_stream_done(&s);
    return code ? code : read_value(f, doc.value, e);
}

static pt_code read_text(pt_feed *f, pt_str bytes, pt_err *e) {
    pt_value doc;
    char first = first_of(bytes);
    if (pt_feed_is_epss(bytes)) {
        f->kind = PT_FEED_EPSS;
        return pt_feed_epss(f, bytes, e);
    }
    if (first != '{' && first != '[')
        return is_osv_yaml(bytes) ? read_yaml(f, bytes, e) : PT_OK;
    pt_code code = pt_json_parse(f->a, bytes, NULL, &doc, e);
    return code ? code : read_value(f, doc, e);
}

static pt_code read_packed(pt_feed *f, pt_str bytes, pt_err *e) {
    size_t most = bytes.n < PT_FEED_BYTES_MAX / PT_FEED_RATIO_MAX ? bytes.n * PT_FEED_RATIO_MAX
                                                                  : PT_FEED_BYTES_MAX;
    PT_AUTO(pt_buf_done)
    pt_buf b = PT_BUF(most > PT_FEED_SMALL_BYTES ? most : PT_FEED_SMALL_BYTES);
    pt_code code = pt_gunzip(bytes, &b, e);
    return code ? code : read_text(f, pt_buf_str(&b), e);
}

pt_code pt_feed_read(pt_feed *f, pt_str bytes, pt_err *e) {
    pt_err own = {0}; // readers need one
    e = e ? e : &own;
    f->kind = PT_FEED_NONE;
    f->date = 0;
    pt_code code = pt_str_starts(bytes, PT_STR("\x1f\x8b")) ? read_packed(f, bytes, e)
                                                            : read_text(f, bytes, e);
    pt_arena_done(&f->each);
    return code;
}
