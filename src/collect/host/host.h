// Facts of a host: kernel, LSMs, mounts, accounts, SSH, packages, files. Reads files below the
// world's root only; runs no program.
//
// Names of facts, and what their value is (a table of providers in host.c; the rest of the name
// after the first '/' is the provider's argument):
//   sysctl/kernel.kptr_restrict   integer or string, from /proc/sys
//   cmdline                       {"mitigations": "off", "quiet": true}
//   file/PATH                     as pt_world_stat
//   …                             see host.c
#pragma once

#include "fact/subject.h"
#include "fact/world.h"

// Fill `ret` (kind, name, detail such as "Debian 12, Linux 6.1", facts) with the facts that are
// named. A name that no provider knows gives an unknown fact that says so. All in `a`.
void pt_host_collect(pt_world *w, pt_arena *a, const pt_str *names, size_t n, pt_subject *ret);

// Does a provider know this name? (A test asks for every fact of the catalogue.)
bool pt_host_knows(pt_str name);
