#include "judge/licence/rules.h"

#include "fact/licence.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// "*" stands for anything. Of several the last one is tried anew: one step back is enough.
static bool fits(pt_str pattern, pt_str s) {
    size_t p = 0;
    size_t i = 0;
    size_t star = SIZE_MAX;
    size_t from = 0;
    while (i < s.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            from = i;
        } else if (p < pattern.n && pattern.p[p] == s.p[i]) {
            p++;
            i++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++from;
        } else
            return false;
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

typedef struct leaf {
    pt_value tree;
    pt_str id, with, text;
    pt_licence_category category;
    const pt_licence_rule *rule; // whatever the package; NULL: there is none
} leaf;

typedef enum closeness { // of a rule to a licence
    NO,
    BY_CATEGORY,
    BY_PATTERN,
    BY_ID,
    BY_ALL, // with its exception
} closeness;

static closeness closeness_of(const pt_licence_rule *r, const leaf *l) {
    if (r->is_category)
        return r->category == l->category ? BY_CATEGORY : NO;
    bool pattern = pt_str_find(r->id, '*') < r->id.n;
    if (pattern)
        return fits(r->id, l->text) ? BY_PATTERN : NO;
    if (!l->id.n || !pt_str_eq(r->id, l->id))
        return NO;
    if (r->with.n)
        return pt_str_eq(r->with, l->with) ? BY_ALL : NO;
    // By its exception it may bind less than its id says: what denies that says nothing of this.
    bool less = l->with.n && l->category != pt_licence_category_of(l->id, (pt_str){0});
    return less && r->ruling != PT_LICENCE_ALLOWED ? NO : BY_ID;
}

// The closest; of those the strictest.
static const pt_licence_rule *rule_of(const pt_licence_policy *p, const leaf *l) {
    const pt_licence_rule *best = NULL;
    closeness closest = NO;
    for (size_t i = 0; i < p->rules.n; i++) {
        const pt_licence_rule *r = &p->rules.v[i];
        closeness c = closeness_of(r, l);
        if (c > closest || (c && c == closest && r->ruling > best->ruling)) {
            best = r;
            closest = c;
        }
    }
    return best;
}

static leaf make_leaf(const pt_licence_asked *q, pt_value tree) {
    leaf l = {.tree = tree, .id = text_of(tree, "id"), .with = text_of(tree, "with")};
    if (pt_defined(tree))
        l.text = pt_licence_text(q->a, tree, false);
    if (pt_true(pt_getz(tree, "listed")))
        l.category = pt_licence_category_of(l.id, l.with);
    l.rule = rule_of(q->policy, &l);
    return l;
}

// Most packages have the licences of others.
static leaf leaf_of(const pt_licence_asked *q, pt_value tree) {
    uint64_t hash = pt_defined(tree) ? pt_hash(tree, 0) : 1;
    leaf *known = pt_map_get(q->parts, hash);
    bool same = known && (pt_defined(tree) ? pt_eq(known->tree, tree) : !pt_defined(known->tree));
    if (same)
        return *known;
    leaf made = make_leaf(q, tree);
    leaf *kept = known ? NULL : PT_NEW(q->a, leaf, 1);
    if (kept && pt_map_put(q->parts, hash, kept))
        *kept = made;
    return made;
}

static bool is_of_package(const pt_licence_rule *r, const pt_licence_asked *q) {
    return fits(r->package, q->package) && (!r->type.n || pt_str_eq(r->type, q->type));
}

static bool is_of_any(const pt_licence_rule *r) {
    return !r->id.n && !r->is_category;
}

static const pt_licence_rule *package_rule(const pt_licence_asked *q, const leaf *l) {
    for (size_t i = 0; i < q->policy->packages.n; i++) {
        const pt_licence_rule *r = &q->policy->packages.v[i];
        if (is_of_package(r, q) && (is_of_any(r) || closeness_of(r, l)))
            return r;
    }
    return NULL;
}

bool pt_licence_is_decided(const pt_licence_asked *q) {
    for (size_t i = 0; i < q->policy->packages.n; i++)
        if (is_of_package(&q->policy->packages.v[i], q) && is_of_any(&q->policy->packages.v[i]))
            return true;
    return false;
}

// "AGPL-3.0-only is network-copyleft: for review (hoster.yaml:9)"
static pt_str why_of(const pt_licence_asked *q, const leaf *l, const pt_licence_rule *r) {
    static const char *const phrases[] = {[PT_LICENCE_ALLOWED] = "allowed",
                                          [PT_LICENCE_REVIEW] = "for review",
                                          [PT_LICENCE_DENIED] = "denied"};
    pt_str of = l->text.n ? pt_arena_printf(q->a, "%.*s is %s", PT_PRI(l->text),
                                            pt_licence_category_word(l->category))
                          : PT_STR("no licence is known");
    if (!r)
        return pt_arena_printf(q->a, "%.*s: the policy says nothing of it", PT_PRI(of));
    return pt_arena_printf(q->a, "%.*s: %s (%.*s:%u)%s%.*s", PT_PRI(of), phrases[r->ruling],
                           PT_PRI(q->policy->name), r->line, r->why.n ? ", " : "", PT_PRI(r->why));
}

static pt_licence_judged rule_leaf(const pt_licence_asked *q, pt_value tree) {
    leaf l = leaf_of(q, tree);
    const pt_licence_rule *r = package_rule(q, &l);
    if (!r)
        r = l.rule;
    return (pt_licence_judged){.ruling = r ? r->ruling : PT_LICENCE_REVIEW,
                               .unknown = l.category == PT_LICENCE_UNKNOWN,
                               .licence = l.text,
                               .why = why_of(q, &l, r)};
}

// NOLINTNEXTLINE(misc-no-recursion): PT_LICENCE_DEPTH_MAX
pt_licence_judged pt_licence_rule_tree(const pt_licence_asked *q, pt_value tree) {
    pt_value any = pt_getz(tree, "any");
    pt_value parts = pt_defined(any) ? any : pt_getz(tree, "all");
    if (!pt_len(parts))
        return rule_leaf(q, tree);
    pt_licence_judged best = pt_licence_rule_tree(q, pt_at(parts, 0));
    for (size_t i = 1; i < pt_len(parts); i++) {
        pt_licence_judged one = pt_licence_rule_tree(q, pt_at(parts, i));
        // Of a choice the best part decides, else the worst one.
        if (pt_defined(any) ? one.ruling < best.ruling : one.ruling > best.ruling)
            best = one;
    }
    return best;
}
