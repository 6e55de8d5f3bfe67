// What a decision leaves behind. Never the body, never a header: the body is known by its digest,
// and the user's name, which is a person's, by one with a salt that stands in the log alone.
#include "respond/guard/docker/guard_impl.h"
#include "value/json.h"

enum {
    PATH_BYTES_MAX = 512,
    RULES_MAX = 64,
    TEXT_BYTES_MAX = 64 << 10,
    SALT_BYTES = 16,
};

static const char *word_of(const pt_guard_decision *d, pt_guard_mode mode) {
    if (d->end == PT_GUARD_HARMLESS || d->end == PT_GUARD_ALLOWED)
        return "allow";
    return mode == PT_GUARD_ENFORCE ? "deny" : "would deny";
}

static pt_value digest_of(pt_arena *a, const pt_str *parts, size_t n, size_t bytes) {
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    pt_hash256 h = pt_sha256(parts, n);
    pt_hex_put(&hex, (pt_str){(const char *)h.b, sizeof h.b});
    pt_obj o = {.a = a};
    pt_obj_set(&o, "sha256", pt_string(pt_arena_str(a, pt_buf_str(&hex))));
    if (bytes)
        pt_obj_set(&o, "bytes", pt_int((int64_t)bytes));
    return pt_obj_end(&o);
}

typedef struct ids {
    pt_arena *a;
    PT_VEC(pt_value) all;
} ids;

static void add_word(ids *to, pt_str word) {
    pt_value *slot = to->all.n < RULES_MAX ? PT_PUSH(to->a, &to->all) : NULL;
    if (slot)
        *slot = pt_string(word);
}

static void add_id(ids *to, const char *id) {
    add_word(to, pt_str_of(id));
}

// Constraints that deny, or those that only say something.
static void add_constraints(ids *to, const pt_guard_decision *d, bool deny) {
    for (size_t i = 0; i < d->policies.violations.n; i++) {
        const pt_gk_violation *v = &d->policies.violations.v[i];
        if ((v->action == PT_GK_DENY) == deny)
            add_word(to, pt_arena_printf(to->a, "%.*s/%.*s", PT_PRI(v->constraint->kind),
                                         PT_PRI(v->constraint->name)));
    }
}

// Each once, sorted.
static pt_value end_ids(ids *of) {
    pt_value set = pt_set_of(of->a, of->all.v, of->all.n);
    pt_list l = {.a = of->a};
    for (size_t i = 0; i < pt_len(set); i++)
        pt_list_add(&l, pt_at(set, i));
    return pt_list_end(&l);
}

// Ids of rules and controls of the level that it offends against.
static pt_value rules_of(pt_arena *a, const pt_guard_decision *d) {
    ids of = {.a = a};
    for (size_t i = 0; i < d->verdict.offences.n; i++)
        add_id(&of, d->verdict.offences.v[i].rule->id);
    for (size_t i = 0; i < d->pods.violations.n; i++)
        add_id(&of, d->pods.violations.v[i].control->id);
    add_constraints(&of, d, true);
    if ((d->off_level || d->off_policies) && d->verdict.pod_unknown.n)
        add_id(&of, "unknown");
    if (d->end == PT_GUARD_UNCLEAR)
        add_id(&of, d->unclear ? d->unclear->id : "unclear");
    if (d->end == PT_GUARD_LATE)
        add_id(&of, "late");
    if (d->end == PT_GUARD_UNKEPT)
        add_id(&of, "no receipt");
    return end_ids(&of);
}

static pt_value notes_of(pt_arena *a, const pt_guard_decision *d) {
    ids of = {.a = a};
    for (size_t i = 0; i < d->verdict.notes.n; i++)
        add_id(&of, d->verdict.notes.v[i].rule->id);
    add_constraints(&of, d, false);
    return end_ids(&of);
}

static pt_obj members_of(pt_arena *a, const pt_guard_decision *d, pt_guard_mode mode,
                         pt_str document) {
    const pt_docker_request *r = &d->request;
    static const pt_str kinds[] = {PT_STR("guard docker"), PT_STR("guard docker: plugin off")};
    char room[PT_RFC3339_BYTES];
    pt_str time = pt_arena_str(a, pt_time_rfc3339(pt_now(), room));
    bool read = r->method.n > 0;
    pt_str body = read ? r->body_bytes : document;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_string(kinds[d->plugin_off]));
    pt_obj_set(&o, "time", pt_string(time));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "policy", pt_string(pt_arena_str(a, pt_str_of(d->policy))));
    pt_obj_set(&o, "decision", pt_stringz(word_of(d, mode)));
    pt_obj_set(&o, "rules", rules_of(a, d));
    pt_value notes = notes_of(a, d);
    if (pt_len(notes) > 0)
        pt_obj_set(&o, "notes", notes);
    if (read) {
        pt_obj_set(&o, "method", pt_string(r->method));
        pt_obj_set(&o, "endpoint", pt_stringz(pt_docker_endpoint_name(r->endpoint)));
        pt_obj_set(&o, "path", pt_string(pt_str_sub(r->path, 0, PATH_BYTES_MAX)));
    }
    if (body.n)
        pt_obj_set(&o, read ? "body" : "document", digest_of(a, &body, 1, body.n));
    return o;
}

static pt_str json_of(pt_arena *a, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    if (pt_json_write(&b, v, &(pt_json_opts){.canonical = true}, NULL))
        return (pt_str){0};
    return pt_arena_str(a, pt_buf_str(&b));
}

// "deny  POST containers/create  PT-GRD-PRIVILEGED  /containers/create"
static pt_str text_of(pt_arena *a, const pt_guard_decision *d, pt_guard_mode mode, pt_value rules) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_buf_printf(&b, "%s  ", word_of(d, mode));
    pt_buf_put_safe(&b, pt_str_sub(d->request.method, 0, PATH_BYTES_MAX));
    pt_buf_printf(&b, " %s  ", pt_docker_endpoint_name(d->request.endpoint));
    for (size_t i = 0; i < pt_len(rules); i++)
        pt_buf_printf(&b, "%s%.*s", i ? "," : "", PT_PRI(pt_text(pt_at(rules, i))));
    pt_buf_putz(&b, pt_len(rules) ? "  " : "-  ");
    pt_buf_put_safe(&b, pt_str_sub(d->request.path, 0, PATH_BYTES_MAX));
    if (d->message.n) {
        pt_buf_putz(&b, "  ");
        pt_buf_put_safe(&b, pt_str_sub(d->message, 0, pt_str_find(d->message, '\n')));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

pt_guard_receipt pt_guard_receipt_of(pt_arena *a, const pt_guard_decision *d, pt_guard_mode mode,
                                     pt_guard_lines lines, pt_str document) {
    uint8_t salt[SALT_BYTES];
    pt_random(salt, sizeof salt);
    const pt_str parts[] = {{(const char *)salt, sizeof salt}, d->request.user};
    const pt_obj both = members_of(a, d, mode, document);
    pt_obj entry = both;
    if (d->request.user.n)
        pt_obj_set(&entry, "user", digest_of(a, parts, PT_COUNT(parts), 0));
    pt_value sealed = pt_obj_end(&entry); // a copy: what both share can take other members now
    pt_obj line = both;
    if (d->request.user.n) {
        PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
        pt_hex_put(&hex, parts[0]);
        pt_obj_set(&line, "user", pt_string(d->request.user));
        pt_obj_set(&line, "salt", pt_string(pt_arena_str(a, pt_buf_str(&hex))));
    }
    if (d->message.n)
        pt_obj_set(&line, "message", pt_string(d->message));
    pt_value told = pt_obj_end(&line);
    pt_guard_receipt r = {.entry = json_of(a, sealed)};
    if (lines == PT_GUARD_JSON_LINES)
        r.line = json_of(a, told);
    else if (lines == PT_GUARD_TEXT_LINES && d->end >= PT_GUARD_OFFENDS)
        r.line = text_of(a, d, mode, pt_getz(told, "rules"));
    return r;
}
