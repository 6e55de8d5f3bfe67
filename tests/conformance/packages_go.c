// The corpus' runs of go.mod ask for things to be left undone that our reader always does.
#include "packages.h"

static bool is_set(pt_value run, const char *option) {
    return pt_true(pt_getz(pt_getz(run, "options"), option));
}

// Licences and edges of what another's module cache has are not in the case.
static bool needs_cache(pt_value run) {
    pt_value applications = pt_getz(pt_getz(run, "expected"), "Applications");
    pt_value packages = pt_getz(pt_at(applications, 0), "Packages");
    bool needs = false;
    for (size_t i = 0; i < pt_len(packages); i++) {
        pt_value p = pt_at(packages, i);
        bool root = pt_str_eqz(pt_text(pt_getz(p, "Relationship")), "root");
        needs |= pt_len(pt_getz(p, "Licenses")) || (!root && pt_len(pt_getz(p, "DependsOn")));
    }
    return needs && is_set(run, "gopath");
}

bool pt_package_go_other(pt_value run, pt_str text) {
    bool analysed = pt_tag_of(pt_getz(run, "expected")) == PT_OBJECT;
    return needs_cache(run) ||
           (!analysed && !is_set(run, "replace") && pt_str_has(text, PT_STR("\nreplace")));
}

static bool is_library(pt_value name) {
    return pt_str_starts(pt_text(name), PT_STR("stdlib"));
}

// A package without its edge to Go's library.
static pt_value without_edge(pt_arena *a, pt_value p) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(p); i++) {
        pt_list kept = {.a = a};
        pt_value v = pt_val_at(p, i);
        bool edges = pt_str_eqz(pt_text(pt_key_at(p, i)), "depends");
        for (size_t k = 0; edges && k < pt_len(v); k++)
            if (!is_library(pt_at(v, k)))
                pt_list_add(&kept, pt_at(v, k));
        pt_obj_set(&o, pt_text(pt_key_at(p, i)).p, edges ? pt_list_end(&kept) : v);
    }
    return pt_obj_end(&o);
}

pt_value pt_package_go_got(pt_arena *a, pt_value run, pt_value packages) {
    pt_list l = {.a = a};
    if (is_set(run, "useMinVersion"))
        return packages;
    for (size_t i = 0; i < pt_len(packages); i++)
        if (!is_library(pt_getz(pt_at(packages, i), "name")))
            pt_list_add(&l, without_edge(a, pt_at(packages, i)));
    return pt_list_end(&l);
}
