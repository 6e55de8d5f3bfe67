#include "collect/image/jobs.h"

#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/image/limits.h"
#include "value/json.h"

typedef pt_code run(const pt_job *j, int in, pt_answer *ret, pt_err *e);

pt_code pt_job_load(const pt_job *j, int in, pt_arena *a, pt_str *ret, pt_err *e) {
    if (j->size > PT_DOCUMENT_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "larger than %zu bytes", PT_DOCUMENT_BYTES_MAX);
    char *p = pt_arena_take(a, (size_t)j->size);
    if (!p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    size_t n = 0;
    while (n < j->size) {
        ssize_t got = pread(in, p + n, (size_t)j->size - n, (off_t)(j->offset + n));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pt_err_sys(e, errno, "cannot read: %s", pt_errno_text(errno));
        if (got == 0)
            return pt_err_set(e, PT_E_FORMAT, "it is cut off");
        n += (size_t)got;
    }
    *ret = (pt_str){p, n};
    return PT_OK;
}

// The object for an error, in an arena that has room for it.
static pt_value said(pt_obj *o, pt_arena *a, pt_code code, const pt_err *e) {
    pt_obj_set(o, "error", pt_string(pt_arena_str(a, pt_str_of(e->what))));
    pt_obj_set(o, "code", pt_int(code));
    pt_obj_set(o, "where", pt_string(pt_arena_str(a, pt_str_of(e->where))));
    return pt_obj_end(o);
}

// Do it and write its object. Only what cannot be said any more is a failure.
static bool answer(run *fn, const pt_job *j, int in, int out) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = PT_JOB_ARENA_MAX};
    PT_AUTO(pt_arena_done) pt_arena spare = {.bytes_max = 1 << 16};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_LAYER_RESULT_MAX);
    pt_answer its = {.o = {.a = &a}};
    pt_err e = {0};
    pt_code code = fn(j, in, &its, &e);
    pt_value v = code ? said(&its.o, &spare, code, &e) : pt_obj_end(&its.o);
    if (!pt_defined(v) && code) { // no room for what was found: the error alone
        pt_obj alone = {.a = &spare};
        v = said(&alone, &spare, code, &e);
    }
    bool ok = pt_defined(v) && pt_json_write(&b, v, NULL, NULL) == PT_OK;
    pt_buf_putc(&b, '\n');
    ok = ok && !b.full && pt_fd_write_all(out, pt_buf_str(&b), NULL) == PT_OK;
    for (size_t i = 0; i < PT_COUNT(its.parts); i++) {
        ok = ok && (code || pt_fd_write_all(out, pt_buf_str(&its.parts[i]), NULL) == PT_OK);
        pt_buf_done(&its.parts[i]);
    }
    return ok;
}

static bool members(const pt_job *j, int in, int out) {
    return answer(pt_job_members, j, in, out);
}

static bool document(const pt_job *j, int in, int out) {
    return answer(pt_job_document, j, in, out);
}

static bool layer(const pt_job *j, int in, int out) {
    return answer(pt_job_layer, j, in, out);
}

static bool rules(const pt_job *j, int in, int out) {
    return answer(pt_job_rules, j, in, out);
}

static bool system_of(const pt_job *j, int in, int out) {
    return answer(pt_job_system, j, in, out);
}

static bool plan(const pt_job *j, int in, int out) {
    return answer(pt_job_plan, j, in, out);
}

const pt_job_row pt_image_jobs[PT_JOB_COUNT] = {
    [PT_JOB_MEMBERS] = {.run = members},  [PT_JOB_DOCUMENT] = {.run = document},
    [PT_JOB_LAYER] = {.run = layer},      [PT_JOB_RULES] = {rules, .stays = true},
    [PT_JOB_SYSTEM] = {.run = system_of}, [PT_JOB_PLAN] = {plan, .stays = true},
    [PT_JOB_COPY] = {.run = pt_job_copy}};
