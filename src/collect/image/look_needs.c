// Which other files a file needs, or may, for who asks what an image can do without:
//   "needs": {
//     "machine"      of a program, a library: the number of its processor, twice, and 1 for 64 bits
//     "interpreter"  … the loader that it asks for
//     "libraries"    … those that it asks for by name
//     "paths"        … where it looks for them (RPATH, RUNPATH)
//     "shell"        … true: it calls functions that run a shell
//     "mentions"     … paths and libraries' names that stand in it; of a text outside the system's
//                    folders paths that lead into these
//     "script"       of a script: what stands behind "#!"
//     "words"        … what could be names of programs, or paths
//     "folders"      of ld.so.conf, and musl's list: where libraries are looked for
//     "more"         true: there are more mentions, or words, than are told
//     "unread"       true: it is too large to be looked into, or its tables do not lie in it
#include <string.h>

#include "base/map.h"
#include "collect/image/limits.h"
#include "collect/image/look_rows.h"
#include "collect/packages/binary/elf.h"
#include "collect/packages/read.h"
#include "fact/command.h"

enum {
    LIBRARIES_MAX = 512,
    TEXTS_MAX = 2000, // mentions, words of one file
    TEXT_BYTES_MAX = 255,
    TEXT_BYTES_MIN = 4, // of a mention
    PATHS_BYTES_MAX = 4096,
    SCRIPT_BYTES_MAX = 1 << 20,
    SETTINGS_BYTES_MAX = 256 << 10, // of a text that is no script
    SEG_DYNAMIC = 2,
    SEG_INTERPRETER = 3,
    DYN_NEEDED = 1, // of the dynamic table
    DYN_STRINGS = 5,
    DYN_RPATH = 15,
    DYN_RUNPATH = 29,
};

typedef struct needs {
    pt_arena *a;
    pt_obj o;
    pt_list texts; // mentions, words
    pt_map seen;   // of their hashes
    bool more;
} needs;

// A text as one that JSON can hold, once.
static void add_text(needs *x, pt_str s) {
    if (!s.n || s.n > TEXT_BYTES_MAX || !pt_str_utf8(s, NULL))
        return;
    if (pt_map_get(&x->seen, pt_path_hash(s)))
        return;
    if (x->texts.items.n == TEXTS_MAX) {
        x->more = true;
        return;
    }
    if (!pt_map_put(&x->seen, pt_path_hash(s), x))
        x->texts.full = true;
    pt_list_add(&x->texts, pt_string(pt_arena_str(x->a, s)));
}

// -- programs and libraries -----------------------------------------------------------------------

// Within the table of strings, without its NUL.
static pt_str name_at(pt_str texts, uint64_t at, size_t bytes_max) {
    if (at >= texts.n)
        return (pt_str){0};
    pt_str s = pt_str_sub(texts, (size_t)at, (size_t)at + bytes_max);
    s = pt_str_sub(s, 0, pt_str_find(s, '\0'));
    return pt_str_utf8(s, NULL) ? s : (pt_str){0};
}

static uint64_t find_tag(const pt_elf *f, pt_str table, uint64_t tag) {
    size_t word = f->wide ? 8 : 4;
    for (size_t at = 0; at + 2 * word <= table.n; at += 2 * word) {
        uint64_t its = pt_elf_word(f, table, at);
        if (its == tag)
            return pt_elf_word(f, table, at + word);
        if (!its)
            break;
    }
    return UINT64_MAX;
}

static bool put_dynamic(needs *x, const pt_elf *f, pt_str table) {
    size_t word = f->wide ? 8 : 4;
    pt_str texts = pt_elf_at(f, find_tag(f, table, DYN_STRINGS));
    pt_list l = {.a = x->a};
    uint64_t paths = find_tag(f, table, DYN_RUNPATH);
    if (paths == UINT64_MAX)
        paths = find_tag(f, table, DYN_RPATH);
    for (size_t at = 0; at + 2 * word <= table.n; at += 2 * word) {
        uint64_t tag = pt_elf_word(f, table, at);
        if (!tag)
            break;
        pt_str name =
            tag == DYN_NEEDED ? name_at(texts, pt_elf_word(f, table, at + word), 256) : (pt_str){0};
        if (tag == DYN_NEEDED && (!name.n || l.items.n == LIBRARIES_MAX))
            return false; // what it needs cannot be told
        if (name.n)
            pt_list_add(&l, pt_string(pt_arena_str(x->a, name)));
    }
    pt_obj_set(&x->o, "libraries", pt_list_end(&l));
    pt_str said = paths != UINT64_MAX ? name_at(texts, paths, PATHS_BYTES_MAX) : (pt_str){0};
    if (said.n)
        pt_obj_set(&x->o, "paths", pt_string(pt_arena_str(x->a, said)));
    return true;
}

// By the names of symbols, wherever they stand in its table of strings.
static bool runs_shell(const pt_elf *f) {
    static const pt_str names[] = {PT_STR("\0system\0"), PT_STR("\0popen\0"),
                                   PT_STR("\0wordexp\0")};
    pt_str texts = pt_elf_section_named(f, ".dynstr");
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_has(texts, names[i]))
            return true;
    return false;
}

static bool is_of_path(char c) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || (c && strchr("._+-/@~", c));
}

// A path, or a library's name. What ends in "/" is a path's begin, of something that nobody knows.
static bool is_mention(pt_str s) {
    if (s.n < TEXT_BYTES_MIN || s.n > TEXT_BYTES_MAX)
        return false;
    bool path = s.p[0] == '/' && s.p[1] != '/';
    return path || (pt_str_starts(s, PT_STR("lib")) && pt_str_has(s, PT_STR(".so")) &&
                    pt_str_find(s, '/') == s.n);
}

static void put_mentions(needs *x, pt_str text) {
    for (size_t at = 0; at < text.n;) {
        size_t n = 0;
        while (at + n < text.n && is_of_path(text.p[at + n]))
            n++;
        pt_str s = pt_str_sub(text, at, at + n);
        if (is_mention(s))
            add_text(x, s);
        at += n + 1;
    }
    pt_obj_set(&x->o, "mentions", pt_list_end(&x->texts));
}

// False: not to be understood.
static bool put_program(needs *x, pt_str text) {
    pt_elf f = {0};
    pt_elf_part s;
    if (!pt_elf_open(&f, text))
        return false;
    bool told = true;
    pt_obj_set(&x->o, "machine",
               pt_int((int64_t)pt_elf_number(&f, text, 18, 2) * 2 + (f.wide ? 1 : 0)));
    for (uint32_t i = 0; told && pt_elf_segment(&f, i, &s); i++) {
        pt_str loader = pt_str_sub(s.bytes, 0, pt_str_find(s.bytes, '\0'));
        if (s.type == SEG_INTERPRETER && loader.n <= TEXT_BYTES_MAX && pt_str_utf8(loader, NULL))
            pt_obj_set(&x->o, "interpreter", pt_string(pt_arena_str(x->a, loader)));
        if (s.type == SEG_DYNAMIC)
            told = put_dynamic(x, &f, s.bytes);
    }
    if (runs_shell(&f))
        pt_obj_set(&x->o, "shell", pt_bool(true));
    put_mentions(x, text);
    return told;
}

// -- texts ----------------------------------------------------------------------------------------

static void put_script(needs *x, pt_str text) {
    pt_str rest = pt_str_sub(text, 2, SCRIPT_BYTES_MAX);
    pt_str line = pt_str_trim(pt_str_sub(rest, 0, pt_str_find(rest, '\n')));
    pt_str word;
    x->more |= text.n > SCRIPT_BYTES_MAX;
    if (line.n > TEXT_BYTES_MAX || !pt_str_utf8(line, NULL))
        line.n = 0;
    pt_obj_set(&x->o, "script", pt_string(pt_arena_str(x->a, line)));
    while (pt_command_word(&rest, &word))
        add_text(x, word);
    pt_obj_set(&x->o, "words", pt_list_end(&x->texts));
}

static void put_folders(needs *x, pt_str text) {
    pt_str line;
    pt_str part;
    while (pt_str_split(&text, '\n', &line))
        while (pt_str_split(&line, ':', &part))
            if (pt_str_starts(pt_str_trim(part), PT_STR("/")))
                add_text(x, pt_str_trim(part));
    pt_obj_set(&x->o, "folders", pt_list_end(&x->texts));
}

static bool starts_with_any(pt_str s, const char *const *prefixes) {
    for (; *prefixes; prefixes++)
        if (pt_str_starts(s, pt_str_of(*prefixes)))
            return true;
    return false;
}

// Settings and what else the image's maker wrote: they name files of the system. Login shells are
// none that a process starts.
static bool may_name_files(const pt_tar_entry *t) {
    static const char *const logins[] = {"etc/passwd", "etc/shells", NULL};
    static const char *const system[] = {"usr/",  "lib",   "bin/", "sbin/", "var/",
                                         "boot/", "proc/", "sys/", "dev/",  NULL};
    return t->type == PT_TAR_FILE && t->size >= TEXT_BYTES_MIN && t->size <= SETTINGS_BYTES_MAX &&
           !t->sparse && !starts_with_any(t->path, system) && !starts_with_any(t->path, logins);
}

static bool put_named(needs *x, pt_str text) {
    static const char *const system[] = {"/usr/", "/lib",  "/bin/", "/sbin/",
                                         "/etc/", "/var/", NULL};
    pt_str word;
    if (pt_str_find(text, '\0') < text.n) // no text
        return false;
    while (pt_command_word(&text, &word))
        if (starts_with_any(word, system))
            add_text(x, word);
    pt_obj_set(&x->o, "mentions", pt_list_end(&x->texts));
    return x->texts.items.n > 0;
}

// -- the look -------------------------------------------------------------------------------------

// ld.so.conf and what it includes; musl's ld-musl-ARCH.path.
static bool lists_folders(pt_str path) {
    return pt_str_eqz(path, "etc/ld.so.conf") ||
           (pt_str_starts(path, PT_STR("etc/ld.so.conf.d/")) &&
            pt_str_ends(path, PT_STR(".conf"))) ||
           (pt_str_starts(path, PT_STR("etc/ld-musl-")) && pt_str_ends(path, PT_STR(".path")));
}

static bool starts(const pt_walk *w, const char *z) {
    return pt_str_starts(pt_buf_str(&w->content), pt_str_of(z));
}

// Which of them it is shows in its first bytes; of the smallest files nobody read them.
bool pt_wants_needs(const pt_walk *w, const pt_tar_entry *t) {
    bool unknown = w->content.n < 2 && t->size >= 4 && t->size < 64;
    return pt_wants_elf(w, t) || starts(w, "#!") || unknown || lists_folders(t->path) ||
           may_name_files(t);
}

static pt_value told(needs *x, bool read) {
    if (!read)
        pt_obj_set(&x->o, "unread", pt_bool(true));
    if (x->more)
        pt_obj_set(&x->o, "more", pt_bool(true));
    return pt_obj_end(&x->o);
}

pt_code pt_see_needs(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e) {
    needs x = {.a = seen->a, .o = {.a = seen->a}, .texts = {.a = seen->a}, .seen = {.a = seen->a}};
    pt_str text = pt_buf_str(&w->content);
    bool elf = starts(w, "\x7f"
                         "ELF");
    bool script = starts(w, "#!");
    bool whole = text.n == t->size && !t->sparse;
    bool folders = lists_folders(t->path);
    if (!elf && !script && !folders && !(whole && may_name_files(t)))
        return PT_OK;
    if (whole && elf)
        whole = put_program(&x, text);
    else if (whole && script)
        put_script(&x, text);
    else if (whole && folders)
        put_folders(&x, text);
    else if (!elf && !script && !folders && !put_named(&x, text))
        return PT_OK;
    pt_value v = told(&x, whole);
    if (!pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_obj_set(seen, "needs", v);
    return PT_OK;
}
