// A host of testdata/host.json, and cases of data that are judged on it, for tests.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "judge/docker/testing_docker.h"

// A file below src.
static inline pt_str testing_file(pt_arena *a, const char *name) {
    char path[4096];
    const char *root = getenv("PT_TESTDATA");
    snprintf(path, sizeof path, "%s/%s", root ? root : "src", name);
    FILE *f = fopen(path, "rbe");
    if (!f)
        print_error("%s is not there\n", path);
    assert_non_null(f);
    pt_buf b = PT_BUF(16 << 20);
    while (!feof(f) && !ferror(f)) {
        char *room = pt_buf_room(&b, 4096);
        assert_non_null(room);
        pt_buf_took(&b, fread(room, 1, 4096, f));
    }
    PT_IGNORE(fclose(f)); // it was only read
    pt_str text = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return text;
}

static inline void testing_load(pt_arena *a, const char *name, pt_value *ret) {
    pt_str path = pt_arena_printf(a, "judge/docker/testdata/%s", name);
    pt_err e = {0};
    pt_code code = pt_json_parse(a, testing_file(a, path.p), NULL, ret, &e);
    if (code)
        print_error("%s:%u: %s\n", name, e.line, e.what);
    assert_int_equal(code, PT_OK);
}

// Of host.json: an object is known, "?" is unknown, anything else absent.
static inline pt_fact testing_fact(void *context, const char *kind, pt_str name) {
    pt_value v = pt_get(pt_getz(*(pt_value *)context, kind), name);
    if (pt_str_eqz(pt_text(v), "?"))
        return pt_fact_unknown(PT_STR("permission denied"), (pt_str){0});
    return pt_tag_of(v) == PT_OBJECT ? pt_fact_known(v, (pt_str){0}) : pt_fact_absent((pt_str){0});
}

static inline pt_fact testing_volume(void *context, pt_arena *a, pt_str name) {
    (void)a;
    return testing_fact(context, "volumes", name);
}

static inline pt_fact testing_container(void *context, pt_arena *a, pt_str name) {
    (void)a;
    return testing_fact(context, "containers", name);
}

static inline pt_fact testing_image(void *context, pt_arena *a, pt_str name) {
    (void)a;
    return testing_fact(context, "images", name);
}

// A path that host.json does not name is a folder like any other.
static inline pt_fact testing_path(void *context, pt_arena *a, pt_str path) {
    pt_value paths = pt_getz(*(pt_value *)context, "paths");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "resolved", pt_string(path));
    pt_obj_set(&o, "type", pt_stringz("directory"));
    pt_value folder = pt_obj_end(&o);
    if (pt_defined(pt_get(paths, path)))
        return testing_fact(context, "paths", path);
    return pt_defined(folder) ? pt_fact_known(folder, (pt_str){0})
                              : pt_fact_unknown(PT_STR("no memory"), (pt_str){0});
}

static inline pt_fact testing_daemon(void *context, pt_arena *a) {
    (void)a;
    return testing_fact(context, "daemon", PT_STR("facts"));
}

static inline pt_fact testing_mounts(void *context, pt_arena *a) {
    (void)a;
    return pt_fact_known(pt_getz(*(pt_value *)context, "mounts"), (pt_str){0});
}

// A list is known, "?" is unknown, anything else absent.
static inline pt_fact testing_scan(void *scans, pt_arena *a, pt_str digest) {
    pt_value v = pt_get(pt_getz(*(pt_value *)scans, "scans"), digest);
    (void)a;
    if (pt_tag_of(v) == PT_ARRAY)
        return pt_fact_known(v, (pt_str){0});
    return pt_str_eqz(pt_text(v), "?") ? pt_fact_unknown(PT_STR("no record"), (pt_str){0})
                                       : pt_fact_absent((pt_str){0});
}

static inline pt_docker_host testing_host(pt_value *facts) {
    return (pt_docker_host){.context = facts,
                            .volume = testing_volume,
                            .container = testing_container,
                            .image = testing_image,
                            .path = testing_path,
                            .daemon = testing_daemon,
                            .mounts = testing_mounts,
                            .scan = testing_scan,
                            .scans = facts};
}

static inline const pt_str *testing_strings(pt_arena *a, pt_value list, size_t *ret_n) {
    pt_str *v = PT_NEW(a, pt_str, pt_len(list) + 1);
    for (size_t i = 0; i < pt_len(list); i++)
        v[i] = pt_text(pt_at(list, i));
    *ret_n = pt_len(list);
    return v;
}

// An empty name is somebody who is not known.
static inline const pt_docker_asker *testing_asker(pt_arena *a, pt_value v) {
    pt_docker_asker *asker = PT_NEW(a, pt_docker_asker, 1);
    asker->tenant = pt_text(pt_getz(v, "tenant"));
    asker->why = PT_STR("bob has no tenant");
    asker->exec = pt_true(pt_getz(v, "exec"));
    asker->networks = testing_strings(a, pt_getz(v, "networks"), &asker->n_networks);
    return asker;
}

static inline pt_scanned_policy testing_scanned(pt_arena *a, pt_value v) {
    pt_scanned_policy p = {.fail_on = pt_text(pt_getz(v, "fail_on")),
                           .warns = pt_true(pt_getz(v, "warns"))};
    p.except = testing_strings(a, pt_getz(v, "except"), &p.n_except);
    p.reasons = p.except;
    PT_IGNORE(!pt_to_int(pt_getz(v, "age"), &p.age_s_max)); // 0: nothing is asked
    return p;
}

static inline pt_docker_policy testing_policy(pt_arena *a, pt_value v) {
    pt_docker_policy p = {.tags = pt_true(pt_getz(v, "tags"))};
    p.allow = testing_strings(a, pt_getz(v, "allow"), &p.n_allow);
    p.deny = testing_strings(a, pt_getz(v, "deny"), &p.n_deny);
    p.bind_prefixes = testing_strings(a, pt_getz(v, "bind"), &p.n_bind_prefixes);
    p.registries = testing_strings(a, pt_getz(v, "registries"), &p.n_registries);
    p.protected_names = testing_strings(a, pt_getz(v, "protected"), &p.n_protected);
    p.scanned = testing_scanned(a, pt_getz(v, "scanned"));
    p.shared = pt_true(pt_getz(v, "shared")) || pt_defined(pt_getz(v, "tenant"));
    p.asker = pt_defined(pt_getz(v, "tenant")) ? testing_asker(a, v) : NULL;
    return p;
}

static inline const char *testing_z(pt_arena *a, pt_value v) {
    return pt_tag_of(v) == PT_STRING ? pt_arena_str(a, pt_text(v)).p : NULL;
}

// Of {"request": "POST /containers/create", "body": VALUE or "text": TEXT, "headers": {…}}.
static inline pt_str testing_case_document(pt_arena *a, pt_value c) {
    pt_str request = pt_text(pt_getz(c, "request"));
    size_t blank = pt_str_find(request, ' ');
    const char *text = testing_z(a, pt_getz(c, "text"));
    PT_AUTO(pt_buf_done)
    pt_buf body = PT_BUF(8 << 20);
    if (pt_defined(pt_getz(c, "body"))) {
        assert_int_equal(pt_json_write(&body, pt_getz(c, "body"), NULL, NULL), PT_OK);
        text = pt_arena_str(a, pt_buf_str(&body)).p;
    }
    PT_AUTO(pt_buf_done)
    pt_buf headers = PT_BUF(1 << 20);
    const char *more = NULL;
    if (pt_defined(pt_getz(c, "headers"))) {
        assert_int_equal(pt_json_write(&headers, pt_getz(c, "headers"), NULL, NULL), PT_OK);
        more = pt_arena_str(a, pt_buf_str(&headers)).p;
    }
    testing_request r = {pt_arena_str(a, pt_str_sub(request, 0, blank)).p,
                         pt_arena_str(a, pt_str_sub(request, blank + 1, request.n)).p, text, more};
    return testing_document(a, &r);
}

// The ids of what was found, in the order of the table, "PT-GRD-" left out, blanks between them; of
// what could not be looked at with a "?".
static inline pt_str testing_ids(pt_arena *a, const pt_docker_offence *v, size_t n) {
    PT_AUTO(pt_buf_done)
    pt_buf b = PT_BUF(1 << 16);
    for (size_t i = 0; i < n; i++)
        pt_buf_printf(&b, "%s%s%s", i ? " " : "", v[i].rule->id + strlen("PT-GRD-"),
                      v[i].unknown ? "?" : "");
    return pt_arena_str(a, pt_buf_str(&b));
}

// Read and judge. False: it could not be read, and e->what says why.
static inline bool testing_judge(pt_arena *a, pt_value c, const pt_docker_host *h,
                                 pt_docker_verdict *ret, pt_err *e) {
    pt_docker_request r;
    pt_docker_policy policy = testing_policy(a, pt_getz(c, "policy"));
    if (pt_docker_request_read(a, testing_case_document(a, c), &r, e))
        return false;
    assert_int_equal(pt_docker_judge(a, &r, h, &policy, ret, e), PT_OK);
    return true;
}
