#include "judge/policy/rego/coverage.h"

#include <stdio.h>
#include <stdlib.h>

#include "judge/policy/rego/ast_visit.h"

// -- what can be covered --------------------------------------------------------------------------

static pt_range range_of(pt_str file, uint32_t row, uint32_t column, pt_str text) {
    pt_range r = {file, row, column, row, column};
    for (size_t i = 0; i < text.n; i++) {
        bool line = text.p[i] == '\n';
        r.end_row += line;
        if (line)
            r.end_column = 1;
        else if (((unsigned char)text.p[i] & 0xc0) != 0x80)
            r.end_column++;
    }
    return r;
}

typedef struct collector {
    pt_arena *a;
    pt_ranges *all;
    bool full;
} collector;

static void add(collector *k, pt_loc loc) {
    pt_range *slot = loc.source && loc.source->file.n ? PT_PUSH(k->a, k->all) : NULL;
    if (slot)
        *slot = range_of(loc.source->file, loc.row, loc.column, pt_loc_text(loc));
    else
        k->full |= loc.source && loc.source->file.n;
}

static void add_expr(void *to, pt_expr *e) {
    if (e->kind != PT_EXPR_SOME)
        add(to, e->loc);
}

bool pt_coverage_modules(pt_coverage *c, pt_module *const *modules, size_t n) {
    collector k = {.a = c->arena, .all = &c->all};
    pt_visit visit = {.expr = add_expr, .to = &k};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < modules[i]->rules.n; j++)
            for (const pt_rule *r = modules[i]->rules.v[j]; r; r = r->orelse) {
                add(&k, r->head_loc);
                pt_visit_rule(&visit, r);
            }
    return !k.full;
}

// -- hearing --------------------------------------------------------------------------------------

bool pt_coverage_begin(pt_coverage *c, const pt_program *p) {
    c->program = p;
    c->hit = PT_NEW(c->arena, atomic_uchar, p->n_marks);
    for (uint32_t i = 0; c->hit && i < p->n_marks; i++)
        atomic_init(&c->hit[i], 0);
    return c->hit != NULL;
}

void pt_coverage_hear(void *coverage, const pt_eval_event *e) {
    pt_coverage *c = coverage;
    const pt_mark *first = c->program->marks;
    bool counts = e->told == PT_TOLD_EVAL || (e->told == PT_TOLD_EXIT && e->mark->name.n);
    if (counts && e->mark >= first && e->mark < first + c->program->n_marks)
        atomic_store_explicit(&c->hit[e->mark - first], 1, memory_order_relaxed);
}

// -- the report -----------------------------------------------------------------------------------

static int by_place(const void *x, const void *y) {
    const pt_range *a = x;
    const pt_range *b = y;
    int d = pt_str_cmp(a->file, b->file);
    if (d)
        return d;
    const uint32_t p[] = {a->row, a->column, a->end_row, a->end_column};
    const uint32_t q[] = {b->row, b->column, b->end_row, b->end_column};
    for (size_t i = 0; i < PT_COUNT(p) && d == 0; i++)
        d = (p[i] > q[i]) - (p[i] < q[i]);
    return d;
}

// Sorted, each once.
static void sort(pt_ranges *r) {
    size_t n = 0;
    if (r->n)
        qsort(r->v, r->n, sizeof *r->v, by_place);
    for (size_t i = 0; i < r->n; i++)
        if (n == 0 || by_place(&r->v[n - 1], &r->v[i]) != 0)
            r->v[n++] = r->v[i];
    r->n = n;
}

static bool covered_ranges(pt_coverage *c, pt_ranges *ret) {
    for (uint32_t i = 0; i < c->program->n_marks; i++) {
        const pt_mark *m = &c->program->marks[i];
        if (!atomic_load_explicit(&c->hit[i], memory_order_relaxed) || !m->place.file.n ||
            !m->written.n)
            continue;
        pt_range *slot = PT_PUSH(c->arena, ret);
        if (!slot)
            return false;
        *slot = range_of(m->place.file, m->place.row, m->place.column, m->written);
    }
    sort(ret);
    return true;
}

static bool holds(const pt_range *a, const pt_range *b) {
    bool begins = a->row < b->row || (a->row == b->row && a->column <= b->column);
    bool ends =
        a->end_row > b->end_row || (a->end_row == b->end_row && a->end_column >= b->end_column);
    return begins && ends;
}

// Those of `all` that none of `covered` holds; both are of one file.
static bool missed(pt_arena *a, pt_ranges all, pt_ranges covered, pt_ranges *ret) {
    for (size_t i = 0; i < all.n; i++) {
        size_t k = 0;
        while (k < covered.n && !holds(&covered.v[k], &all.v[i]))
            k++;
        if (k < covered.n)
            continue;
        pt_range *slot = PT_PUSH(a, ret);
        if (!slot)
            return false;
        *slot = all.v[i];
    }
    return true;
}

// The ranges at *from that are of `file`.
static pt_ranges of_file(const pt_ranges *r, size_t *from, pt_str file) {
    pt_ranges of = {.v = r->v + *from};
    while (*from < r->n && pt_str_eq(r->v[*from].file, file))
        (*from)++;
    of.n = (size_t)(r->v + *from - of.v);
    return of;
}

static int64_t rows(pt_ranges r) {
    int64_t n = 0;
    uint32_t seen = 0; // rows so far are at most this one
    for (size_t i = 0; i < r.n; i++) {
        uint32_t first = r.v[i].row > seen ? r.v[i].row : seen + 1;
        if (r.v[i].end_row < first)
            continue;
        n += r.v[i].end_row - first + 1;
        seen = r.v[i].end_row;
    }
    return n;
}

static pt_value position(pt_arena *a, uint32_t row, uint32_t column) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "row", pt_int(row));
    pt_obj_set(&o, "col", pt_int(column));
    return pt_obj_end(&o);
}

static void set_ranges(pt_obj *to, const char *name, pt_ranges r) {
    pt_list l = {.a = to->a};
    for (size_t i = 0; i < r.n; i++) {
        pt_obj o = {.a = to->a};
        pt_obj_set(&o, "start", position(to->a, r.v[i].row, r.v[i].column));
        pt_obj_set(&o, "end", position(to->a, r.v[i].end_row, r.v[i].end_column));
        pt_list_add(&l, pt_obj_end(&o));
    }
    if (r.n)
        pt_obj_set(to, name, pt_list_end(&l));
}

static double percent(int64_t covered, int64_t missed_) {
    int64_t all = covered + missed_;
    return all ? 100.0 * (double)covered / (double)all : 0;
}

// As few digits as tell it from its neighbours.
static pt_value fraction(pt_arena *a, double v) {
    char text[64];
    for (int digits = 0; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*f", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    pt_str s = pt_arena_str(a, pt_str_of(text));
    return s.p ? pt_number(s) : pt_undefined();
}

static void set_sums(pt_obj *o, int64_t covered, int64_t missed_) {
    pt_obj_set(o, "covered_lines", pt_int(covered));
    pt_obj_set(o, "not_covered_lines", pt_int(missed_));
    pt_obj_set(o, "coverage", fraction(o->a, percent(covered, missed_)));
}

typedef struct sums {
    int64_t covered, missed;
} sums;

static pt_value file_report(pt_arena *a, pt_ranges all, pt_ranges covered, sums *s) {
    pt_ranges not = {0};
    pt_obj o = {.a = a};
    if (!missed(a, all, covered, &not))
        return pt_undefined();
    set_ranges(&o, "covered", covered);
    set_ranges(&o, "not_covered", not);
    set_sums(&o, rows(covered), rows(not));
    s->covered += rows(covered);
    s->missed += rows(not);
    return pt_obj_end(&o);
}

pt_value pt_coverage_report(pt_coverage *c, double *ret_percent) {
    pt_ranges covered = {0};
    PT_VEC(pt_value) files = {0};
    sums s = {0};
    sort(&c->all);
    if (!covered_ranges(c, &covered))
        return pt_undefined();
    for (size_t i = 0, k = 0; i < c->all.n;) {
        pt_str file = c->all.v[i].file;
        pt_ranges all = of_file(&c->all, &i, file);
        pt_value report = file_report(c->arena, all, of_file(&covered, &k, file), &s);
        pt_value *key = PT_PUSH(c->arena, &files);
        if (key)
            *key = pt_string(file);
        pt_value *v = key ? PT_PUSH(c->arena, &files) : NULL;
        if (!v || !pt_defined(report))
            return pt_undefined();
        *v = report;
    }
    pt_obj o = {.a = c->arena};
    pt_obj_set(&o, "files", pt_object_of(c->arena, files.v, files.n / 2, NULL));
    set_sums(&o, s.covered, s.missed);
    *ret_percent = percent(s.covered, s.missed);
    return pt_obj_end(&o);
}
