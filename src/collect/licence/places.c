#include "collect/licence/places.h"

#include "base/buf.h"
#include "fact/licence.h"

enum {
    NAME_BYTES_MAX = 1024,
};

static pt_str last_part(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return cut < path.n ? pt_str_sub(path, cut + 1, path.n) : path;
}

static pt_str folder_of(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return pt_str_sub(path, 0, cut < path.n ? cut : 0);
}

static pt_str below(pt_arena *a, pt_str folder, pt_str name) {
    return pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(folder), folder.n ? "/" : "", PT_PRI(name));
}

// The file that it names; empty: it names none.
static pt_str named_by(pt_str licence) {
    static const pt_str marks[] = {PT_STR("file://"), PT_STR("SEE LICENSE IN "),
                                   PT_STR("SEE LICENCE IN "), PT_STR("SEE FILE ")};
    for (size_t i = 0; i < PT_COUNT(marks); i++)
        if (pt_str_eq_nocase(pt_str_sub(licence, 0, marks[i].n), marks[i])) {
            pt_str name = pt_str_trim(pt_str_sub(licence, marks[i].n, licence.n));
            while (pt_str_starts(name, PT_STR("./")))
                name = pt_str_sub(name, 2, name.n);
            return name.n <= NAME_BYTES_MAX ? name : (pt_str){0};
        }
    return (pt_str){0};
}

bool pt_licence_names_file(pt_value licences) {
    for (size_t i = 0; i < pt_len(licences); i++)
        if (named_by(pt_text(pt_at(licences, i))).n)
            return true;
    return false;
}

pt_licence_places pt_licence_places_of(pt_arena *a, pt_str folder, pt_value licences) {
    pt_str texts = below(a, folder, PT_STR("licenses"));
    pt_licence_places all = {.folders = {folder, texts}};
    for (size_t i = 0; i < pt_len(licences); i++) {
        pt_str name = named_by(pt_text(pt_at(licences, i)));
        all.cut = all.cut || (name.n && all.n == PT_LICENCE_FILES_MAX);
        if (!name.n || all.cut)
            continue;
        // Python's tools have put them into licenses/ with their folders (PEP 639), and before that
        // beside the metadata without.
        all.files[all.n++] = (pt_licence_place){
            {below(a, folder, name), below(a, texts, name), below(a, folder, last_part(name))}};
    }
    return all;
}

// -- what they say --------------------------------------------------------------------------------

void pt_licence_says(pt_licence_saying *s, const pt_licence_said *one) {
    size_t to = s->n;
    s->cut = s->cut || s->n == PT_LICENCE_FILES_MAX;
    if (s->cut)
        return;
    for (; to && pt_str_cmp(s->files[to - 1].file, one->file) > 0; to--)
        s->files[to] = s->files[to - 1];
    s->files[to] = *one;
    s->n++;
}

static bool is_notice(pt_str path) {
    static const pt_str name = PT_STR("NOTICE");
    return pt_str_eq_nocase(pt_str_sub(last_part(path), 0, name.n), name);
}

// The folder of both; of one file twice it is that one. If that is the top, it stays as it was.
static pt_str around(pt_str place, pt_str file) {
    pt_str folder = pt_str_eq(place, file) ? file : folder_of(file);
    while (folder.n &&
           !(pt_str_starts(place, folder) && (place.n == folder.n || place.p[folder.n] == '/')))
        folder = folder_of(folder);
    return folder.n ? folder : place;
}

static void put_unknown(pt_list *l, const pt_licence_said *one) {
    static const char *const keys[] = {"licence", "line", "begins"};
    for (size_t i = 0; i < pt_len(one->unknown); i++) {
        pt_obj o = {.a = l->a};
        for (size_t k = 0; k < PT_COUNT(keys); k++)
            pt_obj_set(&o, keys[k], pt_getz(pt_at(one->unknown, i), keys[k]));
        pt_obj_set(&o, "file", pt_string(pt_arena_str(l->a, one->file)));
        pt_list_add(l, pt_obj_end(&o));
    }
}

pt_licence_said pt_licence_together(pt_arena *a, const pt_licence_saying *s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_LICENCE_BYTES_MAX);
    pt_licence l = {0};
    pt_licence_said whole = {.unknown = pt_undefined()};
    pt_list unknown = {.a = a};
    for (int notices = 0; notices < 2 && !whole.file.n; notices++)
        for (size_t i = 0; i < s->n; i++) {
            const pt_licence_said *one = &s->files[i];
            if (is_notice(one->file) != notices)
                continue;
            whole.file = whole.file.n ? around(whole.file, one->file) : one->file;
            pt_buf_printf(&b, "%s(%.*s)", b.n ? " AND " : "", PT_PRI(one->expression));
            put_unknown(&unknown, one);
        }
    bool known = b.n && !b.full && !s->cut && !pt_str_has(pt_buf_str(&b), PT_STR("()"));
    if (known && pt_licence_parse(a, pt_buf_str(&b), &l, NULL) == PT_OK)
        whole.expression = l.text;
    whole.file = pt_arena_str(a, whole.file);
    if (whole.expression.n && unknown.items.n)
        whole.unknown = pt_list_end(&unknown);
    return whole;
}

pt_value pt_licence_recognised(pt_arena *a, const pt_licence_said *s) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "file", pt_string(s->file));
    if (s->expression.n)
        pt_obj_set(&o, "expression", pt_string(s->expression));
    pt_obj_maybe(&o, "unknown", s->unknown);
    return pt_obj_end(&o);
}
