// Reading rules of the operator's own, and asking them.
#include "cli/scan_rules.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/instant.h"
#include "cli/input.h"
#include "cli/policies.h"
#include "cli/scan_schema.h"
#include "cli/walk.h"
#include "crypto/crypto.h"

#define POLICIES_BYTES_MAX ((size_t)64 << 20)

static const char *const namespaces[] = {"main"};

static pt_code no_room(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- files ----------------------------------------------------------------------------------------

// Called with each file of Rego; its error ends the reading.
typedef struct reading {
    pt_code (*take)(void *ctx, const char *path, pt_err *e);
    void *ctx;
    size_t n;
    pt_code code;
    pt_err err;
} reading;

static void take_file(void *ctx, const char *path) {
    reading *r = ctx;
    if (r->code || !pt_str_ends(pt_str_of(path), PT_STR(".rego")))
        return;
    r->n++;
    r->code = r->take(r->ctx, path, &r->err);
}

static void take_failure(void *ctx, const char *path, pt_err *e) {
    reading *r = ctx;
    if (r->code)
        return;
    r->code = e->code;
    r->err = *e;
    if (!r->err.where[0])
        pt_err_at(&r->err, "%s", path);
}

static pt_code no_rego(const char *path, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_USAGE, "--policy: there is no policy in Rego");
    pt_err_at(e, "%s", path);
    pt_err_remedy(e, "a file NAME.rego, or a folder with such files");
    return code;
}

static pt_code read_path(reading *r, const char *path, pt_err *e) {
    struct stat st;
    size_t before = r->n;
    if (stat(path, &st) != 0) {
        pt_code code =
            pt_err_sys(e, errno, "the policies cannot be read: %s", pt_errno_text(errno));
        pt_err_at(e, "%s", path);
        return code;
    }
    if (S_ISDIR(st.st_mode))
        pt_walk_folder(&(pt_walk){r, true, take_file, take_failure}, path);
    else
        take_file(r, path);
    if (r->code && e)
        *e = r->err;
    return r->code || r->n > before ? r->code : no_rego(path, e);
}

static pt_code put_digest(void *ctx, const char *path, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = POLICIES_BYTES_MAX};
    pt_str text;
    pt_code code = pt_input_text(&a, path, &text, e);
    if (code)
        return code;
    pt_hash256 h = pt_sha256(&text, 1);
    pt_buf_printf(ctx, "%s=", path);
    pt_hex_put(ctx, (pt_str){(const char *)h.b, sizeof h.b});
    return PT_OK;
}

pt_code pt_scan_rules_digest(const char *path, pt_buf *b, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf all = PT_BUF(POLICIES_BYTES_MAX);
    reading r = {.take = put_digest, .ctx = &all};
    pt_code code = read_path(&r, path, e);
    if (code || all.full)
        return code ? code : no_room(e);
    pt_str text = pt_buf_str(&all);
    pt_hash256 h = pt_sha256(&text, 1);
    pt_hex_put(b, (pt_str){(const char *)h.b, sizeof h.b});
    return PT_OK;
}

// -- reading --------------------------------------------------------------------------------------

typedef struct adding {
    pt_conftest *c;
    pt_arena *a;
} adding;

static pt_code add_module(void *ctx, const char *path, pt_err *e) {
    const adding *to = ctx;
    pt_str text;
    pt_code code = pt_input_text(to->a, path, &text, e);
    return code ? code : pt_conftest_add(to->c, pt_str_of(path), text, e);
}

static void at_place(pt_err *e, pt_place p) {
    pt_err_at(e, "%.*s:%u:%u", PT_PRI(p.file), p.line, p.column);
}

static pt_code first_fault(const pt_conftest *c, pt_arena *a, pt_err *e) {
    size_t faults;
    size_t rules;
    const pt_conftest_fault *f = pt_conftest_faults(c, &faults);
    pt_conftest_rules(c, &rules);
    if (faults) {
        pt_code code =
            pt_err_set(e, PT_E_FORMAT, "the policy cannot be evaluated: %.*s", PT_PRI(f->message));
        at_place(e, f->place);
        pt_str near = pt_scan_schema_nearest(a, f->details);
        if (near.n)
            pt_err_remedy(e, "\"%.*s\"; docs/scan.schema.json has all that a document holds",
                          PT_PRI(near));
        else if (f->details.n)
            pt_err_remedy(e, "docs/scan.schema.json has all that a document holds");
        else
            pt_err_remedy(e, "paratia policy check says all that is wrong with it");
        return code;
    }
    if (rules)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_ABSENT, "--policy names no rule: nothing would be judged");
    pt_err_remedy(e, "rules called deny, violation or warn in package main");
    return code;
}

// Members that a document has only if somebody asked for them: without, a rule about them would
// find nothing, and pass.
static const struct {
    const char *member, *option; // NULL: the advisory index
} asked_for[] = {
    // clang-format off
    {"coverage", NULL}, {"counts", NULL}, {"denied", "deny"}, {"hardening", "hardening"},
    {"image.history", "hardening"}, {"image.settings", "hardening"}, {"index", NULL},
    {"fixes", NULL}, {"licences", "licences"}, {"secrets", "secrets"}, {"states", NULL},
    {"suppressed", NULL}, {"tampering", "tampering"}, {"unmatched", NULL}, {"vex", "vex"},
    {"vulnerabilities", NULL}, {"waste", "layers"},
    // clang-format on
};

static pt_code check_members(const pt_args *args, pt_scan_rules *r, pt_err *e) {
    pt_place place;
    for (size_t i = 0; i < PT_COUNT(asked_for); i++) {
        const char *member = asked_for[i].member;
        const char *option = asked_for[i].option;
        if (!pt_conftest_asks(r->rego, pt_str_of(member), &place))
            continue;
        r->asks_for_index = r->asks_for_index || !option;
        if (!option || pt_args_get(args, option) || pt_args_flag(args, option))
            continue;
        pt_code code = pt_err_set(e, PT_E_USAGE,
                                  "the policy asks for input.%s, which nobody looks for", member);
        at_place(e, place);
        pt_err_remedy(e, "add --%s", option);
        return code;
    }
    return PT_OK;
}

static pt_code read_policies(const pt_args *args, pt_arena *a, pt_scan_rules *r, pt_err *e) {
    adding to = {pt_conftest_new(a, namespaces, PT_COUNT(namespaces)), a};
    reading files = {.take = add_module, .ctx = &to};
    const char *path;
    pt_value schema = pt_undefined();
    pt_code code = to.c ? pt_scan_schema(a, &schema, e) : no_room(e);
    if (!code)
        pt_conftest_schema(to.c, schema);
    for (size_t i = 0; !code && (path = pt_args_nth(args, "policy", i)) != NULL; i++)
        code = read_path(&files, path, e);
    if (!code)
        code = pt_conftest_end(to.c, e);
    if (!code)
        code = first_fault(to.c, a, e);
    if (code)
        return code;
    r->rego = to.c;
    return check_members(args, r, e);
}

pt_code pt_scan_rules_read(const pt_args *args, pt_arena *a, pt_scan_rules *ret, pt_err *e) {
    pt_scan_rules r = {.rego = NULL};
    const char *text;
    pt_code code = PT_OK;
    for (; !code && (text = pt_args_nth(args, "deny", r.n_denials)) != NULL; r.n_denials++)
        code = pt_denial_parse(pt_str_of(text), &r.denials[r.n_denials], e);
    if (!code && pt_args_get(args, "policy"))
        code = read_policies(args, a, &r, e);
    if (!code)
        *ret = r;
    return code;
}

// -- asking ---------------------------------------------------------------------------------------

pt_code pt_scan_rules_deny(const pt_scan_rules *r, pt_value doc, pt_arena *a, pt_value *ret,
                           pt_err *e) {
    *ret = pt_undefined();
    return r->n_denials ? pt_denied(r->denials, r->n_denials, doc, a, ret, e) : PT_OK;
}

typedef struct asking {
    const pt_scan_rules *r;
    pt_arena *a;   // of what is found
    pt_arena work; // of one rule
    pt_eval_opts opts;
    pt_fn_world world;
    int64_t end_ns; // when the time for all of them is over
    pt_list rows;
} asking;

static const char *kind_of(const pt_conftest_rule *r) {
    if (r->warns)
        return "warn";
    return pt_str_starts(r->name, PT_STR("deny")) ? "deny" : "violation";
}

typedef struct answer {
    pt_verdict verdict;
    pt_severity severity;
    pt_str message, id;
} answer;

static void maybe_text(pt_obj *o, const char *key, pt_str s) {
    pt_obj_maybe(o, key, s.n ? pt_string(s) : pt_undefined());
}

// Text of the rule's own arena dies with it.
static void add(asking *k, const pt_conftest_rule *r, const answer *x) {
    pt_obj o = {.a = k->a};
    pt_obj_set(&o, "rule", pt_string(r->name));
    pt_obj_set(&o, "kind", pt_stringz(kind_of(r)));
    pt_obj_set(&o, "verdict", pt_stringz(pt_verdict_word(x->verdict)));
    pt_obj_set(&o, "severity", pt_stringz(pt_severity_word(x->severity)));
    maybe_text(&o, "message", pt_arena_str(k->a, x->message));
    maybe_text(&o, "id", pt_arena_str(k->a, x->id));
    maybe_text(&o, "title", r->title);
    maybe_text(&o, "description", r->description);
    pt_obj_set(&o, "file", pt_string(r->place.file));
    pt_obj_set(&o, "line", pt_int(r->place.line));
    pt_list_add(&k->rows, pt_obj_end(&o));
}

static answer plain(const pt_conftest_rule *r, pt_verdict v, pt_str message) {
    return (answer){v, r->warns ? PT_MEDIUM : PT_HIGH, message, {0}};
}

static void add_unknown(asking *k, const pt_conftest_rule *r, pt_str why) {
    answer x = plain(r, PT_NOT_EVALUATED, why);
    add(k, r, &x);
}

// "critical", "CRITICAL"; "negligible" as the scan itself says. False: another word.
static bool severity_of(asking *k, pt_value v, pt_severity *ret) {
    pt_str word = pt_arena_lower(&k->work, pt_text(v));
    if (!pt_str_eqz(word, "negligible"))
        return pt_severity_parse(word, ret);
    *ret = PT_INFO;
    return true;
}

static void add_message(asking *k, const pt_conftest_rule *r, const pt_conftest_message *m) {
    pt_value severity = pt_getz(m->of, "severity");
    answer x = plain(r, PT_FAIL, m->text);
    x.id = pt_text(pt_getz(m->of, "id"));
    if (pt_defined(severity) && !severity_of(k, severity, &x.severity)) {
        x.verdict = PT_NOT_EVALUATED;
        x.message = pt_arena_printf(&k->work,
                                    "%.*s (its severity is none: critical, high, medium, "
                                    "low, negligible)",
                                    PT_PRI(m->text));
    }
    add(k, r, &x);
}

static void add_verdict(asking *k, const pt_conftest_rule *r, const pt_conftest_verdict *v) {
    answer held =
        plain(r, v->outcome == PT_CONFTEST_EXCEPT ? PT_NOT_APPLICABLE : PT_PASS, (pt_str){0});
    if (v->late) {
        add_unknown(k, r, pt_arena_printf(k->a, "it took more than %d s", PT_POLICY_ONE_S_MAX));
        return;
    }
    if (!v->messages.n)
        add(k, r, &held);
    for (size_t i = 0; i < v->messages.n; i++)
        if (v->outcome == PT_CONFTEST_ERROR)
            add_unknown(k, r, v->messages.v[i].text);
        else
            add_message(k, r, &v->messages.v[i]);
}

static void ask(asking *k, const pt_conftest_rule *r) {
    int64_t now = pt_monotonic_ns();
    int64_t left = k->end_ns - now;
    int64_t one = PT_POLICY_ONE_S_MAX * PT_SECOND_NS;
    pt_conftest_verdict v;
    if (left <= 0) {
        add_unknown(
            k, r,
            pt_arena_printf(k->a, "all rules together took more than %d s", PT_POLICY_ALL_S_MAX));
        return;
    }
    pt_arena_clear(&k->work);
    k->world.deadline_ns = now + (left < one ? left : one);
    if (pt_conftest_judge(k->r->rego, &k->work, r, &k->opts, &v, NULL) == PT_OK)
        add_verdict(k, r, &v);
    else
        add_unknown(
            k, r,
            pt_arena_printf(k->a, "it needs more than %d MiB of memory", PT_POLICY_ONE_MIB_MAX));
}

pt_code pt_scan_rules_ask(const pt_scan_rules *r, pt_value doc, pt_arena *a, pt_value *ret,
                          pt_err *e) {
    asking k = {.r = r,
                .a = a,
                .world = {.now_ns = pt_now()},
                .end_ns = pt_monotonic_ns() + PT_POLICY_ALL_S_MAX * PT_SECOND_NS,
                .opts = {.input = doc},
                .rows = {.a = a}};
    size_t n;
    *ret = pt_undefined();
    if (!r->rego)
        return PT_OK;
    const pt_conftest_rule *rules = pt_conftest_rules(r->rego, &n);
    k.opts.world = &k.world;
    k.opts.machine = pt_machine_new();
    k.opts.cache = pt_fn_cache_new(PT_POLICY_PATTERNS_MAX);
    pt_arena_init(&k.work, (size_t)PT_POLICY_ONE_MIB_MAX << 20);
    bool ready = k.opts.machine && k.opts.cache;
    for (size_t i = 0; ready && i < n; i++)
        ask(&k, &rules[i]);
    pt_machine_free(k.opts.machine);
    pt_fn_cache_free(k.opts.cache);
    pt_arena_done(&k.work);
    *ret = ready ? pt_list_end(&k.rows) : pt_undefined();
    return pt_defined(*ret) ? PT_OK : no_room(e);
}
