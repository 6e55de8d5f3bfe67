// Of PHP: composer's lock file, and its list of what is installed; WordPress. Rows: table.c.
#pragma once

#include "collect/packages/read.h"

pt_code pt_read_composer_lock(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_wordpress(pt_read *r, pt_str text, pt_err *e); // wp-includes/version.php
pt_code pt_read_composer_installed(pt_read *r, pt_str text, pt_err *e);
