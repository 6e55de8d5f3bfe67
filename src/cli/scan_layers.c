#include "cli/scan_layers.h"

#include "record/report/cells.h"

enum {
    SHOWN_MAX = 5, // of a list in a terminal
    TEXT_FROM = 4,
    STEP_FROM = 50, // of the table of layers
    STEP_CELLS_MIN = 20,
    LINE_BYTES_MAX = 1 << 16,
};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static int64_t number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

void pt_scan_put_size(pt_buf *b, int64_t bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    double n = (double)bytes;
    size_t u = 0;
    for (; n >= 1024 && u + 1 < PT_COUNT(units); u++)
        n /= 1024;
    pt_buf_printf(b, u ? "%.1f %s" : "%.0f %s", n, units[u]);
}

static const char *plural(int64_t n, const char *one, const char *many) {
    return n == 1 ? one : many;
}

// -- the limit ------------------------------------------------------------------------------------

static bool digits(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

// "5", "2.5": of a hundred, one digit behind the point.
static bool parse_percent(pt_str s, uint64_t *ret) {
    pt_str whole = pt_str_sub(s, 0, pt_str_find(s, '.'));
    pt_str tenth = pt_str_sub(s, whole.n + 1, s.n);
    int64_t n = 0;
    bool ok = digits(whole) && pt_str_int(whole, 10, &n) && n <= 100 &&
              (whole.n == s.n || (tenth.n == 1 && digits(tenth)));
    if (ok)
        *ret = (uint64_t)n * 10 + (tenth.n ? (uint64_t)(tenth.p[0] - '0') : 0);
    return ok;
}

static bool parse_bytes(pt_str s, uint64_t *ret) {
    static const pt_str units = PT_STR("KMG");
    size_t unit = s.n ? pt_str_find(units, s.p[s.n - 1]) : units.n;
    pt_str count = pt_str_sub(s, 0, s.n - (unit < units.n));
    int64_t n = 0;
    unsigned shift = unit < units.n ? 10 * ((unsigned)unit + 1) : 0;
    bool ok = digits(count) && pt_str_int(count, 10, &n) && n <= INT64_MAX >> shift;
    if (ok)
        *ret = (uint64_t)n << shift;
    return ok;
}

pt_code pt_scan_waste_limit(const pt_args *args, pt_waste_limit *ret, pt_err *e) {
    const char *word = pt_args_get(args, "max-waste");
    pt_str s = pt_str_of(word);
    *ret = (pt_waste_limit){.asked = word != NULL, .permille = pt_str_ends(s, PT_STR("%"))};
    if (!word)
        return PT_OK;
    if (!pt_args_flag(args, "layers")) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--max-waste is of --layers");
        pt_err_remedy(e, "add --layers");
        return code;
    }
    bool ok = ret->permille ? parse_percent(pt_str_sub(s, 0, s.n - 1), &ret->most)
                            : parse_bytes(s, &ret->most);
    if (ok)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--max-waste does not know %s", word);
    pt_err_remedy(e, "a share of what all layers hold, or bytes: 5%%, 2.5%%, 50M");
    return code;
}

// -- a pipe ---------------------------------------------------------------------------------------

static void put_paths(pt_buf *b, pt_value paths) {
    for (size_t i = 0; i < pt_len(paths); i++) {
        pt_buf_putz(b, i ? ", " : "");
        pt_buf_put_safe(b, text_of(pt_at(paths, i), "path"));
    }
}

static void plain_layers(pt_buf *b, pt_value doc) {
    pt_value of = pt_getz(pt_getz(doc, "waste"), "layers");
    for (size_t i = 0; i < pt_len(of); i++) {
        pt_value layer = pt_at(pt_getz(doc, "layers"), i);
        pt_value w = pt_at(of, i);
        pt_buf_printf(b, "layer  %zu  %lld  %lld  %lld  %lld  ", i + 1,
                      (long long)number_of(w, "bytes"), (long long)number_of(layer, "stored"),
                      (long long)number_of(w, "files"), (long long)number_of(w, "wasted"));
        pt_buf_put_safe(b, text_of(layer, "step"));
        pt_buf_putc(b, '\n');
    }
}

static void plain_lists(pt_buf *b, pt_value waste) {
    pt_value l = pt_getz(waste, "removed");
    for (size_t i = 0; i < pt_len(l); i++) {
        pt_value g = pt_at(l, i);
        pt_buf_printf(b, "waste  %.*s  layer %lld  by %lld  %lld  %lld  ",
                      PT_PRI(text_of(g, "how")), (long long)number_of(g, "layer"),
                      (long long)number_of(g, "by"), (long long)number_of(g, "bytes"),
                      (long long)number_of(g, "files"));
        put_paths(b, pt_getz(g, "largest"));
        pt_buf_putc(b, '\n');
    }
    l = pt_getz(waste, "duplicates");
    for (size_t i = 0; i < pt_len(l); i++) {
        pt_buf_printf(b, "twice  %lld  %lld  ", (long long)number_of(pt_at(l, i), "wasted"),
                      (long long)number_of(pt_at(l, i), "files"));
        put_paths(b, pt_getz(pt_at(l, i), "paths"));
        pt_buf_putc(b, '\n');
    }
    l = pt_getz(waste, "caches");
    for (size_t i = 0; i < pt_len(l); i++)
        pt_buf_printf(
            b, "cache  %.*s  layer %lld  %lld  %lld  %.*s\n", PT_PRI(text_of(pt_at(l, i), "of")),
            (long long)number_of(pt_at(l, i), "layer"), (long long)number_of(pt_at(l, i), "bytes"),
            (long long)number_of(pt_at(l, i), "files"), PT_PRI(text_of(pt_at(l, i), "folder")));
}

static void plain_order(pt_buf *b, pt_value order) {
    for (size_t i = 0; i < pt_len(order); i++) {
        pt_value repeats = pt_getz(pt_at(order, i), "repeats");
        for (size_t k = 0; k < pt_len(repeats); k++) {
            pt_value r = pt_at(repeats, k);
            pt_buf_printf(b, "order  layer %lld  before %lld  %lld  ",
                          (long long)number_of(pt_at(order, i), "layer"),
                          (long long)number_of(r, "layer"), (long long)number_of(r, "bytes"));
            pt_buf_put_safe(b, text_of(r, "step"));
            pt_buf_putc(b, '\n');
        }
    }
}

// -- a terminal -----------------------------------------------------------------------------------

static void put_heading(pt_buf *b, const pt_terminal *t, const char *text) {
    pt_buf_putc(b, '\n');
    pt_paint(b, t, PT_ROLE_HEAD, pt_str_of(text));
}

// A size in ten cells.
static void put_size(pt_buf *b, int64_t bytes) {
    PT_AUTO(pt_buf_done) pt_buf size = PT_BUF(64);
    pt_scan_put_size(&size, bytes);
    pt_buf_printf(b, "%10.*s", PT_PRI(pt_buf_str(&size)));
}

// The rest of a line, from column `from` on: of bytes of an image.
static void put_rest(pt_buf *b, const pt_terminal *t, pt_str s, size_t from) {
    size_t room = t->width > from + STEP_CELLS_MIN ? t->width - from : STEP_CELLS_MIN;
    pt_put_cut_middle(b, t, s, room);
    pt_buf_putc(b, '\n');
}

static void put_step(pt_buf *b, const pt_terminal *t, pt_str step, size_t from) {
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(LINE_BYTES_MAX);
    pt_buf_put_safe(&line, step);
    put_rest(b, t, pt_buf_str(&line), from);
}

static void put_advice(pt_buf *b, const char *before, pt_str advice) {
    pt_buf_fill(b, ' ', TEXT_FROM);
    pt_buf_printf(b, "%s%.*s\n", before, PT_PRI(advice));
}

static void put_more(pt_buf *b, size_t n) {
    if (n > SHOWN_MAX)
        pt_buf_printf(b, "    and %zu more: --json\n", n - SHOWN_MAX);
}

static size_t shown_of(pt_value list) {
    return pt_len(list) < SHOWN_MAX ? pt_len(list) : SHOWN_MAX;
}

static void put_layers(pt_buf *b, const pt_terminal *t, pt_value doc) {
    pt_value of = pt_getz(pt_getz(doc, "waste"), "layers");
    put_heading(b, t, "Layers");
    pt_paint(b, t, PT_ROLE_HEAD, PT_STR("      size    stored   files     waste  step"));
    pt_buf_putc(b, '\n');
    for (size_t i = 0; i < pt_len(of); i++) {
        pt_value layer = pt_at(pt_getz(doc, "layers"), i);
        pt_value w = pt_at(of, i);
        pt_buf_printf(b, "  %3zu ", i + 1);
        put_size(b, number_of(w, "bytes"));
        put_size(b, number_of(layer, "stored"));
        pt_buf_printf(b, "%8lld", (long long)number_of(w, "files"));
        put_size(b, number_of(w, "wasted"));
        pt_buf_putz(b, "  ");
        put_step(b, t, text_of(layer, "step"), STEP_FROM - 4);
    }
}

static void put_removed(pt_buf *b, const pt_terminal *t, pt_value waste) {
    pt_value l = pt_getz(waste, "removed");
    char room[PT_NUMBER_ROOM];
    put_heading(b, t, "Waste");
    pt_buf_putz(b, "  ");
    pt_scan_put_size(b, number_of(waste, "wasted"));
    pt_buf_putz(b, " of ");
    pt_scan_put_size(b, number_of(waste, "written"));
    pt_buf_printf(b, ", efficiency %.*s %% = 1 - wasted / written\n",
                  PT_PRI(pt_number_text(pt_getz(waste, "efficiency"), room)));
    for (size_t i = 0; i < shown_of(l); i++) {
        pt_value g = pt_at(l, i);
        PT_AUTO(pt_buf_done) pt_buf paths = PT_BUF(LINE_BYTES_MAX);
        int64_t files = number_of(g, "files");
        put_size(b, number_of(g, "bytes"));
        pt_buf_printf(b, "  %.*s in layer %lld: %lld %s of layer %lld\n", PT_PRI(text_of(g, "how")),
                      (long long)number_of(g, "by"), (long long)files,
                      plural(files, "file", "files"), (long long)number_of(g, "layer"));
        put_paths(&paths, pt_getz(g, "largest"));
        pt_buf_fill(b, ' ', TEXT_FROM);
        put_rest(b, t, pt_buf_str(&paths), TEXT_FROM);
        put_advice(b, "", text_of(g, "advice"));
    }
    put_more(b, (size_t)number_of(waste, "removed_n"));
}

static void put_twice(pt_buf *b, const pt_terminal *t, pt_value waste) {
    pt_value l = pt_getz(waste, "duplicates");
    if (!pt_len(l))
        return;
    put_heading(b, t, "The same content twice");
    pt_buf_putz(b, "  ");
    pt_scan_put_size(b, number_of(waste, "duplicate_bytes"));
    pt_buf_putc(b, '\n');
    for (size_t i = 0; i < shown_of(l); i++) {
        PT_AUTO(pt_buf_done) pt_buf paths = PT_BUF(LINE_BYTES_MAX);
        put_paths(&paths, pt_getz(pt_at(l, i), "paths"));
        put_size(b, number_of(pt_at(l, i), "wasted"));
        pt_buf_putz(b, "  ");
        put_rest(b, t, pt_buf_str(&paths), 12);
    }
    put_more(b, pt_len(l));
}

static void put_caches(pt_buf *b, const pt_terminal *t, pt_value waste) {
    pt_value l = pt_getz(waste, "caches");
    if (!pt_len(l))
        return;
    put_heading(b, t, "Package managers' caches");
    pt_buf_putz(b, "  ");
    pt_scan_put_size(b, number_of(waste, "cache_bytes"));
    pt_buf_putc(b, '\n');
    for (size_t i = 0; i < shown_of(l); i++) {
        pt_value c = pt_at(l, i);
        put_size(b, number_of(c, "bytes"));
        pt_buf_printf(b, "  %.*s, layer %lld\n", PT_PRI(text_of(c, "folder")),
                      (long long)number_of(c, "layer"));
        put_advice(b, "", text_of(c, "advice"));
    }
    put_more(b, pt_len(l));
}

static void put_folders(pt_buf *b, const pt_terminal *t, pt_value waste) {
    pt_value l = pt_getz(waste, "folders");
    if (!pt_len(l))
        return;
    put_heading(b, t, "Largest folders");
    pt_buf_putc(b, '\n');
    for (size_t i = 0; i < shown_of(l); i++) {
        put_size(b, number_of(pt_at(l, i), "bytes"));
        pt_buf_putz(b, "  ");
        put_step(b, t, text_of(pt_at(l, i), "path"), 12);
    }
}

static void put_order(pt_buf *b, const pt_terminal *t, pt_value waste) {
    pt_value l = pt_getz(waste, "order");
    if (!pt_len(l))
        return;
    put_heading(b, t, "Order of steps");
    pt_buf_putz(b, ", where a change of what is copied installs packages anew\n");
    for (size_t i = 0; i < shown_of(l); i++) {
        pt_value o = pt_at(l, i);
        pt_value repeats = pt_getz(o, "repeats");
        pt_buf_printf(b, "  %3lld  ", (long long)number_of(o, "layer"));
        put_step(b, t, text_of(o, "step"), 7);
        for (size_t k = 0; k < shown_of(repeats); k++) {
            pt_value r = pt_at(repeats, k);
            pt_buf_printf(b, "  %3lld  repeats ", (long long)number_of(r, "layer"));
            pt_scan_put_size(b, number_of(r, "bytes"));
            pt_buf_putz(b, ": ");
            put_step(b, t, text_of(r, "step"), 27);
            put_advice(b, "   ", text_of(r, "advice"));
        }
        put_more(b, pt_len(repeats));
    }
    put_more(b, pt_len(l));
}

// -- all of it ------------------------------------------------------------------------------------

void pt_scan_waste_show(pt_buf *b, pt_value doc, const pt_terminal *t) {
    pt_value waste = pt_getz(doc, "waste");
    if (!pt_defined(waste))
        return;
    if (!t->width) {
        plain_layers(b, doc);
        plain_lists(b, waste);
        plain_order(b, pt_getz(waste, "order"));
        return;
    }
    put_layers(b, t, doc);
    put_removed(b, t, waste);
    put_twice(b, t, waste);
    put_caches(b, t, waste);
    put_folders(b, t, waste);
    put_order(b, t, waste);
}

void pt_scan_waste_count(pt_buf *b, pt_value doc) {
    pt_value waste = pt_getz(doc, "waste");
    if (!pt_defined(waste))
        return;
    pt_buf_putz(b, ", ");
    pt_scan_put_size(b, number_of(waste, "wasted"));
    pt_buf_putz(b, " wasted");
}
