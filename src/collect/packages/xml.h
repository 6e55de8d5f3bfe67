// XML 1.0 as small trees: project files of Maven and .NET. Names lose their prefixes. A document
// type is refused: no entities but the five that XML has.
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define PT_XML_DEPTH_MAX 200u

typedef struct pt_xml_attribute pt_xml_attribute;
struct pt_xml_attribute {
    pt_str name, value;
    pt_xml_attribute *next;
};

typedef struct pt_xml pt_xml;
struct pt_xml {
    pt_str name;
    pt_str text; // of its own, without blanks at both ends
    pt_xml_attribute *attributes;
    pt_xml *child, *next;    // the first one within; the one behind
    uint32_t line, line_end; // of its start and of its end, from 1
    // private
    pt_xml *parent, *last;
    char *room; // of its text
    size_t room_n;
};

// Read a document. *ret lives in `a` and needs nothing of `text`. PT_E_FORMAT with e->line;
// PT_E_UNSUPPORTED: a document type; PT_E_LIMIT: deeper than PT_XML_DEPTH_MAX; PT_E_NOMEM.
PT_CHECK pt_code pt_xml_parse(pt_arena *a, pt_str text, pt_xml **ret, pt_err *e);

// The first one of this name within x; NULL: none, or x is NULL.
const pt_xml *pt_xml_child(const pt_xml *x, const char *name);
// The next one of the same name behind x.
const pt_xml *pt_xml_again(const pt_xml *x);
// The text of that child; empty: there is none.
pt_str pt_xml_text(const pt_xml *x, const char *name);
// The attribute's value without blanks at both ends.
pt_str pt_xml_attr(const pt_xml *x, const char *name);
