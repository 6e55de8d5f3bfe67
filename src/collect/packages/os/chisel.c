// What chisel cut out of Ubuntu's packages: manifest.wall, zstd of JSON lines, the first of which
// is {"jsonwall": "1.0", …}, then {"kind": "package", "name", "version", "sha256", "arch"} among
// slices and paths. It does not name source packages.
#include <zstd.h>

#include "collect/packages/os/os.h"
#include "value/json.h"

enum {
    WALL_BYTES_MAX = 64 << 20,
    CHUNK_BYTES = 64 << 10,
};

static void free_stream(ZSTD_DStream **z) {
    ZSTD_freeDStream(*z);
}

// False: it is cut or damaged, or larger than a manifest may be.
static bool unpack(pt_str packed, pt_buf *ret) {
    PT_AUTO(free_stream) ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_inBuffer in = {packed.p, packed.n, 0};
    size_t more = z ? 1 : 0;
    while (more && !ZSTD_isError(more) && !ret->full) {
        char *room = pt_buf_room(ret, CHUNK_BYTES);
        ZSTD_outBuffer out = {room, room ? CHUNK_BYTES : 0, 0};
        size_t before = in.pos;
        more = ZSTD_decompressStream(z, &out, &in);
        pt_buf_took(ret, out.pos);
        if (in.pos == before && out.pos == 0 && more)
            return false; // it wants more than there is
    }
    return z && !ret->full && more == 0;
}

static pt_code put_line(pt_read *r, pt_str line, uint32_t n, pt_err *e) {
    pt_value v = pt_undefined();
    pt_code code = pt_json_parse(r->a, line, &(pt_json_opts){.depth_max = 16}, &v, NULL);
    if (code == PT_E_NOMEM)
        return pt_err_set(e, code, "out of memory");
    if (code || pt_tag_of(v) != PT_OBJECT) {
        pt_fault_add(r, n, "not a JSON object");
        return PT_OK;
    }
    pt_str sha256 = pt_text(pt_getz(v, "sha256"));
    pt_package p = {.name = pt_text(pt_getz(v, "name")),
                    .version = pt_text(pt_getz(v, "version")),
                    .architecture = pt_text(pt_getz(v, "arch"))};
    if (!pt_str_eqz(pt_text(pt_getz(v, "kind")), "package"))
        return PT_OK;
    if (!p.name.n || !p.version.n) {
        pt_fault_add(r, n, p.name.n ? "a package without a version" : "a package without a name");
        return PT_OK;
    }
    if (sha256.n)
        p.digest = pt_arena_printf(r->a, "sha256:%.*s", PT_PRI(sha256));
    return pt_package_add(r, &p, e);
}

pt_code pt_read_chisel(pt_read *r, pt_str text, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(WALL_BYTES_MAX);
    pt_code code = PT_OK;
    pt_str line;
    bool whole = unpack(text, &b);
    pt_str wall = pt_arena_str(r->a, pt_buf_str(&b));
    if (b.n && !wall.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    uint32_t n = 0;
    while (!code && pt_line_next(&wall, &line))
        if (++n, pt_str_trim(line).n)
            code = put_line(r, line, n, e);
    if (!code && !whole)
        pt_fault_add(r, n, "behind it the manifest is not sound zstd");
    return code;
}
