#include "record/report/page.h"

void pt_page_end(pt_page *p) {
    // Padding at a line's end is of no use to anyone.
    while (p->b->n && p->b->p[p->b->n - 1] == ' ')
        p->b->n--;
    pt_buf_putc(p->b, '\n');
}

void pt_page_block(pt_page *p) {
    if (p->any)
        pt_buf_putc(p->b, '\n');
    p->any = true;
}

void pt_page_line(pt_page *p, pt_role role, pt_str s) {
    pt_paint(p->b, p->t, role, s);
    pt_page_end(p);
}

void pt_page_prose(pt_page *p, pt_str s, size_t indent, size_t cells) {
    while (s.n) {
        pt_buf_fill(p->b, ' ', indent);
        pt_page_line(p, PT_ROLE_PLAIN, pt_take_line(&s, cells));
        s = pt_str_trim(s);
    }
}

const pt_role pt_severity_roles[PT_SEVERITY_COUNT] = {
    [PT_CRITICAL] = PT_ROLE_CRITICAL, [PT_HIGH] = PT_ROLE_HIGH,  [PT_MEDIUM] = PT_ROLE_MEDIUM,
    [PT_LOW] = PT_ROLE_PLAIN,         [PT_INFO] = PT_ROLE_PLAIN,
};
