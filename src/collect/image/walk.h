// One layer while it is walked: between layer.c (names, whiteouts, links) and layer_files.c (what
// files say).
#pragma once

#include "collect/image/jobs.h"
#include "collect/image/layers.h"
#include "collect/image/tar.h"
#include "collect/packages/claims.h"
#include "collect/packages/readers.h"

// A file that is read when all was seen: its companions stand anywhere in the layer.
typedef struct pt_kept {
    pt_str path, text;
    const pt_reader_row *row; // NULL: it is only asked for
    bool cut;                 // there was no room for its text
    struct pt_kept *next;
} pt_kept;

// A hard link to a file whose own name says nothing: its content is fetched on a second walk.
typedef struct pt_wanted {
    pt_str path;
    const pt_reader_row *row;
    uint64_t entry;         // number of the link
    struct pt_wanted *next; // of the same target
} pt_wanted;

typedef struct pt_walk {
    pt_arena *a;
    pt_arena scratch; // of one file
    pt_tar tar;
    uint64_t flags; // pt_layer_flag
    pt_reader_index rows;
    pt_map seen; // of a path that some event is about: uint64_t *, its entry's number; of folders
                 // above them, too: no entry's
    uint64_t entry, no_entry; // number of this one; a number that none has
    pt_buf events;            // JSON, a comma behind each
    pt_buf words, owned;
    pt_list problems;
    pt_buf content; // of the file that is read
    uint32_t sum;   // … as pt_owned has it; 0: nobody asks for it
    uint32_t files, links;
    bool links_cut;
    pt_kept *kept, **kept_end;
    size_t kept_bytes;
    size_t aside_bytes, aside; // of these, what is only asked for
    size_t listed;             // names that patterns were compared with
    pt_map kept_at;            // hash of a path -> pt_kept *, the last of this name
    pt_map wanted;             // hash of a target -> pt_wanted *
    pt_buf secrets;            // events of them, a comma behind each
    size_t secrets_found;
    bool secrets_cut;     // there were more than are told
    pt_buf told;          // of files one by one (look.h)
    bool told_cut;        // there was no room for all
    struct pt_sums *sums; // sums.h; NULL: none was asked for yet
    pt_claims claims;     // of the packages' files
    uint32_t licences;    // files of them that were read
    bool second;          // this is the second walk
} pt_walk;

void pt_walk_problem(pt_walk *w, const char *verdict, const char *what, pt_str path);

// Write an event; `o` gets its "do" and "path".
PT_CHECK pt_code pt_walk_event(pt_walk *w, pt_obj *o, const char *what, pt_str path, pt_err *e);
PT_CHECK pt_code pt_walk_word(pt_walk *w, pt_str path, pt_layer_word word, pt_err *e);

// A regular file: read what a reader wants of it. *ret: there is an event of it, or there will be.
PT_CHECK pt_code pt_walk_file(pt_walk *w, const pt_tar_entry *t, bool *ret, pt_err *e);

// All of the entry's content into w->content, behind what was read of it already.
PT_CHECK pt_code pt_walk_load(pt_walk *w, pt_err *e);
// … of a program, of which PT_ELF_HEAD bytes were read: with zeros in place of what nobody reads.
PT_CHECK pt_code pt_walk_load_program(pt_walk *w, pt_str path, pt_err *e);

// What is to be read when all was seen.
PT_CHECK pt_code pt_walk_kept(pt_walk *w, pt_err *e);

// On the second walk: a file that links lead to.
PT_CHECK pt_code pt_walk_wanted(pt_walk *w, const pt_tar_entry *t, pt_err *e);
