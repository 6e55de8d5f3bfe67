// What the readers of both formats fill.
#pragma once

#include "base/buf.h"
#include "collect/sbom/bill.h"
#include "fact/purl.h"

typedef struct pt_bill_item {
    pt_str ref; // what the bill calls it; empty: nothing
    pt_str purl, type, name, version, architecture, source, source_version;
    pt_str file, digest, relationship;
    pt_str owner;         // "deb/python3-yaml"; empty: none is told
    pt_str owner_content; // as a scan says it
    pt_value lines, more; // undefined: none
    int64_t layer;        // 0: not told
    bool dev;
    pt_list licences, needs; // strings
} pt_bill_item;

typedef struct pt_bill_edge {
    pt_str from, to; // refs
    bool holds;      // `from` is a lock file, an image, …: it holds, and does not need
} pt_bill_edge;

typedef struct pt_bill_holder { // an application of Trivy's: its name is a file's
    pt_str ref, file;
} pt_bill_holder;

typedef struct pt_bill {
    pt_arena *a;
    pt_value doc; // as it was read
    const char *format;
    pt_str version;
    pt_str name; // of what it is a bill of
    PT_VEC(pt_bill_item) items;
    PT_VEC(pt_bill_edge) edges;
    PT_VEC(pt_bill_holder) holders;
    pt_value terms; // of SPDX: {licence reference: name}
    pt_obj image, os;
    pt_list names; // of the image
    pt_list problems;
    size_t unmapped; // components that are no package of ours to name
    bool is_image;   // it is a bill of one
    bool fails;      // a problem says that the image contradicts itself
    bool full;       // out of memory, or of room for packages
    bool too_many;
} pt_bill;

pt_str pt_bill_text(pt_value v, const char *key);       // empty: it has none
pt_value pt_bill_list(pt_value v, const char *key);     // undefined: it has none
void pt_bill_put(pt_obj *o, const char *key, pt_str s); // unless it is empty

pt_bill_item *pt_bill_add(pt_bill *b); // NULL: no room
void pt_bill_edge_add(pt_bill *b, pt_str from, pt_str to, bool holds);
void pt_bill_holder_add(pt_bill *b, pt_str ref, pt_str file);
void pt_bill_problem(pt_bill *b, pt_str what); // not evaluated
// A problem as our own bills tell it: "fail: the digest is another (layer 2)".
void pt_bill_told(pt_bill *b, pt_str told);
// It is listed, and nothing tells which package it is: counted, and the first are told.
void pt_bill_unmapped(pt_bill *b, pt_str name);

// What a package URL says of an item. False: it is none; the item is as it was.
bool pt_bill_purl(pt_bill *b, pt_bill_item *i, pt_str text);
// What the image's own package URL says: its architecture; the digest of its manifest, or empty.
pt_str pt_bill_image_purl(pt_bill *b, pt_str text);
// "SHA-256" or "SHA256" and its digits; the better of two stays.
void pt_bill_digest(pt_bill *b, pt_bill_item *i, pt_str algorithm, pt_str hex);
// "/usr/lib/x" as paths of a scan are written.
pt_str pt_bill_path(pt_str path);

// The bytes as UTF-8, without a mark.
PT_CHECK pt_code pt_bill_utf8(pt_arena *a, pt_str bytes, pt_str *ret, pt_err *e);
// SPDX as tags and values, made what its JSON would be, as far as it is read here.
bool pt_bill_has_tags(pt_str text);
PT_CHECK pt_code pt_bill_tags(pt_arena *a, pt_str text, pt_value *ret, pt_err *e);

void pt_bill_cyclonedx(pt_bill *b);
void pt_bill_spdx(pt_bill *b);

// The scan's document. Undefined: out of memory.
pt_value pt_bill_document(pt_bill *b);
