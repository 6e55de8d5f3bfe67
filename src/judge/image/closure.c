#include "judge/image/closure.h"

#include <fnmatch.h>

#include "judge/image/closure_impl.h"

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const char *pt_need_word(pt_need n) {
    static const char *const words[] = {
        [PT_NEED_NONE] = "left out", [PT_NEED_ASKED] = "asked",
        [PT_NEED_TRACED] = "traced", [PT_NEED_STARTED] = "needed",
        [PT_NEED_DATA] = "data",     [PT_NEED_MENTIONED] = "mentioned",
        [PT_NEED_OWN] = "own",       [PT_NEED_OF_KEPT] = "of a package that stays",
        [PT_NEED_FOLDER] = "folder",
    };
    static_assert(PT_COUNT(words) == PT_NEED_COUNT, "one word each");
    return words[n];
}

// -- where it begins ------------------------------------------------------------------------------

static pt_code take_asked(pt_walker *x, pt_err *e) {
    const pt_files *files = x->ask->files;
    PT_AUTO(pt_buf_done) pt_buf path = PT_BUF(1 << 16);
    for (size_t k = 0; k < x->ask->keep_n; k++) {
        bool found = false;
        for (size_t i = 0; i < files->all.n; i++) {
            pt_buf_clear(&path);
            pt_buf_printf(&path, "/%.*s", PT_PRI(files->all.v[i].path));
            pt_buf_putc(&path, '\0');
            if (path.full || fnmatch(x->ask->keep[k], path.p, FNM_PATHNAME | FNM_LEADING_DIR) != 0)
                continue;
            found = true;
            (void)pt_closure_take_path(x, files->all.v[i].path,
                                       (pt_hop){.need = PT_NEED_ASKED, .how = "--keep"});
            pt_closure_take(x, &files->all.v[i], (pt_hop){.need = PT_NEED_ASKED, .how = "--keep"});
        }
        if (!found)
            return pt_err_set(e, PT_E_USAGE, "--keep %s: the image has no such file",
                              x->ask->keep[k]);
    }
    return PT_OK;
}

static void take_traced(pt_walker *x) {
    pt_str rest = x->ask->trace;
    pt_str line;
    while (pt_str_split(&rest, '\n', &line))
        if (pt_str_starts(pt_str_trim(line), PT_STR("/")))
            (void)pt_closure_take_path(x, pt_str_trim(line),
                                       (pt_hop){.need = PT_NEED_TRACED, .how = "--trace"});
}

static void take_shells(pt_walker *x) {
    static const char *const names[] = {"/bin/sh", "/bin/bash", "/bin/ash", "/bin/dash"};
    for (size_t i = 0; x->ask->shell && i < PT_COUNT(names); i++)
        (void)pt_closure_take_path(x, pt_str_of(names[i]),
                                   (pt_hop){.need = PT_NEED_ASKED, .how = "--include-shell"});
}

// Of a command line: its program, and what its arguments name. What a shell is given is a script.
static pt_code take_command(pt_walker *x, pt_value argv, size_t from, bool must, pt_err *e) {
    const pt_hop hop = {.need = PT_NEED_STARTED, .how = "command"};
    pt_str program = pt_text(pt_at(argv, from));
    if (program.n && !pt_closure_take_program(x, program, hop) && must) {
        pt_code code = pt_err_set(e, PT_E_ABSENT, "the program that it starts is not in the image");
        pt_err_at(e, "%.*s", PT_PRI(pt_str_sub(program, 0, 200)));
        pt_err_remedy(e, "--keep names what is started otherwise");
        return code;
    }
    for (size_t i = from; i < pt_len(argv); i++)
        pt_closure_words(x, pt_text(pt_at(argv, i)), hop);
    return PT_OK;
}

static pt_code take_commands(pt_walker *x, pt_err *e) {
    pt_value entry = pt_getz(x->ask->config, "Entrypoint");
    pt_value cmd = pt_getz(x->ask->config, "Cmd");
    pt_value health = pt_getz(pt_getz(x->ask->config, "Healthcheck"), "Test");
    pt_value shell = pt_getz(x->ask->config, "Shell");
    bool starts = pt_len(entry) || pt_len(cmd);
    if (!starts && !x->ask->keep_n) {
        pt_code code =
            pt_err_set(e, PT_E_ABSENT, "the image starts nothing: it has no entry point");
        pt_err_remedy(e, "--keep names what is to stay");
        return code;
    }
    // With --keep the operator knows what is started; an argument of an entry point is no program.
    pt_code code = take_command(x, entry, 0, !x->ask->keep_n, e);
    if (!code)
        code = take_command(x, cmd, 0, !pt_len(entry) && !x->ask->keep_n, e);
    bool runs = pt_len(health) > 1 && !pt_str_eqz(pt_text(pt_at(health, 0)), "NONE");
    bool by_shell = runs && pt_str_eqz(pt_text(pt_at(health, 0)), "CMD-SHELL");
    if (!code && by_shell && !pt_len(shell))
        (void)pt_closure_take_path(x, PT_STR("/bin/sh"),
                                   (pt_hop){.need = PT_NEED_STARTED, .how = "health check"});
    if (!code && by_shell)
        code = take_command(x, shell, 0, false, e);
    return code || !runs ? code : take_command(x, health, 1, false, e);
}

// Paths that variables hold, and where the process begins.
static void take_settings(pt_walker *x) {
    const pt_hop hop = {.need = PT_NEED_MENTIONED, .how = "variable"};
    pt_str folder = pt_text(pt_getz(x->ask->config, "WorkingDir"));
    for (size_t i = 0; i < pt_len(x->env); i++) {
        pt_str line = pt_text(pt_at(x->env, i));
        pt_str rest = pt_str_sub(line, pt_str_find(line, '=') + 1, line.n);
        pt_str part;
        while (!pt_str_starts(line, PT_STR("PATH=")) && pt_str_split(&rest, ':', &part))
            if (pt_str_starts(part, PT_STR("/")))
                pt_closure_mention(x, part, hop);
    }
    if (folder.n > 1)
        pt_closure_mention(x, folder, (pt_hop){.need = PT_NEED_STARTED, .how = "working folder"});
}

// -- the whole ------------------------------------------------------------------------------------

static pt_str path_of(const pt_walker *x) {
    for (size_t i = 0; i < pt_len(x->env); i++)
        if (pt_str_starts(pt_text(pt_at(x->env, i)), PT_STR("PATH=")))
            return pt_str_sub(pt_text(pt_at(x->env, i)), 5, pt_text(pt_at(x->env, i)).n);
    return pt_str_of(default_path);
}

// The sure ones first, so that a file has its surest reason.
static void drain(pt_walker *x) {
    while (!x->full && !x->out->all && (x->sure_at < x->sure.n || x->other_at < x->other.n))
        pt_closure_follow(x, x->sure_at < x->sure.n ? x->sure.v[x->sure_at++]
                                                    : x->other.v[x->other_at++]);
}

static void keep_all(pt_walker *x) {
    for (size_t i = 0; i < x->ask->files->all.n; i++)
        if (!x->out->of[i].need)
            x->out->of[i] = (pt_needed){.need = PT_NEED_MENTIONED, .how = "doubt"};
}

pt_code pt_closure_make(const pt_closure_ask *ask, pt_arena *a, pt_closure *ret, pt_err *e) {
    pt_walker x = {.ask = ask,
                   .a = a,
                   .out = ret,
                   .libraries = {.a = a},
                   .folders = {.a = a},
                   .told = {.a = a},
                   .env = pt_getz(ask->config, "Env")};
    *ret = (pt_closure){.of = PT_NEW(a, pt_needed, ask->files->all.n + 1),
                        .missing = {.a = a},
                        .doubts = {.a = a},
                        .dropped = pt_undefined()};
    if (!ret->of)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    x.path = path_of(&x);
    pt_closure_index_libraries(&x);
    pt_code code = take_asked(&x, e);
    if (code)
        return code;
    take_traced(&x);
    code = take_commands(&x, e);
    if (code)
        return code;
    take_shells(&x);
    take_settings(&x);
    pt_closure_data(&x);
    drain(&x);
    pt_closure_own(&x); // behind what is surely reached, which has the better reason
    drain(&x);
    if (ret->all)
        keep_all(&x);
    pt_closure_rest(&x);
    bool full = x.full || a->full || !pt_defined(ret->dropped);
    return full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}
