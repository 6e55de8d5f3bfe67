#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/instant.h"
#include "cli/db.h"
#include "cli/db_verbs.h"

#define SYSTEMS "/var/lib/paratia/advisories.idx"

enum {
    DAY_S = 24 * 60 * 60,
    MAX_AGE_S = 7 * DAY_S,
};

// Empty: none can be found.
static pt_str own(pt_arena *a) {
    const char *xdg = getenv("XDG_DATA_HOME");
    if (xdg && xdg[0] == '/')
        return pt_arena_printf(a, "%s/paratia/advisories.idx", xdg);
    const char *home = getenv("HOME");
    return home && home[0] == '/'
               ? pt_arena_printf(a, "%s/.local/share/paratia/advisories.idx", home)
               : (pt_str){0};
}

pt_code pt_db_path(const pt_args *args, pt_arena *a, bool write, pt_str *ret, pt_err *e) {
    const char *given = pt_args_get(args, "db");
    pt_str path = given || geteuid() == 0 ? pt_str_of(given ? given : SYSTEMS) : own(a);
    bool is_there = path.n && access(path.p, F_OK) == 0;
    if (!given && !write && !is_there && access(SYSTEMS, F_OK) == 0)
        path = PT_STR(SYSTEMS);
    if (!path.n) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "no folder for the advisory index is known");
        pt_err_at(e, "neither XDG_DATA_HOME nor HOME holds an absolute path");
        pt_err_remedy(e, "set HOME, or name a file: --db FILE");
        return code;
    }
    *ret = path;
    return PT_OK;
}

int64_t pt_db_date_age_s(pt_time_ns date) {
    int64_t s = (pt_now() - date) / PT_SECOND_NS;
    return s < -PT_DB_AHEAD_S ? -1 : s < 0 ? 0 : s;
}

int64_t pt_db_age_s(const pt_index *x) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_time_ns made = 0;
    PT_IGNORE(pt_time_parse(pt_text(pt_getz(pt_index_about(x, &a), "made")), &made)); // else 1970
    return pt_db_date_age_s(made);
}

pt_code pt_db_open_if(const pt_args *args, pt_arena *a, bool asked, pt_index **ret, pt_err *e) {
    pt_str path = PT_STR("");
    pt_code code = pt_db_path(args, a, false, &path, e);
    if (!asked && (code || access(path.p, F_OK) != 0))
        return PT_OK;
    if (!code)
        code = pt_db_open(args, a, ret, e);
    if (code == PT_E_ABSENT)
        pt_err_remedy(e, "paratia db update makes one; --db FILE names it");
    return code;
}

// False: --max-age is no time.
static bool max_age(const pt_args *args, int64_t *ret_s) {
    const char *given = pt_args_get(args, "max-age");
    *ret_s = MAX_AGE_S;
    return !given || pt_duration_parse(pt_str_of(given), ret_s);
}

int64_t pt_db_outdated_days(const pt_args *args, const pt_index *x) {
    int64_t max_s;
    int64_t age_s = pt_db_age_s(x);
    return max_age(args, &max_s) && age_s > max_s ? age_s / DAY_S : -1;
}

pt_code pt_db_open(const pt_args *args, pt_arena *a, pt_index **ret, pt_err *e) {
    int64_t max_s;
    pt_str path = {0};
    if (!max_age(args, &max_s)) {
        pt_code code =
            pt_err_set(e, PT_E_USAGE, "--max-age %s is no time", pt_args_get(args, "max-age"));
        pt_err_remedy(e, "a number and a unit: 36h, 7d");
        return code;
    }
    pt_code code = pt_db_path(args, a, false, &path, e);
    const char *key = pt_args_get(args, "db-key");
    if (!code)
        code = pt_index_open(path.p, ret, e);
    if (!code && key)
        code = pt_db_check_signature(*ret, path, key, e);
    if (!code && key) { // what is signed is a header, which says of the rest what it is
        code = pt_index_verify(*ret, e);
        if (code)
            pt_err_at(e, "%s", path.p);
    }
    if (code)
        return code;
    int64_t age_s = pt_db_age_s(*ret);
    if (age_s < 0)
        fprintf(stderr,
                "warning: the advisory index says that it was made in the future: nobody knows how "
                "old it is\n  at: %s\n  try: paratia db update, if this machine's clock is right\n",
                path.p);
    if (age_s > max_s)
        fprintf(stderr,
                "warning: the advisory index is %lld days old: what is newer is not in it\n"
                "  at: %s\n  try: paratia db update\n",
                (long long)(age_s / DAY_S), path.p);
    return PT_OK;
}
