// What the readers of the three formats share; nobody else includes it.
#pragma once

#include "base/instant.h"
#include "judge/vex/vex.h"

typedef struct pt_vex_document {
    pt_str name, id, author, time_text;
    const char *format;
    pt_time_ns time;
    size_t statements, unidentified;
    bool advice;
} pt_vex_document;

// One vulnerability, one product.
typedef struct pt_vex_statement {
    const pt_vex_document *document;
    pt_vex_status status;
    pt_time_ns time; // 0: nobody says
    pt_str time_text, justification, impact;
    const pt_purl *product;
    const pt_purl *part; // NULL: the product itself, and all that it consists of
} pt_vex_statement;

// A statement under one of the names of its vulnerability.
typedef struct pt_vex_entry {
    pt_str id;
    const pt_vex_statement *of;
} pt_vex_entry;

struct pt_vex {
    pt_arena *a;
    PT_VEC(pt_vex_document *) documents;
    PT_VEC(pt_vex_entry) entries; // by id, between two readings
};

// A document that is being read.
typedef struct pt_vex_reading {
    pt_vex *v;
    pt_arena *a; // of `v`
    pt_vex_document *document;
    pt_value doc;
} pt_vex_reading;

typedef pt_code pt_vex_reader(pt_vex_reading *r, pt_err *e);
PT_CHECK pt_code pt_vex_read_openvex(pt_vex_reading *r, pt_err *e);
PT_CHECK pt_code pt_vex_read_csaf(pt_vex_reading *r, pt_err *e);
PT_CHECK pt_code pt_vex_read_cyclonedx(pt_vex_reading *r, pt_err *e);

static inline pt_str pt_vex_text(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// Add it under each id of the array `ids`, and under `id`. One without a product is counted as
// such. PT_E_LIMIT, PT_E_NOMEM.
PT_CHECK pt_code pt_vex_add(pt_vex_reading *r, const pt_vex_statement *s, pt_str id, pt_value ids,
                            pt_err *e);

// A package URL with what it has of a registry's address made canonical. *ret NULL: it is none.
// PT_E_NOMEM.
PT_CHECK pt_code pt_vex_purl(pt_arena *a, pt_str text, const pt_purl **ret, pt_err *e);

// An instant; empty is 0. PT_E_FORMAT.
PT_CHECK pt_code pt_vex_time(pt_str text, pt_time_ns *ret, pt_err *e);

// -- products.c: what a document calls its products
// ------------------------------------------------

typedef struct pt_vex_product {
    pt_str id;
    const pt_purl *purl;          // NULL: none
    pt_str reference, relates_to; // of a relationship; empty: it is none
    pt_str justification, impact; // of the vulnerability that is being read
    size_t told;                  // which one that is
} pt_vex_product;

typedef struct pt_vex_products {
    PT_VEC(pt_vex_product) of; // by id
} pt_vex_products;

PT_CHECK pt_code pt_vex_product_add(pt_vex_reading *r, pt_vex_products *p, pt_str id, pt_str purl,
                                    pt_err *e);
void pt_vex_products_sort(pt_vex_products *p);
pt_vex_product *pt_vex_product_of(const pt_vex_products *p, pt_str id); // NULL: unknown
