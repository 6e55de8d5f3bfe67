#include "collect/packages/python/python.h"
#include "collect/packages/zip.h"

enum {
    TEXT_BYTES_MAX = 1 << 20,
};

// The entry of this name. PT_E_FORMAT: there is none, or the directory is broken.
static pt_code find(pt_zip *z, pt_str name, pt_zip_entry *ret, pt_err *e) {
    bool end = false;
    pt_code code = PT_OK;
    while (!code && !end) {
        code = pt_zip_next(z, ret, &end, e);
        if (!code && !end && pt_str_eq(ret->name, name))
            return PT_OK;
    }
    return code ? code : pt_err_set(e, PT_E_FORMAT, "an egg without metadata");
}

pt_code pt_read_egg(pt_read *r, pt_str text, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf room = PT_BUF(TEXT_BYTES_MAX);
    pt_err bad = {0};
    pt_zip z;
    pt_zip_entry n;
    pt_str content = {0};
    pt_unzip *unzip = pt_unzip_new(r->a);
    if (!unzip)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_zip_open(&z, text, &bad);
    if (!code)
        code = find(&z, PT_STR("EGG-INFO/PKG-INFO"), &n, &bad);
    if (!code)
        code = pt_zip_read(&z, &n, unzip, &room, &content, &bad);
    if (code == PT_E_NOMEM)
        return pt_err_set(e, PT_E_NOMEM, "%s", bad.what);
    if (code) {
        pt_fault_add(r, 1, bad.what);
        return PT_OK;
    }
    content = pt_arena_str(r->a, content);
    return content.p ? pt_read_python_metadata(r, content, e)
                     : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
