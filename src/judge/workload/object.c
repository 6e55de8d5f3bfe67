#include "judge/workload/object.h"

#include <string.h>

#include "value/path.h"

bool pt_object_is(pt_value doc, const char *kind, const char *group) {
    if (!pt_str_eqz(pt_text(pt_getz(doc, "kind")), kind))
        return false;
    pt_str version = pt_text(pt_getz(doc, "apiVersion"));
    size_t slash = pt_str_find(version, '/');
    return pt_str_eqz(slash < version.n ? pt_str_sub(version, 0, slash) : (pt_str){0}, group);
}

// -- containers -----------------------------------------------------------------------------------

pt_visit pt_visit_begin(pt_value pod, unsigned lists) {
    return (pt_visit){.spec = pt_getz(pod, "spec"), .lists = lists};
}

bool pt_visit_next(pt_visit *v) {
    static const char *const names[] = {"containers", "initContainers", "ephemeralContainers"};
    for (; v->lists_read < PT_COUNT(names); v->lists_read++, v->next = 0) {
        if (!(v->lists & 1u << v->lists_read))
            continue;
        v->list = names[v->lists_read];
        pt_value list = pt_getz(v->spec, v->list);
        while (pt_tag_of(list) == PT_ARRAY && v->next < pt_len(list)) {
            v->index = v->next++;
            v->c = pt_at(list, v->index);
            if (pt_tag_of(v->c) == PT_OBJECT)
                return true;
        }
    }
    return false;
}

// -- paths ----------------------------------------------------------------------------------------

static void put_field(pt_buf *b, const char *field) {
    pt_str rest = pt_str_of(field);
    pt_str key;
    while (pt_str_split(&rest, '.', &key))
        pt_path_key(b, key);
}

static void put_place(pt_buf *b, const char *field, size_t k, const char *sub) {
    put_field(b, field);
    if (!sub)
        return;
    pt_path_index(b, k);
    if (*sub)
        put_field(b, sub);
}

static void put_container(const pt_visit *v, pt_seen *seen) {
    pt_path_key(&seen->path, PT_STR("spec"));
    pt_path_key(&seen->path, pt_str_of(v->list));
    pt_path_index(&seen->path, v->index);
}

// -- evidence -------------------------------------------------------------------------------------

static void put_name(const pt_visit *v, pt_buf *b) {
    pt_buf_putc(b, '"');
    pt_buf_put(b, pt_text(pt_getz(v->c, "name")));
    pt_buf_putc(b, '"');
}

void pt_visit_blame(pt_visit *v, pt_seen *seen, const char *field) {
    static const char word[] = "container";
    v->blamed++;
    if (v->blamed == 1) {
        put_container(v, seen);
        put_field(&seen->path, field);
        pt_buf_putz(&seen->text, "container ");
        put_name(v, &seen->text);
        return;
    }
    char *room = v->blamed == 2 ? pt_buf_room(&seen->text, 1) : NULL;
    if (room) { // the plural, now that there are two
        size_t at = sizeof word - 1;
        char *s = seen->text.p + at;
        memmove(s + 1, s, seen->text.n - at);
        *s = 's';
        pt_buf_took(&seen->text, 1);
    }
    pt_buf_putz(&seen->text, ", ");
    put_name(v, &seen->text);
}

void pt_visit_part(pt_visit *v, pt_seen *seen, const char *field, size_t k, const char *sub) {
    if (seen->text.n) {
        pt_buf_putz(&seen->text, "; ");
    } else {
        put_container(v, seen);
        put_place(&seen->path, field, k, sub);
    }
    pt_buf_putz(&seen->text, "container ");
    put_name(v, &seen->text);
    pt_buf_putz(&seen->text, ": ");
}

void pt_seen_item(pt_seen *seen, const char *field, size_t k, const char *sub) {
    if (!seen->text.n)
        put_place(&seen->path, field, k, sub);
}

void pt_seen_part(pt_seen *seen, const char *field, const char *text) {
    pt_seen_item(seen, field, 0, NULL);
    pt_buf_putz(&seen->text, seen->text.n ? "; " : "");
    pt_buf_putz(&seen->text, text);
}

pt_verdict pt_seen_verdict(const pt_seen *seen) {
    return seen->text.n || seen->text.full ? PT_FAIL : PT_PASS;
}
