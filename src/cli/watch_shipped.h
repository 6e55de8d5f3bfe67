// policies/runtime, as it is built in.
#pragma once

#include "base/str.h"

extern const pt_str pt_watch_shipped;
