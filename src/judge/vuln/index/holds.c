// Does a statement speak of a version? OSV schema 1.7, "Evaluation".
#include <string.h>

#include "judge/vuln/index/index_impl.h"
#include "judge/vuln/index/plain.h"

// What is asked, of whom.
typedef struct question {
    pt_str of;             // the statement's versions and events
    const uint32_t *words; // the same
    size_t versions, events;
    pt_version_scheme scheme;
    pt_str version;
    bool is_version;
    bool undecided; // a range could not say
    bool commits;   // one of commits could not
    bool all;       // one of commits has no end
    bool decided;   // one of versions could
    bool named;     // a range names it: commits are no versions, and the other way round
} question;

static pt_code open_ranges(const pt_index *x, uint32_t ref, question *q, pt_err *e) {
    if (ref > x->ranges_n || x->ranges_n - ref < PT_IX_RANGES_HEAD)
        return pt_ix_damaged(e, "a range lies outside of it");
    q->words = x->ranges + ref;
    uint64_t bytes = q->words[0];
    uint64_t words = (uint64_t)q->words[1] + 2 * (uint64_t)q->words[2] + PT_IX_RANGES_HEAD;
    if (bytes > (x->ranges_n - ref) * sizeof *q->words || words * sizeof *q->words > bytes)
        return pt_ix_damaged(e, "a range ends outside of it");
    q->of = (pt_str){(const char *)q->words, (size_t)bytes};
    q->versions = q->words[1];
    q->events = q->words[2];
    return PT_OK;
}

static pt_str version_at(const question *q, size_t i, bool *ok) {
    pt_str text = {0};
    *ok = *ok && pt_ix_text_in(q->of, q->words[PT_IX_RANGES_HEAD + i], &text);
    return text;
}

typedef struct event {
    pt_ix_event what;
    bool unordered, commits;
    uint32_t range;
    pt_str text;
} event;

static event event_at(const question *q, size_t i, bool *ok) {
    const uint32_t *w = q->words + PT_IX_RANGES_HEAD + q->versions + 2 * i;
    event v = {.what = (pt_ix_event)(w[0] & PT_IX_EVENT_MASK),
               .unordered = (w[0] & PT_IX_UNORDERED) != 0,
               .commits = (w[0] & PT_IX_COMMITS) != 0,
               .range = w[0] >> PT_IX_RANGE_SHIFT};
    *ok = *ok && v.what <= PT_IX_LIMIT && pt_ix_text_in(q->of, w[1], &v.text);
    return v;
}

// Among the versions: written the same, or equal by the order.
static bool is_listed(const question *q, bool *ok) {
    size_t from = 0;
    size_t to = q->versions;
    while (*ok && from < to) {
        size_t mid = from + (to - from) / 2;
        int order = pt_ix_version_order(q->scheme, version_at(q, mid, ok), q->version);
        if (order == 0)
            return *ok;
        if (order < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return false;
}

// -- one range ------------------------------------------------------------------------------------

// A range as its events go by, in their order.
typedef struct state {
    bool in;
    bool limited, below; // it has limits, and the version is below one of them
    pt_advised_range held;
} state;

// The version against an event's. OSV's "0" is before all, whatever the order says of it.
static int order_of(const question *q, const event *v) {
    if (v->what == PT_IX_LIMIT && pt_str_eqz(v->text, "*"))
        return -1;
    bool from_first = v->what == PT_IX_INTRODUCED && pt_str_eqz(v->text, "0");
    if (from_first || pt_str_eqz(q->version, "0"))
        return from_first ? 1 : -1;
    return pt_ix_version_order(q->scheme, q->version, v->text);
}

static void step(const question *q, const event *v, state *s) {
    int order = order_of(q, v);
    switch (v->what) {
    case PT_IX_INTRODUCED:
        if (order >= 0) {
            s->in = true;
            s->held = (pt_advised_range){.introduced = v->text};
        }
        break;
    case PT_IX_FIXED:
        if (order >= 0)
            s->in = false;
        else if (s->in && !s->held.fixed.n && !s->held.last.n)
            s->held.fixed = v->text;
        break;
    case PT_IX_LAST:
        if (order > 0)
            s->in = false;
        else if (s->in && !s->held.fixed.n && !s->held.last.n)
            s->held.last = v->text;
        break;
    case PT_IX_LIMIT:
        s->limited = true;
        s->below = s->below || order < 0;
        break;
    }
}

// Without an order, an event speaks of the version that it names, and of no other.
static void name(const question *q, const event *v, state *s, bool *ret_named) {
    if (!pt_str_eq(v->text, q->version))
        return;
    *ret_named = true;
    s->in = v->what == PT_IX_INTRODUCED || v->what == PT_IX_LAST;
    s->held = (pt_advised_range){.introduced = v->what == PT_IX_INTRODUCED ? v->text : (pt_str){0},
                                 .last = v->what == PT_IX_LAST ? v->text : (pt_str){0}};
}

// The events from *at on that are of one range; *at is then behind them.
static bool range_holds(question *q, size_t *at, pt_advised_range *ret, bool *ok) {
    state ordered = {0};
    state named = {0};
    bool is_named = false;
    bool ends = false; // it does not hold every version
    bool by_text = false;
    event v = event_at(q, *at, ok);
    uint32_t range = v.range;
    bool commits = v.commits;
    for (; *ok && v.range == range; v = event_at(q, *at, ok)) {
        by_text = by_text || v.unordered;
        ends = ends || v.what != PT_IX_INTRODUCED || !pt_str_eqz(v.text, "0");
        name(q, &v, &named, &is_named);
        step(q, &v, &ordered);
        if (++*at == q->events)
            break;
    }
    bool can_say = !commits && (!ends || (!by_text && q->is_version));
    const state *s = can_say ? &ordered : &named;
    q->undecided = q->undecided || (!can_say && !is_named && !commits);
    q->commits = q->commits || (!is_named && commits);
    q->all = q->all || (!is_named && commits && !ends);
    q->decided = q->decided || can_say;
    q->named = q->named || is_named;
    *ret = s->held;
    return s->in && (!can_say || !s->limited || s->below);
}

// -- all of it ------------------------------------------------------------------------------------

static pt_code cannot_say(const question *q, pt_err *e) {
    if (!q->is_version)
        return pt_err_set(e, PT_E_FORMAT, "\"%.*s\" is no version of %.*s", PT_PRI(q->version),
                          PT_PRI(pt_version_scheme_name(q->scheme)));
    return pt_err_set(e, PT_E_FORMAT, "its ranges have no order that is known");
}

pt_code pt_advised_holds(const pt_index *x, const pt_advised *s, pt_str version, bool *ret_holds,
                         pt_advised_range *ret, pt_err *e) {
    question q = {.scheme = s->scheme, .version = version};
    pt_code code = open_ranges(x, s->ranges, &q, e);
    if (code)
        return code;
    if (version.n > PT_VERSION_BYTES_MAX)
        return pt_err_set(e, PT_E_FORMAT, "a version of %zu bytes; at most %d are taken", version.n,
                          PT_VERSION_BYTES_MAX);
    q.is_version = pt_version_valid(s->scheme, version);
    bool ok = true;
    bool listed = is_listed(&q, &ok);
    bool held = false;
    pt_advised_range range = {0};
    for (size_t at = 0; ok && !held && at < q.events;)
        held = range_holds(&q, &at, &range, &ok);
    if (!ok)
        return pt_ix_damaged(e, "a version lies outside of it");
    bool all_listed = q.versions && q.is_version; // whoever lists versions lists all of them
    if (!held && q.all && !q.decided && !q.undecided &&
        !q.versions) { // nobody says which versions: all of them
        held = true;
        range = (pt_advised_range){.introduced = PT_STR("0")};
    }
    bool unknown = q.undecided || (q.commits && !q.decided);
    if (!listed && !held && unknown && !q.named && !all_listed)
        return cannot_say(&q, e);
    *ret_holds = listed || held;
    *ret = held ? range : (pt_advised_range){0};
    ret->listed = listed;
    return PT_OK;
}

// -- showing --------------------------------------------------------------------------------------

static pt_value event_value(pt_arena *a, const event *v) {
    static const char *const names[] = {
        [PT_IX_INTRODUCED] = "introduced",
        [PT_IX_FIXED] = "fixed",
        [PT_IX_LAST] = "last_affected",
        [PT_IX_LIMIT] = "limit",
    };
    pt_obj o = {.a = a};
    pt_obj_set(&o, names[v->what], pt_string(v->text));
    return pt_obj_end(&o);
}

static pt_value ranges_value(const question *q, pt_arena *a, bool *ok) {
    pt_list all = {.a = a};
    pt_list one = {.a = a};
    uint32_t range = 0;
    for (size_t i = 0; i < q->events; i++) {
        event v = event_at(q, i, ok);
        if (!*ok)
            return pt_undefined();
        if (one.items.n && v.range != range) {
            pt_list_add(&all, pt_list_end(&one));
            one = (pt_list){.a = a};
        }
        range = v.range;
        pt_list_add(&one, event_value(a, &v));
    }
    if (one.items.n)
        pt_list_add(&all, pt_list_end(&one));
    return pt_list_end(&all);
}

pt_code pt_advised_says(const pt_index *x, const pt_advised *s, pt_arena *a, pt_value *ret,
                        pt_err *e) {
    question q = {.scheme = s->scheme};
    pt_code code = open_ranges(x, s->ranges, &q, e);
    if (code)
        return code;
    bool ok = true;
    pt_list versions = {.a = a};
    pt_obj o = {.a = a};
    for (size_t i = 0; ok && i < q.versions; i++)
        pt_list_add(&versions, pt_string(version_at(&q, i, &ok)));
    pt_value ranges = ranges_value(&q, a, &ok);
    if (!ok)
        return pt_ix_damaged(e, "a version lies outside of it");
    pt_obj_set(&o, "versions", pt_list_end(&versions));
    pt_obj_set(&o, "ranges", ranges);
    *ret = pt_obj_end(&o);
    return pt_defined(*ret) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
