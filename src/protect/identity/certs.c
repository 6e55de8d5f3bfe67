#include "protect/identity/certs.h"

#include "base/instant.h"
#include "crypto/x509.h"

const char *const pt_cert_names[PT_CERT_FILES] = {
    [PT_CERT_AUTHORITY] = "ca.crt",   [PT_CERT_AUTHORITY_KEY] = "ca.key",
    [PT_CERT_NEXT] = "next.crt",      [PT_CERT_NEXT_KEY] = "next.key",
    [PT_CERT_PREVIOUS] = "old.crt",   [PT_CERT_SERVER] = "tls.crt",
    [PT_CERT_SERVER_KEY] = "tls.key",
};

enum {
    SKEW_S = 300, // of others' clocks; less where lives are short
};

typedef struct step {
    pt_arena *a;
    const pt_certs_opts *o;
    int64_t now_ns;
    pt_certs *of;
    bool changed;
    int64_t next_ns;
    pt_err *e;
} step;

static void tell(const step *s, const char *text) {
    if (s->o->note)
        s->o->note(text);
}

static int64_t begin_ns(const step *s, int64_t life_s) {
    int64_t skew_s = life_s / 20 < SKEW_S ? life_s / 20 : SKEW_S;
    return s->now_ns - skew_s * PT_SECOND_NS;
}

// When two thirds of a certificate's life are over.
static int64_t renewal_ns(const pt_x509_facts *f) {
    return f->not_before_ns + (f->not_after_ns - f->not_before_ns) / 3 * 2;
}

static void ask_again(step *s, int64_t at_ns) {
    if (at_ns < s->next_ns)
        s->next_ns = at_ns;
}

// Is there such a certificate that can be used, with its key?
static bool usable(const step *s, pt_cert_file cert, pt_x509_facts *ret) {
    pt_err ignored = {0};
    if (!s->of->files[cert].n)
        return false;
    if (pt_x509_read(s->a, s->of->files[cert], ret, &ignored))
        return false;
    pt_x509_pair pair = {s->of->files[cert], s->of->files[cert + 1]};
    return s->now_ns < ret->not_after_ns && pt_x509_fits(&pair);
}

static void drop(step *s, pt_cert_file file) {
    if (!s->of->files[file].n)
        return;
    s->of->files[file] = (pt_str){0};
    s->changed = true;
}

// -- authorities ----------------------------------------------------------------------------------

static pt_code make_authority(step *s, pt_cert_file cert) {
    pt_x509_pair made;
    int64_t life_s = s->o->authority_s;
    pt_code code = pt_x509_authority(s->a, s->o->common_name, begin_ns(s, life_s),
                                     s->now_ns + life_s * PT_SECOND_NS, &made, s->e);
    if (code)
        return code;
    s->of->files[cert] = made.cert;
    s->of->files[cert + 1] = made.key;
    s->changed = true;
    return PT_OK;
}

// The next authority takes over; what the one before it signed stays trusted.
static void promote(step *s) {
    s->of->files[PT_CERT_PREVIOUS] = s->of->files[PT_CERT_AUTHORITY];
    s->of->files[PT_CERT_AUTHORITY] = s->of->files[PT_CERT_NEXT];
    s->of->files[PT_CERT_AUTHORITY_KEY] = s->of->files[PT_CERT_NEXT_KEY];
    drop(s, PT_CERT_NEXT);
    drop(s, PT_CERT_NEXT_KEY);
    tell(s, "the next authority signs from now on");
}

static pt_code see_next(step *s, const pt_x509_facts *authority) {
    pt_x509_facts next = {0};
    pt_code code = PT_OK;
    if (s->now_ns < renewal_ns(authority)) {
        ask_again(s, renewal_ns(authority));
        return PT_OK;
    }
    if (!usable(s, PT_CERT_NEXT, &next)) {
        tell(s, "a new authority is made, and signs when the bundle had time to get around");
        code = make_authority(s, PT_CERT_NEXT);
        if (!code && !usable(s, PT_CERT_NEXT, &next))
            code = pt_err_set(s->e, PT_E_IO, "the new authority cannot be read");
    }
    if (code)
        return code;
    int64_t takes_over_ns = next.not_before_ns + s->o->grace_s * PT_SECOND_NS;
    if (s->now_ns >= takes_over_ns || s->now_ns >= authority->not_after_ns)
        promote(s);
    else
        ask_again(s, takes_over_ns);
    return PT_OK;
}

static void see_previous(step *s) {
    pt_x509_facts f = {0};
    pt_err ignored = {0};
    if (!s->of->files[PT_CERT_PREVIOUS].n)
        return;
    if (pt_x509_read(s->a, s->of->files[PT_CERT_PREVIOUS], &f, &ignored) ||
        s->now_ns >= f.not_after_ns)
        drop(s, PT_CERT_PREVIOUS);
    else
        ask_again(s, f.not_after_ns);
}

static pt_code see_authority(step *s) {
    pt_x509_facts f = {0};
    if (!usable(s, PT_CERT_AUTHORITY, &f) && usable(s, PT_CERT_NEXT, &f))
        promote(s);
    if (usable(s, PT_CERT_AUTHORITY, &f))
        return see_next(s, &f);
    tell(s, s->of->files[PT_CERT_AUTHORITY].n ? "the authority cannot be used: a new one is made"
                                              : "an authority is made");
    drop(s, PT_CERT_NEXT);
    drop(s, PT_CERT_NEXT_KEY);
    pt_code code = make_authority(s, PT_CERT_AUTHORITY);
    if (!code && usable(s, PT_CERT_AUTHORITY, &f))
        ask_again(s, renewal_ns(&f));
    return code;
}

// -- the server -----------------------------------------------------------------------------------

static pt_code issue(step *s, const pt_x509_facts *authority) {
    pt_x509_pair made;
    int64_t end_ns = s->now_ns + s->o->server_s * PT_SECOND_NS;
    pt_x509_wish wish = {
        .common_name = s->o->n_names ? s->o->names[0] : s->o->common_name,
        .names = s->o->names,
        .n_names = s->o->n_names,
        .not_before_ns = begin_ns(s, s->o->server_s),
        .not_after_ns = end_ns < authority->not_after_ns ? end_ns : authority->not_after_ns,
    };
    pt_x509_pair by = {s->of->files[PT_CERT_AUTHORITY], s->of->files[PT_CERT_AUTHORITY_KEY]};
    pt_code code = pt_x509_issue(s->a, &by, &wish, &made, s->e);
    if (code)
        return code;
    s->of->files[PT_CERT_SERVER] = made.cert;
    s->of->files[PT_CERT_SERVER_KEY] = made.key;
    s->changed = true;
    tell(s, "a server certificate is issued");
    return PT_OK;
}

static pt_code see_server(step *s) {
    pt_x509_facts f = {0};
    pt_x509_facts authority = {0};
    pt_code code = PT_OK;
    if (!usable(s, PT_CERT_AUTHORITY, &authority))
        return pt_err_set(s->e, PT_E_IO, "the authority cannot be read");
    bool good = usable(s, PT_CERT_SERVER, &f) && s->now_ns < renewal_ns(&f) &&
                pt_x509_names_are(&f, s->o->names, s->o->n_names) &&
                pt_x509_signed_by(s->of->files[PT_CERT_SERVER], s->of->files[PT_CERT_AUTHORITY]);
    if (!good)
        code = issue(s, &authority);
    if (!code && !usable(s, PT_CERT_SERVER, &f))
        code = pt_err_set(s->e, PT_E_IO, "the server's certificate cannot be read");
    if (!code)
        ask_again(s, renewal_ns(&f));
    return code;
}

// -------------------------------------------------------------------------------------------------

pt_code pt_certs_step(pt_arena *a, const pt_certs_opts *o, int64_t now_ns, pt_certs *of,
                      pt_certs_done *ret, pt_err *e) {
    step s = {.a = a, .o = o, .now_ns = now_ns, .of = of, .next_ns = INT64_MAX, .e = e};
    pt_code code = see_authority(&s);
    if (!code)
        see_previous(&s);
    if (!code)
        code = see_server(&s);
    *ret = (pt_certs_done){.changed = s.changed, .next_ns = s.next_ns};
    return code;
}

pt_str pt_certs_bundle(pt_arena *a, const pt_certs *of) {
    return pt_arena_printf(a, "%.*s%.*s%.*s", PT_PRI(of->files[PT_CERT_AUTHORITY]),
                           PT_PRI(of->files[PT_CERT_NEXT]), PT_PRI(of->files[PT_CERT_PREVIOUS]));
}
