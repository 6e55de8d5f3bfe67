// Parts of a scan's document that are made of what was put together.
#pragma once

#include "collect/image/layers.h"

// What judges of an image are told of its making: each step, and the layer that it made.
pt_value pt_image_steps(pt_value settings, pt_arena *a);

// Secrets, sorted: those of files of every layer, and those of the settings.
pt_value pt_image_secrets(const pt_layers *l, pt_value settings, pt_arena *a);
