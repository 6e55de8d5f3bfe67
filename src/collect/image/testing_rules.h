// For fuzz targets of the worker's jobs: rules of secrets, asked for once.
#pragma once

#include <sys/mman.h>

#include "base/fd.h"
#include "collect/image/jobs.h"
#include "collect/image/secrets.h"

static inline void ask_for_secrets(void) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_fd_close) int fd = -1;
    pt_answer its = {.o = {.a = &a}};
    const pt_str rules =
        PT_STR("[[rules]]\nid = 'a'\nregex = 'key=(\\w+)'\nkeywords = ['key']\n"
               "[[rules]]\nid = 'b'\nregex = '(?s)BEGIN.{1,100}?END'\nkeywords = ['BEGIN']\n"
               "[[rules]]\nid = 'c'\npath = '\\.pem$'\n");
    const pt_job j = {.size = rules.n};
    if (pt_secrets_asked())
        return;
    fd = memfd_create("rules", MFD_CLOEXEC);
    pt_assert(pt_fd_write_all(fd, rules, NULL) == PT_OK);
    pt_assert(pt_job_rules(&j, fd, &its, NULL) == PT_OK);
}
