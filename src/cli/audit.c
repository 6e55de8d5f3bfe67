// paratia audit: plan -> collect host and Docker -> judge -> record.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/progress.h"
#include "base/rights.h"
#include "cli/find_engine.h"
#include "cli/journey.h"
#include "cli/repeat.h"
#include "cli/ruleset.h"
#include "cli/verbs.h"
#include "collect/docker/docker.h"
#include "collect/host/host.h"
#include "collect/world.h"
#include "judge/engine/engine.h"

const pt_option pt_audit_options[] = {
    {"root", "DIR", "judge a mounted disk instead of this host", "/", "What"},
    {"docker", "ADDRESS", "unix:///path/docker.sock, tcp://host:2376", "as docker", NULL},
    {"context", "NAME", "the daemon of a docker context", "the current one", NULL},
    {"every", "TIME", "again and again (15m, 1h), speaking of changes", "once", "When"},
    {"notify", "URL", "tell it of changes; mailto:NAME@HOST; file: holds one", NULL, NULL},
    {"ca", "FILE", "certificates that may sign that URL's", "the system's", NULL},
    PT_REPORT_OPTIONS,
    {0},
};

static void add_fact(pt_journey *j, pt_str fact) {
    pt_str *slot = fact.n ? PT_PUSH(&j->arena, &j->run.facts) : NULL;
    if (slot)
        *slot = fact;
}

static pt_code judge(pt_journey *j, const pt_subject *s, pt_err *e) {
    return pt_judge_subject(&j->arena, j->checks, j->checks_n, s, &j->run.findings, e);
}

static pt_code audit_host(pt_journey *j, pt_world *w, const pt_plan *plan, pt_err *e) {
    pt_subject host = {0};
    pt_host_collect(w, &j->arena, plan->facts.v, plan->facts.n, &host);
    j->run.subject = host.name;
    add_fact(j, host.detail);
    return judge(j, &host, e);
}

typedef struct progress_line {
    pt_progress progress;
    pt_str host;
} progress_line;

static void docker_progress(void *ctx, pt_str what, size_t done, size_t total) {
    progress_line *p = ctx;
    if (total)
        pt_progress_say(&p->progress, "Auditing %.*s  %.*s (%zu of %zu)", PT_PRI(p->host),
                        PT_PRI(what), done, total);
    else
        pt_progress_say(&p->progress, "Auditing %.*s  %.*s", PT_PRI(p->host), PT_PRI(what));
}

static pt_code judge_all(pt_journey *j, const pt_subject *v, size_t n, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < n && !code; i++)
        code = judge(j, &v[i], e);
    return code;
}

static pt_str count_words(pt_arena *a, const pt_docker *d) {
    return pt_arena_printf(a, "%zu container%s, %zu image%s", d->containers.n,
                           d->containers.n == 1 ? "" : "s", d->images.n,
                           d->images.n == 1 ? "" : "s");
}

static pt_code audit_docker(pt_journey *j, pt_world *w, const pt_docker_target *target, pt_err *e) {
    progress_line line = {.host = j->run.subject};
    pt_docker d = {0};
    pt_docker_opts opts = {.target = target, .progress = docker_progress, .progress_ctx = &line};
    // Another host's daemon is part of what this run is about, and of what it is compared with.
    if (target->url)
        j->run.subject =
            pt_arena_printf(&j->arena, "%.*s and %.*s", PT_PRI(line.host), PT_PRI(target->shown));
    pt_docker_collect(w, &j->arena, &opts, &d);
    pt_progress_clear(&line.progress);
    if (d.presence == PT_DOCKER_NONE) {
        add_fact(j, PT_STR("no Docker"));
        return PT_OK;
    }
    if (d.presence == PT_DOCKER_THERE) {
        add_fact(j, d.daemon.detail);
        add_fact(j, count_words(&j->arena, &d));
    } else
        add_fact(j, PT_STR("Docker not seen"));
    pt_code code = judge(j, &d.daemon, e);
    if (!code)
        code = judge_all(j, d.containers.v, d.containers.n, e);
    if (!code)
        code = judge_all(j, d.images.v, d.images.n, e);
    return code ? code : judge_all(j, d.networks.v, d.networks.n, e);
}

// A mounted disk has no daemon of its own; one that is named is asked nevertheless.
static bool wants_docker(const pt_journey *j) {
    const char *root = pt_args_get(j->args, "root");
    return !root || strcmp(root, "/") == 0 || pt_args_get(j->args, "docker") ||
           pt_args_get(j->args, "context");
}

// What needs more than may be kept: programs that are asked, names that are resolved.
static pt_code prepare(pt_journey *j, pt_real_world *w, pt_plan *plan, pt_docker_target *docker,
                       pt_err *e) {
    pt_code code = PT_OK;
    if (wants_docker(j))
        code = pt_find_engine(&j->arena, pt_args_get(j->args, "docker"),
                              pt_args_get(j->args, "context"), docker, e);
    if (!code)
        code = pt_plan_of(&j->arena, j->checks, j->checks_n, PT_KIND_HOST, plan, e);
    for (size_t i = 0; i < plan->facts.n && !code && w->world.live; i++)
        if (pt_str_eqz(plan->facts.v[i], "firewall"))
            pt_ruleset_take(&w->world, &j->arena);
    return code;
}

static pt_code audit(pt_journey *j, pt_real_world *w, pt_err *e) {
    pt_docker_target docker = {0};
    pt_plan plan = {0};
    pt_code code = prepare(j, w, &plan, &docker, e);
    if (!code)
        code = pt_rights_drop(
            &(pt_rights){.read_all = true, .inspect = true, .internet = docker.url != NULL}, e);
    if (!code)
        code = audit_host(j, &w->world, &plan, e);
    if (!code)
        code = pt_rights_shed(e);
    if (!code && wants_docker(j))
        code = audit_docker(j, &w->world, &docker, e);
    return code;
}

static int audit_once(const pt_args *args, int64_t *ret_run) {
    pt_journey j;
    pt_err e = {0};
    pt_real_world w;
    const char *root = pt_args_get(args, "root");
    pt_code code = pt_journey_begin(&j, args, &e);
    if (!code)
        code = pt_real_world_open(&w, root ? root : "/", &e);
    if (!code) {
        code = audit(&j, &w, &e);
        pt_real_world_done(&w);
    }
    if (code) {
        pt_say_error(&e);
        pt_journey_done(&j);
        return code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    }
    for (size_t i = 0; i < args->operands_n; i++)
        pt_journey_manifests(&j, args->operands[i]);
    pt_journey_manifests_end(&j);
    return pt_journey_end(&j, ret_run);
}

int pt_cmd_audit(const pt_args *args) {
    return pt_repeat_wanted(args) ? pt_repeat(args, audit_once) : audit_once(args, NULL);
}
