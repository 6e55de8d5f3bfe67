// paratia scan: what an image holds (cli/image_input), and what is wrong with it
// (judge/vuln/match).
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/db.h"
#include "cli/image_input.h"
#include "cli/scan_receipt.h"
#include "cli/scan_secrets.h"
#include "cli/scan_show.h"
#include "cli/scan_vuln.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "judge/vuln/match/match.h"
#include "value/json.h"

const pt_option pt_scan_options[] = {
    {"from", "PLACE", "file, docker, podman, registry", "by its look", "What"},
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
    {"fail-on", "SEVERITY", "exit 1 from it on; unknown is medium", "none", "Verdict"},
    {"ignore-unfixed", NULL, "--fail-on counts what has a fix", NULL, NULL},
    {"all", NULL, "every finding, not only what an upgrade removes", NULL, "Report"},
    {"packages", NULL, "list the packages, too", "without an index", NULL},
    {"receipt", NULL, "leave one in the ledger; prove N shows it", NULL, NULL},
    {"state", "DIR", "where the ledger is kept", "/var/lib/paratia", NULL},
    {"json", NULL, "one JSON document on standard output", NULL, NULL},
    {"quiet", NULL, "only errors and the summary line", NULL, NULL},
    {"color", "WHEN", "auto, always, never; NO_COLOR is heeded", "auto", NULL},
    {"ascii", NULL, "signs in ASCII", NULL, NULL},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

enum {
    OUT_BYTES_MAX = 512 << 20,
};

typedef struct scan {
    const pt_args *args;
    pt_arena arena;
    pt_index *index; // NULL: there is none, and nobody asked for one
    pt_value doc;
    pt_value judged; // of pt_match; undefined without an index
    uint64_t receipt;
} scan;

// -- vulnerabilities ------------------------------------------------------------------------------

static pt_code read_vex(scan *s, pt_vex **ret, pt_err *e) {
    const char *path;
    pt_code code = PT_OK;
    *ret = pt_vex_new(&s->arena);
    if (!*ret)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && (path = pt_args_nth(s->args, "vex", i)); i++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_VEX_BYTES_MAX);
        PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        code = fd < 0 ? pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno))
                      : pt_fd_read_all(fd, &b, e);
        pt_str text = pt_arena_str(&s->arena, pt_buf_str(&b));
        if (!code)
            code = pt_vex_read(*ret, text, pt_str_of(path), false, e);
        if (code && !e->where[0])
            pt_err_at(e, "%s", path);
    }
    return code;
}

// What asks for a judgement: without an index it cannot be had. (A gate may be for secrets alone.)
static const char *asks_for_index(const pt_args *args) {
    static const char *const names[] = {"db", "db-key", "vex", "fail-on"};
    size_t n = PT_COUNT(names) - pt_args_flag(args, "secrets");
    for (size_t i = 0; i < n; i++)
        if (pt_args_get(args, names[i]))
            return names[i];
    return NULL;
}

static pt_code open_index(scan *s, pt_err *e) {
    const char *asked = asks_for_index(s->args);
    pt_str path = {0};
    pt_code code = pt_db_path(s->args, &s->arena, false, &path, e);
    if (!asked && (code || access(path.p, F_OK) != 0))
        return PT_OK;
    if (!code)
        code = pt_db_open(s->args, &s->arena, &s->index, e);
    if (!code && pt_args_flag(s->args, "receipt")) // which vouches for all of it
        code = pt_index_verify(s->index, e);
    if (code == PT_E_ABSENT)
        pt_err_remedy(e, "paratia db update makes one; --db FILE names it");
    return code;
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

static pt_code judge(scan *s, pt_err *e) {
    pt_vex *vex = NULL;
    pt_code code = open_index(s, e);
    if (code || !s->index)
        return code;
    code = read_vex(s, &vex, e);
    if (code)
        return code;
    const pt_match_ask ask = {
        .index = s->index, .scan = s->doc, .vex = vex, .now = time(NULL) * PT_SECOND_NS};
    code = pt_match(&ask, &s->arena, &s->judged, e);
    if (code)
        return code;
    pt_obj by = {.a = &s->arena};
    pt_obj_set(&by, "index", pt_index_about(s->index, &s->arena));
    if (pt_args_get(s->args, "vex"))
        pt_obj_set(&by, "vex", pt_vex_about(vex, &s->arena));
    s->doc = joined(&s->arena, s->doc, s->judged, pt_obj_end(&by));
    return pt_defined(s->doc) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- the verdict ----------------------------------------------------------------------------------

static size_t over_gate(const scan *s) {
    const char *word = pt_args_get(s->args, "fail-on");
    if (!word)
        return 0;
    return pt_scan_gate(s->judged, pt_str_of(word), pt_args_flag(s->args, "ignore-unfixed")) +
           pt_scan_secrets_gate(s->doc, pt_str_of(word));
}

// What contradicts itself, and what is over the gate, is a finding; what was not judged no pass.
static int exit_of(const scan *s) {
    int of_doc = pt_scan_exit(s->doc);
    if (of_doc == PT_EXIT_FINDINGS || over_gate(s))
        return PT_EXIT_FINDINGS;
    if (pt_defined(s->judged) && !pt_scan_vuln_whole(s->judged))
        return PT_EXIT_FAILED;
    return of_doc;
}

static pt_code check_args(const pt_args *args, pt_err *e) {
    const char *word = pt_args_get(args, "fail-on");
    if (word && !pt_scan_gate_parse(pt_str_of(word))) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--fail-on does not know %s", word);
        pt_err_remedy(e, "critical, high, medium, low, or negligible");
        return code;
    }
    if (pt_args_get(args, "state") && !pt_args_flag(args, "receipt"))
        return pt_err_set(e, PT_E_USAGE, "--state is of --receipt");
    if (!word && pt_args_flag(args, "ignore-unfixed"))
        return pt_err_set(e, PT_E_USAGE, "--ignore-unfixed is of --fail-on");
    if (pt_args_get(args, "secret-rules") && !pt_args_flag(args, "secrets"))
        return pt_err_set(e, PT_E_USAGE, "--secret-rules is of --secrets");
    return pt_screen_check(args, e);
}

static pt_code run(scan *s, pt_err *e) {
    pt_code code = check_args(s->args, e);
    if (!code)
        code = pt_scan_target(s->args, &s->arena, &s->doc, NULL, e);
    return code ? code : judge(s, e);
}

static pt_code put(const scan *s, int64_t ns, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    const char *state = pt_args_get(s->args, "state");
    pt_code code = PT_OK;
    if (pt_args_flag(s->args, "json")) {
        code = pt_json_write(&b, s->doc, &(pt_json_opts){.pretty = true}, e);
        pt_buf_putc(&b, '\n');
    } else {
        pt_terminal t = pt_screen(s->args);
        const pt_scan_shown shown = {.doc = s->doc,
                                     .target = pt_str_of(s->args->operands[0]),
                                     .judged = s->judged,
                                     .over = over_gate(s),
                                     .packages = pt_args_flag(s->args, "packages"),
                                     .exit = exit_of(s),
                                     .ns = ns};
        pt_scan_show(&b, &shown, &t);
    }
    if (pt_args_flag(s->args, "receipt"))
        fprintf(stderr, "receipt %llu: paratia prove %llu%s%s\n", (unsigned long long)s->receipt,
                (unsigned long long)s->receipt, state ? " --state " : "", state ? state : "");
    if (!code && b.full)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (code)
        return code;
    return pt_args_flag(s->args, "json") ? pt_put_json(pt_buf_str(&b), e)
                                         : pt_put_stdout(pt_buf_str(&b), e);
}

int pt_cmd_scan(const pt_args *args) {
    scan s = {.args = args, .doc = pt_undefined(), .judged = pt_undefined()};
    pt_err e = {0};
    int64_t from = pt_monotonic_ns();
    pt_code code = run(&s, &e);
    if (!code && pt_args_flag(args, "receipt"))
        code = pt_scan_receipt(args, &s.arena, s.doc, exit_of(&s), &s.receipt, &e);
    if (!code)
        code = put(&s, pt_monotonic_ns() - from, &e);
    int exit = code == PT_E_USAGE ? PT_EXIT_USAGE : code ? PT_EXIT_FAILED : exit_of(&s);
    if (code)
        pt_say_error(&e);
    pt_index_close(s.index);
    pt_arena_done(&s.arena);
    return exit;
}
