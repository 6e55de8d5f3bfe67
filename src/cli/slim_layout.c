// The new image: a folder in OCI layout (image-spec 1.1), with the manifest.json that docker load
// asks for.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/slim.h"
#include "collect/image/digest.h"
#include "value/json.h"

enum {
    FOLDER_MODE = 0755,
    FILE_MODE = 0644,
    DOCUMENT_BYTES_MAX = 16 << 20,
};

static const char layer_part[] = "blobs/sha256/layer.part";

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- the folder -----------------------------------------------------------------------------------

static bool is_empty(int fd) {
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    DIR *d = own < 0 ? NULL : fdopendir(own);
    size_t n = 0;
    if (!d) {
        pt_fd_close(&own);
        return false;
    }
    while (n <= 2 && readdir(d))
        n++;
    closedir(d);
    return n <= 2; // "." and ".."
}

pt_code pt_slim_begin(pt_slim *s, pt_err *e) {
    const char *path = pt_args_get(s->args, "output");
    s->made = mkdir(path, FOLDER_MODE) == 0;
    if (!s->made && errno != EEXIST) {
        pt_code code = pt_err_sys(e, errno, "cannot be made: %s", pt_errno_text(errno));
        pt_err_at(e, "%s", path);
        return code;
    }
    s->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->folder >= 0 && is_empty(s->folder))
        return PT_OK;
    pt_fd_close(&s->folder);
    s->folder = -1;
    pt_code code = pt_err_set(e, PT_E_USAGE, "it is there already, and not an empty folder");
    pt_err_at(e, "%s", path);
    pt_err_remedy(e, "--output names a folder that is not there yet");
    return code;
}

// Only what this process made, and only empty folders: a file of somebody else's stays.
void pt_slim_undo(pt_slim *s) {
    if (s->folder < 0)
        return;
    (void)unlinkat(s->folder, layer_part, 0);
    (void)unlinkat(s->folder, "blobs/sha256", AT_REMOVEDIR);
    (void)unlinkat(s->folder, "blobs", AT_REMOVEDIR);
    if (s->made)
        (void)rmdir(pt_args_get(s->args, "output"));
}

static pt_code put_file(const pt_slim *s, const char *name, pt_str content, pt_err *e) {
    PT_AUTO(pt_fd_close)
    int fd =
        openat(s->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "cannot write: %s", pt_errno_text(errno))
                          : pt_fd_write_all(fd, content, e);
    if (code)
        pt_err_at(e, "%s", name);
    return code;
}

static pt_str blob_path(pt_arena *a, pt_str digest) {
    return pt_arena_printf(a, "blobs/sha256/%.*s", PT_PRI(pt_str_sub(digest, 7, digest.n)));
}

static pt_code put_json(pt_slim *s, const char *name, pt_value v, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(DOCUMENT_BYTES_MAX);
    pt_code code = pt_json_write(&b, v, NULL, e);
    if (code)
        return code;
    *ret = pt_arena_str(&s->a, pt_buf_str(&b));
    pt_hash256 h = pt_sha256(ret, 1);
    pt_str path = name ? pt_str_of(name) : blob_path(&s->a, pt_digest_text(&s->a, &h));
    return path.p && ret->p ? put_file(s, path.p, *ret, e) : full(e);
}

// -- documents ------------------------------------------------------------------------------------

// The object with another value under a key.
static pt_value with(pt_arena *a, pt_value object, const char *key, pt_value v) {
    PT_VEC(pt_value) pairs = {0};
    for (size_t i = 0; i <= pt_len(object); i++) {
        bool last = i == pt_len(object);
        pt_value *k = PT_PUSH(a, &pairs);
        if (k)
            *k = last ? pt_stringz(key) : pt_key_at(object, i);
        pt_value *to = PT_PUSH(a, &pairs);
        if (!k || !to)
            return pt_undefined();
        *to = last ? v : pt_val_at(object, i);
    }
    return pt_object_of(a, pairs.v, pairs.n / 2, NULL); // of equal keys the last wins
}

// The steps stay as a record of what made the files; none of them made this layer.
static pt_value history_of(pt_slim *s) {
    pt_value old = pt_getz(s->config, "history");
    pt_list l = {.a = &s->a};
    pt_obj o = {.a = &s->a};
    for (size_t i = 0; pt_tag_of(old) == PT_ARRAY && i < pt_len(old); i++)
        pt_list_add(&l, with(&s->a, pt_at(old, i), "empty_layer", pt_bool(true)));
    pt_obj_maybe(&o, "created", pt_getz(s->config, "created"));
    pt_obj_set(&o, "created_by", pt_stringz("paratia slim"));
    pt_obj_set(&o, "comment",
               pt_string(pt_arena_printf(&s->a, "what is needed of %.*s", PT_PRI(s->source))));
    pt_list_add(&l, pt_obj_end(&o));
    return pt_list_end(&l);
}

static pt_value labels_of(pt_slim *s, pt_value settings) {
    pt_value old = pt_getz(settings, "Labels");
    return with(&s->a, pt_tag_of(old) == PT_OBJECT ? old : pt_undefined(), "paratia.slim.source",
                pt_string(s->source));
}

static pt_value config_of(pt_slim *s, pt_str diff_id) {
    pt_value settings = pt_getz(s->config, "config");
    pt_obj fs = {.a = &s->a};
    const pt_value layer = pt_string(diff_id);
    pt_obj_set(&fs, "type", pt_stringz("layers"));
    pt_obj_set(&fs, "diff_ids", pt_array_of(&s->a, &layer, 1));
    pt_value v = with(&s->a, s->config, "rootfs", pt_obj_end(&fs));
    v = with(&s->a, v, "history", history_of(s));
    return with(&s->a, v, "config", with(&s->a, settings, "Labels", labels_of(s, settings)));
}

static pt_value descriptor(pt_arena *a, const char *type, pt_str digest, uint64_t size) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "mediaType", pt_stringz(type));
    pt_obj_set(&o, "digest", pt_string(digest));
    pt_obj_set(&o, "size", pt_int((int64_t)size));
    return pt_obj_end(&o);
}

static pt_value manifest_of(pt_slim *s, pt_str layer, pt_str config, size_t config_n) {
    pt_arena *a = &s->a;
    pt_obj o = {.a = a};
    pt_obj notes = {.a = a};
    const pt_value one =
        descriptor(a, "application/vnd.oci.image.layer.v1.tar", layer, s->written.bytes);
    pt_obj_set(&notes, "paratia.slim.source", pt_string(s->source));
    pt_obj_set(&notes, "paratia.slim.version", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "schemaVersion", pt_int(2));
    pt_obj_set(&o, "mediaType", pt_stringz("application/vnd.oci.image.manifest.v1+json"));
    pt_obj_set(&o, "config",
               descriptor(a, "application/vnd.oci.image.config.v1+json", config, config_n));
    pt_obj_set(&o, "layers", pt_array_of(a, &one, 1));
    pt_obj_set(&o, "annotations", pt_obj_end(&notes));
    return pt_obj_end(&o);
}

static pt_value index_of(pt_slim *s, pt_str manifest, size_t manifest_n) {
    const char *tag = pt_args_get(s->args, "tag");
    pt_arena *a = &s->a;
    pt_obj o = {.a = a};
    pt_value one =
        descriptor(a, "application/vnd.oci.image.manifest.v1+json", manifest, manifest_n);
    if (tag) {
        pt_obj notes = {.a = a};
        pt_obj_set(&notes, "io.containerd.image.name", pt_stringz(tag));
        pt_obj_set(&notes, "org.opencontainers.image.ref.name", pt_stringz(tag));
        one = with(a, one, "annotations", pt_obj_end(&notes));
    }
    pt_obj_set(&o, "schemaVersion", pt_int(2));
    pt_obj_set(&o, "mediaType", pt_stringz("application/vnd.oci.image.index.v1+json"));
    pt_obj_set(&o, "manifests", pt_array_of(a, &one, 1));
    return pt_obj_end(&o);
}

// What docker load reads.
static pt_value archive_of(pt_slim *s, pt_str layer, pt_str config) {
    const char *tag = pt_args_get(s->args, "tag");
    pt_arena *a = &s->a;
    pt_obj o = {.a = a};
    const pt_value name = pt_stringz(tag ? tag : "");
    const pt_value path = pt_string(blob_path(a, layer));
    pt_obj_set(&o, "Config", pt_string(blob_path(a, config)));
    pt_obj_set(&o, "RepoTags", tag ? pt_array_of(a, &name, 1) : pt_null());
    pt_obj_set(&o, "Layers", pt_array_of(a, &path, 1));
    const pt_value one = pt_obj_end(&o);
    return pt_array_of(a, &one, 1);
}

// -- writing --------------------------------------------------------------------------------------

// Names that lists of packages lose.
static pt_str lost_names(pt_slim *s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(DOCUMENT_BYTES_MAX);
    for (size_t i = 0; i < pt_len(s->closure.dropped); i++) {
        pt_buf_put(&b, pt_text(pt_getz(pt_at(s->closure.dropped, i), "name")));
        pt_buf_putc(&b, '\n');
    }
    return !b.full ? pt_arena_str(&s->a, pt_buf_str(&b)) : (pt_str){0};
}

static pt_code put_layer(pt_slim *s, pt_str *ret, pt_err *e) {
    if (mkdirat(s->folder, "blobs", FOLDER_MODE) != 0 ||
        mkdirat(s->folder, "blobs/sha256", FOLDER_MODE) != 0)
        return pt_err_sys(e, errno, "cannot make its folders: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close)
    int fd = openat(s->folder, layer_part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    FILE_MODE);
    if (fd < 0)
        return pt_err_sys(e, errno, "cannot write the layer: %s", pt_errno_text(errno));
    const pt_write_ask ask = {.keep = s->keep, .lose = lost_names(s), .out = fd};
    if (!ask.lose.p)
        return full(e);
    pt_code code = pt_image_write(s->open, &ask, &s->written, e);
    if (code)
        return code;
    *ret = pt_digest_text(&s->a, &s->written.digest);
    pt_str path = blob_path(&s->a, *ret);
    if (!path.p)
        return full(e);
    bool done = fsync(fd) == 0 && renameat(s->folder, layer_part, s->folder, path.p) == 0;
    return done ? PT_OK : pt_err_sys(e, errno, "cannot write the layer: %s", pt_errno_text(errno));
}

pt_code pt_slim_write(pt_slim *s, pt_err *e) {
    pt_str layer = {0};
    pt_str config = {0};
    pt_str text = {0};
    pt_code code = put_layer(s, &layer, e);
    if (!code)
        code = put_json(s, NULL, config_of(s, layer), &config, e);
    if (code)
        return code;
    pt_hash256 h = pt_sha256(&config, 1);
    pt_str config_digest = pt_digest_text(&s->a, &h);
    code = put_json(s, NULL, manifest_of(s, layer, config_digest, config.n), &text, e);
    if (code)
        return code;
    h = pt_sha256(&text, 1);
    s->manifest = pt_digest_text(&s->a, &h);
    code = put_json(s, "index.json", index_of(s, s->manifest, text.n), &text, e);
    if (!code)
        code = put_json(s, "manifest.json", archive_of(s, layer, config_digest), &text, e);
    return code ? code : put_file(s, "oci-layout", PT_STR("{\"imageLayoutVersion\":\"1.0.0\"}"), e);
}
