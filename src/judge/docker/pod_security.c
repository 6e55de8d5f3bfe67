// The security contexts of the pod.
#include "judge/docker/pod.h"
#include "judge/docker/security.h"

static bool is_privileged(const pt_docker_podding *p) {
    return pt_true(pt_docker_pod_hc(p, "Privileged"));
}

// A profile: of the runtime, none, or one of the host by name.
static pt_value profile(pt_arena *a, pt_str name, pt_str usual, bool unconfined) {
    pt_obj o = {.a = a};
    unconfined |= pt_str_eqz(name, "unconfined");
    bool local = !unconfined && name.n && !pt_str_eq(name, usual);
    pt_obj_set(&o, "type",
               pt_stringz(unconfined ? "Unconfined"
                          : local    ? "Localhost"
                                     : "RuntimeDefault"));
    if (local)
        pt_obj_set(&o, "localhostProfile",
                   pt_string(pt_str_starts(name, PT_STR("{")) ? PT_STR("inline") : name));
    return pt_obj_end(&o);
}

static pt_value selinux(pt_arena *a, const pt_docker_security *s) {
    const struct {
        const char *name;
        pt_str text;
    } parts[] = {
        {"type", s->label_disable ? PT_STR("spc_t") : s->label_type},
        {"user", s->label_user},
        {"role", s->label_role},
        {"level", s->label_level},
    };
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(parts); i++)
        if (parts[i].text.n)
            pt_obj_set(&o, parts[i].name, pt_string(parts[i].text));
    return pt_docker_some(pt_obj_end(&o));
}

static pt_value capability_names(pt_arena *a, pt_value list) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(list); i++)
        pt_list_add(&l, pt_string(pt_docker_capability(a, pt_text(pt_at(list, i)))));
    return pt_docker_some(pt_list_end(&l));
}

static pt_value capabilities(const pt_docker_podding *p) {
    pt_obj o = {.a = p->a};
    pt_obj_maybe(&o, "add", capability_names(p->a, pt_docker_pod_hc(p, "CapAdd")));
    pt_obj_maybe(&o, "drop", capability_names(p->a, pt_docker_pod_hc(p, "CapDrop")));
    return pt_docker_some(pt_obj_end(&o));
}

static bool escalates(const pt_docker_podding *p, const pt_docker_security *s) {
    bool off = pt_true(pt_getz(p->daemon.value, "no_new_privileges"));
    if (s->no_new_privileges != PT_DOCKER_UNSET)
        off = s->no_new_privileges == PT_DOCKER_ON;
    return !off || is_privileged(p);
}

static bool shows_system_paths(const pt_docker_podding *p) {
    return is_privileged(p) || pt_docker_unprotected(pt_docker_pod_hc(p, "MaskedPaths"), true).n ||
           pt_docker_unprotected(pt_docker_pod_hc(p, "ReadonlyPaths"), false).n;
}

// The user by number: the request's, else the image's. Whose number a name is only the image knows.
static void set_user(pt_docker_podding *p, pt_obj *o) {
    pt_str user = pt_text(pt_getz(p->c->config, "User"));
    bool asks = !user.n && !p->c->name.n; // what was made before has the image's in its own
    if (asks && p->image.state == PT_UNKNOWN)
        pt_docker_pod_unknown(p, PT_STR("the image's user"), p->image);
    if (asks && p->image.state != PT_KNOWN)
        return;
    if (asks)
        user = pt_text(pt_path_get(p->image.value, "config.User"));
    size_t colon = pt_str_find(user, ':');
    pt_str name = pt_str_sub(user, 0, colon);
    int64_t uid = 0;
    int64_t gid = 0;
    bool number = !name.n || pt_str_eqz(name, "root") || pt_docker_user_number(name, &uid);
    if (!number)
        pt_docker_pod_unknown(p, PT_STR("the user's number"),
                              pt_fact_unknown(PT_STR("it is given by name"), (pt_str){0}));
    if (number)
        pt_obj_set(o, "runAsUser", pt_int(uid));
    if (number && uid > 0)
        pt_obj_set(o, "runAsNonRoot", pt_bool(true));
    if (pt_docker_user_number(pt_str_sub(user, colon + 1, user.n), &gid))
        pt_obj_set(o, "runAsGroup", pt_int(gid));
}

pt_value pt_docker_pod_container_security(pt_docker_podding *p) {
    pt_docker_security s = pt_docker_security_of(pt_docker_pod_hc(p, "SecurityOpt"));
    pt_str seccomp = s.seccomp.n ? s.seccomp : pt_text(pt_getz(p->daemon.value, "seccomp_profile"));
    bool privileged = is_privileged(p);
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "privileged", pt_bool(privileged));
    pt_obj_set(&o, "allowPrivilegeEscalation", pt_bool(escalates(p, &s)));
    pt_obj_set(&o, "readOnlyRootFilesystem",
               pt_bool(pt_true(pt_docker_pod_hc(p, "ReadonlyRootfs"))));
    pt_obj_set(&o, "procMount", pt_stringz(shows_system_paths(p) ? "Unmasked" : "Default"));
    pt_obj_set(&o, "seccompProfile",
               profile(p->a,
                       s.seccomp.n || pt_str_eqz(seccomp, "unconfined") ? seccomp : (pt_str){0},
                       PT_STR("builtin"), privileged));
    pt_obj_set(&o, "appArmorProfile",
               profile(p->a, s.apparmor, PT_STR("docker-default"), privileged));
    pt_obj_maybe(&o, "seLinuxOptions", selinux(p->a, &s));
    pt_obj_maybe(&o, "capabilities", capabilities(p));
    set_user(p, &o);
    return pt_obj_end(&o);
}

// -- of the pod -----------------------------------------------------------------------------------

static pt_value groups(const pt_docker_podding *p) {
    pt_value names = pt_docker_pod_hc(p, "GroupAdd");
    pt_list l = {.a = p->a};
    for (size_t i = 0; i < pt_len(names); i++) {
        int64_t gid;
        if (pt_str_int(pt_text(pt_at(names, i)), 10, &gid))
            pt_list_add(&l, pt_int(gid));
    }
    return pt_docker_some(pt_list_end(&l));
}

static pt_value sysctls(const pt_docker_podding *p) {
    pt_value all = pt_docker_pod_hc(p, "Sysctls");
    pt_list l = {.a = p->a};
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_obj o = {.a = p->a};
        pt_obj_set(&o, "name", pt_key_at(all, i));
        pt_obj_set(&o, "value", pt_val_at(all, i));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_docker_some(pt_list_end(&l));
}

pt_value pt_docker_pod_security(pt_docker_podding *p) {
    pt_obj o = {.a = p->a};
    pt_obj_maybe(&o, "supplementalGroups", groups(p));
    pt_obj_maybe(&o, "sysctls", sysctls(p));
    return pt_obj_end(&o);
}
