// etc/apk/repositories (apk-repositories(5)): "https://HOST/alpine/v3.18/main" and the like, "@TAG
// " before some. Which branches of the distribution packages come from: whoever mixes them has
// others than those of his system.
#include <stdlib.h>

#include "collect/packages/os/os.h"

enum {
    BRANCHES_MAX = 64,
};

// "v3.18" and "3.18" are the same branch.
static pt_str plain(pt_str part) {
    bool v = part.n > 1 && part.p[0] == 'v' && part.p[1] >= '0' && part.p[1] <= '9';
    return pt_str_sub(part, v, part.n);
}

// The part before the last one, which is the repository ("main"); empty: a folder, another scheme.
static pt_str branch_of(pt_str line) {
    pt_str word = {0};
    pt_str part = {0};
    pt_str before = {0};
    pt_str branch = {0};
    if (!pt_str_word(&line, &word) || (word.p[0] == '@' && !pt_str_word(&line, &word)))
        return (pt_str){0};
    size_t scheme = pt_str_find_str(word, PT_STR("://"));
    pt_str rest = pt_str_sub(word, scheme + 3, word.n);
    for (size_t n = 0; pt_str_split(&rest, '/', &part); n++) {
        if (!part.n)
            continue;
        branch = n > 2 ? before : (pt_str){0}; // behind the host and the distribution's name
        before = part;
    }
    return plain(branch);
}

// By the numbers in them, names behind them: "3.9", "3.10", "edge".
static int by_age(const void *a, const void *b) {
    pt_str x = pt_text(*(const pt_value *)a);
    pt_str y = pt_text(*(const pt_value *)b);
    for (pt_str i = x, k = y; i.n && k.n;) {
        int64_t m = 0;
        int64_t n = 0;
        pt_str one = {0};
        pt_str other = {0};
        if (!pt_str_split(&i, '.', &one) || !pt_str_split(&k, '.', &other) ||
            !pt_str_int(one, 10, &m) || !pt_str_int(other, 10, &n))
            break;
        if (m != n)
            return (m > n) - (m < n);
    }
    return pt_str_cmp(x, y);
}

pt_code pt_read_apk_repositories(pt_read *r, pt_str text, pt_err *e) {
    pt_value all[BRANCHES_MAX];
    size_t n = 0;
    pt_obj o = {.a = r->a};
    pt_str line;
    while (pt_line_next(&text, &line)) {
        line = pt_str_trim(line);
        pt_str branch = line.n && line.p[0] != '#' ? branch_of(line) : (pt_str){0};
        bool known = !branch.n;
        for (size_t i = 0; !known && i < n; i++)
            known = pt_str_eq(pt_text(all[i]), branch);
        if (!known && n == BRANCHES_MAX)
            pt_fault_add(r, 1, "more branches than are told");
        if (!known && n < BRANCHES_MAX)
            all[n++] = pt_string(branch);
    }
    if (n)
        qsort(all, n, sizeof *all, by_age);
    pt_obj_maybe(&o, "repositories", n ? pt_array_of(r->a, all, n) : pt_undefined());
    r->os = pt_obj_end(&o);
    return pt_defined(r->os) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
