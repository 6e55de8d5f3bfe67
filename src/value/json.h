// JSON (RFC 8259) to values and back. The reader is a hot path: strings without escapes are slices
// of the input, numbers keep their text, nothing is allocated but frozen arrays and objects.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "value/value.h"

#define PT_JSON_DEPTH_MAX_DEFAULT 10000u

typedef struct pt_json_opts {
    uint32_t depth_max; // 0: the default. Deeper is PT_E_LIMIT
    bool dup_refuse;    // an object with a key twice is PT_E_FORMAT; otherwise the last wins
    bool html_safe;     // (writer) escape < > & U+2028 U+2029, as Go's encoder does
    bool canonical;     // (writer) RFC 8785: no blanks, keys by UTF-16 units. Values outside the
                        // rule of the ledger (integers beyond 2^53, fractions) are PT_E_FORMAT
    bool pretty;        // (writer) two spaces a level, a space after the colon
} pt_json_opts;

// Read one document; blanks may surround it. Bytes are validated as UTF-8; a lone surrogate escape
// (\ud800) becomes U+FFFD, as kubectl's and Go's readers do; a byte-order mark is refused.
// *ret borrows `bytes` and lives in `a`.
// PT_E_FORMAT with e->line, e->column and e->offset; PT_E_LIMIT; PT_E_NOMEM (the arena is full).
PT_CHECK pt_code pt_json_parse(pt_arena *a, pt_str bytes, const pt_json_opts *opts, pt_value *ret,
                               pt_err *e);

// A stream of documents, and the items of a list one by one, so that memory does not grow with the
// input: clear the arena between two calls.
typedef struct pt_json_stream {
    pt_str bytes;
    pt_json_opts opts;
    bool split_lists; // give the elements of a top-level object's "items" array one by one. A
                      // list with a second "items" behind it is PT_E_FORMAT: readers disagree
                      // about which one counts
    // private
    size_t at;
    bool in_items;
    size_t doc_at;
    size_t docs;
    size_t items_at;
    size_t index;
} pt_json_stream;

typedef enum pt_json_kind {
    PT_JSON_END,  // nothing is left
    PT_JSON_DOC,  // a document
    PT_JSON_ITEM, // an element of "items" of the document that is being read
    PT_JSON_LIST, // that document's end: it has given its items; `value` is the document with an
                  // empty array "items"
} pt_json_kind;

typedef struct pt_json_event {
    pt_json_kind kind;
    pt_value value;
    pt_str bytes; // the source of `value` within the input (DOC, ITEM); the whole list for LIST
    size_t index; // of an item in its list, of a document in its stream
    pt_value dup; // the first key that came twice in one object, else undefined
} pt_json_event;

// After PT_E_NOMEM the same event can be asked for again, with a roomier arena; after any other
// error the stream is at its end.
PT_CHECK pt_code pt_json_next(pt_json_stream *s, pt_arena *a, pt_json_event *ret, pt_err *e);

// Where the value at `path` (value/path.h) begins in a document that was read before, as an offset;
// for a path that leads nowhere, the deepest part of it that exists. A second pass, so that
// documents without findings pay nothing. *ret_whole: the whole path exists.
size_t pt_json_locate(pt_str doc, pt_str path, bool *ret_whole);

// Line and column (from 1, columns in code points) of a byte offset.
void pt_line_of(pt_str bytes, size_t offset, uint32_t *ret_line, uint32_t *ret_column);

// Write v; sets become sorted arrays, undefined becomes null. `opts` may be NULL.
// PT_E_NOMEM if the buffer is full, PT_E_FORMAT as said for `canonical`.
PT_CHECK pt_code pt_json_write(pt_buf *b, pt_value v, const pt_json_opts *opts, pt_err *e);

// The text as a JSON string with its quotes; broken UTF-8 becomes U+FFFD.
void pt_json_put_string(pt_buf *b, pt_str s, const pt_json_opts *opts);
