// CPE 2.3 formatted strings (NISTIR 7695, 6.2), guessed: no dictionary says which vendor a package
// is listed under.
#include "record/sbom/impl.h"

static void put_part(pt_buf *b, pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool upper = c >= 'A' && c <= 'Z';
        bool plain = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
                     c == '_' || c == '-';
        if (!plain)
            pt_buf_putc(b, '\\');
        pt_buf_putc(b, (char)((unsigned char)c | (upper ? 0x20u : 0u)));
    }
}

static bool printable(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    return s.n > 0;
}

// What stands before the last of `separators`: its last word is who makes it.
static pt_str maker_of(pt_str space) {
    size_t at = pt_str_rfind(space, '/');
    pt_str last = at < space.n ? pt_str_sub(space, at + 1, space.n) : space;
    at = pt_str_rfind(last, '.');
    last = at < last.n ? pt_str_sub(last, at + 1, last.n) : last;
    return last.n && last.p[0] == '@' ? pt_str_sub(last, 1, last.n) : last;
}

pt_str pt_sbom_cpe(pt_arena *a, pt_value package) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_str name = pt_sbom_text(package, "name");
    pt_str version = pt_sbom_text(package, "version");
    size_t at = pt_str_rfind(name, ':');
    at = at < name.n ? at : pt_str_rfind(name, '/');
    pt_str product = at < name.n ? pt_str_sub(name, at + 1, name.n) : name;
    pt_str vendor = at < name.n ? maker_of(pt_str_sub(name, 0, at)) : name;
    if (!printable(product) || !printable(vendor) || !printable(version))
        return (pt_str){0};
    pt_buf_putz(&b, "cpe:2.3:a:");
    put_part(&b, vendor);
    pt_buf_putc(&b, ':');
    put_part(&b, product);
    pt_buf_putc(&b, ':');
    put_part(&b, version);
    pt_buf_putz(&b, ":*:*:*:*:*:*:*");
    return !b.full ? pt_arena_str(a, pt_buf_str(&b)) : (pt_str){0};
}
