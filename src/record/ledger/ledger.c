#include "record/ledger/ledger.h"

#include <errno.h>
#include <inttypes.h>

#include "record/ledger/state.h"

pt_code pt_ledger_writable(const pt_ledger *l, pt_err *e) {
    if (l->read_only)
        return pt_err_set(e, PT_E_USAGE, "the ledger is open for reading only");
    if (!l->folder.failed)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_IO, "the ledger takes nothing more: an earlier write failed");
    pt_err_at(e, "%s", l->path);
    pt_err_remedy(e, "mend the cause and start again: opening the ledger recovers it");
    return code;
}

static pt_code check_batch(const pt_str *entries, size_t n, pt_err *e) {
    if (n == 0 || n > PT_LEDGER_BATCH_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a batch of %zu entries: 1 to %u are taken", n,
                          PT_LEDGER_BATCH_MAX);
    for (size_t i = 0; i < n; i++)
        if (entries[i].n > PT_LEDGER_ENTRY_BYTES_MAX) {
            pt_code code = pt_err_set(e, PT_E_LIMIT, "a ledger entry of %zu bytes: at most %u",
                                      entries[i].n, PT_LEDGER_ENTRY_BYTES_MAX);
            pt_err_remedy(
                e, "record its SHA-256, length and media type, and keep it beside the ledger");
            return code;
        }
    return PT_OK;
}

// One write for the batch. What a failed one left is cut; if that fails too, the next writer or
// recovery cuts it.
static pt_code write_batch(pt_ledger *l, const pt_str *entries, size_t n, pt_err *e) {
    pt_buf *b = &l->batch;
    b->max = (size_t)PT_LEDGER_BATCH_MAX * PT_RECORD_BYTES_MAX;
    pt_buf_clear(b);
    for (size_t i = 0; i < n; i++)
        pt_record_put(b, l->size + i, l->durable, entries[i]);
    if (b->full)
        return pt_err_set(e, PT_E_NOMEM, "no memory for a batch of %zu ledger entries", n);
    pt_code code = pt_folder_write(&l->folder, l->journal, "journal", pt_buf_str(b), e);
    if (code) {
        l->folder.io->truncate(l->folder.io, l->journal, l->end);
        return code;
    }
    l->end += b->n;
    l->size += n;
    return PT_OK;
}

pt_code pt_ledger_append(pt_ledger *l, const pt_str *entries, size_t n, uint64_t *ret_first,
                         pt_err *e) {
    pt_code code = pt_ledger_writable(l, e);
    if (code == PT_OK)
        code = check_batch(entries, n, e);
    if (code == PT_OK)
        code = pt_ledger_lock(l, e);
    if (code)
        return code;
    code = pt_ledger_catch_up(l, e);
    if (code == PT_OK)
        code = write_batch(l, entries, n, e);
    pt_ledger_unlock(l);
    // Outside of the lock, so that the kernel merges the flushes of concurrent writers. If another
    // process replaces the journal meanwhile, it has flushed these bytes before.
    if (code == PT_OK)
        code = pt_folder_sync(&l->folder, l->journal, "journal", e);
    if (code) {
        l->folder.failed = true;
        return code;
    }
    l->durable = l->folder.safe = l->size;
    *ret_first = l->size - n;
    return PT_OK;
}

uint64_t pt_ledger_size(const pt_ledger *l) {
    return l->size;
}

uint64_t pt_ledger_signed_size(const pt_ledger *l) {
    return l->signed_tree.size;
}

const pt_vkey *pt_ledger_key(const pt_ledger *l) {
    return &l->key;
}

pt_str pt_ledger_checkpoint_text(const pt_ledger *l) {
    return pt_buf_str(&l->note);
}
