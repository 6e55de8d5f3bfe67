// The index's signature: a checkpoint (C2SP tlog-checkpoint) beside it, of as many bytes as it has,
// with the digest that names it as the root.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/db_verbs.h"
#include "crypto/note.h"

#define ORIGIN "paratia.invalid/advisories" // nobody's host: it says what was signed

static pt_code read_file(pt_arena *a, const char *path, bool secret, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_NOTE_BYTES_MAX);
    struct stat st;
    pt_code code = PT_OK;
    if (fd < 0 || fstat(fd, &st) != 0)
        code = pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    else if (secret && (st.st_mode & (S_IRWXG | S_IRWXO)))
        code = pt_err_set(e, PT_E_DENIED, "others may read the key");
    if (!code)
        code = pt_fd_read_all(fd, &b, e);
    if (code)
        pt_err_at(e, "%s", path);
    *ret = code ? PT_STR("") : pt_arena_str(a, pt_buf_str(&b));
    if (secret && b.n)
        pt_wipe(b.p, b.n);
    return code;
}

static pt_checkpoint checkpoint_of(const pt_index *x, pt_arena *a) {
    int64_t bytes = 0;
    pt_value about = pt_index_about(x, a);
    PT_IGNORE(pt_to_int(pt_getz(about, "bytes"), &bytes)); // it is a number
    return (pt_checkpoint){
        .origin = PT_STR(ORIGIN), .size = (uint64_t)bytes, .root = pt_index_digest(x)};
}

// -- signing --------------------------------------------------------------------------------------

static pt_code read_seed(pt_arena *a, const char *path, pt_ed25519_seed *ret, pt_err *e) {
    pt_str bytes = {0};
    pt_code code = read_file(a, path, true, &bytes, e);
    if (!code && bytes.n != sizeof ret->b) {
        code = pt_err_set(e, PT_E_FORMAT, "a key has %zu bytes, this file %zu", sizeof ret->b,
                          bytes.n);
        pt_err_at(e, "%s", path);
        pt_err_remedy(e, "umask 077; openssl rand %zu >FILE", sizeof ret->b);
    }
    if (!code)
        memcpy(ret->b, bytes.p, sizeof ret->b);
    return code;
}

static pt_code put_note(pt_arena *a, const pt_index *x, const pt_ed25519_seed *seed, pt_buf *note,
                        pt_buf *key_text, pt_err *e) {
    uint8_t pub[PT_ED25519_KEY_BYTES];
    pt_vkey key;
    pt_checkpoint c = checkpoint_of(x, a);
    pt_code code = pt_ed25519_public(seed, pub, e);
    if (!code)
        code = pt_vkey_make(&key, PT_STR(ORIGIN), pub, e);
    if (!code)
        code = pt_checkpoint_sign(note, &c, &key, seed, e);
    if (!code)
        pt_vkey_put(key_text, &key);
    return code;
}

pt_code pt_db_sign(const pt_index *x, pt_str path, const char *key_file, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf note = PT_BUF(PT_NOTE_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf key = PT_BUF(4096);
    pt_ed25519_seed seed = {0};
    pt_code code = read_seed(&a, key_file, &seed, e);
    if (!code)
        code = put_note(&a, x, &seed, &note, &key, e);
    pt_wipe(&seed, sizeof seed);
    if (!code)
        code = pt_file_replace(pt_arena_printf(&a, "%.*s.sig", PT_PRI(path)).p, pt_buf_str(&note),
                               0644, e);
    if (!code)
        fprintf(stderr, "signed by %.*s\n", PT_PRI(pt_buf_str(&key)));
    return code;
}

// -- checking -------------------------------------------------------------------------------------

// A vkey holds two '+'; a file's name seldom does, and "./" in front says which is meant.
static pt_code read_key(pt_arena *a, const char *word, pt_vkey *ret, pt_err *e) {
    pt_str text = pt_str_of(word);
    pt_code code = PT_OK;
    if (!strchr(word, '+') || word[0] == '.' || word[0] == '/')
        code = read_file(a, word, false, &text, e);
    if (code)
        return code;
    code = pt_vkey_parse(pt_str_trim(text), ret, e);
    if (code) {
        pt_err_at(e, "%s", word);
        pt_err_remedy(e, "paratia db build --sign prints it");
    }
    return code;
}

pt_code pt_db_check_signature(const pt_index *x, pt_str path, const char *key_word, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_vkey key;
    pt_str text = {0};
    pt_checkpoint signed_one;
    pt_checkpoint own = checkpoint_of(x, &a);
    pt_code code = read_key(&a, key_word, &key, e);
    if (!code)
        code = read_file(&a, pt_arena_printf(&a, "%.*s.sig", PT_PRI(path)).p, false, &text, e);
    if (!code)
        code = pt_checkpoint_open(text, &key, &signed_one, NULL, e);
    if (code)
        return code;
    if (pt_str_eq(own.origin, signed_one.origin) && own.size == signed_one.size &&
        pt_equal_ct(&own.root, &signed_one.root, sizeof own.root))
        return PT_OK;
    code = pt_err_set(e, PT_E_CORRUPT, "another index was signed, not this one");
    pt_err_at(e, "%.*s", PT_PRI(path));
    return code;
}
