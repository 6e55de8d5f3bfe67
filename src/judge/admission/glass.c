// The broken glass: a ticket (label) and a reason (annotation) that allow what would be denied. On
// an object they hold for the request that sets the ticket, if who asks is in one of the groups: a
// ticket that was there before may be anybody's, who waits for a member to come by. On a Namespace
// they hold for everything in it, which is why setting them there asks for such a group.
#include "judge/admission/admission_impl.h"

#define APPLIED "kubectl.kubernetes.io/last-applied-configuration"

enum {
    REASON_CHARACTERS_MIN = 8,
};

typedef struct glass {
    pt_value ticket, reason; // undefined: not there
} glass;

static glass glass_of(pt_value object) {
    pt_value metadata = pt_getz(object, "metadata");
    return (glass){pt_getz(pt_getz(metadata, "labels"), PT_BREAK_GLASS),
                   pt_getz(pt_getz(metadata, "annotations"), PT_BREAK_GLASS_REASON)};
}

static size_t characters(pt_str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

// What is wrong with it; NULL: nothing.
static const char *fault_of(const glass *g) {
    if (!pt_text(g->ticket).n)
        return "the label's value must be a ticket";
    if (!pt_defined(g->reason))
        return "there is no annotation " PT_BREAK_GLASS_REASON;
    if (characters(pt_str_trim(pt_text(g->reason))) < REASON_CHARACTERS_MIN)
        return "the annotation " PT_BREAK_GLASS_REASON " has less than 8 characters";
    return NULL;
}

static pt_str groups_of(const pt_admission_case *c) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    for (size_t i = 0; i < c->p->n_glass_groups; i++)
        pt_buf_printf(&b, "%s%.*s", i ? ", " : "", PT_PRI(c->p->glass_groups[i]));
    return c->p->n_glass_groups
               ? pt_arena_printf(c->a, "only members of %.*s may", PT_PRI(pt_buf_str(&b)))
               : PT_STR("nobody may, as no group is named for it");
}

static bool may_break(const pt_admission_case *c) {
    return pt_admission_in_groups(c->r, c->p->glass_groups, c->p->n_glass_groups);
}

static bool sets(pt_value before, pt_value now) {
    return pt_defined(now) && !(pt_defined(before) && pt_eq(before, now));
}

bool pt_admission_glass_allowed(pt_admission_case *c) {
    if (!pt_admission_is_namespace(c->r) || !pt_admission_writes(c->r))
        return true;
    glass before = glass_of(c->r->old_object);
    glass now = glass_of(c->r->object);
    if (!sets(before.ticket, now.ticket) && !sets(before.reason, now.reason))
        return true;
    const char *fault = pt_defined(now.ticket) ? fault_of(&now) : NULL;
    bool may = may_break(c);
    if (!may)
        pt_admission_deny(c, PT_ADMISSION_DENIED, 403,
                          pt_arena_printf(c->a,
                                          "label " PT_BREAK_GLASS " and annotation "
                                          "" PT_BREAK_GLASS_REASON " of a Namespace: %.*s set "
                                          "them, and %.*s is not one",
                                          PT_PRI(groups_of(c)), PT_PRI(c->r->user)));
    if (fault)
        pt_admission_deny(
            c, PT_ADMISSION_DENIED, 403,
            pt_arena_printf(c->a, "label " PT_BREAK_GLASS " of a Namespace: %s", fault));
    return may && !fault;
}

static void take(pt_admission_case *c, const glass *g, pt_str by) {
    c->v->glass_ticket = pt_text(g->ticket);
    c->v->glass_reason = pt_str_trim(pt_text(g->reason));
    c->v->glass_by = by;
}

// A label that has no effect is explained, below what it would have allowed.
static void explain(pt_admission_case *c, const char *where, const glass *g, pt_str why) {
    const char *fault = fault_of(g);
    if (!pt_defined(g->ticket))
        return;
    if (fault)
        pt_admission_deny(c, c->end, c->code,
                          pt_arena_printf(c->a,
                                          "label " PT_BREAK_GLASS " of the %s has no effect: %s",
                                          where, fault));
    if (why.n)
        pt_admission_deny(c, c->end, c->code,
                          pt_arena_printf(c->a,
                                          "label " PT_BREAK_GLASS " of the %s has no effect: %.*s",
                                          where, PT_PRI(why)));
}

// Why an object's ticket does not hold for who asks; empty: it does, or there is none.
static pt_str objection(const pt_admission_case *c, const glass *own) {
    if (!pt_defined(own->ticket))
        return (pt_str){0};
    if (!may_break(c))
        return pt_arena_printf(c->a, "%.*s break the glass, and %.*s is not one",
                               PT_PRI(groups_of(c)), PT_PRI(c->r->user));
    if (pt_str_eqz(c->r->operation, "DELETE"))
        return PT_STR("a removal sets none; break the glass of the Namespace");
    glass before = glass_of(c->r->old_object);
    if (!sets(before.ticket, own->ticket))
        return PT_STR("it was there before, whoever set it; give it another ticket together with "
                      "the change");
    return (pt_str){0};
}

// Is each member of `a` but `name` in `b`, and alike?
static bool within(pt_value a, pt_value b, const char *name) {
    for (size_t i = 0; i < pt_len(a); i++) {
        pt_str key = pt_text(pt_key_at(a, i));
        if (!pt_str_eqz(key, name) && !pt_str_eqz(key, APPLIED) &&
            !pt_eq(pt_val_at(a, i), pt_get(b, key)))
            return false;
    }
    return true;
}

static bool alike_but(pt_value a, pt_value b, const char *name) {
    return within(a, b, name) && within(b, a, name);
}

// A change of a Namespace that takes its glass away, and does nothing else.
static bool only_closes(const pt_admission_request *r) {
    pt_value before = pt_getz(r->old_object, "metadata");
    pt_value now = pt_getz(r->object, "metadata");
    return pt_str_eqz(r->operation, "UPDATE") &&
           alike_but(pt_getz(before, "labels"), pt_getz(now, "labels"), PT_BREAK_GLASS) &&
           alike_but(pt_getz(before, "annotations"), pt_getz(now, "annotations"),
                     PT_BREAK_GLASS_REASON) &&
           alike_but(r->old_object, r->object, "metadata");
}

bool pt_admission_glass_broken(pt_admission_case *c) {
    bool itself = pt_admission_is_namespace(c->r);
    // The glass of a Namespace is for what is in it. Of itself it allows that it be closed.
    glass all = glass_of(!itself ? c->namespace : only_closes(c->r) ? c->r->old_object : pt_null());
    glass own = glass_of(pt_str_eqz(c->r->operation, "DELETE") ? c->r->old_object : c->r->object);
    pt_str why = objection(c, &own);
    if (!fault_of(&own) && !why.n && !c->a->full) {
        take(c, &own, c->r->user);
        return true;
    }
    if (!fault_of(&all)) {
        pt_str name = itself ? c->r->name : c->r->namespace;
        take(c, &all, pt_arena_printf(c->a, "Namespace %.*s", PT_PRI(name)));
        return true;
    }
    explain(c, "object", &own, why);
    explain(c, "Namespace", &all, (pt_str){0});
    return false;
}
