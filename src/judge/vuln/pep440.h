// PEP 440 taken apart, for its order and its specifiers.
#pragma once

#include "judge/vuln/vuln_impl.h"

// Slices of the version; a number that is not written is empty, which is 0.
typedef struct pt_pep440 {
    pt_str epoch, release, pre, post, dev, local;
    char pre_kind; // 'a', 'b', 'c'
    bool has_pre, has_post, has_dev;
} pt_pep440;

bool pt_pep440_parse(pt_str s, pt_pep440 *ret);

// Epoch, and the first `n` numbers of the release; what is missing is 0.
int pt_pep440_cmp_release(pt_pep440 a, pt_pep440 b, size_t n);
int pt_pep440_cmp_public(pt_pep440 a, pt_pep440 b); // all but the local part
int pt_pep440_cmp_local(pt_str a, pt_str b);
