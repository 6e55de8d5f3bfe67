// os-release(5): lines KEY=VALUE, the value quoted as a shell would.
#include "collect/packages/os/os.h"

// Without its quotes; of escapes only the four that the page names. False: quotes that do not end.
static bool unquote(pt_arena *a, pt_str s, pt_str *ret) {
    char quote = '\0';
    if (s.n)
        quote = s.p[0];
    if (quote != '"' && quote != '\'') {
        *ret = s;
        return true;
    }
    if (s.n < 2 || s.p[s.n - 1] != quote)
        return false;
    s = pt_str_sub(s, 1, s.n - 1);
    char *p = pt_arena_take(a, s.n);
    size_t n = 0;
    for (size_t i = 0; p && i < s.n; i++) {
        bool escape = quote == '"' && s.p[i] == '\\' && i + 1 < s.n &&
                      pt_str_find(PT_STR("\"\\$`"), s.p[i + 1]) < 4;
        p[n++] = s.p[escape ? ++i : i];
    }
    *ret = (pt_str){p, p ? n : 0};
    return p != NULL;
}

pt_code pt_read_os_release(pt_read *r, pt_str text, pt_err *e) {
    static const struct {
        const char *key, *name;
    } wanted[] = {{"ID", "id"},
                  {"ID_LIKE", "id_like"},
                  {"NAME", "distribution"},
                  {"PRETTY_NAME", "name"},
                  {"VERSION_CODENAME", "codename"},
                  {"VERSION_ID", "version"}};
    pt_obj o = {.a = r->a};
    pt_str line;
    for (uint32_t n = 1; pt_line_next(&text, &line); n++) {
        line = pt_str_trim(line);
        size_t equals = pt_str_find(line, '=');
        if (!line.n || line.p[0] == '#' || equals == line.n)
            continue;
        for (size_t i = 0; i < PT_COUNT(wanted); i++) {
            pt_str value = {0};
            if (!pt_str_eqz(pt_str_sub(line, 0, equals), wanted[i].key))
                continue;
            if (unquote(r->a, pt_str_sub(line, equals + 1, line.n), &value))
                pt_obj_set(&o, wanted[i].name, pt_string(value));
            else
                pt_fault_add(r, n, "quotes without an end");
        }
    }
    r->os = pt_obj_end(&o);
    return pt_defined(r->os) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
