#include "collect/licence/notices.h"

#include "collect/licence/gnu.h"

// Words that name a licence, and what they mean. Where one of them stands in a text that was
// found, it says nothing of its own.
static const struct {
    const char *words, *means;
} notices[] = {
    {" same terms as perl ", "Artistic-1.0-Perl OR GPL-1.0-or-later"},
    {" artistic license which comes with ", "Artistic-1.0-Perl OR GPL-1.0-or-later"},
    {" gcc runtime library exception ", "GPL-3.0-or-later WITH GCC-exception-3.1"},
    {" common licenses artistic ", "Artistic-1.0-Perl"},
    {" common licenses apache 2 0 ", "Apache-2.0"},
    {" common licenses bsd ", "BSD-3-Clause"},
    {" common licenses cc0 1 0 ", "CC0-1.0"},
    {" common licenses mpl 1 1 ", "MPL-1.1"},
    {" common licenses mpl 2 0 ", "MPL-2.0"},
    {" apache license version 2 ", "Apache-2.0"},
    {" apache license v2 ", "Apache-2.0"},
    {" apache license 2 0 ", "Apache-2.0"},
    {" apache software license version 2 ", "Apache-2.0"},
    {" apache org licenses license 2 0 ", "Apache-2.0"},
    {" apache license version 1 1 ", "Apache-1.1"},
    {" mozilla public license version 2 0 ", "MPL-2.0"},
    {" mozilla public license v 2 0 ", "MPL-2.0"},
    {" mozilla org mpl 2 0 ", "MPL-2.0"},
    {" mozilla public license version 1 1 ", "MPL-1.1"},
    {" mozilla public license version 1 0 ", "MPL-1.0"},
    {" boost software license version 1 0 ", "BSL-1.0"},
    {" eclipse public license v 1 0 ", "EPL-1.0"},
    {" eclipse public license version 1 0 ", "EPL-1.0"},
    {" eclipse public license v 2 0 ", "EPL-2.0"},
    {" eclipse public license version 2 0 ", "EPL-2.0"},
    {" common development and distribution license version 1 0 ", "CDDL-1.0"},
    {" creativecommons org publicdomain zero 1 0 ", "CC0-1.0"},
    {" creativecommons org licenses by 3 0 ", "CC-BY-3.0"},
    {" creativecommons org licenses by 4 0 ", "CC-BY-4.0"},
    {" creativecommons org licenses by sa 3 0 ", "CC-BY-SA-3.0"},
    {" creativecommons org licenses by sa 4 0 ", "CC-BY-SA-4.0"},
    {" creativecommons org licenses by nc 4 0 ", "CC-BY-NC-4.0"},
    {" creativecommons org licenses by nc sa 4 0 ", "CC-BY-NC-SA-4.0"},
    {" creativecommons org licenses by nd 4 0 ", "CC-BY-ND-4.0"},
    {" creative commons attribution sharealike 3 0 ", "CC-BY-SA-3.0"},
    {" creative commons attribution sharealike 4 0 ", "CC-BY-SA-4.0"},
    {" creative commons attribution share alike 3 0 ", "CC-BY-SA-3.0"},
    {" creative commons attribution share alike 4 0 ", "CC-BY-SA-4.0"},
    {" creative commons attribution 3 0 ", "CC-BY-3.0"},
    {" creative commons attribution 4 0 ", "CC-BY-4.0"},
    {" sil open font license version 1 1 ", "OFL-1.1"},
    {" server side public license version 1 ", "SSPL-1.0"},
    {" business source license 1 1 ", "BUSL-1.1"},
    {" elastic license 2 0 ", "Elastic-2.0"},
    {" licensed under the mit license ", "MIT"},
    {" released under the mit license ", "MIT"},
    {" under the terms of the mit license ", "MIT"},
    {" distributed under the mit license ", "MIT"},
    {" licensed under the isc license ", "ISC"},
    {" licensed under the bsd 3 clause ", "BSD-3-Clause"},
    {" licensed under the bsd 2 clause ", "BSD-2-Clause"},
    {" licensed under the zlib license ", "Zlib"},
    {" 3 clause bsd ", "BSD-3-Clause"},
    {" 2 clause bsd ", "BSD-2-Clause"},
    {" 0 clause bsd ", "0BSD"},
    {" public domain written by ", "LicenseRef-public-domain"},
    {" in the public domain ", "LicenseRef-public-domain"},
    {" into the public domain ", "LicenseRef-public-domain"},
    {" is public domain ", "LicenseRef-public-domain"},
};

static bool stands_outside(pt_arena *a, const pt_words *w, const pt_texts_found *texts,
                           pt_str words, pt_spans *named) {
    bool any = false;
    for (size_t at = 0; at < w->text.n;) {
        at += pt_str_find_str(pt_str_sub(w->text, at, w->text.n), words);
        pt_span *one = at < w->text.n && !pt_licence_within(texts, at) ? PT_PUSH(a, named) : NULL;
        if (one)
            *one = (pt_span){at, at + words.n};
        any = any || one;
        at += words.n - 1;
    }
    return any;
}

pt_code pt_licence_notices(pt_licences_found *f, const pt_words *w, const pt_texts_found *texts,
                           pt_spans *named, pt_err *e) {
    for (size_t i = 0; i < texts->n; i++)
        if (!pt_licence_is_gnu(texts->v[i].id))
            pt_licence_found(f, texts->v[i].id);
    for (size_t i = 0; i < PT_COUNT(notices); i++)
        if (stands_outside(f->a, w, texts, pt_str_of(notices[i].words), named))
            pt_licence_found(f, pt_str_of(notices[i].means));
    return pt_licence_gnu(f, w, texts, named, e);
}
