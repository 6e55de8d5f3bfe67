// Of JavaScript: lock files of npm, yarn, pnpm and bun, and package.json of what is installed.
// Rows: table.c.
#pragma once

#include "collect/packages/read.h"

pt_code pt_read_npm(pt_read *r, pt_str text, pt_err *e);  // package-lock.json, versions 1 to 3
pt_code pt_read_yarn(pt_read *r, pt_str text, pt_err *e); // yarn.lock, classic and berry
pt_code pt_read_pnpm(pt_read *r, pt_str text, pt_err *e); // pnpm-lock.yaml, versions 5, 6 and 9
pt_code pt_read_bun(pt_read *r, pt_str text, pt_err *e);  // bun.lock
pt_code pt_read_package_json(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_yarn_zip(pt_read *r, pt_str text, pt_err *e); // .yarn/cache/*.zip
