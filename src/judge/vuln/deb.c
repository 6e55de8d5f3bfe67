// dpkg: deb-version(7). The order is base/debversion's, which collectors need too.
#include "base/debversion.h"
#include "judge/vuln/vuln_impl.h"

static bool of_upstream(char c) {
    return pt_vtext_alnum(c) || c == '.' || c == '+' || c == '-' || c == '~' || c == ':';
}

static bool of_revision(char c) {
    return pt_vtext_alnum(c) || c == '.' || c == '+' || c == '~';
}

// As dpkg's parseversion: that an upstream version begins with a digit is only a warning there.
bool pt_deb_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    size_t colon = pt_str_find(v, ':');
    if (colon < v.n) {
        if (!pt_vtext_is_number(pt_str_sub(v, 0, colon)))
            return false;
        v = pt_str_sub(v, colon + 1, v.n);
    }
    size_t hyphen = pt_str_rfind(v, '-');
    pt_str revision = pt_str_sub(v, hyphen + 1, v.n);
    if (hyphen < v.n && !revision.n)
        return false;
    return hyphen > 0 && pt_vtext_run(v, 0, of_upstream) == v.n &&
           pt_vtext_run(revision, 0, of_revision) == revision.n;
}

int pt_deb_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    return pt_debversion_cmp(a, b);
}
