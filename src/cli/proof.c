#include "cli/proof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/journey.h"
#include "cli/receipt.h"
#include "value/json.h"

enum {
    FINDINGS_BYTES_MAX = 512 << 20
};

// A small file named by the operator, without blanks at its end where `trim`.
static pt_code read_small(pt_arena *a, const char *path, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_NOTE_BYTES_MAX);
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno))
                          : pt_fd_read_all(fd, &b, e);
    if (code) {
        pt_err_at(e, "%s", path);
        return code;
    }
    *ret = pt_arena_str(a, pt_buf_str(&b));
    return PT_OK;
}

static pt_code read_key(pt_trust *t, const char *word, pt_err *e) {
    pt_str text = {0};
    pt_code code = PT_OK;
    char own[4096];
    if (!word) {
        snprintf(own, sizeof own, "%.*s/pub", PT_PRI(t->dir));
        word = own;
    }
    // A vkey holds two '+'; a file's name seldom does, and "./" in front says which is meant.
    if (strchr(word, '+') && word[0] != '.' && word[0] != '/')
        text = pt_str_of(word);
    else
        code = read_small(&t->arena, word, &text, e);
    if (code)
        return code;
    code = pt_vkey_parse(pt_str_trim(text), &t->key, e);
    if (code) {
        pt_err_at(e, "%s", word);
        pt_err_remedy(e, "paratia ledger key prints it on the host that owns the ledger");
    }
    return code;
}

pt_code pt_trust_read(pt_trust *t, const pt_args *args, pt_err *e) {
    *t = (pt_trust){0};
    pt_code code = pt_state_need(args, &t->arena, &t->state, e);
    if (code)
        return code;
    t->dir = pt_ledger_dir(&t->arena, t->state);
    const char *word = pt_args_get(args, "key");
    t->own_key = !word;
    code = read_key(t, word, e);
    const char *saved = pt_args_get(args, "checkpoint");
    if (!code && saved)
        code = read_small(&t->arena, saved, &t->saved, e);
    if (!code && saved && !pt_str_trim(t->saved).n) { // what a failed "ledger show > FILE" leaves
        code = pt_err_set(e, PT_E_FORMAT, "the saved checkpoint is empty");
        pt_err_at(e, "%s", saved);
        pt_err_remedy(e, "without one, leave --checkpoint out; it proves nothing as it is");
    }
    if (!code &&
        saved) // what was pasted may have lines of blanks around it; the note ends in one \n
        t->saved = pt_arena_printf(&t->arena, "%.*s\n", PT_PRI(pt_str_trim(t->saved)));
    return code;
}

static bool is_digest(pt_str hex) {
    for (size_t i = 0; i < hex.n; i++)
        if (!((hex.p[i] >= '0' && hex.p[i] <= '9') || (hex.p[i] >= 'a' && hex.p[i] <= 'f')))
            return false;
    return hex.n == (size_t)2 * PT_SHA256_BYTES;
}

// The digest that an entry holds; empty: none.
static pt_str digest_of(pt_arena *a, pt_str entry) {
    pt_value v;
    if (pt_json_parse(a, entry, &(pt_json_opts){.dup_refuse = true}, &v, NULL))
        return (pt_str){0};
    pt_str hex = pt_text(pt_getz(pt_getz(v, "report"), "sha256"));
    return is_digest(hex) ? hex : (pt_str){0};
}

pt_code pt_findings_beside(pt_trust *t, pt_str entry, pt_beside *ret, pt_str *ret_path, pt_err *e) {
    pt_str sha256 = digest_of(&t->arena, entry);
    *ret = PT_BESIDE_NONE;
    if (!sha256.n)
        return PT_OK;
    *ret_path = pt_arena_printf(&t->arena, "%.*s/runs/%.*s.json", PT_PRI(t->state), PT_PRI(sha256));
    PT_AUTO(pt_fd_close)
    int fd = open(ret_path->p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        *ret = PT_BESIDE_GONE;
        return PT_OK;
    }
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(FINDINGS_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    pt_code code = pt_fd_read_all(fd, &b, e);
    pt_str text = pt_buf_str(&b);
    pt_hash256 h = pt_sha256(&text, 1);
    pt_hex_put(&hex, (pt_str){(const char *)h.b, sizeof h.b});
    if (!code && !pt_str_eq(pt_buf_str(&hex), sha256))
        code = pt_err_set(e, PT_E_CORRUPT, "the findings are not those that the entry names");
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(*ret_path));
    *ret = PT_BESIDE_SAME;
    return code;
}

void pt_trust_done(pt_trust *t) {
    pt_arena_done(&t->arena);
}
