#include "judge/policy/explain.h"

#include <stdio.h>

#include "judge/policy/fn/print.h"

enum {
    VALUE_BYTES_MAX = 400,     // of a value that is shown
    VALUE_ARENA_MAX = 1 << 20, // of one that can be
};

static const char *const WORDS[] = {
    [PT_TOLD_ENTER] = "Enter", [PT_TOLD_EXIT] = "Exit", [PT_TOLD_AGAIN] = "Redo",
    [PT_TOLD_EVAL] = "Eval",   [PT_TOLD_FAIL] = "Fail", [PT_TOLD_NOTE] = "Note",
    [PT_TOLD_CASE] = "Case",
};

bool pt_explain_mode_of(pt_str name, pt_explain_mode *ret) {
    static const char *const names[] = {"full", "notes", "fails"};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        if (!pt_str_eqz(name, names[i]))
            continue;
        *ret = (pt_explain_mode)i;
        return true;
    }
    return false;
}

// -- hearing --------------------------------------------------------------------------------------

static bool room_for_frame(pt_explain *x, size_t frame) {
    while (x->at.n <= frame) {
        uint32_t *at = PT_PUSH(x->arena, &x->at);
        uint32_t *base = at ? PT_PUSH(x->arena, &x->bases) : NULL;
        if (!base)
            return false;
        *at = *base = 0;
    }
    return true;
}

// A rule is one deeper than what asked for it. Frames that tell nothing are as deep as theirs.
static uint32_t depth_of(pt_explain *x, const pt_eval_event *e) {
    uint32_t around = x->frames ? x->at.v[x->frames - 1] : 0;
    for (size_t f = x->frames; f <= e->frame; f++)
        x->at.v[f] = x->bases.v[f] = around;
    if (e->told == PT_TOLD_ENTER && e->mark->name.p)
        x->bases.v[e->frame] = (e->frame ? x->at.v[e->frame - 1] : 0) + 1;
    x->frames = e->frame + 1;
    return x->at.v[e->frame] = x->bases.v[e->frame] + e->mark->depth;
}

static void keep(pt_explain *x, const pt_explain_line *line) {
    pt_explain_line *slot = x->lines.n < PT_EXPLAIN_LINES_MAX ? PT_PUSH(x->arena, &x->lines) : NULL;
    if (slot)
        *slot = *line;
    else
        x->cut = true;
}

static bool wanted(pt_explain_mode mode, pt_told told) {
    bool note = told == PT_TOLD_NOTE;
    bool fail = told == PT_TOLD_FAIL;
    return (note && mode != PT_EXPLAIN_FAILS) || (fail && mode != PT_EXPLAIN_NOTES);
}

// Remember how evaluation got to depth `line->depth`.
static void step(pt_explain *x, const pt_explain_line *line) {
    while (x->path.n < line->depth) {
        pt_explain_line *slot = PT_PUSH(x->arena, &x->path);
        if (!slot) {
            x->cut = true;
            return;
        }
        *slot = (pt_explain_line){0};
    }
    x->path.n = line->depth;
    x->path.v[line->depth - 1] = *line;
}

// The steps that lead here, but those that were told before.
static void keep_path(pt_explain *x, uint32_t depth) {
    for (size_t i = 0; i < x->path.n; i++) {
        if (i < depth && x->path.v[i].mark)
            keep(x, &x->path.v[i]);
        x->path.v[i].mark = NULL;
    }
}

void pt_explain_hear(void *explain, const pt_eval_event *e) {
    pt_explain *x = explain;
    x->cut = x->cut || !room_for_frame(x, e->frame);
    if (x->cut || (!e->mark->scope && !e->mark->written.n))
        return;
    pt_explain_line line = {e->told, e->mark, depth_of(x, e), {NULL, 0}};
    if (e->told == PT_TOLD_NOTE) {
        line.note = pt_arena_str(x->arena, pt_text(e->values[0]));
        x->cut = !line.note.p;
    }
    if (x->mode == PT_EXPLAIN_FULL) {
        keep(x, &line);
        return;
    }
    if (wanted(x->mode, e->told)) {
        keep_path(x, line.depth);
        keep(x, &line);
    }
    if (e->mark->scope && line.depth && (e->told == PT_TOLD_ENTER || e->told == PT_TOLD_AGAIN))
        step(x, &line);
}

// -- showing --------------------------------------------------------------------------------------

void pt_mark_write(pt_buf *b, const pt_mark *m) {
    if (m->name.n) {
        pt_buf_put_safe(b, m->name);
        return;
    }
    pt_str rest = m->written;
    pt_str line;
    bool first = true;
    while (pt_str_split(&rest, '\n', &line)) {
        line = pt_str_trim(line);
        if (!line.n)
            continue;
        pt_buf_putz(b, first ? "" : " ");
        pt_buf_put_safe(b, line);
        first = false;
    }
}

static size_t write_place(pt_buf *b, const pt_location *p) {
    size_t before = b->n;
    if (p->file.n)
        pt_buf_put_safe(b, p->file);
    else
        pt_buf_putz(b, "query");
    pt_buf_printf(b, ":%u", p->row);
    return b->n - before;
}

static uint32_t bars(const pt_explain_line *l) {
    bool head = l->mark->scope && (l->told == PT_TOLD_ENTER || l->told == PT_TOLD_AGAIN);
    return l->depth - (head && l->depth ? 1 : 0);
}

void pt_explain_write(pt_buf *b, const pt_explain *x) {
    size_t width = 0;
    for (size_t i = 0; i < x->lines.n; i++) {
        PT_AUTO(pt_buf_done) pt_buf place = PT_BUF(1 << 20);
        size_t n = write_place(&place, &x->lines.v[i].mark->place);
        width = n > width ? n : width;
    }
    for (size_t i = 0; i < x->lines.n; i++) {
        const pt_explain_line *l = &x->lines.v[i];
        size_t n = write_place(b, &l->mark->place);
        pt_buf_fill(b, ' ', width - n + 2);
        for (uint32_t k = 0; k < bars(l); k++)
            pt_buf_putz(b, "| ");
        pt_buf_printf(b, "%s ", WORDS[l->told]);
        if (l->told == PT_TOLD_NOTE) {
            pt_buf_putc(b, '"');
            pt_buf_put_safe(b, l->note);
            pt_buf_putc(b, '"');
        } else
            pt_mark_write(b, l->mark);
        pt_buf_putc(b, '\n');
    }
    if (x->cut)
        pt_buf_putz(b, "(more happened than there is room for)\n");
}

static bool put_line(void *to, pt_str line) {
    pt_buf *b = to;
    bool cut = line.n > VALUE_BYTES_MAX + 2; // between its brackets
    pt_buf_put_safe(b, pt_str_sub(line, 1, cut ? VALUE_BYTES_MAX : line.n - 1));
    pt_buf_putz(b, cut ? "..." : "");
    return true;
}

void pt_value_write(pt_buf *b, pt_value v) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    if (!pt_defined(v)) {
        pt_buf_putz(b, "undefined");
        return;
    }
    a.bytes_max = VALUE_ARENA_MAX; // a value may be small and say itself again and again
    v = pt_clone(&a, v);
    if (!pt_defined(v)) {
        pt_buf_putz(b, "(too large to show)");
        return;
    }
    pt_value inner = pt_array_of(&a, &v, 1);
    pt_value operands = pt_array_of(&a, &inner, 1);
    if (!pt_defined(operands) || !pt_print_lines(operands, "", put_line, b))
        b->full = true;
}

pt_value pt_location_value(pt_arena *a, const pt_location *p) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "file", pt_string(p->file));
    pt_obj_set(&o, "row", pt_int(p->row));
    pt_obj_set(&o, "col", pt_int(p->column));
    return pt_obj_end(&o);
}

static pt_value line_value(pt_arena *a, const pt_explain_line *l) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 20);
    pt_mark_write(&text, l->mark);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "op", pt_stringz(WORDS[l->told]));
    pt_obj_set(&o, "depth", pt_int(l->depth));
    pt_obj_set(&o, "node", pt_string(pt_arena_str(a, pt_buf_str(&text))));
    pt_obj_set(&o, "location", pt_location_value(a, &l->mark->place));
    if (l->told == PT_TOLD_NOTE)
        pt_obj_set(&o, "message", pt_string(l->note));
    return pt_obj_end(&o);
}

pt_value pt_explain_value(pt_arena *a, const pt_explain *x) {
    pt_list all = {.a = a};
    for (size_t i = 0; i < x->lines.n; i++)
        pt_list_add(&all, line_value(a, &x->lines.v[i]));
    if (x->cut) {
        pt_obj o = {.a = a};
        pt_obj_set(&o, "op", pt_stringz("Cut"));
        pt_obj_set(&o, "message", pt_stringz("more happened than there is room for"));
        pt_list_add(&all, pt_obj_end(&o));
    }
    return pt_list_end(&all);
}
