// The packet filter's rules, for the facts that want them.
#pragma once

#include "base/arena.h"
#include "fact/world.h"

// Run `nft -j list ruleset` and keep what it prints in the world: before pt_rights_drop, because
// afterwards no program can be started and the right to ask is gone. Only root may ask.
void pt_ruleset_take(pt_world *w, pt_arena *a);
