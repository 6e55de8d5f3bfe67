// What packages say of their files, brought together with the files. Paths are followed through
// links to folders (a package's "lib/x" is the file usr/lib/x where lib is a link).
#include "collect/packages/claims.h"

#include "collect/image/layers_impl.h"

// Where dpkg puts other packages' file of a path instead.
typedef struct moved {
    pt_str path, to, owner;
} moved;

typedef struct joining {
    pt_layers *l;
    pt_arena scratch; // of one claim
    pt_map moves;     // hash of a path -> moved *
    pt_map gone;      // hash of a path -> const pt_file *, the last that stood there
    pt_code (*take)(struct joining *j, const pt_claim *c, pt_err *e);
} joining;

// -- the files ------------------------------------------------------------------------------------

static pt_code take_move(joining *j, const pt_claim *c, pt_err *e) {
    pt_arena *a = j->l->a;
    if (!(c->flags & PT_CLAIM_MOVED))
        return PT_OK;
    moved *m = PT_NEW(a, moved, 1);
    if (!m)
        return pt_layers_full(e);
    *m = (moved){pt_arena_str(a, c->path), pt_arena_str(a, c->sum), c->owner};
    return pt_map_put(&j->moves, pt_path_hash(m->path), m) ? PT_OK : pt_layers_full(e);
}

static pt_str path_of(const joining *j, const pt_claim *c) {
    const moved *m = pt_map_get(&j->moves, pt_path_hash(c->path));
    bool moves = m && pt_str_eq(m->path, c->path) && !pt_str_eq(m->owner, c->owner);
    return moves ? m->to : c->path;
}

static pt_code miss(joining *j, pt_claim *c, pt_str real, pt_err *e) {
    const pt_file *f = pt_map_get(&j->gone, pt_path_hash(real));
    const pt_claim **at = PT_PUSH(j->l->a, &j->l->files.missing);
    if (!at)
        return pt_layers_full(e);
    c->gone_by = f && pt_str_eq(f->path, real) ? f->gone_by : 0;
    *at = c;
    return PT_OK;
}

static pt_code take_claim(joining *j, const pt_claim *said, pt_err *e) {
    pt_layers *l = j->l;
    pt_claim *c = NULL;
    if (said->flags & PT_CLAIM_MOVED)
        return PT_OK;
    c = PT_NEW(l->a, pt_claim, 1);
    if (!c)
        return pt_layers_full(e);
    *c = *said;
    c->path = pt_arena_str(l->a, path_of(j, said));
    if (!c->path.p)
        return pt_layers_full(e);
    pt_node *n = pt_tree_at(&l->tree, c->path);
    pt_str real = n && n->file ? c->path : pt_tree_resolve(&l->tree, &j->scratch, c->path, false);
    n = pt_tree_at(&l->tree, real);
    if (!n || !n->file)
        return miss(j, c, real, e);
    c->other = n->file->said;
    n->file->said = c;
    return PT_OK;
}

// Of whoever diverts a path, or of nobody, is what stands there: the others' lists still name it.
static pt_code take_diverted(joining *j, const pt_claim *c, pt_err *e) {
    const moved *m =
        c->flags & PT_CLAIM_MOVED ? pt_map_get(&j->moves, pt_path_hash(c->path)) : NULL;
    (void)e;
    if (!m)
        return PT_OK;
    pt_node *n = pt_tree_at(&j->l->tree, m->path);
    if (!n || !n->file)
        n = pt_tree_at(&j->l->tree, pt_tree_resolve(&j->l->tree, &j->scratch, m->path, false));
    if (n && n->file)
        n->file->diverted = !n->file->said;
    return PT_OK;
}

// -- all of them ----------------------------------------------------------------------------------

static pt_code take_node(joining *j, const pt_node *n, pt_err *e) {
    pt_value names = pt_getz(n->event, "owners");
    pt_str type = pt_text(pt_getz(n->event, "kind"));
    pt_claim_last last = {.n = 0};
    pt_str rest = n->claims;
    pt_claim c;
    uint32_t owner = 0;
    pt_code code = PT_OK;
    while (!code && pt_claim_next(&rest, &last, &c, &owner)) {
        pt_arena_clear(&j->scratch);
        c.type = type;
        c.owner = pt_text(pt_at(names, owner));
        code = j->take(j, &c, e);
    }
    if (!code && rest.n)
        code = pt_err_set(e, PT_E_CORRUPT, "its reader tells of packages what no reader tells");
    return code;
}

// Of the system's own lists alone, where they belong.
static bool counts(const pt_node *n) {
    bool maybe = pt_true(pt_getz(n->event, "maybe"));
    return n->in_place && n->claims.n && pt_true(pt_getz(n->event, "system")) &&
           (!maybe || pt_reader_of(n->path));
}

static pt_code take_all(joining *j, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < j->l->tree.nodes.n; i++)
        if (counts(j->l->tree.nodes.v[i]))
            code = take_node(j, j->l->tree.nodes.v[i], e);
    return code;
}

pt_code pt_layers_claims(pt_layers *l, pt_err *e) {
    joining j = {.l = l, .moves = {.a = l->a}, .gone = {.a = l->a}, .take = take_move};
    pt_code code = l->tree.nodes.n ? take_all(&j, e) : PT_OK;
    for (size_t i = 0; !code && i < l->files.gone.n; i++) {
        pt_file *f = &l->files.gone.v[i];
        if (!pt_map_put(&j.gone, pt_path_hash(f->path), f))
            code = pt_layers_full(e);
    }
    j.take = take_claim;
    if (!code)
        code = take_all(&j, e);
    j.take = take_diverted;
    if (!code)
        code = take_all(&j, e);
    pt_arena_done(&j.scratch);
    return code;
}
