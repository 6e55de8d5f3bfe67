#include "http/resolve.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "http/curl.h"

static bool is_loopback(pt_str address) {
    return pt_str_starts(address, PT_STR("127.")) || pt_str_eqz(address, "::1");
}

static void take(const struct addrinfo *found, pt_host *ret) {
    ret->loopback = true;
    for (; found && ret->n < PT_HOST_ADDRESSES_MAX; found = found->ai_next) {
        char *address = ret->address[ret->n];
        if (getnameinfo(found->ai_addr, found->ai_addrlen, address, PT_ADDRESS_BYTES, NULL, 0,
                        NI_NUMERICHOST) != 0)
            continue;
        ret->loopback = ret->loopback && is_loopback(pt_str_of(address));
        ret->n++;
    }
}

pt_code pt_http_resolve_name(const char *host, pt_host *ret, pt_err *e) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &found);
    if (rc == EAI_NONAME || rc == EAI_ADDRFAMILY) { // only loopback is up: nothing is "configured"
        const struct addrinfo any = {.ai_socktype = SOCK_STREAM};
        rc = getaddrinfo(host, NULL, &any, &found);
    }
    if (rc)
        return pt_err_set(e, PT_E_IO, "the host %s is not found: %s", host, gai_strerror(rc));
    pt_host all = {0};
    take(found, &all);
    freeaddrinfo(found);
    if (!all.n)
        return pt_err_set(e, PT_E_IO, "the host %s has no address", host);
    *ret = all;
    return PT_OK;
}

// "[::1]" is written in brackets in a URL only.
static void strip_brackets(char *host) {
    size_t n = strlen(host);
    if (n < 2 || host[0] != '[' || host[n - 1] != ']')
        return;
    memmove(host, host + 1, n - 2);
    host[n - 2] = '\0';
}

pt_code pt_http_resolve(const char *url, pt_host *ret, pt_err *e) {
    pt_curl lib;
    pt_code code = pt_curl_load(&lib, e);
    if (code)
        return code;
    CURLU *u = lib.url();
    char *host = NULL;
    char *scheme = NULL;
    char *port = NULL;
    int64_t number = 0;
    bool ok = u && lib.url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
              lib.url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              lib.url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              lib.url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
              pt_str_int(pt_str_of(port), 10, &number) &&
              (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);
    pt_host found = {0};
    if (ok)
        strip_brackets(host);
    code = ok ? pt_http_resolve_name(host, &found, e)
              : pt_err_set(e, PT_E_USAGE, "this is no http or https URL");
    lib.free(host);
    lib.free(scheme);
    lib.free(port);
    lib.url_cleanup(u);
    found.port = (uint16_t)number; // libcurl takes no larger one
    if (!code)
        *ret = found;
    return code;
}
