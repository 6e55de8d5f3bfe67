// What the image's configuration says: image.settings of the document.
#include "judge/image/hardening_impl.h"
#include "judge/workload/secrets.h"

static const pt_str CONFIG = PT_STR("configuration");

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static void tell_if(pt_hardening *x, const char *id, bool fails, pt_str what) {
    pt_group g;
    pt_group_init(&g, id);
    g.good = 1;
    if (fails)
        pt_group_fail(&g, what, CONFIG);
    pt_group_tell(x, &g);
}

// -- the user -------------------------------------------------------------------------------------

static void judge_user(pt_hardening *x) {
    pt_str user = text_of(x->settings, "user");
    pt_str name = pt_str_sub(user, 0, pt_str_find(user, ':'));
    bool lost = x->uid < 0;
    pt_group root;
    pt_group known;
    pt_group_init(&root, "PT-IMG-ROOT");
    pt_group_init(&known, "PT-IMG-USER-LOST");
    known.unread = lost && x->users_unread;
    known.good = root.good = !lost;
    root.unread = lost;
    if (known.unread || root.unread)
        pt_buf_printf(&known.text, "/etc/passwd could not be read");
    if (root.unread)
        pt_buf_printf(&root.text, "USER names nobody of /etc/passwd");
    if (lost && !x->users_unread)
        pt_group_fail(&known, name, CONFIG);
    if (x->uid == 0)
        pt_group_fail(&root,
                      user.n ? pt_arena_printf(x->a, "User = %.*s (uid 0)", PT_PRI(user))
                             : PT_STR("User is unset (uid 0)"),
                      CONFIG);
    pt_group_tell(x, &root);
    pt_group_tell(x, &known);
}

// -- variables ------------------------------------------------------------------------------------

static pt_value variable(const pt_hardening *x, const char *name) {
    pt_value env = pt_getz(x->settings, "env");
    pt_value found = pt_undefined();
    for (size_t i = 0; i < pt_len(env); i++) // the last one counts
        if (pt_str_eqz(text_of(pt_at(env, i), "name"), name))
            found = pt_at(env, i);
    return found;
}

// By its name, and a value that could be one.
static void judge_secrets(pt_hardening *x) {
    pt_value env = pt_getz(x->settings, "env");
    pt_group g;
    pt_group_init(&g, "PT-IMG-SECRET-ENV");
    g.good = 1;
    for (size_t i = 0; i < pt_len(env); i++) {
        pt_value v = pt_at(env, i);
        pt_str name = text_of(v, "name");
        int64_t bytes = 0;
        bool text =
            pt_str_eqz(text_of(v, "shape"), "text") && pt_to_int(pt_getz(v, "bytes"), &bytes);
        if (text && pt_is_secret(name, PT_STR("some text")))
            pt_group_fail(
                &g,
                pt_arena_printf(x->a, "ENV %.*s, %lld characters", PT_PRI(name), (long long)bytes),
                CONFIG);
    }
    pt_group_tell(x, &g);
}

typedef struct switch_row {
    const char *id, *name;
    const char *values; // these, "|" between them; "*": any
} switch_row;

static const switch_row switches[] = {
    {"PT-IMG-TLS-OFF", "NODE_TLS_REJECT_UNAUTHORIZED", "0"},
    {"PT-IMG-TLS-OFF", "PYTHONHTTPSVERIFY", "0"},
    {"PT-IMG-TLS-OFF", "GIT_SSL_NO_VERIFY", "*"},
    {"PT-IMG-TLS-OFF", "NPM_CONFIG_STRICT_SSL", "false"},
    {"PT-IMG-TLS-OFF", "npm_config_strict_ssl", "false"},
    {"PT-IMG-TLS-OFF", "PERL_LWP_SSL_VERIFY_HOSTNAME", "0"},
    {"PT-IMG-TLS-OFF", "GOINSECURE", "*"},
    {"PT-IMG-DEBUG", "FLASK_DEBUG", "1|true"},
    {"PT-IMG-DEBUG", "FLASK_ENV", "development"},
    {"PT-IMG-DEBUG", "WERKZEUG_DEBUG_PIN", "off"},
    {"PT-IMG-DEBUG", "DJANGO_DEBUG", "1|true"},
    {"PT-IMG-DEBUG", "APP_DEBUG", "1|true"},
    {"PT-IMG-DEBUG", "DEBUG", "1|true"},
    {"PT-IMG-DEBUG", "NODE_ENV", "development"},
    {"PT-IMG-DEBUG", "RAILS_ENV", "development"},
    {"PT-IMG-DEBUG", "ASPNETCORE_ENVIRONMENT", "development"},
};

static void judge_switches(pt_hardening *x, const char *id) {
    pt_group g;
    pt_group_init(&g, id);
    g.good = 1;
    for (size_t i = 0; i < PT_COUNT(switches); i++) {
        const switch_row *r = &switches[i];
        pt_str value = text_of(variable(x, r->name), "value");
        bool any = pt_str_eqz(pt_str_of(r->values), "*");
        bool set = value.n &&
                   (any || pt_str_in_list(pt_arena_lower(x->a, value), pt_str_of(r->values), '|'));
        if (set && pt_str_eqz(pt_str_of(r->id), id))
            pt_group_fail(&g, pt_arena_printf(x->a, "%s=%.*s", r->name, PT_PRI(value)), CONFIG);
    }
    pt_group_tell(x, &g);
}

// -- folders of variables -------------------------------------------------------------------------

// Why a part of a list of paths is open; NULL: it is not.
static const char *open_part(const pt_hardening *x, pt_str part) {
    if (!part.n)
        return "an empty part";
    if (part.p[0] != '/')
        return "relative";
    const pt_file *f = pt_hardening_find(x, part);
    return f && pt_hardening_may_write(x, f) ? "writable" : NULL;
}

static void judge_parts(pt_hardening *x, pt_group *g, const char *name) {
    pt_str rest = text_of(variable(x, name), "value");
    pt_str part;
    while (pt_str_split(&rest, ':', &part)) {
        const char *why = open_part(x, part);
        if (why)
            pt_group_fail(g,
                          pt_arena_printf(x->a, "%s: %.*s%s%s", name, PT_PRI(part),
                                          part.n ? " is " : "", why),
                          CONFIG);
    }
}

// A library without "/" is looked for where root's are.
static void judge_preload(pt_hardening *x, pt_group *g) {
    pt_str rest = text_of(variable(x, "LD_PRELOAD"), "value");
    pt_str word;
    while (pt_str_word(&rest, &word)) {
        const char *why = pt_str_find(word, '/') < word.n ? open_part(x, word) : NULL;
        if (why)
            pt_group_fail(g, pt_arena_printf(x->a, "LD_PRELOAD: %.*s is %s", PT_PRI(word), why),
                          CONFIG);
    }
}

static void judge_paths(pt_hardening *x) {
    pt_group path;
    pt_group libraries;
    pt_group_init(&path, "PT-IMG-PATH");
    pt_group_init(&libraries, "PT-IMG-LD-ENV");
    path.good = libraries.good = 1;
    judge_parts(x, &path, "PATH");
    judge_parts(x, &libraries, "LD_LIBRARY_PATH");
    judge_preload(x, &libraries);
    pt_group_tell(x, &path);
    pt_group_tell(x, &libraries);
}

// -- what is said once ----------------------------------------------------------------------------

static bool is_of_system(pt_str volume) {
    static const pt_str exact = PT_STR("/|/bin|/boot|/etc|/lib|/lib64|/root|/run|/sbin|/usr|/var|"
                                       "/var/run|/var/run/docker.sock|/run/docker.sock");
    static const pt_str below[] = {PT_STR("/proc"),    PT_STR("/sys"),      PT_STR("/dev"),
                                   PT_STR("/usr/bin"), PT_STR("/usr/sbin"), PT_STR("/usr/lib")};
    pt_str v = volume.n > 1 && pt_str_ends(volume, PT_STR("/"))
                   ? pt_str_sub(volume, 0, volume.n - 1)
                   : volume;
    for (size_t i = 0; i < PT_COUNT(below); i++)
        if (pt_str_starts(v, below[i]) && (v.n == below[i].n || v.p[below[i].n] == '/'))
            return true;
    return pt_str_in_list(v, exact, '|');
}

static bool is_of_admin(pt_str port) {
    pt_str number = pt_str_sub(port, 0, pt_str_find(port, '/'));
    return pt_str_in_list(number, PT_STR("22|23|2375"), '|') && !pt_str_ends(port, PT_STR("/udp"));
}

static void judge_list(pt_hardening *x, const char *id, const char *key, bool (*bad)(pt_str)) {
    pt_value list = pt_getz(x->settings, key);
    pt_group g;
    pt_group_init(&g, id);
    g.good = 1;
    for (size_t i = 0; i < pt_len(list); i++)
        if (bad(pt_text(pt_at(list, i))))
            pt_group_fail(&g, pt_text(pt_at(list, i)), CONFIG);
    pt_group_tell(x, &g);
}

static bool has_label(const pt_hardening *x, const char *one, const char *other) {
    pt_value labels = pt_getz(x->settings, "labels");
    for (size_t i = 0; i < pt_len(labels); i++)
        if (pt_str_eqz(pt_text(pt_at(labels, i)), one) ||
            pt_str_eqz(pt_text(pt_at(labels, i)), other))
            return true;
    return false;
}

static void judge_labels(pt_hardening *x) {
    bool source = has_label(x, "org.opencontainers.image.source", "org.label-schema.vcs-url");
    bool revision = has_label(x, "org.opencontainers.image.revision", "org.label-schema.vcs-ref");
    const char *lacks = !source && !revision ? "neither source nor revision"
                        : !source            ? "no source"
                                             : "no revision";
    tell_if(x, "PT-IMG-LABELS", !source || !revision, pt_str_of(lacks));
}

// -- the process ----------------------------------------------------------------------------------

static pt_value command_of(const pt_hardening *x) {
    pt_value entry = pt_getz(x->settings, "entrypoint");
    return pt_defined(entry) ? entry : pt_getz(x->settings, "cmd");
}

static const pt_file *program_of(const pt_hardening *x, pt_str program) {
    pt_str path = text_of(variable(x, "PATH"), "value");
    pt_str part;
    const pt_file *f = NULL;
    if (pt_str_find(program, '/') < program.n) {
        pt_str folder = text_of(x->settings, "workdir");
        return pt_hardening_find(
            x, program.p[0] == '/'
                   ? program
                   : pt_arena_printf(x->a, "%.*s/%.*s", PT_PRI(folder), PT_PRI(program)));
    }
    if (!path.n)
        path = PT_STR("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    while (!f && pt_str_split(&path, ':', &part))
        f = pt_hardening_find(x, pt_arena_printf(x->a, "%.*s/%.*s", PT_PRI(part), PT_PRI(program)));
    return f;
}

// Who may write to its folder can put another one in its place.
static bool may_replace(const pt_hardening *x, const pt_file *f) {
    pt_str folder = pt_str_sub(f->path, 0, pt_str_rfind(f->path, '/'));
    const pt_file *d = folder.n < f->path.n ? pt_files_at(x->f->files, folder) : NULL;
    return pt_hardening_may_write(x, f) ||
           (d && pt_hardening_may_write(x, d) && !(d->mode & S_ISVTX));
}

static void judge_entry(pt_hardening *x) {
    pt_str program = text_of(command_of(x), "program");
    const pt_file *f = program.n ? program_of(x, program) : NULL;
    pt_group g;
    pt_group_init(&g, "PT-IMG-ENTRY-WRITE");
    g.unread = program.n && !f;
    g.good = f != NULL;
    if (g.unread) {
        pt_buf_put_safe(&g.text, pt_str_sub(program, 0, 200));
        pt_buf_putz(&g.text, " is not in the image");
    } else if (f && may_replace(x, f))
        pt_group_fail(&g, pt_arena_printf(x->a, "/%.*s", PT_PRI(f->path)),
                      pt_hardening_layer(x, f->layer));
    pt_group_tell(x, &g);
}

void pt_hardening_config(pt_hardening *x) {
    int64_t onbuild = 0;
    PT_IGNORE(pt_to_int(pt_getz(x->settings, "onbuild"), &onbuild)); // 0: it is not said
    judge_user(x);
    judge_secrets(x);
    judge_switches(x, "PT-IMG-TLS-OFF");
    judge_switches(x, "PT-IMG-DEBUG");
    judge_paths(x);
    judge_list(x, "PT-IMG-VOLUME", "volumes", is_of_system);
    judge_list(x, "PT-IMG-PORT", "ports", is_of_admin);
    judge_labels(x);
    judge_entry(x);
    tell_if(x, "PT-IMG-HEALTH", !pt_true(pt_getz(x->settings, "healthcheck")),
            PT_STR("no HEALTHCHECK"));
    tell_if(x, "PT-IMG-SHELL-FORM", pt_true(pt_getz(command_of(x), "shell")), PT_STR("/bin/sh -c"));
    tell_if(x, "PT-IMG-ONBUILD", onbuild > 0,
            pt_arena_printf(x->a, "%lld steps", (long long)onbuild));
}
