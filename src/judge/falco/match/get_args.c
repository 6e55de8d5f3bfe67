// evt.arg, evt.rawarg and what is made of arguments: evt.buffer, fs.path.*.
#include <string.h>

#include "judge/falco/match/fields_impl.h"

// -- by name --------------------------------------------------------------------------------------
static const pt_event_arg *known_at(const pt_event *ev, size_t i) {
    return i < PT_EVENT_ARGS_MAX && ev->args[i].known ? &ev->args[i] : NULL;
}

static const pt_event_arg *arg_of(const pt_event *ev, const char *name) {
    return known_at(ev, pt_event_param_index(ev->type, pt_str_of(name)));
}

bool pt_arg_known(pt_str name, pt_param_kind *ret) {
    int64_t place;
    if (!name.n)
        return false;
    if (pt_str_int(name, 10, &place)) {
        *ret = PT_PARAM_NONE;
        return place >= 0 && place < PT_EVENT_ARGS_MAX;
    }
    const pt_param *param = pt_event_param_named(name);
    if (param)
        *ret = param->kind;
    return param;
}

// The place of field[x] in this event; SIZE_MAX: it has none.
static size_t asked(const pt_falco_look *l, const pt_param **ret) {
    size_t n = 0;
    const pt_param *params = pt_event_params(l->ev->type, &n);
    size_t at = l->index >= 0 ? (size_t)l->index : pt_event_param_index(l->ev->type, l->argument);
    if (at >= n || !known_at(l->ev, at))
        return SIZE_MAX;
    *ret = &params[at];
    return at;
}

pt_falco_values pt_get_arg(const pt_falco_look *l, unsigned what) {
    (void)what;
    const pt_param *param;
    size_t at = asked(l, &param);
    bool known = false;
    if (at == SIZE_MAX)
        return pt_get_none();
    pt_str text = pt_event_arg_text(l->scratch, l->ev, at, &known);
    return known ? pt_get_text(l, text) : pt_get_none();
}

static bool is_text(pt_param_kind kind) {
    switch (kind) {
    case PT_PARAM_PATH:
    case PT_PARAM_TEXT:
    case PT_PARAM_LIST:
    case PT_PARAM_BYTES:
    case PT_PARAM_ADDRESS:
    case PT_PARAM_TUPLE:
        return true;
    default:
        return false;
    }
}

// The typed value. Two calls may have arguments of one name that are of different types (data): of
// the type that is not compared with it is absent.
pt_falco_values pt_get_arg_raw(const pt_falco_look *l, unsigned what) {
    (void)what;
    const pt_param *param;
    size_t at = asked(l, &param);
    if (at == SIZE_MAX)
        return pt_get_none();
    bool text = is_text(param->kind);
    if (text != (l->type == PT_FALCO_STRING || l->type == PT_FALCO_BUFFER))
        return pt_get_none();
    return text ? pt_get_text(l, l->ev->args[at].bytes)
                : pt_get_number(l, pt_event_arg_number(l->ev, at));
}

pt_falco_values pt_get_args(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_text(l, pt_event_args_text(l->scratch, l->ev));
}

// -- data -----------------------------------------------------------------------------------------
static const pt_event_arg *data_of(const pt_event *ev) {
    size_t n = 0;
    const pt_param *params = pt_event_params(ev->type, &n);
    for (size_t i = 0; i < n; i++)
        if (params[i].kind == PT_PARAM_BYTES)
            return known_at(ev, i);
    return NULL;
}

pt_falco_values pt_get_data(const pt_falco_look *l, unsigned what) {
    (void)what;
    const pt_event_arg *arg = data_of(l->ev);
    return arg ? pt_get_text(l, arg->bytes) : pt_get_none();
}

pt_falco_values pt_get_data_size(const pt_falco_look *l, unsigned what) {
    (void)what;
    const pt_event_arg *arg = data_of(l->ev);
    return arg ? pt_get_number(l, (int64_t)arg->bytes.n) : pt_get_none();
}

// -- fs.path: by the numbers of x86-64 ------------------------------------------------------------
// What a call names: one path, or a
// source and a target. Of links the source is the new name.
static const struct {
    pt_event_type type;
    const char *args[3]; // in the order of pt_fs_path
} paths[] = {
    {2, {"name"}},                       // open
    {82, {NULL, "oldpath", "newpath"}},  // rename
    {83, {"path"}},                      // mkdir
    {84, {"path"}},                      // rmdir
    {85, {"name"}},                      // creat
    {86, {NULL, "newpath", "oldpath"}},  // link
    {87, {"path"}},                      // unlink
    {88, {NULL, "linkpath", "target"}},  // symlink
    {90, {"filename"}},                  // chmod
    {92, {"path"}},                      // chown
    {94, {"path"}},                      // lchown
    {161, {"path"}},                     // chroot
    {165, {NULL, "dev", "dir"}},         // mount
    {166, {"name"}},                     // umount2
    {257, {"name"}},                     // openat
    {258, {"path"}},                     // mkdirat
    {260, {"pathname"}},                 // fchownat
    {263, {"name"}},                     // unlinkat
    {264, {NULL, "oldpath", "newpath"}}, // renameat
    {265, {NULL, "newpath", "oldpath"}}, // linkat
    {266, {NULL, "linkpath", "target"}}, // symlinkat
    {268, {"filename"}},                 // fchmodat
    {316, {NULL, "oldpath", "newpath"}}, // renameat2
    {437, {"name"}},                     // openat2
};

static pt_falco_values path_text(const pt_falco_look *l, const char *name, bool raw) {
    const pt_event_arg *arg = name ? arg_of(l->ev, name) : NULL;
    if (!arg)
        return pt_get_none();
    return pt_get_some(l, !raw && arg->resolved.n ? arg->resolved : arg->bytes);
}

// Of calls that worked.
pt_falco_values pt_get_fs_path(const pt_falco_look *l, unsigned what) {
    if (!l->ev->has_result || l->ev->result < 0)
        return pt_get_none();
    for (size_t i = 0; i < PT_COUNT(paths); i++)
        if (paths[i].type == l->ev->type)
            return path_text(l, paths[i].args[what & 3], what & PT_FS_RAW);
    return pt_get_none();
}

// evt.abspath, evt.abspath.src, evt.abspath.dst: the first, the first, the second path of a call
// that takes directories.
pt_falco_values pt_get_abspath(const pt_falco_look *l, unsigned what) {
    (void)what;
    size_t n = 0;
    const pt_param *params = pt_event_params(l->ev->type, &n);
    size_t wanted = pt_str_eqz(l->argument, "dst") ? 1 : 0;
    for (size_t i = 1; i < n; i++)
        if (params[i].kind == PT_PARAM_PATH && params[i - 1].kind == PT_PARAM_FD && !wanted--)
            return known_at(l->ev, i) ? path_text(l, params[i].name, false) : pt_get_none();
    return pt_get_none();
}
