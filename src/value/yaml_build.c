// Events to values. One pass, no recursion: what is complete and what is open share one stack, and
// a closing event freezes what stands above the mark of its composite.
//
//   a: [1, 2        values:  "a" 1 2         frames:  map at 0, list at 1
//
// Aliases share the value that their anchor named, so that a bomb costs nothing to build; what it
// would be worth is counted, because those who walk the value pay for it.
#include <stdlib.h>

#include "value/yaml_impl.h"

#define MERGE_TAG "tag:yaml.org,2002:merge"
#define PERCENT   "a line that begins with % inside a document"
#define NO_MEMORY "the document needs more memory than it may take"

typedef struct anchor {
    struct anchor *next; // of the same bucket, newest first
    pt_str name;
    bool open; // its node is not complete: an alias here would contain itself
    pt_value value;
    pt_str text; // of a scalar
    pt_yaml_kind kind;
    double number;
    uint32_t nodes; // aliases expanded
} anchor;

typedef struct mark {
    uint32_t at;    // offset in the source
    uint8_t kind;   // pt_yaml_kind of a key
    uint8_t merged; // a key that << brought
} mark;

typedef struct frame {
    pt_tag tag;
    uint32_t base; // of its first value
    uint32_t at;
    uint32_t nodes; // counted before it
    anchor *anchor;
    bool flow;
    bool merge; // the next value is what << merges
} frame;

#define BUCKETS     256u   // for few anchors; a document with many pays with a longer list …
#define ANCHORS_MAX 65536u // … but never longer than so many by BUCKETS

typedef struct builder {
    pt_yaml_build *job;
    PT_VEC(pt_value) values;
    PT_VEC(mark) marks; // beside the values
    PT_VEC(frame) frames;
    anchor **anchors;
    size_t anchors_n;
    uint32_t nodes;       // so far, aliases expanded
    uint32_t alias_nodes; // of them, through aliases
    pt_buf text;          // of the scalar at hand
    size_t header;        // where its | or > stands
    bool complete;
    pt_err *e;
} builder;

typedef struct node { // a value that is complete
    pt_value value;
    pt_yaml_kind kind;
    uint32_t at;
    pt_yaml_scalar *scalar; // NULL: a composite
} node;

static pt_code fault(builder *b, size_t at, const char *what) {
    return pt_yaml_fault(b->job->parser->bytes, at, PT_E_FORMAT, what, b->e);
}

static pt_code limit(builder *b, size_t at, const char *what) {
    return pt_yaml_fault(b->job->parser->bytes, at, PT_E_LIMIT, what, b->e);
}

static pt_code no_memory(builder *b) {
    return pt_err_set(b->e, PT_E_NOMEM, NO_MEMORY);
}

static frame *top(builder *b) {
    return b->frames.n ? &b->frames.v[b->frames.n - 1] : NULL;
}

static bool kubernetes(const builder *b) {
    return b->job->dialect == PT_YAML_KUBERNETES;
}

static bool at_key(builder *b) {
    frame *f = top(b);
    return f && f->tag == PT_OBJECT && !f->merge && (b->values.n - f->base) % 2 == 0;
}

static void note(builder *b, pt_yaml_note n, size_t at) {
    pt_yaml_build *job = b->job;
    if (!job->notes || at < job->note_at)
        job->note_at = at;
    job->notes |= n;
}

static pt_code push(builder *b, pt_value v, mark m) {
    pt_value *at = PT_PUSH(b->job->scratch, &b->values);
    mark *beside = PT_PUSH(b->job->scratch, &b->marks);
    if (!at || !beside)
        return no_memory(b);
    *at = v;
    *beside = m;
    return PT_OK;
}

// -- counting -------------------------------------------------------------------------------------

static pt_code count(builder *b, size_t at) {
    return ++b->nodes > PT_YAML_NODES_MAX ? limit(b, at, "more than 4000000 nodes in one document")
                                          : PT_OK;
}

static pt_code count_alias(builder *b, size_t at, const anchor *a) {
    b->nodes += a->nodes;           // both below PT_YAML_NODES_MAX
    b->alias_nodes += a->nodes - 1; // the alias itself is written
    uint32_t written = b->nodes - b->alias_nodes;
    bool many =
        b->alias_nodes > PT_YAML_ALIAS_FREE && b->alias_nodes / PT_YAML_ALIAS_RATIO > written;
    if (many || b->nodes > PT_YAML_NODES_MAX)
        return limit(b, at, "an alias bomb: its aliases stand for far more than what is written");
    size_t depth = pt_impl_composite(a->value) ? a->value.spare : 0;
    if (!b->job->places && b->frames.n + depth > PT_YAML_DEPTH_MAX)
        return limit(b, at, "nested more than 1000 deep");
    return PT_OK;
}

// -- merging --------------------------------------------------------------------------------------

// The value of a node; of a place, the map or list of places.
static pt_value inner(const builder *b, pt_value v) {
    return b->job->places ? pt_at(v, 1) : v;
}

static pt_code merge_map(builder *b, pt_value map, size_t at) {
    map = inner(b, map);
    if (map.tag != PT_OBJECT)
        return fault(b, at, "<< merges a map or a list of maps only");
    pt_code code = PT_OK;
    mark m = {.at = (uint32_t)at, .merged = true};
    for (size_t i = 0; !code && i < pt_len(map); i++) {
        code = push(b, pt_key_at(map, i), m);
        if (!code)
            code = push(b, pt_val_at(map, i), m);
    }
    return code;
}

// Go's decoder sets the keys where << stands; the first map of a list has the last word.
static pt_code merge(builder *b, pt_value v, size_t at) {
    top(b)->merge = false;
    pt_value list = inner(b, v);
    if (list.tag != PT_ARRAY)
        return merge_map(b, v, at);
    pt_code code = PT_OK;
    size_t n = pt_len(list);
    for (size_t i = 0; !code && i < n; i++)
        code = merge_map(b, pt_at(list, kubernetes(b) ? n - 1 - i : i), at);
    return code;
}

static bool is_merge(builder *b, const pt_yaml_scalar *s) {
    return s->text.n == 2 && b->job->dialect != PT_YAML_CORE && at_key(b) &&
           pt_str_eqz(s->text, "<<") && (s->tag.n ? pt_str_eqz(s->tag, MERGE_TAG) : s->plain);
}

// -- keys that come twice -------------------------------------------------------------------------

static int by_key(const void *x, const void *y, void *values) {
    uint32_t i = *(const uint32_t *)x;
    uint32_t j = *(const uint32_t *)y;
    const pt_value *v = values;
    int c = pt_cmp(v[i], v[j]);
    return c ? c : (i > j) - (i < j);
}

// Of two equal keys in the order of the source, what does the second do to the first?
static void judge_pair(builder *b, const mark *first, const mark *second) {
    if (second->merged && !first->merged)
        note(b, PT_YAML_NOTE_MERGE, second->at);
    if (second->merged || first->merged)
        return; // that is what << is for
    note(b, first->kind == second->kind ? PT_YAML_NOTE_DUPLICATE : PT_YAML_NOTE_COLLIDE,
         second->at);
}

static pt_code judge_keys(builder *b, const frame *f) {
    size_t n = (b->values.n - f->base) / 2;
    uint32_t *order = PT_NEW(b->job->scratch, uint32_t, n);
    if (!order)
        return no_memory(b);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)(f->base + 2 * i);
    qsort_r(order, n, sizeof *order, by_key, b->values.v);
    for (size_t i = 1; i < n; i++)
        if (pt_eq(b->values.v[order[i - 1]], b->values.v[order[i]]))
            judge_pair(b, &b->marks.v[order[i - 1]], &b->marks.v[order[i]]);
    return PT_OK;
}

// -- nodes ----------------------------------------------------------------------------------------

// A string of libfyaml's dies with its event.
static pt_value own(builder *b, pt_value v, const pt_yaml_scalar *s) {
    if (v.tag != PT_STRING || !s || v.s != s->text.p)
        return v;
    pt_str copy = pt_arena_str(b->job->a, s->text);
    return copy.p ? pt_string(copy) : pt_undefined();
}

static pt_code add_key(builder *b, const node *n) {
    pt_yaml_scalar composite = {.kind = PT_YAML_NODE, .value = n->value};
    pt_yaml_scalar *s = n->scalar ? n->scalar : &composite;
    pt_value key = own(b, pt_yaml_key(s, b->job->dialect, b->job->a), s);
    if (!pt_defined(key))
        return s->what ? fault(b, n->at, s->what) : no_memory(b);
    return push(b, key, (mark){n->at, (uint8_t)n->kind, false});
}

// Put a complete node where the source has it.
static pt_code add(builder *b, const node *n) {
    frame *f = top(b);
    if (!f) {
        b->job->value = n->value;
        b->complete = true;
        return PT_OK;
    }
    if (f->merge)
        return merge(b, n->value, n->at);
    return at_key(b) ? add_key(b, n) : push(b, n->value, (mark){.at = n->at});
}

// -- anchors --------------------------------------------------------------------------------------

static anchor **bucket(builder *b, pt_str name) {
    // The seed is an address: nobody outside knows it.
    uint64_t h = pt_hash(pt_string(name), (uint64_t)(uintptr_t)b->anchors);
    return &b->anchors[h % BUCKETS];
}

static pt_code name_node(builder *b, struct fy_event *ev, size_t at, anchor **ret) {
    *ret = NULL;
    struct fy_token *t = fy_event_get_anchor_token(ev);
    if (!t)
        return PT_OK;
    if (!b->anchors)
        b->anchors = PT_NEW(b->job->scratch, anchor *, BUCKETS);
    anchor *a = b->anchors ? PT_NEW(b->job->scratch, anchor, 1) : NULL;
    if (!a)
        return no_memory(b);
    if (++b->anchors_n > ANCHORS_MAX)
        return limit(b, at, "more than 65536 anchors in one document");
    *a = (anchor){.name = pt_arena_str(b->job->scratch, pt_yaml_token_text(t)), .open = true};
    if (!a->name.p)
        return no_memory(b);
    anchor **list = bucket(b, a->name);
    a->next = *list; // a second anchor of the name hides the first
    *list = a;
    *ret = a;
    return PT_OK;
}

static pt_code anchor_close(builder *b, anchor *a, const node *n, uint32_t nodes) {
    if (!a)
        return PT_OK;
    a->open = false;
    a->value = n->value;
    a->kind = n->kind;
    a->nodes = b->nodes - nodes;
    if (!n->scalar)
        return PT_OK;
    a->number = n->scalar->number;
    a->text = pt_arena_str(b->job->scratch, n->scalar->text);
    return a->text.p ? PT_OK : no_memory(b);
}

static pt_code on_alias(builder *b, struct fy_event *ev, size_t at) {
    pt_str name = pt_yaml_token_text(ev->alias.anchor);
    anchor *a = b->anchors ? *bucket(b, name) : NULL;
    while (a && !pt_str_eq(a->name, name))
        a = a->next;
    if (!a)
        return fault(b, at, "an alias without an anchor of its name");
    if (a->open)
        return fault(b, at, "an alias inside the value that it stands for");
    pt_code code = count_alias(b, at, a);
    if (code)
        return code;
    pt_yaml_scalar s = {.text = a->text, .kind = a->kind, .value = a->value, .number = a->number};
    return add(b, &(node){a->value, a->kind, (uint32_t)at, a->kind == PT_YAML_NODE ? NULL : &s});
}

// -- events ---------------------------------------------------------------------------------------

static pt_code scalar_text(builder *b, struct fy_token *t, size_t at, pt_str *ret) {
    const struct fy_mark *from = fy_token_start_mark(t);
    const struct fy_mark *to = fy_token_end_mark(t);
    const frame *f = top(b);
    if (!from || !to)
        return PT_OK;
    pt_yaml_text job = {
        .bytes = b->job->parser->bytes,
        .from = from->input_pos,
        .to = to->input_pos,
        .header = b->header,
        .within = f ? f->at : SIZE_MAX,
        .flow = f && f->flow,
        .style = fy_token_scalar_style(t),
        .dialect = b->job->dialect,
    };
    pt_str raw = pt_str_sub(job.bytes, job.from, job.to);
    if (raw.n > PT_YAML_BLANK_LINES_MAX && !pt_yaml_scan_blanks(raw))
        return limit(b, at, "a text with more than 1000 blank lines (or 32 KiB of them) in a row");
    if (!pt_yaml_text_read(&job, &b->text, ret))
        return fault(b, job.what_at, job.what);
    return b->text.full ? no_memory(b) : PT_OK;
}

static pt_code on_scalar(builder *b, struct fy_event *ev, size_t at) {
    struct fy_token *t = ev->scalar.value;
    enum fy_scalar_style style = t ? fy_token_scalar_style(t) : FYSS_PLAIN;
    pt_code code = count(b, at);
    pt_str text = {0};
    if (!code && t)
        code = scalar_text(b, t, at, &text);
    if (code)
        return code;
    pt_yaml_scalar s = {
        .text = text,
        .tag = pt_yaml_token_text(fy_event_get_tag_token(ev)),
        .plain = style == FYSS_PLAIN,
    };
    if (is_merge(b, &s)) {
        top(b)->merge = true;
        return PT_OK;
    }
    anchor *a;
    code = name_node(b, ev, at, &a);
    if (code)
        return code;
    code = pt_yaml_resolve(&s, b->job->dialect, b->job->a);
    if (code == PT_E_NOMEM)
        return no_memory(b);
    if (code)
        return code == PT_E_LIMIT ? limit(b, at, s.what) : fault(b, at, s.what);
    bool key = at_key(b);
    if (s.kind == PT_YAML_INFINITE && !key)
        return fault(b, at, "infinity and NaN have no JSON form");
    node n = {s.value, s.kind, (uint32_t)at, &s};
    if (b->job->places && !key)
        n.value = pt_int((int64_t)at);
    else if (!key || a)
        n.value = s.value = own(b, s.value, &s);
    if (!pt_defined(n.value) && s.kind != PT_YAML_INFINITE)
        return no_memory(b);
    code = anchor_close(b, a, &n, b->nodes - 1);
    return code ? code : add(b, &n);
}

static pt_code on_open(builder *b, struct fy_event *ev, size_t at) {
    bool flow = b->frames.n && top(b)->flow;
    const struct fy_mark *from = fy_event_start_mark(ev);
    const struct fy_mark *to = fy_event_end_mark(ev);
    flow |= from && to && to->input_pos > from->input_pos;
    anchor *a;
    pt_code code = count(b, at);
    if (!code && b->frames.n == PT_YAML_DEPTH_MAX)
        code = limit(b, at, "nested more than 1000 deep");
    if (!code)
        code = name_node(b, ev, at, &a);
    if (code)
        return code;
    frame *f = PT_PUSH(b->job->scratch, &b->frames);
    if (!f)
        return no_memory(b);
    *f = (frame){
        .tag = ev->type == FYET_MAPPING_START ? PT_OBJECT : PT_ARRAY,
        .base = (uint32_t)b->values.n,
        .at = (uint32_t)at,
        .nodes = b->nodes - 1,
        .anchor = a,
        .flow = flow,
    };
    return PT_OK;
}

static pt_value wrap(builder *b, pt_value v, size_t at) {
    pt_value pair[] = {pt_int((int64_t)at), v};
    return b->job->places && pt_defined(v) ? pt_array_of(b->job->a, pair, 2) : v;
}

// In yaml v3 a key that is written out counts, wherever << stands; else the first map that has it.
// The last of equal keys wins: what << brought comes first, the later map before the earlier.
static pt_code merged_first(builder *b, const frame *f) {
    size_t n = b->values.n - f->base;
    if (n == 0 || b->job->dialect != PT_YAML_GO)
        return PT_OK;
    pt_value *v = b->values.v + f->base;
    pt_value *sorted = PT_NEW(b->job->scratch, pt_value, n);
    if (!sorted)
        return no_memory(b);
    size_t k = 0;
    for (int written = 0; written < 2; written++) {
        for (size_t i = 0; i < n; i += 2) {
            size_t from = written ? i : n - 2 - i;
            if (b->marks.v[f->base + from].merged != written)
                memcpy(sorted + k++ * 2, v + from, 2 * sizeof *v);
        }
    }
    memcpy(v, sorted, n * sizeof *v);
    return PT_OK;
}

static pt_code on_close(builder *b, struct fy_event *ev, size_t at) {
    (void)ev;
    (void)at;
    frame f = *top(b);
    pt_code sorted = f.tag == PT_OBJECT ? merged_first(b, &f) : PT_OK;
    if (sorted)
        return sorted;
    const pt_value *first = b->values.n > f.base ? b->values.v + f.base : NULL;
    size_t n = b->values.n - f.base;
    pt_value dup = pt_undefined();
    pt_value v = f.tag == PT_OBJECT ? pt_object_of(b->job->a, first, n / 2, &dup)
                                    : pt_array_of(b->job->a, first, n);
    v = wrap(b, v, f.at);
    if (!pt_defined(v))
        return no_memory(b);
    if (pt_defined(dup) && b->job->dialect != PT_YAML_GO) {
        pt_code code = judge_keys(b, &f);
        if (code)
            return code;
    }
    b->values.n = b->marks.n = f.base;
    b->frames.n--;
    node made = {v, PT_YAML_NODE, f.at, NULL};
    pt_code code = anchor_close(b, f.anchor, &made, f.nodes);
    return code ? code : add(b, &made);
}

typedef pt_code handler(builder *b, struct fy_event *ev, size_t at);

static handler *const handlers[] = {
    [FYET_MAPPING_START] = on_open, [FYET_MAPPING_END] = on_close, [FYET_SEQUENCE_START] = on_open,
    [FYET_SEQUENCE_END] = on_close, [FYET_SCALAR] = on_scalar,     [FYET_ALIAS] = on_alias,
};

static void move_end(builder *b, size_t to) {
    if (to > b->job->end && to <= b->job->parser->bytes.n)
        b->job->end = to;
}

// An empty value has only these.
static void pass_properties(builder *b, struct fy_event *ev) {
    struct fy_token *tokens[] = {fy_event_get_anchor_token(ev), fy_event_get_tag_token(ev)};
    for (size_t i = 0; i < PT_COUNT(tokens); i++) {
        const struct fy_mark *to = tokens[i] ? fy_token_end_mark(tokens[i]) : NULL;
        if (to)
            move_end(b, to->input_pos);
    }
}

// Where the event's own text begins, quotes and the sign of an alias included; what has no text
// stands behind what came before. Moves b->job->end behind it.
static size_t place_of(builder *b, struct fy_event *ev) {
    const struct fy_mark *from = fy_event_start_mark(ev);
    const struct fy_mark *to = fy_event_end_mark(ev);
    if (!from || !to || to->input_pos > b->job->parser->bytes.n) {
        pass_properties(b, ev);
        return b->job->end;
    }
    enum fy_scalar_style style = ev->type == FYET_SCALAR && ev->scalar.value
                                     ? fy_token_scalar_style(ev->scalar.value)
                                     : FYSS_PLAIN;
    bool quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    size_t at = from->input_pos - ((quoted || ev->type == FYET_ALIAS) && from->input_pos > 0);
    if (style == FYSS_LITERAL || style == FYSS_FOLDED) {
        pass_properties(b, ev);
        b->header = pt_yaml_scan_header(b->job->parser->bytes, b->job->end, at);
        at = b->job->places ? b->header : at;
    }
    move_end(b, to->input_pos + quoted);
    return at;
}

// What stands between two tokens. libfyaml drops a line that begins with %, wherever it is. Go's
// scanner takes no tab where a block key may begin; libfyaml does.
static pt_code check_gap(builder *b, size_t from, size_t to) {
    const pt_yaml_parser *p = b->job->parser;
    frame *f = top(b);
    if (from >= to)
        return PT_OK;
    pt_str gap = pt_str_sub(p->bytes, from, to);
    size_t percent = f ? pt_yaml_scan_percent(gap) : gap.n;
    if (percent < gap.n)
        return fault(b, from + percent, PERCENT);
    if (!b->job->check_tabs || (f && f->flow))
        return PT_OK;
    bool line_begins = from == 0 || p->bytes.p[from - 1] == '\n' || p->bytes.p[from - 1] == ' ';
    size_t tab = pt_yaml_scan_tabs(gap, line_begins);
    if (tab == gap.n)
        return PT_OK;
    pt_code code = fault(b, from + tab, "a tab where indentation is expected");
    pt_err_remedy(b->e, "indent with spaces");
    return code;
}

// Likewise behind a text that is the whole document.
static pt_code check_end(builder *b) {
    const pt_yaml_parser *p = b->job->parser;
    pt_str rest = pt_str_sub(p->bytes, b->job->end, p->bytes.n);
    size_t at = 0;
    while (at < rest.n && strchr(" \t\r\n\xc2\x85\xe2\x80\xa8\xa9", rest.p[at]))
        at++;
    bool percent = pt_yaml_scan_percent(pt_str_sub(rest, 0, at + 1)) == at;
    return percent && at < rest.n ? fault(b, b->job->end + at, PERCENT) : PT_OK;
}

static pt_code take(builder *b, struct fy_event *ev) {
    size_t from = b->job->end;
    size_t at = place_of(b, ev);
    pt_code code = check_gap(b, from, at);
    size_t what_at;
    const char *what = pt_yaml_parser_otherwise(b->job->parser, b->job->dialect, ev, &what_at);
    if (!code && what)
        code = fault(b, what_at, what);
    if (!code && ev->type == FYET_DOCUMENT_END && ev->document_end.implicit)
        code = check_end(b);
    handler *h = (size_t)ev->type < PT_COUNT(handlers) ? handlers[ev->type] : NULL;
    return code || !h ? code : h(b, ev, at);
}

// Go's reader stops behind the first document of a piece. What is there, right or wrong?
static void find_hidden(builder *b, bool failed) {
    struct fy_parser *fyp = b->job->parser->fyp;
    size_t at = b->job->parser->bytes.n;
    bool found = failed;
    while (!failed) {
        struct fy_event *ev = fy_parser_parse(fyp);
        const struct fy_mark *from = ev ? fy_event_start_mark(ev) : NULL;
        bool end = ev && ev->type == FYET_STREAM_END;
        failed = !ev;
        found |= failed || (from && !end);
        if (from && !end)
            at = from->input_pos;
        fy_parser_event_free(fyp, ev);
        if (from || end)
            break;
    }
    pt_err e = {0};
    if (failed && pt_yaml_parser_fault(b->job->parser, &e))
        at = e.offset;
    if (found)
        note(b, PT_YAML_NOTE_HIDDEN, at);
}

static pt_code run(builder *b) {
    pt_yaml_build *job = b->job;
    bool first_only = job->dialect == PT_YAML_KUBERNETES;
    for (;;) {
        struct fy_event *ev = fy_parser_parse(job->parser->fyp);
        if (!ev && (!b->complete || !first_only))
            return pt_yaml_parser_fault(job->parser, b->e);
        bool last = first_only && (!ev || (b->complete && ev->type == FYET_DOCUMENT_END));
        enum fy_event_type type = ev ? ev->type : FYET_NONE;
        pt_code code = ev ? take(b, ev) : check_end(b);
        fy_parser_event_free(job->parser->fyp, ev);
        if (last && !code)
            find_hidden(b, type == FYET_NONE);
        if (code || last || type == FYET_STREAM_END || type == FYET_DOCUMENT_END)
            return code;
    }
}

pt_code pt_yaml_build_document(pt_yaml_build *job, pt_err *e) {
    builder b = {.job = job, .e = e};
    job->value = pt_undefined();
    pt_code code = run(&b);
    if (code)
        job->value = pt_undefined();
    pt_buf_done(&b.text);
    return code;
}
