// Places for large requests: few are judged at the same time, and of one tenant not all of them.
#include <string.h>

#include "respond/guard/docker/guard_impl.h"

enum {
    OF_ONE_MAX = 2,
};

pt_str pt_guard_user_of(pt_str document) {
    pt_str begin = PT_STR("{\"User\":\"");
    pt_str rest = pt_str_sub(document, begin.n, begin.n + PT_GUARD_LARGE_USER_BYTES);
    if (!pt_str_starts(document, begin))
        return (pt_str){0};
    return pt_str_sub(rest, 0, pt_str_find(rest, '"'));
}

static bool is_one_of(const pt_str *list, size_t n, pt_str word) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_eq(list[i], word))
            return true;
    return false;
}

// Whose the places are that the user takes: a tenant's, or of all who are nobody here ("-"). Empty:
// of who operates the daemon.
static pt_str owner_of(const pt_guard_tenants *t, pt_str user) {
    if (!t->given || !user.n || is_one_of(t->operators, t->n_operators, user))
        return (pt_str){0};
    for (size_t i = 0; i < t->n; i++)
        if (is_one_of(t->v[i].users, t->v[i].n_users, user))
            return t->v[i].name;
    return PT_STR("-");
}

static size_t put(char *to, size_t max, pt_str s) {
    size_t n = s.n < max ? s.n : max;
    if (n)
        memcpy(to, s.p, n);
    return n;
}

bool pt_guard_large_take(pt_guard_large *l, const pt_guard_tenants *t, pt_str document) {
    pt_str user = pt_guard_user_of(document);
    pt_str owner = owner_of(t, user);
    size_t n = 0;
    size_t place = PT_GUARD_LARGE_MAX;
    for (size_t i = 0; i < PT_GUARD_LARGE_MAX; i++) {
        if (!l->v[i].taken)
            place = i;
        else
            n += pt_str_eq((pt_str){l->v[i].owner, l->v[i].n_owner}, owner);
    }
    if (place == PT_GUARD_LARGE_MAX || (owner.n && n >= OF_ONE_MAX))
        return false;
    l->v[place].taken = true;
    l->v[place].n_user = put(l->v[place].user, sizeof l->v[place].user, user);
    l->v[place].n_owner = put(l->v[place].owner, sizeof l->v[place].owner, owner);
    return true;
}

// Settings may have changed since, so it goes by the user, whose places are all the same.
void pt_guard_large_give(pt_guard_large *l, pt_str document) {
    pt_str user = pt_guard_user_of(document);
    for (size_t i = 0; i < PT_GUARD_LARGE_MAX; i++)
        if (l->v[i].taken && pt_str_eq((pt_str){l->v[i].user, l->v[i].n_user}, user)) {
            l->v[i].taken = false;
            return;
        }
}
