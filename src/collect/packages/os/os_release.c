// os-release(5), and lsb-release: lines KEY=VALUE, the value quoted as a shell would.
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

typedef struct wanted {
    const char *key, *name;
} wanted;

// The values of these keys, up to one without a name, under the names that `os` has for them.
static pt_value read_values(pt_read *r, pt_str text, const wanted *keys) {
    pt_obj o = {.a = r->a};
    pt_str line;
    for (uint32_t n = 1; pt_line_next(&text, &line); n++) {
        line = pt_str_trim(line);
        size_t equals = pt_str_find(line, '=');
        if (!line.n || line.p[0] == '#' || equals == line.n)
            continue;
        for (const wanted *w = keys; w->name; w++) {
            pt_str value = {0};
            if (!pt_str_eqz(pt_str_sub(line, 0, equals), w->key))
                continue;
            if (unquote(r->a, pt_str_sub(line, equals + 1, line.n), &value))
                pt_obj_set(&o, w->name, pt_string(value));
            else
                pt_fault_add(r, n, "quotes without an end");
        }
    }
    return pt_obj_end(&o);
}

pt_code pt_read_os_release(pt_read *r, pt_str text, pt_err *e) {
    static const wanted keys[] = {{"ID", "id"},
                                  {"ID_LIKE", "id_like"},
                                  {"NAME", "distribution"},
                                  {"PRETTY_NAME", "name"},
                                  {"VERSION_CODENAME", "codename"},
                                  {"VERSION_ID", "version"},
                                  {0}};
    r->os = read_values(r, text, keys);
    return pt_defined(r->os) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_read_lsb_release(pt_read *r, pt_str text, pt_err *e) {
    static const wanted keys[] = {{"DISTRIB_ID", "id"},
                                  {"DISTRIB_DESCRIPTION", "name"},
                                  {"DISTRIB_CODENAME", "codename"},
                                  {"DISTRIB_RELEASE", "version"},
                                  {0}};
    pt_value v = read_values(r, text, keys);
    pt_obj o = {.a = r->a};
    pt_str id = pt_text(pt_getz(v, "id"));
    if (!id.n)
        pt_fault_add(r, 1, "nothing that names a system");
    for (size_t i = 0; i < pt_len(v); i++) // "Ubuntu" here is "ubuntu" in os-release
        pt_obj_put(&o, pt_text(pt_key_at(v, i)),
                   pt_str_eqz(pt_text(pt_key_at(v, i)), "id") ? pt_string(pt_arena_lower(r->a, id))
                                                              : pt_val_at(v, i));
    r->os = pt_obj_end(&o);
    return pt_defined(r->os) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
