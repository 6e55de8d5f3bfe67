// Signed notes (C2SP signed-note) and tree checkpoints (C2SP tlog-checkpoint), text to struct and
// back. Nothing here touches a file.
#pragma once

#include "base/instant.h"
#include "crypto/crypto.h"

#define PT_NOTE_BYTES_MAX      ((size_t)64 * 1024)
#define PT_NOTE_SIGNATURES_MAX 16u
#define PT_VKEY_WITNESS        4u // type of a key that cosigns

// A verifier key "NAME+hex8+base64(TYPE || key)". Types: Ed25519 (01) and Ed25519 cosignature (04).
typedef struct pt_vkey {
    pt_str name;
    uint32_t id; // first 4 bytes of SHA-256(NAME || 0A || TYPE || key), big-endian
    uint8_t type;
    uint8_t pub[PT_ED25519_KEY_BYTES];
} pt_vkey;

// `name` must be a legal key name: not empty, no Unicode blank, no '+'.
PT_CHECK pt_code pt_vkey_make(pt_vkey *ret, pt_str name, const uint8_t pub[PT_ED25519_KEY_BYTES],
                              pt_err *e);
void pt_vkey_put(pt_buf *b, const pt_vkey *k);
// Borrows the name from `text`. PT_E_FORMAT if it is malformed or its id is not that of its key.
PT_CHECK pt_code pt_vkey_parse(pt_str text, pt_vkey *ret, pt_err *e);

typedef struct pt_checkpoint {
    pt_str origin;
    uint64_t size;
    pt_hash256 root;
} pt_checkpoint;

// Append the signed checkpoint: body, empty line, one signature line of `seed` under `key`.
PT_CHECK pt_code pt_checkpoint_sign(pt_buf *b, const pt_checkpoint *c, const pt_vkey *key,
                                    const pt_ed25519_seed *seed, pt_err *e);

// Parse a note as a checkpoint and verify it with `key`: known name and id that fail reject it
// (PT_E_CORRUPT), unknown signatures are ignored, none verified is PT_E_CORRUPT. *ret borrows
// `text`. PT_E_FORMAT: not a checkpoint.
// *ret_witnesses (may be NULL): how many other well-formed signature lines it carries.
PT_CHECK pt_code pt_checkpoint_open(pt_str text, const pt_vkey *key, pt_checkpoint *ret,
                                    unsigned *ret_witnesses, pt_err *e);

// When a witness (a key of type PT_VKEY_WITNESS) says that it signed this checkpoint; verified as
// above.
PT_CHECK pt_code pt_checkpoint_witnessed(pt_str note, const pt_vkey *witness, pt_checkpoint *ret,
                                         pt_time_ns *ret_time, pt_err *e);

// The signature lines of a text that are whole and of `key`, appended to `b` as lines: what a
// witness answers may hold others. False: none.
bool pt_note_lines_of(pt_buf *b, pt_str lines, const pt_vkey *key);
