// Inside http: a function of a library that is loaded when it is needed.
#pragma once

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

// ISO C has no cast from an object's pointer to a function's; POSIX says that they are alike.
static inline bool pt_library_find(void *library, const char *name, void *ret_function, size_t n) {
    void *at = dlsym(library, name);
    memcpy(ret_function, (const void *)&at, n);
    return at != NULL;
}
