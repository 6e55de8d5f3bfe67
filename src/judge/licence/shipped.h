// Made of policies/licences at build time.
#pragma once

#include "base/str.h"

extern const pt_str pt_licence_policy_shipped;
