// Choices of licences that are stated plainly: "licensed under the MIT license or Apache-2.0".
#pragma once

#include "collect/licence/texts.h"

// Each becomes one of `texts`, with "MIT OR Apache-2.0" as its id, so that nothing within it says
// anything of its own; a text of one of its parts is of the choice, too. What is not plain is none:
// then all that is named applies. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_choices(pt_arena *a, const pt_words *w, pt_texts_found *texts,
                                    pt_err *e);
