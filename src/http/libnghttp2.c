#include "http/libnghttp2.h"

#include "http/library.h"

static const struct {
    const char *name;
    size_t at; // in pt_libnghttp2
} functions[] = {
#define ROW(name) {"nghttp2_" #name, offsetof(pt_libnghttp2, name)},
    PT_LIBNGHTTP2_FUNCTIONS(ROW)
#undef ROW
};

pt_code pt_libnghttp2_load(pt_libnghttp2 *ret, pt_err *e) {
    void *library = dlopen("libnghttp2.so.14", RTLD_NOW | RTLD_LOCAL); // stays until the end
    bool ok = library != NULL;
    for (size_t i = 0; i < PT_COUNT(functions) && ok; i++)
        ok = pt_library_find(library, functions[i].name, (char *)ret + functions[i].at,
                             sizeof ret->option_new);
    if (ok)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_UNSUPPORTED, "libnghttp2 cannot be loaded");
    pt_err_at(e, "%s", dlerror());
    pt_err_remedy(e, "apt install libnghttp2-14");
    return code;
}
