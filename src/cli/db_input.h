// What an index is compiled of: files, those below folders, and in how many pieces.
#pragma once

#include "base/instant.h"
#include "cli/verb.h"
#include "collect/advisories/feed.h"
#include "collect/image/tar.h"
#include "collect/pack/pack.h"
#include "collect/packages/zip.h"
#include "crypto/crypto.h"
#include "judge/vuln/index/build.h"

// Of one member of an archive, unpacked: the largest that is published is of some 20 MiB.
#define PT_DB_MEMBER_BYTES_MAX ((size_t)128 << 20)

// A file. One source for each kind of feed that it may be: the first of PT_FEED_KINDS numbers.
typedef struct pt_db_file {
    const char *path;
    uint32_t source;
    pt_time_ns changed;
    pt_str mapped; // an archive
    bool tar;      // it is a tar, packed or not; else a ZIP archive:
    pt_zip zip;
} pt_db_file;

// A piece of work: a file, or a member of an archive; and what came of it. Of a tar, members come
// to light as it is read.
typedef struct pt_db_piece {
    uint32_t file;
    bool is_member;
    bool hashed;
    pt_feed_kind kind;
    uint32_t problems;
    pt_time_ns date;
    pt_hash256 digest; // of a file
    pt_zip_entry member;
} pt_db_piece;

typedef struct pt_db_input {
    const char *const *without; // paths that are left out; set before
    size_t without_n;
    pt_arena a;
    pt_index_build *build;
    PT_VEC(pt_db_file) files;
    PT_VEC(pt_db_piece) pieces;
    PT_VEC(pt_str) folders; // names of sources, each followed by its number
    pt_err e;               // the first thing that could not be read; e.code: there is one
    size_t failed;          // how many there are
    // private: of the operand that is walked
    pt_str operand, name;
} pt_db_input;

// All files below the paths. PT_E_…: one of these cannot be read; what lies below is in in->e.
PT_CHECK pt_code pt_db_input_read(pt_db_input *in, const char *const *paths, size_t n, pt_err *e);
void pt_db_input_done(pt_db_input *in);
