#include <arpa/inet.h>
#include <string.h>

#include "judge/catalogue/docker_tests.h"
#include "judge/workload/secrets.h"
#include "value/json.h"

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

// Names of CapAdd that are in `set` ("|"-separated); `inside` false: that are not. Their number.
static size_t put_caps(pt_value add, pt_str set, bool inside, pt_seen *seen) {
    size_t n = 0;
    for (size_t i = 0; i < pt_len(add); i++) {
        pt_str name = without_cap(pt_text(pt_at(add, i)));
        if (in_list_nocase(name, set) != inside)
            continue;
        pt_answer_item(seen, name.n ? name : PT_STR("\"\""));
        n++;
    }
    return n;
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
    if (!pt_answer_texts(add))
        return pt_answer_lacks(seen, "list of added capabilities");
    bool takeover = pt_str_eqz(want, "takeover");
    pt_str set = takeover ? PT_STR(CAPS_TAKEOVER) : PT_STR(CAPS_DEFAULT "|" CAPS_TAKEOVER);
    if (put_caps(add, set, takeover, seen))
        return PT_FAIL;
    pt_buf_putz(&seen->text, "none added");
    return PT_PASS;
}

// May it be the name or id of a network that somebody made? One that is called as a mode is but in
// another case may be a mistyped mode.
static bool names_network(pt_str text) {
    static const pt_str modes = PT_STR("host|none|default|bridge|container|private|shareable|ns");
    bool ok = text.n > 0 && !in_list_nocase(text, modes);
    for (size_t i = 0; i < text.n && ok; i++) {
        char c = text.p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        ok = alnum || (i && (c == '_' || c == '.' || c == '-'));
    }
    return ok;
}

// want: the other words of this mode ("|"-separated), "*" among them: a network's name.
pt_verdict pt_test_not_host(pt_value v, pt_str want, pt_seen *seen) {
    if (pt_tag_of(v) != PT_STRING)
        return pt_answer_lacks(seen, "namespace mode");
    pt_str mode = pt_text(v);
    pt_buf_printf(&seen->text, "mode \"%.*s\"", PT_PRI(mode));
    if (pt_str_eqz(mode, "host"))
        return PT_FAIL;
    bool named = pt_str_in_list(PT_STR("*"), want, '|') && names_network(mode);
    bool known = !mode.n || (!pt_str_eqz(mode, "*") && pt_str_in_list(mode, want, '|'));
    // Another container's namespace may be the host's, which this value does not tell, and neither
    // does any other word.
    return named || known ? PT_PASS : PT_NOT_EVALUATED;
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
    if (!pt_answer_list(devices) || !pt_answer_texts(rules))
        return pt_answer_lacks(seen, "list of devices");
    for (size_t i = 0; i < pt_len(devices); i++)
        pt_answer_item(seen, pt_text(pt_getz(pt_at(devices, i), "PathOnHost")));
    for (size_t i = 0; i < pt_len(rules); i++)
        pt_answer_item(seen, pt_text(pt_at(rules, i)));
    if (pt_len(rules) || pt_len(devices))
        return PT_FAIL;
    pt_buf_putz(&seen->text, "none");
    return PT_PASS;
}

// "", "0", "root", and either with a group: uid 0. Another name may be mapped to 0 by the image's
// own passwd, which is not known here.
pt_verdict pt_test_not_root(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_STRING)
        return pt_answer_lacks(seen, "user");
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
    if (pt_str_int(name, 10, &uid) && uid >= 0 && uid <= INT32_MAX)
        return uid == 0 ? PT_FAIL : PT_PASS;
    if (pt_str_eqz(name, "root"))
        return PT_FAIL;
    pt_buf_putz(&seen->text, ": the image says which uid that is");
    return PT_NOT_EVALUATED;
}

// "NAME=VALUE"; "NAME:VALUE" as of old, if there is no "=". False: another option's.
static bool option_value(pt_str option, pt_str name, pt_str *ret) {
    bool equals = pt_str_find(option, '=') < option.n;
    size_t at = pt_str_find(option, equals ? '=' : ':');
    *ret = pt_str_sub(option, at + 1, option.n);
    return at < option.n && pt_str_eq(pt_str_sub(option, 0, at), name);
}

// want "seccomp" or "apparmor": no option switches it off.
pt_verdict pt_test_security_opt(pt_value v, pt_str want, pt_seen *seen) {
    if (!pt_answer_texts(v))
        return pt_answer_lacks(seen, "list of security options");
    bool own = false; // a profile of one's own may allow anything: only a human can say
    size_t off = 0;
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str option = pt_text(pt_at(v, i));
        pt_str profile;
        if (!option_value(option, want, &profile))
            continue;
        own |= pt_str_eqz(want, "seccomp") && !pt_str_eqz(profile, "builtin");
        if (!pt_str_eqz(profile, "unconfined"))
            continue;
        pt_answer_item(seen, option);
        off++;
    }
    if (off)
        return PT_FAIL;
    if (own)
        pt_buf_putz(&seen->text, "a profile of its own, which only a human can judge");
    return own ? PT_NOT_EVALUATED : PT_PASS;
}

// {"options": SecurityOpt, "default": the daemon's}: its own word counts, the last one of them.
pt_verdict pt_test_nnp(pt_value v, pt_str want, pt_seen *seen) {
    static const pt_str name = PT_STR("no-new-privileges");
    (void)want;
    pt_value options = pt_getz(v, "options");
    pt_value by_default = pt_getz(v, "default");
    if (!pt_answer_texts(options))
        return pt_answer_lacks(seen, "list of security options");
    for (size_t i = pt_len(options); i > 0; i--) {
        pt_str option = pt_text(pt_at(options, i - 1));
        pt_str value;
        bool on = pt_str_eq(option, name);
        if (!on && !option_value(option, name, &value))
            continue;
        pt_buf_put(&seen->text, option);
        if (!on && !pt_answer_bool(value, &on)) {
            pt_buf_putz(&seen->text, " is neither true nor false");
            return PT_NOT_EVALUATED;
        }
        return on ? PT_PASS : PT_FAIL;
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

// Every path of `want` ("|"-separated) is on the list, or below one that is.
static size_t put_uncovered(pt_value list, pt_str want, const char *what, pt_seen *seen) {
    size_t n = 0;
    pt_str path;
    while (pt_str_split(&want, '|', &path)) {
        bool covered = false;
        for (size_t i = 0; i < pt_len(list) && !covered; i++) {
            pt_str one = pt_text(pt_at(list, i));
            covered =
                one.n && pt_str_starts(path, one) && (path.n == one.n || path.p[one.n] == '/');
        }
        if (covered)
            continue;
        pt_answer_item(seen, path);
        pt_buf_printf(&seen->text, " is not %s", what);
        n++;
    }
    return n;
}

pt_verdict pt_test_system_paths(pt_value v, pt_str want, pt_seen *seen) {
    static const pt_str masked = PT_STR("/proc/kcore|/proc/keys|/proc/timer_list|/sys/firmware");
    static const pt_str kept = PT_STR("/proc/bus|/proc/fs|/proc/irq|/proc/sys|/proc/sysrq-trigger");
    (void)want;
    pt_value hidden = pt_getz(v, "MaskedPaths");
    pt_value readonly = pt_getz(v, "ReadonlyPaths");
    // null: whatever the engine's default is, which it does not say.
    if (pt_tag_of(hidden) != PT_ARRAY || pt_tag_of(readonly) != PT_ARRAY ||
        !pt_answer_texts(hidden) || !pt_answer_texts(readonly))
        return pt_answer_lacks(seen, "list of masked and read-only paths");
    if (!pt_len(hidden) && !pt_len(readonly)) {
        pt_buf_putz(&seen->text, "no path is masked or read-only (systempaths=unconfined)");
        return PT_FAIL;
    }
    size_t open = put_uncovered(hidden, masked, "masked", seen);
    open += put_uncovered(readonly, kept, "read-only", seen);
    if (open)
        return PT_FAIL;
    pt_buf_putz(&seen->text, "as Docker sets them");
    return PT_PASS;
}

// -- limits and network ---------------------------------------------------------------------------

// 0, -1, null and "" are no limit. False: of a kind that this field never has.
static bool limit_of(pt_str field, pt_value v, bool *ret) {
    int64_t n = 0;
    bool words = pt_str_starts(field, PT_STR("Cpuset"));
    *ret = words ? pt_text(v).n > 0 : pt_to_int(v, &n) && n > 0;
    return pt_tag_of(v) == PT_NULL || (words ? pt_tag_of(v) == PT_STRING : pt_to_int(v, &n));
}

// want "CpuShares|NanoCpus": one of these fields is a limit.
pt_verdict pt_test_limit(pt_value v, pt_str want, pt_seen *seen) {
    pt_str field;
    pt_str fields = want;
    if (pt_tag_of(v) != PT_OBJECT)
        return pt_answer_lacks(seen, "host configuration");
    while (pt_str_split(&fields, '|', &field)) {
        pt_value limit = pt_get(v, field);
        bool set;
        if (!limit_of(field, limit, &set))
            return pt_answer_lacks(seen, "limits");
        if (!set)
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
    if (pt_tag_of(options) != PT_ARRAY || !pt_answer_texts(options))
        return pt_answer_lacks(seen, "list of security options");
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
        return pt_answer_lacks(seen, "version of cgroups");
    pt_buf_printf(&seen->text, "rootless, cgroups v%.*s, driver %.*s", PT_PRI(version),
                  PT_PRI(driver));
    if (!pt_str_in_list(version, PT_STR("1|2"), '|'))
        return PT_NOT_EVALUATED;
    bool hold = pt_str_eqz(version, "2") && !pt_str_eqz(driver, "none");
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
        return pt_answer_lacks(seen, "configuration of logs");
    pt_buf_put(&seen->text, type);
    if (!pt_str_eqz(type, "json-file"))
        return PT_PASS;
    pt_buf_putz(&seen->text, ", ");
    return pt_answer_max_size(pt_getz(config, "max-size"), seen);
}

pt_verdict pt_test_no_bridge(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_OBJECT)
        return pt_answer_lacks(seen, "networks");
    for (size_t i = 0; i < pt_len(v); i++)
        pt_answer_item(seen, pt_text(pt_key_at(v, i)));
    return pt_defined(pt_getz(v, "bridge")) ? PT_FAIL : PT_PASS;
}

typedef struct binding {
    pt_str ip, port;
    bool any;      // every address
    int64_t first; // of the ports; 0: the engine chooses
} binding;

// Is it every address? False: it is no address.
static bool is_any(pt_str ip, bool *ret) {
    static const unsigned char none[12];
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned char b[16];
    char z[64];
    *ret = !ip.n || pt_str_eqz(ip, "*") || pt_str_eqz(ip, "0");
    if (*ret)
        return true;
    if (ip.p[0] == '[' && ip.p[ip.n - 1] == ']')
        ip = pt_str_sub(ip, 1, ip.n - 1);
    ip = pt_str_sub(ip, 0, pt_str_find(ip, '%'));
    if (!ip.n || ip.n >= sizeof z)
        return false;
    memcpy(z, ip.p, ip.n);
    z[ip.n] = '\0';
    if (inet_pton(AF_INET, z, b) == 1) {
        *ret = memcmp(b, none, 4) == 0;
        return true;
    }
    if (inet_pton(AF_INET6, z, b) != 1)
        return false;
    bool wide = memcmp(b, none, 12) == 0 || memcmp(b, mapped, 12) == 0;
    *ret = wide && memcmp(b + 12, none, 4) == 0;
    return true;
}

// "80", "8000-8010", "" and "0": the engine chooses.
static bool port_of(pt_str text, int64_t *ret) {
    pt_str first = pt_str_sub(text, 0, pt_str_find(text, '-'));
    *ret = 0;
    return !text.n || (pt_str_int(first, 10, ret) && *ret >= 0 && *ret <= UINT16_MAX);
}

static const char *binding_of(pt_value v, binding *ret) {
    pt_value ip = pt_getz(v, "HostIp");
    pt_value port = pt_getz(v, "HostPort");
    *ret = (binding){.ip = pt_text(ip), .port = pt_text(port)};
    if (pt_tag_of(port) != PT_STRING || !port_of(ret->port, &ret->first))
        return "number of a published port";
    if (pt_tag_of(ip) != PT_STRING || !is_any(ret->ip, &ret->any))
        return "address of a published port";
    return NULL;
}

static void put_binding(pt_seen *seen, const binding *b) {
    bool bare = pt_str_find(b->ip, ':') < b->ip.n && b->ip.p[0] != '[';
    pt_str port = b->port.n ? b->port : PT_STR("(any)");
    pt_answer_item(seen, (pt_str){0});
    pt_buf_printf(&seen->text, bare ? "[%.*s]:%.*s" : "%.*s:%.*s", PT_PRI(b->ip), PT_PRI(port));
}

// Ports: {"3306/tcp": [{"HostIp": "0.0.0.0", "HostPort": "3306"}], "80/tcp": null}
static pt_verdict ports(pt_value v, bool (*bad)(const binding *b), pt_seen *seen) {
    const char *lacks = NULL;
    size_t hits = 0;
    if (pt_tag_of(v) != PT_OBJECT && pt_tag_of(v) != PT_NULL)
        return pt_answer_lacks(seen, "published ports");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value bindings = pt_val_at(v, i);
        if (!pt_answer_list(bindings))
            lacks = "list of a port's addresses";
        for (size_t k = 0; pt_answer_list(bindings) && k < pt_len(bindings); k++) {
            binding b;
            const char *odd = binding_of(pt_at(bindings, k), &b);
            lacks = odd ? odd : lacks;
            if (odd || !bad(&b))
                continue;
            put_binding(seen, &b);
            hits++;
        }
    }
    if (hits)
        return PT_FAIL;
    if (lacks)
        return pt_answer_lacks(seen, lacks);
    pt_buf_putz(&seen->text, "none");
    return PT_PASS;
}

static bool any_address(const binding *b) {
    return b->any;
}

static bool low_port(const binding *b) {
    return b->first > 0 && b->first < 1024;
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
        return pt_answer_lacks(seen, "restart policy");
    pt_buf_printf(&seen->text, "%.*s", PT_PRI(name.n ? name : PT_STR("no")));
    if (pt_str_eqz(name, "on-failure"))
        pt_buf_printf(&seen->text, ", %lld tries", (long long)tries);
    if (!pt_str_in_list(name, PT_STR("no|on-failure|always|unless-stopped|"), '|'))
        return PT_NOT_EVALUATED;
    bool off = name.n == 0 || pt_str_eqz(name, "no");
    bool bounded = pt_str_eqz(name, "on-failure") && tries >= 1 && tries <= 5;
    return off || bounded ? PT_PASS : PT_FAIL;
}

// Processes: rows of columns; the last column is the command.
pt_verdict pt_test_no_sshd(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value rows = pt_getz(v, "Processes");
    if (pt_tag_of(rows) != PT_ARRAY)
        return pt_answer_lacks(seen, "list of processes");
    for (size_t i = 0; i < pt_len(rows); i++) {
        pt_value row = pt_at(rows, i);
        pt_str command = pt_text(pt_at(row, pt_len(row) - 1));
        pt_str program = {0};
        if (!pt_str_word(&command, &program))
            return pt_answer_lacks(seen, "command of a process");
        while (program.n && program.p[program.n - 1] == ':') // "sshd: /usr/sbin/sshd -D"
            program = pt_str_sub(program, 0, program.n - 1);
        if (pt_str_eqz(program, "sshd") || pt_str_ends(program, PT_STR("/sshd"))) {
            pt_buf_put(&seen->text, program);
            return PT_FAIL;
        }
    }
    if (pt_len(rows) == 1)
        pt_buf_putz(&seen->text, "its one process is no sshd");
    else
        pt_buf_printf(&seen->text, "not among %zu processes", pt_len(rows));
    return PT_PASS;
}

// -- images ---------------------------------------------------------------------------------------

pt_verdict pt_test_healthcheck(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_OBJECT)
        return pt_answer_lacks(seen, "configuration");
    pt_value health = pt_getz(v, "Healthcheck");
    pt_value test = pt_getz(health, "Test");
    bool there = pt_defined(health) && pt_tag_of(health) != PT_NULL;
    if (there && (pt_tag_of(health) != PT_OBJECT || (pt_defined(test) && !pt_answer_texts(test))))
        return pt_answer_lacks(seen, "command of the health check");
    pt_str kind = pt_text(pt_at(test, 0));
    bool none = pt_len(test) == 0 || pt_str_eqz(kind, "NONE");
    if (!none && !pt_str_in_list(kind, PT_STR("CMD|CMD-SHELL"), '|'))
        return pt_answer_lacks(seen, "known kind of health check");
    pt_buf_putz(&seen->text, none ? "no HEALTHCHECK" : "HEALTHCHECK is set");
    return none ? PT_FAIL : PT_PASS;
}

// By name, by the shape of the value, by a password in an address: as in manifests.
pt_verdict pt_test_env_secret(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    size_t hits = 0;
    if (!pt_answer_texts(v))
        return pt_answer_lacks(seen, "environment");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str line = pt_text(pt_at(v, i));
        pt_str name = pt_str_sub(line, 0, pt_str_find(line, '='));
        pt_str value = pt_str_sub(line, name.n + 1, line.n);
        if (!value.n || !pt_is_secret(name, value))
            continue;
        pt_answer_item(seen, PT_STR("ENV "));
        pt_buf_put(&seen->text, name);
        pt_buf_printf(&seen->text, ", %zu characters", value.n);
        hits++;
    }
    if (hits)
        return PT_FAIL;
    pt_buf_putz(&seen->text, "no secret by name, known token or login in an address");
    return PT_PASS;
}
