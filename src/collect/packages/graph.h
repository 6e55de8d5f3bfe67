// The packages of one lock file and what each of them needs, until all of it is known.
#pragma once

#include "collect/packages/read.h"

typedef struct pt_graph_node {
    pt_package package; // with a relationship if it is one of the project's own
    pt_str key;         // by which others name it
    bool direct;        // the project itself asks for it,
    bool used;          // … something of it does, to run,
    bool develop;       // … or to develop
    bool twin;          // another node stands for it
    PT_VEC(uint32_t) needs;
} pt_graph_node;

typedef struct pt_graph {
    pt_arena *a;
    PT_VEC(pt_graph_node) nodes;
    uint32_t *by_key; // sorted by key, then version
    bool related;     // what the project asks for is known: everything else is indirect
} pt_graph;

#define PT_GRAPH_NONE     UINT32_MAX
#define PT_GRAPH_SAME_MAX 32u // versions of one package that are looked through

// First all packages, then the index, then what they need.
PT_CHECK pt_code pt_graph_add(pt_graph *g, const pt_package *p, pt_str key, pt_err *e);
PT_CHECK pt_code pt_graph_index(pt_graph *g, pt_err *e);
// The packages with this key: *ret_n of them, at most PT_GRAPH_SAME_MAX, the numbers of their
// nodes.
const uint32_t *pt_graph_all(const pt_graph *g, pt_str key, size_t *ret_n);
// The one with this version as well, or with an empty one the first; PT_GRAPH_NONE: there is none.
uint32_t pt_graph_find(const pt_graph *g, pt_str key, pt_str version);
PT_CHECK pt_code pt_graph_need(pt_graph *g, uint32_t node, uint32_t needed, pt_err *e);
// The project asks for it.
void pt_graph_ask(pt_graph *g, uint32_t node, bool develop);
// Give all of them to the reader.
PT_CHECK pt_code pt_graph_put(pt_graph *g, pt_read *r, pt_err *e);
