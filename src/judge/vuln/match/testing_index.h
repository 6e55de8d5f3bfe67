// An advisory index that tests write as text, in place of the real one: the same functions.
#pragma once

#include "judge/vuln/index/index.h"

// Lines; blanks around '|' are dropped:
//   ECOSYSTEM | NAME | STATE | INTRODUCED | FIXED | LAST | MODULE | ADVISORY
//   @ADVISORY {JSON: what pt_index_advisory gives, without its id}
// STATE is a name of pt_advised_name; empty: affected. INTRODUCED is "0" if it is empty. An
// advisory without a line has its id alone.
pt_index *pt_fake_index(pt_arena *a, const char *text);
