// What is looked for in files: the first byte chooses the file's name, the rest is the file.
#include "collect/image/look_rows.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"bin/app",
                                        "etc/passwd",
                                        "etc/shadow",
                                        "etc/group",
                                        "etc/sudoers",
                                        "etc/pip.conf",
                                        "etc/yum.conf",
                                        "etc/ssh/sshd_config",
                                        "root/.npmrc",
                                        "etc/apt/apt.conf",
                                        "etc/apt/sources.list",
                                        "etc/ssl/openssl.cnf",
                                        "root/.docker/config.json",
                                        ".netrc",
                                        ".pypirc",
                                        "etc/ld.so.preload",
                                        "etc/doas.conf",
                                        "etc/ld.so.conf"};
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 256 << 20};
    PT_AUTO(pt_buf_done) pt_buf json = PT_BUF(16 << 20);
    if (size < 1)
        return 0;
    pt_walk w = {.a = &a, .content = PT_BUF(1 << 22)};
    pt_tar_entry t = {
        .type = PT_TAR_FILE, .path = pt_str_of(names[data[0] % PT_COUNT(names)]), .size = size - 1};
    pt_obj seen = {.a = &a};
    pt_buf_put(&w.content, (pt_str){(const char *)data + 1, size - 1});
    pt_code code = pt_see_settings(&w, &t, &seen, NULL);
    if (!code)
        code = pt_see_elf(&w, &t, &seen, NULL);
    if (!code)
        code = pt_see_needs(&w, &t, &seen, NULL);
    pt_buf_done(&w.content);
    pt_value v = pt_obj_end(&seen);
    if (!code) // what is told is text
        pt_assert(pt_json_write(&json, v, NULL, NULL) == PT_OK);
    return 0;
}
