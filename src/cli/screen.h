// What standard output is: how wide, with colour or without, which signs.
#pragma once

#include "cli/verb.h"
#include "record/report/terminal.h"

// Does --color say something that it may? PT_E_USAGE.
PT_CHECK pt_code pt_screen_check(const pt_args *args, pt_err *e);

// --color, --ascii, --all (of scan: --full) and --quiet are heeded, and NO_COLOR, TERM and the
// locale.
pt_terminal pt_screen(const pt_args *args);
