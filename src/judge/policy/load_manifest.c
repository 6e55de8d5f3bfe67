// What a manifest says. Names of fields are matched as Go's decoder does it, in any case: "Roots"
// are roots.
#include "judge/policy/builtin.h"
#include "judge/policy/load_impl.h"
#include "value/json.h"

// As Go folds names: two letters beyond ASCII are letters of it, too.
bool pt_load_is_field(pt_str key, pt_str name) {
    static const pt_str odd[][2] = {
        {PT_STR("\xc5\xbf"), PT_STR("s")},     // U+017F, the long s
        {PT_STR("\xe2\x84\xaa"), PT_STR("k")}, // U+212A, Kelvin
    };
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64);
    while (key.n) {
        size_t i = 0;
        while (i < PT_COUNT(odd) && !pt_str_starts(key, odd[i][0]))
            i++;
        bool hit = i < PT_COUNT(odd);
        pt_buf_put(&b, hit ? odd[i][1] : pt_str_sub(key, 0, 1));
        key = pt_str_sub(key, hit ? odd[i][0].n : 1, key.n);
    }
    return !b.full && pt_str_eq_nocase(pt_buf_str(&b), name);
}

typedef struct reader {
    pt_load *l;
    pt_str why;
} reader;

static bool bad(reader *r, pt_str why) {
    r->why = why;
    return false;
}
#define BAD(r, ...) bad((r), pt_arena_printf((r)->l->arena, __VA_ARGS__))

static const char *json_name(pt_value v) {
    return v.tag == PT_BOOL ? "bool" : pt_tag_name(v.tag);
}

static bool wrong(reader *r, const char *field, pt_value v, const char *type) {
    return BAD(r,
               "bundle load failed on manifest decode: json: cannot unmarshal %s into Go struct "
               "field Manifest.%s of type %s",
               json_name(v), field, type);
}

static bool is_text(reader *r, const char *field, pt_value v) {
    return v.tag == PT_STRING || wrong(r, field, v, "string");
}

static bool is_texts(reader *r, const char *field, pt_value v) {
    if (v.tag != PT_ARRAY)
        return wrong(r, field, v, "[]string");
    for (size_t i = 0; i < pt_len(v); i++)
        if (pt_at(v, i).tag != PT_STRING)
            return wrong(r, field, pt_at(v, i), "string");
    return true;
}

static bool is_object(reader *r, const char *field, pt_value v) {
    return v.tag == PT_OBJECT || wrong(r, field, v, "map[string]interface {}");
}

// A number without fraction and exponent.
static bool is_int(reader *r, const char *field, pt_value v, int64_t *ret) {
    char room[PT_NUMBER_ROOM];
    if (v.tag != PT_NUMBER)
        return wrong(r, field, v, "int");
    pt_str text = pt_number_text(v, room);
    return pt_str_int(text, 10, ret) ||
           BAD(r,
               "bundle load failed on manifest decode: json: cannot unmarshal number %.*s into Go "
               "struct field Manifest.%s of type int",
               PT_PRI(text), field);
}

static bool is_version(reader *r, const char *field, pt_value v) {
    int64_t n;
    return is_int(r, field, v, &n) &&
           ((n >= 0 && n <= 1) || BAD(r, "manifest has unknown rego-version %lld", (long long)n));
}

static bool is_versions(reader *r, const char *field, pt_value v) {
    int64_t n;
    if (v.tag != PT_OBJECT)
        return wrong(r, field, v, "map[string]int");
    for (size_t i = 0; i < pt_len(v); i++) {
        if (!is_int(r, field, pt_val_at(v, i), &n))
            return false;
        if (n < 0 || n > 1)
            return BAD(r, "manifest has unknown rego-version %lld for file '%.*s'", (long long)n,
                       PT_PRI(pt_text(pt_key_at(v, i))));
    }
    return true;
}

static bool is_resolvers(reader *r, const char *field, pt_value v) {
    return v.tag == PT_ARRAY || wrong(r, field, v, "[]bundle.WasmResolver");
}

static const struct {
    const char *name;
    bool (*ok)(reader *r, const char *field, pt_value v);
} FIELDS[] = {
    {"revision", is_text},        {"roots", is_texts},
    {"rego_version", is_version}, {"file_rego_versions", is_versions},
    {"metadata", is_object},      {"wasm", is_resolvers},
};

static bool read_fields(reader *r, pt_value v, pt_obj *o) {
    bool seen[PT_COUNT(FIELDS)] = {0};
    for (size_t i = 0; i < pt_len(v); i++)
        for (size_t k = 0; k < PT_COUNT(FIELDS); k++) {
            const char *name = FIELDS[k].name;
            pt_value field = pt_val_at(v, i);
            if (!pt_load_is_field(pt_text(pt_key_at(v, i)), pt_str_of(name)))
                continue;
            if (seen[k])
                return BAD(r, "bundle load failed on manifest decode: it says %s twice", name);
            seen[k] = true;
            if (field.tag == PT_NULL)
                continue; // as if it were not there
            if (!FIELDS[k].ok(r, name, field))
                return false;
            pt_obj_set(o, name, field);
        }
    return true;
}

pt_code pt_load_manifest_of(pt_load *l, pt_value v, pt_value *ret, pt_str *ret_why) {
    reader r = {.l = l};
    pt_obj o = {.a = l->arena};
    bool ok = v.tag == PT_OBJECT || v.tag == PT_NULL
                  ? read_fields(&r, v, &o)
                  : BAD(&r,
                        "bundle load failed on manifest decode: json: cannot unmarshal %s into Go "
                        "value of type bundle.Manifest",
                        json_name(v));
    if (!ok) {
        *ret_why = r.why;
        return PT_E_FORMAT;
    }
    *ret = pt_obj_end(&o);
    return pt_defined(*ret) ? PT_OK : pt_load_full(l);
}

pt_value pt_load_manifest_whole(pt_arena *a, pt_value manifest) {
    pt_value roots = pt_getz(manifest, "roots");
    pt_list trimmed = {.a = a};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(roots); i++)
        pt_list_add(&trimmed, pt_string(pt_load_trim(pt_text(pt_at(roots, i)))));
    if (!pt_defined(roots))
        pt_list_add(&trimmed, pt_stringz(""));
    pt_obj_set(&o, "revision", pt_stringz(""));
    for (size_t i = 0; i < pt_len(manifest); i++)
        pt_obj_put(&o, pt_text(pt_key_at(manifest, i)), pt_val_at(manifest, i));
    pt_obj_set(&o, "roots", pt_list_end(&trimmed));
    return pt_obj_end(&o);
}

// -- languages ------------------------------------------------------------------------------------

static pt_rego_version version_of(pt_value v) {
    int64_t n = 1;
    return pt_to_int(v, &n) && n == 0 ? PT_REGO_V0 : PT_REGO_V1;
}

// Does the pattern of file_rego_versions name the path? As the function glob.match says it.
static bool glob_matches(pt_load *l, pt_value pattern, pt_str path) {
    const pt_fn *match = pt_fn_find(PT_STR("glob.match"));
    static const pt_fn_world world = {0};
    pt_call c = {.arena = l->arena, .world = &world};
    const pt_value args[] = {pattern, pt_null(), pt_string(path)};
    return match && pt_true(pt_fn_call(&c, match, args));
}

// What file_rego_versions says, then rego_version, then the caller.
pt_rego_version pt_load_version_of(pt_load *l, pt_value manifest, pt_str path) {
    pt_value files = pt_getz(manifest, "file_rego_versions");
    pt_value whole = pt_getz(manifest, "rego_version");
    for (size_t i = 0; i < pt_len(files); i++)
        if (glob_matches(l, pt_key_at(files, i), path))
            return version_of(pt_val_at(files, i));
    return pt_defined(whole) ? version_of(whole) : l->parse.version;
}
