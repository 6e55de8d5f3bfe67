// testdata/*.yaml: requests, each with its verdict. Tests only.
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/admission/admission.h"
#include "value/json.h"
#include "value/yaml.h"

typedef struct world {
    pt_arena a;
    pt_gk_set *set; // NULL: no policies
    pt_gk_judge *judge;
    pt_value namespaces;
} world;

// A file, by its path from the sources' folder.
static pt_str read_file(pt_arena *a, const char *name) {
    char path[4096];
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(4 << 20);
    snprintf(path, sizeof path, "%s/%s", getenv("PT_TESTDATA"), name);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pt_fd_read_all(fd, &text, NULL), PT_OK);
    return pt_arena_str(a, pt_buf_str(&text));
}

// Every document of a file of testdata/.
static pt_list read_documents(pt_arena *a, const char *name) {
    pt_str path = pt_arena_printf(a, "judge/admission/testdata/%s", name);
    pt_yaml_stream s = {.bytes = read_file(a, path.p), .dialect = PT_YAML_GO};
    pt_list all = {.a = a};
    for (;;) {
        pt_yaml_doc doc = {0};
        pt_err e = {0};
        if (pt_yaml_next(&s, a, &doc, &e))
            fail_msg("%s:%u: %s", name, e.line, e.what);
        if (!pt_defined(doc.value))
            break;
        pt_list_add(&all, doc.value);
    }
    pt_yaml_stream_done(&s);
    return all;
}

static pt_value parsed(pt_arena *a, const char *json) {
    pt_value v;
    pt_err e = {0};
    if (pt_json_parse(a, pt_str_of(json), NULL, &v, &e))
        fail_msg("%s: %s", json, e.what);
    return v;
}

static void done(world *w) {
    pt_gk_judge_free(w->judge);
    pt_arena_done(&w->a);
}

// -- a review of a case ---------------------------------------------------------------------------

static pt_value gvk_of(pt_arena *a, pt_value c, pt_value object) {
    pt_value given = pt_getz(c, "gvk");
    pt_str api = pt_text(pt_getz(object, "apiVersion"));
    size_t slash = pt_str_find(api, '/');
    bool grouped = slash < api.n;
    pt_obj o = {.a = a};
    bool own = !pt_defined(given);
    pt_obj_set(&o, "group",
               own ? pt_string(pt_str_sub(api, 0, grouped ? slash : 0)) : pt_at(given, 0));
    pt_obj_set(&o, "version",
               own ? pt_string(pt_str_sub(api, grouped ? slash + 1 : 0, api.n)) : pt_at(given, 1));
    pt_obj_set(&o, "kind", own ? pt_getz(object, "kind") : pt_at(given, 2));
    return pt_obj_end(&o);
}

static pt_value resource_of(pt_arena *a, pt_value c, pt_value kind) {
    pt_obj o = {.a = a};
    pt_value given = pt_getz(c, "resource");
    pt_str lower = pt_arena_lower(a, pt_text(pt_getz(kind, "kind")));
    pt_obj_set(&o, "group", pt_getz(kind, "group"));
    pt_obj_set(&o, "version", pt_getz(kind, "version"));
    pt_obj_set(&o, "resource",
               pt_defined(given) ? given : pt_string(pt_arena_printf(a, "%.*ss", PT_PRI(lower))));
    return pt_obj_end(&o);
}

static pt_value user_of(pt_arena *a, pt_value c) {
    pt_obj o = {.a = a};
    pt_value user = pt_getz(c, "user");
    pt_obj_set(&o, "username", pt_defined(user) ? user : pt_stringz("alice"));
    pt_obj_maybe(&o, "groups", pt_getz(c, "groups"));
    return pt_obj_end(&o);
}

static pt_str review_of(pt_arena *a, pt_value c) {
    static const char *const NULLS[] = {"object", "oldObject"};
    pt_value parts[] = {pt_getz(c, "object"), pt_getz(c, "old")};
    pt_value object = pt_defined(parts[0]) ? parts[0] : parts[1];
    pt_value meta = pt_getz(object, "metadata");
    pt_value kind = gvk_of(a, c, object);
    pt_value op = pt_getz(c, "op");
    pt_value namespace = pt_getz(meta, "namespace");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "uid", pt_stringz("705ab4f5-6393-11e8-b7cc-42010a800002"));
    pt_obj_set(&o, "kind", kind);
    pt_obj_set(&o, "resource", resource_of(a, c, kind));
    pt_obj_maybe(&o, "subResource", pt_getz(c, "sub"));
    pt_obj_maybe(&o, "name", pt_getz(meta, "name"));
    pt_obj_maybe(&o, "namespace", pt_defined(namespace) ? namespace : pt_getz(c, "namespace"));
    pt_obj_set(&o, "operation", pt_defined(op) ? op : pt_stringz("CREATE"));
    pt_obj_set(&o, "userInfo", user_of(a, c));
    for (size_t i = 0; i < 2; i++)
        pt_obj_set(&o, NULLS[i], pt_defined(parts[i]) ? parts[i] : pt_null());
    pt_obj_maybe(&o, "dryRun", pt_getz(c, "dryRun"));
    pt_obj review = {.a = a};
    pt_obj_set(&review, "apiVersion", pt_stringz("admission.k8s.io/v1"));
    pt_obj_set(&review, "kind", pt_stringz("AdmissionReview"));
    pt_obj_set(&review, "request", pt_obj_end(&o));
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    assert_int_equal(pt_json_write(&b, pt_obj_end(&review), NULL, NULL), PT_OK);
    return pt_arena_str(a, pt_buf_str(&b));
}

// -- its verdict ----------------------------------------------------------------------------------

static pt_value strings(pt_arena *a, const pt_str *v, size_t n) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < n; i++)
        pt_list_add(&l, pt_string(v[i]));
    return pt_list_end(&l);
}

static void same(pt_str note, const char *what, pt_value is, pt_value should) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    if (pt_eq(is, should))
        return;
    PT_IGNORE(pt_json_write(&b, is, NULL, NULL));
    pt_buf_putz(&b, "\n  should be ");
    PT_IGNORE(pt_json_write(&b, should, NULL, NULL));
    fail_msg("%.*s: %s is\n            %.*s", PT_PRI(note), what, PT_PRI(pt_buf_str(&b)));
}

static void check_number(pt_value c, const char *key, size_t is) {
    int64_t n;
    if (pt_to_int(pt_getz(c, key), &n) && (size_t)n != is)
        fail_msg("%.*s: %s is %zu", PT_PRI(pt_text(pt_getz(c, "note"))), key, is);
}

static void check_message(pt_value c, pt_str note, pt_str message) {
    pt_value starts = pt_getz(c, "starts");
    pt_value ends = pt_getz(c, "ends");
    pt_value whole = pt_getz(c, "message");
    if ((pt_defined(starts) && !pt_str_starts(message, pt_text(starts))) ||
        (pt_defined(ends) && !pt_str_ends(message, pt_text(ends))))
        fail_msg("%.*s: the message is %.*s", PT_PRI(note), PT_PRI(message));
    if (!pt_defined(starts))
        same(note, "message", pt_string(message), pt_defined(whole) ? whole : pt_stringz(""));
}

static void check_lists(pt_arena *a, pt_value c, pt_str note, const pt_admission_verdict *v) {
    pt_value warnings = pt_getz(c, "warnings");
    pt_value annotations = pt_getz(c, "annotations");
    pt_str glass[] = {v->glass_ticket, v->glass_by, v->glass_reason};
    pt_list pairs = {.a = a};
    for (size_t i = 0; i < v->annotations.n; i++)
        pt_list_add(&pairs, pt_string(v->annotations.v[i]));
    if (!pt_defined(pt_getz(c, "warned")))
        same(note, "warnings", strings(a, v->warnings.v, v->warnings.n),
             pt_defined(warnings) ? warnings : pt_array_of(a, NULL, 0));
    same(note, "annotations", pt_object_of(a, pairs.items.v, pairs.items.n / 2, NULL),
         pt_defined(annotations) ? annotations : pt_object_of(a, NULL, 0, NULL));
    same(note, "glass", v->glass_ticket.n ? strings(a, glass, 3) : pt_undefined(),
         pt_getz(c, "glass"));
}

static int code_of(pt_admission_end end) {
    if (end < PT_ADMISSION_DENIED)
        return 200;
    return end == PT_ADMISSION_DENIED ? 403 : 500;
}

static void check_verdict(pt_arena *a, pt_value c, const pt_admission_verdict *v) {
    pt_str note = pt_text(pt_getz(c, "note"));
    int64_t code = code_of(v->end);
    if (!pt_str_eqz(pt_text(pt_getz(c, "end")), pt_admission_end_word(v->end)))
        fail_msg("%.*s: it is %s: %.*s", PT_PRI(note), pt_admission_end_word(v->end),
                 PT_PRI(v->message));
    check_message(c, note, v->message);
    check_lists(a, c, note, v);
    PT_IGNORE(pt_to_int(pt_getz(c, "code"), &code));
    assert_int_equal(v->code, code);
    assert_int_equal(v->allowed, code == 200);
    check_number(c, "kept", v->policies.violations.n);
    check_number(c, "warned", v->warnings.n);
    check_number(c, "pods", v->pods.violations.n);
}

// -- a case ---------------------------------------------------------------------------------------

// `defaults` and `exemptions`, as a PodSecurityConfiguration.
static void read_podsec(pt_arena *a, pt_value v, pt_admission_podsec *ret) {
    pt_obj o = {.a = a};
    pt_err e = {0};
    pt_obj_set(&o, "apiVersion", pt_stringz("pod-security.admission.config.k8s.io/v1"));
    pt_obj_set(&o, "kind", pt_stringz("PodSecurityConfiguration"));
    pt_obj_maybe(&o, "defaults", pt_getz(v, "defaults"));
    pt_obj_maybe(&o, "exemptions", pt_getz(v, "exemptions"));
    if (pt_admission_podsec_read(a, pt_obj_end(&o), ret, &e))
        fail_msg("%s", e.what);
}

static void run_case(const world *w, pt_value c) {
    static const pt_str EXCLUDED[] = {PT_STR("kube-*")};
    static const pt_str GROUPS[] = {PT_STR("ops")};
    pt_arena a = {0};
    pt_err e = {0};
    pt_admission_podsec levels;
    pt_admission_request r;
    pt_admission_verdict v;
    pt_admission_policy p = {w->set, NULL, EXCLUDED, 1, GROUPS, 1};
    pt_admission_world cluster = {.judge = w->judge,
                                  .namespaces = w->namespaces,
                                  .deadline_ns = pt_true(pt_getz(c, "late")) ? 1 : 0};
    if (pt_defined(pt_getz(c, "podsec"))) {
        read_podsec(&a, pt_getz(c, "podsec"), &levels);
        p.podsec = &levels;
    }
    if (pt_admission_read(&a, review_of(&a, c), &r, &e) ||
        pt_admission_judge(&a, &p, &cluster, &r, &v, &e))
        fail_msg("%.*s: %s", PT_PRI(pt_text(pt_getz(c, "note"))), e.what);
    check_verdict(&a, c, &v);
    pt_arena_done(&a);
}

static void run_cases(const world *w, const char *name) {
    pt_arena a = {0};
    pt_list docs = read_documents(&a, name);
    assert_int_equal(docs.items.n, 1);
    pt_value cases = docs.items.v[0];
    assert_true(pt_len(cases) > 0);
    for (size_t i = 0; i < pt_len(cases); i++)
        run_case(w, pt_at(cases, i));
    pt_arena_done(&a);
}
