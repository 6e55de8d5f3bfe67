#include "collect/packages/node/folders.h"

#include <stdlib.h>

bool pt_folders_add(pt_folders *t, pt_str folder, pt_str name, size_t index) {
    pt_folder_item *i = PT_PUSH(t->a, &t->items);
    if (i)
        *i = (pt_folder_item){folder, name, index};
    return i != NULL;
}

// By bytes, but "/" before all others: what is in a folder follows it at once ("a", "a/b", "a-b").
static int path_cmp(pt_str a, pt_str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    size_t i = 0;
    while (i < n && a.p[i] == b.p[i])
        i++;
    if (i == n)
        return (a.n > b.n) - (a.n < b.n);
    int x = a.p[i] == '/' ? -1 : (unsigned char)a.p[i];
    int y = b.p[i] == '/' ? -1 : (unsigned char)b.p[i];
    return (x > y) - (x < y);
}

static int by_folder_and_name(const void *a, const void *b) {
    const pt_folder_item *x = a;
    const pt_folder_item *y = b;
    int c = path_cmp(x->folder, y->folder);
    return c ? c : pt_str_cmp(x->name, y->name);
}

static bool is_above(pt_str folder, pt_str path) {
    bool all = folder.n == 0 || folder.n == path.n;
    return pt_str_starts(path, folder) && (all || path.p[folder.n] == '/');
}

// The nearest one above (or at) the path, from a scope that stands before it in the order.
static const pt_folder_scope *climb(const pt_folders *t, size_t at, pt_str path) {
    const pt_folder_scope *s = &t->scopes.v[at];
    while (!is_above(s->folder, path)) {
        if (s->around == (size_t)(s - t->scopes.v))
            return NULL;
        s = &t->scopes.v[s->around];
    }
    return s;
}

bool pt_folders_link(pt_folders *t) {
    if (t->items.n)
        qsort(t->items.v, t->items.n, sizeof *t->items.v, by_folder_and_name);
    for (size_t i = 0; i < t->items.n; i++) {
        size_t last = t->scopes.n - 1;
        if (t->scopes.n && pt_str_eq(t->scopes.v[last].folder, t->items.v[i].folder)) {
            t->scopes.v[last].n++;
            continue;
        }
        pt_folder_scope *s = PT_PUSH(t->a, &t->scopes);
        if (!s)
            return false;
        *s = (pt_folder_scope){t->items.v[i].folder, i, 1, t->scopes.n - 1};
        const pt_folder_scope *above = t->scopes.n > 1 ? climb(t, last, s->folder) : NULL;
        if (above)
            s->around = (size_t)(above - t->scopes.v);
    }
    return true;
}

const pt_folder_scope *pt_folders_from(const pt_folders *t, pt_str folder) {
    size_t low = 0;
    size_t high = t->scopes.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (path_cmp(t->scopes.v[middle].folder, folder) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? climb(t, low - 1, folder) : NULL;
}

static const pt_folder_item *item_of(const pt_folders *t, const pt_folder_scope *s, pt_str name) {
    const pt_folder_item *items = t->items.v + s->from;
    size_t low = 0;
    size_t high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pt_str_cmp(items[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n && pt_str_eq(items[low].name, name) ? &items[low] : NULL;
}

bool pt_folders_find(const pt_folders *t, const pt_folder_scope *from, pt_str name,
                     size_t *ret_index) {
    const pt_folder_item *found = NULL;
    for (const pt_folder_scope *s = from; s && !found;) {
        found = item_of(t, s, name);
        s = s->around == (size_t)(s - t->scopes.v) ? NULL : &t->scopes.v[s->around];
    }
    if (found)
        *ret_index = found->index;
    return found != NULL;
}
