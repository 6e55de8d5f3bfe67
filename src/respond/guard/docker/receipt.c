// What a decision leaves behind. Never the body, never a header: the body is known by its digest,
// and the user's name, which is a person's, by one with a salt that stands in the log alone.
#include "respond/guard/docker/guard_impl.h"
#include "respond/guard/entry.h"

enum {
    PATH_BYTES_MAX = 512,
    TEXT_BYTES_MAX = 64 << 10,
};

static const char *denial_of(pt_guard_mode mode) {
    return mode == PT_GUARD_ENFORCE ? "deny" : "would deny";
}

static const char *word_of(const pt_guard_decision *d, pt_guard_mode mode) {
    return d->end < PT_GUARD_OFFENDS ? "allow" : denial_of(mode);
}

static void add_id(pt_entry_ids *to, const char *id) {
    pt_entry_add(to, pt_str_of(id));
}

// Ids of rules and controls of the level that it offends against.
static pt_value rules_of(pt_arena *a, const pt_guard_decision *d) {
    pt_entry_ids of = {.a = a};
    for (size_t i = 0; i < d->verdict.offences.n; i++)
        add_id(&of, d->verdict.offences.v[i].rule->id);
    for (size_t i = 0; i < d->pods.violations.n; i++)
        add_id(&of, d->pods.violations.v[i].control->id);
    pt_entry_add_constraints(&of, &d->policies, true);
    if ((d->off_level || d->off_policies) && d->verdict.pod_unknown.n)
        add_id(&of, "unknown");
    if (d->end == PT_GUARD_UNCLEAR)
        add_id(&of, d->unclear ? d->unclear->id : "unclear");
    if (d->end == PT_GUARD_LATE)
        add_id(&of, "late");
    if (d->end == PT_GUARD_UNKEPT)
        add_id(&of, "no receipt");
    return pt_entry_end(&of);
}

static pt_value notes_of(pt_arena *a, const pt_guard_decision *d) {
    pt_entry_ids of = {.a = a};
    for (size_t i = 0; i < d->verdict.notes.n; i++)
        add_id(&of, d->verdict.notes.v[i].rule->id);
    pt_entry_add_constraints(&of, &d->policies, false);
    return pt_entry_end(&of);
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
    pt_obj_set(&o, "policy", pt_string(pt_arena_str(a, pt_str_of(d->policy.text))));
    pt_obj_set(&o, "decision", pt_stringz(word_of(d, mode)));
    pt_obj_set(&o, "rules", rules_of(a, d));
    pt_value notes = notes_of(a, d);
    if (pt_len(notes) > 0)
        pt_obj_set(&o, "notes", notes);
    pt_obj_maybe(&o, "scans", d->verdict.scans);
    if (d->who.tenant)
        pt_obj_set(&o, "tenant", pt_string(d->who.tenant->name));
    if (read) {
        pt_obj_set(&o, "method", pt_string(r->method));
        pt_obj_set(&o, "endpoint", pt_stringz(pt_docker_endpoint_name(r->endpoint)));
        pt_obj_set(&o, "path", pt_string(pt_str_sub(r->path, 0, PATH_BYTES_MAX)));
    }
    if (body.n)
        pt_obj_set(&o, read ? "body" : "document", pt_entry_digest(a, &body, 1, body.n));
    return o;
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
    pt_entry_user user = {.name = d->request.user};
    pt_random(user.salt, sizeof user.salt);
    const pt_obj both = members_of(a, d, mode, document);
    pt_obj entry = both;
    pt_entry_user_hide(&entry, &user);
    pt_value sealed = pt_obj_end(&entry); // a copy: what both share can take other members now
    pt_obj line = both;
    pt_entry_user_show(&line, &user);
    if (d->message.n)
        pt_obj_set(&line, "message", pt_string(d->message));
    pt_value told = pt_obj_end(&line);
    pt_guard_receipt r = {.entry = pt_entry_json(a, sealed)};
    if (lines == PT_GUARD_JSON_LINES)
        r.line = pt_entry_json(a, told);
    else if (lines == PT_GUARD_TEXT_LINES && d->end >= PT_GUARD_OFFENDS)
        r.line = text_of(a, d, mode, pt_getz(told, "rules"));
    return r;
}

// -- of denials that are told together ------------------------------------------------------------

static pt_value rules_of_more(pt_arena *a, const pt_guard_more *m) {
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    const struct {
        bool holds;
        const char *word;
    } others[] = {{m->level, "--level"},
                  {m->policies, "--policy"},
                  {m->ends[PT_GUARD_UNCLEAR], "unclear"},
                  {m->ends[PT_GUARD_LATE], "late"},
                  {m->ends[PT_GUARD_UNKEPT], "no receipt"}};
    pt_entry_ids of = {.a = a};
    for (size_t i = 0; i < PT_COUNT(others); i++)
        if (others[i].holds)
            add_id(&of, others[i].word);
    for (size_t i = 0; i < n && i < PT_COUNT(m->rules); i++)
        if (m->rules[i])
            add_id(&of, rules[i].id);
    return pt_entry_end(&of);
}

static pt_str words_of_more(pt_arena *a, const char *decision, pt_str says, pt_value rules) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_buf_printf(&b, "%s  %.*s  ", decision, PT_PRI(says));
    for (size_t i = 0; i < pt_len(rules); i++)
        pt_buf_printf(&b, "%s%.*s", i ? "," : "", PT_PRI(pt_text(pt_at(rules, i))));
    return pt_arena_str(a, pt_buf_str(&b));
}

pt_guard_receipt pt_guard_receipt_of_more(pt_arena *a, const pt_guard_more *m, pt_guard_mode mode,
                                          pt_guard_lines lines) {
    char room[PT_RFC3339_BYTES];
    pt_entry_user user = {.name = pt_guard_name_of(&m->user)};
    pt_str says =
        pt_arena_printf(a, "%llu more denials of the same kind", (unsigned long long)m->n);
    pt_value rules = rules_of_more(a, m);
    pt_obj both = {.a = a};
    pt_random(user.salt, sizeof user.salt);
    pt_obj_set(&both, "kind", pt_stringz("guard docker: more denials"));
    pt_obj_set(&both, "time", pt_string(pt_arena_str(a, pt_time_rfc3339(pt_now(), room))));
    pt_obj_set(&both, "paratia", pt_stringz(PT_VERSION));
    pt_obj_set(&both, "policy", pt_string(pt_str_of(m->policy.text)));
    pt_obj_set(&both, "decision", pt_stringz(denial_of(mode)));
    pt_obj_set(&both, "n", pt_int((int64_t)m->n));
    pt_obj_set(&both, "says", pt_string(says));
    pt_obj_set(&both, "rules", rules);
    if (m->tenant.n)
        pt_obj_set(&both, "tenant", pt_string(pt_guard_name_of(&m->tenant)));
    pt_obj entry = both;
    pt_entry_user_hide(&entry, &user);
    pt_guard_receipt r = {.entry = pt_entry_json(a, pt_obj_end(&entry))};
    pt_obj line = both;
    pt_entry_user_show(&line, &user);
    if (lines == PT_GUARD_JSON_LINES)
        r.line = pt_entry_json(a, pt_obj_end(&line));
    else if (lines == PT_GUARD_TEXT_LINES)
        r.line = words_of_more(a, denial_of(mode), says, rules);
    return r;
}
