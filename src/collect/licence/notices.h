// Licences by what names them: notices, references to Debian's common licences.
#pragma once

#include "collect/licence/found.h"
#include "collect/licence/texts.h"

// Add what is named outside of the texts that were found, and those texts themselves; to `named`
// the places where. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_notices(pt_licences_found *f, const pt_words *w,
                                    const pt_texts_found *texts, pt_spans *named, pt_err *e);
