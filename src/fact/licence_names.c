// What metadata calls licences that is no expression of SPDX's.
#include "base/buf.h"
#include "fact/licence.h"

enum {
    OPERAND_BYTES_MAX = 256,
};

// Of Fedora until 2022, of PyPI's classifiers, of Maven's and npm's packages.
static const char *const names[][2] = {
    {"AFL", "AFL-3.0"},
    {"AGPLv3", "AGPL-3.0-only"},
    {"AGPLv3+", "AGPL-3.0-or-later"},
    {"Apache 2", "Apache-2.0"},
    {"Apache 2.0", "Apache-2.0"},
    {"Apache License", "Apache-2.0"},
    {"Apache License 2.0", "Apache-2.0"},
    {"Apache License, Version 2.0", "Apache-2.0"},
    {"Apache License Version 2.0", "Apache-2.0"},
    {"Apache Software License", "Apache-2.0"},
    {"Apache Software License 2.0", "Apache-2.0"},
    {"Apache-2.0 license", "Apache-2.0"},
    {"The Apache License, Version 2.0", "Apache-2.0"},
    {"The Apache Software License, Version 2.0", "Apache-2.0"},
    {"Artistic", "Artistic-1.0-Perl"},
    {"Artistic 2.0", "Artistic-2.0"},
    {"ASL 1.1", "Apache-1.1"},
    {"ASL 2.0", "Apache-2.0"},
    {"Boost", "BSL-1.0"},
    {"BSD", "BSD-3-Clause"},
    {"BSD License", "BSD-3-Clause"},
    {"BSD with advertising", "BSD-4-Clause"},
    {"BSD 3-Clause License", "BSD-3-Clause"},
    {"BSD-3-Clause License", "BSD-3-Clause"},
    {"3-Clause BSD License", "BSD-3-Clause"},
    {"New BSD License", "BSD-3-Clause"},
    {"Simplified BSD", "BSD-2-Clause"},
    {"2-Clause BSD License", "BSD-2-Clause"},
    {"CC0", "CC0-1.0"},
    {"CC-BY", "CC-BY-4.0"},
    {"CC-BY-SA", "CC-BY-SA-4.0"},
    {"CDDL", "CDDL-1.0"},
    {"CPL", "CPL-1.0"},
    {"Eclipse Public License 1.0", "EPL-1.0"},
    {"Eclipse Public License 2.0", "EPL-2.0"},
    {"EPL", "EPL-1.0"},
    {"GFDL", "GFDL-1.1-or-later"},
    {"GNU Affero General Public License v3", "AGPL-3.0-only"},
    {"GNU Affero General Public License v3 or later (AGPLv3+)", "AGPL-3.0-or-later"},
    {"GNU General Public License (GPL)", "GPL-1.0-or-later"},
    {"GNU General Public License v2 (GPLv2)", "GPL-2.0-only"},
    {"GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"},
    {"GNU General Public License v3 (GPLv3)", "GPL-3.0-only"},
    {"GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"},
    {"GNU Lesser General Public License v2 or later (LGPLv2+)", "LGPL-2.0-or-later"},
    {"GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"},
    {"GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL-3.0-or-later"},
    {"GNU Library or Lesser General Public License (LGPL)", "LGPL-2.0-or-later"},
    {"GPL", "GPL-1.0-or-later"},
    {"GPL+", "GPL-1.0-or-later"},
    {"GPLv2", "GPL-2.0-only"},
    {"GPLv2+", "GPL-2.0-or-later"},
    {"GPLv3", "GPL-3.0-only"},
    {"GPLv3+", "GPL-3.0-or-later"},
    {"ISC License", "ISC"},
    {"ISC License (ISCL)", "ISC"},
    {"LGPL", "LGPL-2.0-or-later"},
    {"LGPLv2", "LGPL-2.0-only"},
    {"LGPLv2+", "LGPL-2.0-or-later"},
    {"LGPLv2.1", "LGPL-2.1-only"},
    {"LGPLv2.1+", "LGPL-2.1-or-later"},
    {"LGPLv3", "LGPL-3.0-only"},
    {"LGPLv3+", "LGPL-3.0-or-later"},
    {"LPPL", "LPPL-1.3c"},
    {"MIT License", "MIT"},
    {"The MIT License", "MIT"},
    {"The MIT License (MIT)", "MIT"},
    {"Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"},
    {"MPLv1.1", "MPL-1.1"},
    {"MPLv2.0", "MPL-2.0"},
    {"OFL", "OFL-1.1"},
    {"OpenLDAP", "OLDAP-2.8"},
    {"Public Domain", "LicenseRef-public-domain"},
    {"Python", "Python-2.0"},
    {"Python Software Foundation License", "PSF-2.0"},
    {"Sleepycat", "Sleepycat"},
    {"The Unlicense (Unlicense)", "Unlicense"},
    {"UCD", "Unicode-DFS-2015"},
    {"Unicode", "Unicode-DFS-2015"},
    {"UNLICENSED", "LicenseRef-proprietary"},
    {"Proprietary", "LicenseRef-proprietary"},
    {"Zope Public License", "ZPL-2.1"},
    {"zlib", "Zlib"},
    {"zlib/libpng", "Zlib"},
};

// Behind a name of Fedora's: some exception, and it does not say which.
static const pt_str loose = PT_STR(" with exceptions");

static pt_str by_name(pt_str said) {
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eq_nocase(said, pt_str_of(names[i][0])))
            return pt_str_of(names[i][1]);
    return (pt_str){0};
}

// One name between operators.
static bool put_name(pt_arena *a, pt_buf *b, pt_str said) {
    pt_licence l = {0};
    bool some = pt_str_ends(said, loose);
    pt_str plain = pt_str_trim(pt_str_sub(said, 0, some ? said.n - loose.n : said.n));
    pt_str known = by_name(plain);
    if (!known.n && pt_licence_parse(a, plain, &l, NULL) == PT_OK && l.listed)
        known = l.text;
    pt_buf_putz(b, "(");
    pt_buf_put(b, known);
    pt_buf_putz(b, some ? " WITH LicenseRef-exceptions)" : ")");
    return known.n > 0;
}

// Where the next operator or parenthesis of `s` begins; *ret_n: its bytes.
static size_t next_operator(pt_str s, size_t *ret_n) {
    static const pt_str words[] = {PT_STR(" and "), PT_STR(" or "), PT_STR("("), PT_STR(")")};
    for (size_t i = 0; i < s.n; i++)
        for (size_t k = 0; k < PT_COUNT(words); k++)
            if (pt_str_eq_nocase(pt_str_sub(s, i, i + words[k].n), words[k])) {
                *ret_n = words[k].n;
                return i;
            }
    *ret_n = 0;
    return s.n;
}

// "GPLv2+ and (MIT or BSD)" of Fedora's names.
static bool put_all(pt_arena *a, pt_buf *b, pt_str s) {
    bool known = true;
    while (known && s.n) {
        size_t n = 0;
        size_t at = next_operator(s, &n);
        pt_str name = pt_str_trim(pt_str_sub(s, 0, at));
        known = !name.n || (name.n <= OPERAND_BYTES_MAX && put_name(a, b, name));
        pt_buf_put(b, pt_str_sub(s, at, at + n));
        s = pt_str_sub(s, at + n, s.n);
    }
    return known && b->n;
}

pt_code pt_licence_named(pt_arena *a, pt_str s, pt_licence *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(2 * PT_LICENCE_BYTES_MAX);
    pt_licence l = {0};
    size_t classifier = pt_str_rfind(s, ':'); // "License :: OSI Approved :: MIT License"
    if (classifier < s.n && classifier > 0 && s.p[classifier - 1] == ':')
        s = pt_str_sub(s, classifier + 1, s.n);
    s = pt_str_trim(s);
    if (s.n > PT_LICENCE_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a licence larger than %zu bytes", PT_LICENCE_BYTES_MAX);
    pt_str whole = by_name(s);
    pt_code code = pt_licence_parse(a, whole.n ? whole : s, &l, e);
    if (code == PT_E_NOMEM)
        return code;
    if ((code || !l.listed) && put_all(a, &b, s)) {
        pt_licence again = {0};
        if (!b.full && pt_licence_parse(a, pt_buf_str(&b), &again, NULL) == PT_OK) {
            l = again;
            code = PT_OK;
        }
    }
    if (!code)
        *ret = l;
    return code;
}
