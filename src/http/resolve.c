#include "http/resolve.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "http/curl.h"

static bool is_loopback(pt_str address) {
    return pt_str_starts(address, PT_STR("127.")) || pt_str_eqz(address, "::1");
}

static pt_code look_up(const char *host, pt_host *ret, pt_err *e) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &found);
    if (rc == EAI_NONAME || rc == EAI_ADDRFAMILY) { // only loopback is up: nothing is "configured"
        const struct addrinfo any = {.ai_socktype = SOCK_STREAM};
        rc = getaddrinfo(host, NULL, &any, &found);
    }
    if (rc == 0)
        rc = getnameinfo(found->ai_addr, found->ai_addrlen, ret->address, sizeof ret->address, NULL,
                         0, NI_NUMERICHOST);
    if (rc == 0)
        ret->loopback = is_loopback(pt_str_of(ret->address));
    if (found)
        freeaddrinfo(found);
    return rc == 0 ? PT_OK : pt_err_set(e, PT_E_IO, "no address of %s: %s", host, gai_strerror(rc));
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
    bool ok = u && lib.url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
              lib.url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              lib.url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);
    *ret = (pt_host){0};
    if (ok)
        strip_brackets(host);
    code = ok ? look_up(host, ret, e) : pt_err_set(e, PT_E_USAGE, "this is no http or https URL");
    lib.free(host);
    lib.free(scheme);
    lib.url_cleanup(u);
    return code;
}
