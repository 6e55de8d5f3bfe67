// How many receipts denials may leave: who is denied a thousand times a second would fill ledger
// and log. What is over is counted for each user, and told together.
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "respond/guard/docker/guard_impl.h"

enum {
    BURST = 100, // receipts of one user's denials …
    PER_S = 10,  // … and so many a second then
    SAY_S = 10,  // what was counted is told so long after it began
    LOOK_S = 1,
    USERS_MAX = 256, // beyond, those who come last share one bucket
    NS_EACH = 1000000000 / PER_S,
};

typedef struct bucket {
    bool used;
    int64_t free_ns; // when all receipts of the burst are there again
    pt_guard_more more;
} bucket;

struct pt_guard_quota {
    pthread_mutex_t lock;
    _Atomic int64_t looked_ns; // nothing was to be told then
    bucket v[USERS_MAX];
};

pt_guard_quota *pt_guard_quota_new(void) {
    pt_guard_quota *q = calloc(1, sizeof *q);
    if (q)
        pthread_mutex_init(&q->lock, NULL);
    return q;
}

void pt_guard_quota_free(pt_guard_quota *q) {
    if (q)
        pthread_mutex_destroy(&q->lock);
    free(q);
}

static void put(pt_guard_name *to, pt_str s) {
    to->n = s.n < sizeof to->text ? s.n : sizeof to->text;
    if (to->n)
        memcpy(to->text, s.p, to->n);
}

pt_str pt_guard_name_of(const pt_guard_name *name) {
    return (pt_str){name->text, name->n};
}

// Nothing is known of who has all his receipts again and none to be told.
static bool is_idle(const bucket *b, int64_t now_ns) {
    return !b->used || (now_ns >= b->free_ns && !b->more.n);
}

static bucket *bucket_of(pt_guard_quota *q, pt_str user, int64_t now_ns) {
    bucket *idle = NULL;
    pt_guard_name name = {0};
    put(&name, user);
    for (size_t i = 0; i < USERS_MAX; i++) {
        bucket *b = &q->v[i];
        if (b->used && pt_str_eq(pt_guard_name_of(&b->more.user), pt_guard_name_of(&name)))
            return b;
        if (!idle && is_idle(b, now_ns))
            idle = b;
    }
    if (!idle)
        return &q->v[USERS_MAX - 1];
    *idle = (bucket){.used = true, .more.user = name};
    return idle;
}

static void add_rule(pt_guard_more *m, const pt_docker_rule *rule) {
    size_t n;
    size_t at = (size_t)(rule - pt_docker_rules(&n));
    if (at < PT_COUNT(m->rules))
        m->rules[at] = true;
}

static void add(pt_guard_more *m, const pt_guard_decision *d, int64_t now_ns) {
    if (m->n++ == 0)
        m->since_ns = now_ns;
    if (d->who.tenant)
        put(&m->tenant, d->who.tenant->name);
    for (size_t i = 0; i < d->verdict.offences.n; i++)
        add_rule(m, d->verdict.offences.v[i].rule);
    if (d->unclear)
        add_rule(m, d->unclear);
    m->ends[d->end] = true;
    m->level |= d->off_level;
    m->policies |= d->off_policies;
    m->policy = d->policy;
}

bool pt_guard_quota_take(pt_guard_quota *q, const pt_guard_decision *d, pt_str document,
                         int64_t now_ns) {
    pt_str user = d->request.user.n ? d->request.user : pt_guard_user_of(document);
    pthread_mutex_lock(&q->lock);
    bucket *b = bucket_of(q, user, now_ns);
    int64_t from = b->free_ns > now_ns ? b->free_ns : now_ns;
    bool may = from - now_ns <= (int64_t)(BURST - 1) * NS_EACH;
    if (may)
        b->free_ns = from + NS_EACH;
    else
        add(&b->more, d, now_ns);
    pthread_mutex_unlock(&q->lock);
    return may;
}

bool pt_guard_quota_due(pt_guard_quota *q, int64_t now_ns, pt_guard_more *ret) {
    bool found = false;
    if (now_ns - atomic_load(&q->looked_ns) < LOOK_S * PT_SECOND_NS)
        return false;
    pthread_mutex_lock(&q->lock);
    for (size_t i = 0; i < USERS_MAX && !found; i++) {
        pt_guard_more *m = &q->v[i].more;
        found = m->n && now_ns - m->since_ns >= SAY_S * PT_SECOND_NS;
        if (!found)
            continue;
        *ret = *m;
        *m = (pt_guard_more){.user = ret->user};
    }
    if (!found)
        atomic_store(&q->looked_ns, now_ns);
    pthread_mutex_unlock(&q->lock);
    return found;
}
