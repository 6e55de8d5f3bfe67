// How programs and libraries were built: what the worker saw of their ELF files
// (collect/image/look_elf.c). Those of packages only their distribution can build anew: they are
// counted in one note.
#include "judge/image/hardening_impl.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static bool is_set(pt_value v, const char *key) {
    return pt_true(pt_getz(v, key));
}

// Another name of a file that is judged by its first one. A name that outlived the first one, or
// what stands there now, is judged itself; so is one whose first one is such a name, too.
static bool is_second_name(const pt_hardening *x, const pt_file *f) {
    const pt_file *to = f->hard ? pt_files_at(x->f->files, f->link) : NULL;
    return to && !to->hard && pt_tag_of(to->seen) == PT_OBJECT && to->seen.seq == f->seen.seq;
}

// What was seen of a program that the image itself adds; undefined: it is none.
static pt_value own(const pt_hardening *x, const pt_file *f) {
    pt_value elf = pt_getz(f->seen, "elf");
    bool core = pt_str_eqz(text_of(elf, "kind"), "core");
    bool none = !pt_defined(elf) || f->owner.n || core;
    return none || is_second_name(x, f) ? pt_undefined() : elf;
}

static bool is_unread(pt_value elf) {
    return is_set(elf, "unread") || is_set(elf, "packed");
}

static pt_verdict of(bool fails) {
    return fails ? PT_FAIL : PT_PASS;
}

// -- one check each, of what was seen -------------------------------------------------------------

static pt_verdict pie(pt_value elf) {
    pt_str kind = text_of(elf, "kind");
    return pt_str_eqz(kind, "library") ? PT_NOT_APPLICABLE : of(pt_str_eqz(kind, "fixed"));
}

static pt_verdict relro(pt_value elf) {
    pt_str said = text_of(elf, "relro");
    return said.n ? of(!pt_str_eqz(said, "full")) : PT_NOT_APPLICABLE;
}

static pt_verdict stack(pt_value elf) {
    return of(is_set(elf, "stack"));
}

static pt_verdict overwritten(pt_value elf) {
    return of(is_set(elf, "rwx") || is_set(elf, "textrel"));
}

// Go and Rust check bounds themselves. Of a static program without names nobody can tell, nor of
// one that hides them; a library without names has no functions.
static pt_verdict canary(pt_value elf) {
    pt_value said = pt_getz(elf, "canary");
    if (text_of(elf, "from").n || pt_true(said))
        return text_of(elf, "from").n ? PT_NOT_APPLICABLE : PT_PASS;
    if (!pt_defined(said))
        return is_set(elf, "nameless") || pt_str_eqz(text_of(elf, "linked"), "static")
                   ? PT_NOT_EVALUATED
                   : PT_NOT_APPLICABLE;
    bool buffers = is_set(elf, "buffers") || pt_str_eqz(text_of(elf, "linked"), "static");
    return buffers ? PT_FAIL : PT_NOT_APPLICABLE;
}

static pt_verdict fortify(pt_value elf) {
    int64_t fortified = 0;
    int64_t plain = 0;
    if (is_set(elf, "nameless"))
        return PT_NOT_EVALUATED;
    if (is_set(elf, "musl") || !pt_to_int(pt_getz(elf, "fortified"), &fortified) ||
        !pt_to_int(pt_getz(elf, "plain"), &plain) || (!fortified && !plain))
        return PT_NOT_APPLICABLE;
    return of(!fortified);
}

static pt_verdict jumps(pt_value elf) {
    pt_value said = pt_getz(elf, "branch");
    bool asked = pt_defined(said) && !text_of(elf, "from").n;
    return asked ? of(!pt_true(said)) : PT_NOT_APPLICABLE;
}

static bool is_open(const pt_hardening *x, pt_str part) {
    static const pt_str open[] = {PT_STR("/tmp"), PT_STR("/var/tmp"), PT_STR("/dev/shm")};
    if (pt_str_starts(part, PT_STR("$ORIGIN")) || pt_str_starts(part, PT_STR("${ORIGIN}")))
        return false;
    for (size_t i = 0; i < PT_COUNT(open); i++)
        if (pt_str_starts(part, open[i]))
            return true;
    const pt_file *f = pt_str_starts(part, PT_STR("/")) ? pt_hardening_find(x, part) : NULL;
    return !pt_str_starts(part, PT_STR("/")) || (f && pt_hardening_may_write(x, f));
}

// -- rows -----------------------------------------------------------------------------------------

static pt_verdict judge(const pt_hardening *x, const pt_file *f, pt_verdict (*test)(pt_value elf)) {
    pt_value elf = own(x, f);
    if (!pt_defined(elf))
        return PT_NOT_APPLICABLE;
    return is_unread(elf) ? PT_NOT_EVALUATED : test(elf);
}

#define ROW(TEST)                                                                              \
    static pt_verdict row_##TEST(const pt_hardening *x, const pt_file *f, const char *names) { \
        (void)names;                                                                           \
        return judge(x, f, TEST);                                                              \
    }
ROW(pie)
ROW(relro)
ROW(stack)
ROW(overwritten)
ROW(canary)
ROW(fortify)
ROW(jumps)

static pt_verdict rpath(const pt_hardening *x, const pt_file *f, const char *names) {
    pt_value elf = own(x, f);
    pt_value said = pt_getz(elf, "rpath");
    pt_str rest = pt_text(said);
    pt_str part;
    (void)names;
    if (!pt_defined(elf) || is_unread(elf))
        return pt_defined(elf) ? PT_NOT_EVALUATED : PT_NOT_APPLICABLE;
    if (pt_defined(said) && !rest.n)
        return PT_FAIL;
    while (pt_str_split(&rest, ':', &part))
        if (is_open(x, part))
            return PT_FAIL;
    return PT_PASS;
}

static pt_verdict packed(const pt_hardening *x, const pt_file *f, const char *names) {
    pt_value elf = own(x, f);
    (void)names;
    if (is_set(elf, "unread"))
        return PT_NOT_EVALUATED;
    return pt_defined(elf) ? of(is_set(elf, "packed")) : PT_NOT_APPLICABLE;
}

static pt_verdict packaged(const pt_hardening *x, const pt_file *f, const char *names) {
    pt_value elf = pt_getz(f->seen, "elf");
    (void)names;
    if (!f->owner.n || !pt_defined(elf) || is_second_name(x, f) || !text_of(elf, "kind").n ||
        pt_str_eqz(text_of(elf, "kind"), "core"))
        return PT_NOT_APPLICABLE;
    return of(pie(elf) == PT_FAIL || relro(elf) == PT_FAIL || stack(elf) == PT_FAIL ||
              overwritten(elf) == PT_FAIL);
}

const pt_file_row pt_program_rows[] = {
    {"PT-IMG-ELF-PIE", row_pie, NULL},
    {"PT-IMG-ELF-RELRO", row_relro, NULL},
    {"PT-IMG-ELF-STACK", row_stack, NULL},
    {"PT-IMG-ELF-RWX", row_overwritten, NULL},
    {"PT-IMG-ELF-CANARY", row_canary, NULL},
    {"PT-IMG-ELF-FORTIFY", row_fortify, NULL},
    {"PT-IMG-ELF-RPATH", rpath, NULL},
    {"PT-IMG-ELF-CFI", row_jumps, NULL},
    {"PT-IMG-ELF-PACKED", packed, NULL},
    {"PT-IMG-ELF-PKG", packaged, NULL},
    {0},
};
