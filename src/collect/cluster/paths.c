// What the server calls things, in paths and in objects.
#include "collect/cluster/cluster_impl.h"

bool pt_cluster_is_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool edge = i == 0 || i + 1 == s.n;
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              (!edge && (c == '-' || c == '.'))))
            return false;
    }
    return s.n > 0 && s.n <= 253;
}

pt_code pt_cluster_path(pt_arena *a, const pt_cluster_kind *k, pt_str namespace, pt_str *ret,
                        pt_err *e) {
    if (!namespace.n)
    namespace = k->namespace;
    bool ok = (!k->group.n || pt_cluster_is_name(k->group)) && pt_cluster_is_name(k->version) &&
              pt_cluster_is_name(k->resource) && (!namespace.n || pt_cluster_is_name(namespace));
    if (!ok)
        return pt_err_set(e, PT_E_USAGE, "this is no name of a kind or a namespace");
    if (namespace.n && !k->namespaced)
        return pt_err_set(e, PT_E_USAGE, "this kind has no namespaces");
    pt_str path =
        pt_arena_printf(a, "%s%.*s/%.*s%s%.*s/%.*s", k->group.n ? "/apis/" : "/api",
                        PT_PRI(k->group), PT_PRI(k->version), namespace.n ? "/namespaces/" : "",
                        PT_PRI(namespace), PT_PRI(k->resource));
    if (!path.p)
        return pt_err_set(e, PT_E_NOMEM, "no memory");
    *ret = path;
    return PT_OK;
}

void pt_cluster_escape(pt_buf *b, pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        pt_buf_printf(b, plain ? "%c" : "%%%02X", c);
    }
}

static pt_value api_version(pt_arena *a, const pt_cluster_kind *k) {
    if (!k->group.n)
        return pt_string(k->version);
    pt_str s = pt_arena_printf(a, "%.*s/%.*s", PT_PRI(k->group), PT_PRI(k->version));
    return s.p ? pt_string(s) : pt_undefined();
}

pt_value pt_cluster_named(pt_arena *a, const pt_cluster_kind *k, pt_value object) {
    bool has_version = pt_text(pt_getz(object, "apiVersion")).n > 0;
    bool has_kind = pt_text(pt_getz(object, "kind")).n > 0;
    if (pt_tag_of(object) != PT_OBJECT)
        return pt_undefined();
    if (has_version && has_kind)
        return object;
    size_t n = pt_len(object);
    pt_value *pairs = PT_NEW(a, pt_value, 2 * (n + 2));
    pt_value version = api_version(a, k);
    if (!pairs || !pt_defined(version))
        return pt_undefined();
    for (size_t i = 0; i < n; i++) {
        pairs[2 * i] = pt_key_at(object, i);
        pairs[2 * i + 1] = pt_val_at(object, i);
    }
    if (!has_version) {
        pairs[2 * n] = pt_stringz("apiVersion");
        pairs[2 * n++ + 1] = version;
    }
    if (!has_kind) {
        pairs[2 * n] = pt_stringz("kind");
        pairs[2 * n++ + 1] = pt_string(k->kind);
    }
    return pt_object_of(a, pairs, n, NULL); // of equal keys the last wins
}
