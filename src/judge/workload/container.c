// Tests of what containers run and how much of it: images, commands, limits, probes.
#include "judge/workload/object.h"
#include "judge/workload/tests.h"
#include "value/path.h"

// Do the containers run until somebody stops them? Jobs end; nobody asks them whether they live.
static bool serves(pt_value pod) {
    pt_str policy = pt_text(pt_path_get(pod, "spec.restartPolicy"));
    return !policy.n || pt_str_eqz(policy, "Always");
}

// -- limits and probes ----------------------------------------------------------------------------

static bool has_amount(pt_value v) {
    return pt_tag_of(v) == PT_NUMBER || pt_text(v).n > 0;
}

// A request that is not set is the limit.
static bool has_resource(pt_value container, pt_str side, pt_str what) {
    pt_value resources = pt_getz(container, "resources");
    return has_amount(pt_get(pt_get(resources, side), what)) ||
           (pt_str_eqz(side, "requests") && has_amount(pt_get(pt_getz(resources, "limits"), what)));
}

pt_verdict pt_test_resource(pt_value v, pt_str want, pt_seen *seen) {
    size_t dot = pt_str_find(want, '.');
    pt_str side = pt_str_sub(want, 0, dot);
    pt_str what = pt_str_sub(want, dot + 1, want.n);
    // The pod's own limit (from 1.34 on) covers its containers.
    if (has_resource(pt_getz(v, "spec"), side, what))
        return PT_PASS;
    pt_visit visit = pt_visit_begin(v, PT_VISIT_MAIN);
    while (pt_visit_next(&visit))
        if (!has_resource(visit.c, side, what))
            pt_visit_blame(&visit, seen, "resources");
    if (!seen->text.n)
        return pt_seen_verdict(seen);
    pt_buf_putz(&seen->text, ": no resources.");
    pt_buf_put(&seen->text, want);
    return PT_FAIL;
}

pt_verdict pt_test_probe(pt_value v, pt_str want, pt_seen *seen) {
    if (!serves(v))
        return PT_NOT_APPLICABLE;
    pt_visit visit = pt_visit_begin(v, PT_VISIT_MAIN);
    while (pt_visit_next(&visit))
        if (pt_tag_of(pt_get(visit.c, want)) != PT_OBJECT)
            pt_visit_blame(&visit, seen, "");
    if (!seen->text.n)
        return pt_seen_verdict(seen);
    pt_buf_putz(&seen->text, ": no ");
    pt_buf_put(&seen->text, want);
    return PT_FAIL;
}

pt_verdict pt_test_empty_dir_limit(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value volumes = pt_path_get(v, "spec.volumes");
    for (size_t i = 0; i < pt_len(volumes); i++) {
        pt_value dir = pt_getz(pt_at(volumes, i), "emptyDir");
        if (pt_tag_of(dir) != PT_OBJECT || has_amount(pt_getz(dir, "sizeLimit")))
            continue;
        pt_seen_item(seen, "spec.volumes", i, "emptyDir");
        pt_buf_putz(&seen->text, seen->text.n ? ", \"" : "no sizeLimit: \"");
        pt_buf_put(&seen->text, pt_text(pt_getz(pt_at(volumes, i), "name")));
        pt_buf_putc(&seen->text, '"');
    }
    return pt_seen_verdict(seen);
}

// -- images ---------------------------------------------------------------------------------------

typedef struct image {
    pt_str all, repository, tag, digest;
} image;

// HOST:PORT/PATH:TAG@DIGEST: a colon before the last slash belongs to the port.
static image image_of(pt_value container) {
    image i = {.all = pt_text(pt_getz(container, "image"))};
    size_t at = pt_str_find(i.all, '@');
    i.digest = pt_str_sub(i.all, at + 1, i.all.n);
    pt_str name = pt_str_sub(i.all, 0, at);
    size_t slash = pt_str_rfind(name, '/');
    size_t colon = pt_str_rfind(name, ':');
    bool tagged = colon < name.n && (slash == name.n || colon > slash);
    i.repository = pt_str_sub(name, 0, tagged ? colon : name.n);
    i.tag = tagged ? pt_str_sub(name, colon + 1, name.n) : (pt_str){0};
    return i;
}

// An offending image; a container without one is refused by the API server and not judged here.
typedef bool bad_image(const image *i);
static pt_verdict images(pt_value pod, bad_image *bad, pt_seen *seen) {
    size_t judged = 0;
    pt_visit visit = pt_visit_begin(pod, PT_VISIT_ALL);
    while (pt_visit_next(&visit)) {
        image i = image_of(visit.c);
        judged += i.all.n > 0;
        if (!i.all.n || !bad(&i))
            continue;
        pt_visit_part(&visit, seen, "image", 0, NULL);
        pt_buf_putz(&seen->text, "image ");
        pt_buf_put(&seen->text, i.all);
    }
    return judged ? pt_seen_verdict(seen) : PT_NOT_APPLICABLE;
}

static bool moving_tag(const image *i) {
    return !i->digest.n && (!i->tag.n || pt_str_eqz(i->tag, "latest"));
}

static bool no_digest(const image *i) {
    return !i->digest.n;
}

static bool dead_registry(const image *i) {
    static const pt_str dead[] = {
        PT_STR("k8s.gcr.io/"),
        PT_STR("gcr.io/google_containers/"),
        PT_STR("gcr.io/google-containers/"),
        PT_STR("gcr.io/kubernetes-helm/"),
    };
    for (size_t k = 0; k < PT_COUNT(dead); k++)
        if (pt_str_starts(i->repository, dead[k]))
            return true;
    return false;
}

// The dashboard itself, not what stands beside it (its metrics scraper has no rights).
static bool admin_panel(const image *i) {
    pt_str name = pt_str_sub(i->repository, pt_str_rfind(i->repository, '/'), i->repository.n);
    bool dashboard = pt_str_has(i->repository, PT_STR("kubernetesui/dashboard")) ||
                     pt_str_has(name, PT_STR("kubernetes-dashboard"));
    return dashboard || pt_str_eqz(name, "/tiller");
}

pt_verdict pt_test_image_tag(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return images(v, moving_tag, seen);
}

pt_verdict pt_test_image_digest(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return images(v, no_digest, seen);
}

pt_verdict pt_test_image_registry(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return images(v, dead_registry, seen);
}

pt_verdict pt_test_image_panel(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return images(v, admin_panel, seen);
}

// -- commands -------------------------------------------------------------------------------------

static bool shell_separator(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == ';' || c == '&' || c == '|' || c == '(' ||
           c == '`' || c == '\'' || c == '"';
}

// Does a word of this text run `program`, by its name or a path to it?
static bool runs(pt_str text, pt_str program) {
    for (size_t at = 0; at < text.n;) {
        size_t hit = at + pt_str_find_str(pt_str_sub(text, at, text.n), program);
        if (hit >= text.n)
            return false;
        size_t end = hit + program.n;
        bool begins = hit == 0 || shell_separator(text.p[hit - 1]) || text.p[hit - 1] == '/';
        bool ends = end == text.n || shell_separator(text.p[end]);
        if (begins && ends)
            return true;
        at = hit + 1;
    }
    return false;
}

// Containers whose command or arguments run `program`.
static void commands(pt_value pod, pt_str program, pt_seen *seen) {
    static const char *const fields[] = {"command", "args"};
    pt_visit visit = pt_visit_begin(pod, PT_VISIT_ALL);
    while (pt_visit_next(&visit))
        for (size_t f = 0; f < PT_COUNT(fields); f++) {
            pt_value words = pt_getz(visit.c, fields[f]);
            size_t i = 0;
            while (i < pt_len(words) && !runs(pt_text(pt_at(words, i)), program))
                i++;
            if (i == pt_len(words))
                continue;
            pt_visit_part(&visit, seen, fields[f], i, "");
            pt_buf_putz(&seen->text, fields[f]);
            pt_buf_putz(&seen->text, " runs ");
            pt_buf_put(&seen->text, program);
        }
}

pt_verdict pt_test_ssh(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_visit visit = pt_visit_begin(v, PT_VISIT_ALL);
    while (pt_visit_next(&visit)) {
        pt_value ports = pt_getz(visit.c, "ports");
        for (size_t i = 0; i < pt_len(ports); i++) {
            int64_t port;
            if (!pt_to_int(pt_getz(pt_at(ports, i), "containerPort"), &port) || port != 22)
                continue;
            pt_visit_part(&visit, seen, "ports", i, "containerPort");
            pt_buf_putz(&seen->text, "port 22");
        }
    }
    commands(v, PT_STR("sshd"), seen);
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_sudo(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    commands(v, PT_STR("sudo"), seen);
    return pt_seen_verdict(seen);
}

// -- git-sync -------------------------------------------------------------------------------------

// Variables in one text that are looked up; a text with more is held for one with a foreign one.
enum {
    VARIABLES_MAX = 16
};

// A "$(NAME)" of the text whose value stands elsewhere: others than the object's author set it.
static bool set_elsewhere(pt_value container, pt_str text) {
    pt_value env = pt_getz(container, "env");
    size_t open;
    for (size_t n = 0; (open = pt_str_find_str(text, PT_STR("$("))) < text.n; n++) {
        text = pt_str_sub(text, open + 2, text.n);
        size_t end = pt_str_find(text, ')');
        pt_str name = pt_str_sub(text, 0, end);
        size_t i = 0;
        while (i < pt_len(env) && !pt_str_eq(pt_text(pt_getz(pt_at(env, i), "name")), name))
            i++;
        bool here = pt_defined(pt_getz(pt_at(env, i), "value"));
        if (n == VARIABLES_MAX || (end < text.n && !here))
            return true;
    }
    return false;
}

#define OUTSIDE " is set outside the object"
#define PROGRAM " names the program that runs as git"

// Why the repository may run what its author likes; NULL: it may not. git takes "ext::" for a
// command.
static const char *bad_repository(pt_value container, pt_str repository) {
    return pt_str_starts(repository, PT_STR("ext::")) ? " is a command"
           : set_elsewhere(container, repository)     ? OUTSIDE
                                                      : NULL;
}

// Its variables are nobody else's, whatever the image is called.
static void git_sync_env(pt_visit *visit, pt_seen *seen) {
    pt_value env = pt_getz(visit->c, "env");
    for (size_t i = 0; i < pt_len(env); i++) {
        pt_str name = pt_text(pt_getz(pt_at(env, i), "name"));
        bool outside = pt_tag_of(pt_getz(pt_at(env, i), "valueFrom")) == PT_OBJECT;
        const char *bad = NULL;
        if (pt_str_in_list(name, PT_STR("GITSYNC_GIT|GIT_SYNC_GIT"), '|'))
            bad = PROGRAM;
        else if (pt_str_in_list(name, PT_STR("GITSYNC_REPO|GIT_SYNC_REPO"), '|'))
            bad = outside ? OUTSIDE
                          : bad_repository(visit->c, pt_text(pt_getz(pt_at(env, i), "value")));
        if (!bad)
            continue;
        pt_visit_part(visit, seen, "env", i, "");
        pt_buf_put(&seen->text, name);
        pt_buf_putz(&seen->text, bad);
    }
}

static bool is_git_sync(pt_value container) {
    pt_str name = image_of(container).repository;
    size_t slash = pt_str_rfind(name, '/');
    return pt_str_starts(pt_str_sub(name, slash < name.n ? slash + 1 : 0, name.n),
                         PT_STR("git-sync"));
}

// The value of the flag, "--repo=URL" or "--repo" and the next word; false: it is another word.
static bool flag_value(pt_value words, size_t i, pt_str flag, pt_str *ret) {
    pt_str word = pt_text(pt_at(words, i));
    size_t dashes = pt_str_starts(word, PT_STR("--")) ? 2 : pt_str_starts(word, PT_STR("-"));
    pt_str name = pt_str_sub(word, dashes, pt_str_find(word, '='));
    if (!dashes || !pt_str_eq(name, flag))
        return false;
    size_t end = pt_str_find(word, '=');
    *ret = end < word.n ? pt_str_sub(word, end + 1, word.n) : pt_text(pt_at(words, i + 1));
    return true;
}

static void git_sync_words(pt_visit *visit, const char *field, pt_seen *seen) {
    pt_value words = pt_getz(visit->c, field);
    for (size_t i = 0; i < pt_len(words); i++) {
        pt_str value;
        bool program = flag_value(words, i, PT_STR("git"), &value);
        const char *bad = program ? PROGRAM
                          : flag_value(words, i, PT_STR("repo"), &value)
                              ? bad_repository(visit->c, value)
                              : NULL;
        if (!bad)
            continue;
        pt_visit_part(visit, seen, field, i, "");
        pt_buf_putz(&seen->text, program ? "--git" : "--repo");
        pt_buf_putz(&seen->text, bad);
    }
}

pt_verdict pt_test_git_sync(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_visit visit = pt_visit_begin(v, PT_VISIT_ALL);
    while (pt_visit_next(&visit)) {
        git_sync_env(&visit, seen);
        if (!is_git_sync(visit.c))
            continue;
        git_sync_words(&visit, "command", seen);
        git_sync_words(&visit, "args", seen);
    }
    return pt_seen_verdict(seen);
}
