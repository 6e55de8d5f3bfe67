// The part of a journey that reads manifests: collect/manifest -> judge/workload, one object at a
// time, so that memory does not grow with the input.
#include <stdio.h>

#include "base/progress.h"
#include "cli/policies.h"
#include "collect/manifest/manifest.h"
#include "judge/workload/workload.h"

typedef struct reading {
    pt_journey *j;
    pt_progress progress;
    pt_err err; // of the judge: the memory is full
    bool failed;
    pt_str file, shown; // the last file's name, as it is and as it may be shown
} reading;

// A file's name made safe to show, once a file; "./a.yaml" and "a.yaml" are one, so that findings
// keep their fingerprints.
static pt_str shown(reading *r, pt_str file) {
    if (r->shown.p && pt_str_eq(r->file, file))
        return r->shown;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(65536);
    pt_str plain = file;
    while (pt_str_starts(plain, PT_STR("./")) && plain.n > 2)
        plain = pt_str_sub(plain, 2, plain.n);
    pt_buf_put_safe(&b, plain);
    r->file = pt_arena_str(&r->j->arena, file);
    r->shown = pt_arena_str(&r->j->arena, pt_buf_str(&b));
    return r->shown;
}

// The line of the file with this number; empty if it is none of the object's document's.
static pt_str line_of(const pt_object *o, uint32_t number) {
    pt_str rest = o->bytes;
    pt_str line = {0};
    for (uint32_t n = o->line; n <= number; n++)
        if (!pt_str_split(&rest, '\n', &line))
            return (pt_str){0};
    return pt_str_ends(line, PT_STR("\r")) ? pt_str_sub(line, 0, line.n - 1) : line;
}

// A line that holds a secret is not shown by another finding on it either: minified JSON is one
// line.
static bool secret_line(const pt_findings *fs, size_t from, uint32_t line) {
    for (size_t i = from; i < fs->all.n; i++) {
        const pt_finding *f = &fs->all.v[i];
        if (f->check->conceals && f->verdict == PT_FAIL && f->place.line == line)
            return true;
    }
    return false;
}

// Command lines and annotations hold passwords too: a line that speaks of one is not shown.
static bool speaks_of_secrets(pt_str line) {
    static const pt_str words[] = {PT_STR("passw"),      PT_STR("secret"),        PT_STR("token"),
                                   PT_STR("apikey"),     PT_STR("api_key"),       PT_STR("api-key"),
                                   PT_STR("credential"), PT_STR("authorization"), PT_STR("://")};
    for (size_t i = 0; i < PT_COUNT(words); i++)
        for (size_t at = 0; at + words[i].n <= line.n; at++)
            if (pt_str_eq_nocase(pt_str_sub(line, at, at + words[i].n), words[i]))
                return true;
    return false;
}

// Place the findings that were just made: only they pay for a second pass over the text.
static void locate(pt_journey *j, const pt_object *o, size_t from) {
    pt_findings *fs = &j->run.findings;
    for (size_t i = from; i < fs->all.n; i++) {
        pt_finding *f = &fs->all.v[i];
        if (f->path.n)
            pt_object_locate(o, f->path, &f->place.line, &f->place.column);
    }
    pt_str last = {0}; // findings on one line share its copy: minified JSON is one line
    pt_str copy = {0};
    for (size_t i = from; i < fs->all.n; i++) {
        pt_finding *f = &fs->all.v[i];
        if (f->verdict != PT_FAIL || secret_line(fs, from, f->place.line))
            continue;
        pt_str line = line_of(o, f->place.line);
        if (line.p != last.p || line.n != last.n)
            copy = speaks_of_secrets(line) ? pt_str_of(NULL) : pt_arena_str(&j->arena, line);
        last = line;
        f->excerpt = copy;
    }
}

// A role may take its rules from others, or give them: it is kept until all have been read.
static pt_code keep_role(pt_journey *j, const pt_object *o, const pt_workload *w, pt_err *e) {
    pt_role *role;
    pt_code code = pt_roles_take(&j->roles, &j->arena, w, &role, e);
    if (code || !role || !pt_defined(role->selects))
        return code;
    pt_object_locate(o, PT_STR("aggregationRule"), &role->place.line, &role->place.column);
    pt_str line = line_of(o, role->place.line);
    if (!speaks_of_secrets(line))
        role->excerpt = pt_arena_str(&j->arena, line);
    return PT_OK;
}

static bool judge(reading *r, const pt_workload *w) {
    pt_journey *j = r->j;
    pt_code code =
        pt_judge_workload(&j->arena, j->checks, j->checks_n, w, &j->run.findings, &r->err);
    r->failed = code != PT_OK;
    return !r->failed;
}

static bool not_judged(reading *r, const pt_workload *w, const char *what, const char *remedy) {
    pt_workload_problem p = {"PT-MAN-TEMPLATE", w->place, pt_str_of(what), pt_str_of(remedy)};
    pt_journey *j = r->j;
    pt_code code =
        pt_judge_problem(&j->arena, j->checks, j->checks_n, &p, &j->run.findings, &r->err);
    r->failed = code != PT_OK;
    return !r->failed;
}

static bool judge_made(reading *r, const pt_workload *whole, const pt_made_pod *pod) {
    pt_arena *a = &r->j->arena;
    pt_findings *fs = &r->j->run.findings;
    size_t from = fs->all.n;
    pt_workload w = *whole;
    w.part = PT_WORKLOAD_POD;
    w.pod = pod->pod;
    w.account_elsewhere = pod->account_elsewhere;
    w.containers_elsewhere = pod->containers_elsewhere;
    PT_AUTO(pt_buf_done) pt_buf name = PT_BUF(65536);
    pt_buf_put(&name, whole->name);
    if (pod->name.n) {
        pt_buf_putc(&name, '/');
        pt_buf_put_safe(&name, pod->name);
    }
    w.name = pt_buf_str(&name);
    if (!judge(r, &w))
        return false;
    for (size_t i = from; i < fs->all.n; i++)
        if (fs->all.v[i].path.n)
            fs->all.v[i].path = pt_made_path(a, pod, fs->all.v[i].path);
    return !pod->patched ||
           not_judged(r, &w, "podSpecPatch decides what the pod becomes when it runs",
                      "write into the template what podSpecPatch changes");
}

// The object, then each of the pods that it makes of templates.
static bool judge_parts(reading *r, pt_workload *w, const pt_made_pods *made) {
    w->part = made->n ? PT_WORKLOAD_DOC : PT_WORKLOAD_WHOLE;
    if (!judge(r, w))
        return false;
    for (size_t i = 0; i < made->n; i++)
        if (!judge_made(r, w, &made->v[i]))
            return false;
    return !made->cut || not_judged(r, w, "more than 1000 templates in one object",
                                    "spread them over several objects");
}

static bool judge_object(void *ctx, const pt_object *o) {
    reading *r = ctx;
    pt_findings *fs = &r->j->run.findings;
    size_t from = fs->all.n;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_made_pods made;
    pt_workload w = {
        .doc = o->doc,
        .name = o->name,
        .place = {shown(r, o->file), o->line, 1},
        .notes = o->notes,
        .note_line = o->note_line,
        .podsec_minor = PT_PODSEC_LATEST,
    };
    w.pod = pt_object_pod(o->doc, &w.pod_path);
    r->failed = !pt_object_makes(&a, o->doc, &made, &r->err);
    bool judged = !r->failed && judge_parts(r, &w, &made);
    r->failed = r->failed || keep_role(r->j, o, &w, &r->err) != PT_OK;
    if (!r->failed && r->j->policies)
        r->failed = pt_policies_keep(r->j->policies, o, w.place, &r->err) != PT_OK;
    if (judged)
        locate(r->j, o, from);
    return !r->failed;
}

static bool judge_problem(void *ctx, const pt_manifest_problem *p) {
    static const char *const ids[] = {
        [PT_PROBLEM_BROKEN] = "PT-MAN-BROKEN",
        [PT_PROBLEM_TEMPLATE] = "PT-MAN-TEMPLATE",
    };
    reading *r = ctx;
    if (p->kind == PT_PROBLEM_NO_OBJECT) { // a values file is nothing to judge
        r->j->run.without++;
        return true;
    }
    pt_place place = {shown(r, p->place.file), p->place.line, p->place.column};
    pt_workload_problem problem = {ids[p->kind], place, pt_str_of(p->err.what),
                                   pt_str_of(p->err.remedy)};
    r->failed = pt_judge_problem(&r->j->arena, r->j->checks, r->j->checks_n, &problem,
                                 &r->j->run.findings, &r->err) != PT_OK;
    return !r->failed;
}

static void say_progress(void *ctx, pt_str file, size_t files_done) {
    reading *r = ctx;
    pt_progress_say(&r->progress, "Checking  %zu files  %.*s", files_done, PT_PRI(file));
}

// There was no room for what is said of the rest: the run is no pass.
static void not_all(pt_journey *j, pt_err *e) {
    pt_say_error(e);
    j->run.cut = PT_STR("not all could be judged: the memory is full");
}

bool pt_journey_manifests(pt_journey *j, const char *path) {
    reading r = {.j = j};
    pt_manifest_sink sink = {
        .ctx = &r, .object = judge_object, .problem = judge_problem, .progress = say_progress};
    pt_manifest_counts counts = {0};
    pt_err e = {0};
    pt_code code = pt_manifest_read(path, &sink, &counts, &e);
    pt_progress_clear(&r.progress);
    j->run.files += counts.files;
    j->run.objects += counts.objects;
    if (code) { // what was named and cannot be read is one more thing that was not evaluated
        pt_say_error(&e);
        pt_manifest_problem p = {
            .kind = PT_PROBLEM_BROKEN, .place = {.file = pt_str_of(path)}, .err = e};
        judge_problem(&r, &p);
    }
    if (r.failed)
        not_all(j, &r.err);
    return code == PT_OK && !r.failed;
}

void pt_journey_manifests_end(pt_journey *j) {
    pt_err e = {0};
    pt_code code =
        pt_roles_judge(&j->roles, &j->arena, j->checks, j->checks_n, &j->run.findings, &e);
    if (!code)
        code = pt_policies_judge(j, &e);
    if (code)
        not_all(j, &e);
}
