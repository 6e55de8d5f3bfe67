// YAML to values, through libfyaml. Three dialects:
//   PT_YAML_KUBERNETES  as kubectl and the API server read it (Go's yaml v2 over lines that are
//   split
//                       at "---"): y/on/yes are booleans, 0777 is 511, << merges where it stands.
//   PT_YAML_GO          as Go's yaml v3 reads it and encoding/json passes it on, for Rego's
//                       functions: 0777 is 511 and 1.0 is 1, yes and on are texts, << never
//                       overrides a key that is written out. A stream as in the core dialect.
//   PT_YAML_CORE        YAML 1.2 with the core schema: paratia.yaml, and the field's test suite.
// Where libfyaml and Go's scanner part (see yaml_text.c), the text is what Go makes of it, or the
// document is refused: {?a: 1}, [a:, b], &a:b, [!, b], a line that begins with % inside a document.
// What Kubernetes' readers drop or guess is reported as a note, so that a finding can be made of
// it.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "value/value.h"

#define PT_YAML_DEPTH_MAX       1000u    // nesting; deeper is PT_E_LIMIT
#define PT_YAML_NODES_MAX       4000000u // nodes of one document, aliases expanded
#define PT_YAML_ALIAS_FREE      100000u  // nodes that aliases may add without question;
#define PT_YAML_ALIAS_RATIO     10u      // beyond, at most so many times the written nodes
#define PT_YAML_PIECE_BYTES_MAX ((size_t)64 << 20) // one document's source
// What libfyaml would take too long or too much memory for, so that it never gets to see it:
#define PT_YAML_FLOW_MAX            2000000u // brackets, braces and commas of one document
#define PT_YAML_FLOW_OPEN_MAX       100000u  // of them, opened and not closed
#define PT_YAML_BLANK_LINES_MAX     1000u    // in a row, within one text
#define PT_YAML_BLANK_BYTES_MAX     32768u   // of such a row
#define PT_YAML_TAG_ESCAPES_MAX     64u      // %41 in one tag
#define PT_YAML_DIRECTIVE_BYTES_MAX 1024u
#define PT_YAML_DIRECTIVES_MAX      100u // %TAG and %YAML lines

typedef enum pt_yaml_dialect {
    PT_YAML_KUBERNETES,
    PT_YAML_CORE,
    PT_YAML_GO,
} pt_yaml_dialect;

typedef enum pt_yaml_note {
    PT_YAML_NOTE_DUPLICATE = 1 << 0, // a key came twice: the last one counts
    PT_YAML_NOTE_HIDDEN = 1 << 1,    // content after the first document of a piece is never read
    PT_YAML_NOTE_MERGE = 1 << 2,     // << overrides a key that was written out
    PT_YAML_NOTE_COLLIDE = 1 << 3, // two keys differ in YAML and are one in JSON: kubectl's winner
                                   // is random, here it is the last one
    PT_YAML_NOTE_LINE_BREAK = 1 << 4, // a lone CR, U+0085, U+2028 or U+2029 breaks a line
} pt_yaml_note;

typedef struct pt_yaml_doc {
    pt_value value;     // undefined: the end of the stream
    pt_str bytes;       // the piece of the input that it was read from
    uint32_t line;      // of the piece's first byte in the input, from 1
    uint32_t column;    // likewise; only JSON documents begin within a line
    unsigned notes;     // pt_yaml_note, or'ed
    uint32_t note_line; // of the first note, in the input
    pt_yaml_dialect dialect;
    bool json; // a Kubernetes stream that begins with '{' is JSON as long as it can be
} pt_yaml_doc;

typedef struct pt_yaml_stream {
    pt_str bytes;
    pt_yaml_dialect dialect;
    // private
    size_t at;
    uint32_t line;
    struct pt_yaml_state *state; // what lives from one document to the next
} pt_yaml_stream;

void pt_yaml_stream_done(pt_yaml_stream *s);

// The next document. Values live in `a` (strings are copied there). Empty, comment-only and null
// documents are skipped in the Kubernetes dialect (but a null that hides something is given), and
// given as null in the core dialect.
// PT_E_FORMAT with e->line and e->column (in the whole input): in the Kubernetes dialect the next
// call goes on with the next piece, so that one broken document does not hide the others; in the
// core dialect the stream is then at its end. PT_E_LIMIT for a bomb.
PT_CHECK pt_code pt_yaml_next(pt_yaml_stream *s, pt_arena *a, pt_yaml_doc *ret, pt_err *e);

// Line and column of the value at `path` (value/path.h) in a piece that was read before; for a path
// that leads nowhere, of its deepest part that exists. Lines count from `doc->line`.
void pt_yaml_locate(const pt_yaml_doc *doc, pt_str path, uint32_t *ret_line, uint32_t *ret_column);

// The same for many paths of one document: pt_yaml_places_new reads it once more, a look-up then
// costs what the path costs. Borrows doc->bytes. NULL: out of memory, or not a YAML document.
typedef struct pt_yaml_places pt_yaml_places;
pt_yaml_places *pt_yaml_places_new(const pt_yaml_doc *doc);
void pt_yaml_places_free(pt_yaml_places *p); // NULL is fine
void pt_yaml_places_find(const pt_yaml_places *p, pt_str path, uint32_t *ret_line,
                         uint32_t *ret_column);
