// The items of an open composite are a binary tree in their order, kept in balance by chance: a
// node becomes the root of a merge with the probability of its share of the nodes. Objects and sets
// are searched by key, arrays by position.
#include <string.h>

#include "judge/policy/fn/edit_tree_impl.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/number_impl.h"

typedef enum gone { // what was deleted from an object is remembered: OPA tells it apart
    HERE,
    GONE_SCALAR,
    GONE_COMPOSITE,
} gone;

typedef struct tree tree;

typedef struct node {
    struct node *left, *right;
    size_t n; // nodes of this subtree
    pt_value key, value;
    tree *child; // what `value` has become, or NULL
    gone gone;
} node;

struct tree {
    pt_value base;  // as it was when it came here; undefined: the root was deleted
    pt_value shown; // the rendered value, if nothing was edited since
    node *root;
    node *edited; // the item of a set that was passed through since the set was last looked at
    bool open;
};

struct pt_edit {
    pt_call *c;
    tree root;
    uint64_t random;
};

pt_edit *pt_edit_new(pt_call *c, pt_value v) {
    pt_edit *e = PT_NEW(c->arena, pt_edit, 1);
    if (!e) {
        pt_call_full(c);
        return NULL;
    }
    *e = (pt_edit){.c = c, .root = {.base = v, .shown = v}, .random = 0x9e3779b97f4a7c15u};
    return e;
}

// A fault that ends in the text of a value.
static bool refuse(pt_edit *e, const char *before, pt_value v, const char *between, pt_value more) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 26);
    pt_buf_putz(&b, before);
    pt_fn_put_term(&b, v);
    pt_buf_putz(&b, between);
    if (pt_defined(more))
        pt_fn_put_term(&b, more);
    pt_call_fault(e->c, PT_FAULT_BUILTIN, "%.*s", PT_PRI(pt_buf_str(&b)));
    return false;
}

static bool refuse_scalar(pt_edit *e, pt_value v, pt_value key) {
    static const char *const types[] = {[PT_NULL] = "ast.Null)",
                                        [PT_BOOL] = "ast.Boolean)",
                                        [PT_NUMBER] = "ast.Number)",
                                        [PT_STRING] = "ast.String)"};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 26);
    pt_buf_putz(&b, "expected composite type");
    if (pt_defined(key)) {
        pt_buf_putz(&b, " for path ");
        pt_fn_put_term(&b, key);
    }
    pt_buf_putz(&b, ", found value: ");
    pt_fn_put_term(&b, v);
    pt_call_fault(e->c, PT_FAULT_BUILTIN, "%.*s (type: %s", PT_PRI(pt_buf_str(&b)),
                  types[pt_tag_of(v)]);
    return false;
}

// -- the tree of items ----------------------------------------------------------------------------

static size_t count(const node *t) {
    return t ? t->n : 0;
}

static node *with(node *t, node *left, node *right) {
    t->left = left;
    t->right = right;
    t->n = 1 + count(left) + count(right);
    return t;
}

static uint64_t chance(pt_edit *e, uint64_t below) {
    e->random ^= e->random << 13; // xorshift64
    e->random ^= e->random >> 7;
    e->random ^= e->random << 17;
    return e->random % below;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tree is high, which is logarithmic
static node *merge(pt_edit *e, node *a, node *b) {
    if (!a || !b)
        return a ? a : b;
    if (chance(e, a->n + b->n) < a->n)
        return with(a, a->left, merge(e, a->right, b));
    return with(b, merge(e, a, b->left), b->right);
}

// The first k nodes go to *ret_a.
// NOLINTNEXTLINE(misc-no-recursion): likewise
static void split(node *t, size_t k, node **ret_a, node **ret_b) {
    if (!t) {
        *ret_a = *ret_b = NULL;
        return;
    }
    if (k <= count(t->left)) {
        node *right;
        split(t->left, k, ret_a, &right);
        *ret_b = with(t, right, t->right);
    } else {
        node *left;
        split(t->right, k - count(t->left) - 1, &left, ret_b);
        *ret_a = with(t, t->left, left);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static node *build(node *nodes, size_t n) {
    if (n == 0)
        return NULL;
    size_t mid = n / 2;
    return with(&nodes[mid], build(nodes, mid), build(nodes + mid + 1, n - mid - 1));
}

static bool open_items(pt_edit *e, tree *t) {
    size_t n = pt_len(t->base);
    pt_tag tag = pt_tag_of(t->base);
    if (t->open)
        return true;
    node *nodes = PT_NEW(e->c->arena, node, n);
    if (!nodes || pt_call_stop(e->c)) {
        pt_call_full(e->c);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        nodes[i].value = tag == PT_OBJECT ? pt_val_at(t->base, i) : pt_at(t->base, i);
        nodes[i].key = tag == PT_OBJECT ? pt_key_at(t->base, i) : nodes[i].value;
    }
    t->root = build(nodes, n);
    t->open = true;
    return true;
}

static node *at(node *t, size_t i) {
    while (t && i != count(t->left)) {
        bool right = i > count(t->left);
        i -= right ? count(t->left) + 1 : 0;
        t = right ? t->right : t->left;
    }
    return t;
}

// How many keys are below `key`; *ret_found is the node that has it, or NULL.
static size_t rank_of(node *t, pt_value key, node **ret_found) {
    size_t rank = 0;
    *ret_found = NULL;
    while (t) {
        int order = pt_cmp(key, t->key);
        if (order > 0) {
            rank += count(t->left) + 1;
            t = t->right;
            continue;
        }
        if (order == 0)
            *ret_found = t;
        t = t->left;
    }
    return rank;
}

static bool put(pt_edit *e, tree *t, size_t i, pt_value key, pt_value v) {
    node *a;
    node *b;
    node *fresh = PT_NEW(e->c->arena, node, 1);
    if (!fresh) {
        pt_call_full(e->c);
        return false;
    }
    *fresh = (node){.n = 1, .key = key, .value = v};
    split(t->root, i, &a, &b);
    t->root = merge(e, merge(e, a, fresh), b);
    return true;
}

static void take(pt_edit *e, tree *t, size_t i) {
    node *a;
    node *b;
    node *dead;
    split(t->root, i, &a, &b);
    split(b, 1, &dead, &b);
    t->root = merge(e, a, b);
}

// -- rendering ------------------------------------------------------------------------------------

static pt_value render(pt_edit *e, tree *t);

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static void render_nodes(pt_edit *e, pt_tag tag, const node *t, pt_list *l) {
    if (!t || e->c->fault)
        return;
    render_nodes(e, tag, t->left, l);
    if (t->gone == HERE) {
        pt_value v = t->child ? render(e, t->child) : t->value;
        if (tag == PT_OBJECT)
            pt_list_add(l, t->key);
        pt_list_add(l, v);
    }
    render_nodes(e, tag, t->right, l);
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static pt_value render(pt_edit *e, tree *t) {
    if (!t->open || pt_defined(t->shown))
        return t->open ? t->shown : t->base;
    pt_tag tag = pt_tag_of(t->base);
    pt_arena *a = e->c->arena;
    pt_list l = {.a = a};
    render_nodes(e, tag, t->root, &l);
    if (l.full || pt_call_stop(e->c))
        return pt_call_full(e->c);
    t->shown = pt_call_made(e->c, tag == PT_OBJECT ? pt_object_of(a, l.items.v, l.items.n / 2, NULL)
                                  : tag == PT_ARRAY ? pt_array_of(a, l.items.v, l.items.n)
                                                    : pt_set_of(a, l.items.v, l.items.n));
    return t->shown;
}

// An item of a set that was edited has another place now.
static bool settle(pt_edit *e, tree *t) {
    node *old = t->edited;
    if (!old)
        return true;
    t->edited = NULL;
    pt_value v = render(e, old->child);
    if (!pt_defined(v) || pt_eq(v, old->key))
        return pt_defined(v);
    node *found;
    take(e, t, rank_of(t->root, old->key, &found));
    size_t rank = rank_of(t->root, v, &found);
    t->shown = pt_undefined();
    return found || put(e, t, rank, v, v);
}

// -- going down -----------------------------------------------------------------------------------

static bool index_of(pt_edit *e, size_t n, pt_value key, int64_t *ret) {
    const char *why = NULL;
    pt_str s = pt_text(key);
    switch (pt_tag_of(key)) {
    case PT_NUMBER:
        why = pt_num_index(key, ret) ? NULL : "invalid number type for indexing";
        break;
    case PT_STRING:
        *ret = (int64_t)n;
        if (pt_str_eqz(s, "-"))
            break;
        if (s.n && s.p[0] == '+')
            s = pt_str_sub(s, 1, s.n);
        if (s.n > 1 && s.p[0] == '0')
            why = "leading zeros are not allowed in JSON paths";
        else if (!pt_num_index(pt_number(s), ret))
            why = "invalid string for indexing";
        break;
    default:
        why = "invalid type for indexing";
        break;
    }
    if (why)
        pt_call_fault(e->c, PT_FAULT_BUILTIN, "%s", why);
    return !why;
}

// The item under `key`, or NULL with a fault.
static node *find(pt_edit *e, tree *t, pt_value key) {
    node *found;
    int64_t i;
    pt_tag tag = pt_tag_of(t->base);
    if (!open_items(e, t) || !settle(e, t))
        return NULL;
    if (tag == PT_ARRAY) {
        if (!index_of(e, count(t->root), key, &i))
            return NULL;
        found = i < 0 ? NULL : at(t->root, (size_t)i);
        if (!found)
            refuse(e, "path ", pt_int(i), " does not exist in array term ", t->base);
        return found;
    }
    rank_of(t->root, key, &found);
    if (!found && tag == PT_SET) {
        bool now = PT_KIND(pt_tag_of(key)) & PT_COMPOSITE; // or as it was before all edits
        pt_value set = now ? render(e, t) : t->base;
        refuse(e, "path ", key, " does not exist in set term ", set);
    } else if (!found) {
        refuse(e, "path ", key, " does not exist in object term ", t->base);
    }
    if (found && found->gone)
        refuse(e,
               found->gone == GONE_SCALAR
                   ? "cannot unfold the already deleted scalar node for key "
                   : "cannot unfold the already deleted composite node for key ",
               key, "", pt_undefined());
    return e->c->fault ? NULL : found;
}

// The tree under the first n keys of the path; what is passed through is not `shown` any more if it
// is going to be edited.
static tree *unfold(pt_edit *e, pt_value path, size_t n, bool edits) {
    tree *t = &e->root;
    if (n > PT_VALUE_DEPTH_MAX) {
        pt_call_fault(e->c, PT_FAULT_LIMIT, "a path of more than %u keys", PT_VALUE_DEPTH_MAX);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        pt_value key = pt_at(path, i);
        if (!pt_defined(t->base)) {
            pt_call_fault(e->c, PT_FAULT_BUILTIN,
                          "nil value encountered where composite value was expected");
            return NULL;
        }
        if (pt_tag_of(t->base) < PT_ARRAY) { // nothing to go into
            refuse_scalar(e, t->base, key);
            return NULL;
        }
        node *next = find(e, t, key);
        if (!next)
            return NULL;
        if (!next->child)
            next->child = PT_NEW(e->c->arena, tree, 1);
        if (!next->child) {
            pt_call_full(e->c);
            return NULL;
        }
        if (!pt_defined(next->child->base))
            *next->child = (tree){.base = next->value, .shown = next->value};
        if (edits)
            t->shown = pt_undefined();
        if (edits && pt_tag_of(t->base) == PT_SET)
            t->edited = next;
        t = next->child;
    }
    if (edits)
        t->shown = pt_undefined();
    return t;
}

// -- edits ----------------------------------------------------------------------------------------

static bool insert_key(pt_edit *e, tree *t, pt_value key, pt_value v) {
    node *found;
    size_t rank = rank_of(t->root, key, &found);
    if (!found)
        return put(e, t, rank, key, v);
    found->key = key;
    found->value = v;
    found->child = NULL;
    found->gone = HERE;
    return true;
}

static bool insert_item(pt_edit *e, tree *t, pt_value key, pt_value v) {
    int64_t i;
    size_t n = count(t->root);
    switch (pt_tag_of(t->base)) {
    case PT_OBJECT:
        return insert_key(e, t, key, v);
    case PT_SET:
        if (!pt_eq(key, v))
            return refuse(e, "set key ", key, " does not equal value to be inserted ", v);
        return insert_key(e, t, key, v);
    default:
        if (!index_of(e, n, key, &i))
            return false;
        if (i >= 0 && (uint64_t)i <= n)
            return put(e, t, (size_t)i, pt_null(), v);
        pt_call_fault(e->c, PT_FAULT_BUILTIN, "index for array insertion out of bounds");
        return false;
    }
}

// The tree whose item is named by the path's last key, opened.
static tree *place(pt_edit *e, pt_value path, const char *verb) {
    tree *t = unfold(e, path, pt_len(path) - 1, true);
    if (!t)
        return NULL;
    if (!pt_defined(t->base)) {
        pt_call_fault(e->c, PT_FAULT_BUILTIN, "deleted node encountered during %s operation", verb);
        return NULL;
    }
    if (pt_tag_of(t->base) < PT_ARRAY) { // nothing to go into
        refuse_scalar(e, t->base, pt_undefined());
        return NULL;
    }
    return open_items(e, t) && settle(e, t) ? t : NULL;
}

bool pt_edit_insert(pt_edit *e, pt_value path, pt_value v) {
    if (pt_len(path) == 0) {
        e->root = (tree){.base = v, .shown = v};
        return true;
    }
    tree *t = place(e, path, "insert");
    return t && insert_item(e, t, pt_at(path, pt_len(path) - 1), v);
}

static bool delete_key(pt_edit *e, tree *t, pt_value key) {
    node *found;
    size_t rank = rank_of(t->root, key, &found);
    bool composite = found && (PT_KIND(pt_tag_of(found->value)) & PT_COMPOSITE);
    if (!found)
        return refuse(e, "cannot delete child key ", key, " that does not exist", pt_undefined());
    if (found->gone)
        return refuse(e,
                      found->gone == GONE_SCALAR
                          ? "cannot delete the already deleted scalar node for key "
                          : "cannot delete the already deleted composite node for key ",
                      key, "", pt_undefined());
    if (pt_tag_of(t->base) == PT_SET && composite) {
        take(e, t, rank);
        return true;
    }
    found->gone = composite ? GONE_COMPOSITE : GONE_SCALAR;
    found->child = NULL;
    return true;
}

bool pt_edit_delete(pt_edit *e, pt_value path) {
    int64_t i;
    if (pt_len(path) == 0) {
        if (!pt_defined(e->root.base))
            pt_call_fault(e->c, PT_FAULT_BUILTIN,
                          "deleted node encountered during delete operation");
        e->root = (tree){0};
        return !e->c->fault;
    }
    pt_value key = pt_at(path, pt_len(path) - 1);
    tree *t = place(e, path, "delete");
    if (!t)
        return false;
    if (pt_tag_of(t->base) != PT_ARRAY)
        return delete_key(e, t, key);
    if (!index_of(e, count(t->root), key, &i))
        return false;
    if (i >= 0 && (uint64_t)i < count(t->root)) {
        take(e, t, (size_t)i);
        return true;
    }
    pt_call_fault(e->c, PT_FAULT_BUILTIN, "index for array delete out of bounds");
    return false;
}

pt_value pt_edit_render(pt_edit *e, pt_value path) {
    tree *t = unfold(e, path, pt_len(path), false);
    return t ? render(e, t) : pt_undefined();
}

pt_tag pt_edit_tag(pt_edit *e, pt_value path) {
    tree *t = unfold(e, path, pt_len(path), false);
    pt_call *c = e->c;
    if (t)
        return pt_tag_of(t->base);
    if (c->fault == PT_FAULT_BUILTIN) {
        c->fault = PT_FAULT_NONE;
        c->message = (pt_str){0};
    }
    return PT_UNDEFINED;
}

pt_value pt_edit_end(pt_edit *e) {
    return render(e, &e->root);
}
