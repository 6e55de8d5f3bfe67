#include "value/json.h"

#include "collect/packages/lock/lock.h"

typedef struct bracket {
    size_t from, to;
    uint32_t line, end;
    uint32_t around; // index of the one that it stands in; its own: none
} bracket;

struct pt_json_lines {
    pt_str text;
    PT_VEC(bracket) all; // by `from`
};

// Behind the string that begins at `at`.
static size_t skip_string(pt_str text, size_t at) {
    for (at++; at < text.n && text.p[at] != '"'; at++)
        at += text.p[at] == '\\';
    return at + 1;
}

static bool open_bracket(pt_arena *a, pt_json_lines *l, size_t at, uint32_t line, uint32_t *open) {
    uint32_t i = (uint32_t)l->all.n;
    bracket *b = i < UINT32_MAX ? PT_PUSH(a, &l->all) : NULL;
    if (!b)
        return false;
    *b = (bracket){.from = at, .to = l->text.n, .line = line, .end = line, .around = i};
    if (*open != UINT32_MAX)
        b->around = *open;
    *open = i;
    return true;
}

static void close_bracket(pt_json_lines *l, size_t at, uint32_t line, uint32_t *open) {
    if (*open == UINT32_MAX)
        return;
    bracket *b = &l->all.v[*open];
    b->to = at;
    b->end = line;
    *open = b->around == *open ? UINT32_MAX : b->around;
}

const pt_json_lines *pt_json_lines_new(pt_arena *a, pt_str text) {
    pt_json_lines *l = PT_NEW(a, pt_json_lines, 1);
    uint32_t line = 1;
    uint32_t open = UINT32_MAX;
    bool ok = l != NULL;
    if (l)
        l->text = text;
    for (size_t at = 0; ok && at < text.n; at++) {
        char c = text.p[at];
        line += c == '\n';
        if (c == '"')
            at = skip_string(text, at) - 1;
        else if (c == '{' || c == '[')
            ok = open_bracket(a, l, at, line, &open);
        else if (c == '}' || c == ']')
            close_bracket(l, at, line, &open);
    }
    return ok ? l : NULL;
}

// The innermost one around the offset.
static const bracket *bracket_around(const pt_json_lines *l, size_t at) {
    size_t low = 0;
    size_t high = l->all.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->all.v[middle].from < at)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    const bracket *b = &l->all.v[low - 1];
    while (b->to < at && b->around != (uint32_t)(b - l->all.v))
        b = &l->all.v[b->around];
    return b->to < at ? NULL : b;
}

// Keys do not serve: objects of one shape share theirs.
void pt_json_lines_find(const pt_json_lines *l, pt_value v, uint32_t *ret_line, uint32_t *ret_end) {
    const bracket *b = NULL;
    for (size_t i = 0; l && !b && i < pt_len(v); i++) {
        pt_value s = pt_vals(v)[i];
        size_t at = (uintptr_t)s.s - (uintptr_t)l->text.p;
        if (pt_tag_of(s) == PT_STRING && at < l->text.n)
            b = bracket_around(l, at);
    }
    *ret_line = b ? b->line : 0;
    *ret_end = b ? b->end : 0;
}

// As the programs do that read these files, a byte-order mark is passed over.
static pt_code parse(pt_arena *a, pt_str text, pt_value *ret, pt_err *e) {
    bool mark = pt_str_starts(text, PT_STR("\xef\xbb\xbf"));
    return pt_json_parse(a, pt_str_sub(text, mark ? 3 : 0, text.n), NULL, ret, e);
}

pt_value pt_lock_beside(pt_read *r, pt_str name, bool tell) {
    pt_str text = r->beside ? r->beside(r, name) : (pt_str){0};
    pt_value v = pt_undefined();
    pt_err e = {0};
    if (text.n && parse(r->a, text, &v, &e)) {
        v = pt_undefined();
        pt_str what = pt_arena_printf(r->a, "of %.*s beside it: %s", PT_PRI(name), e.what);
        if (tell && what.p)
            pt_fault_add(r, e.line, what.p);
    }
    return v;
}
