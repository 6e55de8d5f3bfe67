// The GNU licences: which version, and whether later ones, stands in the words around their names.
#pragma once

#include "collect/licence/found.h"
#include "collect/licence/texts.h"

// Where a licence's own text stands, nothing is granted. To `named` the places where something is
// told. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_gnu(pt_licences_found *f, const pt_words *w,
                                const pt_texts_found *texts, pt_spans *named, pt_err *e);
// "GPL-2.0", "LGPL-2.1": is it one of which -only or -or-later must be said?
bool pt_licence_is_gnu(pt_str id);
