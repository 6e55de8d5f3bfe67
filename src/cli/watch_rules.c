// The rules of a watch: read, loaded, chosen, made into programs.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/input.h"
#include "cli/journey.h"
#include "cli/walk.h"
#include "cli/watch.h"
#include "cli/watch_shipped.h"

#define RULES_FOLDER "/etc/paratia/rules.d"

enum {
    FILES_MAX = 256,
    RULES_TOLD = 10,
};

static const pt_falco_source *const sources[PT_WATCH_SOURCES] = {
    [PT_WATCH_SYSCALL] = &pt_falco_syscall,
    [PT_WATCH_K8S_AUDIT] = &pt_falco_k8s_audit,
};
static const pt_falco_sources known = {sources, PT_WATCH_SOURCES};

// What files of rules may ask for by required_plugin_versions: the fields of these are built in.
static const struct pt_falco_plugin plugins[] = {
    {"container", "0.6.0"},
    {"k8saudit", "0.18.0"},
    {"json", "0.7.4"},
};

// In which container and pod: behind the output of every rule about system calls, as Falco has it.
static const struct pt_falco_append appends[] = {
    {.source = PT_STR("syscall"),
     .output = PT_STR("container_id=%container.id container_name=%container.name "
                      "container_image_repository=%container.image.repository "
                      "container_image_tag=%container.image.tag k8s_pod_name=%k8s.pod.name "
                      "k8s_ns_name=%k8s.ns.name")},
};

// -- files ----------------------------------------------------------------------------------------

typedef struct gathered {
    pt_arena *a;
    PT_VEC(pt_falco_file) files;
    pt_err *e;
    pt_code code;
} gathered;

static void gather_text(gathered *g, pt_str name, pt_str text) {
    pt_falco_file *f = PT_PUSH(g->a, &g->files);
    if (!f)
        g->code = pt_err_set(g->e, PT_E_NOMEM, "the rules need more memory than they may have");
    else
        *f = (pt_falco_file){.name = name, .text = text};
}

static void gather_file(gathered *g, const char *path) {
    pt_str text;
    if (g->code)
        return;
    if (g->files.n == FILES_MAX) {
        g->code = pt_err_set(g->e, PT_E_LIMIT, "more than %d files of rules", FILES_MAX);
        return;
    }
    g->code = pt_input_text(g->a, path, &text, g->e);
    if (!g->code)
        gather_text(g, pt_arena_str(g->a, pt_str_of(path)), text);
}

static void found(void *context, const char *path) {
    pt_str name = pt_str_of(path);
    if (pt_str_ends(name, PT_STR(".yaml")) || pt_str_ends(name, PT_STR(".yml")))
        gather_file(context, path);
}

// A file that was skipped would be rules that do not judge.
static void not_found(void *context, const char *path, pt_err *e) {
    gathered *g = context;
    if (g->code)
        return;
    pt_err_at(e, "%s", path);
    *g->e = *e;
    g->code = e->code;
}

static void gather(gathered *g, const char *path, bool may_be_empty) {
    struct stat st;
    size_t before = g->files.n;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        gather_file(g, path);
        return;
    }
    pt_walk_folder(&(pt_walk){.ctx = g, .file = found, .failed = not_found}, path);
    if (!g->code && g->files.n == before && !may_be_empty) {
        g->code = pt_err_set(g->e, PT_E_USAGE, "%s: no file of rules is in it", path);
        pt_err_remedy(g->e, "files of rules end with .yaml or .yml");
    }
}

static pt_code gather_all(const pt_args *args, gathered *g) {
    pt_list_option paths = {0};
    struct stat st;
    if (!pt_args_list(args, "rules", g->a, &paths))
        return pt_err_set(g->e, PT_E_NOMEM, "the command line is too long");
    for (size_t i = 0; !g->code && i < paths.n; i++)
        gather(g, paths.v[i], false);
    if (paths.n == 0)
        gather_text(g, PT_STR("(shipped)"), pt_watch_shipped);
    if (paths.n == 0 && stat(RULES_FOLDER, &st) == 0)
        gather(g, RULES_FOLDER, true);
    return g->code;
}

// -- choosing -------------------------------------------------------------------------------------

typedef PT_VEC(struct pt_falco_select) selects;

static bool add_selects(const pt_args *args, pt_arena *a, const char *option,
                        struct pt_falco_select how, selects *to) {
    pt_list_option words = {0};
    if (!pt_args_list(args, option, a, &words))
        return false;
    for (size_t i = 0; i < words.n; i++) {
        struct pt_falco_select *s = PT_PUSH(a, to);
        if (!s)
            return false;
        *s = how;
        s->what = pt_str_of(words.v[i]);
    }
    return true;
}

// --only and --tag switch everything else off first.
static pt_code choose(const pt_args *args, pt_arena *a, selects *to, pt_err *e) {
    bool good = true;
    if (pt_args_get(args, "only") || pt_args_get(args, "tag")) {
        struct pt_falco_select *s = PT_PUSH(a, to);
        good = s != NULL;
        if (s)
            *s = (struct pt_falco_select){.what = PT_STR("*")};
    }
    good = good && add_selects(args, a, "only", (struct pt_falco_select){.on = true}, to);
    good = good &&
           add_selects(args, a, "tag", (struct pt_falco_select){.on = true, .by_tag = true}, to);
    good = good && add_selects(args, a, "skip", (struct pt_falco_select){0}, to);
    return good ? PT_OK : pt_err_set(e, PT_E_NOMEM, "the command line is too long");
}

pt_code pt_watch_priority_of(const pt_args *args, const char *option, pt_falco_priority *ret,
                             pt_err *e) {
    const char *word = pt_args_get(args, option);
    for (size_t i = 0; i < PT_FALCO_PRIORITIES; i++)
        if (pt_str_eq_nocase(pt_str_of(word), pt_str_of(pt_falco_priority_names[i]))) {
            *ret = (pt_falco_priority)i;
            return PT_OK;
        }
    pt_code code = pt_err_set(e, PT_E_USAGE, "--%s %s: no such priority", option, word);
    pt_err_remedy(e, "emergency, alert, critical, error, warning, notice, informational or debug");
    return code;
}

static pt_code matching_of(const pt_args *args, bool *ret_all, pt_err *e) {
    const char *word = pt_args_get(args, "match");
    *ret_all = word && strcmp(word, "all") == 0;
    if (!word || *ret_all || strcmp(word, "first") == 0)
        return PT_OK;
    return pt_err_set(e, PT_E_USAGE, "--match %s: first or all", word);
}

// -- what the loader says -------------------------------------------------------------------------

static void say(const char *severity, const pt_falco_said *s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_printf(&b, "%s: ", severity);
    pt_buf_put_safe(&b, s->file);
    if (s->line)
        pt_buf_printf(&b, ":%u:%u", s->line, s->column);
    pt_buf_putz(&b, ": ");
    if (s->item_name.n) {
        pt_buf_put_safe(&b, s->item_type);
        pt_buf_putz(&b, " \"");
        pt_buf_put_safe(&b, s->item_name);
        pt_buf_putz(&b, "\": ");
    }
    pt_buf_put_safe_text(&b, s->message);
    pt_buf_printf(&b, " (%s)\n", s->code);
    fprintf(stderr, "%.*s", PT_PRI(pt_buf_str(&b)));
}

static pt_code say_all(const pt_args *args, const pt_falco_rules *r, pt_err *e) {
    for (size_t i = 0; i < r->n_warnings && !pt_args_flag(args, "quiet"); i++)
        say("warning", &r->warnings[i]);
    for (size_t i = 0; i < r->n_errors; i++)
        say("error", &r->errors[i]);
    if (r->ok)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_FORMAT, "the rules cannot be used");
    pt_err_remedy(e, "mend what is said above; nothing is watched until then");
    return code;
}

// -- all of it ------------------------------------------------------------------------------------

static pt_code compile_one(pt_watch_rules *r, const pt_falco_source *source, pt_watch_judge *j,
                           const pt_falco_compile_options *o, pt_err *e) {
    j->source = source->name;
    pt_code code = pt_falco_compile(source, r->loaded.rules, r->loaded.n_rules, o, &j->program, e);
    if (!code)
        code = pt_falco_run_new(j->program, &j->run, e);
    if (code)
        return code;
    j->context.hostname = pt_host_name(&r->arena);
    if (!pt_watch_hosts(&r->arena, j, &j->context))
        return pt_err_set(e, PT_E_NOMEM, "/etc/hosts is too large");
    pt_falco_run_context(j->run, &j->context);
    return PT_OK;
}

static void count_rule(pt_watch_rules *r, pt_str source) {
    r->on++;
    for (size_t i = 0; i < PT_WATCH_SOURCES; i++)
        r->judges[i].on += pt_str_eqz(source, r->judges[i].source);
}

static pt_code compile(pt_watch_rules *r, const pt_falco_compile_options *o, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < PT_WATCH_SOURCES && !code; i++)
        code = compile_one(r, sources[i], &r->judges[i], o, e);
    for (size_t i = 0; i < r->loaded.n_rules && !code; i++)
        if (r->loaded.rules[i].enabled && r->loaded.rules[i].priority <= o->least)
            count_rule(r, r->loaded.rules[i].source);
    return code;
}

pt_code pt_watch_rules_load(const pt_args *args, pt_watch_rules *ret, pt_err *e) {
    gathered g = {.a = &ret->arena, .e = e};
    selects chosen = {0};
    pt_falco_compile_options o = {.least = PT_FALCO_DEBUG};
    pt_code code = gather_all(args, &g);
    if (!code)
        code = choose(args, g.a, &chosen, e);
    if (!code && pt_args_get(args, "priority"))
        code = pt_watch_priority_of(args, "priority", &o.least, e);
    if (!code)
        code = matching_of(args, &o.match_all, e);
    if (!code)
        code = pt_falco_load(g.a, g.files.v, g.files.n,
                             &(pt_falco_load_options){.sources = &known,
                                                      .plugins = plugins,
                                                      .n_plugins = PT_COUNT(plugins),
                                                      .selects = chosen.v,
                                                      .n_selects = chosen.n,
                                                      .appends = appends,
                                                      .n_appends = PT_COUNT(appends)},
                             &ret->loaded, e);
    if (!code)
        code = say_all(args, &ret->loaded, e);
    if (!code)
        code = compile(ret, &o, e);
    if (!code && ret->on == 0) {
        code = pt_err_set(e, PT_E_USAGE, "no rule is left that judges");
        pt_err_remedy(e, "of %zu rules --only, --tag, --skip and --priority leave none",
                      ret->loaded.n_rules);
    }
    return code;
}

// -- what they said -------------------------------------------------------------------------------

typedef struct said {
    pt_str name;
    uint64_t times;
} said;

// Keep the RULES_TOLD most frequent, in order.
static void rank(said *top, size_t *n, said one) {
    size_t i = *n < RULES_TOLD ? (*n)++ : RULES_TOLD - 1;
    if (i == RULES_TOLD - 1 && top[i].times >= one.times)
        return;
    for (; i > 0 && top[i - 1].times < one.times; i--)
        top[i] = top[i - 1];
    top[i] = one;
}

void pt_watch_rules_tell(const pt_watch_rules *r, pt_buf *b) {
    said top[RULES_TOLD] = {0};
    size_t n = 0;
    for (size_t i = 0; i < PT_WATCH_SOURCES; i++)
        for (uint32_t k = 0; r->judges[i].run && k < r->loaded.n_rules; k++) {
            uint64_t times = pt_falco_counted(r->judges[i].run, k).matched;
            if (times)
                rank(top, &n, (said){r->loaded.rules[k].name, times});
        }
    if (n)
        pt_buf_putz(b, "Alerts by rule\n");
    for (size_t i = 0; i < n; i++) {
        pt_buf_printf(b, "  %7llu  ", (unsigned long long)top[i].times);
        pt_buf_put_safe(b, top[i].name);
        pt_buf_putc(b, '\n');
    }
    if (n)
        pt_buf_putc(b, '\n');
}

void pt_watch_rules_done(pt_watch_rules *r) {
    for (size_t i = 0; i < PT_WATCH_SOURCES; i++) {
        pt_falco_run_free(r->judges[i].run);
        pt_falco_program_free(r->judges[i].program);
    }
    pt_arena_done(&r->arena);
}
