// The tests that CSAF 2.0 (OASIS, section 6) has for its documents, beyond its schema.
#pragma once

#include "base/err.h"
#include "value/value.h"

// Run the tests on a document that its schema accepts (any other is judged as far as it goes). *ret
// is an array of {"test": "6.1.13", "title", "what": sentence}, in the order of the tests; 6.1 are
// mandatory, 6.2 optional, 6.3 informative. In `a`. PT_E_NOMEM.
//
// Not run are those that need a dictionary (6.3.8), that ask for the schema alone (6.1.8) or for a
// stricter one (6.2.20), and the order of keys, which a value does not have (6.2.13:
// pt_csaf_keys_sorted). Of 6.3.6 and 6.3.7, which ask whether URLs resolve, only those are found
// whose names never do (RFC 6761); of 6.1.11 only names of weaknesses that are those of another
// one.
PT_CHECK pt_code pt_csaf_check(pt_arena *a, pt_value doc, pt_value *ret, pt_err *e);

// 6.2.13: do the keys of every object of a JSON text stand in the order of their bytes? A text that
// is no JSON gives any answer.
bool pt_csaf_keys_sorted(pt_str json);
