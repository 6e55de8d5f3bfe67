#include "fact/fact.h"

#include <string.h>

#include "value/path.h"

pt_fact pt_fact_known(pt_value v, pt_str source) {
    if (!pt_defined(v)) // it was being built when the arena ran full
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    return (pt_fact){.state = PT_KNOWN, .value = v, .source = source};
}

pt_fact pt_fact_absent(pt_str source) {
    return (pt_fact){.state = PT_ABSENT, .source = source};
}

pt_fact pt_fact_unknown(pt_str reason, pt_str remedy) {
    return (pt_fact){.state = PT_UNKNOWN, .reason = reason, .remedy = remedy};
}

// One step of a path of our own tables: a plain key. Indexes do not occur in them.
static bool step(const char **path, pt_str *ret) {
    if (!**path)
        return false;
    size_t n = strcspn(*path, ".");
    *ret = (pt_str){*path, n};
    *path += n + ((*path)[n] == '.');
    return true;
}

pt_fact pt_fact_at(pt_fact f, const char *path) {
    if (!path || f.state != PT_KNOWN)
        return f;
    pt_str key;
    while (step(&path, &key)) {
        if (pt_tag_of(f.value) != PT_OBJECT)
            return pt_fact_unknown(PT_STR("the answer lacks a part that it always has"),
                                   (pt_str){0});
        pt_value v = pt_get(f.value, key);
        if (!pt_defined(v) && *path)
            return pt_fact_unknown(PT_STR("the answer lacks a part that it always has"),
                                   (pt_str){0});
        if (!pt_defined(v))
            return pt_fact_absent(f.source);
        f.value = v;
    }
    return f;
}

bool pt_facts_set(pt_facts *fs, pt_arena *a, pt_str name, pt_fact f) {
    for (size_t i = 0; i < fs->all.n; i++)
        if (pt_str_eq(fs->all.v[i].name, name)) {
            fs->all.v[i].fact = f;
            return true;
        }
    pt_named_fact *slot = PT_PUSH(a, &fs->all);
    if (slot)
        *slot = (pt_named_fact){name, f};
    return slot != NULL;
}

pt_fact pt_facts_get(const pt_facts *fs, pt_str name) {
    for (size_t i = 0; i < fs->all.n; i++)
        if (pt_str_eq(fs->all.v[i].name, name))
            return fs->all.v[i].fact;
    return pt_fact_unknown(PT_STR("nothing looked at it"), (pt_str){0});
}
