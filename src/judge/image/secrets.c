// "secrets" of a scan: a check for each rule that found one.
#include "judge/image/judges.h"
#include "judge/image/made.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static const pt_check *check_of(pt_arena *a, const pt_check *all, pt_value secret, pt_err *e) {
    pt_check *c = PT_NEW(a, pt_check, 1);
    pt_str rule = text_of(secret, "rule");
    pt_str title = text_of(secret, "title");
    if (!c) {
        PT_IGNORE(pt_err_set(e, PT_E_NOMEM, "too many findings for the memory allowed"));
        return NULL;
    }
    *c = *all;
    c->id = pt_made_text(a, "%s/%.*s", all->id, PT_PRI(rule));
    c->title = title.n ? pt_made_text(a, "%.*s", PT_PRI(title)) : all->title;
    c->severity = pt_made_severity(text_of(secret, "severity"));
    c->conceals = true;
    return c;
}

// "APP_KEY=****, 40 bytes, layer 2, deleted in layer 4"
static pt_str evidence_of(pt_arena *a, pt_value secret) {
    static const struct {
        const char *key, *before, *after;
    } numbers[] = {
        {"bytes", "", " bytes"}, {"layer", "layer ", ""}, {"deleted_in", "deleted in layer ", ""}};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_put(&b, text_of(secret, "match"));
    for (size_t i = 0; i < PT_COUNT(numbers); i++) {
        int64_t n = 0;
        if (pt_to_int(pt_getz(secret, numbers[i].key), &n))
            pt_buf_printf(&b, "%s%s%lld%s", b.n ? ", " : "", numbers[i].before, (long long)n,
                          numbers[i].after);
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_code add(const pt_image_facts *f, pt_arena *a, pt_value secret, pt_findings *ret,
                   pt_err *e) {
    const pt_check *check = check_of(a, pt_image_check("PT-IMG-SECRETS"), secret, e);
    if (!check)
        return PT_E_NOMEM;
    pt_finding x = pt_image_finding(f, check, PT_FAIL);
    pt_str config = text_of(secret, "config");
    int64_t line = 0;
    x.place.file = text_of(secret, "file");
    if (!config.n && pt_to_int(pt_getz(secret, "line"), &line) && line > 0 && line <= UINT32_MAX)
        x.place = (pt_place){.file = x.place.file, .line = (uint32_t)line, .column = 1};
    x.path = config;
    x.identity = config.n ? pt_arena_printf(a, "config %.*s", PT_PRI(config)) : x.place.file;
    x.evidence = evidence_of(a, secret);
    x.about = secret;
    return pt_image_add(a, ret, &x, e);
}

pt_code pt_judge_secrets(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_value secrets = pt_getz(f->doc, "secrets");
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(secrets) && !code; i++)
        code = add(f, a, pt_at(secrets, i), ret, e);
    if (code || !pt_defined(secrets) || pt_len(secrets))
        return code;
    pt_finding x = pt_image_finding(f, pt_image_check("PT-IMG-SECRETS"), PT_PASS);
    return pt_image_add(a, ret, &x, e);
}
