// Suite "osv": ECOSYSTEM/ID.json or .yaml, one advisory in OSV's format a file, a case each.
// Written again it is the same value; and of an index of all of them, asked for the package:
// "introduced", "last_affected" and what is in "versions" are affected, unless the same version is
// fixed at once; "fixed" is not, unless another range of the same package holds it, it begins
// another part of its own, or it is listed; withdrawn advisories match nothing.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance.h"
#include "judge/vuln/index/build.h"
#include "judge/vuln/index/ecosystem.h"
#include "judge/vuln/index/index.h"
#include "value/json.h"
#include "value/yaml.h"

typedef struct advisory {
    pt_str name; // of its file
    pt_value doc;
} advisory;

typedef struct suite {
    pt_arena a;
    PT_VEC(advisory) of;
    pt_index_build *build;
    pt_index_shard *shard;
    uint32_t source;
    const pt_index *index;
    pt_arena scratch;
} suite;

// -- reading --------------------------------------------------------------------------------------

static pt_code read_text(pt_arena *a, const char *name, pt_str bytes, pt_value *ret, pt_err *e) {
    if (pt_str_ends(pt_str_of(name), PT_STR(".json")))
        return pt_json_parse(a, bytes, NULL, ret, e);
    pt_yaml_stream s = {.bytes = bytes, .dialect = PT_YAML_CORE};
    pt_yaml_doc doc = {.value = pt_undefined()};
    pt_code code = pt_yaml_next(&s, a, &doc, e);
    pt_yaml_stream_done(&s);
    *ret = doc.value;
    return code;
}

static bool is_lossless(pt_arena *a, pt_value doc) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64 << 20);
    pt_value again;
    return pt_json_write(&b, doc, NULL, NULL) == PT_OK &&
           pt_json_parse(a, pt_buf_str(&b), NULL, &again, NULL) == PT_OK && pt_eq(doc, again);
}

static void read_one(pt_tally *t, const char *name, pt_str bytes) {
    union { // a suite's own
        const void *from;
        suite *to;
    } of = {t->suite};
    suite *s = of.to;
    pt_value doc = pt_undefined();
    pt_err e = {0};
    pt_arena_clear(&s->scratch);
    if (read_text(&s->scratch, name, bytes, &doc, &e)) {
        pt_case_failed(t, name, "cannot be read: %s", e.what);
        return;
    }
    if (!is_lossless(&s->scratch, doc)) {
        pt_case_failed(t, name, "written again it is another value");
        return;
    }
    if (pt_index_add(s->shard, s->source, doc, &e)) {
        pt_case_failed(t, name, "%s: %s", e.where, e.what);
        return;
    }
    advisory *to = PT_PUSH(&s->a, &s->of);
    pt_assert(to);
    *to = (advisory){pt_arena_str(&s->a, pt_str_of(name)), pt_clone(&s->a, doc)};
    pt_assert(pt_defined(to->doc));
}

// -- what the schema's "Evaluation" says, as it is written there ----------------------------------

static bool is_zero(pt_value event) {
    return pt_str_eqz(pt_text(pt_getz(event, "introduced")), "0");
}

static pt_str text_of_event(pt_value event) {
    return pt_text(pt_val_at(event, 0));
}

// Which of the events that are left comes first?
static size_t next_event(pt_value events, const bool *taken, pt_version_scheme scheme) {
    size_t best = pt_len(events);
    for (size_t i = 0; i < pt_len(events); i++) {
        if (taken[i])
            continue;
        pt_value x = pt_at(events, i);
        pt_value y = pt_at(events, best);
        if (best == pt_len(events) || (is_zero(x) && !is_zero(y)) ||
            (!is_zero(y) && pt_version_order(scheme, text_of_event(x), text_of_event(y)) < 0))
            best = i;
    }
    return best;
}

static bool range_holds(pt_arena *a, pt_value range, pt_version_scheme scheme, pt_str version) {
    pt_value events = pt_getz(range, "events");
    bool *taken = PT_NEW(a, bool, pt_len(events) + 1);
    bool in = false;
    bool limited = false;
    bool below = false;
    for (size_t n = 0; n < pt_len(events); n++) {
        size_t i = next_event(events, taken, scheme);
        pt_value v = pt_at(events, i);
        int order = pt_version_order(scheme, version, text_of_event(v));
        taken[i] = true;
        if (pt_defined(pt_getz(v, "introduced")))
            in = in || is_zero(v) || order >= 0;
        else if (pt_defined(pt_getz(v, "fixed")))
            in = in && order < 0;
        else if (pt_defined(pt_getz(v, "last_affected")))
            in = in && order <= 0;
        else {
            limited = true;
            below = below || order < 0 || pt_str_eqz(text_of_event(v), "*");
        }
    }
    return in && (!limited || below);
}

static bool is_git(pt_value range) {
    return pt_str_eqz(pt_text(pt_getz(range, "type")), "GIT");
}

// -- asking the index -----------------------------------------------------------------------------

typedef struct package {
    suite *s;
    pt_value doc;
    pt_value of; // "package"; undefined: of a repository
    pt_str ecosystem, name;
    pt_version_scheme scheme;
    pt_advised_list found; // of this advisory alone
    char wrong[256];
} package;

static bool is_same(const package *p, pt_value entry) {
    pt_value of = pt_getz(entry, "package");
    return pt_defined(of) == pt_defined(p->of) &&
           (!pt_defined(of) || (pt_eq(pt_getz(of, "name"), pt_getz(p->of, "name")) &&
                                pt_eq(pt_getz(of, "ecosystem"), pt_getz(p->of, "ecosystem"))));
}

// Does anything of the package but this range hold the version?
static bool held_elsewhere(package *p, pt_value but, pt_str version) {
    pt_value entries = pt_getz(p->doc, "affected");
    for (size_t i = 0; i < pt_len(entries); i++) {
        pt_value entry = pt_at(entries, i);
        pt_value ranges = pt_getz(entry, "ranges");
        pt_value versions = pt_getz(entry, "versions");
        if (!is_same(p, entry))
            continue;
        for (size_t k = 0; k < pt_len(versions); k++)
            if (pt_str_eq(pt_text(pt_at(versions, k)), version) ||
                pt_version_order(p->scheme, pt_text(pt_at(versions, k)), version) == 0)
                return true;
        for (size_t k = 0; k < pt_len(ranges); k++) {
            pt_value range = pt_at(ranges, k);
            if (range.seq != but.seq && !is_git(range) &&
                range_holds(&p->s->scratch, range, p->scheme, version))
                return true;
        }
    }
    return false;
}

static bool is_held(package *p, pt_str version, pt_err *e) {
    bool any = false;
    for (size_t i = 0; i < p->found.of.n && !any; i++) {
        pt_advised_range range;
        bool held = false;
        if (pt_advised_holds(p->s->index, &p->found.of.v[i], version, &held, &range, e))
            continue;
        any = held;
    }
    return any;
}

static void expect(package *p, const char *what, pt_str version, bool affected) {
    pt_err e = {0};
    bool held = is_held(p, version, &e);
    if (p->wrong[0] || (held == affected && (affected || !e.code)))
        return;
    snprintf(p->wrong, sizeof p->wrong, "%.*s %.*s: %s %.*s is %saffected%s%s",
             PT_PRI(p->ecosystem), PT_PRI(p->name), what, PT_PRI(version), held ? "" : "not ",
             e.code ? ": " : "", e.what);
}

// "introduced 1.0, fixed 1.0" speaks of no version.
static bool is_empty(const package *p, pt_value from, pt_value to) {
    pt_str x = pt_text(pt_getz(from, "introduced"));
    pt_str y = pt_text(pt_getz(to, "fixed"));
    return x.n && y.n && pt_version_order(p->scheme, x, y) == 0;
}

// Does the version that is fixed begin something else of the same range?
static bool begins_again(const package *p, pt_value events, size_t at) {
    for (size_t i = 0; i < pt_len(events); i++)
        if (i + 1 != at && is_empty(p, pt_at(events, i), pt_at(events, at)))
            return true;
    return false;
}

static void expect_events(package *p, pt_value range) {
    pt_value events = pt_getz(range, "events");
    for (size_t i = 0; i < pt_len(events); i++) {
        pt_value v = pt_at(events, i);
        pt_str introduced = pt_text(pt_getz(v, "introduced"));
        pt_str fixed = pt_text(pt_getz(v, "fixed"));
        pt_str last = pt_text(pt_getz(v, "last_affected"));
        if (introduced.n && !is_empty(p, v, pt_at(events, i + 1)))
            expect(p, "introduced", introduced, true);
        if (fixed.n && !begins_again(p, events, i) && !held_elsewhere(p, range, fixed))
            expect(p, "fixed", fixed, false);
        if (last.n)
            expect(p, "last_affected", last, true);
    }
}

static void find_own(package *p, bool withdrawn) {
    pt_advised_list all = {0};
    pt_err e = {0};
    bool known = false;
    suite *s = p->s;
    pt_code code =
        withdrawn ? pt_index_find_withdrawn(s->index, &s->scratch, p->ecosystem, p->name, &all, &e)
                  : pt_index_find(s->index, &s->scratch, p->ecosystem, p->name, &all, &known, &e);
    p->found.of.n = 0;
    for (size_t i = 0; !code && i < all.of.n; i++) {
        pt_value record;
        code = pt_index_advisory(s->index, all.of.v[i].advisory, &s->scratch, &record, &e);
        bool own = !code && pt_eq(pt_getz(record, "id"), pt_getz(p->doc, "id"));
        pt_advised *to = own ? PT_PUSH(&s->scratch, &p->found.of) : NULL;
        if (to)
            *to = all.of.v[i];
    }
    if (code)
        snprintf(p->wrong, sizeof p->wrong, "%s", e.what);
}

static void ask_versions(package *p, pt_value entry, pt_value range) {
    pt_value versions = pt_getz(entry, "versions");
    bool withdrawn = pt_text(pt_getz(p->doc, "withdrawn")).n != 0;
    if (!pt_ecosystem_scheme(p->ecosystem, &p->scheme))
        p->scheme = PT_VERSION_SEMVER;
    find_own(p, false);
    if (withdrawn && p->found.of.n && !p->wrong[0])
        snprintf(p->wrong, sizeof p->wrong, "withdrawn, and matched");
    if (withdrawn)
        return;
    for (size_t i = 0; i < pt_len(versions); i++)
        expect(p, "listed", pt_text(pt_at(versions, i)), true);
    if (pt_defined(range))
        expect_events(p, range);
}

static void ask_entry(package *p, pt_value entry) {
    pt_value ranges = pt_getz(entry, "ranges");
    p->of = pt_getz(entry, "package");
    p->ecosystem = pt_text(pt_getz(p->of, "ecosystem"));
    p->name = pt_text(pt_getz(p->of, "name"));
    if (pt_defined(p->of) && !pt_len(ranges))
        ask_versions(p, entry, pt_undefined());
    for (size_t i = 0; i < pt_len(ranges); i++) {
        if (!pt_defined(p->of)) {
            p->ecosystem = PT_STR("GIT");
            p->name = pt_text(pt_getz(pt_at(ranges, i), "repo"));
        }
        ask_versions(p, entry, pt_at(ranges, i));
    }
}

static void ask(pt_tally *t, suite *s, const advisory *of) {
    package p = {.s = s, .doc = of->doc};
    pt_value entries = pt_getz(of->doc, "affected");
    for (size_t i = 0; i < pt_len(entries); i++) {
        pt_arena_clear(&s->scratch);
        p.found = (pt_advised_list){0};
        ask_entry(&p, pt_at(entries, i));
    }
    if (p.wrong[0])
        pt_case_failed(t, of->name.p, "%s", p.wrong);
    else
        pt_case_passed(t);
}

// -- the suite ------------------------------------------------------------------------------------

static bool read_folder(const char *path, pt_tally *t) {
    return pt_each_file(path, ".json", read_one, t) && pt_each_file(path, ".yaml", read_one, t);
}

// The folder and those in it.
static bool read_folders(suite *s, const char *path, pt_tally *t) {
    DIR *dir = opendir(path);
    bool ok = dir && read_folder(path, t);
    for (const struct dirent *d = dir ? readdir(dir) : NULL; ok && d; d = readdir(dir))
        if (d->d_name[0] != '.' && d->d_type == DT_DIR)
            ok = read_folder(pt_arena_printf(&s->a, "%s/%s", path, d->d_name).p, t);
    if (dir)
        closedir(dir);
    return ok;
}

static void ask_all(pt_tally *t, suite *s) {
    char path[] = "/tmp/conformance-osv-XXXXXX";
    pt_index *x = NULL;
    pt_err e = {0};
    int fd = mkstemp(path);
    pt_code code = fd < 0 ? pt_err_set(&e, PT_E_IO, "%s cannot be made", path)
                          : pt_index_build_write(s->build, path, &e);
    if (!code)
        code = pt_index_open(path, &x, &e);
    if (!code)
        code = pt_index_verify(x, &e);
    s->index = x;
    if (code)
        pt_case_failed(t, "the index", "%s: %s", e.where, e.what);
    for (size_t i = 0; !code && i < s->of.n; i++)
        ask(t, s, &s->of.v[i]);
    pt_index_close(x);
    if (fd >= 0) {
        unlink(path);
        close(fd);
    }
}

pt_suite_run pt_suite_osv; // SUITES in conformance.c declares it too
bool pt_suite_osv(const char *dir, pt_tally *t) {
    suite s = {.build = pt_index_build_new()};
    pt_arena_init(&s.a, (size_t)8 << 30);
    t->suite = &s;
    pt_assert(s.build);
    s.shard = pt_index_build_shard(s.build);
    pt_assert(s.shard && pt_index_build_source(s.build, PT_STR("osv"), PT_STR("osv"), &s.source,
                                               NULL) == PT_OK);
    bool ok = read_folders(&s, dir, t);
    pt_index_build_told(s.build, s.source, PT_STR("sha256:"), 0, 0);
    if (ok && s.of.n)
        ask_all(t, &s);
    printf("%zu ranges without an order\n", pt_index_unordered(s.shard));
    pt_index_build_free(s.build);
    pt_arena_done(&s.scratch);
    pt_arena_done(&s.a);
    return ok;
}
