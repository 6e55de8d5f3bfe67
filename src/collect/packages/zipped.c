#include "collect/packages/zipped.h"

#include "collect/packages/zip.h"

pt_code pt_zipped_each(pt_str archive, bool (*wanted)(pt_str name), pt_zipped_take *take, void *arg,
                       pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf room = PT_BUF(PT_ZIPPED_BYTES_MAX);
    pt_unzip *unzip = pt_unzip_new(&a);
    pt_zip zip;
    pt_zip_entry n;
    pt_str text;
    uint32_t members = 0;
    uint32_t taken = 0;
    bool end = false;
    bool more = true;
    if (!unzip)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_zip_open(&zip, archive, e);
    while (!code && more) {
        code = pt_zip_next(&zip, &n, &end, e);
        if (code || end)
            break;
        if (members++ == PT_ZIPPED_MEMBERS_MAX)
            return pt_err_set(e, PT_E_LIMIT, "more files than are looked at");
        if (!wanted(n.name))
            continue;
        if (taken++ == PT_ZIPPED_TAKEN_MAX)
            return pt_err_set(e, PT_E_LIMIT, "more files than are unpacked");
        pt_buf_clear(&room);
        code = pt_zip_read(&zip, &n, unzip, &room, &text, e);
        more = !code && take(arg, n.name, text);
    }
    return code;
}
