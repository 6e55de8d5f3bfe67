// Tests of the fact "mounts" (collect/docker/docker.h). What reaches the host by its name or by
// where its links lead fails; what is not known of a mount is no pass.
#include "judge/catalogue/docker_tests.h"

// Is `path` this folder or below it? "/" holds everything.
static bool within(pt_str path, pt_str folder) {
    if (pt_str_eqz(folder, "/"))
        return path.n > 0 && path.p[0] == '/';
    return folder.n && pt_str_starts(path, folder) &&
           (path.n == folder.n || path.p[folder.n] == '/');
}

// Does either hold the other?
static bool overlap(pt_str a, pt_str b) {
    return within(a, b) || within(b, a);
}

typedef struct mount {
    pt_str source, resolved, type;
    pt_str holds; // a socket called as a runtime's, inside the folder
    bool socket;
    const char *why; // not NULL: it cannot be judged
    pt_str reason;   // of the collector, instead
} mount;

// What is not known of a mount's kind.
static const char *oddity(pt_value v, pt_str type) {
    static const pt_str kinds = PT_STR("bind|volume|tmpfs|image|cluster");
    bool of_host = pt_str_in_list(type, PT_STR("bind|volume"), '|');
    pt_value source = pt_getz(v, "source");
    if (pt_tag_of(pt_getz(v, "destination")) != PT_STRING)
        return "a mount without a destination";
    if (!pt_str_in_list(type, kinds, '|'))
        return "a mount of an unknown type";
    if (of_host && !pt_str_starts(pt_text(source), PT_STR("/")))
        return "a mount without an absolute source";
    bool plain = pt_tag_of(pt_getz(v, "rw")) == PT_BOOL;
    return plain ? NULL : "a mount that does not say whether it is read-only";
}

static mount mount_at(pt_value v, size_t i) {
    pt_value one = pt_at(pt_getz(v, "mounts"), i);
    mount m = {.type = pt_text(pt_getz(one, "type")),
               .source = pt_text(pt_getz(one, "source")),
               .resolved = pt_text(pt_getz(one, "resolved")),
               .holds = pt_text(pt_getz(one, "holds")),
               .socket = pt_true(pt_getz(one, "socket")),
               .reason = pt_text(pt_getz(one, "why"))};
    m.why = oddity(one, m.type);
    return m;
}

static void put_mount(pt_seen *seen, pt_value v, size_t i) {
    pt_value rw = pt_getz(pt_at(pt_getz(v, "mounts"), i), "rw");
    mount m = mount_at(v, i);
    pt_answer_item(seen, m.source);
    if (m.resolved.n)
        pt_buf_printf(&seen->text, " -> %.*s", PT_PRI(m.resolved));
    if (m.holds.n)
        pt_buf_printf(&seen->text, ", with %.*s in it", PT_PRI(m.holds));
    if (pt_tag_of(rw) == PT_BOOL)
        pt_buf_putz(&seen->text, pt_true(rw) ? " (read-write)" : " (read-only)");
}

typedef bool (*mount_hit)(pt_value v, const mount *m, pt_str path);

// "none of 3 mounts", "the one mount is not".
static void put_none(pt_seen *seen, size_t n, const char *what) {
    if (n == 0)
        pt_buf_putz(&seen->text, "no mount");
    else if (n == 1)
        pt_buf_printf(&seen->text, "its one mount is not %s", what);
    else
        pt_buf_printf(&seen->text, "none of %zu mounts is %s", n, what);
}

// The verdict over all mounts; `odd` says what of one mount cannot be judged by this rule.
static pt_verdict over_all(pt_value v, mount_hit hit, const char *(*odd)(pt_value, const mount *),
                           const char *what, pt_seen *seen) {
    pt_value list = pt_getz(v, "mounts");
    size_t hits = 0;
    pt_str why = {0};
    if (pt_tag_of(list) != PT_ARRAY || !pt_answer_texts(pt_getz(v, "sockets")))
        return pt_answer_lacks(seen, "list of mounts");
    for (size_t i = 0; i < pt_len(list); i++) {
        mount m = mount_at(v, i);
        bool bad = (m.source.n && hit(v, &m, m.source)) || (m.resolved.n && hit(v, &m, m.resolved));
        if (bad)
            put_mount(seen, v, i);
        hits += bad;
        const char *text = m.why ? m.why : odd(v, &m);
        if (!bad && !why.n)
            why = m.reason.n ? m.reason : pt_str_of(text);
    }
    if (hits)
        return PT_FAIL;
    if (why.n) {
        pt_buf_put(&seen->text, why);
        return PT_NOT_EVALUATED;
    }
    put_none(seen, pt_len(list), what);
    if (pt_len(list) && !pt_true(pt_getz(v, "followed")))
        pt_buf_putz(&seen->text, ", by name: links on its host are not followed");
    return PT_PASS;
}

// -- sockets --------------------------------------------------------------------------------------

// The sockets of the runtimes. A mount of a folder above one reaches it as well.
static bool reaches_socket(pt_value v, const mount *m, pt_str path) {
    static const pt_str names[] = {PT_STR("/docker.sock"), PT_STR("/containerd.sock"),
                                   PT_STR("/podman.sock"), PT_STR("/crio.sock")};
    static const pt_str sockets[] = {
        PT_STR("/run/docker.sock"),
        PT_STR("/var/run/docker.sock"),
        PT_STR("/run/containerd/containerd.sock"),
        PT_STR("/var/run/containerd/containerd.sock"),
        PT_STR("/run/docker/containerd/containerd.sock"),
        PT_STR("/run/crio/crio.sock"),
        PT_STR("/var/run/crio/crio.sock"),
        PT_STR("/run/podman/podman.sock"),
        PT_STR("/var/run/podman/podman.sock"),
    };
    pt_value own = pt_getz(v, "sockets");
    if (m->holds.n)
        return true;
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_ends(path, names[i]))
            return true;
    for (size_t i = 0; i < PT_COUNT(sockets); i++)
        if (within(sockets[i], path))
            return true;
    for (size_t i = 0; i < pt_len(own); i++)
        if (within(pt_text(pt_at(own, i)), path))
            return true;
    return false;
}

static const char *odd_socket(pt_value v, const mount *m) {
    (void)v;
    return m->socket ? "a Unix socket is mounted, and who listens there is not known" : NULL;
}

pt_verdict pt_test_no_socket(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return over_all(v, reaches_socket, odd_socket, "a runtime's socket, or above one", seen);
}

// -- folders --------------------------------------------------------------------------------------

// A volume lies below the engine's folders of volumes by nature.
static bool is_plain_volume(const mount *m, pt_str path, pt_str data) {
    static const pt_str folders[] = {PT_STR("/volumes/"), PT_STR("/plugins/")};
    bool inside = false;
    pt_str rest = pt_str_sub(path, data.n, path.n);
    for (size_t i = 0; i < PT_COUNT(folders) && data.n && within(path, data); i++)
        inside |= pt_str_starts(rest, folders[i]) && rest.n > folders[i].n;
    return inside && pt_str_eqz(m->type, "volume");
}

static bool is_system_folder(pt_value v, const mount *m, pt_str path) {
    static const pt_str folders[] = {
        PT_STR("/boot"),
        PT_STR("/dev"),
        PT_STR("/etc"),
        PT_STR("/lib"),
        PT_STR("/lib32"),
        PT_STR("/lib64"),
        PT_STR("/proc"),
        PT_STR("/sys"),
        PT_STR("/usr"),
        PT_STR("/root"),
        PT_STR("/var/lib/docker"),
        PT_STR("/var/lib/containerd"),
        PT_STR("/var/lib/kubelet"),
        PT_STR("/bin"),
        PT_STR("/sbin"),
    };
    pt_str data = pt_text(pt_getz(v, "data"));
    if (is_plain_volume(m, path, data))
        return false;
    for (size_t i = 0; i < PT_COUNT(folders); i++)
        if (overlap(path, folders[i]))
            return true;
    return data.n && overlap(path, data);
}

static const char *odd_folder(pt_value v, const mount *m) {
    bool of_host = pt_str_in_list(m->type, PT_STR("bind|volume"), '|');
    bool known = pt_text(pt_getz(v, "data")).n > 0;
    return of_host && !known ? "where the daemon keeps its data is not known" : NULL;
}

pt_verdict pt_test_no_host_dirs(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return over_all(v, is_system_folder, odd_folder, "a folder of the system", seen);
}

// -- propagation ----------------------------------------------------------------------------------

pt_verdict pt_test_propagation(pt_value v, pt_str want, pt_seen *seen) {
    static const pt_str known = PT_STR("shared|rshared|private|rprivate|slave|rslave|");
    pt_value list = pt_getz(v, "mounts");
    bool odd = false;
    size_t hits = 0;
    (void)want;
    if (pt_tag_of(list) != PT_ARRAY)
        return pt_answer_lacks(seen, "list of mounts");
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value word = pt_getz(pt_at(list, i), "propagation");
        odd |= pt_tag_of(word) != PT_STRING || !pt_str_in_list(pt_text(word), known, '|');
        if (!pt_str_in_list(pt_text(word), PT_STR("shared|rshared"), '|'))
            continue;
        hits++;
        pt_answer_item(seen, mount_at(v, i).source);
        pt_buf_printf(&seen->text, ": %.*s", PT_PRI(pt_text(word)));
    }
    if (!hits && odd)
        return pt_answer_lacks(seen, "known propagation of a mount");
    return hits ? PT_FAIL : PT_PASS;
}
