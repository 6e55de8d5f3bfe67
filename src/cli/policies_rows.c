// What reports say of a policy: the row of a check, made of a constraint or of a rule.
#include "cli/policies_impl.h"
#include "judge/catalogue/catalogue.h"

enum {
    TITLE_COLUMNS = 48, // as titles of the catalogue
    WHY_BYTES_MAX = 4096,
};

typedef struct words {
    pt_str id, title, description, origin; // "constraint K8sRequiredLabels/owner (deny)"
    pt_place place;
    const char *consequence;
    pt_severity severity;
} words;

// One line of safe text, cut at so many columns (a code point each).
static pt_str line_of(pt_arena *a, pt_str text, size_t columns) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(WHY_BYTES_MAX);
    pt_str rest = text;
    pt_str word;
    while (pt_str_word(&rest, &word)) {
        pt_buf_putz(&b, b.n ? " " : "");
        pt_buf_put_safe(&b, pt_str_sub(word, 0, WHY_BYTES_MAX / 8));
    }
    pt_str all = pt_buf_str(&b);
    size_t at = 0;
    size_t last = 0;
    for (size_t n = 0; at < all.n; at++) {
        bool begins = ((unsigned char)all.p[at] & 0xc0) != 0x80;
        if (begins && ++n == columns)
            last = at;
        if (begins && n > columns)
            return pt_arena_printf(a, "%.*s…", PT_PRI(pt_str_sub(all, 0, last)));
    }
    return pt_arena_str(a, all);
}

static pt_str place_of(pt_arena *a, pt_place p) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(WHY_BYTES_MAX);
    pt_buf_put_safe(&b, p.file);
    pt_buf_printf(&b, ":%u", p.line);
    return pt_arena_str(a, pt_buf_str(&b));
}

static const pt_check *row(pt_arena *a, const words *w) {
    pt_check *c = PT_NEW(a, pt_check, 1);
    pt_str title = line_of(a, w->title, TITLE_COLUMNS);
    pt_str good = pt_arena_printf(a, "Kept: %.*s", PT_PRI(title));
    pt_str why = line_of(a, w->description, WHY_BYTES_MAX);
    pt_str where = place_of(a, w->place);
    pt_str full = pt_arena_printf(a, "%.*s%sPolicy of your own: %.*s, %.*s.", PT_PRI(why),
                                  why.n ? " " : "", PT_PRI(w->origin), PT_PRI(where));
    pt_str remedy =
        pt_arena_printf(a, "%s%.*s%s# as the finding says; the policy: %.*s\n", why.n ? "# " : "",
                        PT_PRI(why), why.n ? "\n" : "", PT_PRI(where));
    if (!c || a->full)
        return NULL;
    *c = (pt_check){.id = w->id.p,
                    .severity = w->severity,
                    .kind = PT_KIND_OBJECT,
                    .title = title.p,
                    .good = line_of(a, good, TITLE_COLUMNS).p,
                    .act = "Change %s as the policy asks",
                    .consequence = w->consequence,
                    .interrupts = "nothing",
                    .why = full.p,
                    .remedy = remedy.p,
                    .standards = "-"};
    return a->full ? NULL : c;
}

static const pt_check *row_of_constraint(pt_arena *a, const pt_gk_constraint *c, pt_gk_action does,
                                         bool ambiguous) {
    static const pt_severity SEVERITIES[] = {[PT_GK_NOTHING] = PT_INFO,
                                             [PT_GK_DRYRUN] = PT_LOW,
                                             [PT_GK_WARN] = PT_MEDIUM,
                                             [PT_GK_DENY] = PT_HIGH};
    static const char *const CONSEQUENCES[] = {
        [PT_GK_NOTHING] = "Nothing happens on admission.",
        [PT_GK_DRYRUN] = "The cluster takes it, and audits tell of it.",
        [PT_GK_WARN] = "The cluster takes it, and warns whoever applies it.",
        [PT_GK_DENY] = "The cluster refuses it."};
    pt_str title = pt_text(pt_getz(c->annotations, "metadata.gatekeeper.sh/title"));
    words w = {.title = title.n ? title : c->kind,
               .description = pt_text(pt_getz(c->annotations, "description")),
               .place = c->place,
               .consequence = CONSEQUENCES[does],
               .severity = SEVERITIES[does]};
    w.origin = pt_arena_printf(a, "constraint %.*s/%.*s (%s)", PT_PRI(c->kind), PT_PRI(c->name),
                               pt_gk_action_word(does));
    w.id = ambiguous ? pt_arena_printf(a, "%.*s.%.*s", PT_PRI(c->name),
                                       PT_PRI(pt_arena_lower(a, c->kind)))
                     : pt_arena_str(a, c->name);
    return row(a, &w);
}

static const pt_check *row_of_rule(pt_arena *a, const pt_conftest_rule *r) {
    words w = {.title = r->title,
               .description = r->description,
               .place = r->place,
               .consequence = r->warns ? "The policy warns of it." : "The policy refuses it.",
               .severity = r->warns ? PT_MEDIUM : PT_HIGH};
    w.id = pt_arena_printf(a, "%.*s.%.*s", PT_PRI(r->package), PT_PRI(r->name));
    w.origin = pt_arena_printf(a, "rule data.%.*s", PT_PRI(w.id));
    if (!w.title.n)
        w.title = pt_arena_printf(a, "Policy %.*s", PT_PRI(w.id));
    return row(a, &w);
}

static bool ambiguous(const pt_gk_constraint *all, size_t n, size_t at) {
    for (size_t i = 0; i < n; i++)
        if (i != at && pt_str_eq(all[i].name, all[at].name))
            return true;
    return false;
}

pt_code pt_policies_rows_make(pt_policies *p, pt_err *e) {
    size_t n;
    size_t rules_n;
    pt_arena *a = &p->j->arena;
    const pt_gk_constraint *constraints = pt_gk_constraints(p->set, &n);
    const pt_conftest_rule *rules = pt_conftest_rules(p->rego, &rules_n);
    p->of_constraints = PT_NEW(&p->arena, const pt_check *, n);
    p->of_rules = PT_NEW(&p->arena, const pt_check *, rules_n);
    bool fits = p->of_constraints && p->of_rules;
    for (size_t i = 0; i < n && fits; i++)
        fits = (p->of_constraints[i] =
                    row_of_constraint(a, &constraints[i], constraints[i].actions[p->point],
                                      ambiguous(constraints, n, i))) != NULL;
    for (size_t i = 0; i < rules_n && fits; i++)
        fits = (p->of_rules[i] = row_of_rule(a, &rules[i])) != NULL;
    return fits ? PT_OK : pt_policies_no_room(e);
}

const pt_check *pt_policies_find(const pt_policies *p, pt_str id) {
    size_t n;
    size_t rules;
    pt_gk_constraints(p->set, &n);
    pt_conftest_rules(p->rego, &rules);
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(id, p->of_constraints[i]->id))
            return p->of_constraints[i];
    for (size_t i = 0; i < rules; i++)
        if (pt_str_eqz(id, p->of_rules[i]->id))
            return p->of_rules[i];
    return NULL;
}

bool pt_policies_know(const pt_policies *p, pt_str word) {
    size_t n;
    size_t rules;
    size_t faults;
    bool known = false;
    pt_gk_constraints(p->set, &n);
    pt_conftest_rules(p->rego, &rules);
    pt_conftest_faults(p->rego, &faults);
    for (size_t i = 0; i < n && !known; i++)
        known = pt_check_selected(p->of_constraints[i], word);
    for (size_t i = 0; i < rules && !known; i++)
        known = pt_check_selected(p->of_rules[i], word);
    const pt_gk_fault *broken = pt_gk_faults(p->set, &n);
    for (size_t i = 0; i < n && !known; i++)
        known = pt_str_starts(broken[i].name, word);
    return known || faults > 0; // one broken rule, and the names of none are known
}
