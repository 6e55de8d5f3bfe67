// daemon.json, changed at one place: an administrator's file keeps its order, blanks and all else.
#include "cli/guard.h"
#include "value/json.h"

#define MEMBER "authorization-plugins"

// The document and its list of plugins (undefined: it has none).
static pt_code read_list(pt_arena *a, pt_str text, pt_value *ret_doc, pt_value *ret_list,
                         pt_err *e) {
    pt_code code = pt_json_parse(a, text, &(pt_json_opts){.dup_refuse = true}, ret_doc, e);
    if (code)
        return code;
    *ret_list = pt_getz(*ret_doc, MEMBER);
    bool good = pt_tag_of(*ret_doc) == PT_OBJECT &&
                (!pt_defined(*ret_list) || pt_tag_of(*ret_list) == PT_ARRAY);
    for (size_t i = 0; i < pt_len(*ret_list); i++)
        good = good && pt_tag_of(pt_at(*ret_list, i)) == PT_STRING;
    return good ? PT_OK
                : pt_err_set(e, PT_E_FORMAT,
                             "dockerd would not start with it: " MEMBER " must be a list of texts");
}

static bool lists(pt_value list, pt_str name) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_eq(pt_text(pt_at(list, i)), name))
            return true;
    return false;
}

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_blanks(pt_str text, size_t at) {
    while (at < text.n && blank(text.p[at]))
        at++;
    return at;
}

static pt_str spliced(pt_arena *a, pt_str text, size_t from, size_t to, pt_str by) {
    pt_str rest = pt_str_sub(text, to, text.n);
    return pt_arena_printf(a, "%.*s%.*s%.*s", (int)from, text.p, PT_PRI(by), PT_PRI(rest));
}

// What came out must be the same document but for the list.
static pt_code check(pt_arena *a, pt_str text, pt_str name, bool wanted, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_value list = pt_undefined();
    pt_code code =
        text.p ? read_list(a, text, &doc, &list, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code && lists(list, name) != wanted)
        code = pt_err_set(e, PT_E_FORMAT, "the list of plugins cannot be changed in this file");
    if (code)
        pt_err_remedy(e, "change " MEMBER " by hand");
    return code;
}

pt_code pt_daemon_json_add(pt_arena *a, pt_str text, pt_str name, pt_str *ret, bool *ret_changed,
                           pt_err *e) {
    pt_value doc = pt_undefined();
    pt_value list = pt_undefined();
    if (!pt_str_trim(text).n)
        text = PT_STR("{\n}\n");
    pt_code code = read_list(a, text, &doc, &list, e);
    if (code)
        return code;
    *ret_changed = !lists(list, name);
    *ret = text;
    if (!*ret_changed)
        return PT_OK;
    bool whole;
    size_t at =
        pt_defined(list) ? pt_json_locate(text, PT_STR(MEMBER), &whole) : pt_str_find(text, '{');
    const char *comma = pt_len(pt_defined(list) ? list : doc) ? "," : "";
    pt_str by = pt_defined(list)
                    ? pt_arena_printf(a, "\"%.*s\"%s", PT_PRI(name), *comma ? ", " : "")
                    : pt_arena_printf(a, "\n  \"" MEMBER "\": [\"%.*s\"]%s", PT_PRI(name), comma);
    *ret = spliced(a, text, at + 1, at + 1, by);
    return check(a, *ret, name, true, e);
}

// The member as pt_daemon_json_add wrote it, when nothing else is in its list: [from, to).
static bool own_member(pt_arena *a, pt_str text, pt_str name, size_t *ret_from, size_t *ret_to) {
    pt_str own = pt_arena_printf(a, "\n  \"" MEMBER "\": [\"%.*s\"]", PT_PRI(name));
    *ret_from = pt_str_find_str(text, own);
    *ret_to = *ret_from + own.n;
    if (!own.p || *ret_from >= text.n)
        return false;
    if (*ret_to < text.n && text.p[*ret_to] == ',')
        ++*ret_to;
    return true;
}

// The text `name` in the list, with the comma that goes with it: [from, to).
static bool own_word(pt_arena *a, pt_str text, pt_str name, size_t *ret_from, size_t *ret_to) {
    bool whole;
    size_t at = pt_json_locate(text, PT_STR(MEMBER), &whole);
    pt_str word = pt_arena_printf(a, "\"%.*s\"", PT_PRI(name));
    *ret_from = at + pt_str_find_str(pt_str_sub(text, at, text.n), word);
    if (!word.p || *ret_from >= text.n)
        return false;
    *ret_to = skip_blanks(text, *ret_from + word.n);
    if (*ret_to < text.n && text.p[*ret_to] == ',') {
        *ret_to = skip_blanks(text, *ret_to + 1);
        return true;
    }
    *ret_to = *ret_from + word.n;
    size_t before = *ret_from;
    while (before > at && blank(text.p[before - 1]))
        before--;
    if (text.p[before - 1] == ',')
        *ret_from = before - 1;
    return true;
}

pt_code pt_daemon_json_remove(pt_arena *a, pt_str text, pt_str name, pt_str *ret, bool *ret_changed,
                              pt_err *e) {
    pt_value doc = pt_undefined();
    pt_value list = pt_undefined();
    pt_code code = read_list(a, text, &doc, &list, e);
    if (code)
        return code;
    *ret_changed = lists(list, name);
    *ret = text;
    if (!*ret_changed)
        return PT_OK;
    size_t from;
    size_t to;
    if (own_member(a, text, name, &from, &to) || own_word(a, text, name, &from, &to))
        *ret = spliced(a, text, from, to, (pt_str){0});
    return check(a, *ret, name, false, e);
}

// -- other members --------------------------------------------------------------------------------

static pt_code read_members(pt_arena *a, pt_str text, pt_value *ret, pt_err *e) {
    pt_code code = pt_json_parse(a, text, &(pt_json_opts){.dup_refuse = true}, ret, e);
    if (!code && pt_tag_of(*ret) != PT_OBJECT)
        code = pt_err_set(e, PT_E_FORMAT, "dockerd would not start with it: it is no object");
    return code;
}

pt_code pt_daemon_json_set(pt_arena *a, pt_str text, const char *member, const char *value,
                           pt_str *ret, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_value wanted = pt_undefined();
    if (!pt_str_trim(text).n)
        text = PT_STR("{\n}\n");
    pt_code code = read_members(a, text, &doc, e);
    if (!code)
        code = pt_json_parse(a, pt_str_of(value), NULL, &wanted, e);
    if (code)
        return code;
    pt_value now = pt_getz(doc, member);
    *ret = text;
    if (pt_defined(now) && !pt_eq(now, wanted)) {
        code = pt_err_set(e, PT_E_FORMAT, "%s is set already, and not to %s", member, value);
        pt_err_remedy(e, "take it out, or set up dockerd's TLS by hand");
        return code;
    }
    if (pt_defined(now))
        return PT_OK;
    size_t at = pt_str_find(text, '{') + 1;
    pt_str by = pt_arena_printf(a, "\n  \"%s\": %s%s", member, value, pt_len(doc) ? "," : "");
    *ret = spliced(a, text, at, at, by);
    return ret->p ? read_members(a, *ret, &doc, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

bool pt_daemon_json_has(pt_arena *a, pt_str text, const char *member, const char *value) {
    pt_value doc = pt_undefined();
    pt_value wanted = pt_undefined();
    return !read_members(a, text, &doc, NULL) &&
           !pt_json_parse(a, pt_str_of(value), NULL, &wanted, NULL) &&
           pt_eq(pt_getz(doc, member), wanted);
}

pt_code pt_daemon_json_unset(pt_arena *a, pt_str text, const char *member, const char *value,
                             pt_str *ret, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_str own = pt_arena_printf(a, "\n  \"%s\": %s", member, value);
    size_t from = own.p ? pt_str_find_str(text, own) : text.n;
    size_t to = from + own.n;
    *ret = text;
    if (from < text.n) {
        bool comma = to < text.n && text.p[to] == ',';
        to += comma;
        while (!comma && from > 0 && blank(text.p[from - 1]))
            from--;
        if (!comma && from > 0 && text.p[from - 1] == ',')
            from--; // it was the last one
        *ret = spliced(a, text, from, to, (pt_str){0});
    }
    pt_code code =
        ret->p ? read_members(a, *ret, &doc, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code && pt_defined(pt_getz(doc, member)))
        code = pt_err_set(e, PT_E_FORMAT, "%s cannot be taken out of this file", member);
    if (code)
        pt_err_remedy(e, "take out %s by hand", member);
    return code;
}
