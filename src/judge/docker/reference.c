#include "judge/docker/reference.h"

enum {
    SHA256_HEX = 64,
};

static bool is_hex(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return s.n == SHA256_HEX;
}

bool pt_docker_is_digest(pt_str text) {
    pt_str prefix = PT_STR("sha256:");
    return pt_str_starts(text, prefix) && is_hex(pt_str_sub(text, prefix.n, text.n));
}

// The first part is a registry if it has a dot or a port in it, or is localhost.
static bool has_registry(pt_str name) {
    size_t slash = pt_str_find(name, '/');
    pt_str first = pt_str_sub(name, 0, slash);
    bool upper = false;
    for (size_t i = 0; i < first.n; i++)
        upper |= first.p[i] >= 'A' && first.p[i] <= 'Z';
    return slash < name.n &&
           (pt_str_find(first, '.') < first.n || pt_str_find(first, ':') < first.n ||
            pt_str_eqz(first, "localhost") || upper);
}

static pt_str with_registry(pt_arena *a, pt_str name) {
    pt_str old = PT_STR("index.docker.io/");
    bool named = has_registry(name);
    if (pt_str_starts(name, old))
        name = pt_str_sub(name, old.n, name.n);
    else if (named && !pt_str_starts(name, PT_STR("docker.io/")))
        return pt_arena_str(a, name);
    pt_str hub = PT_STR("docker.io/");
    if (pt_str_starts(name, hub))
        name = pt_str_sub(name, hub.n, name.n);
    const char *official = pt_str_find(name, '/') < name.n ? "" : "library/";
    return pt_arena_printf(a, "docker.io/%s%.*s", official, PT_PRI(name));
}

pt_docker_reference pt_docker_reference_of(pt_arena *a, pt_str text) {
    if (pt_docker_is_digest(text) || is_hex(text))
        return (pt_docker_reference){.name = pt_arena_str(a, text), .pinned = true, .id = true};
    size_t at = pt_str_find(text, '@');
    pt_str digest = pt_str_sub(text, at + 1, text.n);
    pt_str name = pt_str_sub(text, 0, at);
    size_t slash = pt_str_rfind(name, '/');
    size_t from = slash < name.n ? slash : 0;
    pt_str last = pt_str_sub(name, from, name.n);
    name = pt_str_sub(name, 0, from + pt_str_find(last, ':'));
    return (pt_docker_reference){.name = with_registry(a, name),
                                 .pinned = pt_docker_is_digest(digest)};
}

pt_str pt_docker_reference_tagged(pt_arena *a, pt_str text) {
    pt_docker_reference r = pt_docker_reference_of(a, text);
    size_t slash = pt_str_rfind(text, '/');
    pt_str last = slash < text.n ? pt_str_sub(text, slash + 1, text.n) : text;
    pt_str tag = pt_str_sub(last, pt_str_find(last, ':'), last.n);
    if (r.pinned || !text.n || pt_str_find(text, '@') < text.n)
        return (pt_str){0};
    return pt_arena_printf(a, "%.*s%.*s", PT_PRI(r.name), PT_PRI(tag.n ? tag : PT_STR(":latest")));
}

bool pt_docker_reference_from(pt_str name, const pt_str *registries, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pt_str r = registries[i];
        bool whole =
            name.n == r.n || (r.n && r.p[r.n - 1] == '/') || (name.n > r.n && name.p[r.n] == '/');
        if (r.n && pt_str_starts(name, r) && whole)
            return true;
    }
    return false;
}
