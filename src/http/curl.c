#include "http/curl.h"

#include <dlfcn.h>
#include <string.h>

// ISO C has no cast from an object's pointer to a function's; POSIX says that they are alike.
static bool find(void *library, const char *name, void *ret_function, size_t n) {
    void *at = dlsym(library, name);
    memcpy(ret_function, (const void *)&at, n);
    return at != NULL;
}

pt_code pt_curl_load(pt_curl *ret, pt_err *e) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL); // stays until the process ends
    bool ok = library != NULL;
#define FIND(here, there) ok = ok && find(library, #there, (void *)&ret->here, sizeof ret->here);
    PT_CURL_FUNCTIONS(FIND)
#undef FIND
    if (ok)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_UNSUPPORTED, "libcurl cannot be loaded");
    pt_err_at(e, "%s", dlerror());
    pt_err_remedy(e, "apt install libcurl4");
    return code;
}
