// Licences that stand in texts only, as a scan finds them: where the metadata names a file, or no
// licence at all.
#include "collect/licence/licence.h"
#include "collect/licence/places.h"
#include "fact/licence.h"
#include "packages.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static pt_str folder_of(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return pt_str_sub(path, 0, cut < path.n ? cut : 0);
}

// False: it is not there.
static bool ask(pt_licence_saying *all, const pt_package_place *at, pt_str path) {
    pt_str text = pt_package_file(at, path);
    pt_licence_said one = {.file = path};
    if (!text.n)
        return false;
    if (pt_licence_of_text(at->a, text, &one.expression, NULL))
        one.expression = (pt_str){0};
    pt_licence_says(all, &one);
    return true;
}

static void ask_folder(pt_licence_saying *all, const pt_package_place *at, pt_str folder) {
    pt_value paths = pt_package_paths(at);
    for (size_t i = 0; i < pt_len(paths); i++) {
        pt_str path = pt_text(pt_at(paths, i));
        if (pt_str_eq(folder_of(path), folder) && pt_licence_file_of(path) == PT_LICENCE_TEXT)
            (void)ask(all, at, path);
    }
}

static pt_str recognise(const pt_package_place *at, pt_str folder, pt_value licences) {
    pt_licence_places places = pt_licence_places_of(at->a, folder, licences);
    pt_licence_saying all = {.cut = places.cut};
    for (size_t i = 0; i < places.n; i++)
        for (size_t k = 0; k < PT_COUNT(places.files[i].at); k++)
            if (ask(&all, at, places.files[i].at[k]))
                break;
    for (size_t i = 0; i < PT_COUNT(places.folders) && !all.n; i++)
        ask_folder(&all, at, places.folders[i]);
    return pt_licence_together(at->a, &all).expression;
}

// Each that applies.
static pt_value parts_of(pt_arena *a, pt_str expression) {
    pt_licence l = {.tree = pt_undefined()};
    pt_list parts = {.a = a};
    if (pt_licence_parse(a, expression, &l, NULL))
        return pt_undefined();
    pt_value all = pt_getz(l.tree, "all");
    for (size_t i = 0; i < pt_len(all); i++)
        pt_list_add(&parts, pt_string(pt_licence_text(a, pt_at(all, i), true)));
    if (!pt_len(all))
        pt_list_add(&parts, pt_string(l.text));
    return pt_list_end(&parts);
}

pt_value pt_package_licences(const pt_package_place *at, pt_str path, pt_value p, bool own) {
    pt_value licences = pt_getz(p, "licences");
    pt_str said = text_of(pt_getz(p, "recognised"), "expression");
    pt_str installed = text_of(pt_getz(p, "more"), "installed");
    pt_str folder = folder_of(path);
    if (pt_len(licences) && !pt_licence_names_file(licences))
        return licences;
    if (installed.n)
        folder = pt_arena_printf(at->a, "%.*s%s%.*s", PT_PRI(folder), folder.n ? "/" : "",
                                 PT_PRI(installed));
    if (!said.n && (own || installed.n))
        said = recognise(at, folder, licences);
    return said.n ? parts_of(at->a, said) : licences;
}
