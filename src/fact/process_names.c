// Names of users and groups of a container.
#include "fact/process.h"

static pt_str named(const pt_id_name *v, size_t n, uint32_t id) {
    size_t from = 0;
    size_t to = n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (v[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    if (from < n && v[from].id == id)
        return v[from].name;
    return id == 0 ? PT_STR("root") : (pt_str){0};
}

pt_str pt_container_user(const pt_container *c, uint32_t uid) {
    return named(c->users, c->n_users, uid);
}

pt_str pt_container_group(const pt_container *c, uint32_t gid) {
    return named(c->groups, c->n_groups, gid);
}
