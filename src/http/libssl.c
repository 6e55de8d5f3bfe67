#include "http/libssl.h"

#include "http/library.h"

static const struct {
    const char *name;
    size_t at; // in pt_libssl
} functions[] = {{"TLS_server_method", offsetof(pt_libssl, server_method)},
#define ROW(name) {"SSL_" #name, offsetof(pt_libssl, name)},
                 PT_LIBSSL_FUNCTIONS(ROW)
#undef ROW
};

pt_code pt_libssl_load(pt_libssl *ret, pt_err *e) {
    void *library = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL); // stays until the process ends
    bool ok = library != NULL;
    for (size_t i = 0; i < PT_COUNT(functions) && ok; i++)
        ok = pt_library_find(library, functions[i].name, (char *)ret + functions[i].at,
                             sizeof ret->server_method);
    if (ok)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_UNSUPPORTED, "libssl cannot be loaded");
    pt_err_at(e, "%s", dlerror());
    pt_err_remedy(e, "apt install libssl3");
    return code;
}
