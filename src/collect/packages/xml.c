#include "collect/packages/xml.h"

#include <expat.h>
#include <string.h>

enum {
    CHUNK_BYTES = 1 << 20 // handed over at once: lengths are int
};

typedef struct reading {
    pt_arena *a;
    XML_Parser parser;
    pt_xml *root, *at;
    unsigned depth;
    pt_code code;
    const char *what;
} reading;

static void stop(reading *r, pt_code code, const char *what) {
    if (r->code)
        return;
    r->code = code;
    r->what = what;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

static pt_str local_name(const char *z) {
    pt_str s = pt_str_of(z);
    size_t colon = pt_str_find(s, ':');
    return colon < s.n ? pt_str_sub(s, colon + 1, s.n) : s;
}

static void take_attributes(reading *r, pt_xml *x, const XML_Char **pairs) {
    pt_xml_attribute **end = &x->attributes;
    for (; *pairs; pairs += 2) {
        pt_xml_attribute *attribute = PT_NEW(r->a, pt_xml_attribute, 1);
        if (!attribute)
            break;
        attribute->name = pt_arena_str(r->a, local_name(pairs[0]));
        attribute->value = pt_arena_str(r->a, pt_str_trim(pt_str_of(pairs[1])));
        *end = attribute;
        end = &attribute->next;
    }
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **pairs) {
    reading *r = user;
    if (r->code) // a call or two still come after a stop
        return;
    pt_xml *x = PT_NEW(r->a, pt_xml, 1);
    if (r->depth++ == PT_XML_DEPTH_MAX)
        stop(r, PT_E_LIMIT, "elements too deep within one another");
    if (!x || r->code)
        return;
    x->name = pt_arena_str(r->a, local_name(name));
    x->line = (uint32_t)XML_GetCurrentLineNumber(r->parser);
    x->parent = r->at;
    take_attributes(r, x, pairs);
    if (!r->at)
        r->root = x;
    else if (r->at->last)
        r->at->last->next = x;
    else
        r->at->child = x;
    if (r->at)
        r->at->last = x;
    r->at = x;
    if (r->a->full)
        stop(r, PT_E_NOMEM, "out of memory");
}

static void XMLCALL on_end(void *user, const XML_Char *name) {
    reading *r = user;
    (void)name;
    if (r->code || !r->at)
        return;
    r->at->line_end = (uint32_t)XML_GetCurrentLineNumber(r->parser);
    r->at->text = pt_str_trim(r->at->text);
    r->at = r->at->parent;
    r->depth--;
}

// Text comes in pieces.
static void XMLCALL on_text(void *user, const XML_Char *p, int length) {
    reading *r = user;
    pt_str piece = {p, (size_t)length};
    pt_xml *x = r->at;
    if (r->code || !x || (!x->text.n && !pt_str_trim(piece).n))
        return;
    size_t n = x->text.n + piece.n;
    if (n > x->room_n) {
        x->room_n = n < 32 ? 32 : n * 2;
        x->room = pt_arena_take(r->a, x->room_n);
        if (!x->room) {
            stop(r, PT_E_NOMEM, "out of memory");
            return;
        }
        if (x->text.n)
            memcpy(x->room, x->text.p, x->text.n);
    }
    memcpy(x->room + x->text.n, piece.p, piece.n);
    x->text = (pt_str){x->room, n};
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(user, PT_E_UNSUPPORTED, "a document type, which is not read");
}

static pt_code read_all(reading *r, pt_str text, pt_err *e) {
    enum XML_Status status = XML_STATUS_OK;
    do {
        size_t n = text.n < CHUNK_BYTES ? text.n : CHUNK_BYTES;
        status = XML_Parse(r->parser, text.p, (int)n, n == text.n);
        text = pt_str_sub(text, n, text.n);
    } while (status == XML_STATUS_OK && text.n);
    if (status == XML_STATUS_OK && !r->code && r->root)
        return PT_OK;
    enum XML_Error error = XML_GetErrorCode(r->parser);
    uint32_t line = (uint32_t)XML_GetCurrentLineNumber(r->parser);
    pt_code code = r->code ? r->code : error == XML_ERROR_NO_MEMORY ? PT_E_NOMEM : PT_E_FORMAT;
    code = pt_err_set(e, code, "%s%s",
                      r->what ? "" : "not XML: ", r->what ? r->what : XML_ErrorString(error));
    if (e)
        e->line = line;
    return code;
}

pt_code pt_xml_parse(pt_arena *a, pt_str text, pt_xml **ret, pt_err *e) {
    reading r = {.a = a, .parser = XML_ParserCreate(NULL)};
    if (!r.parser)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    // Given here, since it would open a file for one, which the worker may not. Where things lie is
    // not for others to know.
    (void)XML_SetHashSalt(r.parser,
                          (unsigned long)(uintptr_t)r.parser ^ (unsigned long)text.n ^ 1u);
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    pt_code code = read_all(&r, text.n ? text : PT_STR(""), e);
    XML_ParserFree(r.parser);
    if (!code)
        *ret = r.root;
    return code;
}

static const pt_xml *named(const pt_xml *x, pt_str name) {
    while (x && !pt_str_eq(x->name, name))
        x = x->next;
    return x;
}

const pt_xml *pt_xml_child(const pt_xml *x, const char *name) {
    return x ? named(x->child, pt_str_of(name)) : NULL;
}

const pt_xml *pt_xml_again(const pt_xml *x) {
    return named(x->next, x->name);
}

pt_str pt_xml_text(const pt_xml *x, const char *name) {
    const pt_xml *child = pt_xml_child(x, name);
    return child ? child->text : (pt_str){0};
}

pt_str pt_xml_attr(const pt_xml *x, const char *name) {
    for (const pt_xml_attribute *at = x->attributes; at; at = at->next)
        if (pt_str_eqz(at->name, name))
            return at->value;
    return (pt_str){0};
}
