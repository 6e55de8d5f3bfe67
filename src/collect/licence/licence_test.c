#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "collect/licence/licence.h"

#define MIT_HEAD                                                                                  \
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this "       \
    "software and associated documentation files (the \"Software\"), to deal in the Software "    \
    "without restriction, including without limitation the rights to use, copy, modify, merge, "  \
    "publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons " \
    "to whom the Software is furnished to do so"
#define MIT_KEEP                                                                                \
    ", subject to the following conditions:\n\nThe above copyright notice and this permission " \
    "notice shall be included in all copies or substantial portions of the Software"
#define MIT_WARRANTY                                                                              \
    ".\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, " \
    "INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR "   \
    "PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE "  \
    "FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR "       \
    "OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER "     \
    "DEALINGS IN THE SOFTWARE.\n"
#define MIT_TEXT MIT_HEAD MIT_KEEP MIT_WARRANTY

#define BSD_HEAD                                                                              \
    "Redistribution and use in source and binary forms, with or without modification, are "   \
    "permitted provided that the following conditions are met:\n"                             \
    " * Redistributions of source code must retain the above copyright notice, this list of " \
    "conditions and the following disclaimer.\n"                                              \
    " * Redistributions in binary form must reproduce the above copyright notice, this list " \
    "of conditions and the following disclaimer in the documentation and/or other materials " \
    "provided with the distribution.\n"
#define BSD_ADVERTISING                                                                      \
    " * All advertising materials mentioning features or use of this software must display " \
    "the following acknowledgement: This product includes software developed by Somebody.\n"
#define BSD_NAME                                                                               \
    " * Neither the name of Somebody & Sons nor the names of its contributors may be used to " \
    "endorse or promote products derived from this software without specific prior written "   \
    "permission.\n"
#define BSD_WARRANTY                                                                           \
    "THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS \"AS IS\" AND ANY "   \
    "EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF " \
    "MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL "  \
    "THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, "    \
    "SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, "            \
    "PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS " \
    "INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, "       \
    "STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF " \
    "THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.\n"

#define GNU(what, version)                                                                \
    "This program is free software; you can redistribute it and/or modify it under the\n" \
    "terms of the GNU " what "General Public License as published by the Free Software\n" \
    "Foundation; " version ".\n\nSee the GNU " what "General Public License for more details.\n"
#define GNU_LINES(what, version)                                                         \
    "This program is free software; you can redistribute it and/or modify it under the " \
    "terms of the GNU " what "General Public License as published by the Free Software " \
    "Foundation; " version ".\n"
#define LATER(version) \
    "either version " version " of the License, or (at your option) any later version"
#define DEP5 "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"

// What a file says; "! what" is wrong.
static pt_str said(pt_arena *a, pt_licence_file kind, pt_str text) {
    pt_licence_reading r = {0};
    pt_err e = {0};
    if (pt_licence_read(a, kind, text, &r, &e))
        return pt_arena_printf(a, "! %s", e.what);
    return r.expression;
}

static void check(pt_licence_file kind, const char *text, const char *expression) {
    pt_arena a = {0};
    assert_str(said(&a, kind, pt_str_of(text)), expression);
    pt_arena_done(&a);
}

static void test_licence_file_is_known_by_its_name(void **state) {
    (void)state;
    static const struct {
        const char *path;
        pt_licence_file kind;
    } cases[] = {
        {"usr/share/doc/bash/copyright", PT_LICENCE_DEBIAN},
        {"usr/share/doc/copyright", PT_LICENCE_NONE},
        {"usr/share/doc/bash/old/copyright", PT_LICENCE_NONE},
        {"app/node_modules/x/LICENSE", PT_LICENCE_TEXT},
        {"app/node_modules/x/license.md", PT_LICENCE_TEXT},
        {"x/LICENSE-MIT", PT_LICENCE_TEXT},
        {"x/COPYING3", PT_LICENCE_TEXT},
        {"x/COPYING.LESSER", PT_LICENCE_TEXT},
        {"x/license.py", PT_LICENCE_NONE},
        {"x/licensed", PT_LICENCE_NONE},
        {"x/notice.txt", PT_LICENCE_TEXT},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_int_equal(pt_licence_file_of(pt_str_of(cases[i].path)), cases[i].kind);
}

static void test_licence_text_is_recognised(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"Ask me.", ""},
        {"Copyright (c) 2020 Somebody\n\n" MIT_TEXT, "MIT"},
        {"// Copyright 2020\n// " MIT_HEAD MIT_WARRANTY, "MIT-0"},
        {MIT_HEAD MIT_KEEP ".\nThe Software shall be used for Good, not Evil" MIT_WARRANTY, "JSON"},
        {BSD_HEAD BSD_WARRANTY, "BSD-2-Clause"},
        {BSD_HEAD BSD_NAME BSD_WARRANTY, "BSD-3-Clause"},
        {BSD_HEAD BSD_ADVERTISING BSD_NAME BSD_WARRANTY, "BSD-4-Clause"},
        // Two of a kind, each for itself.
        {BSD_HEAD BSD_NAME BSD_WARRANTY "\nParts are of others:\n" BSD_HEAD BSD_WARRANTY
                                        "\nand " MIT_TEXT,
         "BSD-3-Clause AND BSD-2-Clause AND MIT"},
        {"Permission to use, copy, modify, and/or distribute this software for any purpose with "
         "or without fee is hereby granted, provided that the above copyright notice and this "
         "permission notice appear in all copies.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\" AND THE "
         "AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED "
         "WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR "
         "ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER "
         "RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, "
         "NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR "
         "PERFORMANCE OF THIS SOFTWARE.",
         "ISC"},
        {"/* SPDX-License-Identifier: MIT OR apache-2.0 */", "MIT OR Apache-2.0"},
        {"Licensed under the Apache License, Version 2.0", "Apache-2.0"},
        {"under the same terms as Perl itself", "Artistic-1.0-Perl OR GPL-1.0-or-later"},
        {"I put it into the public domain.", "LicenseRef-public-domain"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check(PT_LICENCE_TEXT, cases[i][0], cases[i][1]);
}

static void test_gnu_version_is_what_the_words_say(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {GNU("", LATER("2")), "GPL-2.0-or-later"},
        {GNU("", "version 2 of the License"), "GPL-2.0-only"},
        {GNU("Lesser ", LATER("2.1")), "LGPL-2.1-or-later"},
        {GNU("Library ", LATER("2")), "LGPL-2.0-or-later"},
        {GNU("Affero ", LATER("3")), "AGPL-3.0-or-later"},
        {GNU("", "either version 3, or (at your option) any later version"), "GPL-3.0-or-later"},
        // What is granted counts, not which text a system has of it.
        {GNU("", LATER("2")) "The text of version 3 is in `/usr/share/common-licenses/GPL-3'.",
         "GPL-2.0-or-later"},
        {"It is under the GPL; see /usr/share/common-licenses/GPL-3.", "GPL-3.0-only"},
        {GNU("",
             LATER("2")) "The complete text of version 2 of the GNU General Public License is in "
                         "/usr/share/common-licenses.",
         "GPL-2.0-or-later"},
        // No version is every one.
        {"It is licensed under the GNU General Public License.", "GPL-1.0-or-later"},
        {"The library is covered by the Library General Public License.", "LGPL-2.0-or-later"},
        {"under the terms of the GNU Affero General Public License", "AGPL-3.0-or-later"},
        {GNU("", LATER("2")) "Parts are under the GNU General Public License, too.",
         "GPL-2.0-or-later"},
        // The link to the newest says no version.
        {"On Debian, see /usr/share/common-licenses/GPL.", "GPL-1.0-or-later"},
        {"licensed as LGPLv2.1+, the tools are GPLv3", "GPL-3.0-only AND LGPL-2.1-or-later"},
        {"under the terms of version 2 of the GNU General Public License", "GPL-2.0-only"},
        {GNU("", LATER("3")) GNU("Lesser ", LATER("2.1")),
         "GPL-3.0-or-later AND LGPL-2.1-or-later"},
        {"under the terms of the GNU Free Documentation License, Version 1.3 or any later version "
         "published by the Free Software Foundation; with no Invariant Sections",
         "GFDL-1.3-no-invariants-or-later"},
        {"You should have received a copy of the GNU General Public License.", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check(PT_LICENCE_TEXT, cases[i][0], cases[i][1]);
}

static void test_choice_that_is_stated_plainly_is_one(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"Licensed under the Apache License, Version 2.0 or the MIT license, at your option.",
         "Apache-2.0 OR MIT"},
        {"Licensed under either of\n * Apache License, Version 2.0 (LICENSE-APACHE or "
         "http://www.apache.org/licenses/LICENSE-2.0)\n * MIT license (LICENSE-MIT or "
         "http://opensource.org/licenses/MIT)\nat your option.",
         "Apache-2.0 OR MIT"},
        {"It is dual licensed LGPLv3+ or GPLv2+.", "LGPL-3.0-or-later OR GPL-2.0-or-later"},
        {"distributed under the terms of the GNU Lesser General Public License version 2.1 or "
         "later or the Mozilla Public License, Version 2.0",
         "LGPL-2.1-or-later OR MPL-2.0"},
        // Texts of its parts are of the choice; what else is named is not.
        {"Dual licensed under the MIT license or GPL v2.\n\n" MIT_TEXT, "MIT OR GPL-2.0-only"},
        {"Licensed under the MIT license or GPLv2.\nThe tools are licensed under the MIT license.",
         "(MIT OR GPL-2.0-only) AND MIT"},
        {"Licensed under the MIT license or GPLv2.\n\n" BSD_HEAD BSD_WARRANTY,
         "BSD-2-Clause AND (MIT OR GPL-2.0-only)"},
        // What is not plain: all applies.
        {"Licensed under the Apache License, Version 2.0. Or not; the tools are GPLv2.",
         "Apache-2.0 AND GPL-2.0-only"},
        {"It is not licensed under the MIT license or GPLv2.", "MIT AND GPL-2.0-only"},
        {"Licensed under the MIT license or GPLv2 with an exception.", "MIT AND GPL-2.0-only"},
        {"Licensed under the MIT license or GPLv2 and the Apache License 2.0.",
         "Apache-2.0 AND MIT AND GPL-2.0-only"},
        {"Licensed under the GPLv2 or later.", "GPL-2.0-or-later"},
        {"Licensed under either of", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check(PT_LICENCE_TEXT, cases[i][0], cases[i][1]);
}

static void test_copyright_file_says_what_all_files_need(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {DEP5 "Files: *\nCopyright: me\nLicense: GPL-2+\n the text\n", "GPL-2.0-or-later"},
        {DEP5 "Files: *\nLicense: Expat\n\nFiles: a\nLicense: GPL-3+ with Bison exception\n",
         "MIT AND GPL-3.0-or-later WITH Bison-exception-2.2"},
        {DEP5
         "Files: *\nLicense: GPL-3+ with AutoConf exception or GPL-2 with Autoconf exception\n",
         "GPL-3.0-or-later WITH Autoconf-exception-3.0 OR GPL-2.0-only WITH "
         "Autoconf-exception-2.0"},
        {DEP5 "Files: *\nLicense: GPL-3+-WITH-BISON-EXCEPTION\n",
         "GPL-3.0-or-later WITH Bison-exception-2.2"},
        {DEP5 "Files: *\nLicense: GPL-2+-libtool-exception\n",
         "GPL-2.0-or-later WITH Libtool-exception"},
        {DEP5 "Files: *\nLicense: LGPL-2.1-with-Qt-GPL-1.0-exceptions\n",
         "LGPL-2.1-only WITH Qt-GPL-exception-1.0"},
        {DEP5 "Files: *\nLicense: Apache-2.0 with LLVM exception\n",
         "Apache-2.0 WITH LLVM-exception"},
        {DEP5 "Files: *\nLicense: GPL-2+ with Own exception\n",
         "GPL-2.0-or-later WITH Own-exception"},
        {DEP5 "Files: *\nLicense: GPL-2-own-exception\n", "LicenseRef-GPL-2-own-exception"},
        {DEP5 "Files: *\nLicense: -exception\n", "LicenseRef--exception"},
        {DEP5 "Files: *\nLicense: GPL-1+ or Artistic\n", "GPL-1.0-or-later OR Artistic-1.0-Perl"},
        {DEP5 "Files: *\nLicense: GPL-2 or MIT, and BSD-3-clause\n",
         "(GPL-2.0-only OR MIT) AND BSD-3-Clause"},
        {DEP5 "Files: *\nLicense: ISC, and GPL-2 or MIT\n", "ISC AND (GPL-2.0-only OR MIT)"},
        {DEP5 "Files: *\nLicense: public-domain\n", "LicenseRef-public-domain"},
        {DEP5 "Files: *\nLicense: GFDL-NIV-1.3+\n", "GFDL-1.3-no-invariants-or-later"},
        {DEP5 "Files: *\nLicense: Own Words\n", "LicenseRef-Own-Words"},
        // The last paragraph that names a file is its.
        {DEP5 "Files: a\nLicense: GPL-2\n\nFiles: *\nLicense: MIT\n\nFiles: b\nLicense: ISC\n",
         "MIT AND ISC"},
        // What makes the package is not in it.
        {DEP5 "Files: *\nLicense: MIT\n\nFiles: debian/* debian/rules\nLicense: GPL-2\n", "MIT"},
        // A name that nobody knows, by its text.
        {DEP5 "Files: *\nLicense: Less\n\nLicense: Less\n licensed under the MIT license\n", "MIT"},
        {DEP5 "Files: *\nLicense: Apache\n Licensed under the Apache License, Version 2.0\n",
         "Apache-2.0"},
        {DEP5 "Files: *\nLicense: BSD-3-clause-Foo\n", "BSD-3-Clause"},
        {DEP5 "Files:\n a\n b\nLicense:\n MIT\n", "MIT"},
        {"\n\n# by hand\nFormat-Specification: x\n\nfiles: *\nlicense: mit\n", "MIT"},
        // Of a name that is known the text says which version, and what else is granted.
        {DEP5 "Files: *\nLicense: LGPL-2+\n " GNU_LINES("Lesser ", LATER("2.1")),
         "LGPL-2.1-or-later"},
        {DEP5 "Files: *\nLicense: GPL-2\n " GNU_LINES("", LATER("2")), "GPL-2.0-or-later"},
        {DEP5 "Files: *\nLicense: GPL-2+\n " GNU_LINES("", "version 2 of the License"),
         "GPL-2.0-or-later"},
        {DEP5 "Files: *\nLicense: GPL-2+\n On Debian it is /usr/share/common-licenses/GPL-3.\n",
         "GPL-2.0-or-later"},
        {DEP5
         "Files: *\nLicense: GFDL-NIV-1.3\n under the terms of the GNU Free Documentation License, "
         "Version 1.3 or any later version\n",
         "GFDL-1.3-no-invariants-or-later"},
        {DEP5
         "Files: *\nLicense: Expat\n\nLicense: Expat\n Licensed under the Apache License, Version "
         "2.0\n",
         "MIT AND Apache-2.0"},
        {DEP5 "Files: *\nLicense: LGPL-3+\n " GNU_LINES("", LATER("3")),
         "LGPL-3.0-or-later AND GPL-3.0-or-later"},
        {DEP5 "Files: *\nLicense: BSD-3-clause\n Licensed under the BSD 2 clause license\n",
         "BSD-3-Clause"},
        {DEP5 "Files: *\nLicense: MIT or GPL-2\n Licensed under the Apache License, Version 2.0\n",
         "MIT OR GPL-2.0-only"},
        // Of no files: then what its words say.
        {DEP5 "License: X\n Licensed under the Apache License, Version 2.0\n", "Apache-2.0"},
        {"This is Debian's package.\n\n" GNU("", LATER("2")), "GPL-2.0-or-later"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check(PT_LICENCE_DEBIAN, cases[i][0], cases[i][1]);
}

static void test_licence_too_much_is_told(void **state) {
    (void)state;
    pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_LICENCE_TEXT_BYTES_MAX + 100);
    pt_buf_putz(&b, DEP5 "Files: *\nLicense: A0\n\n");
    for (int i = 1; i <= 300; i++)
        pt_buf_printf(&b, "Files: f%d\nLicense: A%d\n\n", i, i);
    assert_str(said(&a, PT_LICENCE_DEBIAN, pt_buf_str(&b)),
               "! it names more licences than can be told");
    pt_buf_fill(&b, 'x', PT_LICENCE_TEXT_BYTES_MAX + 1 - b.n);
    assert_str(said(&a, PT_LICENCE_TEXT, pt_buf_str(&b)), "! it is larger than 1048576 bytes");
    pt_arena_done(&a);
}

#define SUNPRO                                                                                   \
    "Developed at SunPro, a Sun Microsystems, Inc. business.\nPermission to use, copy, modify, " \
    "and "                                                                                       \
    "distribute this\nsoftware is freely granted, provided that this notice\nis preserved.\n"

// Words that permit something and that are of no licence are told, each once, with their place.
static void test_words_of_no_licence_are_told(void **state) {
    (void)state;
    static const struct {
        pt_licence_file kind;
        const char *text, *known; // the expression, "?" for each that is unknown,
        const char *lines;        // and where these stand
    } cases[] = {
        {PT_LICENCE_TEXT, MIT_TEXT "\nParts:\n\n" SUNPRO, "MIT AND ?", "9"},
        {PT_LICENCE_TEXT, SUNPRO "\n" MIT_TEXT, "MIT AND ?", "1"},
        {PT_LICENCE_TEXT, SUNPRO, "?", "1"},
        {PT_LICENCE_TEXT, MIT_TEXT "\n" SUNPRO "\nand again\n\n" SUNPRO, "MIT AND ?", "7"},
        {PT_LICENCE_TEXT, MIT_TEXT "Now to all that is left of it: you may use it for any purpose.",
         "MIT AND ?", "5"},
        {PT_LICENCE_TEXT,
         "It is licensed under the Foo License.\n\nHow nice.\n\nIs it released under the Bar "
         "License?",
         "? AND ?", "1 5"},
        {PT_LICENCE_TEXT, "You may use this as long as you are kind.\n\n" GNU("", LATER("2")),
         "GPL-2.0-or-later AND ?", "1"},
        // What goes on in the same tone is of it.
        {PT_LICENCE_TEXT,
         "Free to use and to copy.\n\nThere is no warranty.\n\nOnce upon a time.\n", "?", "1"},
        {PT_LICENCE_DEBIAN, "This is mine.\n\nCopyright 2020 me\n" SUNPRO, "?", "4"},
        {PT_LICENCE_DEBIAN,
         DEP5 "Files: *\nLicense: X\n\nLicense: X\n licensed under the MIT license\n"
              " .\n You may copy this freely.\n",
         "MIT AND ?", "9"},
        // Of a name that its text says nothing of, the name is told.
        {PT_LICENCE_DEBIAN, DEP5 "Files: *\nLicense: X\n You may copy this freely.\n",
         "LicenseRef-X", ""},
        // What is recognised near by, or elsewhere, says it.
        {PT_LICENCE_TEXT,
         "It may be freely copied under the GPL.\nSee /usr/share/common-licenses/GPL-2.",
         "GPL-2.0-only", ""},
        {PT_LICENCE_TEXT, "It is licensed under the MIT licence, which is this:\n\n" MIT_TEXT,
         "MIT", ""},
        {PT_LICENCE_TEXT, "You can redistribute it under the terms of the following:\n\n" MIT_TEXT,
         "MIT", ""},
        {PT_LICENCE_TEXT, "You may use this under EITHER of these.\n\n" MIT_TEXT, "MIT", ""},
        {PT_LICENCE_TEXT, "You may use this under the following conditions: be kind.", "?", "1"},
        {PT_LICENCE_TEXT, "// SPDX-License-Identifier: FSFUL, you may copy it freely", "?", "1"},
        {PT_LICENCE_TEXT, "You may copy it freely.\nSPDX-License-Identifier: FSFUL\n", "FSFUL", ""},
        {PT_LICENCE_TEXT,
         GNU("", LATER("2")) "As a special exception, you may use it for any purpose.",
         "GPL-2.0-or-later", ""},
        {PT_LICENCE_TEXT, "It is on the web. Ask me.\n\nThere is no warranty.", "", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf lines = PT_BUF(100);
        PT_AUTO(pt_buf_done) pt_buf known = PT_BUF(1000);
        pt_licence_reading r = {0};
        pt_err e = {0};
        assert_int_equal(pt_licence_read(&a, cases[i].kind, pt_str_of(cases[i].text), &r, &e),
                         PT_OK);
        pt_str rest = r.expression;
        pt_str word;
        for (size_t n = 0; pt_str_word(&rest, &word);) {
            bool unknown = pt_str_starts(word, PT_STR("LicenseRef-unknown-"));
            pt_buf_printf(&known, "%s%.*s", known.n ? " " : "",
                          PT_PRI(unknown ? PT_STR("?") : word));
            if (unknown)
                assert_true(pt_str_eq(word, pt_text(pt_getz(pt_at(r.unknown, n++), "licence"))));
        }
        for (size_t k = 0; k < pt_len(r.unknown); k++) {
            int64_t line = 0;
            assert_true(pt_to_int(pt_getz(pt_at(r.unknown, k), "line"), &line));
            pt_buf_printf(&lines, "%s%d", k ? " " : "", (int)line);
        }
        assert_str(pt_buf_str(&known), cases[i].known);
        assert_str(pt_buf_str(&lines), cases[i].lines);
    }
}

// The name that they get is of the words alone, so that what was decided of them holds where they
// stand, and not where they changed.
static void test_unknown_words_have_their_own_name(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_str one = said(&a, PT_LICENCE_TEXT, PT_STR("You may copy it, be kind."));
    assert_true(
        pt_str_eq(one, said(&a, PT_LICENCE_TEXT,
                            PT_STR("Copyright 2020 me\n\n * You may copy\n * it; be kind\n"))));
    assert_false(pt_str_eq(one, said(&a, PT_LICENCE_TEXT, PT_STR("You may copy it, be cruel."))));
    assert_int_equal(one.n, sizeof "LicenseRef-unknown-0123456789abcdef" - 1);
    pt_arena_done(&a);
}

// A file that is the same text again and again costs no more than its words.
static void test_licence_text_repeated_is_one(void **state) {
    (void)state;
    pt_arena a = {.bytes_max = (size_t)192 << 20};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_LICENCE_TEXT_BYTES_MAX);
    while (b.n + sizeof(BSD_HEAD BSD_NAME BSD_WARRANTY) < PT_LICENCE_TEXT_BYTES_MAX)
        pt_buf_putz(&b, BSD_HEAD BSD_NAME BSD_WARRANTY);
    assert_str(said(&a, PT_LICENCE_TEXT, pt_buf_str(&b)), "BSD-3-Clause");
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_licence_file_is_known_by_its_name),
        cmocka_unit_test(test_licence_text_is_recognised),
        cmocka_unit_test(test_gnu_version_is_what_the_words_say),
        cmocka_unit_test(test_choice_that_is_stated_plainly_is_one),
        cmocka_unit_test(test_copyright_file_says_what_all_files_need),
        cmocka_unit_test(test_licence_too_much_is_told),
        cmocka_unit_test(test_words_of_no_licence_are_told),
        cmocka_unit_test(test_unknown_words_have_their_own_name),
        cmocka_unit_test(test_licence_text_repeated_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
