// Trivy's JSON report, schema version 2, for the dashboards that read it: one result for the
// system's packages, one for each file that lists packages of a language, one for each file with
// secrets. Waived findings are where Trivy has its ignored ones.
#include <stdlib.h>

#include "record/report/flaws_impl.h"
#include "record/report/report.h"
#include "record/waiver/waiver.h"
#include "value/json.h"

enum {
    TEXT_BYTES_MAX = 65536,
    LINKS_MAX = 100,
};

typedef enum pt_class {
    CLASS_OS,
    CLASS_LANGUAGE,
    CLASS_SECRET,
    CLASS_COUNT,
} pt_class;

// A finding and the result that it belongs to.
typedef struct entry {
    pt_class class;
    pt_str target, type;
    const pt_finding *f; // NULL: the system's result, which is there without findings, too
    size_t order;
} entry;

typedef PT_VEC(entry) entries;

static pt_value text_or_nothing(pt_str s) {
    return s.n ? pt_string(s) : pt_undefined();
}

// -- results --------------------------------------------------------------------------------------

// What Trivy calls a file's kind: by the type of its packages, and the end of its name.
static pt_str type_of(pt_value package) {
    static const struct {
        const char *type, *end, *name;
    } rows[] = {
        {"npm", "package-lock.json", "npm"},
        {"npm", "yarn.lock", "yarn"},
        {"npm", "pnpm-lock.yaml", "pnpm"},
        {"npm", "bun.lock", "bun"},
        {"npm", "", "node-pkg"},
        {"pypi", "requirements.txt", "pip"},
        {"pypi", "Pipfile.lock", "pipenv"},
        {"pypi", "poetry.lock", "poetry"},
        {"pypi", "uv.lock", "uv"},
        {"pypi", "", "python-pkg"},
        {"golang", "go.mod", "gomod"},
        {"golang", "go.sum", "gomod"},
        {"golang", "", "gobinary"},
        {"cargo", "Cargo.lock", "cargo"},
        {"cargo", "", "rustbinary"},
        {"maven", "pom.xml", "pom"},
        {"maven", "gradle.lockfile", "gradle"},
        {"maven", ".sbt.lock", "sbt"},
        {"maven", "", "jar"},
        {"gem", "Gemfile.lock", "bundler"},
        {"gem", "", "gemspec"},
        {"composer", "composer.lock", "composer"},
        {"composer", "", "composer-vendor"},
        {"nuget", ".deps.json", "dotnet-core"},
        {"nuget", "", "nuget"},
        {"conda", "", "conda-pkg"},
        {"pub", "", "pub"},
        {"hex", "", "hex"},
        {"swift", "", "swift"},
        {"cocoapods", "", "cocoapods"},
        {"conan", "", "conan"},
        {"julia", "", "julia"},
    };
    pt_str type = pt_part_text(package, "type");
    pt_str file = pt_part_text(package, "file");
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        if (pt_str_eqz(type, rows[i].type) && pt_str_ends(file, pt_str_of(rows[i].end)))
            return pt_str_of(rows[i].name);
    return type;
}

static bool is_of_system(pt_str type) {
    return pt_str_in_list(type, PT_STR("deb,apk,rpm,alpm,ebuild,opkg"), ',');
}

// "shop/web:1 (debian 12)"
static pt_str system_target(pt_arena *a, const pt_run *r) {
    pt_value os = pt_getz(r->scan, "os");
    return pt_arena_printf(a, "%.*s (%.*s %.*s)", PT_PRI(r->subject),
                           PT_PRI(pt_part_text(os, "id")), PT_PRI(pt_part_text(os, "version")));
}

static entry entry_of(pt_arena *a, const pt_run *r, const pt_finding *f) {
    pt_value package = pt_getz(f->about, "package");
    pt_str config = pt_part_text(f->about, "config");
    if (pt_part_is_secret(f))
        return (entry){.class = CLASS_SECRET,
                       .target = config.n ? PT_STR("config.json") : pt_part_text(f->about, "file"),
                       .f = f};
    if (is_of_system(pt_part_text(package, "type")))
        return (entry){.class = CLASS_OS,
                       .target = system_target(a, r),
                       .type = pt_part_text(pt_getz(r->scan, "os"), "id"),
                       .f = f};
    return (entry){.class = CLASS_LANGUAGE,
                   .target = pt_part_text(package, "file"),
                   .type = type_of(package),
                   .f = f};
}

static int by_result(const entry *x, const entry *y) {
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    int c = pt_str_cmp(x->target, y->target);
    return c ? c : pt_str_cmp(x->type, y->type);
}

static int by_order(const void *x, const void *y) {
    const entry *a = x;
    const entry *b = y;
    int c = by_result(a, b);
    return c ? c : (a->order > b->order) - (a->order < b->order);
}

static bool gather(pt_arena *a, const pt_run *r, entries *ret) {
    if (pt_part_text(pt_getz(r->scan, "os"), "id").n) {
        entry *slot = PT_PUSH(a, ret);
        if (!slot)
            return false;
        *slot = (entry){.target = system_target(a, r),
                        .type = pt_part_text(pt_getz(r->scan, "os"), "id")};
    }
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        if (f->verdict != PT_FAIL || (!pt_part_is_flaw(f) && !pt_part_is_secret(f)))
            continue;
        entry *slot = PT_PUSH(a, ret);
        if (!slot)
            return false;
        *slot = entry_of(a, r, f);
        slot->order = i + 1;
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, by_order);
    return true;
}

// -- one vulnerability ----------------------------------------------------------------------------

static const char *severity_of(pt_value part) {
    static const char *const words[][2] = {{"critical", "CRITICAL"},
                                           {"high", "HIGH"},
                                           {"medium", "MEDIUM"},
                                           {"low", "LOW"},
                                           {"negligible", "LOW"}};
    pt_str severity = pt_part_text(part, "severity");
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (pt_str_eqz(severity, words[i][0]))
            return words[i][1];
    return "UNKNOWN";
}

static const char *status_of(pt_value flaw) {
    static const char *const words[][2] = {{"won't fix", "will_not_fix"},
                                           {"deferred", "fix_deferred"},
                                           {"end of life", "end_of_life"},
                                           {"affected", "affected"}};
    pt_str state = pt_part_text(flaw, "state");
    if (pt_flaw_fix(flaw).n)
        return "fixed";
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (pt_str_eqz(state, words[i][0]))
            return words[i][1];
    return "unknown";
}

// Layers are numbered from 1; a folder has none.
static pt_value layer_of(pt_arena *a, const pt_run *r, int64_t number) {
    pt_value layers = pt_getz(r->scan, "layers");
    pt_value layer = number > 0 ? pt_at(layers, (size_t)number - 1) : pt_undefined();
    pt_obj o = {.a = a};
    pt_obj_maybe(&o, "Digest", pt_getz(layer, "digest"));
    pt_obj_maybe(&o, "DiffID", pt_getz(layer, "diff_id"));
    pt_obj_maybe(&o, "CreatedBy", pt_getz(layer, "step"));
    return pt_obj_end(&o);
}

static pt_value addresses(pt_arena *a, pt_value flaw) {
    pt_value references = pt_getz(flaw, "references");
    pt_list l = {.a = a};
    size_t n = 0;
    for (size_t i = 0; i < pt_len(references) && n < LINKS_MAX; i++) {
        pt_str url = pt_web_address(pt_at(references, i));
        if (!url.n)
            continue;
        pt_list_add(&l, pt_string(url));
        n++;
    }
    return n ? pt_list_end(&l) : pt_undefined();
}

// {"nvd": {"V3Vector": …, "V3Score": …}}: of a source that gives several versions one member each.
static pt_value scores_of(pt_arena *a, pt_value flaw) {
    static const struct {
        const char *version, *vector, *score;
    } rows[] = {
        {"2", "V2Vector", "V2Score"}, {"3", "V3Vector", "V3Score"}, {"4", "V40Vector", "V40Score"}};
    pt_value scores = pt_getz(flaw, "scores");
    pt_obj all = {.a = a};
    for (size_t i = 0; i < pt_len(scores); i++) {
        pt_str source = pt_part_text(pt_at(scores, i), "source");
        pt_str name = pt_arena_str(a, source.n ? source : PT_STR("unknown"));
        pt_obj one = {.a = a};
        for (size_t k = 0; k < pt_len(scores); k++) {
            pt_value score = pt_at(scores, k);
            if (!pt_str_eq(pt_part_text(score, "source"), source))
                continue;
            for (size_t m = 0; m < PT_COUNT(rows); m++)
                if (pt_str_starts(pt_part_text(score, "version"), pt_str_of(rows[m].version))) {
                    pt_obj_maybe(&one, rows[m].vector, pt_getz(score, "vector"));
                    pt_obj_maybe(&one, rows[m].score, pt_getz(score, "score"));
                }
        }
        if (name.p)
            pt_obj_set(&all, name.p, pt_obj_end(&one));
    }
    return pt_len(scores) ? pt_obj_end(&all) : pt_undefined();
}

static pt_value source_of(pt_arena *a, pt_value flaw) {
    pt_value by = pt_at(pt_getz(flaw, "matched"), 0);
    pt_str source = pt_part_text(by, "source");
    pt_obj o = {.a = a};
    if (!source.n)
        return pt_undefined();
    pt_obj_set(&o, "ID", pt_string(source));
    pt_obj_set(&o, "Name",
               pt_string(pt_arena_printf(a, "%.*s, %.*s", PT_PRI(source),
                                         PT_PRI(pt_part_text(by, "ecosystem")))));
    return pt_obj_end(&o);
}

static pt_value identifier_of(pt_arena *a, pt_value package) {
    pt_obj o = {.a = a};
    pt_obj_maybe(&o, "PURL", pt_getz(package, "purl"));
    return pt_obj_end(&o);
}

static pt_value non_empty(pt_value list) {
    return pt_len(list) ? list : pt_undefined();
}

static void put_told(pt_obj *o, pt_value flaw) {
    pt_arena *a = o->a;
    pt_str summary = pt_safe_cut(a, pt_part_text(flaw, "summary"), TEXT_BYTES_MAX);
    pt_obj_maybe(o, "Title", text_or_nothing(summary));
    pt_obj_maybe(o, "Description", text_or_nothing(summary));
    pt_obj_set(o, "Severity", pt_stringz(severity_of(flaw)));
    pt_obj_maybe(o, "CweIDs", non_empty(pt_getz(flaw, "cwes")));
    pt_obj_maybe(o, "CVSS", scores_of(a, flaw));
    pt_obj_maybe(o, "References", addresses(a, flaw));
    pt_obj_maybe(o, "PublishedDate", pt_getz(flaw, "published"));
    pt_obj_maybe(o, "LastModifiedDate", pt_getz(flaw, "modified"));
}

static pt_value vulnerability(pt_arena *a, const pt_run *r, const entry *x) {
    pt_value flaw = x->f->about;
    pt_value package = pt_getz(flaw, "package");
    pt_str id = pt_part_text(flaw, "id");
    pt_str name = pt_part_text(package, "name");
    pt_str version = pt_part_text(package, "version");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "VulnerabilityID", pt_string(id));
    pt_obj_maybe(&o, "VendorIDs", non_empty(pt_getz(flaw, "aliases")));
    pt_obj_set(&o, "PkgID",
               pt_string(pt_arena_printf(a, "%.*s@%.*s", PT_PRI(name), PT_PRI(version))));
    pt_obj_set(&o, "PkgName", pt_string(name));
    if (x->class == CLASS_LANGUAGE)
        pt_obj_set(&o, "PkgPath", pt_string(pt_part_text(package, "file")));
    pt_obj_set(&o, "PkgIdentifier", identifier_of(a, package));
    pt_obj_set(&o, "InstalledVersion", pt_string(version));
    pt_obj_maybe(&o, "FixedVersion", text_or_nothing(pt_flaw_fix(flaw)));
    pt_obj_set(&o, "Status", pt_stringz(status_of(flaw)));
    pt_obj_set(&o, "Layer", layer_of(a, r, pt_part_number(package, "layer")));
    pt_obj_maybe(&o, "SeveritySource", text_or_nothing(pt_part_text(flaw, "severity_by")));
    pt_obj_maybe(&o, "PrimaryURL", text_or_nothing(pt_id_address(a, id)));
    pt_obj_maybe(&o, "DataSource", source_of(a, flaw));
    pt_obj_set(&o, "Fingerprint", pt_stringz(x->f->fingerprint));
    put_told(&o, flaw);
    return pt_obj_end(&o);
}

static pt_value secret(pt_arena *a, const pt_run *r, const entry *x) {
    pt_value s = x->f->about;
    pt_str match = pt_part_text(s, "match");
    pt_obj code = {.a = a};
    pt_obj_set(&code, "Lines", pt_null());
    pt_obj o = {.a = a};
    pt_obj_set(&o, "RuleID", pt_string(pt_part_text(s, "rule")));
    pt_obj_set(&o, "Category", pt_string(pt_part_text(s, "category")));
    pt_obj_set(&o, "Severity", pt_stringz(severity_of(s)));
    pt_obj_set(&o, "Title", pt_stringz(x->f->check->title));
    pt_obj_set(&o, "StartLine", pt_int(pt_part_number(s, "line")));
    pt_obj_set(&o, "EndLine", pt_int(pt_part_number(s, "line_end")));
    pt_obj_set(&o, "Code", pt_obj_end(&code));
    pt_obj_set(&o, "Match", pt_string(match));
    pt_obj_set(&o, "Layer", layer_of(a, r, pt_part_number(s, "layer")));
    return pt_obj_end(&o);
}

// As Trivy's own ignored findings.
static pt_value ignored(pt_arena *a, const entry *x, pt_value finding) {
    const pt_waiver *w = x->f->waiver;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "Type", pt_stringz(x->class == CLASS_SECRET ? "secret" : "vulnerability"));
    pt_obj_set(&o, "Status", pt_stringz("ignored"));
    pt_obj_set(&o, "Statement",
               pt_string(w ? pt_arena_printf(a, "%.*s (%.*s)", PT_PRI(w->reason), PT_PRI(w->owner))
                           : (pt_str){0}));
    pt_obj_set(&o, "Source", pt_stringz("paratia.yaml"));
    pt_obj_set(&o, "Finding", finding);
    return pt_obj_end(&o);
}

static pt_value result(pt_arena *a, const pt_run *r, const entry *v, size_t n) {
    static const char *const classes[] = {
        [CLASS_OS] = "os-pkgs", [CLASS_LANGUAGE] = "lang-pkgs", [CLASS_SECRET] = "secret"};
    static_assert(PT_COUNT(classes) == CLASS_COUNT, "each class has its word");
    pt_list found = {.a = a};
    pt_list aside = {.a = a};
    for (size_t i = 0; i < n; i++) {
        if (!v[i].f)
            continue;
        bool of_secrets = v[i].class == CLASS_SECRET;
        pt_value one = of_secrets ? secret(a, r, &v[i]) : vulnerability(a, r, &v[i]);
        if (v[i].f->waived)
            pt_list_add(&aside, ignored(a, &v[i], one));
        else
            pt_list_add(&found, one);
    }
    pt_obj o = {.a = a};
    pt_obj_set(&o, "Target", pt_string(v->target));
    pt_obj_set(&o, "Class", pt_stringz(classes[v->class]));
    pt_obj_maybe(&o, "Type", text_or_nothing(v->type));
    pt_obj_maybe(&o, v->class == CLASS_SECRET ? "Secrets" : "Vulnerabilities",
                 non_empty(pt_list_end(&found)));
    pt_obj_maybe(&o, "ExperimentalModifiedFindings", non_empty(pt_list_end(&aside)));
    return pt_obj_end(&o);
}

static pt_value results(pt_arena *a, const pt_run *r) {
    entries all = {0};
    pt_list l = {.a = a};
    if (!gather(a, r, &all))
        return pt_undefined();
    for (size_t i = 0; i < all.n;) {
        size_t end = i + 1;
        while (end < all.n && by_result(&all.v[i], &all.v[end]) == 0)
            end++;
        pt_list_add(&l, result(a, r, &all.v[i], end - i));
        i = end;
    }
    return pt_list_end(&l);
}

// -- the document ---------------------------------------------------------------------------------

static pt_value each(pt_arena *a, pt_value list, const char *key) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_defined(pt_getz(pt_at(list, i), key)))
            pt_list_add(&l, pt_getz(pt_at(list, i), key));
    return non_empty(pt_list_end(&l));
}

static pt_value metadata(pt_arena *a, const pt_run *r) {
    pt_value image = pt_getz(r->scan, "image");
    pt_value os = pt_getz(r->scan, "os");
    pt_obj system = {.a = a};
    pt_obj_maybe(&system, "Family", pt_getz(os, "id"));
    pt_obj_maybe(&system, "Name", pt_getz(os, "version"));
    pt_obj config = {.a = a};
    pt_obj_maybe(&config, "architecture", pt_getz(image, "architecture"));
    pt_obj_maybe(&config, "created", pt_getz(image, "created"));
    pt_obj_maybe(&config, "os", pt_getz(image, "os"));
    pt_obj o = {.a = a};
    if (pt_defined(pt_getz(os, "id")))
        pt_obj_set(&o, "OS", pt_obj_end(&system));
    pt_obj_maybe(&o, "ImageID", pt_getz(image, "config"));
    pt_obj_maybe(&o, "DiffIDs", each(a, pt_getz(r->scan, "layers"), "diff_id"));
    pt_obj_maybe(&o, "RepoTags", non_empty(pt_getz(image, "names")));
    if (pt_defined(image))
        pt_obj_set(&o, "ImageConfig", pt_obj_end(&config));
    return pt_obj_end(&o);
}

pt_code pt_report_trivy(pt_buf *b, const pt_run *r, pt_err *e) {
    char room[PT_RFC3339_BYTES];
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    bool image = pt_defined(pt_getz(r->scan, "image"));
    pt_obj o = {.a = &a};
    pt_obj_set(&o, "SchemaVersion", pt_int(2));
    pt_obj_set(&o, "CreatedAt", pt_string(pt_time_rfc3339(r->started, room)));
    pt_obj_set(&o, "ArtifactName", pt_string(r->subject));
    pt_obj_set(&o, "ArtifactType", pt_stringz(image ? "container_image" : "filesystem"));
    pt_obj_set(&o, "Metadata", metadata(&a, r));
    pt_obj_set(&o, "Results", results(&a, r));
    pt_value v = pt_obj_end(&o);
    if (!pt_defined(v) || a.full)
        return pt_err_set(e, PT_E_NOMEM, "the report is too large for the memory allowed");
    pt_code code = pt_json_write(b, v, &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}
