// Security updates that wait: what dpkg has installed against the lists that apt fetched of the
// distribution's security suites. The lists say what was known when apt update last ran.
#include <stdlib.h>
#include <string.h>

#include "base/debversion.h"
#include "collect/host/provider.h"

#define DPKG_STATUS "/var/lib/dpkg/status"
#define APT_LISTS   "/var/lib/apt/lists"

enum {
    LIST_BYTES_MAX = 128 << 20,
    FRESH_DAYS = 7,
    DAY_SECONDS = 86400,
};

// A paragraph of dpkg's file, or of a list.
typedef struct package {
    pt_str name, arch, version;
    pt_str newest; // of the security suites; empty: none
    bool installed;
} package;

typedef struct search {
    const pt_host_ask *q;
    PT_VEC(package) installed;
    size_t lists;      // that were read
    int64_t oldest;    // of those, by their dates, which are the server's
    int64_t refreshed; // when apt last looked, in seconds
    pt_fact unread;    // unknown: a list that could not be read
    bool skipped;
    pt_fact undated; // has a reason: why a date could not be read
} search;

static bool field(pt_str line, const char *key, pt_str *ret) {
    pt_str k = pt_str_of(key);
    if (!pt_str_starts(line, k))
        return false;
    *ret = pt_str_trim(pt_str_sub(line, k.n, line.n));
    return true;
}

// The next paragraph with a name; false at the end.
static bool next_package(pt_str *rest, package *ret) {
    pt_str line;
    pt_str status;
    *ret = (package){0};
    while (pt_str_split(rest, '\n', &line)) {
        if (!line.n && ret->name.n)
            return true;
        if (!line.n || !strchr("PASV", line.p[0]))
            continue;
        if (field(line, "Status:", &status))
            ret->installed = pt_str_ends(status, PT_STR(" installed"));
        else if (!field(line, "Package:", &ret->name) && !field(line, "Version:", &ret->version))
            (void)field(line, "Architecture:", &ret->arch);
    }
    return ret->name.n > 0;
}

static int by_name(const void *a, const void *b) {
    return pt_str_cmp(((const package *)a)->name, ((const package *)b)->name);
}

static pt_fact read_installed(search *s) {
    pt_fact f = pt_host_text(s->q, DPKG_STATUS, NULL);
    pt_str rest = pt_text(f.value);
    package one;
    while (f.state == PT_KNOWN && next_package(&rest, &one)) {
        if (!one.installed)
            continue;
        package *slot = PT_PUSH(s->q->a, &s->installed);
        if (!slot)
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        *slot = one;
    }
    if (s->installed.n)
        qsort(s->installed.v, s->installed.n, sizeof *s->installed.v, by_name);
    return f;
}

// The first installed package of that name: there may be one for each architecture.
static size_t lower_bound(const search *s, pt_str name) {
    size_t low = 0;
    size_t high = s->installed.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pt_str_cmp(s->installed.v[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void offer(search *s, const package *p) {
    for (size_t i = lower_bound(s, p->name); i < s->installed.n; i++) {
        package *have = &s->installed.v[i];
        if (!pt_str_eq(have->name, p->name))
            return;
        bool same = pt_str_eq(have->arch, p->arch) || pt_str_eqz(have->arch, "all") ||
                    pt_str_eqz(p->arch, "all");
        pt_str best = have->newest.n ? have->newest : have->version;
        if (same && pt_debversion_cmp(best, p->version) < 0)
            have->newest = p->version;
    }
}

// -- lists ----------------------------------------------------------------------------------------

// "mirror.example_debian-security_dists_bookworm-security_main_binary-amd64_Packages"
static bool is_of_security(pt_str name) {
    return pt_str_has(name, PT_STR("-security_")) && pt_str_has(name, PT_STR("_Packages"));
}

static void skip(search *s, pt_fact why) {
    if (!s->skipped)
        s->unread = why;
    s->skipped = true;
}

// When it was changed; 0: it is not there, or that cannot be told.
static int64_t changed(search *s, const char *path) {
    int64_t t = 0;
    pt_fact f = pt_world_stat(s->q->w, s->q->a, path, APT_LISTS);
    if (f.state == PT_UNKNOWN)
        s->undated = f;
    return f.state == PT_KNOWN && pt_to_int(pt_getz(f.value, "mtime"), &t) ? t : 0;
}

// Unchanged lists keep the server's dates, so these alone do not tell when apt last asked.
static void find_refreshed(search *s) {
    static const char *const touched[] = {
        APT_LISTS,
        APT_LISTS "/partial",
        "/var/lib/apt/periodic/update-success-stamp",
    };
    for (size_t i = 0; i < PT_COUNT(touched); i++) {
        int64_t t = changed(s, touched[i]);
        if (t > s->refreshed)
            s->refreshed = t;
    }
}

static void read_list(search *s, pt_str name) {
    pt_str path = pt_arena_printf(s->q->a, APT_LISTS "/%.*s", PT_PRI(name));
    if (!path.p) {
        skip(s, pt_fact_unknown(PT_STR("out of memory"), (pt_str){0}));
        return;
    }
    if (!pt_str_ends(name, PT_STR("_Packages"))) {
        skip(s, pt_fact_unknown(
                    pt_arena_printf(s->q->a, "%.*s is compressed, which is not read", PT_PRI(path)),
                    PT_STR("set Acquire::GzipIndexes \"false\" in /etc/apt/apt.conf.d, then "
                           "apt-get update")));
        return;
    }
    pt_fact f = pt_world_read(s->q->w, s->q->a, path.p, path.p, LIST_BYTES_MAX);
    if (f.state != PT_KNOWN) {
        skip(s, f);
        return;
    }
    pt_str rest = pt_text(f.value);
    package one;
    while (next_package(&rest, &one))
        offer(s, &one);
    int64_t t = changed(s, path.p);
    if (!s->lists || t < s->oldest)
        s->oldest = t;
    s->lists++;
}

static pt_fact read_lists(search *s) {
    pt_fact names = pt_world_list(s->q->w, s->q->a, APT_LISTS, NULL);
    for (size_t i = 0; i < pt_len(names.value); i++)
        if (is_of_security(pt_text(pt_at(names.value, i))))
            read_list(s, pt_text(pt_at(names.value, i)));
    find_refreshed(s);
    return names;
}

// -- all of it ------------------------------------------------------------------------------------

static pt_value waiting(const search *s) {
    pt_list l = {.a = s->q->a};
    for (size_t i = 0; i < s->installed.n; i++) {
        const package *p = &s->installed.v[i];
        if (p->newest.n)
            pt_list_add(&l, pt_string(pt_arena_printf(s->q->a, "%.*s %.*s -> %.*s", PT_PRI(p->name),
                                                      PT_PRI(p->version), PT_PRI(p->newest))));
    }
    return pt_list_end(&l);
}

static pt_fact unknown_age(const search *s, int64_t days) {
    return pt_fact_unknown(
        pt_arena_printf(s->q->a, "apt update was not run for %lld days", (long long)days),
        PT_STR("run apt-get update, and let it run daily (apt-daily.timer)"));
}

// What was found waits, however old the lists are; finding nothing is good only if all were read,
// and lately.
static pt_fact conclude(const search *s) {
    int64_t now = s->q->w->now(s->q->w) / PT_SECOND_NS;
    int64_t days = now > s->refreshed ? (now - s->refreshed) / DAY_SECONDS : 0;
    pt_value pending = waiting(s);
    char date[PT_RFC3339_BYTES];
    pt_str oldest = pt_time_rfc3339(s->oldest * PT_SECOND_NS, date);
    bool none = pt_defined(pending) && !pt_len(pending);
    if (none && s->skipped)
        return s->unread;
    if (none && !s->lists)
        return pt_fact_unknown(PT_STR("apt has no list of a security suite"),
                               PT_STR("add the distribution's security suite to "
                                      "/etc/apt/sources.list.d, then apt-get update"));
    if (none && days > FRESH_DAYS)
        return unknown_age(s, days);
    pt_obj o = {.a = s->q->a};
    pt_obj_set(&o, "pending", pending);
    pt_obj_set(&o, "lists_age_days", pt_int(days));
    pt_obj_set(&o, "oldest_list", pt_string(pt_arena_str(s->q->a, pt_str_sub(oldest, 0, 10))));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, PT_STR(APT_LISTS))
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

// pending-updates: {"pending": ["openssl 3.0.11-1 -> 3.0.15-1~deb12u1"], "lists_age_days": 0,
// "oldest_list": "2026-11-20"}. Absent: neither apt nor dnf.
pt_fact pt_host_pending(const pt_host_ask *q) {
    search s = {.q = q};
    pt_fact status = read_installed(&s);
    if (status.state == PT_UNKNOWN)
        return status;
    if (status.state == PT_ABSENT) {
        pt_fact dnf = pt_world_stat(q->w, q->a, "/etc/dnf", NULL);
        return dnf.state != PT_KNOWN
                   ? dnf
                   : pt_fact_unknown(PT_STR("what dnf would update is not read here"),
                                     PT_STR("ask dnf: dnf updateinfo list --security"));
    }
    pt_fact lists = read_lists(&s);
    if (lists.state == PT_UNKNOWN || s.undated.reason.n)
        return lists.state == PT_UNKNOWN ? lists : s.undated;
    return conclude(&s);
}
