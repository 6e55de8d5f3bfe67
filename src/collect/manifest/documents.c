// Bytes to documents to objects. A text that begins with a brace is JSON as long as it can be, and
// the items of its lists come one by one; all else goes through the YAML stream.
#include "collect/manifest/impl.h"
#include "value/path.h"

typedef struct reading {
    pt_manifest_reader *r;
    pt_str file;
    pt_str bytes;
    // The JSON list whose items are being read.
    uint32_t list_line, list_column;
    pt_str list_kind, list_version;
    bool list_known; // the two; somebody asked
    pt_arena list;   // holds them
    // Lines are counted as the reading goes on.
    size_t at;
    uint32_t line, column;
    bool template_told;
} reading;

// What is being expanded: an object, or a list of them.
typedef struct place_in {
    struct pt_manifest_source *source;
    pt_str prefix;
    pt_str kind, version; // that items without their own inherit
    unsigned depth;
} place_in;

static pt_place place(const reading *d, uint32_t line, uint32_t column) {
    return (pt_place){d->file, line, column};
}

static void problem(reading *d, pt_problem_kind kind, uint32_t line, uint32_t column,
                    const pt_err *e) {
    pt_manifest_problem_of(d->r, kind, place(d, line, column), e);
}

static void no_memory(reading *d, const struct pt_manifest_source *s) {
    pt_err e = {0};
    pt_err_set(&e, PT_E_NOMEM, "the document needs more memory than it may take");
    pt_err_remedy(&e, "split it into several files");
    problem(d, PT_PROBLEM_BROKEN, s->doc.line, s->doc.column, &e);
}

// -- objects --------------------------------------------------------------------------------------

static void give_object(reading *d, pt_value doc, const place_in *in) {
    pt_arena *a = &d->r->arena;
    pt_object o = {
        .doc = doc,
        .file = d->file,
        .bytes = in->source->doc.bytes,
        .yaml = !in->source->doc.json,
        .line = in->source->doc.line,
        .column = in->source->doc.column,
        .prefix = in->prefix,
        .notes = in->source->doc.notes,
        .note_line = in->source->doc.note_line,
        .name = pt_manifest_name(a, doc),
        .source = in->source,
    };
    if (!o.name.p) {
        no_memory(d, in->source);
        return;
    }
    d->r->counts->objects++;
    if (!d->r->sink->object(d->r->sink->ctx, &o))
        d->r->stopped = true;
}

static void give_no_object(reading *d, const place_in *in, const pt_err *e) {
    uint32_t line;
    uint32_t column;
    pt_object o = {.prefix = in->prefix, .source = in->source, .yaml = !in->source->doc.json};
    pt_object_locate(&o, PT_STR(""), &line, &column);
    problem(d, PT_PROBLEM_NO_OBJECT, line, column, e);
}

// An item without both kind and apiVersion has those of its list (resource/builder.go, as kubectl's
// UnstructuredList decodes it). Undefined: the arena is full.
static pt_value inherit(pt_arena *a, pt_value doc, const place_in *in) {
    bool own = pt_defined(pt_getz(doc, "kind")) || pt_defined(pt_getz(doc, "apiVersion"));
    if (own || doc.tag != PT_OBJECT || in->kind.n == 0)
        return doc;
    size_t n = pt_len(doc);
    pt_value *pairs = PT_NEW(a, pt_value, 2 * n + 4);
    if (!pairs)
        return pt_undefined();
    for (size_t i = 0; i < n; i++) {
        pairs[2 * i] = pt_key_at(doc, i);
        pairs[2 * i + 1] = pt_val_at(doc, i);
    }
    pairs[2 * n] = pt_stringz("kind");
    pairs[2 * n + 1] = pt_string(in->kind);
    pairs[2 * n + 2] = pt_stringz("apiVersion");
    pairs[2 * n + 3] = pt_string(in->version);
    return pt_object_of(a, pairs, n + 2, NULL);
}

// What the items of this list inherit: "PodList" makes Pods, a plain List nothing.
static pt_str item_kind(pt_str kind) {
    return pt_str_ends(kind, PT_STR("List")) ? pt_str_sub(kind, 0, kind.n - 4) : (pt_str){0};
}

// kubectl takes any object with the key "items" for a list, whatever its kind, and never applies
// the object itself.
static void tell_odd_list(reading *d, pt_value doc, const place_in *in) {
    pt_str kind = pt_text(pt_getz(doc, "kind"));
    if (pt_str_ends(kind, PT_STR("List")) || kind.n == 0)
        return;
    pt_str name = pt_manifest_name(&d->r->arena, doc);
    pt_err e = {0};
    pt_err_set(&e, PT_E_UNSUPPORTED, "kubectl takes %.*s for a list, because it has \"items\"",
               PT_PRI(name));
    pt_err_remedy(&e, "remove \"items\"");
    give_no_object(d, in, &e);
}

static void expand(reading *d, pt_value doc, const place_in *in);

// NOLINTNEXTLINE(misc-no-recursion): PT_MANIFEST_DEPTH_MAX
static void expand_items(reading *d, pt_value doc, const place_in *in) {
    pt_value items = pt_getz(doc, "items");
    tell_odd_list(d, doc, in);
    place_in item = {
        .source = in->source,
        .kind = item_kind(pt_text(pt_getz(doc, "kind"))),
        .version = pt_text(pt_getz(doc, "apiVersion")),
        .depth = in->depth + 1,
    };
    const char *point = in->prefix.n ? "." : "";
    for (size_t i = 0; i < pt_len(items) && !d->r->stopped; i++) {
        item.prefix =
            pt_arena_printf(&d->r->arena, "%.*s%sitems[%zu]", PT_PRI(in->prefix), point, i);
        if (!item.prefix.p) {
            no_memory(d, in->source);
            return;
        }
        expand(d, pt_at(items, i), &item);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): PT_MANIFEST_DEPTH_MAX
static void expand(reading *d, pt_value doc, const place_in *in) {
    pt_value items = pt_getz(doc, "items");
    pt_err e = {0};
    if (in->depth > PT_MANIFEST_DEPTH_MAX) {
        pt_err_set(&e, PT_E_LIMIT, "lists within lists, more than 64 deep");
        problem(d, PT_PROBLEM_BROKEN, in->source->doc.line, in->source->doc.column, &e);
        return;
    }
    if (items.tag == PT_ARRAY || items.tag == PT_NULL) {
        expand_items(d, doc, in);
        return;
    }
    pt_value whole = inherit(&d->r->arena, doc, in);
    if (!pt_defined(whole))
        no_memory(d, in->source);
    else if (pt_manifest_no_object(whole, d->file, &e))
        give_no_object(d, in, &e);
    else
        give_object(d, whole, in);
}

static void expand_source(reading *d, struct pt_manifest_source *s, const place_in *in) {
    expand(d, s->doc.value, in);
    pt_yaml_places_free(s->places);
}

// -- YAML -----------------------------------------------------------------------------------------

// The document that holds this offset.
static pt_str piece_around(pt_str bytes, size_t offset) {
    static const char separator[] = "\n---";
    size_t from = offset < bytes.n ? offset : bytes.n;
    while (from > 0 && !pt_str_starts(pt_str_sub(bytes, from - 1, bytes.n), pt_str_of(separator)))
        from--;
    pt_str rest = pt_str_sub(bytes, from, bytes.n);
    return pt_str_sub(rest, 0, pt_str_find_str(rest, pt_str_of(separator)));
}

static void broken(reading *d, pt_str bytes, const pt_err *e) {
    pt_err told = *e;
    pt_problem_kind kind = PT_PROBLEM_BROKEN;
    if (e->code == PT_E_FORMAT && pt_manifest_has_bare_action(piece_around(bytes, e->offset))) {
        if (d->template_told) // once a file
            return;
        d->template_told = true;
        kind = PT_PROBLEM_TEMPLATE;
        pt_manifest_template_err(&told, (pt_str){0});
    }
    problem(d, kind, e->line, e->column, &told);
}

// The rest of the file, which begins at `from` on `line`.
static void read_yaml(reading *d, size_t from, uint32_t line) {
    pt_yaml_stream s = {.bytes = pt_str_sub(d->bytes, from, d->bytes.n),
                        .dialect = PT_YAML_KUBERNETES};
    while (!d->r->stopped) {
        struct pt_manifest_source source = {0};
        pt_err e = {0};
        pt_arena_clear(&d->r->arena);
        pt_code code = pt_yaml_next(&s, &d->r->arena, &source.doc, &e);
        if (code) {
            e.line += line - 1;
            broken(d, s.bytes, &e);
            continue;
        }
        if (!pt_defined(source.doc.value))
            break;
        source.doc.line += line - 1;
        source.doc.note_line += source.doc.note_line ? line - 1 : 0;
        expand_source(d, &source, &(place_in){.source = &source});
    }
    pt_yaml_stream_done(&s);
}

// -- JSON -----------------------------------------------------------------------------------------

// Line and column of an offset that does not go backwards.
static void count_to(reading *d, size_t to) {
    pt_str between = pt_str_sub(d->bytes, d->at, to);
    uint32_t line;
    uint32_t column;
    pt_line_of(between, between.n, &line, &column);
    d->column = line > 1 ? column : d->column + column - 1;
    d->line += line - 1;
    d->at = to;
}

// The text of a string that stands at `path` of the document at `doc`, which may not be whole.
static pt_str text_at(reading *d, pt_str doc, const char *path) {
    bool whole;
    size_t at = pt_json_locate(doc, pt_str_of(path), &whole);
    pt_str rest = pt_str_sub(doc, at, doc.n);
    pt_json_stream s = {.bytes = rest};
    pt_json_event event;
    pt_arena a = {0};
    pt_str text = {0};
    if (whole && rest.n > 0 && rest.p[0] == '"' && !pt_json_next(&s, &a, &event, NULL))
        text = pt_arena_str(&d->list, pt_text(event.value));
    pt_arena_done(&a);
    return text;
}

// Kind and version of the list may stand behind its items: look once, when an item needs them.
static void know_list(reading *d, size_t doc_at) {
    if (d->list_known)
        return;
    pt_str doc = pt_str_sub(d->bytes, doc_at, d->bytes.n);
    d->list_kind = item_kind(text_at(d, doc, "kind"));
    d->list_version = text_at(d, doc, "apiVersion");
    d->list_known = true;
}

static void note_duplicate(pt_yaml_doc *doc, pt_value dup) {
    if (!pt_defined(dup))
        return;
    doc->notes = PT_YAML_NOTE_DUPLICATE;
    // A key without escapes is a slice of the source.
    size_t at = (uintptr_t)pt_text(dup).p - (uintptr_t)doc->bytes.p;
    uint32_t line = 1;
    uint32_t column;
    if (at < doc->bytes.n)
        pt_line_of(doc->bytes, at, &line, &column);
    doc->note_line = doc->line + line - 1;
}

static size_t ink_at(const reading *d, size_t at) {
    pt_str rest = pt_str_trim(pt_str_sub(d->bytes, at, d->bytes.n));
    return rest.n ? (size_t)(rest.p - d->bytes.p) : d->bytes.n;
}

static void take_event(reading *d, const pt_json_event *event, size_t doc_at) {
    size_t at = (size_t)(event->bytes.p - d->bytes.p);
    struct pt_manifest_source source = {0};
    place_in in = {.source = &source};
    bool list = event->kind == PT_JSON_LIST;
    bool item = event->kind == PT_JSON_ITEM;
    if (item && event->index == 0) {
        count_to(d, ink_at(d, doc_at));
        d->list_line = d->line;
        d->list_column = d->column;
    }
    if (!list)
        count_to(d, at);
    source.doc = (pt_yaml_doc){
        .value = event->value,
        .bytes = event->bytes,
        .line = list ? d->list_line : d->line,
        .column = list ? d->list_column : d->column,
        .json = true,
    };
    note_duplicate(&source.doc, event->dup);
    if (list) {
        tell_odd_list(d, event->value, &in);
        return;
    }
    if (item && !pt_defined(pt_getz(event->value, "kind"))) {
        know_list(d, doc_at);
        in.kind = d->list_kind;
        in.version = d->list_version;
    }
    in.depth = item;
    expand_source(d, &source, &in);
}

// Read as JSON from `from`. False: it is not JSON, and the rest from *ret_at is for the YAML
// reader.
static bool read_json(reading *d, size_t from, size_t *ret_at) {
    pt_json_stream s = {.bytes = pt_str_sub(d->bytes, from, d->bytes.n), .split_lists = true};
    size_t docs = 0;
    bool in_list = false;
    *ret_at = from; // behind the last whole document
    while (!d->r->stopped) {
        pt_json_event event;
        pt_err e = {0};
        pt_arena_clear(&d->r->arena);
        pt_code code = pt_json_next(&s, &d->r->arena, &event, &e);
        if (code == PT_E_FORMAT && docs < 2 && !in_list)
            return false; // kubectl goes on in YAML after one document at most
        if (code) {
            problem(d, PT_PROBLEM_BROKEN, e.line, e.column, &e);
            return true;
        }
        if (event.kind == PT_JSON_END)
            return true;
        take_event(d, &event, *ret_at);
        in_list = event.kind == PT_JSON_ITEM;
        if (!in_list) {
            *ret_at = (size_t)(event.bytes.p - d->bytes.p) + event.bytes.n;
            docs++;
            d->list_known = false;
            pt_arena_clear(&d->list);
        }
    }
    return true;
}

void pt_manifest_documents(pt_manifest_reader *r, pt_str file, pt_str bytes) {
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    reading d = {.r = r, .file = file, .bytes = bytes, .line = 1, .column = 1};
    pt_arena_clear(&r->arena);
    pt_str chart;
    if (pt_manifest_in_chart(&r->arena, file, &chart) && pt_manifest_has_action(bytes)) {
        pt_err e = {0};
        pt_manifest_template_err(&e, chart);
        problem(&d, PT_PROBLEM_TEMPLATE, 0, 0, &e);
        return;
    }
    size_t from = pt_str_starts(bytes, pt_str_of(byte_order_mark)) ? sizeof byte_order_mark - 1 : 0;
    d.at = from;
    pt_str text = pt_str_trim(pt_str_sub(bytes, from, bytes.n));
    if (text.n == 0 || text.p[0] != '{' || !read_json(&d, from, &from)) {
        count_to(&d, from);
        read_yaml(&d, from, d.line);
    }
    pt_arena_done(&d.list);
}
