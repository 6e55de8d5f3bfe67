// Licence expressions (SPDX 2.3, annexes A and D).
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "value/value.h"

#define PT_LICENCE_BYTES_MAX ((size_t)16 << 10)
#define PT_LICENCE_DEPTH_MAX 100u // parentheses within one another

typedef struct pt_licence {
    pt_str text; // canonical: "MIT AND (Apache-2.0 OR GPL-2.0-or-later WITH Bison-exception-2.2)"
    // {"any": [tree, …]} (OR), {"all": [tree, …]} (AND) or
    // {"id": text, "with"?: exception, "listed": it is SPDX's or a LicenseRef-}
    pt_value tree;
    bool single; // one id, without exception
    bool listed; // every id and exception in it
} pt_licence;

// Read one. Ids in any case become SPDX's; "GPL-2.0", "GPL-2+", "GPL-3.0+" and the like say -only
// or -or-later; "Expat" and other names that Debian and the registries use become SPDX's; operators
// may be in lower case. An unknown id stays as it is written. Memory in `a`.
// PT_E_FORMAT: it is free text. PT_E_LIMIT, PT_E_NOMEM. NONE and NOASSERTION are no expressions.
PT_CHECK pt_code pt_licence_parse(pt_arena *a, pt_str s, pt_licence *ret, pt_err *e);

// The same for what metadata says that is no expression: "GPLv2+ and (MIT or BSD)", "ASL 2.0",
// "License :: OSI Approved :: MIT License". PT_E_FORMAT: nobody knows what it means.
PT_CHECK pt_code pt_licence_named(pt_arena *a, pt_str s, pt_licence *ret, pt_err *e);

// Is `part` among what the tree `declared` names? Of a choice one part is enough. Exceptions do not
// count, nor whether later versions are granted, if the version is one of those: a text alone says
// neither. `loose`: neither do versions and kinds, since "BSD" and "Apache License" say none.
bool pt_licence_covers(pt_value declared, pt_value part, bool loose);

// The canonical text of a tree or of a part of one, in `a`; of a part that is an OR with
// parentheses if `within_and`. p == NULL: out of memory.
pt_str pt_licence_text(pt_arena *a, pt_value tree, bool within_and);
