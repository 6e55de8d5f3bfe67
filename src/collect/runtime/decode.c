//   0        120                     length
//   | head   | part | part | … parts |
//            ^ kind u16, flags u16, length u32, bytes, zeros up to a multiple of 8
#include "collect/runtime/decode.h"

#include <string.h>

#include "fact/event.h"

static pt_code wrong(pt_err *e, size_t at, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "not a record of the sensor: %s", what);
    if (e)
        e->offset = at;
    return code;
}

// Where each kind of part goes. Of structures the size is at least what this version knows.
#define TEXT(kind, field)       [kind] = {offsetof(pt_record, field), 0}
#define STRUCT(kind, field, of) [kind] = {offsetof(pt_record, field), sizeof(struct of)}
static const struct {
    size_t at, size; // size 0: a text
} places[] = {
    STRUCT(PT_WIRE_FILE, file, pt_wire_file),
    TEXT(PT_WIRE_FILE_PATH, file_path),
    TEXT(PT_WIRE_CWD, cwd),
    TEXT(PT_WIRE_DIR, dir[0]),
    TEXT(PT_WIRE_DIR_2, dir[1]),
    STRUCT(PT_WIRE_EXEC, exec, pt_wire_exec),
    TEXT(PT_WIRE_ARGV, argv),
    TEXT(PT_WIRE_ENVIRONMENT, environment),
    TEXT(PT_WIRE_EXE_PATH, exe_path),
    TEXT(PT_WIRE_CGROUP_PATH, cgroup_path),
    TEXT(PT_WIRE_ADDRESS, address),
    STRUCT(PT_WIRE_CHILD, child, pt_wire_child),
    TEXT(PT_WIRE_DATA, data),
    TEXT(PT_WIRE_NAME, name),
    TEXT(PT_WIRE_CONTAINER, container),
    TEXT(PT_WIRE_OPEN_PATH, open_path),
    STRUCT(PT_WIRE_IDS, ids, pt_wire_ids),
};

// False: there is one already.
static bool put_text(pt_str *to, const struct pt_wire_part *part, const char *bytes) {
    if (to->p)
        return false;
    if (!(part->flags & PT_WIRE_FAULT))
        *to = (pt_str){bytes, part->length};
    return true;
}

// NULL, or what is wrong with it.
static const char *put(pt_record *r, const struct pt_wire_part *part, const char *bytes) {
    static const char twice[] = "a part is there twice";
    if (part->kind < PT_RECORD_ARGS_MAX)
        return put_text(&r->args[part->kind], part, bytes) ? NULL : twice;
    if (part->kind >= PT_COUNT(places) || !places[part->kind].at)
        return NULL; // of a later version
    void *field = (char *)r + places[part->kind].at;
    size_t size = places[part->kind].size;
    if (!size)
        return put_text(field, part, bytes) ? NULL : twice;
    const void *before;
    memcpy((void *)&before, field, sizeof before);
    if (before)
        return twice;
    if (part->length < size)
        return "a structure is cut";
    memcpy(field, (const void *)&bytes, sizeof bytes);
    return NULL;
}

static const char *bad_head(const struct pt_wire_head *h, size_t n) {
    if (n < sizeof *h)
        return "its head is cut";
    if (h->version != PT_WIRE_VERSION)
        return "its version is unknown";
    if (h->length < sizeof *h || h->length > n || h->length > PT_WIRE_RECORD_MAX ||
        h->length % PT_WIRE_ALIGN)
        return "its length is wrong";
    if (h->type >= PT_EVENT_TYPES)
        return "its type is unknown";
    return NULL;
}

pt_code pt_record_read(const struct pt_wire_head *head, size_t n, pt_record *ret, pt_err *e) {
    const char *bad = bad_head(head, n);
    if (bad)
        return wrong(e, 0, bad);
    const char *bytes = (const char *)head;
    pt_record r = {.head = head};
    r.comm = (pt_str){head->comm, strnlen(head->comm, sizeof head->comm)};
    size_t at = sizeof *head;
    for (unsigned i = 0; i < head->parts; i++) {
        struct pt_wire_part part;
        if (head->length - at < sizeof part)
            return wrong(e, at, "there are fewer parts than its head says");
        memcpy(&part, bytes + at, sizeof part);
        size_t room = head->length - at - sizeof part;
        if (part.length > room) // room is a multiple of 8, so the padding fits, too
            return wrong(e, at, "a part leaves the record");
        bad = put(&r, &part, bytes + at + sizeof part);
        if (bad)
            return wrong(e, at, bad);
        at +=
            sizeof part + ((size_t)part.length + PT_WIRE_ALIGN - 1) / PT_WIRE_ALIGN * PT_WIRE_ALIGN;
    }
    if (at != head->length)
        return wrong(e, at, "there is more than its parts");
    *ret = r;
    return PT_OK;
}
