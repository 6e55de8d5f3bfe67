#include "cli/policy_notes.h"

#include "value/json.h"

enum {
    WIDTH = 80,
    LINE_BYTES_MAX = 1 << 20,
};

// -- JSON -----------------------------------------------------------------------------------------

// A ref as OPA writes it: the first step is a variable.
static pt_value ref_of(pt_arena *a, pt_value first, pt_value steps, size_t from) {
    pt_list list = {.a = a};
    for (size_t i = from; i <= pt_len(steps); i++) {
        pt_value step = i == 0 ? first : pt_at(steps, i - 1);
        bool head = i == from;
        pt_obj o = {.a = a};
        pt_obj_set(&o, "type", pt_stringz(head ? "var" : pt_tag_name(step.tag)));
        pt_obj_set(&o, "value", step);
        pt_list_add(&list, pt_obj_end(&o));
    }
    return pt_list_end(&list);
}

static pt_value schemas_of(pt_arena *a, pt_value v) {
    static const char *const refs[] = {"path", "schema"};
    pt_list list = {.a = a};
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value one = pt_at(v, i);
        pt_obj o = {.a = a};
        pt_obj_maybe(&o, "definition", pt_getz(one, "definition"));
        for (size_t k = 0; k < PT_COUNT(refs); k++)
            if (pt_len(pt_getz(one, refs[k])))
                pt_obj_set(&o, refs[k], ref_of(a, pt_undefined(), pt_getz(one, refs[k]), 1));
        pt_list_add(&list, pt_obj_end(&o));
    }
    return pt_list_end(&list);
}

// An author has a name, be it empty.
static pt_value authors_of(pt_arena *a, pt_value v) {
    pt_list list = {.a = a};
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value name = pt_getz(pt_at(v, i), "name");
        pt_obj o = {.a = a};
        pt_obj_maybe(&o, "email", pt_getz(pt_at(v, i), "email"));
        pt_obj_set(&o, "name", pt_defined(name) ? name : pt_stringz(""));
        pt_list_add(&list, pt_obj_end(&o));
    }
    return pt_list_end(&list);
}

static pt_value says_of(pt_arena *a, pt_value says) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(says); i++) {
        pt_str key = pt_text(pt_key_at(says, i));
        pt_str name = pt_arena_str(a, key);
        pt_value v = pt_val_at(says, i);
        if (!name.p)
            return pt_undefined();
        pt_obj_set(&o, name.p,
                   pt_str_eqz(key, "schemas")   ? schemas_of(a, v)
                   : pt_str_eqz(key, "authors") ? authors_of(a, v)
                                                : v);
    }
    return pt_obj_end(&o);
}

pt_value pt_policy_notes_json(pt_arena *a, const pt_load_contents *c) {
    pt_list list = {.a = a};
    for (size_t i = 0; i < c->notes.n; i++) {
        const pt_load_note *n = &c->notes.v[i];
        pt_obj place = {.a = a};
        pt_obj o = {.a = a};
        pt_obj_set(&place, "col", pt_int(n->place.column));
        pt_obj_set(&place, "file", pt_string(n->place.source->file));
        pt_obj_set(&place, "row", pt_int(n->place.row));
        pt_obj_set(&o, "annotations", says_of(a, n->says));
        pt_obj_set(&o, "location", pt_obj_end(&place));
        pt_obj_set(&o, "path", ref_of(a, pt_stringz("data"), n->path, 0));
        pt_list_add(&list, pt_obj_end(&o));
    }
    return pt_list_end(&list);
}

// -- text -----------------------------------------------------------------------------------------

// Lines are kept, all else that acts on terminals is written out.
static void put_safe_lines(pt_buf *b, pt_str s) {
    pt_str line;
    for (bool first = true; pt_str_split(&s, '\n', &line); first = false) {
        pt_buf_putz(b, first ? "" : "\n");
        pt_buf_put_safe(b, line);
    }
}

static void put_json(pt_buf *b, pt_value v) {
    PT_IGNORE(pt_json_write(b, v, &(pt_json_opts){.html_safe = true}, NULL)); // `b` is then full
}

static bool is_name(pt_str s) {
    bool ok = s.n > 0 && !(s.p[0] >= '0' && s.p[0] <= '9');
    for (size_t i = 0; i < s.n && ok; i++)
        ok = s.p[i] == '_' || (s.p[i] >= '0' && s.p[i] <= '9') ||
             ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z');
    return ok;
}

// Put "a.b["c-d"]".
static void put_ref(pt_buf *b, pt_value steps) {
    for (size_t i = 0; i < pt_len(steps); i++) {
        pt_value step = pt_at(steps, i);
        bool plain = step.tag == PT_STRING && (i == 0 || is_name(pt_text(step)));
        pt_buf_putz(b, !plain ? "[" : i ? "." : "");
        if (plain)
            pt_buf_put_safe(b, pt_text(step));
        else
            put_json(b, step);
        pt_buf_putz(b, plain ? "" : "]");
    }
}

// A line of a list: " KEY: value", keys padded, cut at the page's width.
static void put_line(pt_buf *b, pt_str key, const char *between, size_t wide, pt_str value) {
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(LINE_BYTES_MAX);
    pt_buf_putc(&line, ' ');
    pt_buf_put_safe(&line, key);
    if (value.n) {
        pt_buf_putz(&line, between);
        pt_buf_fill(&line, ' ', wide > key.n ? wide - key.n : 0);
        pt_buf_put_safe(&line, value);
    }
    pt_str s = pt_buf_str(&line);
    size_t to = s.n < WIDTH ? s.n : WIDTH - 3;
    while (to > 0 && to < s.n && ((unsigned char)s.p[to] & 0xc0) == 0x80)
        to--;
    pt_buf_put(b, pt_str_sub(s, 0, to));
    pt_buf_putz(b, to < s.n ? "...\n" : "\n");
}

// What one item of a list shows.
typedef void item(pt_value v, pt_buf *key, pt_buf *value);

static void item_text(pt_value v, pt_buf *key, pt_buf *value) {
    (void)key;
    pt_buf_put(value, pt_text(v));
}

static void item_author(pt_value v, pt_buf *key, pt_buf *value) {
    pt_str name = pt_text(pt_getz(v, "name"));
    pt_str email = pt_text(pt_getz(v, "email"));
    (void)key;
    pt_buf_put(value, name);
    if (email.n)
        pt_buf_printf(value, "%s<%.*s>", name.n ? " " : "", PT_PRI(email));
}

static void item_schema(pt_value v, pt_buf *key, pt_buf *value) {
    put_ref(key, pt_getz(v, "path"));
    if (pt_len(pt_getz(v, "schema")))
        put_ref(value, pt_getz(v, "schema"));
    else
        put_json(value, pt_getz(v, "definition"));
}

static void item_resource(pt_value v, pt_buf *key, pt_buf *value) {
    pt_buf_put(key, pt_text(pt_getz(v, "ref")));
    pt_buf_put(value, pt_text(pt_getz(v, "description")));
}

static const struct {
    const char *name, *title, *between;
    item *item;
} LISTS[] = {
    {"organizations", "Organizations", "", item_text},
    {"authors", "Authors", "", item_author},
    {"schemas", "Schemas", ": ", item_schema},
    {"related_resources", "Related Resources", " ", item_resource},
};

static void put_list(pt_buf *b, size_t which, pt_value list) {
    size_t wide = 0;
    if (pt_len(list) == 0)
        return;
    pt_buf_printf(b, "%s:\n", LISTS[which].title);
    for (size_t pass = 0; pass < 2; pass++) // first how wide the keys are
        for (size_t i = 0; i < pt_len(list); i++) {
            PT_AUTO(pt_buf_done) pt_buf key = PT_BUF(LINE_BYTES_MAX);
            PT_AUTO(pt_buf_done) pt_buf value = PT_BUF(LINE_BYTES_MAX);
            LISTS[which].item(pt_at(list, i), &key, &value);
            wide = key.n > wide ? key.n : wide;
            if (pass)
                put_line(b, pt_buf_str(&key), LISTS[which].between, wide, pt_buf_str(&value));
        }
    pt_buf_putc(b, '\n');
}

static void put_custom(pt_buf *b, pt_value custom) {
    size_t wide = 0;
    if (pt_len(custom) == 0)
        return;
    pt_buf_putz(b, "Custom:\n");
    for (size_t i = 0; i < pt_len(custom); i++)
        wide = pt_text(pt_key_at(custom, i)).n > wide ? pt_text(pt_key_at(custom, i)).n : wide;
    for (size_t i = 0; i < pt_len(custom); i++) {
        PT_AUTO(pt_buf_done) pt_buf value = PT_BUF(LINE_BYTES_MAX);
        put_json(&value, pt_val_at(custom, i));
        put_line(b, pt_text(pt_key_at(custom, i)), ": ", wide, pt_buf_str(&value));
    }
    pt_buf_putc(b, '\n');
}

static void put_title(pt_buf *b, const pt_load_note *n) {
    PT_AUTO(pt_buf_done) pt_buf title = PT_BUF(LINE_BYTES_MAX);
    pt_str said = pt_str_trim(pt_text(pt_getz(n->says, "title")));
    if (said.n)
        pt_buf_put_safe(&title, said);
    else
        put_ref(&title, n->path);
    pt_buf_put(b, pt_buf_str(&title));
    pt_buf_putc(b, '\n');
    pt_buf_fill(b, '=', title.n < WIDTH ? title.n : WIDTH);
    pt_buf_putz(b, "\n\n");
}

static void put_place(pt_buf *b, const pt_load_note *n) {
    pt_str scope = pt_text(pt_getz(n->says, "scope"));
    pt_buf_putz(b, "Package:  ");
    pt_buf_put_safe(b, n->package);
    if (n->rule.p) {
        pt_buf_putz(b, "\nRule:     ");
        pt_buf_put_safe(b, n->rule);
    }
    pt_buf_putz(b, "\nLocation: ");
    pt_buf_put_safe(b, n->place.source->file);
    pt_buf_printf(b, ":%u\n", n->place.row);
    if (scope.n)
        pt_buf_printf(b, "Scope: %.*s\n", PT_PRI(scope));
    if (pt_true(pt_getz(n->says, "entrypoint")))
        pt_buf_putz(b, "Entrypoint: true\n");
    pt_buf_putc(b, '\n');
}

void pt_policy_notes_put(pt_buf *b, const pt_load_contents *c) {
    if (c->notes.n)
        pt_buf_putz(b, "ANNOTATIONS:\n");
    for (size_t i = 0; i < c->notes.n; i++) {
        const pt_load_note *n = &c->notes.v[i];
        pt_str description = pt_text(pt_getz(n->says, "description"));
        put_title(b, n);
        if (description.n) {
            put_safe_lines(b, description);
            pt_buf_putz(b, "\n\n");
        }
        put_place(b, n);
        for (size_t k = 0; k < PT_COUNT(LISTS); k++)
            put_list(b, k, pt_getz(n->says, LISTS[k].name));
        put_custom(b, pt_getz(n->says, "custom"));
    }
}
