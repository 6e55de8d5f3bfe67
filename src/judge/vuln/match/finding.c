// A flaw as the document has it.
#include "judge/vuln/match/match_impl.h"

static pt_value maybe(pt_str s) {
    return s.n ? pt_string(s) : pt_undefined();
}

static pt_value package_of(pt_arena *a, const pt_flaw *f) {
    static const char *const keys[] = {"type",   "name",           "version", "architecture",
                                       "source", "source_version", "file",    "layer",
                                       "lines",  "owner",          "dev",     "relationship"};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        pt_obj_maybe(&o, keys[i], pt_getz(f->package, keys[i]));
    pt_obj_maybe(&o, "purl", f->purl);
    return pt_obj_end(&o);
}

static pt_value matched_of(pt_arena *a, const pt_said *s) {
    pt_value source = pt_getz(s->advisory, "source");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "advisory", pt_getz(s->advisory, "id"));
    pt_obj_maybe(&o, "source", pt_getz(source, "name"));
    pt_obj_maybe(&o, "digest", pt_getz(source, "digest"));
    pt_obj_set(&o, "ecosystem", pt_string(s->lookup.ecosystem));
    pt_obj_set(&o, "name", pt_string(s->lookup.name));
    pt_obj_set(&o, "as", pt_stringz(s->lookup.source ? "source" : "binary"));
    pt_obj_set(&o, "version", pt_string(s->lookup.version));
    pt_obj_maybe(&o, "introduced", maybe(s->range.introduced));
    pt_obj_maybe(&o, "fixed", maybe(s->range.fixed));
    pt_obj_maybe(&o, "last", maybe(s->range.last));
    if (s->range.listed)
        pt_obj_set(&o, "listed", pt_bool(true));
    pt_obj_maybe(&o, "module", maybe(s->s.module));
    pt_obj_set(&o, "state", pt_stringz(pt_advised_name(s->s.state)));
    return pt_obj_end(&o);
}

static pt_value vex_of(pt_arena *a, const pt_vex_said *v) {
    pt_obj o = {.a = a};
    if (v->status == PT_VEX_NOTHING)
        return pt_undefined();
    pt_obj_set(&o, "status", pt_stringz(pt_vex_status_name(v->status)));
    pt_obj_maybe(&o, "justification", maybe(v->justification));
    pt_obj_maybe(&o, "impact", maybe(v->impact));
    pt_obj_maybe(&o, "document", maybe(v->document));
    pt_obj_maybe(&o, "author", maybe(v->author));
    pt_obj_maybe(&o, "time", maybe(v->time));
    pt_obj_set(&o, "suppresses", pt_bool(v->suppresses));
    if (v->tie)
        pt_obj_set(&o, "tie", pt_bool(true));
    return pt_obj_end(&o);
}

static pt_value aside_of(pt_arena *a, const pt_flaw *f) {
    static const char *const kinds[] = {[PT_ASIDE_DISTRIBUTION] = "distribution",
                                        [PT_ASIDE_OWNER] = "owner",
                                        [PT_ASIDE_VEX] = "vex"};
    pt_obj o = {.a = a};
    if (!f->aside)
        return pt_undefined();
    pt_obj_set(&o, "kind", pt_stringz(kinds[f->aside]));
    pt_obj_set(&o, "reason", pt_string(f->reason));
    pt_obj_maybe(&o, "by", maybe(f->by));
    return pt_obj_end(&o);
}

// The first advisory that has something to say there.
static pt_value first(const pt_flaw *f, const char *key) {
    pt_value v = pt_undefined();
    for (size_t i = 0; i < f->n && !pt_defined(v); i++)
        v = pt_getz(f->said[i].advisory, key);
    return v;
}

pt_value pt_match_finding(pt_arena *a, const pt_flaw *f) {
    static const char *const keys[] = {"summary", "published", "modified", "cwes", "references"};
    pt_obj o = {.a = a};
    pt_list fixed = {.a = a};
    pt_list matched = {.a = a};
    for (size_t i = 0; i < f->fixed_n; i++)
        pt_list_add(&fixed, pt_string(f->fixed[i]));
    for (size_t i = 0; i < f->n; i++)
        pt_list_add(&matched, matched_of(a, &f->said[i]));
    pt_obj_set(&o, "id", pt_string(f->id));
    pt_obj_set(&o, "aliases", f->aliases);
    pt_obj_set(&o, "package", package_of(a, f));
    pt_obj_set(&o, "state", pt_stringz(pt_advised_name(f->state)));
    pt_obj_set(&o, "fixed", pt_list_end(&fixed));
    pt_obj_set(&o, "severity", pt_stringz(pt_label_name(f->weight.label)));
    pt_obj_maybe(&o, "severity_by", maybe(f->weight.by));
    pt_obj_set(&o, "scores", f->weight.scores);
    pt_obj_maybe(&o, "epss", f->weight.epss);
    pt_obj_maybe(&o, "kev", f->weight.kev);
    pt_obj_set(&o, "rank", pt_number(pt_arena_printf(a, "%.1f", f->weight.rank)));
    pt_obj_set(&o, "matched", pt_list_end(&matched));
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        pt_obj_maybe(&o, keys[i], first(f, keys[i]));
    pt_obj_maybe(&o, "vex", vex_of(a, &f->vex));
    pt_obj_maybe(&o, "suppressed_by", aside_of(a, f));
    return pt_obj_end(&o);
}
