#include "record/report/flaws_impl.h"

pt_str pt_part_text(pt_value part, const char *key) {
    return pt_text(pt_getz(part, key));
}

int64_t pt_part_number(pt_value part, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(part, key), &n)); // 0: it is not there
    return n;
}

bool pt_part_is_flaw(const pt_finding *f) {
    return pt_defined(pt_getz(f->about, "matched"));
}

bool pt_part_is_secret(const pt_finding *f) {
    return pt_defined(pt_getz(f->about, "rule"));
}

pt_str pt_flaw_fix(pt_value flaw) {
    pt_value fixed = pt_getz(flaw, "fixed");
    return pt_text(pt_at(fixed, pt_len(fixed) - 1));
}

// Letters, digits, '-', '.' and ':' alone go into an address as they are; others are in no id.
static bool is_plain(pt_str id) {
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == ':';
        if (!ok)
            return false;
    }
    return id.n > 0;
}

pt_str pt_id_address(pt_arena *a, pt_str id) {
    static const struct {
        const char *start, *before, *after;
        size_t skip; // bytes of the id that the address does not have
    } keepers[] = {
        {"CVE-", "https://nvd.nist.gov/vuln/detail/", "", 0},
        {"GHSA-", "https://github.com/advisories/", "", 0},
        {"CWE-", "https://cwe.mitre.org/data/definitions/", ".html", 4},
        {"DSA-", "https://security-tracker.debian.org/tracker/", "", 0},
        {"DLA-", "https://security-tracker.debian.org/tracker/", "", 0},
        {"DEBIAN-CVE-", "https://security-tracker.debian.org/tracker/", "", 7},
        {"USN-", "https://ubuntu.com/security/notices/", "", 0},
        {"RHSA-", "https://access.redhat.com/errata/", "", 0},
        {"ALAS", "https://osv.dev/vulnerability/", "", 0},
        {"GO-", "https://pkg.go.dev/vuln/", "", 0},
        {"PYSEC-", "https://osv.dev/vulnerability/", "", 0},
        {"RUSTSEC-", "https://rustsec.org/advisories/", ".html", 0},
        {"OSV-", "https://osv.dev/vulnerability/", "", 0},
    };
    for (size_t i = 0; i < PT_COUNT(keepers) && is_plain(id); i++)
        if (pt_str_starts(id, pt_str_of(keepers[i].start)))
            return pt_arena_printf(a, "%s%.*s%s", keepers[i].before,
                                   PT_PRI(pt_str_sub(id, keepers[i].skip, id.n)), keepers[i].after);
    return (pt_str){0};
}

pt_str pt_web_address(pt_value reference) {
    pt_str url = pt_part_text(reference, "url");
    bool web = pt_str_starts(url, PT_STR("https://")) || pt_str_starts(url, PT_STR("http://"));
    for (size_t i = 0; web && i < url.n; i++)
        web = url.p[i] > ' ' && url.p[i] != 0x7f; // what is more is encoded in an address
    return web ? url : (pt_str){0};
}

pt_str pt_safe_cut(pt_arena *a, pt_str s, size_t bytes) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8 * s.n + 64);
    pt_buf_put_safe_text(&b, s);
    pt_str safe = pt_buf_str(&b);
    size_t n = safe.n < bytes ? safe.n : bytes;
    while (n > 0 && n < safe.n && ((unsigned char)safe.p[n] & 0xc0) == 0x80)
        n--;
    return pt_arena_str(a, pt_str_sub(safe, 0, n));
}
