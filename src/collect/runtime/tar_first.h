// The one file of a tar archive that an engine made of it (GET /containers/ID/archive).
#pragma once

#include "base/str.h"

// The bytes of the first member, if that is a regular file and whole, within `tar`. False: it is
// not.
bool pt_tar_first_file(pt_str tar, pt_str *ret);
