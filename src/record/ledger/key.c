// The key pair of a ledger: made once, with the journal, before anything is recorded.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "record/ledger/state.h"

static const char key_file[] = "key";
static const char pub_file[] = "pub";
static const char journal_file[] = "journal";

// What a name in the folder is, without following it. False: nothing.
static bool there(const pt_ledger *l, const char *name) {
    return faccessat(l->folder.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static pt_code key_exposed(const pt_ledger *l, unsigned mode, pt_err *e) {
    pt_code code =
        pt_err_set(e, PT_E_DENIED, "the ledger's key is open to others (mode %04o)", mode);
    pt_err_at(e, "%s/%s", l->path, key_file);
    pt_err_remedy(e, "chmod 600 it; if others may have copied it, begin a new ledger");
    return code;
}

static pt_code read_seed(pt_ledger *l, pt_err *e) {
    PT_AUTO(pt_fd_close)
    int fd = openat(l->folder.fd, key_file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return pt_folder_unread(&l->folder, key_file, "open", errno, e);
    if (S_ISREG(st.st_mode) && (st.st_mode & 077))
        return key_exposed(l, st.st_mode & 07777, e);
    char bytes[sizeof l->seed.b + 1];
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n == (ssize_t)sizeof l->seed.b)
        for (size_t i = 0; i < sizeof l->seed.b; i++)
            l->seed.b[i] = (uint8_t)bytes[i];
    pt_wipe(bytes, sizeof bytes);
    if (n == (ssize_t)sizeof l->seed.b)
        return PT_OK;
    pt_code code =
        pt_err_set(e, PT_E_CORRUPT, "the ledger's key is not %zu bytes", sizeof l->seed.b);
    pt_err_at(e, "%s/%s", l->path, key_file);
    pt_err_remedy(e, "restore it from a backup, or begin a new ledger");
    return code;
}

pt_code pt_ledger_load_seed(pt_ledger *l, pt_err *e) {
    pt_code code = read_seed(l, e);
    uint8_t pub[PT_ED25519_KEY_BYTES];
    if (code == PT_OK)
        code = pt_ed25519_public(&l->seed, pub, e);
    if (code || pt_equal_ct(pub, l->key.pub, sizeof pub))
        return code;
    code = pt_err_set(e, PT_E_CORRUPT, "the ledger's key and pub do not belong together");
    pt_err_at(e, "%s/%s", l->path, key_file);
    pt_err_remedy(e, "restore the one that was replaced");
    return code;
}

pt_code pt_ledger_load_pub(pt_ledger *l, pt_err *e) {
    l->pub.max = PT_NOTE_BYTES_MAX;
    pt_buf_clear(&l->pub);
    pt_code code = pt_folder_read(&l->folder, pub_file, &l->pub, e);
    if (code)
        return code;
    pt_str text = pt_buf_str(&l->pub);
    if (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    else
        text = (pt_str){0}; // cut
    pt_err why;
    if (pt_vkey_parse(text, &l->key, &why) == PT_OK)
        return PT_OK;
    code = pt_err_set(e, PT_E_CORRUPT, "the ledger's public key is damaged: %.150s", why.what);
    pt_err_at(e, "%s/%s", l->path, pub_file);
    pt_err_remedy(e, "restore it from a backup or from a report");
    return code;
}

// A new key under the name of none: 0600, O_EXCL, flushed, then named.
static pt_code make_seed(pt_ledger *l, pt_dirs *dirs, pt_err *e) {
    if (there(l, key_file)) // a process died between making it and pub
        return read_seed(l, e);
    pt_random(l->seed.b, sizeof l->seed.b);
    return pt_folder_put(&l->folder, key_file, (pt_str){(const char *)l->seed.b, sizeof l->seed.b},
                         dirs, e);
}

static pt_code make_pub(pt_ledger *l, pt_str origin, pt_dirs *dirs, pt_err *e) {
    uint8_t pub[PT_ED25519_KEY_BYTES];
    pt_vkey key;
    pt_code code = pt_ed25519_public(&l->seed, pub, e);
    if (code == PT_OK)
        code = pt_vkey_make(&key, origin, pub, e);
    if (code)
        return code;
    pt_buf b = PT_BUF(PT_NOTE_BYTES_MAX / 2);
    pt_vkey_put(&b, &key);
    pt_buf_putc(&b, '\n');
    code = b.full ? pt_err_set(e, PT_E_LIMIT, "the ledger's origin is too long")
                  : pt_folder_put(&l->folder, pub_file, pt_buf_str(&b), dirs, e);
    pt_buf_done(&b);
    return code;
}

// The folder's own name must be durable too.
static pt_code sync_parent(pt_ledger *l, pt_err *e) {
    PT_AUTO(pt_fd_close)
    int fd = openat(l->folder.fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pt_folder_failed(&l->folder, "..", "open", errno, e);
    return pt_folder_sync(&l->folder, fd, "..", e);
}

// Without pub nothing was recorded yet; if something was, pub has been taken away.
static pt_code check_new(const pt_ledger *l, pt_err *e) {
    struct stat st;
    bool records = fstatat(l->folder.fd, journal_file, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size;
    if (!records && !there(l, "checkpoint") && !there(l, "tile"))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_CORRUPT, "the ledger's public key is gone");
    pt_err_at(e, "%s/%s", l->path, pub_file);
    pt_err_remedy(e, "restore it from a backup or from a report");
    return code;
}

pt_code pt_ledger_make(pt_ledger *l, pt_str origin, pt_err *e) {
    if (there(l, pub_file))
        return PT_OK;
    pt_vkey unused;
    static const uint8_t none[PT_ED25519_KEY_BYTES] = {0};
    pt_code code = pt_vkey_make(&unused, origin, none, e); // before a key is made for a bad name
    if (code == PT_OK)
        code = check_new(l, e);
    pt_dirs dirs = {0};
    if (code == PT_OK)
        code = make_seed(l, &dirs, e);
    if (code == PT_OK)
        code = pt_folder_put(&l->folder, journal_file, (pt_str){0}, &dirs, e);
    if (code == PT_OK)
        code = pt_dirs_sync(&dirs, &l->folder, e);
    if (code == PT_OK)
        code = sync_parent(l, e);
    if (code == PT_OK) // last: it says that all the rest is there
        code = make_pub(l, origin, &dirs, e);
    if (code == PT_OK)
        code = pt_dirs_sync(&dirs, &l->folder, e);
    pt_dirs_done(&dirs);
    return code;
}
