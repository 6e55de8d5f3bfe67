// Of .NET: what an application is deployed with, and NuGet's lock and project files. Rows: table.c.
#pragma once

#include "collect/packages/read.h"

pt_code pt_read_deps_json(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_nuget_lock(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_nuget_config(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_nuget_props(pt_read *r, pt_str text, pt_err *e);

// The digest that base64 of SHA-512 means, in `a`: "sha512:HEX"; empty for anything else.
pt_str pt_nuget_digest(pt_arena *a, pt_str base64);
