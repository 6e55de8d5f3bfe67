// A run made by hand, for the tests of reports.
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/catalogue/catalogue.h"
#include "record/waiver/waiver.h"

#define TEST_STARTED (INT64_C(1795500004) * PT_SECOND_NS) // 2026-11-24T06:00:04Z

typedef struct test_run {
    pt_arena a;
    pt_run r;
} test_run;

static inline void test_run_init(test_run *t) {
    *t = (test_run){.r = {.verb = "audit",
                          .subject = PT_STR("hel-07"),
                          .started = TEST_STARTED,
                          .took_ns = 612000000,
                          .fail_on = PT_HIGH}};
}

static inline void test_run_done(test_run *t) {
    pt_arena_done(&t->a);
}

// Add `f`, whose check is the one of that id; gives it back, to be marked before test_run_finish.
static inline void test_add(test_run *t, const char *id, pt_finding f) {
    f.check = pt_catalogue_find(pt_str_of(id));
    assert_non_null(f.check);
    f.kind = f.check->kind;
    assert_true(pt_findings_add(&t->r.findings, &t->a, &f));
}

static inline void test_finish(test_run *t) {
    pt_findings_finish(&t->r.findings);
    for (size_t i = 0; i < t->r.findings.all.n; i++) {
        const pt_finding *f = &t->r.findings.all.v[i];
        t->r.waived += f->waived;
        t->r.waivers_expired += f->waiver_expired;
        t->r.known += f->known;
    }
    t->r.exit_code = pt_run_open(&t->r, t->r.fail_on) > 0;
}

static inline void test_fact(test_run *t, const char *text) {
    *PT_PUSH(&t->a, &t->r.facts) = pt_str_of(text);
}

// Names that try to be more than names.
#define TEST_HOSTILE                                        \
    "</script><img src=x onerror=alert(1)>\"'&\xe2\x80\xae" \
    "fdp\x1b[31m\x07\x80`${x}`"

static const pt_waiver test_waivers[] = {
    {.reason = PT_STR("Waits for image 4.2 </td>"),
     .owner = PT_STR("a.lindqvist"),
     .expires = TEST_STARTED - INT64_C(250000) * PT_SECOND_NS},
    {.reason = PT_STR("kdump needs it"),
     .owner = PT_STR("k.osei"),
     .expires = TEST_STARTED + INT64_C(1000000) * PT_SECOND_NS},
};

// The pictures of the design, as a run.
static inline void test_fill(test_run *t) {
    t->r.compared = true;
    test_fact(t, "Debian 12, Linux 6.1");
    test_fact(t, "Docker 28.5.2");
    test_fact(t, "5 containers, 6 images");
    const pt_str source = PT_STR("GET /containers/edge-proxy/json");
    const pt_time_ns september = INT64_C(1789084800) * PT_SECOND_NS;
    test_add(t, "PT-CTR-SOCKET",
             (pt_finding){.verdict = PT_FAIL,
                          .subject = PT_STR("edge-proxy"),
                          .detail = PT_STR("traefik:3.1.2"),
                          .is_new = true,
                          .evidence = PT_STR("/var/run/docker.sock, read-write"),
                          .source = source,
                          .first_seen = TEST_STARTED});
    test_add(t, "PT-CTR-PRIVILEGED",
             (pt_finding){.verdict = PT_FAIL,
                          .subject = PT_STR("ci-runner"),
                          .detail = PT_STR("gitlab-runner:17.5"),
                          .first_seen = september,
                          .evidence = PT_STR("Privileged = true"),
                          .source = source});
    test_add(t, "PT-CTR-PRIVILEGED",
             (pt_finding){.verdict = PT_PASS,
                          .subject = PT_STR("mailer"),
                          .evidence = PT_STR("Privileged = false"),
                          .source = source});
    test_add(t, "PT-DKR-ICC",
             (pt_finding){.verdict = PT_FAIL,
                          .subject = PT_STR("dockerd"),
                          .detail = PT_STR("Docker daemon 28.5.2"),
                          .waiver_expired = true,
                          .waiver = &test_waivers[0],
                          .evidence = PT_STR("enable_icc unset: true"),
                          .source = PT_STR("options of the network bridge")});
    test_add(t, "PT-HOST-BPF",
             (pt_finding){.verdict = PT_FAIL,
                          .subject = PT_STR("hel-07"),
                          .first_seen = september,
                          .detail = PT_STR("Debian 12, Linux 6.1"),
                          .evidence = PT_STR("kernel.unprivileged_bpf_disabled = 0"),
                          .source = PT_STR("/proc/sys/kernel/unprivileged_bpf_disabled")});
    test_add(t, "PT-HOST-KPTR",
             (pt_finding){.verdict = PT_FAIL,
                          .subject = PT_STR("hel-07"),
                          .waived = true,
                          .waiver = &test_waivers[1],
                          .evidence = PT_STR("kernel.kptr_restrict = 0"),
                          .source = PT_STR("/proc/sys/kernel/kptr_restrict")});
    test_add(t, "PT-HOST-PTRACE",
             (pt_finding){.verdict = PT_FAIL,
                          .subject = PT_STR("hel-07"),
                          .known = true,
                          .evidence = PT_STR("kernel.yama.ptrace_scope = 0"),
                          .source = PT_STR("/proc/sys/kernel/yama/ptrace_scope")});
    test_add(t, "PT-HOST-ASLR",
             (pt_finding){.verdict = PT_PASS,
                          .subject = PT_STR("hel-07"),
                          .evidence = PT_STR("kernel.randomize_va_space = 2"),
                          .source = PT_STR("/proc/sys/kernel/randomize_va_space")});
    test_add(t, "PT-HOST-DMESG",
             (pt_finding){.verdict = PT_NOT_EVALUATED,
                          .subject = PT_STR("hel-07"),
                          .evidence = PT_STR("no right to read the file"),
                          .remedy = PT_STR("needs root: sudo paratia audit")});
    test_add(t, "PT-HOST-UID0",
             (pt_finding){.verdict = PT_NOT_EVALUATED,
                          .subject = PT_STR("hel-07"),
                          .evidence = PT_STR("/etc/shadow: permission denied"),
                          .remedy = PT_STR("needs root: sudo paratia audit")});
    test_add(t, "PT-IMG-HEALTH",
             (pt_finding){.verdict = PT_FAIL,
                          .subject = PT_STR("registry.example.net/shop/web:4.1"),
                          .evidence = PT_STR("Healthcheck is unset")});
    test_add(t, "PT-IMG-ROOT",
             (pt_finding){.verdict = PT_NOT_APPLICABLE,
                          .subject = PT_STR("scratch:1"),
                          .evidence = PT_STR("the image runs nothing")});
    *PT_PUSH(&t->a, &t->r.gone) = (pt_kept_finding){.check = PT_STR("PT-CTR-ROOTFS"),
                                                    .subject = PT_STR("mailer"),
                                                    .verdict = PT_STR("fail"),
                                                    .severity = PT_STR("medium"),
                                                    .fingerprint = PT_STR("3360f269c7aa"),
                                                    .first_seen = september};
    for (int i = 0; i < 5; i++)
        *PT_PUSH(&t->a, &t->r.history) =
            (pt_past){TEST_STARTED - (5 - i) * INT64_C(86400) * PT_SECOND_NS, 60 + 3 * i};
    t->r.receipt =
        (pt_receipt){.recorded = true,
                     .index = 1284,
                     .size = 1285,
                     .origin = PT_STR("hel-07/paratia"),
                     .checkpoint = PT_STR(
                         "hel-07/paratia\n1285\nbSGXrju6NirGPfPBr5CrkhLeOw+QJFtPQTyS4oGo+Zc=\n\n"
                         "\xe2\x80\x94 hel-07/paratia zmv2UpKGNHTHIX7MiqDlFKZaQHr4FI3mX+Xt"
                         "cERqYHjkwoGZbeIAECVzA8m0Tg==\n")};
}

// PT_KEEP_REPORTS=DIR keeps what a test made, to be looked at.
static inline void test_keep(const char *name, pt_str content) {
    const char *dir = getenv("PT_KEEP_REPORTS");
    if (!dir)
        return;
    char path[4096];
    assert_true((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) < sizeof path);
    assert_int_equal(pt_file_replace(path, content, 0644, NULL), PT_OK);
}
