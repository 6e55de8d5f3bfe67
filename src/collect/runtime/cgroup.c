// Which container a cgroup belongs to: engines write its id into the name of a folder.
//   /docker/ID   /system.slice/docker-ID.scope   /kubepods.slice/…/cri-containerd-ID.scope
//   /kubepods/besteffort/podUID/ID   …slice:cri-containerd:ID   /machine.slice/libpod-ID.scope
//   /machine.slice/libpod-ID.scope/container   /kubepods.slice/…/crio-ID.scope
// crio-conmon-ID and libpod-conmon-ID are the watchers beside a container, on the host.
#include "collect/runtime/state_impl.h"

#define ID_DIGITS 64

static const struct {
    const char *before, *runtime; // what stands before the id, whose that is
} marks[] = {
    {"docker-", "docker"},
    {"cri-containerd-", "containerd"},
    {"cri-containerd:", "containerd"},
    {"crio-", "cri-o"},
    {"crio:", "cri-o"},
    {"libpod-", "podman"},
};

static bool is_id(pt_str s) {
    if (s.n != ID_DIGITS)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return true;
}

// The runtime of a folder that is an id without a word before it: the folder above may say.
static const char *runtime_above(pt_str above) {
    static const struct {
        const char *folder, *runtime;
    } known[] = {{"docker", "docker"}, {"libpod_parent", "podman"}, {"crio", "cri-o"}};
    for (size_t i = 0; i < PT_COUNT(known); i++)
        if (pt_str_eqz(above, known[i].folder))
            return known[i].runtime;
    return "containerd"; // Kubernetes with the cgroupfs driver
}

static bool of_folder(pt_str name, pt_str above, pt_str *ret_id, pt_str *ret_runtime) {
    if (pt_str_ends(name, PT_STR(".scope")))
        name = pt_str_sub(name, 0, name.n - 6);
    if (name.n < ID_DIGITS)
        return false;
    pt_str id = pt_str_sub(name, name.n - ID_DIGITS, name.n);
    pt_str before = pt_str_sub(name, 0, name.n - ID_DIGITS);
    if (!is_id(id))
        return false;
    const char *runtime = before.n ? NULL : runtime_above(above);
    size_t colon = pt_str_rfind(pt_str_sub(before, 0, before.n ? before.n - 1 : 0), ':');
    pt_str word =
        pt_str_ends(before, PT_STR(":")) ? pt_str_sub(before, colon + 1, before.n) : before;
    for (size_t i = 0; i < PT_COUNT(marks) && !runtime; i++)
        if (pt_str_eqz(word, marks[i].before))
            runtime = marks[i].runtime;
    if (!runtime)
        return false;
    *ret_id = id;
    *ret_runtime = pt_str_of(runtime);
    return true;
}

bool pt_cgroup_container(pt_str path, pt_str *ret_full_id, pt_str *ret_runtime) {
    bool found = false;
    pt_str name;
    pt_str above = {0};
    while (pt_str_split(&path, '/', &name)) {
        // The last one: a container inside a container is meant.
        found = of_folder(name, above, ret_full_id, ret_runtime) || found;
        above = name;
    }
    return found;
}

// …/kubepods-besteffort-pod0a1b_…_9f.slice/… and …/pod0a1b-…-9f/…
bool pt_cgroup_pod(pt_str path, char ret_uid[PT_POD_UID + 1]) {
    size_t at;
    for (pt_str rest = path; (at = pt_str_find_str(rest, PT_STR("pod"))) < rest.n;) {
        rest = pt_str_sub(rest, at + 3, rest.n);
        if (rest.n < PT_POD_UID)
            break;
        size_t i = 0;
        for (; i < PT_POD_UID; i++) {
            char c = rest.p[i];
            if (c == '_')
                c = '-';
            bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            if (dash ? c != '-' : !digit)
                break;
            ret_uid[i] = c;
        }
        ret_uid[i] = '\0';
        if (i == PT_POD_UID)
            return true;
    }
    return false;
}
