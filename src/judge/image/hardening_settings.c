// What files of settings say (collect/image/look_settings.c): users, logins, sources of packages,
// credentials; and credentials that their names tell.
#include "judge/image/hardening_impl.h"

typedef struct row {
    const char *id;
    const char *what;  // the worker's words, "|" between them
    const char *kinds; // of files that would say it (fact/settings.h), "|" between them
} row;

static const row rows[] = {
    {"PT-IMG-EMPTY-PASS", "empty password", "passwd|shadow"},
    {"PT-IMG-UID0", "second root", "passwd"},
    {"PT-IMG-ID-TWICE", "id twice", "passwd|group"},
    {"PT-IMG-PASSWORD", "password", "shadow"},
    {"PT-IMG-NOPASSWD", "no password asked", "sudoers|doas"},
    {"PT-IMG-SSHD-ROOT", "root may log in|empty passwords log in", "sshd"},
    {"PT-IMG-REPO-TRUST", "packages are not verified|servers are not verified",
     "apt sources|apt|yum|pip|npm"},
    {"PT-IMG-TLS-WEAK", "weak keys are taken|old TLS is taken", "openssl"},
    {"PT-IMG-PRELOAD", "preload", "preload"},
    {"PT-IMG-CRED-FILE", "credential", "pip|npm|netrc|pypirc|passwords|docker"},
};

static const char gone_credential[] = "PT-IMG-GONE-CRED";

static pt_value settings_of(const pt_file *f) {
    return pt_getz(f->seen, "settings");
}

pt_str pt_hardening_read_as(const pt_file *f) {
    return pt_text(pt_getz(settings_of(f), "as"));
}

// "/etc/passwd:3 (app)"
static pt_str shown(const pt_hardening *x, const pt_file *f, pt_value told) {
    int64_t line = 0;
    pt_str name = pt_text(pt_getz(told, "name"));
    PT_IGNORE(pt_to_int(pt_getz(told, "line"), &line)); // 0: it is not said
    return pt_arena_printf(x->a, "/%.*s:%lld%s%.*s%s", PT_PRI(f->path), (long long)line,
                           name.n ? " (" : "", PT_PRI(name), name.n ? ")" : "");
}

static void judge_file(pt_hardening *x, const row *r, pt_group *g, const pt_file *f) {
    pt_value told = pt_getz(settings_of(f), "told");
    bool of = pt_str_in_list(pt_hardening_read_as(f), pt_str_of(r->kinds), '|');
    bool whole =
        !pt_true(pt_getz(settings_of(f), "unread")) && !pt_true(pt_getz(settings_of(f), "more"));
    for (size_t i = 0; i < pt_len(told); i++)
        if (pt_str_in_list(pt_text(pt_getz(pt_at(told, i), "what")), pt_str_of(r->what), '|'))
            pt_group_fail(g, shown(x, f, pt_at(told, i)), pt_hardening_layer(x, f->layer));
    if (of && !whole)
        pt_group_file(x, g, f, PT_NOT_EVALUATED);
}

// Private keys that a person's tools or a server made.
static bool is_key(const pt_file *f) {
    static const pt_str names = PT_STR("id_rsa|id_dsa|id_ecdsa|id_ed25519");
    size_t cut = pt_str_rfind(f->path, '/');
    pt_str name = cut < f->path.n ? pt_str_sub(f->path, cut + 1, f->path.n) : f->path;
    bool server =
        pt_str_starts(f->path, PT_STR("etc/ssh/ssh_host_")) && pt_str_ends(f->path, PT_STR("_key"));
    return S_ISREG(f->mode) && f->size && !f->owner.n &&
           (server || pt_str_in_list(name, names, '|'));
}

static bool holds_credential(const pt_file *f) {
    pt_value told = pt_getz(settings_of(f), "told");
    for (size_t i = 0; i < pt_len(told); i++)
        if (pt_str_eqz(pt_text(pt_getz(pt_at(told, i), "what")), "credential"))
            return true;
    return is_key(f);
}

static void judge_gone(pt_hardening *x) {
    const pt_files *files = x->f->files;
    pt_group g;
    pt_group_init(&g, gone_credential);
    g.good = 1;
    for (size_t i = 0; i < files->gone.n; i++)
        pt_group_file(x, &g, &files->gone.v[i],
                      holds_credential(&files->gone.v[i]) ? PT_FAIL : PT_PASS);
    pt_group_tell(x, &g);
}

void pt_hardening_settings(pt_hardening *x) {
    const pt_files *files = x->f->files;
    pt_hardening_find_unread(x);
    for (size_t k = 0; k < PT_COUNT(rows); k++) {
        bool credentials = pt_str_eqz(pt_str_of(rows[k].what), "credential");
        pt_group g;
        pt_group_init(&g, rows[k].id);
        g.good = 1;
        for (size_t i = 0; i < files->all.n; i++) {
            const pt_file *f = &files->all.v[i];
            if (pt_defined(f->seen))
                judge_file(x, &rows[k], &g, f);
            if (credentials && is_key(f))
                pt_group_file(x, &g, f, PT_FAIL);
        }
        for (size_t i = 0; i < x->unread.n; i++)
            if (pt_str_in_list(x->unread.v[i]->kind, pt_str_of(rows[k].kinds), '|'))
                pt_group_file(x, &g, x->unread.v[i]->f, PT_NOT_EVALUATED);
        pt_group_tell(x, &g);
    }
    judge_gone(x);
}
