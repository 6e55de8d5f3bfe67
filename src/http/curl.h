// Inside http: libcurl, loaded when the first request is made. It brings two dozen libraries (half
// of the time that a start takes), and most verbs never speak HTTP.
#pragma once

#include <curl/curl.h>

#include "base/err.h"

// The functions that are used: name here, name in libcurl.
#define PT_CURL_FUNCTIONS(X)               \
    X(easy_init, curl_easy_init)           \
    X(easy_cleanup, curl_easy_cleanup)     \
    X(easy_setopt, curl_easy_setopt)       \
    X(easy_perform, curl_easy_perform)     \
    X(easy_getinfo, curl_easy_getinfo)     \
    X(easy_strerror, curl_easy_strerror)   \
    X(slist_append, curl_slist_append)     \
    X(slist_free_all, curl_slist_free_all) \
    X(url, curl_url)                       \
    X(url_set, curl_url_set)               \
    X(url_get, curl_url_get)               \
    X(url_cleanup, curl_url_cleanup)       \
    X(free, curl_free)

typedef struct pt_curl {
#define MEMBER(here, there) __typeof__(there) *here;
    PT_CURL_FUNCTIONS(MEMBER)
#undef MEMBER
} pt_curl;

// Load it; before pt_rights_drop or after, both work. PT_E_UNSUPPORTED: it is not installed.
PT_CHECK pt_code pt_curl_load(pt_curl *ret, pt_err *e);
