// A flaw as the document has it.
#include "judge/vuln/match/match_impl.h"

static pt_value package_of(pt_arena *a, const pt_flaw *f) {
    pt_value p = f->package;
    pt_members m = {.n = 0};
    pt_members_put(&m, "architecture", PT_GET(p, "architecture"));
    pt_members_put(&m, "dev", PT_GET(p, "dev"));
    pt_members_put(&m, "file", PT_GET(p, "file"));
    pt_members_put(&m, "layer", PT_GET(p, "layer"));
    pt_members_put(&m, "lines", PT_GET(p, "lines"));
    pt_members_put(&m, "name", PT_GET(p, "name"));
    pt_members_put(&m, "owner", PT_GET(p, "owner"));
    pt_members_put(&m, "purl", f->purl);
    pt_members_put(&m, "relationship", PT_GET(p, "relationship"));
    pt_members_put(&m, "source", PT_GET(p, "source"));
    pt_members_put(&m, "source_version", PT_GET(p, "source_version"));
    pt_members_put(&m, "type", PT_GET(p, "type"));
    pt_members_put(&m, "version", PT_GET(p, "version"));
    return pt_members_end(&m, a);
}

static pt_value matched_of(pt_arena *a, const pt_said *s) {
    pt_value source = PT_GET(s->advisory, "source");
    const pt_lookup *l = s->lookup;
    pt_members m = {.n = 0};
    pt_members_put(&m, "advisory", PT_GET(s->advisory, "id"));
    pt_members_put(&m, "as", pt_string(l->source ? PT_STR("source") : PT_STR("binary")));
    pt_members_put(&m, "digest", PT_GET(source, "digest"));
    pt_members_put(&m, "ecosystem", pt_string(l->ecosystem));
    pt_members_put(&m, "fixed", pt_match_maybe(s->range.fixed));
    pt_members_put(&m, "introduced", pt_match_maybe(s->range.introduced));
    pt_members_put(&m, "last", pt_match_maybe(s->range.last));
    pt_members_put(&m, "listed", s->range.listed ? pt_bool(true) : pt_undefined());
    pt_members_put(&m, "module", pt_match_maybe(s->s.module));
    pt_members_put(&m, "name", pt_string(l->name));
    pt_members_put(&m, "source", PT_GET(source, "name"));
    pt_members_put(&m, "state", pt_stringz(pt_advised_name(s->s.state)));
    pt_members_put(&m, "version", pt_string(l->version));
    return pt_members_end(&m, a);
}

static pt_value vex_of(pt_arena *a, const pt_vex_said *v) {
    pt_members m = {.n = 0};
    if (!v)
        return pt_undefined();
    pt_members_put(&m, "author", pt_match_maybe(v->author));
    pt_members_put(&m, "document", pt_match_maybe(v->document));
    pt_members_put(&m, "future", v->future ? pt_bool(true) : pt_undefined());
    pt_members_put(&m, "impact", pt_match_maybe(v->impact));
    pt_members_put(&m, "justification", pt_match_maybe(v->justification));
    pt_members_put(&m, "status", pt_stringz(pt_vex_status_name(v->status)));
    pt_members_put(&m, "suppresses", pt_bool(v->suppresses));
    pt_members_put(&m, "tie", v->tie ? pt_bool(true) : pt_undefined());
    pt_members_put(&m, "time", pt_match_maybe(v->time));
    return pt_members_end(&m, a);
}

static pt_value aside_of(pt_arena *a, const pt_flaw *f) {
    static const char *const kinds[] = {[PT_ASIDE_DISTRIBUTION] = "distribution",
                                        [PT_ASIDE_OWNER] = "owner",
                                        [PT_ASIDE_VEX] = "vex"};
    pt_members m = {.n = 0};
    if (!f->aside)
        return pt_undefined();
    pt_members_put(&m, "by", pt_match_maybe(f->by));
    pt_members_put(&m, "kind", pt_stringz(kinds[f->aside]));
    pt_members_put(&m, "reason", pt_string(f->reason));
    return pt_members_end(&m, a);
}

// What the first advisory says there that says something.
static pt_value first(const pt_flaw *f, pt_str key) {
    pt_value v = pt_undefined();
    for (size_t i = 0; i < f->n && !pt_defined(v); i++)
        v = pt_get(f->said[i].advisory, key);
    return v;
}

static pt_value fixed_of(pt_arena *a, const pt_flaw *f) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < f->fixed_n; i++)
        pt_list_add(&l, pt_string(f->fixed[i]));
    return pt_list_end(&l);
}

static pt_value all_matched(pt_arena *a, const pt_flaw *f) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < f->n; i++)
        pt_list_add(&l, matched_of(a, &f->said[i]));
    return pt_list_end(&l);
}

// Ranks and scores, a thousand times: printf is slow.
pt_value pt_match_tenths(pt_arena *a, double n) {
    unsigned tenths = (unsigned)(n * 10 + 0.5);
    char text[16];
    size_t at = sizeof text;
    text[--at] = (char)('0' + tenths % 10);
    text[--at] = '.';
    tenths /= 10;
    do {
        text[--at] = (char)('0' + tenths % 10);
        tenths /= 10;
    } while (tenths && at);
    return pt_number(pt_arena_str(a, (pt_str){text + at, sizeof text - at}));
}

pt_value pt_match_finding(pt_arena *a, const pt_flaw *f) {
    pt_members m = {.n = 0};
    pt_members_put(&m, "aliases", f->aliases);
    pt_members_put(&m, "cwes", first(f, PT_STR("cwes")));
    pt_members_put(&m, "epss", f->weight.epss);
    pt_members_put(&m, "fixed", fixed_of(a, f));
    pt_members_put(&m, "id", pt_string(f->id));
    pt_members_put(&m, "kev", f->weight.kev);
    pt_members_put(&m, "matched", all_matched(a, f));
    pt_members_put(&m, "modified", first(f, PT_STR("modified")));
    pt_members_put(&m, "package", package_of(a, f));
    pt_members_put(&m, "published", first(f, PT_STR("published")));
    pt_members_put(&m, "rank", pt_match_tenths(a, f->weight.rank));
    pt_members_put(&m, "references", first(f, PT_STR("references")));
    pt_members_put(&m, "scores", f->weight.scores);
    pt_members_put(&m, "severity", pt_stringz(pt_label_name(f->weight.label)));
    pt_members_put(&m, "severity_by", pt_match_maybe(f->weight.by));
    pt_members_put(&m, "state", pt_stringz(pt_advised_name(f->state)));
    pt_members_put(&m, "summary", first(f, PT_STR("summary")));
    pt_members_put(&m, "suppressed_by", aside_of(a, f));
    pt_members_put(&m, "vex", vex_of(a, f->vex));
    return pt_members_end(&m, a);
}
