// YAML as Go's yaml.v3 writes it, with an indentation of two.
#pragma once

#include "base/buf.h"
#include "judge/policy/builtin.h"

// How a text may stand: as it is, or would a reader take it for something else?
bool pt_yaml_resolves(pt_str s);

// Objects have text keys only. False: no memory.
bool pt_yaml_put(pt_arena *a, pt_buf *b, pt_value v);
