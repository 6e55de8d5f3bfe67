#include "collect/packages/node/yarn_cache.h"

#include "collect/packages/node/impl.h"

enum {
    TRIES_MAX = 8, // of one name: a package has more than one folder if its peers differ
};

#define LAST "/package.json"

static const struct {
    const char *folder, *pattern;
} places[] = {{".yarn/cache/", ".yarn/cache/*.zip/node_modules/**" LAST},
              {".yarn/unplugged/", ".yarn/unplugged/*/node_modules/**" LAST}};

// "@scope/name@npm:1.2.3::…" to "@scope-name-npm-1.2.3-", of other protocols without a version.
static pt_str slug_of(pt_arena *a, pt_str resolution, bool virtual) {
    size_t at = 1 + pt_str_find(pt_str_sub(resolution, 1, resolution.n), '@');
    pt_str name = pt_str_sub(resolution, 0, at);
    pt_str reference = pt_str_sub(resolution, at + 1, resolution.n);
    size_t colon = pt_str_find(reference, ':');
    size_t slash = pt_str_find(name, '/');
    pt_str protocol = virtual ? PT_STR("virtual") : pt_str_sub(reference, 0, colon);
    pt_str version = {0};
    if (!virtual && pt_str_eqz(protocol, "npm"))
        version = pt_str_sub(reference, colon + 1, reference.n);
    version = pt_str_sub(version, 0, pt_str_find(version, ':'));
    return pt_arena_printf(a, "%.*s%s%.*s-%.*s-%.*s%s", PT_PRI(pt_str_sub(name, 0, slash)),
                           slash < name.n ? "-" : "", PT_PRI(pt_str_sub(name, slash + 1, name.n)),
                           PT_PRI(protocol), PT_PRI(version), version.n ? "-" : "");
}

static size_t first_from(pt_value paths, pt_str begin) {
    size_t low = 0;
    size_t high = pt_len(paths);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pt_str_cmp(pt_text(pt_at(paths, middle)), begin) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool look(pt_read *r, pt_value paths, pt_str begin, pt_package *p) {
    size_t i = first_from(paths, begin);
    bool found = false;
    for (size_t end = i + TRIES_MAX; !found && i < pt_len(paths) && i < end; i++) {
        pt_str path = pt_text(pt_at(paths, i));
        if (!pt_str_starts(path, begin))
            break;
        found = pt_node_installed(r, pt_str_sub(path, 0, path.n - (sizeof LAST - 1)), p);
    }
    return found;
}

bool pt_yarn_cached(pt_read *r, pt_yarn_cache *c, pt_str resolution, pt_package *p) {
    bool found = false;
    if (!r->listed || !r->beside)
        return false;
    for (size_t i = 0; !c->asked && i < PT_COUNT(places); i++)
        c->manifests[i] = r->listed(r, pt_str_of(places[i].pattern));
    c->asked = true;
    for (size_t i = 0; !found && i < 2 * PT_COUNT(places); i++) {
        size_t k = i % PT_COUNT(places);
        pt_str slug = slug_of(r->a, resolution, i >= PT_COUNT(places));
        found = look(r, c->manifests[k],
                     pt_arena_printf(r->a, "%s%.*s", places[k].folder, PT_PRI(slug)), p);
    }
    return found;
}
