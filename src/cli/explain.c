// paratia explain: a check in full, or a finding by its fingerprint.
#include "cli/explain.h"

#include <unistd.h>

#include "base/fd.h"
#include "base/rights.h"
#include "cli/policies.h"
#include "cli/verbs.h"
#include "judge/catalogue/catalogue.h"
#include "record/report/terminal.h"
#include "record/store/store.h"

const pt_option pt_explain_options[] = {
    {"scan", "FILE", "JSON of a scan in which it was found", NULL, "What"},
    {"policy", "PATH", "where the policy of this name is; repeatable", NULL, NULL, 'p'},
    {"namespace", "NAME", "packages of Rego that count, * for all", "main", NULL},
    {"state", "DIR", "where runs and the ledger are kept", "/var/lib/paratia", "Record"},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

enum {
    LABEL_CELLS = 12,
    TEXT_CELLS = 66
};

void pt_explain_part(pt_buf *b, const char *label, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(PT_EXPLAIN_BYTES_MAX);
    pt_buf_put_safe(&safe, pt_str_trim(text));
    pt_str rest = pt_buf_str(&safe);
    while (rest.n) {
        pt_str line = pt_take_line(&rest, TEXT_CELLS);
        pt_buf_printf(b, "%-*s%.*s\n", LABEL_CELLS, label, PT_PRI(line));
        rest = pt_str_trim(rest);
        label = "";
    }
}

// Commands are never wrapped: pasting them must work.
void pt_explain_snippet(pt_buf *b, const char *label, pt_str text) {
    pt_str line;
    text = pt_str_trim(text);
    while (pt_str_split(&text, '\n', &line)) {
        pt_buf_printf(b, "%-*s%.*s\n", LABEL_CELLS, label, PT_PRI(line));
        label = "";
    }
}

static void put_conditions(pt_buf *b, const pt_check *c) {
    PT_AUTO(pt_buf_done) pt_buf facts = PT_BUF(4096);
    for (size_t i = 0; i < PT_CONDS_MAX && c->conds[i].fact; i++)
        pt_buf_printf(&facts, "%s%s%s%s", i ? ", " : "", c->conds[i].fact,
                      c->conds[i].path ? ": " : "", c->conds[i].path ? c->conds[i].path : "");
    pt_explain_part(b, "Looks at", pt_buf_str(&facts));
}

static void explain(pt_buf *b, const pt_check *c) {
    pt_buf_printf(b, "%s\n%s · %s · %s\n\n", c->title, c->id, pt_severity_word(c->severity),
                  pt_kind_name_of(c->kind)->option);
    pt_explain_part(b, "Why", pt_str_of(c->why));
    put_conditions(b, c);
    pt_explain_part(b, "Passes", pt_str_of(c->good));
    pt_explain_part(b, "Otherwise", pt_str_of(c->consequence));
    pt_explain_snippet(b, "Remedy", pt_str_of(c->remedy));
    pt_explain_part(b, "Interrupts", pt_str_of(c->interrupts));
    pt_explain_part(b, "Supports", pt_str_of(c->standards));
}

static int unknown(const char *word) {
    pt_err e = {0};
    PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "there is no check %s", word));
    const char *near = pt_check_nearest(pt_str_of(word), false);
    if (near)
        pt_err_remedy(&e, "paratia explain %s", near);
    else
        pt_err_remedy(&e,
                      "paratia checks; of a policy: paratia explain %s --policy PATH; of a scan: "
                      "--scan FILE",
                      word);
    pt_say_error(&e);
    return PT_EXIT_USAGE;
}

static bool is_fingerprint(pt_str word) {
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return word.n == PT_FINGERPRINT_CHARS;
}

static void put_finding(pt_buf *b, const pt_kept_finding *f) {
    char first[PT_RFC3339_BYTES];
    char last[PT_RFC3339_BYTES];
    pt_time_rfc3339(f->first_seen, first);
    pt_time_rfc3339(f->last_seen, last);
    pt_buf_put_safe(b, f->subject);
    pt_buf_printf(b, ": %.*s\n\n", PT_PRI(f->verdict));
    pt_explain_part(b, "Seen", f->evidence);
    if (f->first_seen)
        pt_explain_part(b, "Since", pt_str_of(first));
    pt_explain_part(b, "Last seen", pt_str_of(last));
    if (!f->in_last_run)
        pt_explain_part(b, "Now", PT_STR("gone: the last run did not see it"));
    pt_buf_putc(b, '\n');
}

// "PT-IMG-POLICY/deny_x"
static const pt_str own_rules = PT_STR("PT-IMG-POLICY/");

static bool is_own_rule(pt_str id) {
    return pt_str_starts(id, own_rules) && id.n > own_rules.n;
}

static pt_code explain_finding(const pt_args *args, pt_arena *a, pt_buf *b, pt_err *e) {
    pt_str state;
    pt_store *store = NULL;
    pt_kept_finding f;
    pt_code code = pt_state_need(args, a, &state, e);
    if (code)
        return code;
    pt_str path = pt_arena_printf(a, "%.*s/runs.db", PT_PRI(state));
    if (access(path.p, F_OK) != 0)
        return pt_err_set(e, PT_E_ABSENT, "no runs are kept in %.*s", PT_PRI(state));
    code = pt_store_open(&store, path.p, e);
    if (!code)
        code = pt_store_find(store, a, pt_str_of(args->operands[0]), &f, e);
    pt_store_free(store);
    if (code)
        return code;
    size_t told = 0;
    put_finding(b, &f);
    code = pt_explain_kept(b, state, &f, &told, e);
    const pt_check *c = pt_catalogue_find(pt_str_sub(f.check, 0, pt_str_find(f.check, '/')));
    if (code || told)
        return code;
    if (c && !is_own_rule(f.check))
        explain(b, c);
    else
        pt_explain_part(
            b, "Policy",
            pt_arena_printf(a,
                            "%.*s is none of the catalogue's checks but a policy of --policy: "
                            "paratia explain %.*s --policy PATH says what it asks for",
                            PT_PRI(f.check), PT_PRI(f.check)));
    return PT_OK;
}

static pt_code explain_policy(const pt_args *args, pt_arena *a, pt_buf *b, pt_err *e) {
    pt_journey j = {.args = args};
    pt_str id = pt_str_of(args->operands[0]);
    if (is_own_rule(id)) // of a scan, which asks those of package main
        id = pt_arena_printf(a, "main.%.*s", PT_PRI(pt_str_sub(id, own_rules.n, id.n)));
    pt_code code = pt_rights_drop(&(pt_rights){.read_all = true}, e);
    if (!code)
        code = pt_policies_read(&j, e);
    const pt_check *c = code ? NULL : pt_policies_find(j.policies, id);
    if (c) {
        explain(b, c);
    } else if (!code) {
        code = pt_err_set(e, PT_E_USAGE, "no policy of --policy is called %.*s", PT_PRI(id));
        if (j.run.cut.n)
            pt_err_remedy(e, "%.*s: paratia check --policy says why", PT_PRI(j.run.cut));
        else
            pt_err_remedy(e, "the name of a constraint, or main.deny_NAME");
    }
    pt_journey_done(&j);
    return code;
}

static pt_code explain_of_scan(pt_buf *b, const char *path, pt_str id, pt_err *e) {
    pt_code code = pt_rights_drop(&(pt_rights){.read_all = true}, e);
    return code ? code : pt_explain_file(b, path, id, e);
}

int pt_cmd_explain(const pt_args *args) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_EXPLAIN_BYTES_MAX);
    pt_err e = {0};
    pt_code code = PT_OK;
    pt_str id = pt_str_of(args->operands[0]);
    const char *scan = pt_args_get(args, "scan");
    const pt_check *c = pt_catalogue_find(pt_str_sub(id, 0, pt_str_find(id, '/')));
    if (scan)
        code = explain_of_scan(&b, scan, id, &e);
    else if (pt_args_get(args, "policy") && (!c || is_own_rule(id)))
        code = explain_policy(args, &a, &b, &e);
    else if (c) {
        explain(&b, c);
        if (is_own_rule(id))
            pt_explain_part(&b, "The rule",
                            PT_STR("--policy PATH says what it asks for, --scan "
                                   "FILE what it found in a scan (--json)"));
    } else if (is_fingerprint(id))
        code = explain_finding(args, &a, &b, &e);
    else
        return unknown(args->operands[0]);
    if (!code)
        code = pt_put_stdout(pt_buf_str(&b), &e);
    if (code)
        pt_say_error(&e);
    if (code == PT_E_USAGE)
        return PT_EXIT_USAGE;
    return code ? PT_EXIT_FAILED : PT_EXIT_OK;
}
