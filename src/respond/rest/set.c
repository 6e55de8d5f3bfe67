// What is loaded and compiled: from files to queries.
#include <stdlib.h>
#include <sys/random.h>

#include "judge/policy/inspect.h"
#include "respond/rest/rest_impl.h"
#include "value/json.h"

#define SET_BYTES_MAX ((size_t)8 << 30)

enum {
    BELOW_SLOTS = 2048, // twice as many as there may be
};
static_assert(BELOW_SLOTS >= 2 * PT_REST_BELOW_MAX, "a free slot is found soon");

// -- loading --------------------------------------------------------------------------------------

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "no memory for the policies and their data");
}

static pt_code say(const pt_diagnostics *d, pt_err *e) {
    if (!d->v.n)
        return no_memory(e);
    const pt_diagnostic *first = &d->v.v[0];
    pt_code code = pt_err_set(e, PT_E_FORMAT, "%s: %.*s", pt_rego_code_name(first->code),
                              PT_PRI(first->message));
    if (first->file.n)
        pt_err_at(e, "%.*s", PT_PRI(first->file));
    if (e) {
        e->line = first->row;
        e->column = first->column;
    }
    return code;
}

static pt_code load(pt_rest_set *s, const pt_rest_source *from, pt_diagnostics *d, pt_err *e) {
    pt_load *l = &s->load;
    pt_code code = PT_OK;
    *l = (pt_load){.arena = &s->arena,
                   .symbols = &s->symbols,
                   .diagnostics = d,
                   .ignore = from->ignore,
                   .n_ignore = from->n_ignore,
                   .trust = from->trust};
    l->parse =
        (pt_parse_opts){.version = from->v0 ? PT_REGO_V0 : PT_REGO_V1, .builtin = is_builtin};
    for (size_t i = 0; i < from->n_paths && !code; i++)
        code = pt_load_path(l, from->paths[i], e);
    for (size_t i = 0; i < from->n_bundles && !code; i++)
        code = pt_load_bundle(l, from->bundles[i], e);
    if (!code)
        code = pt_load_end(l, e);
    return code && d->v.n ? say(d, e) : code;
}

// Manifests are read once more: what is loaded does not tell of them.
static pt_code revisions(pt_rest_set *s, const pt_rest_source *from, pt_err *e) {
    pt_obj all = {.a = &s->arena};
    for (size_t i = 0; i < from->n_bundles; i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = SET_BYTES_MAX};
        pt_symbols symbols = {.arena = &a};
        pt_diagnostics d = {.arena = &a};
        pt_load l = {.arena = &a, .symbols = &symbols, .diagnostics = &d, .parse = s->load.parse};
        pt_load_contents c = {0};
        pt_code code = pt_load_inspect(&l, from->bundles[i], &c, e);
        if (code)
            return code;
        pt_obj o = {.a = &s->arena};
        pt_str revision = pt_text(pt_getz(c.manifest, "revision"));
        pt_obj_set(&o, "revision", pt_clone(&s->arena, pt_string(revision)));
        pt_str name = pt_arena_str(&s->arena, pt_str_of(from->bundles[i]));
        if (!name.p)
            return no_memory(e);
        pt_obj_set(&all, name.p, pt_obj_end(&o));
    }
    if (from->n_bundles)
        s->bundles = pt_obj_end(&all);
    return from->n_bundles && !pt_defined(s->bundles) ? no_memory(e) : PT_OK;
}

// What opa.runtime() says: nothing of the process's environment.
static pt_value runtime(pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "env", pt_object_of(a, NULL, 0, NULL));
    pt_obj_set(&o, "version", pt_stringz(PT_OPA_VERSION));
    return pt_obj_end(&o);
}

static pt_code compile(pt_rest_set *s, pt_err *e) {
    pt_diagnostics d = {.arena = &s->arena, .max = PT_DIAGNOSTICS_DEFAULT};
    pt_compile_opts opts = {.data = s->load.data};
    s->compiler = pt_compile(&s->arena, &s->symbols, s->load.modules, s->load.n_modules, &opts, &d);
    if (!s->compiler)
        return say(&d, e);
    const pt_program *p = pt_compiled(s->compiler);
    s->data = s->load.data;
    s->nodes = p->nodes;
    s->runtime = runtime(&s->arena);
    s->by_node = PT_NEW(&s->arena, pt_rest_slot, p->n_nodes);
    s->below = PT_NEW(&s->arena, pt_rest_slot, BELOW_SLOTS);
    return s->by_node && s->below && pt_defined(s->runtime) ? PT_OK : no_memory(e);
}

pt_code pt_rest_set_new(pt_rest_set **ret, const pt_rest_source *source, pt_err *e) {
    pt_rest_set *s = calloc(1, sizeof *s);
    if (!s)
        return no_memory(e);
    s->arena.bytes_max = SET_BYTES_MAX;
    s->symbols.arena = &s->arena;
    pthread_mutex_init(&s->compiling, NULL);
    pthread_mutex_init(&s->desks_lock, NULL);
    PT_IGNORE(getrandom(&s->seed, sizeof s->seed, 0) < 0); // 0 is a seed too
    pt_diagnostics d = {.arena = &s->arena, .max = PT_DIAGNOSTICS_DEFAULT};
    pt_code code = load(s, source, &d, e);
    if (!code)
        code = compile(s, e);
    if (!code)
        code = revisions(s, source, e);
    s->load.diagnostics = NULL; // all of it is the caller's, or gone
    s->load.trust = NULL;
    s->load.ignore = NULL;
    if (code)
        pt_rest_set_free(s);
    else
        *ret = s;
    return code;
}

void pt_rest_set_free(pt_rest_set *s) {
    if (!s)
        return;
    for (size_t i = 0; i < PT_COUNT(s->desks); i++)
        pt_rest_desk_free(s->desks[i]);
    pthread_mutex_destroy(&s->compiling);
    pthread_mutex_destroy(&s->desks_lock);
    pt_arena_done(&s->arena);
    free(s);
}

// -- places ---------------------------------------------------------------------------------------

// A child of a node, or 0.
static uint32_t child(const pt_rest_set *s, uint32_t node, pt_value key) {
    uint32_t from = s->nodes[node].first;
    uint32_t to = from + s->nodes[node].n;
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        int order = pt_cmp(key, s->nodes[mid].key);
        if (order == 0)
            return mid;
        if (order < 0)
            to = mid;
        else
            from = mid + 1;
    }
    return 0;
}

static pt_value as_text(pt_arena *a, pt_value number) {
    char room[PT_NUMBER_ROOM];
    return pt_string(pt_arena_str(a, pt_number_text(number, room)));
}

static pt_value base_step(pt_arena *a, pt_value from, pt_value *step) {
    int64_t i;
    if (pt_tag_of(from) == PT_ARRAY)
        return pt_tag_of(*step) == PT_NUMBER && pt_to_int(*step, &i) && i >= 0
                   ? pt_at(from, (size_t)i)
                   : pt_undefined();
    if (pt_tag_of(from) == PT_OBJECT && pt_tag_of(*step) == PT_NUMBER)
        *step = as_text(a, *step);
    return pt_get_value(from, *step);
}

static pt_rest_place base_place(const pt_rest_set *s, pt_arena *a, pt_value *steps, size_t n) {
    pt_value v = s->data;
    for (size_t i = 0; i < n && pt_defined(v); i++)
        v = base_step(a, v, &steps[i]);
    return (pt_rest_place){.kind = pt_defined(v) ? PT_REST_BASE : PT_REST_NOTHING, .value = v};
}

pt_rest_place pt_rest_find(const pt_rest_set *s, pt_arena *a, pt_value *steps, size_t n) {
    uint32_t node = 0;
    size_t i = 0;
    bool rules = false; // some stand here, or on the way
    for (; i < n; i++) {
        uint32_t next = child(s, node, steps[i]);
        if (!next && pt_tag_of(steps[i]) == PT_NUMBER) {
            pt_value text = as_text(a, steps[i]);
            next = child(s, node, text);
            steps[i] = next ? text : steps[i];
        }
        if (!next)
            break;
        node = next;
        rules = rules || s->nodes[node].has_proc || s->nodes[node].open;
    }
    if (i == n)
        return (pt_rest_place){.kind = PT_REST_NODE, .node = node, .rest = n};
    if (rules)
        return (pt_rest_place){.kind = PT_REST_BELOW, .node = node, .rest = i};
    return base_place(s, a, steps, n);
}

// -- names ----------------------------------------------------------------------------------------

static bool is_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return s.n > 0;
}

pt_str pt_rest_ref(pt_arena *a, const pt_value *steps, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 20);
    char room[PT_NUMBER_ROOM];
    pt_buf_putz(&b, "data");
    for (size_t i = 0; i < n; i++) {
        pt_str text = pt_text(steps[i]);
        if (pt_tag_of(steps[i]) == PT_NUMBER) {
            text = pt_number_text(steps[i], room);
            pt_buf_printf(&b, "[%.*s]", PT_PRI(text));
        } else if (is_name(text)) {
            pt_buf_printf(&b, ".%.*s", PT_PRI(text));
        } else {
            pt_buf_putc(&b, '[');
            pt_json_put_string(&b, text, NULL);
            pt_buf_putc(&b, ']');
        }
    }
    return b.full ? (pt_str){NULL, 0} : pt_arena_str(a, pt_buf_str(&b));
}

// -- queries --------------------------------------------------------------------------------------

static pt_str wrong_text(pt_rest_set *s, const pt_diagnostics *d) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 16);
    pt_diagnostics_write(&b, d);
    return pt_arena_str(&s->arena, pt_str_trim(pt_buf_str(&b)));
}

// Under the lock. NULL: no memory.
static const pt_rest_query *make_query(pt_rest_set *s, pt_str text) {
    PT_AUTO(pt_arena_done) pt_arena said = {.bytes_max = 1 << 24};
    pt_diagnostics d = {.arena = &said, .max = PT_DIAGNOSTICS_DEFAULT};
    pt_query_opts opts = {.capture = true};
    pt_parse_opts parse = {.version = PT_REGO_V1, .builtin = is_builtin};
    pt_body body = {0};
    pt_rest_query *q = PT_NEW(&s->arena, pt_rest_query, 1);
    pt_source *source = PT_NEW(&s->arena, pt_source, 1);
    pt_str kept = pt_arena_str(&s->arena, text);
    if (!q || !source || !kept.p)
        return NULL;
    *source = (pt_source){.text = kept};
    q->text = kept;
    if (pt_parse_query(&s->symbols, source, &parse, &body, &d))
        q->query = pt_compile_query(s->compiler, &body, &opts, &d);
    if (!q->query && (d.full || !d.v.n))
        return NULL;
    if (!q->query)
        q->wrong = wrong_text(s, &d);
    q->program = *pt_compiled(s->compiler);
    return q;
}

static const pt_rest_query *of_node(pt_rest_set *s, uint32_t node, pt_str text, bool *ret_new) {
    const pt_rest_query *q = atomic_load_explicit(&s->by_node[node], memory_order_acquire);
    if (q)
        return q;
    pthread_mutex_lock(&s->compiling);
    q = atomic_load_explicit(&s->by_node[node], memory_order_relaxed);
    if (!q) {
        *ret_new = true;
        q = make_query(s, text);
        atomic_store_explicit(&s->by_node[node], q, memory_order_release);
    }
    pthread_mutex_unlock(&s->compiling);
    return q;
}

// Its slot, or the free one where it would be.
static pt_rest_slot *slot_of(const pt_rest_set *s, pt_str text, const pt_rest_query **ret) {
    size_t i = (size_t)pt_hash(pt_string(text), s->seed) % BELOW_SLOTS;
    for (;; i = (i + 1) % BELOW_SLOTS) {
        *ret = atomic_load_explicit(&s->below[i], memory_order_acquire);
        if (!*ret || pt_str_eq((*ret)->text, text))
            return &s->below[i];
    }
}

static const pt_rest_query *of_below(pt_rest_set *s, pt_str text, bool *ret_new) {
    const pt_rest_query *q;
    if (text.n > PT_REST_BELOW_BYTES_MAX)
        return NULL;
    slot_of(s, text, &q);
    if (q)
        return q;
    pthread_mutex_lock(&s->compiling);
    pt_rest_slot *slot = slot_of(s, text, &q);
    if (!q && s->n_below < PT_REST_BELOW_MAX) {
        *ret_new = true;
        s->n_below++; // also if it does not compile: trying has a price
        q = make_query(s, text);
        atomic_store_explicit(slot, q, memory_order_release);
    }
    pthread_mutex_unlock(&s->compiling);
    return q;
}

const pt_rest_query *pt_rest_query_of(pt_rest_set *s, const pt_rest_place *p, pt_str text,
                                      bool *ret_new) {
    return p->kind == PT_REST_NODE ? of_node(s, p->node, text, ret_new)
                                   : of_below(s, text, ret_new);
}
