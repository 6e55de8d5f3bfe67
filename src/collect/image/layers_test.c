#include <string.h>

#include "base/testing.h"
#include "collect/image/layers.h"
#include "value/json.h"

// A database with packages a and b of one layer: "f:PATH:a=1,b=1". Other events: "x:PATH" other,
// "d:PATH" folder, "l:PATH:TO", "k:PATH:TO" (hard link), "s:PATH:ID" os-release, "r:PATH" an rpm
// database, "j:PATH:a=1" a file of a package that is none of the system's, its content's sum 7;
// "m:PATH:OWNER:PATH" a list of what a package owns, "M:PATH:OWNER:PATH" and that the sum is 7,
// "n:PATH:OWNER:PATH" and that it is 8. Words: "h:PATH" hide, "o:PATH" opaque, "D:PATH" folder,
// "X:PATH" something else. Events end with ' ', layers with '|'.
static pt_value event_of(pt_arena *a, pt_str word, pt_buf *owned) {
    static const struct {
        char letter;
        const char *what;
    } words[] = {{'f', "file"}, {'d', "folder"}, {'x', "other"}, {'l', "link"},
                 {'k', "hard"}, {'s', "file"},   {'r', "file"},  {'j', "file"},
                 {'m', "file"}, {'M', "file"},   {'n', "file"}};
    pt_str rest = pt_str_sub(word, 2, word.n);
    pt_str path = {0};
    pt_str package;
    pt_obj o = {.a = a};
    pt_list packages = {.a = a};
    pt_list none = {.a = a};
    assert_true(pt_str_split(&rest, ':', &path) || word.n == 2);
    pt_obj_set(&o, "path", pt_string(path));
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (words[i].letter == word.p[0])
            pt_obj_set(&o, "do", pt_stringz(words[i].what));
    if (word.p[0] == 'l' || word.p[0] == 'k')
        pt_obj_set(&o, "to", pt_string(rest));
    if (word.p[0] == 'r')
        pt_obj_set(&o, "unread", pt_bool(true));
    if (word.p[0] == 's') {
        pt_obj os = {.a = a};
        pt_obj_set(&os, "id", pt_string(rest));
        pt_obj_set(&o, "os", pt_obj_end(&os));
    }
    if (pt_str_find(PT_STR("mMn"), word.p[0]) < 3) {
        pt_str owner = {0};
        assert_true(pt_str_split(&rest, ':', &owner));
        pt_value name = pt_string(owner);
        const pt_value part[] = {pt_int((int64_t)(owned->n / sizeof(pt_owned))), pt_int(1)};
        const uint32_t sum = word.p[0] == 'm' ? 0 : word.p[0] == 'M' ? 7 : 8;
        const pt_owned one = {pt_path_hash(rest), 0, sum};
        pt_buf_put(owned, (pt_str){(const char *)&one, sizeof one});
        pt_obj_set(&o, "owners", pt_array_of(a, &name, 1));
        pt_obj_set(&o, "owned", pt_array_of(a, part, 2));
    }
    while ((word.p[0] == 'f' || word.p[0] == 'j') && pt_str_split(&rest, ',', &package)) {
        pt_obj p = {.a = a};
        size_t cut = pt_str_find(package, '=');
        pt_obj_set(&p, "name", pt_string(pt_str_sub(package, 0, cut)));
        pt_obj_set(&p, "version", pt_string(pt_str_sub(package, cut + 1, package.n)));
        pt_list_add(&packages, pt_obj_end(&p));
    }
    pt_obj_set(&o, "kind", pt_stringz(word.p[0] == 'r' ? "rpm" : word.p[0] == 'j' ? "jar" : "deb"));
    if (word.p[0] == 'j')
        pt_obj_set(&o, "md5", pt_int(7));
    else
        pt_obj_set(&o, "system", pt_bool(true));
    if (word.p[0] == 'f' || word.p[0] == 'j')
        pt_obj_set(&o, "packages", pt_list_end(&packages));
    pt_obj_set(&o, "faults", pt_list_end(&none));
    return pt_obj_end(&o);
}

static bool put_word(pt_buf *words, pt_str word) {
    static const char letters[] = "XDo";
    size_t kind = pt_str_find(pt_str_of(letters), word.p[0]);
    kind = word.p[0] == 'h' ? PT_WORD_TAKES : kind;
    uint64_t u = pt_path_hash(pt_str_sub(word, 2, word.n)) | kind;
    if (kind < 3)
        pt_buf_put(words, (pt_str){(const char *)&u, sizeof u});
    return kind < 3;
}

// "a=1@2 b=1@1": packages with the layer that brought them, and "<OWNER" if something owns their
// file; "os=ID"; "? problem (path)".
static pt_str merged(pt_arena *a, pt_str layers) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_layers l;
    pt_layers_init(&l, a);
    pt_str layer;
    pt_err e = {0};
    for (uint32_t n = 1; pt_str_split(&layers, '|', &layer); n++) {
        PT_AUTO(pt_buf_done) pt_buf words = PT_BUF(1 << 16);
        PT_AUTO(pt_buf_done) pt_buf owned = PT_BUF(1 << 16);
        pt_list events = {.a = a};
        pt_str word;
        while (pt_str_word(&layer, &word))
            if (!put_word(&words, word))
                pt_list_add(&events, event_of(a, word, &owned));
        const pt_layer_found found = {.events = pt_list_end(&events),
                                      .words = pt_buf_str(&words),
                                      .owned = pt_arena_str(a, pt_buf_str(&owned))};
        assert_int_equal(pt_layers_add(&l, n, &found, &e), PT_OK);
    }
    assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, &e), PT_OK);
    for (size_t i = 0; i < l.packages.items.n; i++) {
        pt_value p = l.packages.items.v[i];
        int64_t since = 0;
        assert_true(pt_to_int(pt_getz(p, "layer"), &since));
        pt_buf_printf(&b, "%s%.*s=%.*s@%lld", b.n ? " " : "", PT_PRI(pt_text(pt_getz(p, "name"))),
                      PT_PRI(pt_text(pt_getz(p, "version"))), (long long)since);
        pt_str owner = pt_text(pt_getz(pt_getz(p, "owner"), "name"));
        pt_str content = pt_text(pt_getz(pt_getz(p, "owner"), "content"));
        if (owner.n)
            pt_buf_printf(&b, "<%.*s%s%.*s", PT_PRI(owner), content.n ? ":" : "", PT_PRI(content));
    }
    if (pt_defined(l.os))
        pt_buf_printf(&b, "%sos=%.*s", b.n ? " " : "", PT_PRI(pt_text(pt_getz(l.os, "id"))));
    for (size_t i = 0; i < l.problems.items.n; i++) {
        pt_value p = l.problems.items.v[i];
        pt_buf_printf(&b, "%s? %.*s (%.*s)", b.n ? " " : "", PT_PRI(pt_text(pt_getz(p, "what"))),
                      PT_PRI(pt_text(pt_getz(p, "path"))));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

#define DB "var/lib/dpkg/status"

static void test_layers_merge_as_engines_do(void **state) {
    (void)state;
    static const struct {
        const char *layers, *want;
    } cases[] = {
        {"f:" DB ":a=1,b=1", "a=1@1 b=1@1"},
        // the layer that brought a package, not the one that wrote the list last
        {"f:" DB ":a=1,b=1|f:" DB ":a=1,b=2,c=1|f:" DB ":a=1,b=2,c=1,d=1",
         "a=1@1 b=2@2 c=1@2 d=1@3"},
        {"f:" DB ":a=1|x:etc", "a=1@1"},
        // of two in one layer the last counts
        {"f:" DB ":a=1 f:" DB ":b=1", "b=1@1"},
        // a list that was deleted and made anew knows nothing of before
        {"f:" DB ":a=1|h:" DB "|f:" DB ":a=1,b=1", "a=1@3 b=1@3"},
        // whiteouts hide lower layers only, wherever they stand
        {"f:" DB ":a=1|f:" DB ":b=1 h:" DB, "b=1@2"},
        {"f:" DB ":a=1|h:" DB " f:" DB ":b=1", "b=1@2"},
        {"f:" DB ":a=1|f:" DB ":b=1 o:var/lib/dpkg", "b=1@2"},
        {"f:var/lib/dpkg/status.d/x:a=1 f:var/lib/dpkg/status.d/y:b=1|o:var/lib/dpkg "
         "f:var/lib/dpkg/status.d/z:c=1",
         "c=1@2 ? The list of 1 packages was deleted, their files may be there "
         "(var/lib/dpkg/status.d/x) ? The list of 1 packages was deleted, their files may be there "
         "(var/lib/dpkg/status.d/y)"},
        {"f:var/lib/dpkg/status.d/x:a=1 f:var/lib/dpkg/status.d/y:b=1|h:var/lib/dpkg/status.d/x",
         "b=1@1 ? The list of 1 packages was deleted, their files may be there "
         "(var/lib/dpkg/status.d/x)"},
        {"f:" DB ":a=1,b=1|h:var",
         "? The list of 2 packages was deleted, their files may be there (" DB ")"},
        // an opaque root, an opaque folder beside it
        {"f:" DB ":a=1|o:",
         "? The list of 1 packages was deleted, their files may be there (" DB ")"},
        {"f:" DB ":a=1|o:var/lib/apk", "a=1@1"},
        {"f:" DB ":a=1|h:var/lib/dpk", "a=1@1"},
        // what is no folder takes a folder's place, with all below
        {"f:" DB ":a=1|x:var/lib",
         "? The list of 1 packages was deleted, their files may be there (" DB ")"},
        {"f:" DB ":a=1|x:var/lib d:var/lib f:" DB ":b=1", "b=1@2"},
        {"f:" DB ":a=1|d:var/lib", "a=1@1"},
        // links: written through, replaced, leading away
        {"l:lib:usr/lib f:lib/apk/db/installed:a=1", "a=1@1"},
        {"l:lib:/usr/lib|f:usr/lib/apk/db/installed:a=1|f:lib/apk/db/installed:a=1,b=1",
         "a=1@2 b=1@3"},
        {"l:lib:usr/lib f:lib/apk/db/installed:a=1|d:lib", "a=1@1"},
        {"l:etc/os-release:../usr/lib/os-release s:usr/lib/os-release:x",
         "os=x ? A system, but no list of its packages (usr/lib/os-release)"},
        {"l:etc/os-release:../../../usr/lib/os-release s:usr/lib/os-release:x",
         "os=x ? A system, but no list of its packages (usr/lib/os-release)"},
        {"s:etc/os-release:x s:usr/lib/os-release:y",
         "os=x ? A system, but no list of its packages (etc/os-release)"},
        {"s:etc/os-release:x f:" DB ":a=1", "a=1@1 os=x"},
        {"l:var/lib:/data/lib f:" DB ":a=1",
         "a=1@1 ? A link leads to data/lib, which is not read (var/lib)"},
        {"l:etc/os-release:/nix/os s:usr/lib/os-release:x",
         "os=x ? A link leads to nix/os, which is not read (etc/os-release) ? A system, but no "
         "list of its packages "
         "(usr/lib/os-release)"},
        {"l:var/lib/dpkg:/data", "? A link leads to data, which is not read (var/lib/dpkg)"},
        // hard links bind what their target is then
        {"f:var/lib/dpkg/status.d/x:a=1|k:" DB
         ":var/lib/dpkg/status.d/x|f:var/lib/dpkg/status.d/x:b=1",
         "a=1@1 b=1@3"},
        {"k:" DB ":some/file", "? A link leads to some/file, which is not read (" DB ")"},
        {"x:" DB, "? No regular file, where a package database belongs (" DB ")"},
        {"r:var/lib/rpm/Packages",
         "? This file of rpm lists packages, and is not read (var/lib/rpm/Packages)"},
        {"", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(merged(&a, pt_str_of(cases[i].layers)), cases[i].want);
    }
}

static void test_files_anywhere_merge_as_engines_do(void **state) {
    (void)state;
    static const struct {
        const char *layers, *want;
    } cases[] = {
        {"j:app/x.jar:a=1|j:opt/y.jar:b=1", "a=1@1 b=1@2"},
        {"j:app/x.jar:a=1|h:app/x.jar", ""},
        {"j:app/x.jar:a=1|h:app", ""},
        {"j:app/x.jar:a=1|o:app", ""},
        {"j:app/x.jar:a=1|o:", ""},
        {"j:app/x.jar:a=1|o:app j:app/x.jar:a=1", "a=1@2"},
        {"j:app/x.jar:a=1|j:app/x.jar:a=1,b=1", "a=1@1 b=1@2"},
        // what is no folder in a folder's place, and a folder in a file's
        {"j:a/b/c/x.jar:a=1|X:a/b", ""},
        {"j:a/b/c/x.jar:a=1|X:a/b/d", "a=1@1"},
        {"j:a/b/c/x.jar:a=1|D:a/b", "a=1@1"},
        {"j:a/b/c/x.jar:a=1|D:a/b/c/x.jar", ""},
        {"j:a/b/c/x.jar:a=1|l:a/b:/c", ""},
        {"j:a/x.jar:a=1 j:a/b/y.jar:b=1|X:a|j:a/b/y.jar:c=1", "c=1@3"},
        {"j:a:a=1|D:a j:a/b:b=1", "b=1@2"},
        // through links: what a layer writes, hides, empties, and puts in a folder's place
        {"l:lib:usr/lib j:usr/lib/x.jar:a=1|h:lib/x.jar", ""},
        {"l:lib:usr/lib j:usr/lib/b/x.jar:a=1|X:lib/b", ""},
        {"l:lib:usr/lib j:usr/lib/b/x.jar:a=1|o:lib/b", ""},
        {"l:all:/ j:usr/lib/b/x.jar:a=1|h:all/usr", ""},
        {"l:lib:usr/lib j:usr/lib/x.jar:a=1|h:lib", "a=1@1"},
        {"l:lib:usr/lib j:lib/x.jar:a=1|D:lib|h:lib/x.jar", "a=1@1"},
        // hard links are another name of the same file, as long as it is there
        {"j:x.jar:a=1 k:y.jar:x.jar", "a=1@1"},
        {"j:x.jar:a=1 k:y.jar:x.jar|h:x.jar", "a=1@1"},
        {"j:x.jar:a=1 k:y.jar:x.jar|h:x.jar h:y.jar", ""},
        {"j:d/x.jar:a=1 k:d:d/x.jar", "a=1@1"},
        // owners
        {"m:var/lib/dpkg/info/o.list:o:app/x.jar j:app/x.jar:a=1 j:app/y.jar:b=1", "a=1@1<o b=1@1"},
        {"l:lib:usr/lib m:var/lib/dpkg/info/o.list:o:lib/x.jar j:usr/lib/x.jar:a=1", "a=1@1<o"},
        {"m:var/lib/dpkg/info/o.list:o:x.jar j:x.jar:a=1|h:var/lib/dpkg/info/o.list", "a=1@1"},
        {"j:x.jar:a=1|m:var/lib/dpkg/info/o.list:o:x.jar", "a=1@1<o"},
        // … and what they say of the content
        {"j:x.jar:a=1|m:var/lib/dpkg/info/o.list:o:x.jar M:var/lib/dpkg/info/o.md5sums:o:x.jar",
         "a=1@1<o:same"},
        {"j:x.jar:a=1|M:var/lib/dpkg/info/o.md5sums:o:x.jar m:var/lib/dpkg/info/o.list:o:x.jar",
         "a=1@1<o:same"},
        {"j:x.jar:a=1|n:var/lib/dpkg/info/o.md5sums:o:x.jar", "a=1@1<o:other"},
        {"l:lib:usr/lib M:var/lib/dpkg/info/o.md5sums:o:lib/x.jar j:usr/lib/x.jar:a=1",
         "a=1@1<o:same"},
        {"j:x.jar:a=1|M:var/lib/dpkg/info/p.md5sums:p:x.jar m:var/lib/dpkg/info/o.list:o:x.jar",
         "a=1@1<o"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(merged(&a, pt_str_of(cases[i].layers)), cases[i].want);
    }
}

static void test_a_hundred_thousand_files_are_laid_in_time(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_layers l;
    pt_layers_init(&l, &a);
    PT_AUTO(pt_buf_done) pt_buf owned = PT_BUF(16);
    PT_AUTO(pt_buf_done) pt_buf words = PT_BUF(1 << 22);
    pt_list events = {.a = &a};
    for (unsigned i = 0; i < 100000; i++) {
        pt_str path = pt_arena_printf(&a, "node_modules/p%u/package.json", i);
        pt_list_add(&events,
                    event_of(&a, pt_arena_printf(&a, "j:%.*s:p%u=1", PT_PRI(path), i), &owned));
        uint64_t u = pt_path_hash(pt_arena_printf(&a, "node_modules/p%u", i));
        if (i % 2)
            pt_buf_put(&words, (pt_str){(const char *)&u, sizeof u});
    }
    pt_layer_found found = {.events = pt_list_end(&events)};
    assert_int_equal(pt_layers_add(&l, 1, &found, NULL), PT_OK);
    found = (pt_layer_found){.events = pt_array_of(&a, NULL, 0), .words = pt_buf_str(&words)};
    assert_int_equal(pt_layers_add(&l, 2, &found, NULL), PT_OK);
    assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, NULL), PT_OK);
    assert_int_equal(l.packages.items.n, 50000);
}

static void test_tree_without_a_lock_file_is_not_evaluated(void **state) {
    (void)state;
    static const char *const trees[] = {"", "r:web/package-lock.json", "j:web/yarn.lock:a=1"};
    for (size_t i = 0; i < PT_COUNT(trees); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf owned = PT_BUF(16);
        pt_layers l;
        pt_list events = {.a = &a};
        pt_layers_init(&l, &a);
        if (trees[i][0])
            pt_list_add(&events, event_of(&a, pt_str_of(trees[i]), &owned));
        const pt_layer_found found = {.events = pt_list_end(&events)};
        assert_int_equal(pt_layers_add(&l, 1, &found, NULL), PT_OK);
        assert_int_equal(pt_layers_end(&l, PT_IN_TREE, NULL), PT_OK);
        pt_str told =
            pt_text(pt_getz(l.problems.items.n ? l.problems.items.v[0] : pt_undefined(), "what"));
        assert_int_equal(pt_str_starts(told, PT_STR("No lock file")), i == 0);
    }
}

static void test_links_in_a_circle_are_told(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str got = merged(&a, PT_STR("l:var:lib l:lib:var f:" DB ":a=1"));
    assert_true(pt_str_has(got, PT_STR("? Links lead in a circle (" DB ")")));
    assert_true(pt_str_has(got, PT_STR("? A link leads to itself, which is not read (var)")));
}

// {"do": "file"} that says a licence, or that packages stand in: "KIND:NAME,NAME". After a name may
// follow "=LICENCE", and after that "@FOLDER", where it is installed.
static pt_value file_event(pt_arena *a, const char *path, const char *says, const char *package) {
    pt_obj o = {.a = a};
    pt_str names = pt_str_of(package);
    pt_str kind = PT_STR("licence");
    pt_str name;
    pt_list packages = {.a = a};
    if (!says)
        assert_true(pt_str_split(&names, ':', &kind));
    pt_obj_set(&o, "do", pt_stringz("file"));
    pt_obj_set(&o, "path", pt_stringz(path));
    pt_obj_set(&o, "kind", pt_string(kind));
    if (says)
        pt_obj_set(&o, "says", pt_stringz(says));
    while (pt_str_split(&names, ',', &name)) {
        pt_obj p = {.a = a};
        pt_obj more = {.a = a};
        pt_str folder = pt_str_sub(name, pt_str_find(name, '@') + 1, name.n);
        name = pt_str_sub(name, 0, pt_str_find(name, '@'));
        pt_value licence = pt_string(pt_str_sub(name, pt_str_find(name, '=') + 1, name.n));
        pt_obj_set(&more, "installed", pt_string(folder));
        pt_obj_set(&p, "name", pt_string(pt_str_sub(name, 0, pt_str_find(name, '='))));
        if (pt_text(licence).n)
            pt_obj_set(&p, "licences", pt_array_of(a, &licence, 1));
        if (folder.n)
            pt_obj_set(&p, "more", pt_obj_end(&more));
        pt_list_add(&packages, pt_obj_end(&p));
    }
    if (package)
        pt_obj_set(&o, "packages", pt_list_end(&packages));
    return pt_obj_end(&o);
}

typedef struct licence_file {
    const char *path, *says, *packages;
} licence_file;

// "name expression file" of each package in the order of their names; "-": there is none.
static void check_licences(const licence_file *files, size_t n, const char *const *expected) {
    pt_arena a = {0};
    pt_layers l;
    pt_err e = {0};
    pt_list events = {.a = &a};
    pt_obj link = {.a = &a};
    for (size_t i = 0; i < n; i++)
        pt_list_add(&events, file_event(&a, files[i].path, files[i].says, files[i].packages));
    pt_obj_set(&link, "do", pt_stringz("link"));
    pt_obj_set(&link, "path", pt_stringz("usr/share/doc/d2"));
    pt_obj_set(&link, "to", pt_stringz("d1"));
    pt_list_add(&events, pt_obj_end(&link));
    pt_layers_init(&l, &a);
    l.licences = true;
    const pt_layer_found found = {.events = pt_list_end(&events)};
    assert_int_equal(pt_layers_add(&l, 1, &found, &e), PT_OK);
    assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, &e), PT_OK);
    for (size_t i = 0; i < l.packages.items.n; i++) {
        pt_value p = l.packages.items.v[i];
        pt_str expression = pt_text(pt_getz(pt_getz(p, "recognised"), "expression"));
        pt_str file = pt_text(pt_getz(pt_getz(p, "recognised"), "file"));
        assert_non_null(expected[i]);
        assert_str(pt_arena_printf(&a, "%.*s %.*s %.*s", PT_PRI(pt_text(pt_getz(p, "name"))),
                                   PT_PRI(expression.n ? expression : PT_STR("-")),
                                   PT_PRI(file.n ? file : PT_STR("-"))),
                   expected[i]);
    }
    assert_null(expected[l.packages.items.n]);
    pt_arena_done(&a);
}

static void test_licence_is_of_the_package_whose_folder_it_stands_in(void **state) {
    (void)state;
    static const licence_file files[] = {
        {"var/lib/dpkg/status", NULL, "deb:d1,d2,d3"},
        {"usr/share/doc/d1/copyright", "ISC", NULL},
        {"app/node_modules/n1/package.json", NULL, "npm:n1"},
        {"app/node_modules/n1/LICENSE-MIT", "MIT", NULL},
        {"app/node_modules/n1/LICENSE-APACHE", "Apache-2.0", NULL},
        {"app/node_modules/n1/NOTICE", "GPL-2.0-only", NULL},
        {"app/node_modules/n2/package.json", NULL, "npm:n2"},
        {"app/node_modules/n2/LICENSE", "", NULL},
        {"app/package-lock.json", NULL, "npm:n3,n4@node_modules/n4"},
        {"app/LICENSE", "MIT", NULL},
        {"app/node_modules/n4/LICENSE", "ISC", NULL},
        {"app/node_modules/n5/package.json", NULL, "npm:n5"},
        {"app/node_modules/n5/sub/LICENSE", "MIT", NULL},
        {"jars/j1.jar", NULL, "maven:j1"},
        {"jars/j2.jar", NULL, "maven:j2"},
        {"jars/LICENSE", "MIT", NULL},
        {"one/j3.jar", NULL, "maven:j3"},
        {"one/LICENSE", "MIT", NULL},
    };
    static const char *const expected[] = {
        "d1 ISC usr/share/doc/d1/copyright",
        "d2 ISC usr/share/doc/d1/copyright", // by a link to the folder
        "d3 - -",
        "j1 - -", // the folder is of several
        "j2 - -",
        "j3 MIT one/LICENSE",
        "n1 Apache-2.0 AND MIT app/node_modules/n1",
        "n2 - app/node_modules/n2/LICENSE", // it says nothing that is known
        "n3 - -",                           // a lock file's packages are not the project's
        "n4 ISC app/node_modules/n4/LICENSE",
        "n5 - -",
        NULL,
    };
    check_licences(files, PT_COUNT(files), expected);
}

static void test_licence_is_in_the_file_that_metadata_names(void **state) {
    (void)state;
    static const licence_file files[] = {
        {"m/a/package.json", NULL, "npm:a=SEE LICENSE IN ./doc/LICENSE.a"},
        {"m/a/doc/LICENSE.a", "ISC", NULL},
        {"m/a/LICENSE", "MIT", NULL},
        {"m/b/package.json", NULL, "npm:b=see license in LICENSE.gone"}, // then what there is
        {"m/b/LICENSE", "MIT", NULL},
        {"p/c.dist-info/METADATA", NULL, "pypi:c=file://sub/LICENSE"}, // below licenses/
        {"p/c.dist-info/licenses/sub/LICENSE", "MIT", NULL},
        {"p/c.dist-info/licenses/sub/COPYING", "ISC", NULL},
        {"p/d.dist-info/METADATA", NULL, "pypi:d=file://sub/COPYING"}, // without its folder
        {"p/d.dist-info/COPYING", "GPL-2.0-only", NULL},
        {"p/d.dist-info/LICENSE", "MIT", NULL},
        {"p/f.dist-info/METADATA", NULL, "pypi:f"},
        {"p/f.dist-info/licenses/LICENSE", "MIT", NULL},
    };
    static const char *const expected[] = {
        "a ISC m/a/doc/LICENSE.a",
        "b MIT m/b/LICENSE",
        "c MIT p/c.dist-info/licenses/sub/LICENSE",
        "d GPL-2.0-only p/d.dist-info/COPYING",
        "f MIT p/f.dist-info/licenses/LICENSE",
        NULL,
    };
    check_licences(files, PT_COUNT(files), expected);
}

static void test_licence_of_a_system_without_copyright_files_is_in_its_folder(void **state) {
    (void)state;
    static const licence_file files[] = {
        {"usr/lib/sysimage/rpm/rpmdb.sqlite", NULL, "rpm:r1,r2,r3,r4"},
        {"usr/share/licenses/r1/COPYING", "GPL-2.0-only", NULL},
        {"usr/share/licenses/r1/COPYING.LIB", "LGPL-2.1-only", NULL},
        {"usr/share/licenses/r1/NOTICE", "MIT", NULL},
        {"usr/share/licenses/r2/LICENSE", "", NULL},
        {"usr/share/licenses/r3/sub/LICENSE", "MIT", NULL}, // is not the package's own
        {"usr/share/doc/r4/copyright", "MIT", NULL},        // as Debian has it
        {"lib/apk/db/installed", NULL, "apk:k1,k2"},
        {"usr/share/licenses/k1/LICENSE", "MIT", NULL},
        {"usr/share/licenses/COPYING", "ISC", NULL}, // is nobody's
    };
    static const char *const expected[] = {
        "k1 MIT usr/share/licenses/k1/LICENSE",
        "k2 - -",
        "r1 GPL-2.0-only AND LGPL-2.1-only usr/share/licenses/r1",
        "r2 - usr/share/licenses/r2/LICENSE",
        "r3 - -",
        "r4 - -",
        NULL,
    };
    check_licences(files, PT_COUNT(files), expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_licence_is_of_the_package_whose_folder_it_stands_in),
        cmocka_unit_test(test_licence_is_in_the_file_that_metadata_names),
        cmocka_unit_test(test_licence_of_a_system_without_copyright_files_is_in_its_folder),
        cmocka_unit_test(test_layers_merge_as_engines_do),
        cmocka_unit_test(test_files_anywhere_merge_as_engines_do),
        cmocka_unit_test(test_a_hundred_thousand_files_are_laid_in_time),
        cmocka_unit_test(test_tree_without_a_lock_file_is_not_evaluated),
        cmocka_unit_test(test_links_in_a_circle_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
