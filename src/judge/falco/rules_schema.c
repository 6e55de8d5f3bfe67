// The shape that Falco publishes for rule files, as a JSON schema: which keys an item may have, and
// of which type they are. It is advice: files that break it are loaded all the same.
#include "judge/falco/rules_impl.h"

typedef struct shape shape;
struct shape {
    enum {
        SHAPE_TEXT, // any scalar is one
        SHAPE_BOOL,
        SHAPE_INTEGER,
        SHAPE_ANY,
        SHAPE_WORD,   // one of `words`
        SHAPE_LIST,   // of `of`
        SHAPE_OBJECT, // with these keys and no other
    } is;
    const shape *of;
    pt_str words;
    size_t least; // keys that an object must have at least
    const struct shape_key {
        const char *name; // NULL: the end
        const shape *of;
        bool needed;
    } *keys;
};

static const shape text = {.is = SHAPE_TEXT};
static const shape boolean = {.is = SHAPE_BOOL};
static const shape integer = {.is = SHAPE_INTEGER};
static const shape any = {.is = SHAPE_ANY};
static const shape texts = {.is = SHAPE_LIST, .of = &text};
static const shape priority = {
    .is = SHAPE_WORD,
    .words = PT_STR("EMERGENCY ALERT CRITICAL ERROR WARNING NOTICE INFO INFORMATIONAL DEBUG"),
};
static const shape operation = {.is = SHAPE_WORD, .words = PT_STR("append replace")};

static const shape exception = {
    .is = SHAPE_OBJECT,
    .keys =
        (const struct shape_key[]){
            {"name", &text, true}, {"fields", &any}, {"comps", &any}, {"values", &any}, {0}},
};
static const shape exceptions = {.is = SHAPE_LIST, .of = &exception};

static const shape override = {
    .is = SHAPE_OBJECT,
    .least = 1,
    .keys = (const struct shape_key[]){{"items", &operation},
                                       {"desc", &operation},
                                       {"condition", &operation},
                                       {"output", &operation},
                                       {"priority", &operation},
                                       {"enabled", &operation},
                                       {"exceptions", &operation},
                                       {"capture", &operation},
                                       {"capture_duration", &operation},
                                       {"capture_events", &operation},
                                       {"capture_filesize", &operation},
                                       {"tags", &operation},
                                       {"warn_evttypes", &operation},
                                       {"skip-if-unknown-filter", &operation},
                                       {0}},
};

static const shape alternative = {
    .is = SHAPE_OBJECT,
    .keys = (const struct shape_key[]){{"name", &text, true}, {"version", &text, true}, {0}},
};
static const shape alternatives = {.is = SHAPE_LIST, .of = &alternative};
static const shape requirement = {
    .is = SHAPE_OBJECT,
    .keys =
        (const struct shape_key[]){
            {"name", &text, true}, {"version", &text, true}, {"alternatives", &alternatives}, {0}},
};
static const shape requirements = {.is = SHAPE_LIST, .of = &requirement};

static const shape item = {
    .is = SHAPE_OBJECT,
    .keys = (const struct shape_key[]){{"required_engine_version", &text},
                                       {"required_plugin_versions", &requirements},
                                       {"macro", &text},
                                       {"condition", &text},
                                       {"list", &text},
                                       {"items", &texts},
                                       {"rule", &text},
                                       {"desc", &text},
                                       {"enabled", &boolean},
                                       {"output", &text},
                                       {"append", &boolean},
                                       {"priority", &priority},
                                       {"capture", &boolean},
                                       {"capture_duration", &integer},
                                       {"capture_events", &integer},
                                       {"capture_filesize", &integer},
                                       {"source", &text},
                                       {"exceptions", &exceptions},
                                       {"override", &override},
                                       {"tags", &texts},
                                       {"warn_evttypes", &boolean},
                                       {"skip-if-unknown-filter", &boolean},
                                       {0}},
};
static const shape rules = {.is = SHAPE_LIST, .of = &item};

static const struct shape_key *key_named(const shape *s, pt_str name) {
    const struct shape_key *k = s->keys;
    while (k->name && !pt_str_eqz(name, k->name))
        k++;
    return k->name ? k : NULL;
}

static bool keeps(const shape *s, pt_value v);

// NOLINTNEXTLINE(misc-no-recursion): the shapes' own depth
static bool object_keeps(const shape *s, pt_value v) {
    if (v.tag != PT_OBJECT || pt_len(v) < s->least)
        return false;
    for (const struct shape_key *k = s->keys; k->name; k++)
        if (k->needed && !pt_defined(pt_getz(v, k->name)))
            return false;
    for (size_t i = 0; i < pt_len(v); i++) {
        const struct shape_key *k = key_named(s, pt_text(pt_key_at(v, i)));
        if (!k || !keeps(k->of, pt_val_at(v, i)))
            return false;
    }
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): the shapes' own depth
static bool keeps(const shape *s, pt_value v) {
    int64_t n = 0;
    switch (s->is) {
    case SHAPE_TEXT:
        return v.tag == PT_STRING || v.tag == PT_NUMBER || v.tag == PT_BOOL;
    case SHAPE_BOOL:
        return v.tag == PT_BOOL;
    case SHAPE_INTEGER:
        return pt_to_int(v, &n);
    case SHAPE_ANY:
        return true;
    case SHAPE_WORD:
        return v.tag == PT_STRING && pt_str_in_list(pt_text(v), s->words, ' ');
    case SHAPE_LIST:
        for (size_t i = 0; v.tag == PT_ARRAY && i < pt_len(v); i++)
            if (!keeps(s->of, pt_at(v, i)))
                return false;
        return v.tag == PT_ARRAY;
    case SHAPE_OBJECT:
        return object_keeps(s, v);
    }
    return false;
}

bool pt_falco_schema(pt_value doc) {
    return keeps(&rules, doc);
}
