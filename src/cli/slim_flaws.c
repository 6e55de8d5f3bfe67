// How many of the vulnerabilities that an index knows go with what is left out.
#include "base/map.h"
#include "cli/db.h"
#include "cli/slim.h"
#include "judge/vuln/match/match.h"

static uint64_t key_of(pt_slim *s, pt_value package) {
    const pt_value key[] = {pt_getz(package, "type"), pt_getz(package, "name")};
    return pt_hash(pt_array_of(&s->a, key, 2), 1) | 2;
}

static void count(pt_slim *s, pt_value flaws) {
    s->flaws = pt_len(flaws);
    for (size_t i = 0; i < pt_len(flaws); i++) {
        pt_value package = pt_getz(pt_at(flaws, i), "package");
        uint64_t key = key_of(s, package);
        uint64_t *n = pt_map_get(&s->flaws_of, key);
        if (pt_slim_stays(s, package))
            continue;
        s->flaws_gone++;
        if (!n) {
            n = PT_NEW(&s->a, uint64_t, 1);
            s->a.full |= !n || !pt_map_put(&s->flaws_of, key, n);
        }
        if (n)
            ++*n;
    }
}

uint64_t pt_slim_flaws_of(pt_slim *s, pt_value package) {
    const uint64_t *n = pt_map_get(&s->flaws_of, key_of(s, package));
    return n ? *n : 0;
}

pt_code pt_slim_judge(pt_slim *s, pt_err *e) {
    bool asked = pt_args_get(s->args, "db") || pt_args_get(s->args, "db-key");
    pt_index *index = NULL;
    pt_value judged = pt_undefined();
    s->flaws_of = (pt_map){.a = &s->a};
    pt_code code = pt_db_open_if(s->args, &s->a, asked, &index, e);
    const pt_match_ask ask = {.index = index, .scan = s->open->doc};
    if (!code && index)
        code = pt_match(&ask, &s->a, &judged, e);
    s->judged = !code && index;
    if (s->judged)
        count(s, pt_getz(judged, "vulnerabilities"));
    pt_index_close(index);
    return code;
}
