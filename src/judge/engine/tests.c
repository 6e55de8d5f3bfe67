// The tests that rows are made of. Each sees a value, says what it saw, and gives "not evaluated"
// for a value of a kind that it cannot judge: a broken answer is no pass.
#include "judge/engine/engine.h"
#include "value/json.h"

static pt_verdict wrong_kind(pt_value v, const char *wanted, pt_seen *seen) {
    pt_buf_printf(&seen->text, "a %s where %s is expected", pt_tag_name(pt_tag_of(v)), wanted);
    return PT_NOT_EVALUATED;
}

static void show_plain(pt_value v, pt_seen *seen) {
    if (pt_tag_of(v) == PT_STRING && pt_text(v).n)
        pt_buf_put(&seen->text, pt_text(v));
    else
        PT_IGNORE(pt_json_write(&seen->text, v, NULL, NULL)); // cut evidence is still evidence
}

static bool texts(pt_value v) {
    for (size_t i = 0; i < pt_len(v); i++)
        if (pt_tag_of(pt_at(v, i)) != PT_STRING)
            return false;
    return pt_tag_of(v) == PT_ARRAY;
}

// "Privileged = true"; a list of words as "a, b" or "none"; everything else as JSON.
static void show(pt_value v, pt_seen *seen) {
    if (seen->name.n) {
        pt_buf_put(&seen->text, seen->name);
        pt_buf_putz(&seen->text, " = ");
    }
    if (!texts(v)) {
        show_plain(v, seen);
        return;
    }
    if (!pt_len(v))
        pt_buf_putz(&seen->text, "none");
    for (size_t i = 0; i < pt_len(v); i++) {
        if (i)
            pt_buf_putz(&seen->text, ", ");
        show_plain(pt_at(v, i), seen);
    }
}

static pt_verdict boolean(pt_value v, bool want, pt_seen *seen) {
    if (pt_tag_of(v) != PT_BOOL)
        return wrong_kind(v, "true or false", seen);
    show(v, seen);
    return pt_true(v) == want ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_true(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return boolean(v, true, seen);
}

pt_verdict pt_test_false(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return boolean(v, false, seen);
}

// Is the scalar one of "a|b|c"? Numbers compare by their text.
static bool listed(pt_value v, pt_str list) {
    char room[PT_NUMBER_ROOM];
    pt_str text = pt_tag_of(v) == PT_NUMBER ? pt_number_text(v, room) : pt_text(v);
    return pt_str_in_list(text, list, '|');
}

static pt_verdict one_of(pt_value v, pt_str want, bool wanted, pt_seen *seen) {
    if (pt_tag_of(v) != PT_STRING && pt_tag_of(v) != PT_NUMBER)
        return wrong_kind(v, "a word or a number", seen);
    show(v, seen);
    return listed(v, want) == wanted ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_one_of(pt_value v, pt_str want, pt_seen *seen) {
    return one_of(v, want, true, seen);
}

pt_verdict pt_test_each_one_of(pt_value v, pt_str want, pt_seen *seen) {
    if (!texts(v))
        return wrong_kind(v, "a list of words", seen);
    show(v, seen);
    for (size_t i = 0; i < pt_len(v); i++)
        if (!listed(pt_at(v, i), want)) {
            pt_buf_putz(&seen->text, " for some connections");
            return PT_NOT_EVALUATED;
        }
    return PT_PASS;
}

pt_verdict pt_test_none_of(pt_value v, pt_str want, pt_seen *seen) {
    return one_of(v, want, false, seen);
}

static pt_verdict compare(pt_value v, pt_str want, int sign, pt_seen *seen) {
    int64_t is = 0;
    int64_t bound = 0;
    pt_assert(pt_str_int(want, 10, &bound));
    if (!pt_to_int(v, &is))
        return wrong_kind(v, "an integer", seen);
    show(v, seen);
    return (sign > 0 ? is >= bound : is <= bound) ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_at_least(pt_value v, pt_str want, pt_seen *seen) {
    return compare(v, want, 1, seen);
}

pt_verdict pt_test_at_most(pt_value v, pt_str want, pt_seen *seen) {
    return compare(v, want, -1, seen);
}

static pt_verdict holds(pt_value v, pt_str want, bool wanted, pt_seen *seen) {
    if (pt_tag_of(v) != PT_ARRAY && pt_tag_of(v) != PT_SET)
        return wrong_kind(v, "a list", seen);
    for (size_t i = 0; i < pt_len(v); i++)
        if (listed(pt_at(v, i), want)) {
            show(pt_at(v, i), seen);
            return wanted ? PT_PASS : PT_FAIL;
        }
    show(v, seen);
    return wanted ? PT_FAIL : PT_PASS;
}

pt_verdict pt_test_has(pt_value v, pt_str want, pt_seen *seen) {
    return holds(v, want, true, seen);
}

pt_verdict pt_test_lacks(pt_value v, pt_str want, pt_seen *seen) {
    return holds(v, want, false, seen);
}

static pt_verdict emptiness(pt_value v, bool wanted, pt_seen *seen) {
    bool scalar = pt_tag_of(v) == PT_NUMBER || pt_tag_of(v) == PT_BOOL;
    if (scalar)
        return wrong_kind(v, "a list or a text", seen);
    bool empty = pt_len(v) == 0 && pt_text(v).n == 0;
    show(v, seen);
    return empty == wanted ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_empty(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return emptiness(v, true, seen);
}

pt_verdict pt_test_not_empty(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    return emptiness(v, false, seen);
}

// Is `id` the wanted number, or is any allowed?
static bool owner_ok(int64_t id, pt_str want) {
    int64_t n;
    return want.n == 0 || pt_str_eqz(want, "*") || (pt_str_int(want, 10, &n) && n == id);
}

// A folder above the file in which it can be replaced: then its own mode protects nothing.
static bool show_above(pt_value above, pt_seen *seen) {
    int64_t mode = 0;
    int64_t uid = 0;
    if (!pt_defined(above))
        return false;
    PT_IGNORE(pt_to_int(pt_getz(above, "mode"), &mode));
    PT_IGNORE(pt_to_int(pt_getz(above, "uid"), &uid));
    pt_buf_printf(&seen->text, ", in %.*s (mode %04o, owner %lld)",
                  PT_PRI(pt_text(pt_getz(above, "path"))), (unsigned)mode, (long long)uid);
    return true;
}

pt_verdict pt_test_mode(pt_value v, pt_str want, pt_seen *seen) {
    int64_t mode;
    int64_t uid;
    int64_t gid;
    if (!pt_to_int(pt_getz(v, "mode"), &mode) || !pt_to_int(pt_getz(v, "uid"), &uid) ||
        !pt_to_int(pt_getz(v, "gid"), &gid))
        return wrong_kind(v, "a file's mode and owner", seen);
    pt_str bits = {0};
    pt_str user = {0};
    int64_t allowed = 0;
    pt_assert(pt_str_word(&want, &bits) && pt_str_int(bits, 8, &allowed));
    pt_str group = pt_str_trim(want);
    if (group.n)
        pt_assert(pt_str_split(&group, ':', &user));
    pt_buf_printf(&seen->text, "mode %04o, owner %lld:%lld", (unsigned)mode, (long long)uid,
                  (long long)gid);
    bool acl = pt_true(pt_getz(v, "acl"));
    if (acl)
        pt_buf_putz(&seen->text, ", widened by an ACL");
    bool replaceable = show_above(pt_getz(v, "above"), seen);
    bool ok = (mode & ~allowed & 07777) == 0 && owner_ok(uid, user) && owner_ok(gid, group) && !acl;
    return ok && !replaceable ? PT_PASS : PT_FAIL;
}

static bool is_loopback(pt_str address) {
    return pt_str_starts(address, PT_STR("127.")) || pt_str_eqz(address, "[::1]") ||
           pt_str_starts(address, PT_STR("[::ffff:127."));
}

pt_verdict pt_test_not_reachable(pt_value v, pt_str want, pt_seen *seen) {
    if (pt_tag_of(v) != PT_ARRAY)
        return wrong_kind(v, "a list", seen);
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str line = pt_text(pt_at(v, i));
        pt_str socket = pt_str_sub(line, 0, pt_str_find(line, ' ')); // behind it: its owner
        size_t colon = pt_str_rfind(socket, ':');
        pt_str port = pt_str_sub(socket, colon + 1, socket.n);
        if (!pt_str_in_list(port, want, '|') || is_loopback(pt_str_sub(socket, 0, colon)))
            continue;
        if (seen->text.n)
            pt_buf_putz(&seen->text, ", ");
        pt_buf_put(&seen->text, line);
    }
    if (seen->text.n)
        return PT_FAIL;
    if (pt_len(v))
        pt_buf_printf(&seen->text, "%zu on loopback only", pt_len(v));
    else
        pt_buf_putz(&seen->text, "nothing listens there");
    return PT_PASS;
}

pt_verdict pt_test_absent(pt_value v, pt_str want, pt_seen *seen) {
    (void)want, (void)v;
    pt_buf_putz(&seen->text, "it is there");
    return PT_FAIL;
}
