// What is added: OSV documents to statements.
#include "judge/vuln/index/build.h"

#include <stdlib.h>

#include "judge/vuln/index/build_impl.h"
#include "judge/vuln/index/ecosystem.h"
#include "value/json.h"

#define ARENA_BYTES_MAX   ((size_t)32 << 30)
#define SCRATCH_BYTES_MAX ((size_t)1 << 30)
#define OUT_BYTES_MAX     ((size_t)256 << 20)

enum {
    SCRATCH_KEPT = 4 << 20,
    RECORD_BYTES_MAX = 64 << 20,
};

// -- builder, shards, sources ---------------------------------------------------------------------

pt_index_build *pt_index_build_new(void) {
    return calloc(1, sizeof(pt_index_build));
}

static void free_shard(pt_index_shard *s) {
    pt_pool_done(&s->pool);
    pt_buf_done(&s->out);
    pt_arena_done(&s->scratch);
    pt_arena_done(&s->arena);
    free(s);
}

void pt_index_build_free(pt_index_build *b) {
    if (!b)
        return;
    for (size_t i = 0; i < b->shards_n; i++)
        free_shard(b->shards[i]);
    pt_arena_done(&b->arena);
    free(b);
}

pt_index_shard *pt_index_build_shard(pt_index_build *b) {
    pt_index_shard *s =
        b->shards_n < PT_INDEX_SHARDS_MAX ? calloc(1, sizeof(pt_index_shard)) : NULL;
    if (!s)
        return NULL;
    pt_arena_init(&s->arena, ARENA_BYTES_MAX);
    pt_arena_init(&s->scratch, SCRATCH_BYTES_MAX);
    s->out.max = OUT_BYTES_MAX;
    s->pool.a = &s->arena;
    b->shards[b->shards_n++] = s;
    return s;
}

pt_code pt_index_build_source(pt_index_build *b, pt_str name, pt_str kind, uint32_t *ret,
                              pt_err *e) {
    if (b->sources.n == PT_INDEX_SOURCES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u sources", PT_INDEX_SOURCES_MAX);
    pt_ix_source *s = PT_PUSH(&b->arena, &b->sources);
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *s = (pt_ix_source){.name = pt_arena_str(&b->arena, name),
                        .kind = pt_arena_str(&b->arena, kind)};
    *ret = (uint32_t)b->sources.n - 1;
    return s->name.p && s->kind.p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

void pt_index_build_told(pt_index_build *b, uint32_t source, pt_str digest, size_t problems,
                         pt_time_ns date) {
    pt_assert(source < b->sources.n);
    pt_ix_source *s = &b->sources.v[source];
    s->digest = pt_arena_str(&b->arena, digest);
    s->problems = problems;
    s->date = date;
}

void pt_index_build_until(pt_index_build *b, pt_time_ns last) {
    b->until = last;
}

size_t pt_index_unordered(const pt_index_shard *s) {
    return s->unordered;
}

// -- one document ---------------------------------------------------------------------------------

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// The text of a string; of a number as it was written, for YAML has versions like 1.10.
static pt_str text_of(pt_arena *a, pt_value v) {
    char room[PT_NUMBER_ROOM];
    return pt_tag_of(v) == PT_NUMBER ? pt_arena_str(a, pt_number_text(v, room)) : pt_text(v);
}

// One entry of "affected".
typedef struct affected {
    pt_index_shard *s;
    pt_value doc, entry;
    pt_str ecosystem, name;
    bool has_scheme;
    pt_ix_ranges ranges;
} affected;

static pt_code add_event(affected *f, pt_ix_event what, pt_str text, pt_ix_version_event *like,
                         pt_err *e) {
    if (text.n > PT_VERSION_BYTES_MAX)
        return pt_err_set(e, PT_E_FORMAT, "a version of %zu bytes; at most %d are taken", text.n,
                          PT_VERSION_BYTES_MAX);
    bool always = (what == PT_IX_INTRODUCED && pt_str_eqz(text, "0")) ||
                  (what == PT_IX_LIMIT && pt_str_eqz(text, "*"));
    like->what = what;
    like->text = text;
    like->written++;
    if (!always && !pt_version_valid(f->ranges.scheme, text))
        like->unordered = true;
    pt_ix_version_event *to = PT_PUSH(f->ranges.a, &f->ranges.events);
    if (!to)
        return no_memory(e);
    *to = *like;
    return PT_OK;
}

static const struct {
    const char *key;
    pt_ix_event what;
} event_keys[] = {
    {"introduced", PT_IX_INTRODUCED},
    {"fixed", PT_IX_FIXED},
    {"last_affected", PT_IX_LAST},
    {"limit", PT_IX_LIMIT},
};

// An unordered event makes all of its range unordered.
static pt_code add_range(affected *f, pt_value range, uint32_t number, pt_err *e) {
    pt_str type = pt_text(pt_getz(range, "type"));
    pt_value events = pt_getz(range, "events");
    bool commits = pt_str_eqz(type, "GIT");
    bool ordered = f->has_scheme || pt_str_eqz(type, "SEMVER");
    size_t first = f->ranges.events.n;
    pt_ix_version_event one = {
        .range = number, .unordered = commits || !ordered, .commits = commits, .written = first};
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(events); i++)
        for (size_t k = 0; !code && k < PT_COUNT(event_keys); k++) {
            pt_value v = pt_getz(pt_at(events, i), event_keys[k].key);
            pt_str text = text_of(f->ranges.a, v);
            if (text.n)
                code = add_event(f, event_keys[k].what, text, &one, e);
        }
    for (size_t i = first; i < f->ranges.events.n; i++)
        f->ranges.events.v[i].unordered = one.unordered;
    f->s->unordered += one.unordered && !commits && f->ranges.events.n > first;
    return code;
}

// Of an entry without a package: the ranges of the repository that `f` names.
static bool is_of(const affected *f, pt_value range) {
    pt_str repo = pt_text(pt_getz(range, "repo"));
    return pt_defined(pt_getz(f->entry, "package")) || pt_str_eq(repo, f->name);
}

static pt_code add_ranges(affected *f, pt_err *e) {
    pt_value ranges = pt_getz(f->entry, "ranges");
    pt_value versions = pt_getz(f->entry, "versions");
    pt_code code = pt_len(ranges) < PT_IX_RANGES_OF_MAX
                       ? PT_OK
                       : pt_err_set(e, PT_E_FORMAT, "more than %d ranges", PT_IX_RANGES_OF_MAX);
    for (size_t i = 0; !code && i < pt_len(ranges); i++)
        if (is_of(f, pt_at(ranges, i)))
            code = add_range(f, pt_at(ranges, i), (uint32_t)i, e);
    for (size_t i = 0; !code && i < pt_len(versions); i++) {
        pt_str text = text_of(f->ranges.a, pt_at(versions, i));
        pt_str *to = text.n ? PT_PUSH(f->ranges.a, &f->ranges.versions) : NULL;
        if (text.n && !to)
            return no_memory(e);
        if (text.n > PT_VERSION_BYTES_MAX)
            return pt_err_set(e, PT_E_FORMAT, "a version of %zu bytes", text.n);
        if (to)
            *to = text;
    }
    return code;
}

// -- modules --------------------------------------------------------------------------------------

static bool is_modular(const pt_ix_ranges *r) {
    for (size_t i = 0; i < r->events.n; i++)
        if (pt_str_has(r->events.v[i].text, PT_STR(".module")))
            return true;
    return false;
}

// "Important: nodejs:18 security update" names its stream in the middle of a word.
static pt_str module_in_summary(pt_str summary) {
    pt_str word;
    while (pt_str_word(&summary, &word)) {
        size_t colon = pt_str_find(word, ':');
        if (colon && colon + 1 < word.n)
            return word;
    }
    return (pt_str){0};
}

// The module and stream of a package of an rpm distribution: in its purl ("rpmmod=nodejs:18"), or
// nowhere but in the summary, as AlmaLinux has it.
static pt_str module_of(const affected *f) {
    pt_str purl = pt_text(pt_getz(pt_getz(f->entry, "package"), "purl"));
    size_t at = pt_str_find_str(purl, PT_STR("rpmmod="));
    if (f->ranges.scheme != PT_VERSION_RPM)
        return (pt_str){0};
    if (at == purl.n)
        return is_modular(&f->ranges) ? module_in_summary(pt_text(pt_getz(f->doc, "summary")))
                                      : (pt_str){0};
    pt_str value = pt_str_sub(purl, at + PT_STR("rpmmod=").n, purl.n);
    value = pt_str_sub(value, 0, pt_str_find(value, '&'));
    size_t escape = pt_str_find_str(value, PT_STR("%3A"));
    return escape == value.n
               ? value
               : pt_arena_printf(f->ranges.a, "%.*s:%.*s", PT_PRI(pt_str_sub(value, 0, escape)),
                                 PT_PRI(pt_str_sub(value, escape + 3, value.n)));
}

// -- statements -----------------------------------------------------------------------------------

static pt_code state_of(pt_value entry, uint8_t *ret, pt_err *e) {
    pt_value word = pt_getz(entry, "state");
    *ret = PT_ADVISED_AFFECTED;
    for (unsigned s = 0; pt_defined(word) && s <= PT_ADVISED_UNKNOWN; s++)
        if (pt_str_eqz(pt_text(word), pt_advised_name((pt_advised_state)s))) {
            *ret = (uint8_t)s;
            return PT_OK;
        }
    return pt_defined(word) ? pt_err_set(e, PT_E_FORMAT, "a state that is none") : PT_OK;
}

static bool put_key(affected *f, uint32_t *ret) {
    pt_str name = pt_ecosystem_name(f->ranges.a, f->ecosystem, f->name);
    pt_buf *b = &f->s->out;
    pt_buf_clear(b);
    pt_buf_put(b, f->ecosystem);
    pt_buf_putc(b, '\0');
    pt_buf_put(b, name);
    return name.p && !b->full && pt_pool_put(&f->s->pool, pt_buf_str(b), ret);
}

static bool put_ranges(affected *f, uint32_t *ret) {
    pt_buf *b = &f->s->out;
    pt_buf_clear(b);
    pt_ix_ranges_put(b, &f->ranges);
    return !b->full && pt_pool_put(&f->s->pool, pt_buf_str(b), ret);
}

static bool find_scheme(affected *f) {
    pt_index_shard *s = f->s;
    if (!s->ecosystem.n || !pt_str_eq(s->ecosystem, f->ecosystem)) {
        s->scheme = PT_VERSION_SEMVER;
        s->has_scheme = pt_ecosystem_scheme(f->ecosystem, &s->scheme);
        s->ecosystem = pt_arena_str(&s->arena, f->ecosystem);
    }
    f->has_scheme = s->has_scheme;
    f->ranges = (pt_ix_ranges){.a = &s->scratch, .scheme = s->scheme};
    return s->ecosystem.p;
}

static pt_code add_statement(affected *f, pt_err *e) {
    pt_ix_stated one = {0};
    if (f->ecosystem.n + f->name.n > PT_IX_NAME_BYTES_MAX ||
        pt_str_find(f->ecosystem, '\0') < f->ecosystem.n)
        return pt_err_set(e, PT_E_FORMAT, "a package's name of %zu bytes", f->name.n);
    if (!find_scheme(f))
        return no_memory(e);
    pt_code code = state_of(f->entry, &one.state, e);
    if (!code)
        code = add_ranges(f, e);
    if (code)
        return code;
    one.scheme = (uint8_t)f->ranges.scheme;
    if (!put_key(f, &one.key) || !put_ranges(f, &one.ranges) ||
        !pt_pool_put(&f->s->pool, pt_str_sub(module_of(f), 0, PT_IX_NAME_BYTES_MAX), &one.module))
        return no_memory(e);
    pt_ix_stated *to = PT_PUSH(&f->s->arena, &f->s->stated);
    if (!to)
        return no_memory(e);
    *to = one;
    return PT_OK;
}

// An entry without a package is about the repositories of its ranges, each of them once.
static pt_code add_repositories(affected *f, pt_err *e) {
    pt_value ranges = pt_getz(f->entry, "ranges");
    pt_str last = {0};
    pt_code code = PT_OK;
    f->ecosystem = PT_STR("GIT");
    for (size_t i = 0; !code && i < pt_len(ranges); i++) {
        f->name = pt_text(pt_getz(pt_at(ranges, i), "repo"));
        if (f->name.n && !pt_str_eq(f->name, last))
            code = add_statement(f, e);
        last = f->name;
    }
    return code;
}

static pt_code add_affected(pt_index_shard *s, pt_value doc, pt_value entry, pt_err *e) {
    pt_value package = pt_getz(entry, "package");
    affected f = {.s = s,
                  .doc = doc,
                  .entry = entry,
                  .ecosystem = pt_text(pt_getz(package, "ecosystem")),
                  .name = text_of(&s->scratch, pt_getz(package, "name"))};
    if (!pt_defined(package) || pt_tag_of(package) == PT_NULL)
        return add_repositories(&f, e);
    if (!f.ecosystem.n || !f.name.n)
        return pt_err_set(e, PT_E_FORMAT, "a package without an ecosystem or a name");
    return add_statement(&f, e);
}

// -- documents ------------------------------------------------------------------------------------

static pt_time_ns date_of(pt_value doc) {
    static const char *const keys[] = {"modified", "published"};
    pt_time_ns t = 0;
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        if (pt_time_parse(pt_text(pt_getz(doc, keys[i])), &t))
            return t;
    return 0;
}

static pt_code add_advisory(pt_index_shard *s, uint32_t source, pt_value doc, pt_err *e) {
    pt_value entries = pt_getz(doc, "affected");
    pt_ix_added one = {.source = source,
                       .stated = (uint32_t)s->stated.n,
                       .withdrawn = pt_text(pt_getz(doc, "withdrawn")).n != 0,
                       .date = date_of(doc)};
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(entries); i++) {
        code = add_affected(s, doc, pt_at(entries, i), e);
        if (code)
            pt_err_at(e, "affected[%zu]", i);
    }
    pt_buf_clear(&s->out);
    if (!code)
        code = pt_ix_record_put(&s->out, &s->scratch, doc, e);
    if (!code && s->out.n > RECORD_BYTES_MAX)
        code = pt_err_set(e, PT_E_FORMAT, "an advisory of %zu bytes", s->out.n);
    if (code) {
        s->stated.n = one.stated;
        return code;
    }
    one.stated_n = (uint32_t)s->stated.n - one.stated;
    one.id = pt_arena_str(&s->arena, pt_text(pt_getz(doc, "id")));
    one.record = pt_arena_str(&s->arena, pt_buf_str(&s->out));
    pt_ix_added *to = PT_PUSH(&s->arena, &s->added);
    if (!one.id.p || !one.record.p || !to)
        return no_memory(e);
    *to = one;
    return PT_OK;
}

// "0.00043" in billionths. False: it is no share of one.
static bool share_of(pt_value v, uint32_t *ret) {
    char room[PT_NUMBER_ROOM];
    char *end = NULL;
    pt_str text = pt_tag_of(v) == PT_NUMBER ? pt_number_text(v, room) : pt_text(v);
    char copy[PT_NUMBER_ROOM + 8] = "";
    if (!text.n || text.n >= sizeof copy)
        return false;
    for (size_t i = 0; i < text.n; i++)
        copy[i] = text.p[i];
    double share = strtod(copy, &end);
    if (end != copy + text.n || !(share >= 0 && share <= 1))
        return false;
    *ret = (uint32_t)(share * 1e9 + 0.5);
    return true;
}

static pt_code add_use(pt_index_shard *s, uint32_t source, pt_value doc, pt_err *e) {
    pt_value kev = pt_getz(doc, "kev");
    pt_value epss = pt_getz(doc, "epss");
    pt_ix_used one = {.source = source, .id = pt_arena_str(&s->arena, pt_text(pt_getz(doc, "id")))};
    pt_buf_clear(&s->out);
    if (pt_defined(kev)) {
        pt_code code = pt_json_write(&s->out, kev, NULL, e);
        if (code)
            return code;
        one.kev = pt_arena_str(&s->arena, pt_buf_str(&s->out));
    }
    if (pt_defined(epss)) {
        if (!share_of(pt_getz(epss, "score"), &one.score) ||
            !share_of(pt_getz(epss, "percentile"), &one.percentile))
            return pt_err_set(e, PT_E_FORMAT, "a score that is no share of one");
        one.date = pt_arena_str(&s->arena, pt_text(pt_getz(epss, "date")));
    }
    if (one.id.n > PT_IX_NAME_BYTES_MAX || one.kev.n > UINT16_MAX || one.date.n > UINT16_MAX)
        return pt_err_set(e, PT_E_FORMAT, "a text of more than %d bytes", UINT16_MAX);
    pt_ix_used *to = PT_PUSH(&s->arena, &s->used);
    if (!one.id.p || !to)
        return no_memory(e);
    *to = one;
    return PT_OK;
}

pt_code pt_index_add(pt_index_shard *s, uint32_t source, pt_value doc, pt_err *e) {
    bool use = pt_defined(pt_getz(doc, "kev")) || pt_defined(pt_getz(doc, "epss"));
    if (!pt_text(pt_getz(doc, "id")).n)
        return pt_err_set(e, PT_E_FORMAT, "no advisory: it has no id");
    pt_code code = use ? add_use(s, source, doc, e) : add_advisory(s, source, doc, e);
    pt_arena_rest(&s->scratch, SCRATCH_KEPT);
    return code;
}
