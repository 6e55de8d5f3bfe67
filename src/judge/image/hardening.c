#include "judge/catalogue/catalogue.h"
#include "judge/image/hardening_impl.h"

enum {
    SHOWN_MAX = 3, // of one group
    SHOWN_BYTES_MAX = 160,
    TEXT_BYTES_MAX = 1200,
    ROWS_MAX = 48,
};

// -- groups ---------------------------------------------------------------------------------------

void pt_group_init(pt_group *g, const char *id) {
    *g = (pt_group){.id = id, .text = PT_BUF(TEXT_BYTES_MAX), .where = PT_BUF(TEXT_BYTES_MAX)};
}

// The beginning of what may be long.
static void put_short(pt_buf *b, pt_str s) {
    pt_buf_put_safe(b, pt_str_sub(s, 0, SHOWN_BYTES_MAX));
    if (s.n > SHOWN_BYTES_MAX)
        pt_buf_putz(b, "...");
}

void pt_group_fail(pt_group *g, pt_str what, pt_str where) {
    if (g->n == 0) {
        pt_buf_clear(&g->text); // of what could not be judged
        put_short(&g->where, where);
    }
    if (g->n < SHOWN_MAX) {
        pt_buf_putz(&g->text, g->n ? ", " : "");
        put_short(&g->text, what);
    }
    g->n++;
}

// The history's steps have lost the values of build arguments; those of the layers have not.
pt_str pt_hardening_layer(const pt_hardening *x, uint32_t layer) {
    pt_value history = pt_getz(pt_getz(x->f->doc, "image"), "history");
    pt_str step = {0};
    int64_t its = 0;
    for (size_t i = 0; i < pt_len(history) && !step.n; i++)
        if (pt_to_int(pt_getz(pt_at(history, i), "layer"), &its) && its == layer)
            step = pt_text(pt_getz(pt_at(history, i), "step"));
    if (!layer || !pt_len(pt_getz(x->f->doc, "layers")))
        return (pt_str){0};
    return pt_arena_printf(x->a, "layer %u%s%.*s", layer, step.n ? ": " : "",
                           PT_PRI(pt_str_sub(step, 0, SHOWN_BYTES_MAX + 1)));
}

void pt_group_file(const pt_hardening *x, pt_group *g, const pt_file *f, pt_verdict v) {
    bool shown = (v == PT_FAIL && g->n < SHOWN_MAX) || (v == PT_NOT_EVALUATED && !g->unread);
    pt_str path = shown ? pt_arena_printf(x->a, "/%.*s", PT_PRI(f->path)) : f->path;
    pt_str where = shown && !g->n ? pt_hardening_layer(x, f->layer) : (pt_str){0};
    if (v == PT_FAIL)
        pt_group_fail(g, path, where);
    if (v == PT_NOT_EVALUATED && !g->unread && !g->n)
        put_short(&g->text, path);
    g->unread += v == PT_NOT_EVALUATED;
    g->good += v == PT_PASS;
}

// What was seen of a file that could not be judged gives way to what fails.
static pt_verdict verdict_of(const pt_hardening *x, const pt_group *g) {
    if (g->n)
        return PT_FAIL;
    if (g->unread || x->f->files->cut)
        return PT_NOT_EVALUATED;
    return g->good ? PT_PASS : PT_NOT_APPLICABLE;
}

static pt_value kept(pt_arena *a, const pt_buf *b) {
    return b->n ? pt_string(pt_arena_str(a, pt_buf_str(b))) : pt_undefined();
}

static pt_value finding(pt_arena *a, const pt_check *check, pt_verdict v, const pt_group *g) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "id", pt_stringz(check->id));
    pt_obj_set(&o, "verdict", pt_stringz(pt_verdict_word(v)));
    pt_obj_set(&o, "severity", pt_stringz(pt_severity_word(check->severity)));
    pt_obj_set(&o, "title", pt_stringz(v == PT_PASS ? check->good : check->title));
    pt_obj_maybe(&o, "evidence", kept(a, &g->text));
    pt_obj_maybe(&o, "source", kept(a, &g->where));
    return pt_obj_end(&o);
}

void pt_group_tell(pt_hardening *x, pt_group *g) {
    const pt_check *check = pt_catalogue_find(pt_str_of(g->id));
    pt_assert(check);
    pt_verdict v = verdict_of(x, g);
    size_t all = v == PT_FAIL ? g->n : g->unread;
    size_t shown = v == PT_FAIL ? SHOWN_MAX : 1;
    if (all > shown)
        pt_buf_printf(&g->text, " and %zu more", all - shown);
    if (v == PT_NOT_EVALUATED && !g->unread)
        pt_buf_putz(&g->text, "more files than can be told one by one");
    pt_list_add(&x->found, finding(x->a, check, v, g));
    pt_buf_done(&g->text);
    pt_buf_done(&g->where);
}

// -- files ----------------------------------------------------------------------------------------

// `none_is_good`: an image without such files passes.
static void judge_files(pt_hardening *x, const pt_file_row *rows, bool none_is_good) {
    pt_group groups[ROWS_MAX];
    size_t n = 0;
    for (; n < ROWS_MAX && rows[n].id; n++)
        pt_group_init(&groups[n], rows[n].id);
    for (size_t i = 0; i < x->f->files->all.n; i++) {
        const pt_file *f = &x->f->files->all.v[i];
        for (size_t k = 0; k < n; k++)
            pt_group_file(x, &groups[k], f, rows[k].judge(x, f, rows[k].names));
    }
    for (size_t k = 0; k < n; k++) {
        groups[k].good += none_is_good;
        pt_group_tell(x, &groups[k]);
    }
}

// -- the process' user ----------------------------------------------------------------------------

// Who the image knows.
static void find_users(pt_hardening *x) {
    const pt_file *passwd = NULL;
    pt_str path;
    bool known = pt_hardening_leads(x, PT_STR("etc/passwd"), &path, &passwd);
    bool read = passwd && pt_str_eqz(pt_hardening_read_as(passwd), "passwd");
    pt_value seen = read ? pt_getz(passwd->seen, "settings") : pt_undefined();
    x->uids = (pt_map){.a = x->a};
    x->users = pt_getz(seen, "users");
    x->users_unread = x->f->files->cut || pt_true(pt_getz(seen, "unread")) ||
                      pt_true(pt_getz(seen, "more")) || (passwd && !read) || !known;
    for (size_t i = 0; i < pt_len(x->users); i++) {
        int64_t uid = -1;
        if (pt_to_int(pt_getz(pt_at(x->users, i), "uid"), &uid))
            x->full |= !pt_map_put(&x->uids, pt_hardening_id(uid), x);
    }
}

// A name of /etc/passwd, else a number, as engines take it.
static void find_user(pt_hardening *x) {
    pt_str user = pt_text(pt_getz(x->settings, "user"));
    pt_str group = pt_str_sub(user, pt_str_find(user, ':') + 1, user.n);
    user = pt_str_sub(user, 0, pt_str_find(user, ':'));
    x->uid = x->gid = -1;
    if (!pt_defined(x->settings))
        return;
    bool number = pt_str_int(user, 10, &x->uid);
    if (!user.n || pt_str_eqz(user, "root"))
        x->uid = 0;
    for (size_t i = 0; i < pt_len(x->users); i++) {
        pt_value u = pt_at(x->users, i);
        int64_t uid = -1;
        bool same = pt_to_int(pt_getz(u, "uid"), &uid) && number && uid == x->uid;
        if (!same && !pt_str_eq(pt_text(pt_getz(u, "name")), user))
            continue;
        x->uid = uid;
        PT_IGNORE(pt_to_int(pt_getz(u, "gid"), &x->gid)); // -1: it says none
        break;
    }
    PT_IGNORE(pt_str_int(group, 10, &x->gid)); // a group's name: the user's own stays
}

// Below it an image is mostly what nobody asked for: a stock distribution is above.
enum {
    SCORE_MIN = 50,
};

static void judge_minimality(pt_hardening *x, pt_value minimality) {
    pt_group g;
    int64_t score = 0;
    pt_group_init(&g, "PT-IMG-MINIMALITY");
    g.good = pt_to_int(pt_getz(minimality, "score"), &score);
    if (score < SCORE_MIN)
        pt_group_fail(&g, pt_arena_printf(x->a, "%lld of 100", (long long)score), (pt_str){0});
    pt_group_tell(x, &g);
}

pt_code pt_hardening_judge(const pt_image_facts *f, pt_arena *a, pt_value *ret, pt_err *e) {
    pt_hardening x = {.f = f, .a = a, .found = {.a = a}};
    pt_obj o = {.a = a};
    pt_value minimality = pt_undefined();
    pt_code code = pt_minimality(f, a, &minimality, e);
    if (code)
        return code;
    x.settings = pt_getz(pt_getz(f->doc, "image"), "settings");
    find_users(&x);
    find_user(&x);
    pt_rights_find(&x.rights, f->files, f->doc, a);
    if (pt_defined(x.settings)) {
        pt_hardening_config(&x);
        pt_hardening_history(&x);
    }
    judge_files(&x, pt_mode_rows, true);
    judge_files(&x, pt_tool_rows, true);
    judge_files(&x, pt_program_rows, false);
    pt_hardening_settings(&x);
    judge_minimality(&x, minimality);
    pt_obj_set(&o, "findings", pt_list_end(&x.found));
    pt_obj_set(&o, "minimality", minimality);
    pt_value v = pt_obj_end(&o);
    if (x.full || x.rights.full || a->full || !pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = v;
    return PT_OK;
}
