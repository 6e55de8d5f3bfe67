// Alpine's secdb and what is made like it (Wolfi, Chainguard): {"distroversion", "reponame",
// "urlprefix", "packages": [{"pkg": {"name", "secfixes": {version: ["CVE-… CVE-…", …]}}}]}. Names
// are those of origins; a flaw that is fixed in "0" never was in it.
#include "collect/advisories/feed_impl.h"

// The release stands in the file; rolling distributions have none, and are told by their address.
static pt_str ecosystem_of(pt_arena *a, pt_value doc) {
    static const struct {
        const char *in, *ecosystem;
    } rolling[] = {
        {"wolfi", "Wolfi"},
        {"cgr.dev", "Chainguard"},
        {"chainguard", "Chainguard"},
        {"minimal.dev", "MinimOS"},
    };
    pt_str version = pt_text(pt_getz(doc, "distroversion"));
    pt_str url = pt_text(pt_getz(doc, "urlprefix"));
    if (version.n)
        return pt_arena_printf(a, "Alpine:%.*s", PT_PRI(version));
    for (size_t i = 0; i < PT_COUNT(rolling); i++)
        if (pt_str_has(url, pt_str_of(rolling[i].in)))
            return pt_str_of(rolling[i].ecosystem);
    return (pt_str){0};
}

// "CVE-2024-1", "GHSA-…", "XSA-400"; beside them stand remarks.
static bool is_id(pt_str word) {
    size_t dash = pt_str_find(word, '-');
    for (size_t i = 0; i < dash; i++)
        if (word.p[i] < 'A' || word.p[i] > 'Z')
            return false;
    return dash && dash + 1 < word.n;
}

typedef struct fix {
    pt_feed *f;
    pt_str ecosystem, name, version;
} fix;

static pt_code give(const fix *x, pt_str id, pt_err *e) {
    pt_arena *a = &x->f->each;
    bool never = pt_str_eqz(x->version, "0");
    pt_value entry = pt_feed_affected(x->f, x->ecosystem, x->name, never ? "not affected" : NULL,
                                      never ? PT_STR("") : x->version);
    const pt_feed_flaw flaw = {.id = id, .affected = pt_array_of(a, &entry, 1)};
    pt_str place = pt_arena_printf(a, "%.*s, %.*s", PT_PRI(x->name), PT_PRI(id));
    return pt_feed_put(x->f, place, pt_feed_flaw_of(x->f, &flaw), e);
}

static pt_code read_fix(const fix *x, pt_value ids, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(ids); i++) {
        pt_str rest = pt_text(pt_at(ids, i));
        pt_str word;
        while (!code && pt_str_word(&rest, &word))
            if (is_id(word))
                code = give(x, word, e);
    }
    return code;
}

pt_code pt_feed_secdb(pt_feed *f, pt_value doc, pt_err *e) {
    pt_value packages = pt_getz(doc, "packages");
    fix x = {.f = f, .ecosystem = ecosystem_of(f->a, doc)};
    pt_code code = PT_OK;
    if (!x.ecosystem.n)
        return pt_err_set(e, PT_E_FORMAT, "whose packages these are is not known: %.*s",
                          PT_PRI(pt_text(pt_getz(doc, "urlprefix"))));
    for (size_t i = 0; !code && i < pt_len(packages); i++) {
        pt_value pkg = pt_getz(pt_at(packages, i), "pkg");
        pt_value fixes = pt_getz(pkg, "secfixes");
        x.name = pt_text(pt_getz(pkg, "name"));
        for (size_t k = 0; !code && pt_tag_of(fixes) == PT_OBJECT && k < pt_len(fixes); k++) {
            x.version = pt_text(pt_key_at(fixes, k));
            code = read_fix(&x, pt_val_at(fixes, k), e);
        }
    }
    return code;
}
