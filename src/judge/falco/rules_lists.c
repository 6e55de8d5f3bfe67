// Lists: their names in conditions give way to their items, as text. So a list may hold whatever a
// condition can be made of, and its name is replaced within quotes, too.
#include <string.h>

#include "judge/falco/rules_impl.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// What may stand beside a name.
static bool is_delimiter(char c) {
    return is_blank(c) || c == '(' || c == ')' || c == ',' || c == '=';
}

// -- the items ------------------------------------------------------------------------------------

static bool push(pt_falco_loader *l, pt_falco_strs *to, pt_str item) {
    pt_str *slot = PT_PUSH(l->a, to);
    if (!slot)
        return pt_falco_no_memory(l);
    *slot = item;
    return true;
}

// The items of a list that was defined before, where its name is an item: one level deep.
static bool expand(pt_falco_loader *l, pt_falco_list_def *list) {
    list->expanded = (pt_falco_strs){0};
    for (size_t i = 0; i < list->items.n; i++) {
        pt_falco_list_def *other = pt_falco_find(&l->lists, list->items.v[i]);
        bool seen = other && other->index < list->visible;
        size_t n = seen ? other->items.n : 1;
        const pt_str *from = seen ? other->items.v : &list->items.v[i];
        if (seen)
            other->used = true;
        for (size_t k = 0; k < n; k++) {
            l->text_bytes += from[k].n;
            if (l->text_bytes > PT_FALCO_TEXT_BYTES_MAX)
                return pt_falco_too_much(l, "lists whose items are too much text");
            if (!push(l, &list->expanded, from[k]))
                return false;
        }
    }
    return true;
}

static void put_item(pt_buf *b, pt_str item) {
    bool quote = pt_str_find(item, ' ') < item.n && item.p[0] != '"' && item.p[0] != '\'';
    pt_buf_putz(b, b->n ? ", " : "");
    pt_buf_putz(b, quote ? "\"" : "");
    pt_buf_put(b, item);
    pt_buf_putz(b, quote ? "\"" : "");
}

static bool put_text(pt_falco_loader *l, pt_falco_list_def *list) {
    pt_buf b = PT_BUF(PT_FALCO_TEXT_BYTES_MAX);
    for (size_t i = 0; i < list->expanded.n; i++)
        put_item(&b, list->expanded.v[i]);
    bool fits = !b.full;
    list->text = pt_arena_str(l->a, pt_buf_str(&b));
    pt_buf_done(&b);
    if (!fits)
        return pt_falco_too_much(l, "lists whose items are too much text");
    return list->text.p || pt_falco_no_memory(l);
}

static bool has_delimiter(pt_str name) {
    for (size_t i = 0; i < name.n; i++)
        if (is_delimiter(name.p[i]))
            return true;
    return false;
}

bool pt_falco_expand_lists(pt_falco_loader *l) {
    size_t n = l->lists.all.n;
    for (size_t i = 0; i < n; i++) {
        pt_falco_list_def *list = l->lists.all.v[i];
        list->used = false;
        list->number = i;
        list->odd_name = has_delimiter(list->name);
    }
    for (size_t i = 0; i < n; i++) {
        pt_falco_list_def *list = l->lists.all.v[i];
        if (!expand(l, list) || !put_text(l, list))
            return false;
    }
    l->wanted = PT_NEW(l->a, uint64_t, n / 64 + 1);
    return l->wanted || pt_falco_no_memory(l);
}

// -- the conditions -------------------------------------------------------------------------------

// Where the name stands between delimiters, from `at` on; cond.n: nowhere.
static size_t find_name(pt_str cond, size_t at, pt_str name) {
    while (at < cond.n) {
        at += pt_str_find_str(pt_str_sub(cond, at, cond.n), name);
        size_t end = at + name.n;
        if (end > cond.n)
            return cond.n;
        if ((at == 0 || is_delimiter(cond.p[at - 1])) &&
            (end == cond.n || is_delimiter(cond.p[end])))
            return at;
        at++;
    }
    return cond.n;
}

// The text up to the name, the items, and the place behind: an empty list takes a comma with it.
static size_t put_instead(pt_buf *b, pt_str cond, size_t end, pt_str items) {
    while (b->n && is_blank(b->p[b->n - 1]))
        b->n--;
    while (end < cond.n && is_blank(cond.p[end]))
        end++;
    if (!items.n && b->n && b->p[b->n - 1] == ',')
        b->n--;
    else if (!items.n && end < cond.n && cond.p[end] == ',')
        end++;
    if (b->n)
        pt_buf_putc(b, ' ');
    pt_buf_put(b, items);
    pt_buf_putc(b, ' ');
    return end;
}

// *cond with each occurrence of the list's name replaced, if there is one.
static bool put_list(pt_falco_loader *l, const pt_falco_list_def *list, pt_str *cond,
                     bool *ret_used) {
    l->searched += cond->n;
    if (l->searched > PT_FALCO_SEARCH_MAX)
        return pt_falco_too_much(l, "too many lists in conditions that are too long");
    size_t found = find_name(*cond, 0, list->name);
    *ret_used = found < cond->n;
    if (!*ret_used)
        return true;
    pt_buf b = PT_BUF(PT_FILTER_BYTES_MAX);
    size_t at = 0;
    for (; found < cond->n; found = find_name(*cond, at, list->name)) {
        pt_buf_put(&b, pt_str_sub(*cond, at, found));
        at = put_instead(&b, *cond, found + list->name.n, list->text);
    }
    pt_buf_put(&b, pt_str_sub(*cond, at, cond->n));
    l->text_bytes += b.n;
    bool fits = !b.full && l->text_bytes <= PT_FALCO_TEXT_BYTES_MAX;
    *cond = pt_arena_str(l->a, pt_buf_str(&b));
    pt_buf_done(&b);
    if (!fits)
        return pt_falco_too_much(l, "conditions that are too long with the items of their lists");
    return cond->p || pt_falco_no_memory(l);
}

// Which lists have a name that stands in the text.
static void want(pt_falco_loader *l, pt_str text) {
    for (size_t at = 0; at < text.n;) {
        size_t end = at;
        while (end < text.n && !is_delimiter(text.p[end]))
            end++;
        const pt_falco_list_def *list = pt_falco_find(&l->lists, pt_str_sub(text, at, end));
        if (list)
            l->wanted[list->number / 64] |= UINT64_C(1) << (list->number % 64);
        at = end + 1;
    }
}

bool pt_falco_put_lists(pt_falco_loader *l, pt_str condition, pt_str *ret) {
    size_t n = l->lists.all.n;
    memset(l->wanted, 0, (n / 64 + 1) * sizeof *l->wanted);
    want(l, condition);
    for (size_t i = 0; i < n; i++) {
        pt_falco_list_def *list = l->lists.all.v[i];
        bool wanted = l->wanted[i / 64] >> (i % 64) & 1;
        bool used = false;
        if (!wanted && !list->odd_name)
            continue;
        if (!put_list(l, list, &condition, &used))
            return false;
        if (used) {
            list->used = true;
            want(l, list->text);
        }
    }
    *ret = condition;
    return true;
}
