// What the descriptor of an event stands for.
#include <fcntl.h>
#include <string.h>

#include "collect/runtime/state_impl.h"

// Calls that open a file by a path, whose name is then what was asked for.
static bool opens(uint16_t type) {
    return type == 2 || type == 85 || type == 257 || type == 437;
}

static void from_wire(const struct pt_wire_file *w, pt_file_ref *f) {
    f->known = true;
    f->number = w->number;
    f->type = w->type < PT_FILE_TYPES ? (pt_file_type)w->type : PT_FILE_UNKNOWN;
    f->dev = w->dev, f->ino = w->ino, f->flags = w->flags;
    f->protocol = w->protocol;
    f->unix_local = w->unix_local, f->unix_remote = w->unix_remote;
    if (w->bound)
        pt_endpoint_set(&f->local, w->local_ip, w->v6, w->local_port);
    if (w->peered)
        pt_endpoint_set(&f->remote, w->remote_ip, w->v6, w->remote_port);
    if (f->type == PT_FILE_IPV6 &&
        (f->remote.known ? !f->remote.v6 : f->local.known && !f->local.v6))
        f->type = PT_FILE_IPV4;
    // A directory is what was asked for as one (O_DIRECTORY).
    if (f->type == PT_FILE_REGULAR || f->type == PT_FILE_DIRECTORY)
        f->type = w->flags & O_DIRECTORY ? PT_FILE_DIRECTORY : PT_FILE_REGULAR;
}

// The descriptor of a call that made none, or of one that nothing is known of.
static void from_args(const pt_event *ev, pt_file_ref *f) {
    size_t n;
    const pt_param *p = pt_event_params(ev->type, &n);
    bool makes = n && p[0].kind == PT_PARAM_FD;
    size_t at = makes ? 0 : pt_event_param_index(ev->type, PT_STR("fd"));
    if (at == SIZE_MAX || p[at].kind != PT_PARAM_FD || !ev->args[at].known)
        return;
    f->known = true;
    f->number = ev->args[at].number < 0 && makes ? -1 : ev->args[at].number;
}

static void name_opened(pt_runtime *rt, pt_event *ev, pt_file_ref *f) {
    size_t at = pt_event_param_index(ev->type, PT_STR("name"));
    const pt_event_arg *g = &ev->args[at];
    if (!g->known)
        return;
    f->asked = g->bytes;
    f->name = g->resolved.n ? g->resolved : pt_path_resolve(&rt->scratch, (pt_str){0}, g->bytes);
    if (f->number >= 0)
        pt_opened_put(rt->opened, ev->process ? ev->process->pid : 0, f);
}

void pt_file_fill(pt_runtime *rt, const pt_record *r, pt_event *ev) {
    pt_file_ref *f = &ev->file;
    if (r->file)
        from_wire(r->file, f);
    else
        from_args(ev, f);
    if (!f->known)
        return;
    bool path =
        f->type == PT_FILE_REGULAR || f->type == PT_FILE_DIRECTORY || f->type == PT_FILE_MEMFD;
    pt_str kernel = r->open_path.p ? r->open_path : r->file_path;
    if (f->type == PT_FILE_UNIX)
        f->unix_path = r->file_path;
    else if (path)
        f->kernel_path = kernel;
    if (r->file && !path)
        pt_socket_apply(rt->sockets, r, f);
    if (opens(ev->type))
        name_opened(rt, ev, f);
    else if (path) {
        f->name = pt_opened_find(rt->opened, ev->process, f);
        if (!f->name.n)
            f->name = kernel;
        f->asked = f->name;
    }
}
