// The words of `paratia db`.
#pragma once

#include "cli/verb.h"
#include "judge/vuln/index/index.h"

int pt_db_build(const pt_args *args);
int pt_db_info(const pt_args *args);
int pt_db_verify(const pt_args *args);
int pt_db_find(const pt_args *args);
int pt_db_export(const pt_args *args);
int pt_db_import(const pt_args *args);
int pt_db_update(const pt_args *args);
int pt_db_push(const pt_args *args);
int pt_db_pull(const pt_args *args);

int pt_db_exit(pt_code code); // 1: damaged

// Where a new index goes: --db, or the default place, whose folder is made.
PT_CHECK pt_code pt_db_place(const pt_args *args, pt_arena *a, pt_str *ret, pt_err *e);

// The last line of a build, on standard output.
PT_CHECK pt_code pt_db_say(const pt_index *x, pt_str path, int64_t ns, size_t problems, pt_err *e);

// Write the signature of the index at `path` beside it, by the key in a file of 32 bytes that none
// but its owner may read; the public key goes to standard error.
PT_CHECK pt_code pt_db_sign(const pt_index *x, pt_str path, const char *key_file, pt_err *e);

// Is the index at `path` what the key (a file, or the text itself) signed? PT_E_CORRUPT: it is not;
// PT_E_IO: there is no signature.
PT_CHECK pt_code pt_db_check_signature(const pt_index *x, pt_str path, const char *key_word,
                                       pt_err *e);

// Put the index `fresh`, and its signature if it has one, in the place of that at `path`, which
// stays as PATH.old with its own. Both are of one folder.
PT_CHECK pt_code pt_db_swap(pt_arena *a, pt_str fresh, pt_str path, pt_err *e);

// Is the file at `path` a feed of advisories, or an archive that may hold some? PT_E_FORMAT: no.
// *ret_newest: the newest date in it that has come (when it was released, or an advisory of it last
// changed); 0: it says none. Of an archive all members are looked through, and none is parsed.
PT_CHECK pt_code pt_db_probe(const char *path, pt_time_ns *ret_newest, pt_err *e);

// PT_E_CONFLICT: `x` is older than the index at `path`, of which no older one is wanted. *ret_same:
// it is that index. One that is not there, or that says a date of the future, keeps none out.
PT_CHECK pt_code pt_db_compare(const pt_index *x, pt_str path, bool older, bool *ret_same,
                               pt_err *e);
