// What an ecosystem of OSV says about the names and versions in it.
#pragma once

#include "base/arena.h"
#include "judge/vuln/version.h"

// The part before the release: "Debian" of "Debian:12".
pt_str pt_ecosystem_base(pt_str ecosystem);

// False: nobody knows its order.
bool pt_ecosystem_scheme(pt_str ecosystem, pt_version_scheme *ret);

// A package's name as the ecosystem compares it: in `a`, or `name` itself. p == NULL: `a` is full.
pt_str pt_ecosystem_name(pt_arena *a, pt_str ecosystem, pt_str name);
