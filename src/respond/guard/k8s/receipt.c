// What a decision leaves behind. Never the object: the review is known by its digest, and the
// user's name, which is a person's, by one with a salt that stands in the log alone.
#include <string.h>

#include "base/instant.h"
#include "respond/guard/entry.h"
#include "respond/guard/k8s/webhook_impl.h"
#include "value/json.h"

enum {
    NAME_BYTES_MAX = 512, // of what others chose
    TEXT_BYTES_MAX = 64 << 10,
    MESSAGE_BYTES_MAX = 32 << 10,
};

const char *pt_webhook_end_word(unsigned end) {
    if (end < PT_ADMISSION_END_COUNT)
        return pt_admission_end_word((pt_admission_end)end);
    return end == PT_WEBHOOK_MALFORMED ? "malformed" : "no_receipt";
}

static const char *word_of(const pt_webhook_decision *d) {
    if (d->end < PT_ADMISSION_DENIED)
        return "allow";
    return d->allow ? "would deny" : "deny";
}

static pt_value rules_of(pt_arena *a, const pt_webhook_decision *d) {
    pt_entry_ids of = {.a = a};
    pt_entry_add_constraints(&of, &d->verdict.policies, true);
    for (size_t i = 0; i < d->verdict.pods.violations.n; i++)
        pt_entry_add(&of, pt_str_of(d->verdict.pods.violations.v[i].control->id));
    if (d->verdict.off_scans)
        pt_entry_add(&of, PT_STR("scanned"));
    if (d->end != PT_ADMISSION_ALLOWED && d->end != PT_ADMISSION_DENIED)
        pt_entry_add(&of, pt_str_of(pt_webhook_end_word(d->end)));
    else if (d->end == PT_ADMISSION_DENIED && !of.all.n)
        pt_entry_add(&of, d->verdict.code == 422 ? PT_STR("object") : PT_STR("break-glass"));
    return pt_entry_end(&of);
}

static pt_value notes_of(pt_arena *a, const pt_webhook_decision *d) {
    pt_entry_ids of = {.a = a};
    pt_entry_add_constraints(&of, &d->verdict.policies, false);
    return pt_entry_end(&of);
}

// As much of it as a receipt should hold, and so that one sees it.
static pt_str clip(pt_arena *a, pt_str text, size_t bytes_max) {
    static const pt_str mark = PT_STR("…");
    pt_str some = pt_str_sub(text, 0, bytes_max);
    while (some.n < text.n && some.n && (text.p[some.n] & 0xc0) == 0x80)
        some.n--; // no half character
    if (some.n == text.n)
        return text;
    char *all = pt_arena_take(a, some.n + mark.n); // not by a format: it may hold NUL
    if (!all)
        return (pt_str){0};
    memcpy(all, some.p, some.n);
    memcpy(all + some.n, mark.p, mark.n);
    return (pt_str){all, some.n + mark.n};
}

static void set_clipped(pt_obj *o, const char *name, pt_str text, size_t bytes_max) {
    pt_str some = clip(o->a, text, bytes_max);
    if (some.n)
        pt_obj_set(o, name, pt_string(some));
}

static void set_text(pt_obj *o, const char *name, pt_str text) {
    set_clipped(o, name, text, NAME_BYTES_MAX);
}

static pt_value glass_of(pt_arena *a, const pt_admission_verdict *v) {
    pt_obj o = {.a = a};
    set_text(&o, "ticket", v->glass_ticket);
    set_text(&o, "reason", v->glass_reason);
    return pt_obj_end(&o);
}

// "apps/v1, deployments/scale"
static void set_resource(pt_obj *o, const pt_admission_request *r) {
    set_text(o, "group", r->group);
    set_text(o, "version", r->version);
    set_text(o, "resource", r->resource);
    set_text(o, "subresource", r->subresource);
    set_text(o, "namespace", r->namespace);
    set_text(o, "name", r->name);
}

static pt_obj members_of(pt_arena *a, const pt_webhook_decision *d) {
    const pt_admission_request *r = &d->request;
    char room[PT_RFC3339_BYTES];
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_stringz("guard k8s"));
    pt_obj_set(&o, "time", pt_string(pt_arena_str(a, pt_time_rfc3339(pt_now(), room))));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "policy", pt_string(pt_arena_str(a, pt_str_of(d->digest))));
    pt_obj_set(&o, "decision", pt_stringz(word_of(d)));
    pt_obj_set(&o, "rules", rules_of(a, d));
    pt_value notes = notes_of(a, d);
    if (pt_len(notes) > 0)
        pt_obj_set(&o, "notes", notes);
    pt_obj_maybe(&o, "scans", d->verdict.scans);
    set_text(&o, "uid", r->uid);
    set_text(&o, "operation", r->operation);
    set_resource(&o, r);
    if (r->dry_run)
        pt_obj_set(&o, "dryRun", pt_bool(true));
    if (d->verdict.glass_ticket.n)
        pt_obj_set(&o, "breakGlass", glass_of(a, &d->verdict));
    pt_obj_set(&o, "review", pt_entry_digest(a, &d->document, 1, d->document.n));
    return o;
}

// -- lines ----------------------------------------------------------------------------------------

// "deny  CREATE pods  shop/web  K8sRequiredLabels/must-have-owner  you must provide labels: …"
static pt_str text_of(pt_arena *a, const pt_webhook_decision *d, pt_value rules) {
    const pt_admission_request *r = &d->request;
    const pt_str parts[] = {r->operation, PT_STR(" "), r->resource, PT_STR("  "),
                            r->namespace, PT_STR("/"), r->name,     PT_STR("  ")};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_buf_printf(&b, "%s  ", word_of(d));
    if (!r->resource.n)
        pt_buf_putz(&b, "(no review)  ");
    for (size_t i = 0; i < PT_COUNT(parts) && r->resource.n; i++)
        pt_buf_put_safe(&b, pt_str_sub(parts[i], 0, NAME_BYTES_MAX));
    for (size_t i = 0; i < pt_len(rules); i++) {
        pt_buf_putz(&b, i ? "," : "");
        pt_buf_put_safe(&b, pt_text(pt_at(rules, i)));
    }
    pt_str message = d->verdict.message;
    pt_buf_putz(&b, "  ");
    pt_buf_put_safe(&b, pt_str_sub(message, 0, pt_str_find(message, '\n')));
    return pt_arena_str(a, pt_buf_str(&b));
}

// -- OPA's decision log ---------------------------------------------------------------------------

static bool is_secret(const pt_admission_request *r) {
    return !r->group.n && pt_str_eqz(r->kind, "Secret");
}

// The request as it came, without what no log may hold: the whole of a Secret, as copies of its
// data stand in annotations too.
static pt_value input_of(pt_arena *a, const pt_admission_request *r) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(r->request); i++) {
        pt_str key = pt_text(pt_key_at(r->request, i));
        bool object = pt_str_eqz(key, "object") || pt_str_eqz(key, "oldObject");
        if (!object || !is_secret(r))
            pt_obj_put(&o, key, pt_val_at(r->request, i));
    }
    pt_obj input = {.a = a};
    pt_obj_set(&input, "request", pt_obj_end(&o));
    return pt_obj_end(&input);
}

static pt_value erased_of(pt_arena *a, const pt_admission_request *r) {
    pt_list l = {.a = a};
    if (pt_defined(r->object))
        pt_list_add(&l, pt_stringz("/input/request/object"));
    if (pt_defined(r->old_object))
        pt_list_add(&l, pt_stringz("/input/request/oldObject"));
    return pt_list_end(&l);
}

static pt_value result_of(pt_arena *a, const pt_webhook_decision *d, pt_value rules) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "allowed", pt_bool(d->allow));
    pt_obj_set(&o, "end", pt_stringz(pt_webhook_end_word(d->end)));
    pt_obj_set(&o, "rules", rules);
    if (d->verdict.message.n)
        pt_obj_set(&o, "message", pt_string(d->verdict.message));
    return pt_obj_end(&o);
}

// (openpolicyagent.org/docs/management-decision-logs) The id is the API server's for the request,
// which stands in its audit log too.
static pt_str decision_of(pt_arena *a, const pt_webhook_decision *d, pt_value rules) {
    char room[PT_RFC3339_BYTES];
    pt_obj metrics = {.a = a};
    pt_obj_set(&metrics, "timer_server_handler_ns", pt_int(d->took_ns));
    pt_obj labels = {.a = a};
    pt_obj_set(&labels, "app", pt_stringz("paratia"));
    pt_obj_set(&labels, "version", pt_stringz(PT_VERSION));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "labels", pt_obj_end(&labels));
    pt_obj_set(&o, "decision_id", pt_string(d->request.uid));
    pt_obj_set(&o, "path", pt_stringz("v1/admit"));
    if (pt_defined(d->request.request))
        pt_obj_set(&o, "input", input_of(a, &d->request));
    if (is_secret(&d->request))
        pt_obj_set(&o, "erased", erased_of(a, &d->request));
    pt_obj_set(&o, "result", result_of(a, d, rules));
    pt_obj_set(&o, "timestamp", pt_string(pt_arena_str(a, pt_time_rfc3339(pt_now(), room))));
    pt_obj_set(&o, "metrics", pt_obj_end(&metrics));
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(2 * (size_t)PT_ADMISSION_BYTES_MAX);
    if (pt_json_write(&b, pt_obj_end(&o), NULL, NULL))
        return (pt_str){0};
    return pt_arena_str(a, pt_buf_str(&b));
}

// -------------------------------------------------------------------------------------------------

// What can be said of anything.
static pt_str least_of(pt_arena *a, const pt_webhook_decision *d) {
    char room[PT_RFC3339_BYTES];
    return pt_arena_printf(a,
                           "{\"decision\":\"%s\",\"end\":\"%s\",\"kind\":\"guard k8s\",\"paratia\":"
                           "\"" PT_VERSION "\",\"policy\":\"%s\",\"says\":\"more than an entry "
                           "holds\",\"time\":\"%.*s\"}",
                           word_of(d), pt_webhook_end_word(d->end), d->digest,
                           PT_PRI(pt_time_rfc3339(pt_now(), room)));
}

pt_webhook_receipt pt_webhook_receipt_of(pt_arena *a, const pt_webhook_decision *d,
                                         const pt_webhook_opts *opts) {
    pt_entry_user user = {.name = d->request.user};
    pt_random(user.salt, sizeof user.salt);
    const pt_obj both = members_of(a, d);
    pt_obj entry = both;
    pt_entry_user_hide(&entry, &user);
    pt_value sealed = pt_obj_end(&entry); // a copy: what both share can take other members now
    pt_webhook_receipt r = {.entry = pt_entry_json(a, sealed)};
    if (!r.entry.n)
        r.entry = least_of(a, d);
    pt_value rules = pt_getz(sealed, "rules");
    if (opts->decisions) {
        r.line = decision_of(a, d, rules);
    } else if (opts->lines == PT_GUARD_JSON_LINES) {
        pt_obj line = both;
        user.name = clip(a, user.name, NAME_BYTES_MAX);
        pt_entry_user_show(&line, &user);
        set_clipped(&line, "message", d->verdict.message, MESSAGE_BYTES_MAX);
        r.line = pt_entry_json(a, pt_obj_end(&line));
        if (!r.line.n)
            r.line = r.entry;
    } else if (opts->lines == PT_GUARD_TEXT_LINES && d->end >= PT_ADMISSION_DENIED) {
        r.line = text_of(a, d, rules);
    }
    return r;
}
