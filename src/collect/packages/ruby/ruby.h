// Of Ruby: bundler's lock file, and the specification of an installed gem. Rows: table.c.
#pragma once

#include "collect/packages/read.h"

pt_code pt_read_gemfile_lock(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_gemspec(pt_read *r, pt_str text, pt_err *e);
