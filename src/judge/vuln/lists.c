// Lists of numbers and nothing else: CRAN (R's package_version: "1.2-3" is 1.2.3) and Hackage (the
// Haskell PVP). A longer list comes after the one that it begins with: 1.0 before 1.0.0.
#include "judge/vuln/vuln_impl.h"

static bool is_between(char c) {
    return c == '.' || c == '-';
}

static bool is_text(char c) {
    return !is_between(c);
}

int pt_lists_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    while (a.n && b.n) {
        pt_str x = pt_vtext_take(&a, pt_vtext_run(a, 0, is_text));
        pt_str y = pt_vtext_take(&b, pt_vtext_run(b, 0, is_text));
        bool x_number = pt_vtext_is_number(x);
        int order = pt_vtext_cmp_bool(x_number, pt_vtext_is_number(y));
        if (!order)
            order = x_number ? pt_vtext_cmp_number(x, y) : pt_str_cmp(x, y);
        if (order)
            return order;
        pt_vtext_take(&a, 1);
        pt_vtext_take(&b, 1);
    }
    return pt_vtext_cmp_bool(a.n, b.n);
}

static bool is_list(pt_str v, pt_vtext_kind *between) {
    bool number = false;
    while (v.n) {
        pt_str digits = pt_vtext_take_digits(&v);
        pt_str mark = pt_vtext_take(&v, 1);
        number = digits.n && (!mark.n || between(mark.p[0]));
        if (!number || (mark.n && !v.n))
            return false;
    }
    return number;
}

static bool is_dot(char c) {
    return c == '.';
}

bool pt_cran_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    return is_list(v, is_between);
}

bool pt_hackage_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    return is_list(v, is_dot);
}
