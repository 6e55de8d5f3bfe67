// Images that are no files: those of an engine (Docker, Podman), by name, and those of a registry.
#pragma once

#include "base/arena.h"
#include "cli/verb.h"
#include "collect/docker/docker.h"
#include "collect/image/image.h"
#include "collect/image/known.h"
#include "collect/registry/registry.h"

typedef enum pt_fetch_from {
    PT_FROM_FILE, // nothing is fetched: a path, or "-"
    PT_FROM_ENGINE,
    PT_FROM_REGISTRY,
} pt_fetch_from;

typedef struct pt_fetch {
    pt_fetch_from from;
    const char *name;  // of the image, or of the container
    bool container;    // of the engine: as it is now
    const char *store; // from a file, which is this content store of containerd; NULL: it is none
    pt_value about;    // by pt_fetch_run: what pt_docker_export tells of it; undefined: it is none
    bool guessed;      // the operator did not say from where: it may be a path that is not there
    pt_docker_which which;
    pt_docker_target engine;
    pt_registry registry;
    const char *platform; // --platform
    // By pt_fetch_run:
    bool chosen;     // the platform was one of several
    pt_value mirror; // who gave it: {"host", "of", "file", "tag"}; undefined: no mirror
} pt_fetch;

// What --against names, but for "last", which is a run; NULL: nothing.
const char *pt_fetch_other(const pt_args *args);

// Where `target` is, by --from (which is of the first operand) and by what it looks like:
// "registry:" and what has a "/" is a registry's (registry:2 is an image's name); "container:" and
// a name is a container of an engine; what exists is a path; what can be no name, too; another word
// is an image of this host's engine. The network is asked only where that was said. Before
// pt_rights_drop and before workers are started: reads the operator's files, runs docker's
// credential helpers, asks the resolver. All in `a`. PT_E_USAGE, and the errors of
// pt_registry_open.
PT_CHECK pt_code pt_fetch_plan(const pt_args *args, const char *target, pt_arena *a, pt_fetch *ret,
                               pt_err *e);

void pt_fetch_done(pt_fetch *f);

// A registry's repository by its name, with the operator's credentials and --insecure-registry: as
// pt_fetch_plan does it.
PT_CHECK pt_code pt_fetch_registry(const pt_args *args, pt_arena *a, const char *name,
                                   pt_registry *ret, pt_err *e);

// Where the first operand is, as pt_fetch_plan would find it; a file where --from is wrong.
pt_fetch_from pt_fetch_place(const pt_args *args);

// The name of the image that an engine or a registry is asked for; NULL: it is a file, or a
// container.
const char *pt_fetch_name(const pt_args *args);

// The images of the engine that --from names (Docker without it), as pt_docker_list gives them. In
// `a`. PT_E_USAGE: it names none; and the errors of pt_docker_list.
PT_CHECK pt_code pt_fetch_list(const pt_args *args, pt_arena *a, pt_value *ret, pt_err *e);

// Does it need TCP (pt_rights.internet)?
bool pt_fetch_by_tcp(const pt_fetch *f);

// Fetch it into a file without a name, in the folder scan->spool, but for the layers that the scan
// knows, which it takes. *ret is to be closed. The errors of
// pt_docker_save and pt_registry_pull; PT_E_IO: the file cannot be made.
PT_CHECK pt_code pt_fetch_run(pt_fetch *f, pt_arena *a, const pt_image_ask *scan, int *ret,
                              pt_err *e);

// What an engine calls the image: empty where it does not say, which pt_fetch_run then tells, and
// of a container, which does not stay what it is.
pt_str pt_fetch_id(const pt_fetch *f, pt_arena *a);
