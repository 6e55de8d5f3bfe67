#include "judge/vuln/match/testing_index.h"

#include "value/json.h"

typedef struct row {
    pt_str field[8];
} row;

enum {
    ECOSYSTEM,
    NAME,
    STATE,
    INTRODUCED,
    FIXED,
    LAST,
    MODULE,
    ADVISORY
};

struct pt_index {
    row rows[256];
    uint32_t n;
    pt_str notes;
};

static const char *const states[] = {
    [PT_ADVISED_AFFECTED] = "affected",       [PT_ADVISED_NOT_AFFECTED] = "not affected",
    [PT_ADVISED_WONT_FIX] = "won't fix",      [PT_ADVISED_DEFERRED] = "deferred",
    [PT_ADVISED_END_OF_LIFE] = "end of life", [PT_ADVISED_UNKNOWN] = "unknown"};

const char *pt_advised_name(pt_advised_state s) {
    return states[s];
}

pt_index *pt_fake_index(pt_arena *a, const char *text) {
    pt_index *x = PT_NEW(a, pt_index, 1);
    pt_str rest = pt_str_of(text);
    pt_str line;
    x->notes = rest;
    while (pt_str_split(&rest, '\n', &line)) {
        row *r = &x->rows[x->n];
        pt_str field;
        if (!pt_str_trim(line).n || pt_str_trim(line).p[0] == '@')
            continue;
        pt_assert(x->n < PT_COUNT(x->rows));
        for (size_t i = 0; i < PT_COUNT(r->field) && pt_str_split(&line, '|', &field); i++)
            r->field[i] = pt_str_trim(field);
        x->n++;
    }
    return x;
}

static pt_advised_state state_of(pt_str word) {
    for (size_t i = 0; i < PT_COUNT(states); i++)
        if (pt_str_eqz(word, states[i]))
            return (pt_advised_state)i;
    return PT_ADVISED_AFFECTED;
}

static pt_version_scheme scheme_of(pt_str ecosystem) {
    pt_version_scheme scheme = PT_VERSION_RPM;
    pt_str base = pt_str_sub(ecosystem, 0, pt_str_find(ecosystem, ':'));
    PT_IGNORE(pt_version_scheme_of(base, &scheme)); // "Red Hat", "Rocky Linux": rpm
    return scheme;
}

// NOLINTNEXTLINE(readability-function-size): as index.h has it
pt_code pt_index_find(const pt_index *x, pt_arena *a, pt_str ecosystem, pt_str name,
                      pt_advised_list *ret, bool *ret_known, pt_err *e) {
    *ret_known = false;
    for (uint32_t i = 0; i < x->n; i++) {
        const row *r = &x->rows[i];
        if (!pt_str_eq(r->field[ECOSYSTEM], ecosystem))
            continue;
        *ret_known = true;
        if (!pt_str_eq(r->field[NAME], name))
            continue;
        pt_advised *s = PT_PUSH(a, &ret->of);
        if (!s)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *s = (pt_advised){.advisory = i,
                          .state = state_of(r->field[STATE]),
                          .scheme = scheme_of(ecosystem),
                          .module = r->field[MODULE],
                          .ranges = i};
    }
    return PT_OK;
}

// Its rows have no dates.
pt_code pt_index_oldest(const pt_index *x, pt_str ecosystem, bool *ret_any, pt_time_ns *ret,
                        pt_err *e) {
    (void)x, (void)ecosystem, (void)e;
    *ret_any = false;
    *ret = 0;
    return PT_OK;
}

pt_code pt_advised_holds(const pt_index *x, const pt_advised *s, pt_str version, bool *ret_holds,
                         pt_advised_range *ret, pt_err *e) {
    const row *r = &x->rows[s->ranges];
    pt_str from = r->field[INTRODUCED].n ? r->field[INTRODUCED] : PT_STR("0");
    int order = 0;
    bool holds = true;
    *ret = (pt_advised_range){from, r->field[FIXED], r->field[LAST], false};
    if (!pt_version_valid(s->scheme, version))
        return pt_err_set(e, PT_E_FORMAT, "\"%.*s\" is no version of %.*s", PT_PRI(version),
                          PT_PRI(pt_version_scheme_name(s->scheme)));
    if (!pt_str_eqz(from, "0"))
        holds = !pt_version_compare(s->scheme, version, from, &order, NULL) && order >= 0;
    if (holds && ret->fixed.n)
        holds = !pt_version_compare(s->scheme, version, ret->fixed, &order, NULL) && order < 0;
    if (holds && ret->last.n)
        holds = !pt_version_compare(s->scheme, version, ret->last, &order, NULL) && order <= 0;
    *ret_holds = holds;
    return PT_OK;
}

pt_code pt_index_advisory(const pt_index *x, uint32_t advisory, pt_arena *a, pt_value *ret,
                          pt_err *e) {
    pt_str id = x->rows[advisory].field[ADVISORY];
    pt_str notes = x->notes;
    pt_str line;
    pt_obj o = {.a = a};
    pt_value more = pt_undefined();
    pt_obj_set(&o, "id", pt_string(id));
    while (pt_str_split(&notes, '\n', &line)) {
        pt_str text = pt_str_trim(line);
        pt_str name = pt_str_sub(text, 1, pt_str_find(text, ' '));
        if (!text.n || text.p[0] != '@' || !pt_str_eq(name, id))
            continue;
        pt_code code = pt_json_parse(a, pt_str_sub(text, name.n + 1, text.n), NULL, &more, e);
        if (code)
            return code;
    }
    for (size_t i = 0; i < pt_len(more); i++)
        pt_obj_put(&o, pt_arena_str(a, pt_text(pt_key_at(more, i))), pt_val_at(more, i));
    *ret = pt_obj_end(&o);
    return pt_defined(*ret) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
