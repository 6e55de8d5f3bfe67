#include "judge/podsec/reading.h"

#include <string.h>

#include "value/json.h"
#include "value/path.h"

static bool present(pt_value v) {
    return pt_defined(v) && pt_tag_of(v) != PT_NULL;
}

static void set_wrong(pt_reading *r, pt_reading_place place, pt_value is, pt_tag wanted) {
    if (r->wrong.set)
        return;
    r->wrong = place;
    r->wrong.set = true;
    r->wrong_is = pt_tag_of(is);
    r->wrong_wanted = wanted;
}

// -- where we are ---------------------------------------------------------------------------------

void pt_reading_rewind(pt_reading *r) {
    r->here = r->spec;
    r->list = NULL;
    r->lists_read = r->next = 0;
}

bool pt_reading_next(pt_reading *r) {
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    for (; r->lists_read < PT_COUNT(lists); r->lists_read++, r->next = 0) {
        r->list = NULL;
        r->here = r->spec;
        const char *name = lists[r->lists_read];
        pt_value list = pt_reading_get(r, name, PT_ARRAY);
        if (r->next >= pt_len(list))
            continue;
        r->list = name;
        r->index = r->next++;
        r->here = pt_at(list, r->index);
        if (pt_tag_of(r->here) != PT_OBJECT)
            set_wrong(r, (pt_reading_place){.list = name, .index = r->index}, r->here, PT_OBJECT);
        return true;
    }
    pt_reading_rewind(r);
    return false;
}

pt_str pt_reading_name(const pt_reading *r) {
    return pt_text(pt_getz(r->here, "name"));
}

// -- reading --------------------------------------------------------------------------------------

static pt_reading_place place_of(const pt_reading *r, pt_str field) {
    return (pt_reading_place){.list = r->list, .index = r->index, .field = field};
}

pt_value pt_reading_get(pt_reading *r, const char *field, pt_tag want) {
    pt_value v = r->here;
    for (const char *key = field;;) {
        size_t n = strcspn(key, ".");
        v = pt_get(v, (pt_str){key, n});
        if (!present(v))
            return pt_undefined();
        pt_tag tag = key[n] ? PT_OBJECT : want;
        if (pt_tag_of(v) != tag) {
            set_wrong(r, place_of(r, (pt_str){field, (size_t)(key - field) + n}), v, tag);
            return pt_undefined();
        }
        if (!key[n])
            return v;
        key += n + 1;
    }
}

pt_value pt_reading_item(pt_reading *r, pt_value list, const char *field, size_t k, const char *sub,
                         pt_tag want) {
    pt_reading_place place = place_of(r, pt_str_of(field));
    place.sub = "";
    place.item = k;
    pt_value v = pt_at(list, k);
    pt_tag tag = sub ? PT_OBJECT : want;
    if (pt_tag_of(v) == tag && sub) {
        v = pt_getz(v, sub);
        if (!present(v))
            return pt_undefined();
        place.sub = sub;
        tag = want;
    }
    if (pt_tag_of(v) == tag)
        return v;
    set_wrong(r, place, v, tag);
    return pt_undefined();
}

static void set_first(pt_reading_place *slot, pt_reading_place place) {
    if (slot->set)
        return;
    *slot = place;
    slot->set = true;
}

void pt_reading_blame(pt_reading *r, const char *field) {
    set_first(&r->blamed, place_of(r, pt_str_of(field)));
}

void pt_reading_blame_item(pt_reading *r, const char *field, size_t k, const char *sub) {
    pt_reading_place place = place_of(r, pt_str_of(field));
    place.item = k;
    place.sub = sub;
    set_first(&r->blamed, place);
}

// -- collecting -----------------------------------------------------------------------------------

void pt_reading_add(pt_reading_list *l, pt_str s) {
    if (l->n == PT_COUNT(l->v))
        l->more = true;
    else
        l->v[l->n++] = s;
}

void pt_reading_add_sorted(pt_reading_list *l, pt_str s) {
    size_t at = 0;
    while (at < l->n && pt_str_cmp(l->v[at], s) < 0)
        at++;
    if (at < l->n && pt_str_eq(l->v[at], s))
        return;
    if (l->n == PT_COUNT(l->v)) {
        l->more = true;
        return;
    }
    memmove(&l->v[at + 1], &l->v[at], (l->n - at) * sizeof l->v[0]);
    l->v[at] = s;
    l->n++;
}

void pt_reading_collect(pt_reading *r, const pt_reading_rule *rule) {
    const char *blame = rule->blame ? rule->blame : rule->field;
    pt_reading_rewind(r);
    pt_value v = rule->pod_too ? pt_reading_get(r, rule->field, rule->tag) : pt_undefined();
    if (pt_defined(v)) {
        r->pod_bad = rule->bad(r, v);
        r->pod_good = !r->pod_bad;
    }
    if (r->pod_bad)
        pt_reading_blame(r, blame);
    while (pt_reading_next(r)) {
        v = pt_reading_get(r, rule->field, rule->tag);
        if (!pt_defined(v) && !r->pod_good) {
            pt_reading_add(&r->unset, pt_reading_name(r));
            set_first(&r->missing, place_of(r, pt_str_of(blame)));
        } else if (pt_defined(v) && rule->bad(r, v)) {
            pt_reading_add(&r->setters, pt_reading_name(r));
            pt_reading_blame(r, blame);
        }
    }
}

void pt_reading_annotations(pt_reading *r, pt_reading_ours *ours, bool (*bad)(pt_str value)) {
    pt_value all = pt_getz(r->metadata, "annotations");
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_str key = pt_text(pt_key_at(all, i));
        pt_value v = pt_val_at(all, i);
        if (!ours(r, key) || (pt_tag_of(v) == PT_STRING && !bad(pt_text(v))))
            continue;
        pt_reading_place place = {.annotation = key};
        if (present(v) && pt_tag_of(v) != PT_STRING)
            set_wrong(r, place, v, PT_STRING);
        else if (bad(pt_text(v))) // Go reads null as ""
            pt_reading_add_sorted(&r->notes, key);
        if (r->notes.n)
            set_first(&r->blamed, place);
    }
}

bool pt_reading_set_badly(const pt_reading *r) {
    return r->pod_bad || r->setters.n > 0;
}

// -- words ----------------------------------------------------------------------------------------

void pt_reading_put_quoted(pt_reading *r, const pt_reading_list *l) {
    pt_buf *b = &r->seen->text;
    for (size_t i = 0; i < l->n; i++) {
        pt_buf_putz(b, i ? ", \"" : "\"");
        pt_buf_put_safe(b, l->v[i]);
        pt_buf_putc(b, '"');
    }
    if (l->more)
        pt_buf_putz(b, ", ...");
}

void pt_reading_put_containers(pt_reading *r, const pt_reading_list *l) {
    pt_buf_putz(&r->seen->text, l->n == 1 ? "container " : "containers ");
    pt_reading_put_quoted(r, l);
}

void pt_reading_put_setters(pt_reading *r) {
    if (r->pod_bad)
        pt_buf_putz(&r->seen->text, r->setters.n ? "pod and " : "pod");
    if (r->setters.n)
        pt_reading_put_containers(r, &r->setters);
}

void pt_reading_put_note(pt_reading *r, size_t i) {
    pt_str key = r->notes.v[i];
    pt_buf_put_safe(&r->seen->text, key);
    pt_buf_putc(&r->seen->text, '=');
    // Quoted as JSON; what that leaves as it is, such as bidirectional controls, is made safe.
    PT_AUTO(pt_buf_done) pt_buf quoted = PT_BUF(r->seen->text.max);
    pt_json_put_string(&quoted, pt_text(pt_get(pt_getz(r->metadata, "annotations"), key)), NULL);
    pt_buf_put_safe(&r->seen->text, pt_buf_str(&quoted));
}

void pt_reading_comma(pt_reading *r) {
    if (r->seen->text.n)
        pt_buf_putz(&r->seen->text, ", ");
}

static void put_place(pt_buf *b, const pt_reading_place *p) {
    if (p->annotation.n) {
        pt_path_key(b, PT_STR("metadata"));
        pt_path_key(b, PT_STR("annotations"));
        pt_path_key(b, p->annotation);
        return;
    }
    pt_path_key(b, PT_STR("spec"));
    if (p->list) {
        pt_path_key(b, pt_str_of(p->list));
        pt_path_index(b, p->index);
    }
    if (p->field.n) {
        pt_buf_putc(b, '.');
        pt_buf_put(b, p->field);
    }
    if (p->sub) {
        pt_path_index(b, p->item);
        if (p->sub[0])
            pt_path_key(b, pt_str_of(p->sub));
    }
}

bool pt_reading_finish(pt_reading *r) {
    pt_buf *path = &r->seen->path;
    if (!r->wrong.set) {
        put_place(path, r->blamed.set ? &r->blamed : &r->missing);
        return false;
    }
    pt_buf_clear(&r->seen->text);
    size_t from = path->n;
    put_place(path, &r->wrong);
    pt_str place = pt_str_sub(pt_buf_str(path), from, path->n);
    bool below = from && place.n && place.p[0] == '.';
    pt_buf_put_safe(&r->seen->text, pt_str_sub(place, below, place.n));
    pt_buf_printf(&r->seen->text, " is %s, not %s", pt_tag_name(r->wrong_is),
                  pt_tag_name(r->wrong_wanted));
    return true;
}
