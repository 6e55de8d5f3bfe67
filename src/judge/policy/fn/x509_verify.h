// Chains of certificates, as Go's x509 verifies them.
#pragma once

#include <openssl/evp.h>

#include "judge/policy/fn/aid.h"

typedef struct pt_x509_demands {
    int64_t now_ns;
    pt_str dns_name; // empty: any
    uint32_t usages; // bits by Go's numbers of extended key usages; 0: server authentication
} pt_x509_demands;

// From the operand "options". False after a fault.
bool pt_x509_demands_read(pt_call *c, pt_value options, pt_x509_demands *ret);

// `ders`: the root, intermediates, the leaf. *ret_chain: the leaf's way to the root, one behind the
// other, in the call's arena. False: there is none.
bool pt_x509_verify(pt_call *c, pt_str ders, const pt_x509_demands *d, pt_str *ret_chain);
