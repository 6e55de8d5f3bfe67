#include "judge/catalogue/docker_tests.h"
#include "value/json.h"

static pt_verdict wrong(pt_seen *seen, const char *wanted) {
    pt_buf_printf(&seen->text, "the answer holds no %s", wanted);
    return PT_NOT_EVALUATED;
}

static bool is_list(pt_value v) {
    return pt_tag_of(v) == PT_ARRAY || pt_tag_of(v) == PT_NULL; // Go writes an empty list as null
}

// A list of texts, or none: an item of another kind cannot be judged.
static bool texts(pt_value v) {
    for (size_t i = 0; i < pt_len(v); i++)
        if (pt_tag_of(pt_at(v, i)) != PT_STRING)
            return false;
    return is_list(v);
}

static void put_item(pt_seen *seen, pt_str text) {
    if (seen->text.n)
        pt_buf_putz(&seen->text, ", ");
    pt_buf_put(&seen->text, text);
}

// -- mounts ---------------------------------------------------------------------------------------

// Is `path` this folder or below it? "/" holds everything.
static bool within(pt_str path, pt_str folder) {
    if (pt_str_eqz(folder, "/"))
        return path.n > 0 && path.p[0] == '/';
    return pt_str_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/');
}

// Clean "/run/../run//docker.sock" cannot come from an engine, which resolves sources; a trailing
// slash can.
static pt_str source_of(pt_value mount) {
    pt_str s = pt_text(pt_getz(mount, "Source"));
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s = pt_str_sub(s, 0, s.n - 1);
    return s;
}

// A mount that does not say where from, what kind, or how it spreads cannot be judged.
static bool mounts_ok(pt_value v) {
    static const char *const parts[] = {"Source", "Type", "Propagation"};
    for (size_t i = 0; i < pt_len(v); i++)
        for (size_t k = 0; k < PT_COUNT(parts); k++)
            if (pt_tag_of(pt_getz(pt_at(v, i), parts[k])) != PT_STRING)
                return false;
    return is_list(v);
}

static void put_mount(pt_seen *seen, pt_value mount) {
    put_item(seen, source_of(mount));
    pt_buf_putz(&seen->text, pt_true(pt_getz(mount, "RW")) ? " (read-write)" : " (read-only)");
}

// The sockets of the runtimes. A mount of a folder above one reaches it as well.
pt_verdict pt_test_no_socket(pt_value v, pt_str want, pt_seen *seen) {
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
    (void)want;
    if (!mounts_ok(v))
        return wrong(seen, "list of mounts");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value mount = pt_at(v, i);
        pt_str source = source_of(mount);
        bool hit = pt_str_ends(source, PT_STR("/docker.sock")) ||
                   pt_str_ends(source, PT_STR("/containerd.sock")) ||
                   pt_str_ends(source, PT_STR("/podman.sock")) ||
                   pt_str_ends(source, PT_STR("/crio.sock"));
        for (size_t k = 0; k < PT_COUNT(sockets) && !hit; k++)
            hit = source.n && within(sockets[k], source);
        if (hit)
            put_mount(seen, mount);
    }
    if (seen->text.n)
        return PT_FAIL;
    pt_buf_printf(&seen->text, "none of %zu mounts reaches a runtime's socket", pt_len(v));
    return PT_PASS;
}

pt_verdict pt_test_no_host_dirs(pt_value v, pt_str want, pt_seen *seen) {
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
    (void)want;
    if (!mounts_ok(v))
        return wrong(seen, "list of mounts");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value mount = pt_at(v, i);
        pt_str source = source_of(mount);
        // A named volume lies below /var/lib/docker/volumes by nature.
        bool bind = pt_str_eqz(pt_text(pt_getz(mount, "Type")), "bind");
        bool hit = bind && pt_str_eqz(source, "/");
        for (size_t k = 0; bind && k < PT_COUNT(folders) && !hit; k++)
            hit = within(source, folders[k]) || (source.n && within(folders[k], source));
        if (hit)
            put_mount(seen, mount);
    }
    if (seen->text.n)
        return PT_FAIL;
    pt_buf_printf(&seen->text, "none of %zu mounts is a folder of the system", pt_len(v));
    return PT_PASS;
}

pt_verdict pt_test_propagation(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!mounts_ok(v))
        return wrong(seen, "list of mounts");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value mount = pt_at(v, i);
        if (!pt_str_in_list(pt_text(pt_getz(mount, "Propagation")), PT_STR("shared|rshared"), '|'))
            continue;
        put_item(seen, source_of(mount));
        pt_buf_putz(&seen->text, ": ");
        pt_buf_put(&seen->text, pt_text(pt_getz(mount, "Propagation")));
    }
    return seen->text.n ? PT_FAIL : PT_PASS;
}

// -- rights ---------------------------------------------------------------------------------------

// The engine takes capability names in any case, with or without "CAP_".
static pt_str without_cap(pt_str name) {
    bool prefixed = pt_str_eq_nocase(pt_str_sub(name, 0, 4), PT_STR("CAP_"));
    return prefixed ? pt_str_sub(name, 4, name.n) : name;
}

static bool in_list_nocase(pt_str word, pt_str list) {
    pt_str one;
    while (pt_str_split(&list, '|', &one))
        if (pt_str_eq_nocase(one, word))
            return true;
    return false;
}

// Names of CapAdd that are in `set` ("|"-separated); `inside` false: that are not.
static void put_caps(pt_value add, pt_str set, bool inside, pt_seen *seen) {
    for (size_t i = 0; i < pt_len(add); i++) {
        pt_str name = without_cap(pt_text(pt_at(add, i)));
        if (in_list_nocase(name, set) == inside)
            put_item(seen, name);
    }
}

#define CAPS_TAKEOVER                                                                         \
    "ALL|SYS_ADMIN|SYS_MODULE|SYS_RAWIO|SYS_PTRACE|DAC_READ_SEARCH|BPF|PERFMON|SYS_BOOT|NET_" \
    "ADMIN|"                                                                                  \
    "SYSLOG"
#define CAPS_DEFAULT                                                                \
    "CHOWN|DAC_OVERRIDE|FSETID|FOWNER|MKNOD|NET_RAW|SETGID|SETUID|SETFCAP|SETPCAP|" \
    "NET_BIND_SERVICE|SYS_CHROOT|KILL|AUDIT_WRITE"

// want "takeover": added capabilities that reach the host; "other": added ones beyond the runtime's
// default 14 that do not.
pt_verdict pt_test_caps(pt_value v, pt_str want, pt_seen *seen) {
    pt_value add = pt_getz(v, "CapAdd");
    if (!texts(add))
        return wrong(seen, "list of added capabilities");
    if (pt_str_eqz(want, "takeover"))
        put_caps(add, PT_STR(CAPS_TAKEOVER), true, seen);
    else
        put_caps(add, PT_STR(CAPS_DEFAULT "|" CAPS_TAKEOVER), false, seen);
    if (seen->text.n)
        return PT_FAIL;
    pt_buf_putz(&seen->text, "none added");
    return PT_PASS;
}

pt_verdict pt_test_not_host(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_STRING)
        return wrong(seen, "namespace mode");
    pt_buf_printf(&seen->text, "mode \"%.*s\"", PT_PRI(pt_text(v)));
    // Another container's namespace may be the host's, which this value does not tell.
    if (pt_str_starts(pt_text(v), PT_STR("container:")))
        return PT_NOT_EVALUATED;
    return pt_str_eqz(pt_text(v), "host") ? PT_FAIL : PT_PASS;
}

// {"mode": "host", "of": "web"}: followed through other containers.
pt_verdict pt_test_own_space(pt_value v, pt_str want, pt_seen *seen) {
    pt_verdict verdict = pt_test_not_host(pt_getz(v, "mode"), want, seen);
    pt_str of = pt_text(pt_getz(v, "of"));
    if (of.n)
        pt_buf_printf(&seen->text, " of container %.*s", PT_PRI(of));
    return verdict;
}

pt_verdict pt_test_devices(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value devices = pt_getz(v, "Devices");
    pt_value rules = pt_getz(v, "DeviceCgroupRules");
    if (!is_list(devices) || !is_list(rules))
        return wrong(seen, "list of devices");
    for (size_t i = 0; i < pt_len(devices); i++)
        put_item(seen, pt_text(pt_getz(pt_at(devices, i), "PathOnHost")));
    for (size_t i = 0; i < pt_len(rules); i++)
        put_item(seen, pt_text(pt_at(rules, i)));
    if (seen->text.n || pt_len(devices))
        return PT_FAIL;
    pt_buf_putz(&seen->text, "none");
    return PT_PASS;
}

// "", "0", "root", and either with a group: uid 0. Another name may be mapped to 0 by the image's
// own passwd, which is not known here.
pt_verdict pt_test_not_root(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_STRING)
        return wrong(seen, "user");
    pt_str user = pt_text(v);
    pt_buf_printf(&seen->text, "User = \"%.*s\"", PT_PRI(user));
    pt_str name = pt_str_sub(user, 0, pt_str_find(user, ':'));
    if (pt_str_starts(name, PT_STR("+"))) // as Go's Atoi takes it
        name = pt_str_sub(name, 1, name.n);
    int64_t uid;
    if (name.n == 0) {
        pt_buf_putz(&seen->text, " (uid 0)");
        return PT_FAIL;
    }
    if (pt_str_int(name, 10, &uid))
        return uid == 0 ? PT_FAIL : PT_PASS;
    if (pt_str_eqz(name, "root"))
        return PT_FAIL;
    pt_buf_putz(&seen->text, ": the image says which uid that is");
    return PT_NOT_EVALUATED;
}

// want "seccomp" or "apparmor": no option switches it off.
pt_verdict pt_test_security_opt(pt_value v, pt_str want, pt_seen *seen) {
    if (!texts(v))
        return wrong(seen, "list of security options");
    bool own = false; // a profile of one's own may allow anything: only a human can say
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str option = pt_text(pt_at(v, i));
        if (!pt_str_starts(option, want) || option.n <= want.n)
            continue;
        pt_str profile = pt_str_sub(option, want.n + 1, option.n);
        own |= pt_str_starts(profile, PT_STR("{"));
        if (pt_str_eqz(profile, "unconfined"))
            put_item(seen, option);
    }
    if (seen->text.n)
        return PT_FAIL;
    if (own)
        pt_buf_putz(&seen->text, "a profile of its own, which only a human can judge");
    return own ? PT_NOT_EVALUATED : PT_PASS;
}

// {"options": SecurityOpt, "default": the daemon's}: its own word counts, the last one of them.
pt_verdict pt_test_nnp(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value options = pt_getz(v, "options");
    pt_value by_default = pt_getz(v, "default");
    if (!texts(options))
        return wrong(seen, "list of security options");
    for (size_t i = pt_len(options); i > 0; i--) {
        pt_str option = pt_text(pt_at(options, i - 1));
        if (!pt_str_starts(option, PT_STR("no-new-privileges")))
            continue;
        pt_buf_put(&seen->text, option);
        bool off = pt_str_ends(option, PT_STR("=false")) || pt_str_ends(option, PT_STR(":false"));
        return off ? PT_FAIL : PT_PASS;
    }
    if (pt_tag_of(by_default) != PT_BOOL) {
        pt_buf_putz(&seen->text,
                    "not among its security options; the daemon's default is not known");
        return PT_NOT_EVALUATED;
    }
    pt_buf_putz(&seen->text, pt_true(by_default)
                                 ? "the daemon's default"
                                 : "no-new-privileges is not among the security options");
    return pt_true(by_default) ? PT_PASS : PT_FAIL;
}

// -- limits and network ---------------------------------------------------------------------------

// 0, -1, null and "" are no limit.
static bool is_limit(pt_value v) {
    int64_t n = 0;
    return pt_tag_of(v) == PT_STRING ? pt_text(v).n > 0 : pt_to_int(v, &n) && n > 0;
}

// want "CpuShares|NanoCpus": one of these fields is a limit.
pt_verdict pt_test_limit(pt_value v, pt_str want, pt_seen *seen) {
    pt_str field;
    pt_str fields = want;
    if (pt_tag_of(v) != PT_OBJECT)
        return wrong(seen, "host configuration");
    while (pt_str_split(&fields, '|', &field)) {
        pt_value limit = pt_get(v, field);
        if (!pt_defined(limit))
            return wrong(seen, "limits");
        if (!is_limit(limit))
            continue;
        pt_buf_printf(&seen->text, "%.*s = ", PT_PRI(field));
        PT_IGNORE(pt_json_write(&seen->text, limit, NULL, NULL)); // a scalar: it fits
        return PT_PASS;
    }
    pt_str first = pt_str_sub(want, 0, pt_str_find(want, '|'));
    pt_buf_printf(&seen->text, "%.*s = 0", PT_PRI(first));
    return PT_FAIL;
}

// A rootless engine cannot limit anything with cgroups v1, nor without a cgroup driver.
pt_verdict pt_test_limits_hold(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value options = pt_getz(v, "SecurityOptions");
    if (pt_tag_of(options) != PT_ARRAY || !texts(options))
        return wrong(seen, "list of security options");
    bool rootless = false;
    for (size_t i = 0; i < pt_len(options); i++)
        rootless |= pt_str_starts(pt_text(pt_at(options, i)), PT_STR("name=rootless"));
    if (!rootless) {
        pt_buf_putz(&seen->text, "the engine enforces limits");
        return PT_PASS;
    }
    pt_str version = pt_text(pt_getz(v, "CgroupVersion"));
    pt_str driver = pt_text(pt_getz(v, "CgroupDriver"));
    if (!version.n || !driver.n)
        return wrong(seen, "version of cgroups");
    pt_buf_printf(&seen->text, "rootless, cgroups v%.*s, driver %.*s", PT_PRI(version),
                  PT_PRI(driver));
    bool hold = !pt_str_eqz(version, "1") && !pt_str_eqz(driver, "none");
    pt_buf_putz(&seen->text, hold ? ": limits are enforced" : ": no limit is enforced");
    return hold ? PT_PASS : PT_FAIL;
}

// {"Type": "json-file", "Config": {"max-size": "10m"}}: of the drivers only json-file has no end of
// its own on this host.
pt_verdict pt_test_log_config(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_str type = pt_text(pt_getz(v, "Type"));
    pt_value config = pt_getz(v, "Config");
    if (!type.n || (pt_tag_of(config) != PT_OBJECT && pt_tag_of(config) != PT_NULL))
        return wrong(seen, "configuration of logs");
    pt_buf_put(&seen->text, type);
    if (!pt_str_eqz(type, "json-file"))
        return PT_PASS;
    pt_str size = pt_text(pt_getz(config, "max-size"));
    pt_buf_printf(&seen->text, ", max-size = %.*s", PT_PRI(size.n ? size : PT_STR("unset")));
    return size.n && size.p[0] != '-' && !pt_str_eqz(size, "0") ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_no_bridge(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_OBJECT)
        return wrong(seen, "networks");
    for (size_t i = 0; i < pt_len(v); i++)
        put_item(seen, pt_text(pt_key_at(v, i)));
    return pt_defined(pt_getz(v, "bridge")) ? PT_FAIL : PT_PASS;
}

// Ports: {"3306/tcp": [{"HostIp": "0.0.0.0", "HostPort": "3306"}], "80/tcp": null}
static pt_verdict ports(pt_value v, bool (*bad)(pt_str ip, int64_t port), pt_seen *seen) {
    if (pt_tag_of(v) != PT_OBJECT && pt_tag_of(v) != PT_NULL)
        return wrong(seen, "published ports");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value bindings = pt_val_at(v, i);
        for (size_t k = 0; k < pt_len(bindings); k++) {
            pt_str ip = pt_text(pt_getz(pt_at(bindings, k), "HostIp"));
            pt_str text = pt_text(pt_getz(pt_at(bindings, k), "HostPort"));
            int64_t port;
            if (!pt_str_int(text, 10, &port))
                return wrong(seen, "number of a published port");
            if (!bad(ip, port))
                continue;
            bool v6 = pt_str_find(ip, ':') < ip.n;
            put_item(seen, (pt_str){0});
            pt_buf_printf(&seen->text, v6 ? "[%.*s]:%lld" : "%.*s:%lld", PT_PRI(ip),
                          (long long)port);
        }
    }
    if (seen->text.n)
        return PT_FAIL;
    pt_buf_putz(&seen->text, "none");
    return PT_PASS;
}

static bool any_address(pt_str ip, int64_t port) {
    (void)port;
    // "0" and "0:0:0:0:0:0:0:0" are the same addresses, written differently.
    for (size_t i = 0; i < ip.n; i++)
        if (ip.p[i] != '0' && ip.p[i] != '.' && ip.p[i] != ':')
            return false;
    return true;
}

static bool low_port(pt_str ip, int64_t port) {
    (void)ip;
    return port < 1024;
}

pt_verdict pt_test_ports_any(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return ports(v, any_address, seen);
}

pt_verdict pt_test_ports_low(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return ports(v, low_port, seen);
}

pt_verdict pt_test_restart(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_str name = pt_text(pt_getz(v, "Name"));
    int64_t tries = 0;
    if (pt_tag_of(pt_getz(v, "Name")) != PT_STRING ||
        !pt_to_int(pt_getz(v, "MaximumRetryCount"), &tries))
        return wrong(seen, "restart policy");
    pt_buf_printf(&seen->text, "%.*s", PT_PRI(name.n ? name : PT_STR("no")));
    if (pt_str_eqz(name, "on-failure"))
        pt_buf_printf(&seen->text, ", %lld tries", (long long)tries);
    bool off = name.n == 0 || pt_str_eqz(name, "no");
    bool bounded = pt_str_eqz(name, "on-failure") && tries >= 1 && tries <= 5;
    return off || bounded ? PT_PASS : PT_FAIL;
}

// Processes: rows of columns; the last column is the command.
pt_verdict pt_test_no_sshd(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value rows = pt_getz(v, "Processes");
    if (pt_tag_of(rows) != PT_ARRAY)
        return wrong(seen, "list of processes");
    for (size_t i = 0; i < pt_len(rows); i++) {
        pt_value row = pt_at(rows, i);
        pt_str command = pt_text(pt_at(row, pt_len(row) - 1));
        pt_str program = {0};
        if (!pt_str_word(&command, &program))
            return wrong(seen, "command of a process");
        while (program.n && program.p[program.n - 1] == ':') // "sshd: /usr/sbin/sshd -D"
            program = pt_str_sub(program, 0, program.n - 1);
        if (pt_str_eqz(program, "sshd") || pt_str_ends(program, PT_STR("/sshd"))) {
            pt_buf_put(&seen->text, program);
            return PT_FAIL;
        }
    }
    pt_buf_printf(&seen->text, "not among %zu process%s", pt_len(rows),
                  pt_len(rows) == 1 ? "" : "es");
    return PT_PASS;
}

// -- images ---------------------------------------------------------------------------------------

pt_verdict pt_test_healthcheck(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_OBJECT)
        return wrong(seen, "configuration");
    pt_value test = pt_getz(pt_getz(v, "Healthcheck"), "Test");
    bool none = pt_len(test) == 0 || pt_str_eqz(pt_text(pt_at(test, 0)), "NONE");
    pt_buf_putz(&seen->text, none ? "no HEALTHCHECK" : "HEALTHCHECK is set");
    return none ? PT_FAIL : PT_PASS;
}

static bool secret_name(pt_str name) {
    static const pt_str parts[] = {
        PT_STR("PASSWORD"),    PT_STR("PASSWD"),     PT_STR("SECRET"),
        PT_STR("TOKEN"),       PT_STR("API_KEY"),    PT_STR("APIKEY"),
        PT_STR("PRIVATE_KEY"), PT_STR("ACCESS_KEY"), PT_STR("CREDENTIAL")};
    for (size_t i = 0; i < PT_COUNT(parts); i++)
        for (size_t at = 0; at + parts[i].n <= name.n; at++)
            if (pt_str_eq_nocase(pt_str_sub(name, at, at + parts[i].n), parts[i]))
                return true;
    return false;
}

// A name that says secret, with a value of its own. A path ("…_FILE") only says where it lies.
pt_verdict pt_test_env_secret(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!is_list(v))
        return wrong(seen, "environment");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str line = pt_text(pt_at(v, i));
        size_t eq = pt_str_find(line, '=');
        pt_str name = pt_str_sub(line, 0, eq);
        size_t length = eq < line.n ? line.n - eq - 1 : 0;
        if (length == 0 || pt_str_ends(name, PT_STR("_FILE")) || !secret_name(name))
            continue;
        put_item(seen, PT_STR("ENV "));
        pt_buf_put(&seen->text, name);
        pt_buf_printf(&seen->text, ", %zu characters", length);
    }
    if (seen->text.n)
        return PT_FAIL;
    pt_buf_putz(&seen->text, "no variable is named like a secret");
    return PT_PASS;
}
