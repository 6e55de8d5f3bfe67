#include <string.h>

#include "judge/vuln/vuln_impl.h"

size_t pt_vtext_run(pt_str s, size_t i, pt_vtext_kind *kind) {
    size_t n = 0;
    while (i + n < s.n && kind(s.p[i + n]))
        n++;
    return n;
}

pt_str pt_vtext_take(pt_str *s, size_t n) {
    pt_str taken = pt_str_sub(*s, 0, n);
    *s = pt_str_sub(*s, n, s->n);
    return taken;
}

pt_str pt_vtext_take_digits(pt_str *s) {
    return pt_vtext_take(s, pt_vtext_run(*s, 0, pt_vtext_digit));
}

pt_str pt_vtext_take_letters(pt_str *s) {
    return pt_vtext_take(s, pt_vtext_run(*s, 0, pt_vtext_letter));
}

bool pt_vtext_take_prefix(pt_str *s, pt_str prefix, bool fold) {
    pt_str head = pt_str_sub(*s, 0, prefix.n);
    if (fold ? !pt_str_eq_nocase(head, prefix) : !pt_str_eq(head, prefix))
        return false;
    *s = pt_str_sub(*s, prefix.n, s->n);
    return true;
}

bool pt_vtext_is_number(pt_str s) {
    return s.n && pt_vtext_run(s, 0, pt_vtext_digit) == s.n;
}

static bool is_nought(char c) {
    return c == '0';
}

bool pt_vtext_is_zero(pt_str s) {
    return pt_vtext_run(s, 0, is_nought) == s.n;
}

int pt_vtext_cmp_number(pt_str a, pt_str b) {
    a = pt_str_sub(a, pt_vtext_run(a, 0, is_nought), a.n);
    b = pt_str_sub(b, pt_vtext_run(b, 0, is_nought), b.n);
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return pt_str_cmp(a, b);
}

int pt_vtext_cmp_fold(pt_str a, pt_str b) {
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        unsigned char x = (unsigned char)pt_vtext_lower(a.p[i]);
        unsigned char y = (unsigned char)pt_vtext_lower(b.p[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.n > b.n) - (a.n < b.n);
}
