#include "cli/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/map.h"
#include "cli/policies.h"
#include "cli/scan_schema.h"
#include "judge/image/findings.h"
#include "value/json.h"

enum {
    BASELINE_BYTES_MAX = 512 << 20
};

static pt_code read_file(pt_arena *a, int fd, size_t bytes_max, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(bytes_max);
    pt_code code = pt_fd_read_all(fd, &b, e);
    if (!code)
        *ret = pt_arena_str(a, pt_buf_str(&b));
    return code;
}

// Ours, root's, or of the user who called sudo.
static bool own(const struct stat *st) {
    int64_t caller;
    if (st->st_uid == geteuid() || st->st_uid == 0)
        return true;
    return geteuid() == 0 && pt_str_int(pt_str_of(getenv("SUDO_UID")), 10, &caller) &&
           (int64_t)st->st_uid == caller;
}

// A file that is found, not named, is only as good as its folder: who may write there puts one in.
static pt_code trusted_folder(pt_err *e) {
    struct stat st;
    if (stat(".", &st) == 0 && own(&st) && !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_DENIED, "others may put settings into this folder");
    pt_err_remedy(e, "name the file if it is yours: --config ./paratia.yaml");
    return code;
}

// Whoever may write the file accepts findings: only its owner may.
static pt_code trusted(int fd, pt_err *e) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return pt_err_sys(e, errno, "cannot look at the settings");
    if (!S_ISREG(st.st_mode))
        return pt_err_set(e, PT_E_FORMAT, "the settings are not a regular file");
    if (!own(&st)) {
        pt_code code =
            pt_err_set(e, PT_E_DENIED,
                       "the settings belong to another user, who would accept findings for you");
        pt_err_remedy(e, "look at the file, then make it yours: chown");
        return code;
    }
    if (st.st_mode & (S_IWGRP | S_IWOTH)) {
        pt_code code =
            pt_err_set(e, PT_E_DENIED, "others may write the settings, so they prove nothing");
        pt_err_remedy(e, "chmod go-w on the file, then run again");
        return code;
    }
    return PT_OK;
}

static int open_settings(pt_journey *j, const char *given) {
    static const char *const places[] = {"paratia.yaml", "/etc/paratia/paratia.yaml"};
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    j->settings = given;
    if (given)
        return open(given, flags);
    int fd = -1;
    for (size_t i = 0; i < PT_COUNT(places) && fd < 0; i++) {
        j->settings = places[i];
        fd = open(places[i], flags);
        if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
            return -1; // one that is there and cannot be read is not "none"
    }
    if (fd < 0)
        j->settings = NULL;
    return fd;
}

static pt_code read_settings(pt_journey *j, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open_settings(j, pt_args_get(j->args, "config"));
    if (fd < 0 && !j->settings)
        return PT_OK;
    pt_str text = {0};
    pt_code code =
        fd < 0 ? pt_err_sys(e, errno, "the settings cannot be read: %s", pt_errno_text(errno))
               : trusted(fd, e);
    bool found_here = !pt_args_get(j->args, "config") && j->settings[0] != '/';
    if (!code && found_here)
        code = trusted_folder(e);
    if (!code)
        code = read_file(&j->arena, fd, PT_WAIVER_FILE_BYTES_MAX, &text, e);
    if (!code)
        code = pt_waivers_read(&j->arena, text, &j->waivers, e);
    if (code)
        pt_err_at(e, "%s", j->settings);
    return code;
}

pt_code pt_accept_read(pt_journey *j, pt_err *e) {
    const char *against = pt_args_get(j->args, "against");
    bool last = against && strcmp(against, "last") == 0;
    if (against && !last && !j->own) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--against does not know %s", against);
        pt_err_remedy(e, "--against last; --baseline FILE takes an earlier JSON report");
        return code;
    }
    pt_str state;
    pt_code code = last ? pt_state_need(j->args, &j->arena, &state, e) : PT_OK;
    if (!code)
        code = read_settings(j, e);
    const char *baseline = pt_args_get(j->args, "baseline");
    if (code || !baseline)
        return code;
    PT_AUTO(pt_fd_close) int fd = open(baseline, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    code = fd < 0 ? pt_err_sys(e, errno, "the baseline cannot be read: %s", pt_errno_text(errno))
                  : read_file(&j->arena, fd, BASELINE_BYTES_MAX, &j->baseline, e);
    if (code)
        pt_err_at(e, "%s", baseline);
    return code;
}

// Did the run judge anything by a check that the waiver names? Otherwise its silence proves
// nothing.
static bool was_judged(const pt_run *r, const pt_waiver *w) {
    pt_str check = pt_str_sub(w->check, 0, pt_str_find(w->check, '*'));
    for (size_t i = 0; check.n && i < r->findings.all.n; i++)
        if (pt_str_starts(pt_str_of(r->findings.all.v[i].check->id), check))
            return true;
    return false;
}

// "CVE-2024-1", "GHSA-…": capitals, a dash, and a digit somewhere. One file holds the waivers of
// audits and of all images, so that most of these say nothing about one run.
static bool is_vulnerability(pt_str id) {
    size_t dash = pt_str_find(id, '-');
    bool digit = false;
    for (size_t i = 0; i < dash; i++)
        if (id.p[i] < 'A' || id.p[i] > 'Z')
            return false;
    for (size_t i = dash; i < id.n; i++)
        digit |= id.p[i] >= '0' && id.p[i] <= '9';
    return dash > 1 && digit;
}

static bool names_nothing(const pt_journey *j, const pt_waiver *w) {
    pt_str start = pt_str_sub(w->check, 0, pt_str_find(w->check, '*'));
    if (is_vulnerability(start))
        return false;
    return start.n && !pt_str_starts(start, PT_STR("PT-")) &&
           !(j->policies && pt_policies_know(j->policies, start));
}

static void say_waivers(const pt_journey *j) {
    for (size_t i = 0; i < j->waivers.all.n; i++) {
        const pt_waiver *w = &j->waivers.all.v[i];
        bool expired = w->expires <= j->run.started;
        if (expired)
            fprintf(
                stderr,
                "warning: %s:%u: this waiver of %.*s has expired: what it accepted counts again\n",
                j->settings, w->line, PT_PRI(w->owner));
        else if (!w->hits && names_nothing(j, w))
            fprintf(stderr, "note: %s:%u: no check is called %.*s, and no policy of this run\n",
                    j->settings, w->line, PT_PRI(w->check));
        else if (!w->hits && was_judged(&j->run, w))
            fprintf(stderr, "note: %s:%u: this waiver of %.*s accepts nothing any more\n",
                    j->settings, w->line, PT_PRI(w->owner));
    }
}

// What failed in the other one, too, is known. Both have been finished.
static pt_code mark_before(pt_journey *j, const pt_findings *before, pt_err *e) {
    pt_map map = {.a = &j->arena};
    for (size_t i = 0; i < before->all.n; i++) {
        pt_finding *f = &before->all.v[i];
        uint64_t key = pt_hash(pt_stringz(f->fingerprint), 1);
        if (f->verdict == PT_FAIL && !pt_map_put(&map, key, f))
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < j->run.findings.all.n; i++) {
        pt_finding *f = &j->run.findings.all.v[i];
        const pt_finding *was = pt_map_get(&map, pt_hash(pt_stringz(f->fingerprint), 1));
        bool known = f->verdict == PT_FAIL && was && !f->known &&
                     strcmp(was->fingerprint, f->fingerprint) == 0;
        f->known |= known;
        j->run.known += known;
    }
    return PT_OK;
}

// A scan's document says what was found, but not as findings. *ret: there is one in the baseline,
// and it is no report.
static pt_code document_apply(pt_journey *j, bool *ret, size_t *ret_listed, pt_err *e) {
    pt_value v;
    pt_findings all = {0};
    *ret = false;
    if (!pt_defined(j->run.scan))
        return PT_OK;
    pt_code code = pt_json_parse(&j->arena, j->baseline, NULL, &v, e);
    if (code || pt_defined(pt_getz(v, "findings")) || !pt_defined(pt_scan_document(v)))
        return code;
    const pt_image_facts facts = {.doc = v, .subject = j->run.subject};
    code = pt_image_findings(&facts, &j->arena, &all, e);
    pt_findings_finish(&all);
    *ret = true;
    *ret_listed = pt_findings_count(&all, PT_FAIL);
    return code ? code : mark_before(j, &all, e);
}

pt_code pt_accept_apply(pt_journey *j, pt_err *e) {
    pt_waivers_apply(&j->waivers, &j->run, j->run.started);
    if (!pt_args_flag(j->args, "quiet"))
        say_waivers(j);
    if (j->before && mark_before(j, j->before, e))
        return PT_E_NOMEM;
    if (!j->baseline.p)
        return PT_OK;
    size_t listed = 0;
    const char *file = pt_args_get(j->args, "baseline");
    bool taken;
    pt_code code = document_apply(j, &taken, &listed, e);
    if (!code && !taken)
        code = pt_baseline_apply(j->baseline, &j->run, &listed, e);
    if (code)
        pt_err_at(e, "%s", file);
    else if (listed && !j->run.known)
        fprintf(stderr,
                "note: none of the %zu findings of %s was met: is it of the same host or path, "
                "named the same way?\n",
                listed, file);
    return code;
}

// What the other one, or the baseline, does not have is new. The last run, where there is one, says
// more than a baseline.
static void mark_beside(pt_journey *j) {
    pt_run *r = &j->run;
    r->beside = j->before || (j->baseline.p && !r->compared);
    for (size_t i = 0; i < r->findings.all.n && r->beside; i++) {
        pt_finding *f = &r->findings.all.v[i];
        f->is_new = f->verdict == PT_FAIL && !f->known;
    }
}

void pt_accept_against(pt_journey *j) {
    mark_beside(j);
    bool asked = pt_args_get(j->args, "against") && !j->before;
    if (!asked && !j->standing)
        return;
    if (!j->run.compared && asked && !j->no_state.n)
        fputs("note: there is no earlier run to compare with: everything is new\n", stderr);
    for (size_t i = 0; i < j->run.findings.all.n && j->run.compared; i++) {
        pt_finding *f = &j->run.findings.all.v[i];
        bool was = f->verdict == PT_FAIL && !f->is_new && !f->known;
        f->known |= was;
        j->run.known += was;
    }
}
