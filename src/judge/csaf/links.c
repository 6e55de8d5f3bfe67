// URLs that can resolve nowhere: their host's name is reserved for that (RFC 6761).
#include "judge/csaf/impl.h"

static bool dead(pt_str url) {
    static const char *const tops[] = {"invalid", "test", "localhost", "example"};
    size_t scheme = pt_str_find_str(url, PT_STR("://"));
    if (!pt_str_starts(url, PT_STR("http")) || scheme == url.n)
        return false;
    pt_str host = pt_str_sub(url, scheme + 3, url.n);
    for (const char *c = "/?#"; *c; c++)
        host = pt_str_sub(host, 0, pt_str_find(host, *c));
    size_t at = pt_str_rfind(host, '@');
    host = at < host.n ? pt_str_sub(host, at + 1, host.n) : host;
    host = pt_str_sub(host, 0, pt_str_find(host, ':'));
    size_t dot = pt_str_rfind(host, '.');
    pt_str top = dot < host.n ? pt_str_sub(host, dot + 1, host.n) : host;
    for (size_t i = 0; i < PT_COUNT(tops); i++)
        if (pt_str_eq_nocase(top, pt_str_of(tops[i])))
            return true;
    return false;
}

// Every value of the document, without recursion; `self`: only references to itself, else all else.
static void dead_urls(pt_csaf *c, bool self) {
    PT_VEC(pt_value) work = {0};
    pt_value *root = PT_PUSH(c->a, &work);
    if (root)
        *root = c->doc;
    c->full = c->full || !root;
    while (work.n && !c->full) {
        pt_value v = work.v[--work.n];
        bool reference = pt_str_eqz(pt_csaf_text(v, "category"), "self") &&
                         pt_tag_of(pt_getz(v, "url")) == PT_STRING;
        if (reference && self && dead(pt_csaf_text(v, "url")))
            pt_csaf_found(c, "it can resolve nowhere", pt_csaf_text(v, "url"));
        if (pt_tag_of(v) == PT_STRING && !self && dead(pt_text(v)))
            pt_csaf_found(c, "it can resolve nowhere", pt_text(v));
        for (size_t i = reference ? pt_len(v) : 0; i < pt_len(v); i++) {
            pt_value *slot = PT_PUSH(c->a, &work);
            c->full = c->full || !slot;
            if (slot)
                *slot = pt_tag_of(v) == PT_OBJECT ? pt_val_at(v, i) : pt_at(v, i);
        }
    }
}

void pt_csaf_dead_url(pt_csaf *c) {
    dead_urls(c, false);
}

void pt_csaf_dead_self(pt_csaf *c) {
    dead_urls(c, true);
}
