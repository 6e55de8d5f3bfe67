// Suite "falco": rule files, and what loading them must say.
#include <string.h>

#include "conformance.h"
#include "falco.h"
#include "judge/falco/rules.h"
#include "value/json.h"

enum {
    FILES_MAX = 16,
    SELECTS_MAX = 16,
    APPENDS_MAX = 16
};

// What is loaded, and with which options.
typedef struct load {
    pt_falco_file files[FILES_MAX];
    size_t n_files;
    struct pt_falco_select selects[SELECTS_MAX];
    size_t n_selects;
    struct pt_falco_append appends[APPENDS_MAX];
    size_t n_appends;
    pt_falco_rules got;
} load;

// The sources that there are, and the plugins that bring their fields elsewhere.
static const pt_falco_source *const known[] = {&pt_falco_syscall, &pt_falco_k8s_audit};
static const pt_falco_sources sources = {known, PT_COUNT(known)};
static const struct pt_falco_plugin plugins[] = {
    {"container", "0.99.0"},
    {"json", "0.99.0"},
    {"k8saudit", "0.99.0"},
    {"k8saudit-gke", "0.99.0"}, // another way for the same documents
};

static bool add_file(load *l, pt_arena *a, const char *path, pt_str name) {
    pt_assert(l->n_files < FILES_MAX);
    pt_str text = pt_suite_file(a, path);
    l->files[l->n_files++] = (pt_falco_file){name, text};
    return text.p != NULL;
}

static bool run(load *l, pt_arena *a, pt_err *e) {
    const pt_falco_load_options o = {.sources = &sources,
                                     .plugins = plugins,
                                     .n_plugins = PT_COUNT(plugins),
                                     .selects = l->selects,
                                     .n_selects = l->n_selects,
                                     .appends = l->appends,
                                     .n_appends = l->n_appends};
    return pt_falco_load(a, l->files, l->n_files, &o, &l->got, e) == PT_OK;
}

static const pt_falco_rule *rule_named(const load *l, pt_str name) {
    for (size_t i = 0; i < l->got.n_rules; i++)
        if (pt_str_eq(l->got.rules[i].name, name))
            return &l->got.rules[i];
    return NULL;
}

// The first error, else the first warning: to see at a glance what happened.
static const char *glance(pt_arena *a, const load *l) {
    const pt_falco_said *s = l->got.n_errors     ? l->got.errors
                             : l->got.n_warnings ? l->got.warnings
                                                 : NULL;
    if (!s)
        return "nothing was said";
    return pt_arena_printf(a, "%s %.*s '%.*s' line %u: %.*s", s->code, PT_PRI(s->item_type),
                           PT_PRI(s->item_name), s->line, PT_PRI(s->message))
        .p;
}

static pt_value expected(pt_tally *t, pt_arena *a, const char *title, const char *path) {
    pt_value v = pt_undefined();
    pt_err e = {0};
    pt_str json = pt_suite_file(a, pt_arena_printf(a, "%s/expected.json", path).p);
    if (!json.p || pt_json_parse(a, json, NULL, &v, &e))
        pt_case_failed(t, title, "expected.json: %s", json.p ? e.what : "cannot be read");
    return v;
}

// -- load/ ----------------------------------------------------------------------------------------

static bool same_part(pt_value wanted, const char *key, pt_str got) {
    pt_value v = pt_getz(wanted, key);
    return !pt_defined(v) || pt_str_eq(pt_text(v), got);
}

static bool among(pt_value wanted, const pt_falco_said *said, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (same_part(wanted, "code", pt_str_of(said[i].code)) &&
            same_part(wanted, "itemType", said[i].item_type) &&
            same_part(wanted, "itemName", said[i].item_name) &&
            same_part(wanted, "message", said[i].message))
            return true;
    return false;
}

// The first row that was not said.
static const char *missing(pt_arena *a, pt_value rows, const pt_falco_said *said, size_t n) {
    for (size_t i = 0; i < pt_len(rows); i++)
        if (!among(pt_at(rows, i), said, n))
            return pt_arena_printf(a, "%.*s: %.*s",
                                   PT_PRI(pt_text(pt_getz(pt_at(rows, i), "code"))),
                                   PT_PRI(pt_text(pt_getz(pt_at(rows, i), "message"))))
                .p;
    return NULL;
}

static void select_tags(load *l, pt_value tags, bool on) {
    if (on && pt_len(tags))
        l->selects[l->n_selects++] = (struct pt_falco_select){.what = PT_STR("*")};
    for (size_t i = 0; i < pt_len(tags) && l->n_selects < SELECTS_MAX; i++)
        l->selects[l->n_selects++] = (struct pt_falco_select){on, true, pt_text(pt_at(tags, i))};
}

// A rule that fires is on; where rules were chosen by tags, one that never fires is off.
static const char *wrongly_on(pt_arena *a, const load *l, pt_value counts) {
    for (size_t i = 0; i < pt_len(counts); i++) {
        pt_str name = pt_text(pt_key_at(counts, i));
        const pt_falco_rule *r = rule_named(l, name);
        int64_t n = 0;
        bool fires = pt_to_int(pt_val_at(counts, i), &n) && n > 0;
        if (fires ? !r || !r->enabled : l->n_selects && r && r->enabled)
            return pt_arena_printf(a, "%.*s", PT_PRI(name)).p;
    }
    return NULL;
}

void pt_falco_run_load(pt_tally *t, pt_arena *a, const char *title, const char *path) {
    pt_value want = expected(t, a, title, path);
    pt_value files = pt_getz(want, "rules");
    pt_value options = pt_getz(want, "options");
    load l = {0};
    pt_err e = {0};
    if (!pt_defined(want))
        return;
    for (size_t i = 0; i < pt_len(files); i++) {
        pt_str name = pt_text(pt_at(files, i));
        add_file(&l, a, pt_arena_printf(a, "%s/%.*s", path, PT_PRI(name)).p, name);
    }
    select_tags(&l, pt_getz(options, "EnabledTags"), true);
    select_tags(&l, pt_getz(options, "DisabledTags"), false);
    if (!run(&l, a, &e)) {
        pt_case_failed(t, title, "%s", e.what);
        return;
    }
    bool loads = pt_true(pt_getz(want, "loads"));
    const char *error = missing(a, pt_getz(want, "errors"), l.got.errors, l.got.n_errors);
    const char *warning = missing(a, pt_getz(want, "warnings"), l.got.warnings, l.got.n_warnings);
    const char *rule = wrongly_on(a, &l, pt_getz(pt_getz(want, "detections"), "rule_counts"));
    if (l.got.ok != loads)
        pt_case_failed(t, title, "%s; %s", loads ? "must load" : "must not load", glance(a, &l));
    else if (error || warning)
        pt_case_failed(t, title, "not said: %s; %s", error ? error : warning, glance(a, &l));
    else if (rule)
        pt_case_failed(t, title, "rule %s is on or off and should not be", rule);
    else
        pt_case_passed(t);
}

// -- loader/ --------------------------------------------------------------------------------------

static bool any_has(const pt_falco_said *said, size_t n, pt_str part) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_has(said[i].message, part))
            return true;
    return false;
}

typedef struct part {
    const char *key;
    bool errors, wanted;
} part;

// Parts of messages that must be said, or must not.
static const char *wrong_messages(pt_arena *a, const load *l, pt_value step) {
    static const part parts[] = {{"errors", true, true},
                                 {"warnings", false, true},
                                 {"absent_errors", true, false},
                                 {"absent_warnings", false, false}};
    for (size_t p = 0; p < PT_COUNT(parts); p++) {
        pt_value rows = pt_getz(step, parts[p].key);
        const pt_falco_said *said = parts[p].errors ? l->got.errors : l->got.warnings;
        size_t n = parts[p].errors ? l->got.n_errors : l->got.n_warnings;
        for (size_t i = 0; i < pt_len(rows); i++)
            if (any_has(said, n, pt_text(pt_at(rows, i))) != parts[p].wanted)
                return pt_arena_printf(a, "%s: %.*s; %s", parts[p].key,
                                       PT_PRI(pt_text(pt_at(rows, i))), glance(a, l))
                    .p;
    }
    return NULL;
}

static const char *differs(pt_arena *a, const char *what, pt_str got, pt_value wanted) {
    if (!pt_defined(wanted) || pt_str_eq(got, pt_text(wanted)))
        return NULL;
    return pt_arena_printf(a, "%s is \"%.*s\", not \"%.*s\"", what, PT_PRI(got),
                           PT_PRI(pt_text(wanted)))
        .p;
}

static const char *wrong_rule(pt_arena *a, const load *l, pt_value step, pt_str name) {
    const pt_falco_rule *r = rule_named(l, name);
    pt_value said = pt_get(pt_getz(step, "describe"), name);
    if (!r)
        return pt_arena_printf(a, "no rule '%.*s'; %s", PT_PRI(name), glance(a, l)).p;
    const char *ret = differs(a, "compiled condition", pt_filter_text(a, r->filter),
                              pt_get(pt_getz(step, "compiled_condition"), name));
    if (!ret)
        ret = differs(a, "compiled output", r->compiled_output,
                      pt_get(pt_getz(step, "compiled_output"), name));
    if (!ret)
        ret = differs(a, "condition", r->condition, pt_getz(said, "condition"));
    if (!ret)
        ret = differs(a, "output", r->output, pt_getz(said, "output"));
    if (!ret)
        ret = differs(a, "description", r->description, pt_getz(said, "description"));
    if (!ret)
        ret = differs(a, "priority", pt_str_of(pt_falco_priority_names[r->priority]),
                      pt_getz(said, "priority"));
    return ret;
}

static const char *wrong_rules(pt_arena *a, const load *l, pt_value step) {
    static const char *const keys[] = {"compiled_condition", "compiled_output", "describe"};
    for (size_t k = 0; k < PT_COUNT(keys); k++) {
        pt_value rows = pt_getz(step, keys[k]);
        for (size_t i = 0; i < pt_len(rows); i++) {
            const char *wrong = wrong_rule(a, l, step, pt_text(pt_key_at(rows, i)));
            if (wrong)
                return wrong;
        }
    }
    return NULL;
}

static int64_t rules_on(const load *l) {
    int64_t n = 0;
    for (size_t i = 0; i < l->got.n_rules; i++)
        n += l->got.rules[i].enabled;
    return n;
}

static const char *wrong_step(pt_arena *a, const load *l, pt_value step) {
    pt_value has_warnings = pt_getz(step, "has_warnings");
    pt_value schema = pt_getz(step, "schema_validation");
    pt_value on = pt_getz(step, "enabled_rules");
    int64_t n = 0;
    if (l->got.ok != pt_true(pt_getz(step, "ok")))
        return pt_arena_printf(a, "%s; %s", l->got.ok ? "must not load" : "must load", glance(a, l))
            .p;
    if (pt_defined(has_warnings) && pt_true(has_warnings) != (l->got.n_warnings > 0))
        return pt_arena_printf(a, "has_warnings; %s", glance(a, l)).p;
    if (pt_defined(schema) && pt_str_eqz(pt_text(schema), "ok") != l->got.schema_ok)
        return pt_arena_printf(a, "schema is not %.*s", PT_PRI(pt_text(schema))).p;
    if (pt_to_int(on, &n) && n != rules_on(l))
        return pt_arena_printf(a, "%d rules are on", (int)rules_on(l)).p;
    const char *wrong = wrong_messages(a, l, step);
    return wrong ? wrong : wrong_rules(a, l, step);
}

// What was added to outputs is not told, only what came of it: the rest behind the rule's own.
static void add_appends(load *l, pt_arena *a, pt_value step, pt_err *e) {
    pt_value outputs = pt_getz(step, "compiled_output");
    if (!pt_len(outputs) || !run(l, a, e))
        return;
    for (size_t i = 0; i < pt_len(outputs) && l->n_appends < APPENDS_MAX; i++) {
        pt_str name = pt_text(pt_key_at(outputs, i));
        pt_str whole = pt_text(pt_val_at(outputs, i));
        const pt_falco_rule *r = rule_named(l, name);
        if (r && pt_str_starts(whole, r->output) && whole.n > r->output.n)
            l->appends[l->n_appends++] = (struct pt_falco_append){
                .rule = name, .output = pt_str_sub(whole, r->output.n + 1, whole.n)};
    }
}

void pt_falco_run_loader(pt_tally *t, pt_arena *a, const char *title, const char *path) {
    pt_value steps = pt_getz(expected(t, a, title, path), "steps");
    load l = {0};
    for (size_t i = 0; i < pt_len(steps); i++) {
        pt_value step = pt_at(steps, i);
        pt_str name = pt_text(pt_getz(step, "load"));
        pt_err e = {0};
        add_file(&l, a, pt_arena_printf(a, "%s/%.*s", path, PT_PRI(name)).p, name);
        add_appends(&l, a, step, &e);
        const char *wrong = run(&l, a, &e) ? wrong_step(a, &l, step) : e.what;
        if (wrong) {
            pt_case_failed(t, title, "%s", wrong);
            return;
        }
    }
    if (pt_len(steps))
        pt_case_passed(t);
}

// -- rules/ ---------------------------------------------------------------------------------------

// The files for GKE's audit log change the rules for any, which are loaded before.
static void add_base(load *l, pt_arena *a, const char *path) {
    static const char from[] = "/plugins/k8saudit-gke/";
    if (pt_str_has(pt_str_of(path), pt_str_of(from)))
        add_file(l, a,
                 pt_arena_printf(a, "%.*s/plugins/k8saudit/k8s_audit_rules.yaml",
                                 (int)pt_str_find_str(pt_str_of(path), pt_str_of(from)), path)
                     .p,
                 PT_STR("k8saudit"));
}

void pt_falco_run_rules(pt_tally *t, pt_arena *a, const char *title, const char *path) {
    load l = {0};
    pt_err e = {0};
    if (!pt_str_ends(pt_str_of(path), PT_STR(".yaml")))
        return;
    add_base(&l, a, path);
    add_file(&l, a, path, pt_str_of(title));
    if (!run(&l, a, &e))
        pt_case_failed(t, title, "%s", e.what);
    else if (!l.got.ok || l.got.n_warnings)
        pt_case_failed(t, title, "%zu warnings; %s", l.got.n_warnings, glance(a, &l));
    else
        pt_case_passed(t);
}
