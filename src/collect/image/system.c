#include "collect/image/system.h"

#include "collect/image/jobs.h"

static const struct {
    const char *path; // it, and all below it
    uint64_t sums;
} rows[] = {
    {"etc/debian_version", PT_LAYER_MD5},
    {"etc/dpkg", PT_LAYER_MD5},
    {"var/lib/dpkg", PT_LAYER_MD5},
    // apk's later versions write SHA-256 cut to the length of SHA-1; its images are small.
    {"etc/alpine-release", PT_LAYER_SHA1 | PT_LAYER_SHA256},
    {"etc/apk", PT_LAYER_SHA1 | PT_LAYER_SHA256},
    {"lib/apk", PT_LAYER_SHA1 | PT_LAYER_SHA256},
    {"usr/lib/apk", PT_LAYER_SHA1 | PT_LAYER_SHA256},
    {"etc/redhat-release", PT_LAYER_SHA256},
    {"etc/rpm", PT_LAYER_SHA256},
    {"etc/yum.repos.d", PT_LAYER_SHA256},
    {"etc/zypp", PT_LAYER_SHA256},
    {"usr/lib/rpm", PT_LAYER_SHA256},
    {"usr/lib/sysimage/rpm", PT_LAYER_SHA256},
    {"var/lib/rpm", PT_LAYER_SHA256},
};

uint64_t pt_system_sums(pt_str path) {
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_str row = pt_str_of(rows[i].path);
        if (pt_str_starts(path, row) && (path.n == row.n || path.p[row.n] == '/'))
            return rows[i].sums;
    }
    return 0;
}

const char *pt_system_name(size_t i) {
    return i < PT_COUNT(rows) ? rows[i].path : NULL;
}
