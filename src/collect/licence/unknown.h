// Licences that nobody recognises: words that permit something, and that no text and no name that
// is known explains. Without them what is known of a file would look like all of it.
#pragma once

#include "collect/licence/found.h"
#include "collect/licence/texts.h"

// Add each paragraph of `w`, of which `text` are the words, that permits something, and in which
// nothing recognised stands near the words that do (`texts`, and what `named` covers, which is put
// in order): as LicenseRef-unknown-HEX, which is of its words alone, with what stands behind it in
// the same tone. To be called when all else of the text is found. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_unknown(pt_licences_found *f, const pt_words *w, pt_str text,
                                    const pt_texts_found *texts, pt_spans *named, pt_err *e);
