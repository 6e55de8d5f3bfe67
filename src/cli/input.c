#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "judge/policy/as_json.h"
#include "judge/policy/load.h"
#include "value/json.h"

pt_code pt_input_text(pt_arena *a, const char *path, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_LOAD_FILE_BYTES_MAX);
    PT_AUTO(pt_fd_close) int fd = -1;
    if (path) {
        path = pt_str_starts(pt_str_of(path), PT_STR("file://")) ? path + 7 : path;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    pt_code code = path && fd < 0 ? pt_err_sys(e, errno, "the input cannot be read")
                                  : pt_fd_read_all(path ? fd : STDIN_FILENO, &b, e);
    if (code) {
        pt_err_at(e, "%s", path ? path : "standard input");
        return code;
    }
    *ret = pt_arena_str(a, pt_buf_str(&b));
    return ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// JSON, or else YAML. Nothing at all is what a command before a pipe leaves that failed.
static pt_code parse_input(pt_arena *a, pt_str bytes, pt_value *ret, pt_err *e) {
    if (!pt_str_trim(bytes).n) {
        pt_code code = pt_err_set(e, PT_E_FORMAT, "the input is empty");
        pt_err_remedy(e, "null, if no input is meant");
        return code;
    }
    if (!pt_json_parse(a, bytes, NULL, ret, NULL))
        return PT_OK;
    return pt_yaml_as_json(a, bytes, ret, e);
}

pt_code pt_input_read(const pt_args *args, pt_arena *a, pt_value *ret, pt_err *e) {
    const char *path = pt_args_get(args, "input");
    pt_str bytes;
    if ((!path || !*path) && !pt_args_flag(args, "stdin-input"))
        return PT_OK;
    pt_code code = pt_input_text(a, path && *path ? path : NULL, &bytes, e);
    if (code)
        return code;
    code = parse_input(a, bytes, ret, e);
    if (code)
        pt_err_at(e, "%s", path ? path : "standard input");
    return code;
}
