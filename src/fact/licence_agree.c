// Does one say of licences what another says?
#include "base/buf.h"
#include "fact/licence.h"

// "LGPL-2.1-or-later" of the GNU licences.
typedef struct gnu {
    pt_str family; // "LGPL"; empty: it is none
    pt_str version;
    bool later;
} gnu;

static gnu gnu_of(pt_str id) {
    static const pt_str families[] = {PT_STR("GPL-"), PT_STR("LGPL-"), PT_STR("AGPL-"),
                                      PT_STR("GFDL-")};
    static const pt_str later = PT_STR("-or-later");
    for (size_t i = 0; i < PT_COUNT(families); i++)
        if (pt_str_starts(id, families[i])) {
            pt_str rest = pt_str_sub(id, families[i].n, id.n);
            return (gnu){.family = families[i],
                         .version = pt_str_sub(rest, 0, pt_str_find(rest, '-')),
                         .later = pt_str_ends(id, later)};
        }
    return (gnu){0};
}

// A text alone does not say whether later versions may be chosen, and whoever may choose them may
// choose this one.
static bool is_version_of(const gnu *a, const gnu *b) {
    int order = pt_str_cmp(a->version, b->version);
    return order == 0 || (order < 0 && a->later) || (order > 0 && b->later);
}

// What has another's text in it.
static const char *const within[][2] = {{"PSF-2.0", "Python-2.0"}, {"PSF-2.0", "Python-2.0.1"}};

static pt_str family_of(pt_str id) {
    return pt_str_sub(id, 0, pt_str_find(id, '-'));
}

static bool is_same(pt_str declared, pt_str found, bool loose) {
    for (size_t i = 0; i < PT_COUNT(within); i++)
        if (pt_str_eqz(declared, within[i][0]) && pt_str_eqz(found, within[i][1]))
            return true;
    if (loose && pt_str_eq(family_of(declared), family_of(found)))
        return !pt_str_eqz(family_of(found), "LicenseRef");
    const gnu a = gnu_of(declared);
    const gnu b = gnu_of(found);
    if (!a.family.n || !b.family.n)
        return pt_str_eq(declared, found);
    // LGPL-3.0 is an addition to GPL-3.0, which has to stand beside it.
    bool base = pt_str_eqz(a.family, "LGPL-") && pt_str_eqz(b.family, "GPL-") &&
                pt_str_eqz(b.version, "3.0");
    return (pt_str_eq(a.family, b.family) || base) && is_version_of(&a, &b);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_LICENCE_DEPTH_MAX
static bool has(pt_value declared, pt_str found, bool loose) {
    static const char *const joints[] = {"any", "all"};
    for (size_t k = 0; k < PT_COUNT(joints); k++) {
        pt_value parts = pt_getz(declared, joints[k]);
        for (size_t i = 0; i < pt_len(parts); i++)
            if (has(pt_at(parts, i), found, loose))
                return true;
    }
    return is_same(pt_text(pt_getz(declared, "id")), found, loose);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_LICENCE_DEPTH_MAX
bool pt_licence_covers(pt_value declared, pt_value part, bool loose) {
    pt_value any = pt_getz(part, "any");
    pt_value all = pt_getz(part, "all");
    for (size_t i = 0; i < pt_len(any); i++)
        if (pt_licence_covers(declared, pt_at(any, i), loose))
            return true;
    for (size_t i = 0; i < pt_len(all); i++)
        if (!pt_licence_covers(declared, pt_at(all, i), loose))
            return false;
    return pt_len(all) || has(declared, pt_text(pt_getz(part, "id")), loose);
}
