// Tars made header by header, and flows that give them in pieces. Tests only.
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "collect/image/tar.h"

#define TAR_BLOCK 512u

// A flow over bytes in memory, `piece` of them at a time.
typedef struct memory_flow {
    pt_flow flow;
    pt_str rest;
    size_t piece;
} memory_flow;

static inline pt_code memory_next(pt_flow *f, pt_str *ret, pt_err *e) {
    memory_flow *m = (memory_flow *)f;
    (void)e;
    *ret = pt_str_sub(m->rest, 0, m->piece);
    m->rest = pt_str_sub(m->rest, ret->n, m->rest.n);
    return PT_OK;
}

static inline memory_flow memory_flow_of(pt_str bytes, size_t piece) {
    return (memory_flow){.flow = {.next = memory_next}, .rest = bytes, .piece = piece};
}

static inline void tar_checksum(char *block) {
    unsigned sum = 0;
    char text[9];
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += (unsigned char)block[i];
    (void)snprintf(text, sizeof text, "%06o", sum & 0777777u);
    memcpy(block + 148, text, 7);
}

// A ustar header as it is mostly; what is to be odd is changed afterwards, then tar_put.
static inline void tar_head(char *block, const char *name, char type, size_t size) {
    char text[24];
    memset(block, 0, TAR_BLOCK);
    memcpy(block, name, strnlen(name, 100));
    memcpy(block + 100, "0000644\0000000000\0000000000", 23);
    (void)snprintf(text, sizeof text, "%011zo", size);
    memcpy(block + 124, text, 12);
    memcpy(block + 136, "14000000000", 12);
    block[156] = type;
    memcpy(block + 257, "ustar\00000", 8);
}

static inline void tar_put(pt_buf *b, char *block, pt_str content) {
    tar_checksum(block);
    pt_buf_put(b, (pt_str){block, TAR_BLOCK});
    pt_buf_put(b, content);
    pt_buf_fill(b, '\0', (TAR_BLOCK - content.n % TAR_BLOCK) % TAR_BLOCK);
}

static inline void tar_file(pt_buf *b, const char *name, char type, pt_str content) {
    char block[TAR_BLOCK];
    tar_head(block, name, type, content.n);
    tar_put(b, block, content);
}

static inline void tar_end(pt_buf *b) {
    pt_buf_fill(b, '\0', (size_t)2 * TAR_BLOCK);
}
