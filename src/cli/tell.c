#include "cli/tell.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/subprocess.h"
#include "cli/post.h"
#include "crypto/crypto.h"

enum {
    TARGET_FILE_BYTES_MAX = 4096,
    NOTICE_BYTES_MAX = 1 << 20,
    ANSWER_BYTES_MAX = 1 << 20,
    MAIL_BYTES_MAX = 254, // of an address, RFC 5321
};

// -- whom -----------------------------------------------------------------------------------------

static pt_code no_target(const char *word, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_USAGE, "--notify does not know %.60s", word);
    pt_err_remedy(e, "an https:// URL, mailto:NAME@HOST, or file:PATH of a file that holds one");
    return code;
}

// One address of plain characters: nothing that a mailer or a header could take for more.
static bool is_mail_address(pt_str s) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
    size_t at = pt_str_find(s, '@');
    if (at == 0 || s.n > MAIL_BYTES_MAX || s.p[0] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (i != at && !memchr(plain, s.p[i], sizeof plain - 1))
            return false;
    return at == s.n || at + 1 < s.n; // a local user has no host
}

static pt_code parse_address(pt_arena *a, const char *word, pt_target *ret, pt_err *e) {
    pt_str s = pt_str_of(word);
    if (pt_str_starts(s, PT_STR("mailto:"))) {
        pt_str address = pt_str_sub(s, strlen("mailto:"), s.n);
        if (!is_mail_address(address))
            return no_target("this mail address", e);
        *ret = (pt_target){.mail = true, .address = address, .shown = s};
        return PT_OK;
    }
    if (!pt_str_starts(s, PT_STR("https://")) && !pt_str_starts(s, PT_STR("http://")))
        return no_target(word, e);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] == 0x7f)
            return no_target("a URL with blanks in it", e);
    *ret = (pt_target){.address = s, .shown = pt_url_shown(a, s)};
    return PT_OK;
}

// The file says where findings go: its owner alone may read or change it.
static pt_code read_target(pt_arena *a, const char *path, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TARGET_FILE_BYTES_MAX);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return pt_err_sys(e, errno, "the address to notify cannot be read: %s",
                          pt_errno_text(errno));
    if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) ||
        (st.st_uid != geteuid() && st.st_uid != 0)) {
        pt_code code = pt_err_set(e, PT_E_DENIED, "others may read or change whom to notify");
        pt_err_remedy(e, "chmod 600 on the file, and own it");
        return code;
    }
    pt_code code = pt_fd_read_all(fd, &b, e);
    if (!code)
        *ret = pt_arena_str(a, pt_str_trim(pt_buf_str(&b)));
    return code;
}

pt_code pt_target_parse(pt_arena *a, const char *word, pt_target *ret, pt_err *e) {
    if (strncmp(word, "file:", 5) != 0)
        return parse_address(a, word, ret, e);
    pt_str text = {0};
    pt_code code = read_target(a, word + 5, &text, e);
    if (!code)
        code = text.n ? parse_address(a, text.p, ret, e)
                      : pt_err_set(e, PT_E_FORMAT, "the file names nobody to notify");
    if (code && e && code != PT_E_USAGE)
        pt_err_at(e, "%s", word + 5);
    else if (code) { // what it holds may be a secret: it is not repeated
        code = pt_err_set(e, PT_E_USAGE, "the file does not hold an address to notify");
        pt_err_at(e, "%s", word + 5);
        pt_err_remedy(e, "one line: an https:// URL or mailto:NAME@HOST");
    }
    return code;
}

// -- by web ---------------------------------------------------------------------------------------

static pt_code tell_by_web(const pt_target *t, const pt_notice *n, const char *ca, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf json = PT_BUF(NOTICE_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf answer = PT_BUF(ANSWER_BYTES_MAX);
    int status = 0;
    pt_code code = pt_notice_json(&json, n, e);
    if (code)
        return code;
    pt_post p = {.url = t->address.p,
                 .body = {"application/json", pt_buf_str(&json)},
                 .ca = ca,
                 .answer_bytes_max = ANSWER_BYTES_MAX};
    code = pt_post_apart(&p, &status, &answer, e);
    if (!code && status / 100 != 2)
        code = pt_err_set(e, PT_E_IO, "it answered with status %d", status);
    return code;
}

// -- by mail --------------------------------------------------------------------------------------

static void put_mail(pt_buf *b, const pt_target *t, const pt_notice *n, pt_arena *a) {
    PT_AUTO(pt_buf_done) pt_buf title = PT_BUF(2000);
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(NOTICE_BYTES_MAX);
    pt_buf_put_safe(&title, pt_notice_title(n, a));
    pt_notice_text(&text, n);
    pt_buf_printf(b, "To: %.*s\nSubject: =?utf-8?B?", PT_PRI(t->address));
    pt_base64_put(b, pt_buf_str(&title));
    pt_buf_putz(b, "?=\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                   "Content-Transfer-Encoding: base64\nAuto-Submitted: auto-generated\n\n");
    PT_AUTO(pt_buf_done) pt_buf body = PT_BUF((size_t)2 * NOTICE_BYTES_MAX);
    pt_base64_put(&body, pt_buf_str(&text));
    for (size_t i = 0; i < body.n; i += 76) { // RFC 2045: lines of 76
        pt_buf_put(b, pt_str_sub(pt_buf_str(&body), i, i + 76));
        pt_buf_putc(b, '\n');
    }
}

static pt_code tell_by_mail(const pt_target *t, const pt_notice *n, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf mail = PT_BUF((size_t)4 * NOTICE_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(65536);
    put_mail(&mail, t, n, &a);
    pt_str address = pt_arena_str(&a, t->address);
    const char *const argv[] = {"/usr/sbin/sendmail", "-i", "--", address.p, NULL};
    pt_subprocess p = {
        .argv = argv, .input = pt_buf_str(&mail), .output_bytes_max = 65535, .timeout_ms = 60000};
    pt_subprocess_end end = {0};
    if (mail.full || !address.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_subprocess_run(&p, &said, &end, e);
    if (code == PT_E_ABSENT)
        pt_err_remedy(e, "install a mailer that brings sendmail, or notify an https:// URL");
    if (!code && end.exit != 0)
        code = pt_err_set(e, PT_E_IO, "sendmail ended with %d: %.120s", end.exit,
                          end.said[0] ? end.said : "it says nothing");
    return code;
}

pt_code pt_tell(const pt_target *t, const pt_notice *n, const char *ca, pt_err *e) {
    pt_code code = t->mail ? tell_by_mail(t, n, e) : tell_by_web(t, n, ca, e);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(t->shown));
    return code;
}
