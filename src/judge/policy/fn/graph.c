// graph.reachable, graph.reachable_paths and walk.
#include "judge/policy/fn/family.h"

// -- graphs: vertices are numbered by their place among the graph's keys
// ---------------------------

typedef struct graph {
    pt_call *c;
    pt_value edges;   // the operand
    pt_value numbers; // the same keys to their numbers
    uint32_t *marks;  // by number
} graph;

static bool graph_init(graph *g, pt_call *c, const pt_value *args) {
    pt_list pairs = {.a = c->arena};
    if (!(PT_KIND(pt_tag_of(args[1])) & PT_COLLECTION)) {
        pt_call_fault(c, PT_FAULT_TYPE, "operand 2 must be {array, set} but got %s",
                      pt_tag_name(pt_tag_of(args[1])));
        return false;
    }
    for (size_t i = 0; i < pt_len(args[0]); i++) {
        pt_list_add(&pairs, pt_key_at(args[0], i));
        pt_list_add(&pairs, pt_int((int64_t)i));
    }
    *g = (graph){.c = c,
                 .edges = args[0],
                 .numbers = pt_object_of(c->arena, pairs.items.v, pairs.items.n / 2, NULL),
                 .marks = PT_NEW(c->arena, uint32_t, pt_len(args[0]))};
    if (!pairs.full && pt_defined(g->numbers) && g->marks)
        return true;
    pt_call_full(c);
    return false;
}

static bool number_of(const graph *g, pt_value vertex, size_t *ret) {
    int64_t i;
    if (!pt_to_int(pt_get_value(g->numbers, vertex), &i))
        return false;
    *ret = (size_t)i;
    return true;
}

// An array or a set; what is neither has no items.
static size_t degree(pt_value v) {
    return v.tag == PT_ARRAY || v.tag == PT_SET ? pt_len(v) : 0;
}

static bool visit(graph *g, pt_value vertices, pt_list *queue) {
    for (size_t i = 0; i < degree(vertices); i++) {
        size_t at;
        if (!number_of(g, pt_at(vertices, i), &at) || g->marks[at])
            continue;
        g->marks[at] = 1;
        pt_list_add(queue, pt_at(vertices, i));
    }
    return !queue->full && !pt_call_stop(g->c);
}

static pt_value reachable(pt_call *c, const pt_value *args) {
    graph g;
    pt_list queue = {.a = c->arena};
    if (!graph_init(&g, c, args))
        return pt_undefined();
    bool good = visit(&g, args[1], &queue);
    for (size_t i = 0; good && i < queue.items.n; i++)
        good = visit(&g, pt_get_value(g.edges, queue.items.v[i]), &queue);
    return good ? pt_call_made(c, pt_set_of(c->arena, queue.items.v, queue.items.n))
                : pt_call_full(c);
}

// -- paths: every simple one from the initial vertices, by depth
// ------------------------------------

typedef struct step {
    size_t vertex;
    size_t next; // neighbour to look at
    bool kept;   // the path up to here is in the result
} step;

typedef struct search {
    graph g;
    PT_VEC(step) steps;
    PT_VEC(pt_value) path;
    pt_list found;
} search;

static bool keep(search *s) {
    step *top = &s->steps.v[s->steps.n - 1];
    if (!top->kept)
        pt_list_add(&s->found, pt_array_of(s->g.c->arena, s->path.v, s->path.n));
    top->kept = true;
    return !s->found.full;
}

static bool push(search *s, size_t vertex) {
    step *fresh = PT_PUSH(s->g.c->arena, &s->steps);
    if (fresh)
        *fresh = (step){.vertex = vertex};
    pt_value *end = PT_PUSH(s->g.c->arena, &s->path);
    if (end)
        *end = pt_key_at(s->g.edges, vertex);
    s->g.marks[vertex]++; // the first one may stand twice: OPA does not see its loops
    return fresh && end;
}

static bool advance(search *s) {
    step *top = &s->steps.v[s->steps.n - 1];
    pt_value neighbours = pt_val_at(s->g.edges, top->vertex);
    size_t at;
    if (degree(neighbours) == 0 && !keep(s))
        return false;
    if (top->next >= degree(neighbours)) {
        s->g.marks[top->vertex]--;
        s->steps.n--;
        s->path.n--;
        return true;
    }
    if (!number_of(&s->g, pt_at(neighbours, top->next++), &at))
        return keep(s);
    return s->g.marks[at] && s->steps.n > 1 ? keep(s) : push(s, at);
}

static pt_value reachable_paths(pt_call *c, const pt_value *args) {
    search s = {.found = {.a = c->arena}};
    bool good = graph_init(&s.g, c, args);
    for (size_t i = 0; good && i < pt_len(args[1]); i++) {
        size_t at;
        if (!number_of(&s.g, pt_at(args[1], i), &at))
            continue;
        good = push(&s, at);
        for (size_t n = 0; good && s.steps.n > 0; n++)
            good = advance(&s) && (n % 1000 != 999 || !pt_call_stop(c));
    }
    if (!good)
        return pt_call_full(c);
    return pt_call_made(c, pt_set_of(c->arena, s.found.items.v, s.found.items.n));
}

// -- walk -----------------------------------------------------------------------------------------

typedef struct walker {
    pt_call *c;
    pt_list found;
    PT_VEC(pt_value) path;
} walker;

static bool found(walker *w, pt_value v) {
    pt_value pair[] = {pt_array_of(w->c->arena, w->path.v, w->path.n), v};
    if (pt_defined(pair[0]))
        pt_list_add(&w->found, pt_array_of(w->c->arena, pair, 2));
    return pt_defined(pair[0]) && !w->found.full && !pt_call_stop(w->c);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static bool walk_value(walker *w, pt_value v) {
    pt_tag tag = pt_tag_of(v);
    if (!found(w, v))
        return false;
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value *key = PT_PUSH(w->c->arena, &w->path);
        if (!key)
            return false;
        *key = tag == PT_OBJECT  ? pt_key_at(v, i)
               : tag == PT_ARRAY ? pt_int((int64_t)i)
                                 : pt_at(v, i);
        if (!walk_value(w, tag == PT_OBJECT ? pt_val_at(v, i) : pt_at(v, i)))
            return false;
        w->path.n--;
    }
    return true;
}

static pt_value walk(pt_call *c, const pt_value *args) {
    walker w = {.c = c, .found = {.a = c->arena}};
    return walk_value(&w, args[0]) ? pt_call_made(c, pt_list_end(&w.found)) : pt_call_full(c);
}

static const pt_fn table[] = {
    {"graph.reachable",
     "(graph: object[any: any<array[any], set[any]>], initial: any<array[any], set[any]>) => "
     "output: set[any]",
     reachable,
     2,
     0,
     {OBJ, 0}},
    {"graph.reachable_paths",
     "(graph: object[any: any<array[any], set[any]>], initial: any<array[any], set[any]>) => "
     "output: set[array[any]]",
     reachable_paths,
     2,
     0,
     {OBJ, 0}},
    {"walk", "(x: any) => output: array<array[any], any>", walk, 1, PT_FN_RELATION, {0}},
};
const pt_fn_family pt_fn_graph = PT_FN_FAMILY(table);
