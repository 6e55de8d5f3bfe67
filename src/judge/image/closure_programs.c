// What a program, a library or a script needs, as the worker saw it in the file
// (collect/image/look_needs.c).
#include "fact/command.h"
#include "judge/image/closure_impl.h"

enum {
    FOLDERS_MAX = 64, // of one file's RUNPATH
    PATH_BYTES_MAX = 4096,
    TWO_PATHS_MAX = 2 * PATH_BYTES_MAX, // one behind the other
};

static pt_str base_of(pt_str path) {
    return pt_str_sub(path, pt_str_find(path, '/') == path.n ? 0 : pt_str_rfind(path, '/') + 1,
                      path.n);
}

static pt_str folder_of(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return pt_str_sub(path, 0, cut < path.n ? cut : 0);
}

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static const pt_file *file_at(const pt_walker *x, uint32_t at) {
    return &x->ask->files->all.v[at];
}

// What is needed by a file is as sure as the file.
static pt_hop hop_from(const pt_walker *x, uint32_t at, const char *how) {
    pt_need own = x->out->of[at].need;
    pt_need need = own <= PT_NEED_STARTED ? PT_NEED_STARTED : PT_NEED_MENTIONED;
    return (pt_hop){.need = need, .how = how, .by = at + 1};
}

static pt_hop mention_from(uint32_t at) {
    return (pt_hop){.need = PT_NEED_MENTIONED, .how = "mention", .by = at + 1};
}

// -- libraries ------------------------------------------------------------------------------------

static void add_folder(pt_walker *x, pt_str path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PATH_BYTES_MAX);
    // Where libraries of the folder really stand: through links.
    const pt_file *f =
        pt_closure_take_path(x, path, (pt_hop){.need = PT_NEED_DATA, .how = "folder of libraries"});
    if (f)
        pt_buf_put(&b, f->path);
    else {
        while (path.n && path.p[0] == '/')
            path = pt_str_sub(path, 1, path.n);
        pt_buf_put(&b, path);
    }
    x->full |= b.full || !pt_map_put(&x->folders, pt_closure_hash(pt_buf_str(&b)), x);
}

// A folder for a better processor stands below one of them (glibc-hwcaps/x86-64-v3).
static bool in_folders(const pt_walker *x, pt_str path) {
    pt_str folder = folder_of(path);
    size_t caps = pt_str_find_str(folder, PT_STR("/glibc-hwcaps/"));
    return pt_map_get(&x->folders, pt_closure_hash(pt_str_sub(folder, 0, caps))) != NULL;
}

static void add_configured(pt_walker *x, pt_str prefix) {
    for (size_t i = 0; i < x->ask->files->all.n; i++) {
        const pt_file *f = file_at(x, (uint32_t)i);
        pt_value list = pt_getz(pt_getz(f->seen, "needs"), "folders");
        for (size_t k = 0; pt_str_starts(f->path, prefix) && k < pt_len(list); k++)
            add_folder(x, pt_text(pt_at(list, k)));
    }
}

static pt_str env_of(const pt_walker *x, const char *name) {
    for (size_t i = 0; i < pt_len(x->env); i++) {
        pt_str line = pt_text(pt_at(x->env, i));
        pt_str key = pt_str_sub(line, 0, pt_str_find(line, '='));
        if (pt_str_eqz(key, name))
            return pt_str_sub(line, key.n + 1, line.n);
    }
    return (pt_str){0};
}

static void add_folders(pt_walker *x) {
    static const char *const own[] = {"lib",   "usr/lib",   "lib64", "usr/lib64",
                                      "lib32", "usr/lib32", NULL};
    pt_str rest = env_of(x, "LD_LIBRARY_PATH");
    pt_str part;
    for (size_t i = 0; own[i]; i++)
        add_folder(x, pt_str_of(own[i]));
    while (pt_str_split(&rest, ':', &part))
        add_folder(x, part);
    add_configured(x, PT_STR("etc/ld"));
    for (size_t i = 0; i < x->ask->files->all.n; i++) { // Debian's loader looks there, too
        const pt_file *f = file_at(x, (uint32_t)i);
        pt_str above = folder_of(f->path);
        bool lib = pt_str_eqz(above, "lib") || pt_str_eqz(above, "usr/lib");
        if (S_ISDIR(f->mode) && lib && pt_str_has(f->path, PT_STR("-linux-")))
            add_folder(x, f->path);
    }
}

void pt_closure_index_libraries(pt_walker *x) {
    for (size_t i = 0; i < x->ask->files->all.n; i++) {
        const pt_file *f = file_at(x, (uint32_t)i);
        pt_str name = base_of(f->path);
        if (S_ISDIR(f->mode) || !pt_str_has(name, PT_STR(".so")))
            continue;
        pt_same *same = pt_map_get(&x->libraries, pt_closure_hash(name));
        if (!same) {
            same = PT_NEW(x->a, pt_same, 1);
            x->full |= !same || !pt_map_put(&x->libraries, pt_closure_hash(name), same);
        }
        uint32_t *at = same ? PT_PUSH(x->a, &same->at) : NULL;
        x->full |= !at;
        if (at)
            *at = (uint32_t)i;
    }
    add_folders(x);
}

// All of that name where the loader looks: which of them it takes depends on the processor, too.
// Elsewhere only if there is none: then a program sets the way itself.
static bool take_everywhere(pt_walker *x, pt_same *same, pt_hop hop) {
    bool found = false;
    if (same->taken)
        return true;
    same->taken = true;
    for (size_t i = 0; i < same->at.n; i++)
        if (in_folders(x, file_at(x, same->at.v[i])->path)) {
            (void)pt_closure_take_path(x, file_at(x, same->at.v[i])->path, hop);
            found = true;
        }
    for (size_t i = 0; !found && i < same->at.n; i++)
        (void)pt_closure_take_path(x, file_at(x, same->at.v[i])->path, hop);
    return same->at.n > 0;
}

static bool take_library(pt_walker *x, pt_str name, pt_hop hop) {
    pt_same *same = pt_map_get(&x->libraries, pt_closure_hash(name));
    return same && take_everywhere(x, same, hop);
}

// $ORIGIN is the file's own folder.
static bool take_in_paths(pt_walker *x, const pt_file *f, pt_str paths, pt_str name, pt_hop hop) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TWO_PATHS_MAX);
    static const pt_str origins[] = {PT_STR("$ORIGIN"), PT_STR("${ORIGIN}")};
    pt_str folder = {0};
    bool found = false;
    for (unsigned n = 0; n < FOLDERS_MAX && pt_str_split(&paths, ':', &folder); n++) {
        pt_buf_clear(&b);
        for (size_t i = 0; i < PT_COUNT(origins); i++)
            if (pt_str_starts(folder, origins[i])) {
                pt_buf_put(&b, folder_of(f->path));
                folder = pt_str_sub(folder, origins[i].n, folder.n);
            }
        pt_buf_printf(&b, "%.*s/%.*s", PT_PRI(folder), PT_PRI(name));
        found |= !b.full && pt_closure_take_path(x, pt_buf_str(&b), hop);
    }
    return found;
}

static void tell_missing(pt_walker *x, pt_str name, const pt_file *by) {
    uint64_t key = pt_closure_hash(name);
    if (pt_map_get(&x->told, key))
        return;
    pt_obj o = {.a = x->a};
    pt_obj_set(&o, "name", pt_string(name));
    pt_obj_set(&o, "by", pt_string(by->path));
    x->full |= !pt_map_put(&x->told, key, x);
    pt_list_add(&x->out->missing, pt_obj_end(&o));
}

static void take_libraries(pt_walker *x, uint32_t at, pt_value needs) {
    const pt_file *f = file_at(x, at);
    pt_value list = pt_getz(needs, "libraries");
    pt_str paths = text_of(needs, "paths");
    pt_hop hop = hop_from(x, at, "library");
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str name = pt_text(pt_at(list, i));
        bool found = pt_str_find(name, '/') < name.n ? pt_closure_take_path(x, name, hop) != NULL
                                                     : take_in_paths(x, f, paths, name, hop);
        found |= take_library(x, name, hop);
        if (!found)
            tell_missing(x, name, f);
    }
}

// -- what stands in a program ---------------------------------------------------------------------

static const char *const shells[] = {"bin/sh",       "bin/bash",     "bin/csh",     "usr/bin/sh",
                                     "usr/bin/bash", "usr/bin/dash", "usr/bin/csh", NULL};

// The C library names the shell for those that call system() and popen(): they are asked.
static bool is_c_library(pt_str name) {
    return pt_str_starts(name, PT_STR("libc.so")) || pt_str_starts(name, PT_STR("libc-")) ||
           pt_str_starts(name, PT_STR("ld-")) || pt_str_starts(name, PT_STR("libc.musl"));
}

static bool is_shell_path(pt_str path) {
    return pt_closure_in(pt_str_sub(path, 1, path.n), shells);
}

static void take_mentions(pt_walker *x, uint32_t at, pt_value needs) {
    pt_value list = pt_getz(needs, "mentions");
    bool c_library = is_c_library(base_of(file_at(x, at)->path));
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str s = pt_text(pt_at(list, i));
        if (!pt_str_starts(s, PT_STR("/")))
            (void)take_library(x, s, mention_from(at));
        else if (!c_library || !is_shell_path(s))
            pt_closure_mention(x, s, mention_from(at));
    }
    if (pt_true(pt_getz(needs, "shell")) && !c_library)
        (void)pt_closure_take_path(x, PT_STR("/bin/sh"), mention_from(at));
}

// -- interpreters ---------------------------------------------------------------------------------

// What each comes with is taken whole: what a program loads there is decided when it runs.
static const struct {
    const char *program; // its name begins so
    const char *below[8];
} interpreters[] = {
    {"python", {"usr/lib/python", "usr/local/lib/python", "usr/share/python", "opt/venv/"}},
    {"pypy", {"usr/lib/pypy", "usr/local/lib/pypy", "opt/pypy/"}},
    {"node",
     {"usr/lib/node_modules/", "usr/local/lib/node_modules/", "usr/share/nodejs/",
      "usr/lib/nodejs/"}},
    {"java", {"usr/lib/jvm/", "usr/share/java/", "opt/java/", "usr/java/", "etc/java"}},
    {"perl",
     {"usr/share/perl", "usr/lib/perl", "usr/local/lib/perl", "usr/local/share/perl",
      "usr/lib/x86_64-linux-gnu/perl", "usr/lib/aarch64-linux-gnu/perl"}},
    {"ruby", {"usr/lib/ruby/", "usr/local/lib/ruby/", "usr/local/bundle/", "var/lib/gems/"}},
    {"php", {"usr/lib/php", "usr/local/lib/php", "usr/share/php", "usr/local/etc/php"}},
    {"lua", {"usr/share/lua/", "usr/lib/lua/", "usr/local/share/lua/", "usr/local/lib/lua/"}},
    {"dotnet", {"usr/share/dotnet/", "usr/lib/dotnet/"}},
    {"tclsh", {"usr/share/tcltk/", "usr/lib/tcl", "usr/share/tcl"}},
    {"R", {"usr/lib/R/", "usr/share/R/", "usr/local/lib/R/"}},
    {"erl", {"usr/lib/erlang/", "usr/local/lib/erlang/"}},
    {"beam", {"usr/lib/erlang/", "usr/local/lib/erlang/"}},
};

static void take_interpreters(pt_walker *x, uint32_t at) {
    const pt_file *f = file_at(x, at);
    pt_str name = base_of(f->path);
    pt_hop hop = hop_from(x, at, "comes with it");
    for (size_t i = 0; i < PT_COUNT(interpreters); i++) {
        if (!pt_str_starts(name, pt_str_of(interpreters[i].program)))
            continue;
        for (size_t k = 0; k < PT_COUNT(interpreters[i].below) && interpreters[i].below[k]; k++)
            pt_closure_take_below(x, pt_str_of(interpreters[i].below[k]), hop);
    }
}

// -- scripts --------------------------------------------------------------------------------------

void pt_closure_words(pt_walker *x, pt_str line, pt_hop hop) {
    pt_str word;
    while (pt_command_word(&line, &word)) {
        if (word.p[0] == '/')
            pt_closure_mention(x, word, hop);
        else
            (void)pt_closure_take_program(x, word, hop);
    }
}

static void take_script(pt_walker *x, uint32_t at, pt_value needs) {
    pt_str rest = text_of(needs, "script");
    pt_value list = pt_getz(needs, "words");
    pt_hop hop = hop_from(x, at, "interpreter");
    pt_hop named = mention_from(at);
    pt_str word;
    if (pt_str_word(&rest, &word) && !pt_closure_take_path(x, word, hop))
        tell_missing(x, word, file_at(x, at));
    if (pt_str_ends(word, PT_STR("/env")))
        while (pt_str_word(&rest, &word)) // "env -S python3 -u", "env A=b python3"
            (void)pt_closure_take_program(x, word, hop);
    for (size_t i = 0; i < pt_len(list); i++)
        pt_closure_words(x, pt_text(pt_at(list, i)), named);
}

// -- one file -------------------------------------------------------------------------------------

static void take_services(pt_walker *x, uint32_t at) {
    const pt_files *files = x->ask->files;
    if (x->services || !pt_str_starts(base_of(file_at(x, at)->path), PT_STR("libc.so.")))
        return;
    x->services = true;
    for (size_t i = 0; i < files->all.n; i++) // nsswitch.conf names them
        if (pt_str_starts(base_of(files->all.v[i].path), PT_STR("libnss_")))
            (void)pt_closure_take_path(x, files->all.v[i].path, mention_from(at));
}

void pt_closure_follow(pt_walker *x, uint32_t at) {
    const pt_file *f = file_at(x, at);
    pt_value needs = pt_getz(f->seen, "needs");
    pt_str loader = text_of(needs, "interpreter");
    if (S_ISLNK(f->mode)) {
        (void)pt_closure_take_path(x, f->path, hop_from(x, at, "link"));
        return;
    }
    if (!pt_defined(needs))
        return;
    if (pt_true(pt_getz(needs, "unread"))) {
        x->out->all = true;
        pt_closure_doubt(x, "It could not be looked into, so everything stays", f->path);
    }
    if (pt_true(pt_getz(needs, "more")))
        pt_closure_doubt(x, "It names more files than are told", f->path);
    if (loader.n && !pt_closure_take_path(x, loader, hop_from(x, at, "loader")))
        tell_missing(x, loader, f);
    take_libraries(x, at, needs);
    take_mentions(x, at, needs);
    take_services(x, at);
    if (f->mode & 0111)
        take_interpreters(x, at);
    if (pt_defined(pt_getz(needs, "script")))
        take_script(x, at, needs);
}
