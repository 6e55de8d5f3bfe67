#include "cli/scan_layers.h"
#include "cli/slim.h"
#include "record/report/cells.h"

enum {
    NAME_CELLS = 44,
    SHOWN_MAX = 15,
};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static long long number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

static const char *plural(long long n) {
    return n == 1 ? "" : "s";
}

static void put_head(pt_buf *b, const pt_terminal *t, const char *text) {
    pt_buf_putc(b, '\n');
    pt_paint(b, t, PT_ROLE_HEAD, pt_str_of(text));
    pt_buf_putc(b, '\n');
}

static void put_more(pt_buf *b, size_t n, size_t shown) {
    if (n > shown)
        pt_buf_printf(b, "  and %zu more: --full shows them\n", n - shown);
}

// -- one of each ----------------------------------------------------------------------------------

static void put_flaws(pt_buf *b, pt_value package) {
    long long n = number_of(package, "vulnerabilities");
    if (n)
        pt_buf_printf(b, "  %lld vulnerabilit%s", n, n == 1 ? "y" : "ies");
    pt_buf_putc(b, '\n');
}

static void put_package(pt_buf *b, const pt_terminal *t, pt_value p) {
    PT_AUTO(pt_buf_done) pt_buf cut = PT_BUF(1 << 14);
    PT_AUTO(pt_buf_done) pt_buf size = PT_BUF(64);
    long long files = number_of(p, "files");
    pt_scan_put_size(&size, number_of(p, "bytes"));
    if (!t->width) {
        pt_buf_printf(b, "package  %.*s  ", PT_PRI(text_of(p, "type")));
        pt_buf_put_safe(b, text_of(p, "name"));
        pt_buf_printf(b, "  %lld  %lld", number_of(p, "bytes"), files);
        put_flaws(b, p);
        return;
    }
    pt_put_cut_middle(&cut, t, text_of(p, "name"), NAME_CELLS);
    pt_buf_putz(b, "  ");
    pt_paint_padded(b, t, PT_ROLE_PLAIN, pt_buf_str(&cut), NAME_CELLS);
    pt_buf_printf(b, "  %10.*s  %lld file%s", (int)size.n, size.p, files, plural(files));
    put_flaws(b, p);
}

static void put_file(pt_buf *b, const pt_terminal *t, pt_value f) {
    PT_AUTO(pt_buf_done) pt_buf cut = PT_BUF(1 << 14);
    PT_AUTO(pt_buf_done) pt_buf size = PT_BUF(64);
    pt_scan_put_size(&size, number_of(f, "bytes"));
    if (!t->width) {
        pt_buf_putz(b, "file  /");
        pt_buf_put_safe(b, text_of(f, "path"));
        pt_buf_printf(b, "  %lld\n", number_of(f, "bytes"));
        return;
    }
    pt_put_cut_middle(&cut, t, text_of(f, "path"), NAME_CELLS);
    pt_buf_putz(b, "  /");
    pt_paint_padded(b, t, PT_ROLE_PLAIN, pt_buf_str(&cut), NAME_CELLS - 1);
    pt_buf_printf(b, "  %10.*s\n", (int)size.n, size.p);
}

static void put_missing(pt_buf *b, const pt_terminal *t, pt_value m) {
    pt_buf_putz(b, t->width ? "  " : "missing  ");
    pt_buf_put_safe(b, text_of(m, "name"));
    pt_buf_putz(b, t->width ? ", which is needed by /" : "  /");
    pt_buf_put_safe(b, text_of(m, "by"));
    pt_buf_putc(b, '\n');
}

static void put_doubt(pt_buf *b, const pt_terminal *t, pt_value d) {
    pt_buf_putz(b, t->width ? "  " : "doubt  ");
    pt_buf_put(b, text_of(d, "what"));
    pt_buf_putz(b, t->width ? ": /" : "  /");
    pt_buf_put_safe(b, text_of(d, "path"));
    pt_buf_putc(b, '\n');
}

// -- blocks ---------------------------------------------------------------------------------------

static void put_block(pt_buf *b, const pt_terminal *t, pt_value list, const char *head,
                      void (*put)(pt_buf *b, const pt_terminal *t, pt_value v)) {
    size_t n = pt_len(list);
    size_t shown = t->all || !t->width || n < SHOWN_MAX ? n : SHOWN_MAX;
    if (n && t->width)
        put_head(b, t, head);
    for (size_t i = 0; i < shown; i++)
        put(b, t, pt_at(list, i));
    put_more(b, n, shown);
}

// A command that is too long goes on in the next line, so that pasting it still works.
static void put_command(pt_buf *b, const pt_terminal *t, pt_str command) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(1 << 20);
    pt_buf_put_safe(&safe, command);
    pt_str rest = pt_buf_str(&safe);
    pt_str word;
    size_t at = 0;
    while (t->width && pt_str_word(&rest, &word)) {
        bool fits = at + word.n + 3 < t->width;
        if (at)
            pt_buf_putz(b, fits ? " " : " \\\n    ");
        at = at && fits ? at + 1 + word.n : 4 + word.n;
        pt_buf_put(b, word);
    }
    pt_buf_put(b, rest);
    pt_buf_putc(b, '\n');
}

static void put_steps(pt_buf *b, const pt_terminal *t, pt_value steps) {
    if (pt_len(steps) && t->width)
        put_head(b, t, "In a Dockerfile, as the last step of what is copied from");
    for (size_t i = 0; i < pt_len(steps); i++) {
        pt_buf_putz(b, t->width ? "  " : "dockerfile  ");
        put_command(b, t, pt_text(pt_at(steps, i)));
    }
}

static void put_summary(pt_buf *b, pt_value told) {
    pt_value before = pt_getz(told, "before");
    bool judged = pt_defined(pt_getz(before, "vulnerabilities"));
    pt_value after = pt_getz(told, "after");
    long long files = number_of(before, "files") - number_of(after, "files");
    long long packages = number_of(before, "packages") - number_of(after, "packages");
    pt_buf_printf(b, "%lld of %lld files left out, %lld of %lld packages, ", files,
                  number_of(before, "files"), packages, number_of(before, "packages"));
    if (judged)
        pt_buf_printf(b, "%lld of %lld vulnerabilities, ",
                      number_of(before, "vulnerabilities") - number_of(after, "vulnerabilities"),
                      number_of(before, "vulnerabilities"));
    pt_scan_put_size(b, number_of(before, "bytes"));
    pt_buf_putz(b, " became ");
    pt_scan_put_size(b, number_of(after, "bytes"));
    pt_buf_putc(b, '\n');
}

void pt_slim_show(const pt_slim *s, pt_buf *b, const pt_terminal *t) {
    const char *out = pt_args_get(s->args, "output");
    if (t->quiet) {
        put_summary(b, s->told);
        return;
    }
    if (t->width) {
        pt_paint(b, t, PT_ROLE_HEAD, PT_STR("Slim of "));
        pt_buf_put_safe(b, pt_str_of(s->args->operands[0]));
        pt_buf_putc(b, '\n');
    }
    put_block(b, t, pt_getz(s->told, "packages"), "Packages that nothing needs", put_package);
    if (t->all)
        put_block(b, t, pt_getz(s->told, "left_out"), "Files left out", put_file);
    put_block(b, t, pt_getz(s->told, "missing"), "Not in the image", put_missing);
    put_block(b, t, pt_getz(s->told, "doubts"), "Not followed to the end", put_doubt);
    if (!out || t->all)
        put_steps(b, t, pt_getz(s->told, "dockerfile"));
    if (t->width)
        pt_buf_putc(b, '\n');
    if (out) {
        pt_buf_printf(b, t->width ? "Written   %s  manifest " : "written  %s  manifest  ", out);
        pt_buf_put(b, s->manifest);
        pt_buf_putc(b, '\n');
    }
    put_summary(b, s->told);
}
