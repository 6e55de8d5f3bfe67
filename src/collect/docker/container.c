// A container, as an image of one layer.
#include <string.h>

#include "collect/docker/engine.h"
#include "collect/layout/layout.h"
#include "crypto/crypto.h"
#include "value/json.h"

enum {
    NAME_BYTES_MAX = 256,
    CONFIG_BYTES_MAX = 4 << 20,
    TAR_END = 1024, // two blocks of zeros
    BLOCK = 512,
    MOUNTS_MAX = 1000,
};

static const pt_str layer_name = PT_STR("layer.tar");
static const pt_str config_name = PT_STR("config.json");

typedef struct exporting {
    pt_arena *a;
    pt_layout layout;
    pt_sha256_run *hash; // of what came
    uint64_t came;
    uint64_t zeros; // that it ended with until now
} exporting;

static bool is_container_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!plain && (i == 0 || pt_str_find(PT_STR("_.-"), c) == 3))
            return false;
    }
    return s.n > 0 && s.n <= NAME_BYTES_MAX;
}

// -- its root -------------------------------------------------------------------------------------

static size_t zeros_at_end(pt_str s) {
    size_t n = 0;
    while (n < s.n && s.p[s.n - 1 - n] == 0)
        n++;
    return n;
}

static pt_code take_piece(void *of, pt_str piece, pt_err *e) {
    exporting *x = of;
    size_t zeros = zeros_at_end(piece);
    x->came += piece.n;
    x->zeros = zeros == piece.n ? x->zeros + zeros : zeros;
    pt_sha256_add(x->hash, piece);
    return pt_layout_write(&x->layout, piece, e);
}

// An engine that fails when it has begun can only end its answer early, or write the reason into
// it.
static pt_code check_end(const exporting *x, pt_err *e) {
    if (x->came % BLOCK == 0 && x->zeros >= TAR_END)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_IO, "the engine's export of it is cut off, after %llu bytes",
                              (unsigned long long)x->came);
    pt_err_remedy(e, "see what the engine's log says: journalctl -u docker; then scan again");
    return code;
}

static pt_code fetch_root(pt_world *w, exporting *x, const pt_docker_save_ask *ask, pt_str id,
                          pt_str *ret_diff_id, pt_err *e) {
    pt_str where = {0};
    const pt_engine_ask q = {.ask = ask,
                             .thing = "container",
                             .container = true,
                             .path = pt_arena_printf(x->a, "/containers/%.*s/export", PT_PRI(id)),
                             .take = take_piece,
                             .of = x};
    pt_code code = pt_layout_begin(&x->layout, layer_name, 0, e);
    x->hash = pt_sha256_begin();
    if (!code)
        code = pt_engine_fetch(w, x->a, &q, &where, e);
    pt_hash256 h = pt_sha256_end(x->hash);
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    pt_buf_putz(&hex, "sha256:");
    pt_hex_put(&hex, (pt_str){(const char *)h.b, sizeof h.b});
    *ret_diff_id = pt_arena_str(x->a, pt_buf_str(&hex));
    if (!code)
        code = check_end(x, e);
    if (!code)
        code = pt_layout_resize(&x->layout, 0, layer_name, e);
    return code ? code : pt_layout_fill(&x->layout, e);
}

// -- its documents --------------------------------------------------------------------------------

static pt_value one(pt_arena *a, pt_value v) {
    return pt_array_of(a, &v, 1);
}

static pt_code put_member(exporting *x, pt_str name, pt_value v, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(CONFIG_BYTES_MAX);
    pt_code code =
        pt_defined(v) ? pt_json_write(&b, v, NULL, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code)
        code = pt_layout_begin(&x->layout, name, b.n, e);
    if (!code)
        code = pt_layout_write(&x->layout, pt_buf_str(&b), e);
    return code ? code : pt_layout_fill(&x->layout, e);
}

// What docker commit would write, but that all of it is one layer.
static pt_value config_of(pt_arena *a, pt_value inspect, pt_str diff_id) {
    pt_obj rootfs = {.a = a};
    pt_obj o = {.a = a};
    pt_obj_set(&rootfs, "type", pt_stringz("layers"));
    pt_obj_set(&rootfs, "diff_ids", one(a, pt_string(diff_id)));
    pt_obj_maybe(&o, "os", pt_getz(inspect, "Platform"));
    pt_obj_maybe(&o, "created", pt_getz(inspect, "Created"));
    pt_obj_maybe(&o, "config", pt_getz(inspect, "Config"));
    pt_obj_set(&o, "rootfs", pt_obj_end(&rootfs));
    return pt_obj_end(&o);
}

static pt_value manifest_of(pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "Config", pt_string(config_name));
    pt_obj_set(&o, "Layers", one(a, pt_string(layer_name)));
    return one(a, pt_obj_end(&o));
}

static pt_value mounts_of(pt_arena *a, pt_value inspect) {
    pt_value mounts = pt_getz(inspect, "Mounts");
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(mounts) && i < MOUNTS_MAX; i++) {
        pt_str at = pt_text(pt_getz(pt_at(mounts, i), "Destination"));
        if (at.n)
            pt_list_add(&l, pt_string(at));
    }
    return pt_list_end(&l);
}

static pt_value facts_of(pt_arena *a, pt_value inspect) {
    pt_str name = pt_text(pt_getz(inspect, "Name"));
    pt_value state = pt_getz(pt_getz(inspect, "State"), "Status");
    pt_obj o = {.a = a};
    if (pt_str_starts(name, PT_STR("/"))) // as Docker has it, and Podman not
        name = pt_str_sub(name, 1, name.n);
    pt_obj_maybe(&o, "id", pt_getz(inspect, "Id"));
    pt_obj_set(&o, "name", pt_string(name));
    pt_obj_maybe(&o, "image", pt_getz(pt_getz(inspect, "Config"), "Image"));
    pt_obj_maybe(&o, "image_id", pt_getz(inspect, "Image"));
    pt_obj_maybe(&o, "created", pt_getz(inspect, "Created"));
    pt_obj_maybe(&o, "state", state);
    pt_obj_set(&o, "mounts", mounts_of(a, inspect));
    return pt_obj_end(&o);
}

// -- all of it ------------------------------------------------------------------------------------

static pt_code inspect(pt_world *w, pt_arena *a, const pt_docker_save_ask *ask, pt_str *ret_where,
                       pt_value *ret, pt_err *e) {
    pt_str body = {0};
    const pt_engine_ask q = {.ask = ask,
                             .thing = "container",
                             .container = true,
                             .path = pt_arena_printf(a, "/containers/%s/json", ask->image),
                             .body = &body};
    pt_code code = pt_engine_fetch(w, a, &q, ret_where, e);
    if (!code)
        code = pt_json_parse(a, body, NULL, ret, e);
    // The id goes into the next request, so that it is of the same container.
    if (!code && !is_container_name(pt_text(pt_getz(*ret, "Id"))))
        code = pt_err_set(e, PT_E_FORMAT, "the engine says no id of the container");
    return code;
}

pt_code pt_docker_export(pt_world *w, pt_arena *a, const pt_docker_save_ask *ask, pt_str *ret_where,
                         pt_value *ret, pt_err *e) {
    exporting x = {.a = a, .layout = {.fd = ask->to, .bytes_max = ask->bytes_max}};
    pt_value of = pt_undefined();
    pt_str diff_id = {0};
    *ret_where = (pt_str){0};
    if (!is_container_name(pt_str_of(ask->image)))
        return pt_err_set(e, PT_E_USAGE, "it is no name of a container");
    pt_code code = inspect(w, a, ask, ret_where, &of, e);
    if (!code)
        code = fetch_root(w, &x, ask, pt_text(pt_getz(of, "Id")), &diff_id, e);
    if (!code)
        code = put_member(&x, config_name, config_of(a, of, diff_id), e);
    if (!code)
        code = put_member(&x, PT_STR("manifest.json"), manifest_of(a), e);
    if (!code)
        code = pt_layout_end(&x.layout, e);
    pt_value facts = facts_of(a, of);
    if (!code && !pt_defined(facts))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code)
        *ret = facts;
    return code;
}
