// Secrets in what the worker reads: the files of a layer (walk.h), an image's settings. A secret
// itself never leaves the worker: what is told of one is
//   {"rule", "title", "category", "severity", "line", "line_end", "match", "bytes", "fingerprint"}
// with stars in its place, and a hash under a key of this run, by which the same one is known.
#pragma once

#include "collect/image/walk.h"

// Was PT_JOB_RULES done? Without it nothing is searched.
bool pt_secrets_asked(void);

// A regular file that was read as far as w->content goes: search it. What is found is an event of
// the layer: {"do": "secret", "path", "found": […], "unless_owned": true where it counts only if no
// package of the system owns the file}.
PT_CHECK pt_code pt_walk_secrets(pt_walk *w, const pt_tar_entry *t, pt_err *e);

// Search a configuration (OCI image-spec 1.1, config.md): its variables, labels, commands and
// history. What is found has "config", where: "Env NAME", "Labels KEY", "Cmd", "Entrypoint",
// "history N".
PT_CHECK pt_code pt_secrets_settings(pt_value config, pt_arena *a, pt_value *ret, pt_err *e);

// `text` with stars for the secrets in it: steps of the history are shown.
PT_CHECK pt_code pt_secrets_hide(pt_str text, pt_arena *a, pt_str *ret, pt_err *e);
