#include "cli/ruleset.h"

#include <stdio.h>
#include <unistd.h>

#include "base/subprocess.h"

enum {
    RULESET_BYTES_MAX = 64 << 20,
    TIMEOUT_MS = 10000,
};

static void refuse(pt_world *w, pt_str why, const char *remedy) {
    w->ruleset_why = why;
    w->ruleset_remedy = pt_str_of(remedy);
}

void pt_ruleset_take(pt_world *w, pt_arena *a) {
    static const char *const argv[] = {"/usr/sbin/nft", "-j", "list", "ruleset", NULL};
    if (geteuid() != 0) {
        refuse(w, PT_STR("only root may list the packet filter"), "sudo paratia audit");
        return;
    }
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(RULESET_BYTES_MAX);
    pt_subprocess p = {
        .argv = argv, .output_bytes_max = RULESET_BYTES_MAX - 1, .timeout_ms = TIMEOUT_MS};
    pt_subprocess_end end = {0};
    pt_err e = {0};
    pt_code code = pt_subprocess_run(&p, &b, &end, &e);
    if (code)
        refuse(w, pt_arena_str(a, pt_str_of(e.what)),
               code == PT_E_ABSENT ? "apt-get install nftables" : "");
    else if (end.exit != 0)
        refuse(w, pt_arena_printf(a, "nft: %s", end.said),
               "the audit needs CAP_NET_ADMIN to list the packet filter");
    else
        w->ruleset = pt_arena_str(a, pt_buf_str(&b));
}
