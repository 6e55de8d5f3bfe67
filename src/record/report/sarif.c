// SARIF 2.1.0 (OASIS, 2020), with what GitHub and GitLab ask of it. Written through values, so that
// keys are sorted and the same run gives the same bytes.
//
// A failure is kind "fail" with its level. "Not evaluated" is kind "open", for which the standard
// wants level "none" (3.27.9, 3.27.10). GitHub shows every result as an alert whatever its kind,
// and takes the severity of an alert from the rule: so these have a rule of their own,
// PT-…/not-evaluated (a hierarchical id, 3.27.5), that has no severity to lend. For the same reason
// what passes is written only when everything is asked for, and "not applicable" never.
#include "base/map.h"
#include "judge/catalogue/catalogue.h"
#include "record/report/flaws_impl.h"
#include "record/report/report.h"
#include "record/waiver/waiver.h"
#include "value/json.h"

// What GitHub takes of one run; the rest is cut, with a notification that says so.
#define RESULTS_MAX 25000u
#define TAGS_MAX    20u
// GitHub's bound of a short description.
#define TITLE_BYTES_MAX ((size_t)1024)

typedef struct level {
    const char *word;
    const char *security; // GitHub: over 9.0 critical, 7.0 high, 4.0 medium; a string by its rule
} level;

static const level levels[PT_SEVERITY_COUNT] = {
    [PT_CRITICAL] = {"error", "9.5"}, [PT_HIGH] = {"error", "8.0"},
    [PT_MEDIUM] = {"warning", "5.5"}, [PT_LOW] = {"note", "2.0"},
    [PT_INFO] = {"note", NULL},
};

typedef struct rule {
    const pt_finding *first; // of its findings, which is the worst
    const pt_check *check;   // of it
    bool open;               // the rule PT-…/not-evaluated
} rule;

typedef struct log {
    const pt_run *r;
    pt_arena *a;
    PT_VEC(rule) rules;
    pt_map known; // the places of rules in `rules`, by id
    pt_list results;
    size_t results_n, left_out;
    bool full; // a part did not fit: the whole is not written
} log;

// -- texts ----------------------------------------------------------------------------------------

// Bytes from outside as text: nothing hidden, and no "](": in a message that would be a link
// (3.11.6), and its target somebody else's choice.
static pt_str shown(pt_arena *a, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(4 * s.n + 64);
    pt_buf_put_safe(&safe, s);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(2 * safe.n + 64);
    pt_str rest = pt_buf_str(&safe);
    while (rest.n) {
        size_t at = pt_str_find_str(rest, PT_STR("]("));
        pt_buf_put(&b, pt_str_sub(rest, 0, at));
        if (at < rest.n)
            pt_buf_putz(&b, "] (");
        rest = pt_str_sub(rest, at + 2, rest.n);
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_value text_object(pt_arena *a, pt_str s) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "text", pt_string(s));
    return pt_obj_end(&o);
}

static pt_value one_item(pt_arena *a, pt_value v) {
    pt_list l = {.a = a};
    pt_list_add(&l, v);
    return pt_list_end(&l);
}

// -- places ---------------------------------------------------------------------------------------

static bool unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '/';
}

// A path as a relative reference (RFC 3986): no leading slash, everything else percent-encoded, ':'
// too, so that no first segment reads as a scheme.
static pt_str uri_of(pt_arena *a, pt_str path) {
    while (pt_str_starts(path, PT_STR("./")))
        path = pt_str_sub(path, 2, path.n);
    while (pt_str_starts(path, PT_STR("/")))
        path = pt_str_sub(path, 1, path.n);
    if (pt_str_eqz(path, "-"))
        return PT_STR("stdin");
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(3 * path.n + 1);
    for (size_t i = 0; i < path.n; i++)
        if (unreserved(path.p[i]))
            pt_buf_putc(&b, path.p[i]);
        else
            pt_buf_printf(&b, "%%%02X", (unsigned char)path.p[i]);
    return pt_arena_str(a, pt_buf_str(&b));
}

// GitLab refuses a report in which most results have no place: what stands in no file gets a stable
// one, from the family of the fact that the check asks for: "host/sysctl", "container/inspect".
static pt_str pseudo_file(pt_arena *a, const pt_check *c) {
    pt_str fact = c->conds[0].fact ? pt_str_of(c->conds[0].fact) : pt_str_of(c->id);
    pt_str family = pt_str_sub(fact, 0, pt_str_find(fact, '/'));
    return pt_arena_printf(a, "%s/%.*s", pt_kind_name_of(c->kind)->word, PT_PRI(family));
}

static pt_value physical(pt_arena *a, const pt_finding *f) {
    pt_str file = f->place.file.n ? f->place.file : pseudo_file(a, f->check);
    pt_obj artifact = {.a = a};
    pt_obj_set(&artifact, "uri", pt_string(uri_of(a, file)));
    pt_obj region = {.a = a};
    pt_obj_set(&region, "startLine", pt_int(f->place.line ? f->place.line : 1));
    if (f->place.column)
        pt_obj_set(&region, "startColumn", pt_int(f->place.column));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "artifactLocation", pt_obj_end(&artifact));
    pt_obj_set(&o, "region", pt_obj_end(&region));
    return pt_obj_end(&o);
}

static pt_value logical(pt_arena *a, const pt_finding *f) {
    pt_str subject = shown(a, f->subject);
    pt_str path = shown(a, f->path);
    pt_value package = pt_getz(f->about, "package");
    pt_str name = pt_part_text(package, "name");
    pt_obj o = {.a = a};
    if (name.n) { // what is wrong is a package of the image
        pt_str purl = pt_part_text(package, "purl");
        pt_obj_set(&o, "kind", pt_stringz("package"));
        pt_obj_set(&o, "name", pt_string(shown(a, name)));
        pt_obj_set(&o, "fullyQualifiedName",
                   pt_string(purl.n ? shown(a, purl) : shown(a, f->identity)));
        return pt_obj_end(&o);
    }
    pt_obj_set(&o, "kind", pt_stringz("resource"));
    pt_obj_set(&o, "name", pt_string(subject));
    pt_obj_set(&o, "fullyQualifiedName",
               pt_string(pt_arena_printf(a, "%s/%.*s%s%.*s", pt_kind_name_of(f->kind)->word,
                                         PT_PRI(subject), path.n ? "/" : "", PT_PRI(path))));
    return pt_obj_end(&o);
}

static pt_value locations(pt_arena *a, const pt_finding *f) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "physicalLocation", physical(a, f));
    pt_obj_set(&o, "logicalLocations", one_item(a, logical(a, f)));
    return one_item(a, pt_obj_end(&o));
}

// -- rules ----------------------------------------------------------------------------------------

static pt_str rule_id(pt_arena *a, const rule *r) {
    return r->open ? pt_arena_printf(a, "%s/not-evaluated", r->check->id) : pt_str_of(r->check->id);
}

// The index of a finding's rule, made when it first comes. Checks that are made for a finding share
// one by their id.
static size_t rule_of(log *l, const pt_finding *f) {
    bool open = f->verdict == PT_NOT_EVALUATED;
    uint64_t key = pt_hash(pt_stringz(f->check->id), open ? 2 : 4);
    const size_t *at = pt_map_get(&l->known, key);
    if (at)
        return *at;
    rule *slot = PT_PUSH(l->a, &l->rules);
    size_t *index = PT_NEW(l->a, size_t, 1);
    if (!slot || !index || !pt_map_put(&l->known, key, index)) {
        l->full = true;
        return 0;
    }
    *slot = (rule){f, f->check, open};
    *index = l->rules.n - 1;
    return *index;
}

static pt_value rule_properties(pt_arena *a, const rule *r) {
    const pt_check *c = r->check;
    pt_list tags = {.a = a};
    pt_list_add(&tags, pt_stringz("security"));
    pt_list_add(&tags, pt_stringz(pt_kind_name_of(c->kind)->option));
    pt_str list = pt_str_of(c->standards);
    pt_str one;
    for (size_t n = 2; n < TAGS_MAX && list.n && pt_str_split(&list, ';', &one); n++)
        pt_list_add(&tags, pt_string(pt_str_trim(one)));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "tags", pt_list_end(&tags));
    pt_obj_set(&o, "precision", pt_stringz("very-high"));
    if (!r->open && levels[c->severity].security)
        pt_obj_set(&o, "security-severity", pt_stringz(levels[c->severity].security));
    return pt_obj_end(&o);
}

// A policy's check is explained only by who has the policy at hand, a flaw by the scan's document.
static pt_str explained_by(pt_arena *a, const rule *r) {
    const pt_check *c = r->check;
    if (pt_part_is_flaw(r->first))
        return pt_arena_printf(a, "paratia explain %s --scan scan.json", c->id);
    if (pt_part_is_secret(r->first))
        return PT_STR("paratia explain PT-IMG-SECRETS");
    bool ours = pt_catalogue_find(pt_str_of(c->id)) == c;
    return pt_arena_printf(a, "paratia explain %s%s", c->id, ours ? "" : " --policy PATH");
}

static pt_value rule_help(pt_arena *a, const rule *r) {
    const pt_check *c = r->check;
    pt_str remedy = pt_str_trim(pt_str_of(c->remedy));
    pt_str more = explained_by(a, r);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "text",
               pt_string(pt_arena_printf(a, "%s\n\nRemedy:\n%.*s\n\nInterrupts: %s.", c->why,
                                         PT_PRI(remedy), c->interrupts)));
    pt_obj_set(&o, "markdown",
               pt_string(pt_arena_printf(a,
                                         "%s\n\n**Otherwise:** %s\n\n```\n%.*s\n```\n\n"
                                         "**Interrupts:** %s.\n\n`%.*s`",
                                         c->why, c->consequence, PT_PRI(remedy), c->interrupts,
                                         PT_PRI(more))));
    return pt_obj_end(&o);
}

// Of a flaw what it is, whatever package has it.
static pt_str title_of(pt_arena *a, const rule *r) {
    const pt_check *c = r->check;
    pt_str summary = pt_part_text(r->first->about, "summary");
    if (r->open)
        return pt_arena_printf(a, "Not evaluated: %s", c->good);
    if (!pt_part_is_flaw(r->first))
        return pt_str_of(c->title);
    return summary.n ? shown(a, pt_safe_cut(a, summary, TITLE_BYTES_MAX)) : pt_str_of(c->id);
}

static pt_value rule_value(pt_arena *a, const rule *r) {
    const pt_check *c = r->check;
    pt_obj config = {.a = a};
    pt_obj_set(&config, "level", pt_stringz(r->open ? "none" : levels[c->severity].word));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "id", pt_string(rule_id(a, r)));
    pt_obj_set(&o, "name", pt_stringz(c->id));
    pt_obj_set(&o, "shortDescription", text_object(a, title_of(a, r)));
    pt_obj_set(&o, "fullDescription", text_object(a, pt_str_of(c->why)));
    pt_obj_set(&o, "help", rule_help(a, r));
    pt_obj_set(&o, "defaultConfiguration", pt_obj_end(&config));
    pt_obj_set(&o, "properties", rule_properties(a, r));
    return pt_obj_end(&o);
}

// -- results --------------------------------------------------------------------------------------

// "edge-proxy: Docker socket is mounted into the container (Binds[0] = /var/run/docker.sock)"
static pt_value message(pt_arena *a, const pt_finding *f) {
    const pt_check *c = f->check;
    pt_str evidence = shown(a, f->evidence);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 20);
    pt_buf_put(&b, shown(a, f->subject));
    pt_buf_printf(&b, ": %s%s", f->verdict == PT_NOT_EVALUATED ? "not evaluated: " : "",
                  f->verdict == PT_FAIL ? c->title : c->good);
    if (evidence.n)
        pt_buf_printf(&b, " (%.*s)", PT_PRI(evidence));
    if (f->remedy.n)
        pt_buf_printf(&b, ". To let Paratia look: %.*s", PT_PRI(shown(a, f->remedy)));
    return text_object(a, pt_arena_str(a, pt_buf_str(&b)));
}

static pt_value fingerprints(pt_arena *a, const pt_finding *f) {
    pt_obj o = {.a = a};
    // GitHub matches alerts by this name; its form is hash:ordinal.
    pt_obj_set(&o, "primaryLocationLineHash",
               pt_string(pt_arena_printf(a, "%s:1", f->fingerprint)));
    pt_obj_set(&o, "paratia/v1", pt_stringz(f->fingerprint));
    return pt_obj_end(&o);
}

static pt_str justification(pt_arena *a, const pt_waiver *w) {
    char room[PT_RFC3339_BYTES];
    pt_str until = pt_time_rfc3339(w->expires, room);
    return shown(a, pt_arena_printf(a, "%.*s (%.*s, until %.*s)", PT_PRI(w->reason),
                                    PT_PRI(w->owner), PT_PRI(until)));
}

// Either all results of a run have the key or none (3.27.23): an empty list says "not suppressed".
static pt_value suppressions(pt_arena *a, const pt_finding *f) {
    pt_list l = {.a = a};
    if (f->waived || f->known) {
        pt_obj o = {.a = a};
        pt_obj_set(&o, "kind", pt_stringz("external"));
        pt_obj_set(&o, "status", pt_stringz("accepted"));
        pt_obj_set(&o, "justification",
                   f->waived && f->waiver ? pt_string(justification(a, f->waiver))
                                          : pt_stringz("known from the baseline"));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

static pt_value result_properties(const log *l, const pt_finding *f) {
    pt_arena *a = l->a;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "verdict", pt_stringz(pt_verdict_word(f->verdict)));
    pt_obj_set(&o, "severity", pt_stringz(pt_severity_word(f->check->severity)));
    if (f->source.n)
        pt_obj_set(&o, "source", pt_string(shown(a, f->source)));
    if (l->r->compared)
        pt_obj_set(&o, "new", pt_bool(f->is_new));
    if (f->waiver_expired)
        pt_obj_set(&o, "waiver", pt_stringz("expired"));
    return pt_obj_end(&o);
}

static pt_value result_value(log *l, const pt_finding *f) {
    static const char *const kinds[PT_VERDICT_COUNT] = {[PT_FAIL] = "fail",
                                                        [PT_NOT_EVALUATED] = "open",
                                                        [PT_PASS] = "pass",
                                                        [PT_NOT_APPLICABLE] = "notApplicable"};
    pt_arena *a = l->a;
    size_t index = rule_of(l, f);
    rule r = {f, f->check, f->verdict == PT_NOT_EVALUATED};
    pt_obj o = {.a = a};
    pt_obj_set(&o, "ruleId", pt_string(rule_id(a, &r)));
    pt_obj_set(&o, "ruleIndex", pt_int((int64_t)index));
    pt_obj_set(&o, "kind", pt_stringz(kinds[f->verdict]));
    pt_obj_set(&o, "level",
               pt_stringz(f->verdict == PT_FAIL ? levels[f->check->severity].word : "none"));
    pt_obj_set(&o, "message", message(a, f));
    pt_obj_set(&o, "locations", locations(a, f));
    pt_obj_set(&o, "partialFingerprints", fingerprints(a, f));
    pt_obj_maybe(&o, "suppressions", suppressions(a, f));
    pt_obj_set(&o, "properties", result_properties(l, f));
    if (f->first_seen) {
        char room[PT_RFC3339_BYTES];
        pt_obj first = {.a = a};
        pt_obj_set(&first, "firstDetectionTimeUtc",
                   pt_string(pt_arena_str(a, pt_time_rfc3339(f->first_seen, room))));
        pt_obj_set(&o, "provenance", pt_obj_end(&first));
    }
    return pt_obj_end(&o);
}

// Findings come worst first, so that a cut takes what matters least.
static void collect(log *l) {
    const pt_findings *fs = &l->r->findings;
    for (size_t i = 0; i < fs->all.n; i++) {
        const pt_finding *f = &fs->all.v[i];
        bool wanted = f->verdict <= PT_NOT_EVALUATED || (f->verdict == PT_PASS && !fs->drop_good);
        if (!wanted)
            continue;
        if (l->results_n == RESULTS_MAX) {
            l->left_out++;
            continue;
        }
        pt_value v = result_value(l, f);
        l->full |= !pt_defined(v);
        pt_list_add(&l->results, v);
        l->results_n++;
    }
}

// -- the document ---------------------------------------------------------------------------------

static pt_value cut_notice(const log *l) {
    pt_arena *a = l->a;
    pt_list list = {.a = a};
    if (l->left_out) {
        pt_obj id = {.a = a};
        pt_obj_set(&id, "id", pt_stringz("results-cut"));
        pt_obj o = {.a = a};
        pt_obj_set(&o, "level", pt_stringz("warning"));
        pt_obj_set(&o, "descriptor", pt_obj_end(&id));
        pt_obj_set(&o, "message",
                   text_object(a, pt_arena_printf(a,
                                                  "%zu results are left out, the least severe "
                                                  "ones: a run holds %u. The JSON report has all.",
                                                  l->left_out, RESULTS_MAX)));
        pt_list_add(&list, pt_obj_end(&o));
    }
    return pt_list_end(&list);
}

static pt_value invocation(const log *l) {
    char room[PT_RFC3339_BYTES];
    pt_arena *a = l->a;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "executionSuccessful", pt_bool(l->r->exit_code <= 1));
    pt_obj_set(&o, "exitCode", pt_int(l->r->exit_code));
    pt_obj_set(&o, "startTimeUtc",
               pt_string(pt_arena_str(a, pt_time_rfc3339(l->r->started, room))));
    pt_obj_maybe(&o, "toolExecutionNotifications", cut_notice(l));
    return one_item(a, pt_obj_end(&o));
}

static pt_value rules_value(log *l) {
    pt_list rules = {.a = l->a};
    for (size_t i = 0; i < l->rules.n; i++)
        pt_list_add(&rules, rule_value(l->a, &l->rules.v[i]));
    pt_value v = pt_list_end(&rules);
    l->full |= !pt_defined(v);
    return v;
}

static pt_value tool(log *l) {
    pt_obj driver = {.a = l->a};
    pt_obj_set(&driver, "name", pt_stringz("Paratia"));
    pt_obj_set(&driver, "version", pt_stringz(PT_VERSION));
    pt_obj_set(&driver, "semanticVersion", pt_stringz(PT_VERSION));
    pt_obj_set(&driver, "rules", rules_value(l));
    pt_obj o = {.a = l->a};
    pt_obj_set(&o, "driver", pt_obj_end(&driver));
    return pt_obj_end(&o);
}

static pt_value run_properties(const log *l) {
    const pt_run *r = l->r;
    pt_obj o = {.a = l->a};
    for (unsigned v = 0; v < PT_VERDICT_COUNT; v++)
        pt_obj_set(&o, pt_verdict_word((pt_verdict)v),
                   pt_int((int64_t)pt_findings_count(&r->findings, (pt_verdict)v)));
    pt_obj_set(&o, "subject", pt_string(shown(l->a, r->subject)));
    if (r->receipt.recorded)
        pt_obj_set(&o, "ledgerEntry", pt_int((int64_t)r->receipt.index));
    return pt_obj_end(&o);
}

// GitHub: what stands before the last slash is the category; uploads of one replace each other,
// those of two images do not.
static pt_str category_of(pt_arena *a, const pt_run *r) {
    bool image = r->series.n && r->series.p[0] != '/'; // a repository, whatever its tag
    if (!pt_defined(r->scan))
        return pt_arena_printf(a, "paratia/%s/", r->verb);
    pt_str name = uri_of(a, image ? r->series : r->subject);
    return pt_arena_printf(a, "paratia/scan/%.*s/", PT_PRI(name));
}

static pt_value run_value(log *l) {
    pt_arena *a = l->a;
    pt_value results = pt_list_end(&l->results);
    l->full |= !pt_defined(results);
    pt_obj category = {.a = a};
    pt_obj_set(&category, "id", pt_string(category_of(a, l->r)));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "tool", tool(l));
    pt_obj_set(&o, "automationDetails", pt_obj_end(&category));
    pt_obj_set(&o, "columnKind", pt_stringz("unicodeCodePoints"));
    pt_obj_set(&o, "invocations", invocation(l));
    pt_obj_set(&o, "properties", run_properties(l));
    pt_obj_set(&o, "results", results);
    return pt_obj_end(&o);
}

pt_code pt_report_sarif(pt_buf *b, const pt_run *r, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    log l = {.r = r, .a = &a, .known = {.a = &a}, .results = {.a = &a}};
    collect(&l);
    pt_obj o = {.a = &a};
    pt_obj_set(&o, "$schema", pt_stringz("https://json.schemastore.org/sarif-2.1.0.json"));
    pt_obj_set(&o, "version", pt_stringz("2.1.0"));
    pt_obj_set(&o, "runs", one_item(&a, run_value(&l)));
    pt_value v = pt_obj_end(&o);
    if (l.full || !pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "the report is too large for the memory allowed");
    pt_code code = pt_json_write(b, v, &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}
