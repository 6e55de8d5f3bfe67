// What the sources of the manifest reader share; nobody else includes it.
//
//   manifest.c   paths: files, folders, standard input
//   file.c       one file's bytes
//   documents.c  bytes to documents to objects
//   object.c     what one object is: name, pod, places
//   template.c   Helm charts that were not rendered
#pragma once

#include "collect/manifest/manifest.h"
#include "value/json.h"
#include "value/yaml.h"

typedef struct pt_manifest_reader {
    const pt_manifest_sink *sink;
    pt_manifest_counts *counts;
    pt_arena arena; // of one document; cleared for the next
    bool stopped;   // by the sink
    pt_str root;    // real path of the folder that was named; empty: none
} pt_manifest_reader;

// One document, or one item of a JSON list.
struct pt_manifest_source {
    pt_yaml_doc doc;        // with its line in the file
    pt_yaml_places *places; // made by the first look-up
    bool sought;            // it was tried
};

// Tell the sink. `place` may have line 0.
void pt_manifest_problem_of(pt_manifest_reader *r, pt_problem_kind kind, pt_place place,
                            const pt_err *err);

// -- file.c ---------------------------------------------------------------------------------------

typedef struct pt_manifest_bytes {
    pt_str bytes; // UTF-8, unless somebody lies
    pt_buf buf;   // what holds them, or …
    void *mapped; // … what does
    size_t mapped_n;
} pt_manifest_bytes;
void pt_manifest_bytes_done(pt_manifest_bytes *b);

// All of `fd`; UTF-16 with a byte-order mark is transcoded. A large regular file is mapped: one
// that shrinks while it is read then ends the program.
PT_CHECK pt_code pt_manifest_load(int fd, pt_manifest_bytes *ret, pt_err *e);

// -- documents.c ----------------------------------------------------------------------------------

// Everything in the bytes of one file.
void pt_manifest_documents(pt_manifest_reader *r, pt_str file, pt_str bytes);

// -- object.c -------------------------------------------------------------------------------------

// "Deployment shop/web" in `a`; p == NULL: it is full.
pt_str pt_manifest_name(pt_arena *a, pt_value doc);

// Why the document is no Kubernetes object, with a remedy; false: it is one.
bool pt_manifest_no_object(pt_value doc, pt_str file, pt_err *e);

// -- template.c -----------------------------------------------------------------------------------

// Does the text hold an action "{{"? One that stands neither in quotes nor in a comment?
bool pt_manifest_has_action(pt_str text);
bool pt_manifest_has_bare_action(pt_str text);

// Is the file one of a Helm chart's templates? *ret_chart: the chart's folder, in `a`.
bool pt_manifest_in_chart(pt_arena *a, pt_str file, pt_str *ret_chart);

// "an unrendered Helm template", with its remedy; `chart` may be empty.
void pt_manifest_template_err(pt_err *e, pt_str chart);
