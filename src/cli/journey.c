#include "cli/journey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/accept.h"
#include "cli/policies.h"
#include "cli/receipt.h"
#include "cli/screen.h"
#include "judge/catalogue/catalogue.h"
#include "record/report/report.h"

enum {
    REPORT_BYTES_MAX = 512 << 20
};

pt_str pt_host_name(pt_arena *a) {
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) != 0 || !name[0])
        return PT_STR("this-host");
    return pt_arena_str(a, pt_str_of(name));
}

pt_str pt_state_dir(const pt_args *args, pt_arena *a) {
    const char *given = pt_args_get(args, "state");
    if (given)
        return pt_str_of(given);
    if (geteuid() == 0)
        return PT_STR("/var/lib/paratia");
    const char *xdg = getenv("XDG_STATE_HOME");
    if (xdg && xdg[0] == '/')
        return pt_arena_printf(a, "%s/paratia", xdg);
    const char *home = getenv("HOME");
    return home && home[0] == '/' ? pt_arena_printf(a, "%s/.local/state/paratia", home)
                                  : (pt_str){0};
}

pt_code pt_state_need(const pt_args *args, pt_arena *a, pt_str *ret, pt_err *e) {
    *ret = pt_state_dir(args, a);
    if (ret->n)
        return PT_OK;
    PT_IGNORE(pt_err_set(e, PT_E_USAGE, "no folder for runs and the ledger is known"));
    pt_err_at(e, "neither XDG_STATE_HOME nor HOME holds an absolute path");
    pt_err_remedy(e, "set HOME, or name a folder: --state DIR");
    return PT_E_USAGE;
}

// -- begin ----------------------------------------------------------------------------------------

// "html, json or sarif": those that the verb can write.
static pt_str format_names(pt_journey *j) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(256);
    for (const pt_report_format *f = pt_report_formats; f->name; f++)
        if (!f->scans || j->own)
            pt_buf_printf(&b, "%s%s", b.n ? ", " : "", f->name);
    return pt_arena_str(&j->arena, pt_buf_str(&b));
}

static pt_code open_output(pt_journey *j, const char *word, pt_err *e) {
    pt_str text = pt_str_of(word);
    size_t eq = pt_str_find(text, '=');
    pt_str format = pt_str_sub(text, 0, eq);
    const pt_report_format *known = pt_report_format_find(format);
    if (eq == text.n || eq + 1 == text.n || !known || (known->scans && !j->own)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--output does not know %s", word);
        pt_err_remedy(e, "--output FORMAT=FILE with one of %.*s: html=report.html",
                      PT_PRI(format_names(j)));
        return code;
    }
    if (pt_str_eqz(pt_str_sub(text, eq + 1, text.n), "-")) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--output writes files: %s names none", word);
        pt_err_remedy(e, "--output %.*s=FILE; --json alone prints a document", PT_PRI(format));
        return code;
    }
    if (j->outputs_n == PT_COUNT(j->outputs))
        return pt_err_set(e, PT_E_USAGE, "more than %zu outputs", PT_COUNT(j->outputs));
    const char *path = text.p + eq + 1;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
    if (fd < 0) {
        pt_code code = pt_err_sys(e, errno, "cannot write the report");
        pt_err_at(e, "%s, open: %s", path, pt_errno_text(e->sys));
        pt_err_remedy(e, "name a file in a folder that you may write to");
        return code;
    }
    j->outputs[j->outputs_n].fd = fd;
    j->outputs[j->outputs_n].path = path;
    j->outputs[j->outputs_n++].format = format;
    return PT_OK;
}

bool pt_only_of_catalogue(pt_str word) {
    const pt_check *c = pt_catalogue_at(0);
    for (size_t i = 0; c && (!word.n || !pt_check_selected(c, word)); i++)
        c = pt_catalogue_at(i);
    return c != NULL;
}

const char *pt_check_nearest(pt_str word, bool areas) {
    enum {
        NAMES_MAX = 1024
    };
    const char *names[NAMES_MAX];
    size_t n = 0;
    const pt_check *c;
    for (unsigned k = 0; areas && k < PT_KIND_COUNT; k++)
        names[n++] = pt_kind_name_of((pt_kind)k)->option;
    for (size_t i = 0; n < NAMES_MAX && (c = pt_catalogue_at(i)) != NULL; i++)
        names[n++] = c->id;
    return pt_nearest(word, names, n);
}

pt_code pt_only_words(pt_str words, const struct pt_policies *policies, pt_err *e) {
    pt_str word;
    while (pt_str_split(&words, ',', &word)) {
        if (pt_only_of_catalogue(word) || (word.n && policies && pt_policies_know(policies, word)))
            continue;
        const char *near = pt_check_nearest(word, true);
        pt_code code =
            pt_err_set(e, PT_E_USAGE, "--only knows no check or area %.*s", PT_PRI(word));
        pt_err_remedy(e,
                      "%s%sareas: host, docker, containers, images, networks, manifests; "
                      "paratia checks lists the ids",
                      near ? near : "", near ? "; " : "");
        return code;
    }
    return PT_OK;
}

pt_code pt_only_check(const pt_journey *j, pt_err *e) {
    return pt_only_words(pt_str_of(pt_args_get(j->args, "only")), j->policies, e);
}

static void select_checks(pt_journey *j) {
    pt_str only = pt_str_of(pt_args_get(j->args, "only"));
    PT_VEC(const pt_check *) chosen = {0};
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++) {
        const pt_check **slot = pt_check_selected(c, only) ? PT_PUSH(&j->arena, &chosen) : NULL;
        if (slot)
            *slot = c;
    }
    j->checks = chosen.v;
    j->checks_n = chosen.n;
}

pt_code pt_journey_open(pt_journey *j, const pt_args *args, const pt_journey_own *own, pt_err *e) {
    *j = (pt_journey){.args = args, .own = own};
    j->run.verb = args->verb->name;
    j->run.started = pt_now();
    j->run.fail_on = PT_HIGH;
    j->standing = pt_args_get(args, "every") != NULL;
    j->run.strict = pt_args_flag(args, "strict");
    j->run.findings.drop_good = !pt_args_flag(args, "all") && !pt_args_flag(args, "json");
    const char *word;
    pt_code code = pt_screen_check(args, e);
    if (!code)
        code = pt_accept_read(j, e);
    for (size_t i = 0; !code && (word = pt_args_nth(args, "output", i)) != NULL; i++)
        code = open_output(j, word, e);
    return code;
}

bool pt_gate_is_none(const char *word) {
    return pt_str_eq_nocase(pt_str_of(word), PT_STR("none"));
}

pt_code pt_journey_begin(pt_journey *j, const pt_args *args, pt_err *e) {
    pt_severity fail_on = PT_HIGH;
    const char *word = pt_args_get(args, "fail-on");
    bool none = word && pt_gate_is_none(word);
    if (word && !none && !pt_severity_parse(pt_str_of(word), &fail_on)) {
        *j = (pt_journey){.args = args};
        pt_code code = pt_err_set(e, PT_E_USAGE, "--fail-on does not know %s", word);
        pt_err_remedy(e, "--fail-on critical, high, medium, low, info or none");
        return code;
    }
    pt_code code = pt_journey_open(j, args, NULL, e);
    j->run.fail_on = fail_on;
    j->run.no_gate = none;
    select_checks(j);
    if (!code && !pt_args_get(args, "policy"))
        code = pt_only_check(j, e);
    return code;
}

// -- end ------------------------------------------------------------------------------------------

static pt_code write_output(pt_journey *j, size_t i, pt_err *e) {
    const pt_report_format *format = pt_report_format_find(j->outputs[i].format);
    int fd = j->outputs[i].fd;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(REPORT_BYTES_MAX);
    pt_code code = format->write(&b, &j->run, e);
    if (!code)
        code = pt_fd_write_all(fd, pt_buf_str(&b), e);
    struct stat st; // a pipe or /dev/stdout has no length to cut
    if (!code && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, (off_t)b.n) != 0)
        code = pt_err_sys(e, errno, "cannot write: %s", pt_errno_text(errno));
    if (code)
        pt_err_at(e, "%s", j->outputs[i].path);
    return code;
}

static bool write_outputs(pt_journey *j) {
    bool ok = true;
    for (size_t i = 0; i < j->outputs_n; i++) {
        pt_err e = {0};
        if (write_output(j, i, &e)) {
            pt_say_error(&e);
            ok = false;
        }
    }
    return ok;
}

static bool print(pt_journey *j) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(REPORT_BYTES_MAX);
    pt_terminal t = pt_screen(j->args);
    pt_err e = {0};
    pt_code code = PT_OK;
    if (j->own)
        code = j->own->print(j, &b, &e);
    else if (pt_args_flag(j->args, "json"))
        code = pt_report_json(&b, &j->run, &e);
    else
        pt_report_terminal(&b, &j->run, &t);
    if (!code && b.full)
        code = pt_err_set(&e, PT_E_LIMIT, "the report is larger than %d bytes", REPORT_BYTES_MAX);
    if (!code)
        code = pt_args_flag(j->args, "json") ? pt_put_json(pt_buf_str(&b), &e)
                                             : pt_put_stdout(pt_buf_str(&b), &e);
    if (code)
        pt_say_error(&e);
    return code == PT_OK;
}

// What the run comes to, by its findings and by what the operator wants to hear of.
static int exit_code_of(const pt_journey *j) {
    const pt_run *r = &j->run;
    if (j->own)
        return r->receipt.broken ? PT_EXIT_FAILED : j->own->exit_code(j);
    size_t judged =
        pt_findings_count(&r->findings, PT_FAIL) + pt_findings_count(&r->findings, PT_PASS);
    if (!judged || r->receipt.broken)
        return PT_EXIT_FAILED;
    bool unlooked = r->strict && pt_findings_count(&r->findings, PT_NOT_EVALUATED) > 0;
    if ((!r->no_gate && pt_run_open(r, r->fail_on) > 0) || unlooked)
        return PT_EXIT_FINDINGS;
    return r->cut.n ? PT_EXIT_FAILED : PT_EXIT_OK;
}

static bool end_own(pt_journey *j) {
    pt_err e = {0};
    pt_code code = j->own && j->own->ended ? j->own->ended(j, &e) : PT_OK;
    if (code)
        pt_say_error(&e);
    return !code;
}

int pt_journey_end(pt_journey *j, int64_t *ret_run) {
    pt_run *r = &j->run;
    pt_err e = {0};
    pt_findings_finish(&r->findings);
    if (pt_accept_apply(j, &e)) {
        pt_say_error(&e);
        pt_journey_done(j);
        return PT_EXIT_USAGE;
    }
    r->took_ns = pt_now() - r->started;
    pt_record_keep(j);
    pt_accept_against(j);
    r->exit_code = exit_code_of(j);
    for (size_t i = 0; i < j->outputs_n; i++) {
        pt_output *o = PT_PUSH(&j->arena, &r->outputs);
        if (o)
            *o = (pt_output){j->outputs[i].format, pt_str_of(j->outputs[i].path)};
    }
    pt_record_receipt(j);
    r->exit_code = exit_code_of(j); // a log that contradicts itself is no success
    pt_record_end(j);
    bool written = end_own(j);
    written = write_outputs(j) && written;
    bool silent = j->standing && r->unchanged;
    bool ok = (silent || print(j)) && written;
    if (ret_run)
        *ret_run = r->id;
    int code = ok ? r->exit_code : PT_EXIT_FAILED;
    pt_journey_done(j);
    return code;
}

void pt_journey_done(pt_journey *j) {
    for (size_t i = 0; i < j->outputs_n; i++)
        close(j->outputs[i].fd);
    j->outputs_n = 0;
    pt_policies_free(j->policies);
    pt_arena_done(&j->arena);
}
