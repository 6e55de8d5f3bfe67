#include "cli/screen.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/instant.h"

pt_code pt_screen_check(const pt_args *args, pt_err *e) {
    const char *when = pt_args_get(args, "color");
    if (!when || pt_str_in_list(pt_str_of(when), PT_STR("auto,always,never"), ','))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--color does not know %s", when);
    pt_err_remedy(e, "--color auto, always or never");
    return code;
}

static bool utf8_locale(void) {
    setlocale(LC_CTYPE, "");
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    setlocale(LC_CTYPE, "C.UTF-8"); // widths are counted in UTF-8 whatever is shown
    return utf8;
}

static unsigned columns(void) {
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

pt_terminal pt_screen(const pt_args *args) {
    const char *when = pt_args_get(args, "color");
    const char *term = getenv("TERM");
    term = term ? term : "";
    bool forced = when && strcmp(when, "always") == 0;
    // Who wants colour in a pipe wants what a terminal would show, for a pager.
    bool shows = forced || isatty(STDOUT_FILENO);
    bool color = shows && !getenv("NO_COLOR") && strcmp(term, "dumb") != 0;
    bool plain = !utf8_locale() || strcmp(term, "dumb") == 0 || strcmp(term, "linux") == 0;
    return (pt_terminal){
        .width = shows ? columns() : 0,
        .color = when && strcmp(when, "auto") != 0 ? forced : color,
        .ascii = pt_args_flag(args, "ascii") || (shows && plain),
        .all = pt_args_flag(args, "all") || pt_args_flag(args, "full"),
        .quiet = pt_args_flag(args, "quiet"),
        .now = pt_now(),
    };
}
