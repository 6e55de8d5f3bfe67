#include "judge/catalogue/host_tests.h"

#include "base/debversion.h"
#include "judge/engine/engine.h"

static pt_verdict wrong(pt_seen *seen, const char *wanted) {
    pt_buf_printf(&seen->text, "there is no %s", wanted);
    return PT_NOT_EVALUATED;
}

static void put_item(pt_seen *seen, pt_str text) {
    if (seen->text.n)
        pt_buf_putz(&seen->text, ", ");
    pt_buf_put(&seen->text, text);
}

// "|/usr/lib/systemd/systemd-coredump %P" runs a program as root outside of every container; what
// is not below a folder of the system may be a container's file. A relative name drops the file
// into the folder of whoever crashed.
pt_verdict pt_test_core_pattern(pt_value v, pt_str want, pt_seen *seen) {
    static const char *const folders[] = {"/usr/", "/bin/", "/sbin/", "/lib/"};
    (void)want;
    if (pt_tag_of(v) != PT_STRING)
        return wrong(seen, "pattern of core files");
    pt_str pattern = pt_text(v);
    pt_buf_printf(&seen->text, "kernel.core_pattern = %.*s", PT_PRI(pattern));
    if (!pt_str_starts(pattern, PT_STR("|")))
        return pt_str_starts(pattern, PT_STR("/")) ? PT_PASS : PT_FAIL;
    pt_str program = pt_str_trim(pt_str_sub(pattern, 1, pattern.n));
    bool up = pt_str_has(program, PT_STR("/../"));
    for (size_t i = 0; i < PT_COUNT(folders) && !up; i++)
        if (pt_str_starts(program, pt_str_of(folders[i])) &&
            !pt_str_starts(program, PT_STR("/usr/local/")))
            return PT_PASS;
    return PT_FAIL;
}

pt_verdict pt_test_modes(pt_value v, pt_str want, pt_seen *seen) {
    if (pt_tag_of(v) != PT_ARRAY)
        return wrong(seen, "list of files");
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(256);
    pt_verdict all = pt_len(v) ? PT_PASS : PT_NOT_APPLICABLE;
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_seen one = {.text = text};
        pt_buf_clear(&one.text);
        pt_verdict verdict = pt_test_mode(pt_at(v, i), want, &one);
        text = one.text;
        if (verdict < all)
            all = verdict;
        if (verdict == PT_PASS)
            continue;
        put_item(seen, pt_text(pt_getz(pt_at(v, i), "path")));
        pt_buf_putz(&seen->text, ": ");
        pt_buf_put(&seen->text, pt_buf_str(&text));
    }
    if (!seen->text.n)
        pt_buf_printf(&seen->text, "%zu files", pt_len(v));
    return all;
}

static bool has_piece(pt_str name, pt_str pieces) {
    pt_str piece;
    while (pt_str_split(&pieces, '|', &piece))
        if (pt_str_has(name, piece))
            return true;
    return false;
}

pt_verdict pt_test_no_algorithm(pt_value v, pt_str want, pt_seen *seen) {
    if (pt_tag_of(v) != PT_STRING)
        return wrong(seen, "list of algorithms");
    pt_str rest = pt_text(v);
    pt_str name;
    bool removes = pt_str_starts(rest, PT_STR("-"));
    if (pt_str_starts(rest, PT_STR("+")) || pt_str_starts(rest, PT_STR("^")))
        rest = pt_str_sub(rest, 1, rest.n);
    while (!removes && pt_str_split(&rest, ',', &name))
        if (has_piece(name, want))
            put_item(seen, name);
    if (seen->text.n)
        return PT_FAIL;
    pt_buf_putz(&seen->text, pt_text(v).n ? "no weak one is named" : "unset: sshd's own list");
    return PT_PASS;
}

pt_verdict pt_test_no_bits(pt_value v, pt_str want, pt_seen *seen) {
    int64_t is = 0;
    int64_t bits = 0;
    pt_assert(pt_str_int(want, 10, &bits));
    if (!pt_to_int(v, &is))
        return wrong(seen, "set of bits");
    pt_buf_printf(&seen->text, "%.*s = %lld", PT_PRI(seen->name), (long long)is);
    return is & bits ? PT_FAIL : PT_PASS;
}

pt_verdict pt_test_clock(pt_value v, pt_str want, pt_seen *seen) {
    int64_t error = 0;
    int64_t bound = 0;
    pt_value synchronised = pt_getz(v, "synchronised");
    pt_assert(pt_str_int(want, 10, &bound));
    if (pt_tag_of(synchronised) != PT_BOOL || !pt_to_int(pt_getz(v, "error_us"), &error))
        return wrong(seen, "state of a clock");
    if (!pt_true(synchronised)) { // its error grows by the second: evidence would never be the same
        pt_buf_putz(&seen->text, "not synchronised");
        return PT_FAIL;
    }
    pt_buf_putz(&seen->text, "synchronised, error at most ");
    if (error < 1000000)
        pt_buf_printf(&seen->text, "%lld ms", (long long)((error + 999) / 1000));
    else
        pt_buf_printf(&seen->text, "%lld.%lld s", (long long)(error / 1000000),
                      (long long)(error / 100000 % 10));
    return error < bound ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_free(pt_value v, pt_str want, pt_seen *seen) {
    int64_t blocks = 0;
    int64_t inodes = 100;
    int64_t bound = 0;
    pt_value counted = pt_getz(v, "inodes");
    pt_assert(pt_str_int(want, 10, &bound));
    if (!pt_to_int(pt_getz(v, "free"), &blocks) ||
        (pt_defined(counted) && !pt_to_int(counted, &inodes)))
        return wrong(seen, "size of a file system");
    pt_buf_printf(&seen->text, "%.*s: %lld %% of the space", PT_PRI(pt_text(pt_getz(v, "path"))),
                  (long long)blocks);
    if (pt_defined(counted))
        pt_buf_printf(&seen->text, ", %lld %% of the inodes", (long long)inodes);
    pt_buf_putz(&seen->text, " are free");
    return blocks >= bound && inodes >= bound ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_first_word(pt_value v, pt_str want, pt_seen *seen) {
    pt_str rest = pt_text(v);
    pt_str first;
    pt_str one;
    if (!pt_str_word(&rest, &first))
        return wrong(seen, "word");
    if (seen->name.n)
        pt_buf_printf(&seen->text, "%.*s = ", PT_PRI(seen->name));
    pt_buf_put(&seen->text, pt_text(v));
    while (pt_str_split(&want, '|', &one))
        if (pt_str_eq_nocase(one, first))
            return PT_PASS;
    return PT_FAIL;
}

enum {
    FEW = 5
};

pt_verdict pt_test_few(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    size_t n = pt_len(v);
    if (pt_tag_of(v) != PT_ARRAY)
        return wrong(seen, "list");
    for (size_t i = 0; i < n && i < FEW; i++)
        put_item(seen, pt_text(pt_at(v, i)));
    if (n > FEW)
        pt_buf_printf(&seen->text, " and %zu more", n - FEW);
    if (!n)
        pt_buf_putz(&seen->text, "none");
    return n ? PT_FAIL : PT_PASS;
}

static pt_verdict of_length(pt_value v, size_t n, pt_seen *seen) {
    if (pt_tag_of(v) != PT_ARRAY)
        return wrong(seen, "list");
    for (size_t i = 0; i < pt_len(v); i++)
        put_item(seen, pt_text(pt_at(v, i)));
    if (!seen->text.n)
        pt_buf_putz(&seen->text, "none");
    return pt_len(v) == n ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_none(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return of_length(v, 0, seen);
}

pt_verdict pt_test_single(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return of_length(v, 1, seen);
}

pt_verdict pt_test_runs(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_ARRAY)
        return wrong(seen, "list");
    for (size_t i = 0; i < pt_len(v); i++)
        put_item(seen, pt_text(pt_at(v, i)));
    if (pt_len(v))
        pt_buf_putz(&seen->text, " runs");
    else
        pt_buf_printf(&seen->text, "nothing called %.*s runs", PT_PRI(seen->name));
    return pt_len(v) ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_published_guarded(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value ports = pt_getz(v, "published");
    pt_str guard = pt_text(pt_getz(v, "guard"));
    if (pt_tag_of(ports) != PT_ARRAY)
        return wrong(seen, "packet filter");
    if (!pt_len(ports)) {
        pt_buf_putz(&seen->text, "no port is published to other machines");
        return PT_NOT_APPLICABLE;
    }
    for (size_t i = 0; i < pt_len(ports); i++)
        put_item(seen, pt_text(pt_at(ports, i)));
    if (guard.n)
        pt_buf_printf(&seen->text, " behind %.*s", PT_PRI(guard));
    else
        pt_buf_putz(&seen->text, ": no rule before Docker's");
    return guard.n ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_no_updates(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    int64_t days = 0;
    pt_value pending = pt_getz(v, "pending");
    pt_str oldest = pt_text(pt_getz(v, "oldest_list"));
    if (pt_tag_of(pending) != PT_ARRAY || !pt_to_int(pt_getz(v, "lists_age_days"), &days))
        return wrong(seen, "list of updates");
    if (pt_len(pending))
        pt_buf_printf(&seen->text, "%zu: ", pt_len(pending));
    PT_AUTO(pt_buf_done) pt_buf few = PT_BUF(400);
    pt_seen names = {.text = few};
    pt_verdict verdict = pt_test_few(pending, want, &names);
    few = names.text;
    pt_buf_put(&seen->text, pt_buf_str(&few));
    if (!pt_len(pending)) // where updates wait, only they are evidence: a day more is no news
        pt_buf_printf(&seen->text, " (lists of %.*s, asked %lld days ago)", PT_PRI(oldest),
                      (long long)days);
    return verdict;
}

pt_verdict pt_test_newest(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_str running = pt_text(pt_getz(v, "running"));
    pt_str newest = pt_text(pt_getz(v, "newest"));
    if (!running.n || !newest.n)
        return wrong(seen, "release of a kernel");
    bool older = pt_debversion_cmp(running, newest) < 0;
    pt_buf_printf(&seen->text, "%.*s runs", PT_PRI(running));
    if (older)
        pt_buf_printf(&seen->text, ", %.*s is installed", PT_PRI(newest));
    return older ? PT_FAIL : PT_PASS;
}
