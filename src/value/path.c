#include "value/path.h"

#include "value/json_impl.h"

static bool plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static size_t plain_length(pt_str s) {
    size_t n = 0;
    while (n < s.n && plain(s.p[n]))
        n++;
    return n;
}

// The inside of brackets, at the beginning of s: its length, or 0.
static size_t bracketed(pt_str s, pt_arena *a, pt_step *ret) {
    if (s.n > 0 && s.p[0] == '"') {
        pt_json_raw raw = pt_json_raw_string(s.p + 1, s.p + s.n);
        if (raw.bad || (raw.escaped && !a))
            return 0;
        *ret = (pt_step){.key = pt_json_cook(&raw, a)};
        return ret->key.p ? (size_t)(raw.to - s.p) + 1 : 0;
    }
    size_t n = pt_str_find(s, ']');
    int64_t index;
    if (!pt_str_int(pt_str_sub(s, 0, n), 10, &index) || index < 0 || index > UINT32_MAX)
        return 0;
    *ret = (pt_step){.is_index = true, .index = (uint32_t)index};
    return n;
}

// One step at the beginning of s: its length, or 0.
static size_t take(pt_str s, pt_arena *a, pt_step *ret) {
    if (s.p[0] != '[') {
        size_t n = plain_length(s);
        *ret = (pt_step){.key = pt_str_sub(s, 0, n)};
        return n;
    }
    size_t n = bracketed(pt_str_sub(s, 1, s.n), a, ret);
    return n && n + 1 < s.n && s.p[n + 1] == ']' ? n + 2 : 0;
}

bool pt_path_next(pt_str *rest, pt_arena *a, pt_step *ret, bool *ret_bad) {
    if (rest->n == 0)
        return false;
    pt_step step;
    size_t n = take(*rest, a, &step);
    pt_str left = pt_str_sub(*rest, n, rest->n);
    bool bad = n == 0;
    if (left.n > 0 && left.p[0] == '.') { // a point stands only before a plain key
        left = pt_str_sub(left, 1, left.n);
        bad |= plain_length(left) == 0;
    } else if (left.n > 0) {
        bad |= left.p[0] != '[';
    }
    if (bad) {
        *ret_bad = true;
        return false;
    }
    *rest = left;
    *ret = step;
    return true;
}

pt_value pt_path_get(pt_value v, const char *path) {
    pt_str rest = pt_str_of(path);
    pt_step step;
    bool bad = false;
    while (pt_defined(v) && pt_path_next(&rest, NULL, &step, &bad))
        v = !step.is_index      ? pt_get(v, step.key)
            : v.tag == PT_ARRAY ? pt_at(v, step.index)
                                : pt_undefined();
    return bad ? pt_undefined() : v;
}

void pt_path_key(pt_buf *b, pt_str key) {
    if (key.n > 0 && plain_length(key) == key.n) {
        if (b->n > 0)
            pt_buf_putc(b, '.');
        pt_buf_put(b, key);
        return;
    }
    pt_buf_putc(b, '[');
    pt_json_put_string(b, key, NULL);
    pt_buf_putc(b, ']');
}

void pt_path_index(pt_buf *b, size_t index) {
    pt_buf_printf(b, "[%zu]", index);
}
