#include "http/curl.h"

#include "http/library.h"

pt_code pt_curl_load(pt_curl *ret, pt_err *e) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL); // stays until the process ends
    bool ok = library != NULL;
#define FIND(here, there) \
    ok = ok && pt_library_find(library, #there, (void *)&ret->here, sizeof ret->here);
    PT_CURL_FUNCTIONS(FIND)
#undef FIND
    if (ok)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_UNSUPPORTED, "libcurl cannot be loaded");
    pt_err_at(e, "%s", dlerror());
    pt_err_remedy(e, "apt install libcurl4");
    return code;
}
