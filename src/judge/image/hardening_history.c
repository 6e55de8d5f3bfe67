// The steps that made the image: image.history of the document. A step's text may hold what should
// not be shown: findings give its number.
#include "judge/image/hardening_impl.h"
#include "judge/workload/secrets.h"

static const pt_str CONFIG = PT_STR("configuration");

typedef struct made {
    pt_str instruction; // RUN, ADD, …
    pt_str rest;        // the command of the shell, or arguments
    pt_str given;       // names of build arguments that it saw: "NAME=… NAME=…"
    bool base;          // its layer is the lowest
} made;

static made read_step(pt_value history, size_t i) {
    static const pt_str nop = PT_STR("/bin/sh -c #(nop) ");
    static const pt_str shell = PT_STR("/bin/sh -c ");
    pt_str s = pt_str_trim(pt_text(pt_getz(pt_at(history, i), "step")));
    int64_t layer = 0;
    made m = {.instruction = PT_STR("RUN"), .rest = s};
    m.base = pt_to_int(pt_getz(pt_at(history, i), "layer"), &layer) && layer == 1;
    if (pt_str_starts(s, nop))
        m.rest = pt_str_sub(s, nop.n, s.n);
    if (pt_str_starts(s, nop) || !pt_str_starts(s, shell))
        PT_IGNORE(pt_str_word(&m.rest, &m.instruction)); // of an empty one nothing is said
    size_t at = pt_str_find_str(m.rest, shell);
    if (pt_str_eqz(m.instruction, "RUN") && at < m.rest.n) {
        m.given = pt_str_sub(m.rest, 0, at);
        m.rest = pt_str_sub(m.rest, at + shell.n, m.rest.n);
    }
    if (pt_str_eqz(m.instruction, "ARG"))
        m.given = m.rest;
    m.rest = pt_str_trim(m.rest);
    return m;
}

static bool runs(const made *m) {
    return pt_str_eqz(m->instruction, "RUN");
}

static bool is_from_net(pt_str s) {
    pt_str word = {0};
    while (pt_str_word(&s, &word) && pt_str_starts(word, PT_STR("--")))
        if (pt_str_starts(word, PT_STR("--checksum=")))
            return false;
    return pt_str_starts(word, PT_STR("http://")) || pt_str_starts(word, PT_STR("https://"));
}

static bool adds_from_net(const made *m) {
    return pt_str_eqz(m->instruction, "ADD") && is_from_net(m->rest);
}

// The lowest layer is the root file system of somebody's base image.
static bool adds(const made *m) {
    return pt_str_eqz(m->instruction, "ADD") && !m->base && !is_from_net(m->rest) &&
           !pt_str_has(m->rest, PT_STR("--checksum="));
}

static bool has_any(pt_str s, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_has(s, pt_str_of(words[i])))
            return true;
    return false;
}

static bool is_interpreter(pt_str s) {
    static const pt_str names = PT_STR("sh|bash|dash|ash|zsh|python|python3|perl|ruby|node|php");
    pt_str word = {0};
    do {
        if (!pt_str_word(&s, &word))
            return false;
    } while (pt_str_eqz(word, "sudo") || pt_str_ends(word, PT_STR("/env")) ||
             pt_str_starts(word, PT_STR("-")));
    size_t cut = pt_str_rfind(word, '/');
    return pt_str_in_list(cut < word.n ? pt_str_sub(word, cut + 1, word.n) : word, names, '|');
}

// Of one pipeline: does what a program fetches go into an interpreter?
static bool pipes(pt_str line) {
    bool fetched = false;
    pt_str part;
    while (pt_str_split(&line, '|', &part)) {
        pt_str rest = part;
        pt_str word;
        if (fetched && is_interpreter(part))
            return true;
        fetched &= part.n > 0; // "||" is no pipe
        while (pt_str_word(&rest, &word))
            fetched |= pt_str_eqz(word, "curl") || pt_str_eqz(word, "wget");
    }
    return false;
}

static bool pipes_to_shell(const made *m) {
    static const char *const inner[] = {"sh -c \"$(curl", "sh -c \"$(wget", "sh <(curl",
                                        "bash <(curl",    "sh <(wget",      "bash <(wget",
                                        "source <(curl",  "eval \"$(curl"};
    pt_str rest = m->rest;
    if (!runs(m))
        return false;
    while (rest.n) {
        size_t end = 0;
        while (end < rest.n && rest.p[end] != ';' && rest.p[end] != '\n' && rest.p[end] != '&')
            end++;
        if (pipes(pt_str_sub(rest, 0, end)))
            return true;
        rest = pt_str_sub(rest, end + 1, rest.n);
    }
    return has_any(m->rest, inner, PT_COUNT(inner));
}

static bool upgrades(const made *m) {
    static const char *const words[] = {"dist-upgrade", "full-upgrade"};
    return runs(m) && has_any(m->rest, words, PT_COUNT(words));
}

static bool updates_alone(const made *m) {
    static const char *const updates[] = {"apt-get update", "apt update", "apk update"};
    static const char *const uses[] = {"install", "upgrade", "apk add", "build-dep"};
    return runs(m) && has_any(m->rest, updates, PT_COUNT(updates)) &&
           !has_any(m->rest, uses, PT_COUNT(uses));
}

static bool gives_secret(const made *m) {
    pt_str rest = m->given;
    pt_str word;
    while (pt_str_word(&rest, &word)) {
        pt_str name = pt_str_sub(word, 0, pt_str_find(word, '='));
        if (name.n < word.n && pt_is_secret(name, PT_STR("some text")))
            return true;
    }
    return false;
}

typedef struct row {
    const char *id;
    bool (*is)(const made *m);
} row;

static void judge_steps(pt_hardening *x, const row *r, pt_value history) {
    pt_group g;
    pt_group_init(&g, r->id);
    for (size_t i = 0; i < pt_len(history); i++) {
        made m = read_step(history, i);
        int64_t layer = 0;
        PT_IGNORE(pt_to_int(pt_getz(pt_at(history, i), "layer"), &layer)); // 0: it made none
        if (r->is(&m))
            pt_group_fail(&g, pt_arena_printf(x->a, "step %zu", i + 1),
                          layer ? pt_arena_printf(x->a, "layer %lld", (long long)layer) : CONFIG);
        g.good = 1;
    }
    if (!pt_len(history)) { // who squashes an image takes it away
        pt_buf_putz(&g.text, "the image has no history");
        g.unread = 1;
    }
    pt_group_tell(x, &g);
}

void pt_hardening_history(pt_hardening *x) {
    static const row rows[] = {
        {"PT-IMG-ADD", adds},
        {"PT-IMG-ADD-URL", adds_from_net},
        {"PT-IMG-PIPE-SHELL", pipes_to_shell},
        {"PT-IMG-UPGRADE", upgrades},
        {"PT-IMG-UPDATE", updates_alone},
        {"PT-IMG-SECRET-ARG", gives_secret},
    };
    pt_value history = pt_getz(pt_getz(x->f->doc, "image"), "history");
    for (size_t k = 0; k < PT_COUNT(rows); k++)
        judge_steps(x, &rows[k], history);
}
