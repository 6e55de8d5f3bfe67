// sprintf: Go's fmt.Sprintf over operands that are int64, big integers, float64 or text.
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/gofmt.h"
#include "judge/policy/fn/utf8.h"

typedef struct printer {
    pt_buf *b;
    pt_str format;
    size_t at;
    const pt_gofmt_arg *args;
    size_t n, arg; // operands; the next one
    bool after_index, good_index, reordered;
    pt_gofmt f;
} printer;

// -- operands -------------------------------------------------------------------------------------

static bool convert_number(pt_call *c, pt_value v, pt_gofmt_arg *ret) {
    char room[PT_NUMBER_ROOM];
    pt_str text = pt_arena_str(c->arena, pt_number_text(v, room));
    if (!text.p) {
        pt_call_full(c);
        return false;
    }
    bool fraction = false;
    for (size_t i = 0; i < text.n; i++)
        fraction = fraction || text.p[i] == '.' || (text.p[i] | 32) == 'e';
    *ret = (pt_gofmt_arg){.kind = PT_GOFMT_TEXT, .text = text};
    if (fraction) {
        ret->f = strtod(text.p, NULL);
        if (isfinite(ret->f))
            ret->kind = PT_GOFMT_FLOAT;
    } else {
        ret->kind = pt_to_int(v, &ret->i) ? PT_GOFMT_INT : PT_GOFMT_BIG;
    }
    return true;
}

static bool convert(pt_call *c, pt_value v, pt_gofmt_arg *ret) {
    if (pt_tag_of(v) == PT_NUMBER)
        return convert_number(c, v, ret);
    *ret = (pt_gofmt_arg){.kind = PT_GOFMT_TEXT, .text = pt_text(v)};
    if (pt_tag_of(v) == PT_STRING)
        return true;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_fn_put_term(&b, v);
    pt_value text = pt_call_text(c, &b);
    ret->text = pt_text(text);
    return pt_defined(text);
}

// -- the format -----------------------------------------------------------------------------------

static bool more(const printer *p) {
    return p->at < p->format.n;
}

static char peek(const printer *p) {
    if (!more(p))
        return '\0';
    return p->format.p[p->at];
}

// A number; false if there is none. A crazily long one eats the rest of the format.
static bool read_number(printer *p, size_t end, int64_t *ret) {
    bool found = false;
    *ret = 0;
    while (p->at < end && p->format.p[p->at] >= '0' && p->format.p[p->at] <= '9') {
        if (*ret > PT_GOFMT_WIDTH_MAX) {
            *ret = 0;
            p->at = end;
            return false;
        }
        *ret = *ret * 10 + (p->format.p[p->at++] - '0');
        found = true;
    }
    return found;
}

// "[3]" chooses the operand.
static void read_index(printer *p) {
    p->after_index = false;
    if (peek(p) != '[')
        return;
    p->reordered = true;
    pt_str rest = pt_str_sub(p->format, p->at, p->format.n);
    size_t close = pt_str_find(rest, ']');
    size_t from = p->at;
    if (rest.n < 3 || close == rest.n) {
        p->at++;
        p->good_index = false;
        return;
    }
    int64_t index;
    p->at++;
    bool number = read_number(p, from + close, &index) && p->at == from + close;
    p->at = from + close + 1;
    p->after_index = number;
    if (number && index >= 1 && (uint64_t)index <= p->n)
        p->arg = (size_t)index - 1;
    else
        p->good_index = false;
}

// '*' takes an operand; false: it is no integer of a sensible size.
static bool read_star(printer *p, int64_t *ret) {
    p->at++;
    p->after_index = false;
    *ret = 0;
    if (p->arg >= p->n)
        return false;
    const pt_gofmt_arg *a = &p->args[p->arg++];
    if (a->kind != PT_GOFMT_INT || a->i > PT_GOFMT_WIDTH_MAX || a->i < -PT_GOFMT_WIDTH_MAX)
        return false;
    *ret = a->i;
    return true;
}

static void read_width(printer *p) {
    if (peek(p) == '*') {
        p->f.has_width = read_star(p, &p->f.width);
        if (!p->f.has_width)
            pt_buf_putz(p->b, "%!(BADWIDTH)");
        if (p->f.width < 0) {
            p->f.width = -p->f.width;
            p->f.minus = true;
            p->f.zero = false;
        }
        return;
    }
    p->f.has_width = read_number(p, p->format.n, &p->f.width);
    if (p->after_index && p->f.has_width)
        p->good_index = false;
}

static void read_precision(printer *p) {
    if (p->at + 1 >= p->format.n || peek(p) != '.')
        return;
    p->at++;
    if (p->after_index)
        p->good_index = false;
    read_index(p);
    if (peek(p) == '*') {
        p->f.has_precision = read_star(p, &p->f.precision);
        if (p->f.precision < 0) {
            p->f.precision = 0;
            p->f.has_precision = false;
        }
        if (!p->f.has_precision)
            pt_buf_putz(p->b, "%!(BADPREC)");
        return;
    }
    if (!read_number(p, p->format.n, &p->f.precision))
        p->f.precision = 0;
    p->f.has_precision = true;
}

static bool read_flag(printer *p) {
    bool *const flags[] = {&p->f.sharp, &p->f.zero, &p->f.plus, &p->f.minus, &p->f.space};
    static const char letters[] = "#0+- ";
    for (size_t i = 0; more(p) && i < PT_COUNT(flags); i++) {
        if (peek(p) == letters[i]) {
            *flags[i] = true;
            p->at++;
            return true;
        }
    }
    return false;
}

static void put_arg(printer *p, uint32_t verb) {
    pt_gofmt f = p->f;
    if (verb == 'v' || verb == 'w') {
        f.sharp_v = f.sharp;
        f.plus_v = f.plus;
        f.sharp = f.plus = false;
    }
    pt_gofmt_put(p->b, f, verb, &p->args[p->arg++]);
}

static void put_note(printer *p, uint32_t verb, const char *note) {
    pt_buf_putz(p->b, "%!");
    pt_utf8_put(p->b, verb);
    pt_buf_putz(p->b, note);
}

static void verb_of(printer *p) {
    if (!more(p)) {
        pt_buf_putz(p->b, "%!(NOVERB)");
        return;
    }
    uint32_t verb = pt_utf8_next(p->format, &p->at, NULL);
    if (verb == '%')
        pt_buf_putc(p->b, '%');
    else if (!p->good_index)
        put_note(p, verb, "(BADINDEX)");
    else if (p->arg >= p->n)
        put_note(p, verb, "(MISSING)");
    else
        put_arg(p, verb);
}

static void directive(printer *p) {
    p->f = (pt_gofmt){0};
    p->good_index = true;
    while (read_flag(p)) {
    }
    char c = peek(p);
    if (c >= 'a' && c <= 'z' && p->arg < p->n) { // a verb right behind the flags
        p->at++;
        p->after_index = false;
        put_arg(p, (uint32_t)c);
        return;
    }
    read_index(p);
    read_width(p);
    read_precision(p);
    if (!p->after_index)
        read_index(p);
    verb_of(p);
}

static void put_extra(printer *p) {
    if (p->reordered || p->arg >= p->n)
        return;
    pt_buf_putz(p->b, "%!(EXTRA ");
    for (size_t i = p->arg; i < p->n; i++) {
        bool nil = p->args[i].kind == PT_GOFMT_NIL;
        pt_buf_printf(p->b, "%s%s%s", i > p->arg ? ", " : "", pt_gofmt_type(&p->args[i]),
                      nil ? "" : "=");
        if (!nil)
            pt_gofmt_put(p->b, (pt_gofmt){0}, 'v', &p->args[i]);
    }
    pt_buf_putc(p->b, ')');
}

void pt_gofmt_print(pt_buf *b, pt_str format, const pt_gofmt_arg *args, size_t n) {
    printer p = {.b = b, .format = format, .args = args, .n = n};
    while (more(&p) && !b->full) {
        size_t percent = pt_str_find(pt_str_sub(format, p.at, format.n), '%');
        pt_buf_put(b, pt_str_sub(format, p.at, p.at + percent));
        p.at += percent;
        if (!more(&p))
            break;
        p.at++;
        directive(&p);
    }
    put_extra(&p);
}

static pt_value sprintf_of(pt_call *c, const pt_value *args) {
    size_t n = pt_len(args[1]);
    pt_gofmt_arg *converted = PT_NEW(c->arena, pt_gofmt_arg, n);
    if (!converted)
        return pt_call_full(c);
    for (size_t i = 0; i < n; i++)
        if (!convert(c, pt_at(args[1], i), &converted[i]))
            return pt_undefined();
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_gofmt_print(&b, pt_text(args[0]), converted, n);
    return pt_call_text(c, &b);
}

static const pt_fn table[] = {
    {"sprintf",
     "(format: string, values: array[any]) => output: string",
     sprintf_of,
     2,
     0,
     {STR, ARR}},
};
const pt_fn_family pt_fn_sprintf = PT_FN_FAMILY(table);
