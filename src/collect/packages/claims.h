// What the system's packages say of their files (fact/file.h), in the form in which a reader hands
// it to whoever lays layers upon one another: one record behind the other, paths cut by what they
// have in common with the path before.
#pragma once

#include "base/buf.h"
#include "collect/packages/read.h"
#include "fact/file.h"

#define PT_CLAIM_PATH_MAX 4096u
#define PT_CLAIM_SUM_MAX  4200u

typedef enum pt_claim_sums { // of what kinds its checksums are, together
    PT_CLAIM_MD5 = 1,
    PT_CLAIM_SHA1 = 2,
    PT_CLAIM_SHA256 = 4,
    PT_CLAIM_LOCAL = 8, // some of them are of files in places that are pt_path_is_local
} pt_claim_sums;

// Where the file hierarchy standard has files of the administrator: hardly a package puts any
// there.
bool pt_path_is_local(pt_str path);

typedef struct pt_claims {
    pt_buf out;
    char last[PT_CLAIM_PATH_MAX]; // path of the record before
    size_t last_n;
    size_t from;   // where this file's begin in `out`
    unsigned sums; // pt_claim_sums of this file's
    bool cut;      // there were more than fit in
} pt_claims;

// Before each file that is read: what is appended to c->out from here on can be taken apart alone.
void pt_claims_begin(pt_claims *c);

// `package`, whose other claims and files come before or behind (as with pt_owns), says `c` of
// `folder`/`name`; c->path, type and owner are not looked at. Nothing if nobody asks; what does not
// fit is a fault. PT_E_NOMEM.
typedef struct pt_claim_of {
    pt_str package, folder, name;
} pt_claim_of;
PT_CHECK pt_code pt_claim_add(pt_read *r, const pt_claim_of *of, const pt_claim *c, pt_err *e);

// Take the next one; `last` is kept between calls, and begins empty. ret->path and what else is
// text dies with the next call, ret_owner is the number of its package. False: there is none, or it
// is not what pt_claim_add writes.
typedef struct pt_claim_last {
    char path[PT_CLAIM_PATH_MAX];
    size_t n;
} pt_claim_last;
bool pt_claim_next(pt_str *rest, pt_claim_last *last, pt_claim *ret, uint32_t *ret_owner);

// "md5:" and 32 digits, and so on, of what says it in digits: by how many they are. Empty: no
// checksum of a kind that is known.
pt_str pt_claim_sum_text(pt_arena *a, pt_str hex);
