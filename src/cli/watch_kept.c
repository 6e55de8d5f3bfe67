// Alerts beside the ledger: what a receipt commits to, with its salt. A file that is full is
// renamed, and the oldest goes, so that whoever makes noise cannot fill the disk.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/watch.h"

enum {
    FILES = 5, // alerts.jsonl and alerts.1.jsonl … alerts.4.jsonl
    FILE_BYTES_MAX = 32 << 20,
    LINE_BYTES_MAX = 2 << 20,
    NAME_BYTES = 32,
};

static const char *name_of(int n, char out[NAME_BYTES]) {
    if (n == 0)
        snprintf(out, NAME_BYTES, "alerts.jsonl");
    else
        snprintf(out, NAME_BYTES, "alerts.%d.jsonl", n);
    return out;
}

static pt_code open_file(pt_watch_kept *k, pt_err *e) {
    struct stat st;
    char name[NAME_BYTES];
    k->file = openat(k->folder, name_of(0, name),
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (k->file < 0 || fstat(k->file, &st) != 0)
        return pt_err_sys(e, errno, "%s: cannot be opened: %s", name, pt_errno_text(errno));
    k->bytes = (uint64_t)st.st_size;
    return PT_OK;
}

pt_code pt_watch_kept_open(pt_watch_kept *k, const char *state, pt_err *e) {
    *k = (pt_watch_kept){.folder = -1, .file = -1};
    k->folder = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (k->folder < 0)
        return pt_err_sys(e, errno, "%s: cannot be opened: %s", state, pt_errno_text(errno));
    return open_file(k, e);
}

static pt_code rotate(pt_watch_kept *k, pt_err *e) {
    char from[NAME_BYTES];
    char to[NAME_BYTES];
    pt_fd_close(&k->file);
    for (int n = FILES - 1; n > 0; n--)
        if (renameat(k->folder, name_of(n - 1, from), k->folder, name_of(n, to)) != 0 &&
            errno != ENOENT)
            return pt_err_sys(e, errno, "%s: cannot be renamed: %s", from, pt_errno_text(errno));
    return open_file(k, e);
}

void pt_watch_kept_told(void *context, pt_str line, bool sealed, uint64_t index) {
    pt_watch_kept *k = context;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(LINE_BYTES_MAX);
    pt_err e = {0};
    if (line.n == 0)
        return;
    if (sealed)
        pt_buf_printf(&b, "{\"receipt\":%llu,", (unsigned long long)index);
    else
        pt_buf_putz(&b, "{\"receipt\":null,");
    pt_buf_put(&b, pt_str_sub(line, 1, line.n));
    pt_buf_putc(&b, '\n');
    pt_code code = k->bytes + b.n > FILE_BYTES_MAX || k->file < 0 ? rotate(k, &e) : PT_OK;
    if (!code)
        code = pt_fd_write_all(k->file, pt_buf_str(&b), &e);
    k->bytes += b.n;
    if (code && !k->failed)
        pt_say_error(&e);
    k->failed = code != PT_OK;
}

void pt_watch_kept_done(pt_watch_kept *k) {
    pt_fd_close(&k->file);
    pt_fd_close(&k->folder);
}
