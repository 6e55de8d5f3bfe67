// The table of controls. Private to podsec/.
#pragma once

#include "judge/podsec/podsec.h"

extern const pt_podsec_control pt_podsec_table[];
extern const size_t pt_podsec_table_n;
