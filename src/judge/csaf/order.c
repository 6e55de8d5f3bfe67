#include "judge/csaf/csaf.h"
#include "judge/csaf/impl.h"

// The string that begins at *at, without its quotes; *at is then behind it.
static pt_str string_at(pt_str s, size_t *at) {
    size_t from = ++*at;
    while (*at < s.n && s.p[*at] != '"')
        *at += s.p[*at] == '\\' ? 2 : 1;
    pt_str found = pt_str_sub(s, from, *at);
    ++*at;
    return found;
}

static bool is_key(pt_str s, size_t at) {
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\n' || s.p[at] == '\r' || s.p[at] == '\t'))
        at++;
    return at < s.n && s.p[at] == ':';
}

bool pt_csaf_keys_sorted(pt_str json) {
    pt_str last[PT_CSAF_DEPTH_MAX] = {0}; // the key before, of each object that is open
    size_t depth = 0;
    for (size_t at = 0; at < json.n;) {
        char c = json.p[at];
        if (c == '"') {
            pt_str text = string_at(json, &at);
            if (!is_key(json, at) || depth >= PT_CSAF_DEPTH_MAX)
                continue;
            if (pt_str_cmp(last[depth], text) > 0)
                return false;
            last[depth] = text;
            continue;
        }
        if (c == '{' || c == '[') {
            depth++;
            if (depth < PT_CSAF_DEPTH_MAX)
                last[depth] = (pt_str){0};
        }
        depth -= (c == '}' || c == ']') && depth;
        at++;
    }
    return true;
}
