// Policies and data of a command line of `paratia policy`, and what is wrong with them.
#include "cli/policy.h"

// -- loading --------------------------------------------------------------------------------------

static bool add_ignored(pt_policy_files *f, const char *pattern) {
    const char **slot = pattern ? PT_PUSH(&f->arena, &f->ignore) : NULL;
    if (slot)
        *slot = pattern;
    return slot;
}

// The patterns of --ignore, which may be given more than once.
static bool read_ignored(pt_policy_files *f, const pt_args *args) {
    const char *list;
    for (size_t i = 0; (list = pt_args_nth(args, "ignore", i)) != NULL; i++) {
        pt_str rest = pt_str_of(list);
        pt_str one;
        while (pt_str_split(&rest, ',', &one)) {
            if (!add_ignored(f, pt_arena_str(&f->arena, one).p))
                return false;
        }
    }
    return true;
}

// What is wrong is kept in the load.
static void load_all(pt_policy_files *f, const pt_args *args, const char *option,
                     pt_code (*load)(pt_load *l, const char *path, pt_err *e)) {
    const char *path;
    for (size_t i = 0; (path = pt_args_nth(args, option, i)) != NULL; i++)
        PT_IGNORE(load(&f->load, path, NULL));
}

static bool load_operands(pt_policy_files *f, const pt_args *args, size_t first,
                          bool modules_only) {
    static const char *const data[] = {"*.json", "*.yaml", "*.yml"};
    size_t before = f->ignore.n;
    for (size_t i = 0; i < PT_COUNT(data) && modules_only; i++) {
        if (!add_ignored(f, data[i]))
            return false;
    }
    f->load.ignore = f->ignore.v;
    f->load.n_ignore = f->ignore.n;
    for (size_t i = first; i < args->operands_n; i++)
        PT_IGNORE(pt_load_path(&f->load, args->operands[i], NULL)); // the load keeps it
    f->load.n_ignore = f->ignore.n = before;
    return true;
}

bool pt_policy_load(pt_policy_files *f, const pt_args *args, size_t first, bool modules_only) {
    *f = (pt_policy_files){.arena = {.bytes_max = PT_POLICY_BYTES_MAX}};
    f->symbols.arena = f->parsed.arena = &f->arena;
    f->load = (pt_load){
        .arena = &f->arena,
        .symbols = &f->symbols,
        .parse = {.version = pt_policy_version(args), .builtin = pt_policy_builtin},
        .diagnostics = &f->parsed,
    };
    const char *schema = pt_args_get(args, "schema");
    f->typed = schema && *schema && !pt_load_schemas(&f->load, schema, &f->schemas, NULL);
    if (!read_ignored(f, args) || !load_operands(f, args, first, modules_only))
        return false;
    load_all(f, args, "data", pt_load_path);
    load_all(f, args, "bundle", pt_load_bundle);
    PT_IGNORE(pt_load_end(&f->load, NULL)); // likewise
    for (size_t i = 0; i < f->load.faults.n; i++)
        f->failed = f->failed || f->load.faults.v[i].code != PT_E_FORMAT;
    return !f->parsed.full && !f->arena.full;
}

// -- what is wrong --------------------------------------------------------------------------------

static const pt_source *source_of(const pt_policy_files *f, pt_str file) {
    for (size_t i = 0; i < f->load.n_modules; i++) {
        const pt_source *s = f->load.modules[i]->source;
        if (pt_str_eq(s->file, file))
            return s;
    }
    return NULL;
}

static void put_some(pt_buf *b, const pt_policy_files *f, const pt_diagnostics *d, size_t from,
                     size_t to) {
    for (size_t i = from; i < to; i++)
        pt_policy_put(b, &d->v.v[i], source_of(f, d->v.v[i].file));
}

// In the order in which they came: a file that cannot be read stands between those that can.
void pt_policy_put_errors(pt_buf *b, const pt_policy_files *f, const pt_diagnostics *compiled) {
    size_t at = 0;
    size_t n = f->load.faults.n + f->parsed.v.n + compiled->v.n;
    if (n == 0)
        return;
    pt_buf_printf(b, n == 1 ? "1 error occurred: " : "%zu errors occurred:\n", n);
    for (size_t i = 0; i < f->load.faults.n; i++) {
        const pt_load_fault *fault = &f->load.faults.v[i];
        put_some(b, f, &f->parsed, at, fault->diagnostics);
        at = fault->diagnostics;
        pt_buf_put_safe(b, fault->message);
        pt_buf_putc(b, '\n');
    }
    put_some(b, f, &f->parsed, at, f->parsed.v.n);
    put_some(b, f, compiled, 0, compiled->v.n);
}
