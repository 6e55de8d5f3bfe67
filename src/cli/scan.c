// paratia scan: what an image holds (cli/image_input), and what is wrong with it
// (judge/vuln/match).
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/rights.h"
#include "cli/db.h"
#include "cli/image_cache.h"
#include "cli/image_fetch.h"
#include "cli/image_input.h"
#include "cli/journey.h"
#include "cli/scan_against.h"
#include "cli/scan_all.h"
#include "cli/scan_layers.h"
#include "cli/scan_licences.h"
#include "cli/scan_receipt.h"
#include "cli/scan_rules.h"
#include "cli/scan_show.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "judge/docker/reference.h"
#include "judge/image/difference.h"
#include "judge/image/findings.h"
#include "judge/image/hardening.h"
#include "judge/image/tampering.h"
#include "judge/vuln/match/match.h"
#include "value/json.h"

const pt_option pt_scan_options[] = {
    {"all", NULL, "every image of the engine; TARGET is left out", NULL, "What"},
    {"from", "PLACE", "file, docker, podman, containerd, registry", "by its look", NULL},
    {"insecure-registry", NULL, "it may speak without TLS", NULL, NULL},
    {"image", "NAME", "which of several: a name or a digest", NULL, NULL},
    {"root", NULL, "a folder is a root file system", "if it has os-release", NULL},
    {"platform", "OS/ARCH", "which of several platforms", "this machine's", NULL},
    {"db", "FILE", "the advisory index", "made by paratia db update", "Vulnerabilities"},
    {"db-key", "FILE|VKEY", "take no index but one that this key signed", NULL, NULL},
    {"max-age", "TIME", "warn of an advisory index that is older", "7d", NULL},
    {"vex", "FILE...", "statements: OpenVEX, CSAF, CycloneDX", NULL, NULL},
    {"secrets", NULL, "look for them, in every layer", NULL, "Secrets"},
    {"secret-rules", "FILE", "rules of gitleaks (TOML), Trivy (YAML)", "ours", NULL},
    {"hardening", NULL, "judge user, modes, settings, programs, tools", NULL, "Hardening"},
    {"licences", NULL, "read them in files, too, and judge them", NULL, "Licences"},
    {"licence-policy", "FILE", "which may be in it", "ours", NULL},
    {"tampering", NULL, "files that differ from their packages'", NULL, "Tampering"},
    {"layers", NULL, "steps, sizes, waste, order of steps", NULL, "Layers"},
    {"max-waste", "PERCENT|BYTES", "exit 1 if layers waste more: 5%, 50M", "none", NULL},
    PT_CACHE_OPTIONS,
    {"policy", "PATH...", "rules of your own in Rego: deny, violation, warn", NULL, "Your rules"},
    {"deny", "PACKAGE...", "[TYPE/]NAME[@RANGE] may not be in it", NULL, NULL},
    {"fail-on", "SEVERITY|none", "exit 1 from it on; unknown is medium", "none", "Verdict"},
    {"ignore-unfixed", NULL, "--fail-on counts what has a fix", NULL, NULL},
    {"strict", NULL, "exit 1 also if something was not evaluated", NULL, NULL},
    {"full", NULL, "every finding, not only what an upgrade removes", NULL, "Report"},
    {"packages", NULL, "list the packages, too", "without an index", NULL},
    {"output", "FORMAT=FILE", "html, json, sarif, gitlab, trivy, openvex", "terminal", NULL},
    {"json", NULL, "the document alone; json=FILE: findings, and it", NULL, NULL},
    {"quiet", NULL, "only errors and the summary line", NULL, NULL},
    {"color", "WHEN", "auto, always, never; NO_COLOR is heeded", "auto", NULL},
    {"ascii", NULL, "signs in ASCII", NULL, NULL},
    {"config", "FILE", "waivers and settings", "paratia.yaml", "Accepted"},
    {"baseline", "FILE", "JSON of a scan: only findings that it has not", NULL, NULL},
    {"against", "OTHER|last", "what came since: a target, JSON of a scan; last", NULL, NULL},
    {"state", "DIR", "where scans and the ledger are kept", "/var/lib/paratia", "Record"},
    {"no-record", NULL, "leave no receipt, and no record for guards", NULL, NULL},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

typedef struct scan {
    pt_journey j;               // first: what its own functions are given
    pt_index *index;            // NULL: there is none, and nobody asked for one
    pt_value read;              // the document before it is judged
    const pt_scan_again *again; // one of many; NULL: it is the only one
    bool kept;                  // its layers were not read
    pt_vex *vex;                // of --vex
    pt_files files;             // of the image, if a judge asks for them
    pt_scan_read v[2];          // it, and what --against names
    pt_files others;            // of that
    pt_findings before;         // likewise
    pt_licence_policy licences;
    pt_waste_limit waste;
    pt_scan_rules rules;
} scan;

// -- vulnerabilities ------------------------------------------------------------------------------

static pt_code read_vex(scan *s, pt_vex **ret, pt_err *e) {
    const char *path;
    pt_code code = PT_OK;
    *ret = pt_vex_new(&s->j.arena);
    if (!*ret)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && (path = pt_args_nth(s->j.args, "vex", i)); i++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_VEX_BYTES_MAX);
        PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        code = fd < 0 ? pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno))
                      : pt_fd_read_all(fd, &b, e);
        pt_str text = pt_arena_str(&s->j.arena, pt_buf_str(&b));
        if (!code)
            code = pt_vex_read(*ret, text, pt_str_of(path), false, e);
        if (code && !e->where[0])
            pt_err_at(e, "%s", path);
    }
    return code;
}

// What asks for a judgement: without an index it cannot be had. (A gate may be for other findings
// alone.)
static bool asks_for_index(const scan *s) {
    static const char *const names[] = {"db", "db-key", "vex", "fail-on"};
    const pt_args *args = s->j.args;
    bool gate = pt_args_flag(args, "secrets") || pt_args_flag(args, "hardening") ||
                pt_args_flag(args, "tampering") || s->rules.rego || s->rules.n_denials;
    size_t n = PT_COUNT(names) - (gate || s->j.run.no_gate);
    for (size_t i = 0; i < n; i++)
        if (pt_args_get(args, names[i]))
            return true;
    return s->rules.asks_for_index;
}

// The members of the judgement, and of what it was judged by, beside those of the document.
static pt_value joined(pt_arena *a, pt_value doc, pt_value judged, pt_value by) {
    PT_VEC(pt_value) pairs = {0};
    const pt_value of[] = {doc, judged, by};
    for (size_t i = 0; i < PT_COUNT(of); i++)
        for (size_t k = 0; k < pt_len(of[i]); k++) {
            pt_value *pair[] = {PT_PUSH(a, &pairs), PT_PUSH(a, &pairs)};
            if (!pair[0] || !pair[1])
                return pt_undefined();
            pairs.v[pairs.n - 2] = pt_key_at(of[i], k);
            pairs.v[pairs.n - 1] = pt_val_at(of[i], k);
        }
    return pt_object_of(a, pairs.v, pairs.n / 2, NULL);
}

// What a file calls the image in it is its own word: anybody can write that. An engine or a
// registry was asked for the name.
static bool names_itself(const scan *s) {
    return pt_fetch_place(s->j.args) == PT_FROM_FILE;
}

static pt_code judge_flaws(scan *s, pt_value *doc, pt_err *e) {
    pt_value judged;
    const pt_match_ask ask = {.index = s->index,
                              .scan = *doc,
                              .vex = s->vex,
                              .by_digest = names_itself(s),
                              .now = time(NULL) * PT_SECOND_NS};
    if (!s->index)
        return PT_OK;
    pt_code code = pt_match(&ask, &s->j.arena, &judged, e);
    if (code)
        return code;
    pt_obj by = {.a = &s->j.arena};
    pt_obj old = {.a = &s->j.arena};
    int64_t days = pt_db_outdated_days(s->j.args, s->index);
    if (days >= 0)
        pt_obj_set(&old, "outdated", pt_int(days));
    pt_obj_set(&by, "index",
               joined(&s->j.arena, pt_index_about(s->index, &s->j.arena), pt_obj_end(&old),
                      pt_undefined()));
    if (pt_args_get(s->j.args, "vex"))
        pt_obj_set(&by, "vex", pt_vex_about(s->vex, &s->j.arena));
    *doc = joined(&s->j.arena, *doc, judged, pt_obj_end(&by));
    return pt_defined(*doc) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code judge(scan *s, pt_err *e) {
    pt_code code =
        s->index ? PT_OK : pt_db_open_if(s->j.args, &s->j.arena, asks_for_index(s), &s->index, e);
    s->read = s->j.run.scan;
    if (!code && s->index)
        code = read_vex(s, &s->vex, e);
    return code ? code : judge_flaws(s, &s->j.run.scan, e);
}

// -- files ----------------------------------------------------------------------------------------

// A judgement joins the document.
static pt_code join(scan *s, pt_value *doc, const char *name, pt_value judged, pt_err *e) {
    pt_obj o = {.a = &s->j.arena};
    pt_obj_set(&o, name, judged);
    *doc = joined(&s->j.arena, *doc, pt_obj_end(&o), pt_undefined());
    return pt_defined(*doc) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static bool is_kind(pt_value doc, const char *kind) {
    return pt_str_eqz(pt_text(pt_getz(doc, "kind")), kind);
}

static pt_code judge_hardening(scan *s, pt_value *doc, const pt_files *files, pt_err *e) {
    pt_value found = pt_undefined();
    const pt_image_facts f = {.doc = *doc, .files = files};
    if (is_kind(*doc, "tree")) {
        pt_code code =
            pt_err_set(e, PT_E_USAGE, "--hardening is for images; this is a source tree");
        pt_err_remedy(e, "scan the image that is built of it; --root for a root file system");
        return code;
    }
    pt_code code = pt_hardening_judge(&f, &s->j.arena, &found, e);
    return code ? code : join(s, doc, "hardening", found, e);
}

// What differs from its package.
static pt_code judge_tampering(scan *s, pt_value *doc, const pt_files *files, pt_err *e) {
    pt_value of = pt_undefined();
    pt_code code = pt_tampering(files, *doc, &s->j.arena, &of, e);
    return code ? code : join(s, doc, "tampering", of, e);
}

static pt_code judge_layers(scan *s, pt_value *doc, pt_err *e) {
    pt_value of = pt_undefined();
    if (!is_kind(*doc, "image"))
        return pt_err_set(e, PT_E_USAGE, "--layers is for images; this has no layers");
    pt_code code = pt_waste(&s->files, *doc, &s->waste, &s->j.arena, &of, e);
    return code ? code : join(s, doc, "waste", of, e);
}

// What is judged by files and licences. `files` NULL: it has none.
static pt_code judge_files(scan *s, pt_value *doc, const pt_files *files, pt_err *e) {
    const pt_args *args = s->j.args;
    pt_code code = PT_OK;
    if (files && pt_args_flag(args, "tampering"))
        code = judge_tampering(s, doc, files, e);
    if (!code && pt_args_flag(args, "licences"))
        code = pt_scan_licences_judge(&s->licences, &s->j.arena, doc, e);
    return !code && files && pt_args_flag(args, "hardening") ? judge_hardening(s, doc, files, e)
                                                             : code;
}

// -- the verdict ----------------------------------------------------------------------------------

static size_t over_gate(const pt_journey *j) {
    return pt_scan_over(&j->run, pt_args_flag(j->args, "ignore-unfixed"));
}

static int exit_code(const pt_journey *j) {
    return pt_scan_exit_code(pt_scan_end_of(&j->run, over_gate(j)));
}

static pt_code usage(pt_err *e, const char *what, const char *remedy) {
    pt_code code = pt_err_set(e, PT_E_USAGE, "%s", what);
    pt_err_remedy(e, "%s", remedy);
    return code;
}

static pt_code check_args(pt_journey *j, pt_err *e) {
    const char *word = pt_args_get(j->args, "fail-on");
    pt_severity gate = PT_INFO;
    bool none = !word || pt_gate_is_none(word);
    if (!none && !pt_scan_gate_parse(pt_str_of(word), &gate)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--fail-on does not know %s", word);
        pt_err_remedy(e, "critical, high, medium, low, negligible (info), or none");
        return code;
    }
    j->run.fail_on = gate;
    j->run.no_gate = none;
    if (!word && pt_args_flag(j->args, "ignore-unfixed"))
        return usage(e, "--ignore-unfixed is of --fail-on", "--fail-on high --ignore-unfixed");
    if (pt_args_get(j->args, "secret-rules") && !pt_args_flag(j->args, "secrets"))
        return usage(e, "--secret-rules is of --secrets", "add --secrets");
    if (pt_args_get(j->args, "licence-policy") && !pt_args_flag(j->args, "licences"))
        return usage(e, "--licence-policy is of --licences", "add --licences");
    return PT_OK;
}

// "shop/web" of "shop/web:1.2" and of "shop/web@sha256:…": the next build is compared with this
// one.
static pt_str repository_of(pt_str name) {
    name = pt_str_sub(name, 0, pt_str_find(name, '@'));
    size_t colon = pt_str_rfind(name, ':');
    size_t slash = pt_str_rfind(name, '/');
    return colon < name.n && (slash == name.n || colon > slash) ? pt_str_sub(name, 0, colon) : name;
}

static void add_fact(pt_journey *j, pt_str fact) {
    pt_str *slot = fact.n ? PT_PUSH(&j->arena, &j->run.facts) : NULL;
    if (slot)
        *slot = fact;
}

static pt_str counted(pt_arena *a, pt_value list, const char *word) {
    size_t n = pt_len(list);
    return n ? pt_arena_printf(a, "%zu %s%s", n, word, n == 1 ? "" : "s") : (pt_str){0};
}

// "Debian GNU/Linux 12", "amd64", "88 packages", "3 layers"
static void add_facts(pt_journey *j) {
    pt_value doc = j->run.scan;
    add_fact(j, pt_text(pt_getz(pt_getz(doc, "os"), "name")));
    add_fact(j, pt_text(pt_getz(pt_getz(doc, "image"), "architecture")));
    add_fact(j, counted(&j->arena, pt_getz(doc, "packages"), "package"));
    add_fact(j, counted(&j->arena, pt_getz(doc, "layers"), "layer"));
}

// What a waiver may call an image: the digests that were verified, the target as the operator gave
// it, and a name that is not its own word.
static void add_words(scan *s) {
    pt_run *r = &s->j.run;
    pt_value image = pt_getz(r->scan, "image");
    const pt_str words[] = {pt_text(pt_getz(image, "config")), pt_text(pt_getz(image, "manifest")),
                            pt_str_of(s->j.args->operands[0]), r->subject};
    size_t n = PT_COUNT(words) - names_itself(s);
    for (size_t i = 0; pt_defined(image) && i < n; i++) {
        pt_str *slot = words[i].n ? PT_PUSH(&s->j.arena, &r->words) : NULL;
        if (slot)
            *slot = words[i];
    }
}

// Whom findings are about: a waiver of it, copied from what is shown, must meet (add_words).
static pt_str subject_of(const scan *s) {
    pt_value image = pt_getz(s->j.run.scan, "image");
    pt_str target = pt_str_of(s->j.args->operands[0]);
    if (!pt_defined(image) || !names_itself(s))
        return s->j.run.subject;
    return pt_str_eqz(target, "-") ? pt_text(pt_getz(image, "config")) : target;
}

// What was scanned, and by what the next scan of it is known.
static void name_run(pt_journey *j) {
    pt_value image = pt_getz(j->run.scan, "image");
    pt_str name = pt_text(pt_at(pt_getz(image, "names"), 0));
    pt_str target = pt_str_of(j->args->operands[0]);
    char whole[PATH_MAX];
    j->run.subject = name.n ? name : target;
    if (name.n)
        j->run.series = repository_of(name);
    else if (pt_defined(pt_getz(j->run.scan, "container")))
        j->run.series = target;
    else if (pt_str_eqz(target, "-"))
        j->run.series = pt_text(pt_getz(image, "config"));
    else if (realpath(target.p, whole))
        j->run.series = pt_arena_str(&j->arena, pt_str_of(whole));
    const char *platform = pt_args_get(j->args, "platform");
    j->scope = pt_arena_printf(&j->arena, "%s%s%s%s%s%s%s%s%s",
                               pt_defined(pt_getz(j->run.scan, "coverage")) ? "index " : "",
                               pt_args_flag(j->args, "secrets") ? "secrets " : "",
                               pt_args_flag(j->args, "hardening") ? "hardening " : "",
                               pt_args_flag(j->args, "tampering") ? "tampering " : "",
                               pt_args_flag(j->args, "licences") ? "licences " : "",
                               pt_args_get(j->args, "policy") ? "policy " : "",
                               pt_args_get(j->args, "deny") ? "deny " : "",
                               platform ? "platform " : "", platform ? platform : "");
}

// What the operator's own rules say of all that was found.
static pt_code judge_rules(scan *s, pt_err *e) {
    pt_value of = pt_undefined();
    pt_value *doc = &s->j.run.scan;
    pt_code code = pt_scan_rules_deny(&s->rules, *doc, &s->j.arena, &of, e);
    if (!code && pt_defined(of))
        code = join(s, doc, "denied", of, e);
    of = pt_undefined();
    if (!code)
        code = pt_scan_rules_ask(&s->rules, *doc, &s->j.arena, &of, e);
    return code || !pt_defined(of) ? code : join(s, doc, "policy", of, e);
}

// -- one of many ----------------------------------------------------------------------------------

// The layers are not read again where what was read is kept, whole, and was looked for likewise.
static bool read_kept(scan *s, const pt_scan_again *again) {
    pt_images *i = NULL;
    pt_str text = {0};
    pt_value doc = pt_undefined();
    pt_code code = pt_images_open_read(&i, again->path.p, NULL);
    if (!code)
        code = pt_images_document(i, &s->j.arena, again->id, again->asked.looked, &text, NULL);
    if (!code)
        code = pt_json_parse(&s->j.arena, text, NULL, &doc, NULL);
    pt_images_free(i);
    if (code || !pt_str_eqz(pt_text(pt_getz(doc, "verdict")), "pass"))
        return false;
    s->j.run.scan = doc;
    return true;
}

static const pt_files *files_of(const pt_scan_read *v) {
    return v->listed ? NULL : v->files;
}

// The image itself. What is judged by its files is kept with what was read of it.
static pt_code look(scan *s, pt_err *e) {
    static const char *const of_files[] = {"hardening", "tampering", "layers"};
    const char *other = pt_fetch_other(s->j.args);
    bool asked = other != NULL;
    for (size_t i = 0; i < PT_COUNT(of_files); i++)
        asked = asked || pt_args_flag(s->j.args, of_files[i]);
    s->v[0] =
        (pt_scan_read){s->j.args->operands[0], asked ? &s->files : NULL, pt_undefined(), false};
    s->v[1] = (pt_scan_read){other, &s->others, pt_undefined(), false};
    pt_code code = pt_scan_targets(s->j.args, &s->j.arena, s->v, e);
    s->j.run.scan = s->v[0].doc;
    if (!code)
        code = judge_files(s, &s->j.run.scan, files_of(&s->v[0]), e);
    return !code && pt_args_flag(s->j.args, "layers") ? judge_layers(s, &s->j.run.scan, e) : code;
}

static pt_code look_again(scan *s, pt_err *e) {
    const pt_scan_again *again = s->again;
    s->kept = again->read_at && read_kept(s, again);
    if (s->kept)
        return pt_rights_drop(&(pt_rights){.read_all = true}, e);
    pt_code code = look(s, e);
    pt_str id = pt_text(pt_getz(pt_getz(s->j.run.scan, "image"), "config"));
    if (!code && !pt_str_eq(id, again->id))
        code = pt_err_set(e, PT_E_CONFLICT, "the engine gave another image than it listed");
    return code;
}

// What the other one was found to have is known; what came and went joins the document.
static pt_code compare(scan *s, pt_err *e) {
    pt_journey *j = &s->j;
    pt_value other = s->v[1].doc;
    pt_value of = pt_undefined();
    const pt_files *files = files_of(&s->v[1]);
    pt_code code = judge_files(s, &other, files, e);
    if (!code)
        code = judge_flaws(s, &other, e);
    const pt_image_facts facts = {.doc = other, .subject = subject_of(s)};
    if (!code)
        code = pt_image_findings(&facts, &j->arena, &s->before, e);
    if (code)
        return code;
    pt_findings_finish(&s->before);
    j->before = &s->before;
    const pt_compared before = {.doc = other, .files = files};
    const pt_compared now = {.doc = j->run.scan, .files = files_of(&s->v[0])};
    code = pt_difference(&now, &before, &j->arena, &of, e);
    pt_value which = pt_scan_against_other(s->v[1].target, other, &j->arena);
    of = joined(&j->arena, which, of, pt_undefined());
    return code ? code : join(s, &j->run.scan, "against", of, e);
}

static pt_code run(scan *s, pt_err *e) {
    pt_code code = check_args(&s->j, e);
    if (!code)
        code = pt_scan_waste_limit(s->j.args, &s->waste, e);
    if (!code && pt_args_flag(s->j.args, "licences")) // one that is wrong is told before all else
        code = pt_scan_licences_policy(s->j.args, &s->j.arena, &s->licences, e);
    if (!code)
        code = pt_scan_rules_read(s->j.args, &s->j.arena, &s->rules, e);
    if (!code)
        code = s->again ? look_again(s, e) : look(s, e);
    if (!code)
        code = judge(s, e);
    if (!code)
        code = judge_rules(s, e);
    if (code)
        return code;
    name_run(&s->j);
    add_words(s);
    add_facts(&s->j);
    code = s->v[1].target ? compare(s, e) : PT_OK;
    const pt_image_facts facts = {.doc = s->j.run.scan, .subject = subject_of(s)};
    return code ? code : pt_image_findings(&facts, &s->j.arena, &s->j.run.findings, e);
}

static pt_code print(pt_journey *j, pt_buf *b, pt_err *e) {
    pt_scan_marks marks;
    if (pt_args_flag(j->args, "json"))
        return pt_scan_payload(&j->run, b, e);
    pt_code code = pt_scan_mark(&j->run, &j->arena, &marks, e);
    if (code)
        return code;
    pt_terminal t = pt_screen(j->args);
    size_t over = over_gate(j);
    const pt_scan_shown shown = {.run = &j->run,
                                 .marks = &marks,
                                 .end = pt_scan_end_of(&j->run, over),
                                 .over = over,
                                 .packages = pt_args_flag(j->args, "packages"),
                                 .state = pt_args_get(j->args, "state")};
    pt_scan_show(b, &shown, &t);
    return PT_OK;
}

// -- the record -----------------------------------------------------------------------------------

// What leads to it: by the word of the engine or the registry that was asked for it.
static pt_scan_names names_of(pt_journey *j, pt_str room[2]) {
    const char *name = pt_fetch_name(j->args);
    static const pt_str prefix = PT_STR("registry:");
    pt_str word = pt_str_of(name);
    size_t at = pt_str_find(word, '@');
    room[1] = pt_str_sub(word, at + 1, word.n);
    if (pt_str_starts(word, prefix) && pt_str_find(word, '/') < word.n)
        word = pt_str_sub(word, prefix.n, word.n);
    if (!name)
        return (pt_scan_names){0};
    room[0] = pt_docker_reference_tagged(&j->arena, word);
    return (pt_scan_names){.names = &room[0],
                           .n_names = room[0].n > 0,
                           .digests = &room[1],
                           .n_digests = room[1].n > 0};
}

// Where there is a state folder. What an earlier scan said stays in force for guards if this one
// cannot be recorded: that is an error.
static pt_code record(pt_journey *j, pt_err *e) {
    const scan *s = (const scan *)j;
    pt_str room[2];
    pt_str path = s->again ? s->again->path : (pt_str){0};
    pt_scan_ended ended = {.run = &j->run,
                           .read = s->read,
                           .runs = s->again || pt_fetch_place(j->args) == PT_FROM_ENGINE,
                           .names = s->again ? s->again->names : names_of(j, room)};
    if (s->again && s->kept)
        ended.read_at = s->again->read_at;
    pt_code code = PT_OK;
    if (!s->again && !pt_args_flag(j->args, "no-record"))
        code = pt_scan_record_path(j->args, &j->arena, false, &path, e);
    return code || !path.n ? code : pt_scan_record(j->args, &j->arena, path, &ended, e);
}

static pt_code say_nothing(pt_journey *j, pt_buf *b, pt_err *e) {
    (void)j, (void)b, (void)e;
    return PT_OK;
}

static const pt_journey_own own = {.print = print,
                                   .exit_code = exit_code,
                                   .payload = pt_scan_payload,
                                   .entry = pt_scan_entry,
                                   .ended = record};
static const pt_journey_own own_of_many = {.print = say_nothing,
                                           .exit_code = exit_code,
                                           .payload = pt_scan_payload,
                                           .entry = pt_scan_entry,
                                           .ended = record};

pt_code pt_scan_one(const pt_args *args, const pt_scan_again *again, bool *ret_kept, pt_err *e) {
    scan s = {.index = again->index, .again = again};
    pt_code code = pt_journey_open(&s.j, args, &own_of_many, e);
    if (!code)
        code = run(&s, e);
    *ret_kept = s.kept;
    if (code)
        pt_journey_done(&s.j);
    else
        PT_IGNORE(pt_journey_end(&s.j, NULL)); // what it came to is in the record
    return code;
}

static int scan_single(const pt_args *args) {
    scan s = {.index = NULL};
    pt_err e = {0};
    int exit = PT_EXIT_OK;
    pt_code code = pt_journey_open(&s.j, args, &own, &e);
    if (!code)
        code = run(&s, &e);
    if (code) {
        pt_say_error(&e);
        pt_journey_done(&s.j);
        exit = code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    } else
        exit = pt_journey_end(&s.j, NULL);
    pt_index_close(s.index);
    return exit;
}

int pt_cmd_scan(const pt_args *args) {
    pt_err e = {0};
    bool all = pt_args_flag(args, "all");
    if (all && !pt_fetch_other(args))
        return pt_scan_all(args);
    if (!all && args->operands_n)
        return scan_single(args);
    PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "%s",
                         all ? "--all and --against OTHER contradict each other"
                             : "scan needs a TARGET"));
    pt_err_remedy(&e, "an image's name, a file or a folder; --all: every image of the engine");
    pt_say_error(&e);
    return PT_EXIT_USAGE;
}
